"""What no single key can know: which combinations are impossible, and which are doubtful."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from quintant.config import suggest
from quintant.errors import Problem
from quintant.labs.chip.packed import unpack

if TYPE_CHECKING:
    from quintant.labs.chip.config import ChipConfig, Connection, Population, ReferenceSpikes, Stimulus, Synapses

MOST_NEURONS = 1_000_000
MOST_STEPS = 100_000_000
"""Of all samples together."""
MEMORY_LIMIT_BYTES = 4 << 30
"""What one network may take."""
BYTES_PER_SYNAPSE = {"off": 40, "stdp": 70, "three_factor": 110}
BYTES_PER_NEURON = 200
BYTES_PER_STEP_AND_POPULATION = 24
BYTES_PER_PROBED_VALUE = 250
BYTES_PER_KEPT_WEIGHT = 16
BYTES_PER_INPUT = 120
MOST_SEEDED_PAIRS = 2_000_000_000
"""Pairs that NumPy's generator is asked about, one by one, before a Run begins: 2 billion take ten seconds."""


def broken(config: ChipConfig) -> Iterator[Problem]:
    faults = list(_populations(config))
    yield from faults
    if any(".label" in fault.path for fault in faults):
        return
    sizes = {one.label: one.size for one in config.populations}
    connections = list(_connections(config, sizes))
    yield from connections
    yield from _input(config, sizes)
    yield from _recording(config, sizes)
    if not connections:
        yield from _size(config, sizes)


def doubtful(config: ChipConfig) -> Iterator[Problem]:
    for at, population in enumerate(config.populations):
        yield from _unread_parameters(f"populations.{at}", population, config)
    sizes = {one.label: one.size for one in config.populations}
    for at, connection in enumerate(config.connections):
        yield from _unread_choices(f"connections.{at}", connection, config, sizes)
    if config.rewards and config.plasticity != "three_factor":
        yield Problem("rewards", f"have no effect with plasticity {config.plasticity}.", len(config.rewards),
                      hint="Take plasticity three_factor.")  # fmt: skip
    if config.plasticity == "three_factor" and not any(reward.value for reward in config.rewards):
        yield Problem("rewards", "are missing: three_factor changes no weight without one.", 0)
    if config.weights_every_steps is not None and config.plasticity == "off":
        yield Problem("weights_every_steps", "has no effect: weights do not change with plasticity off.",
                      config.weights_every_steps)  # fmt: skip
    if config.readout is not None and config.samples is None:
        yield Problem("readout", "has no effect without samples.", config.readout)
    for at, stimulus in enumerate(config.stimuli):
        if stimulus.stop is not None and stimulus.stop > config.timesteps:
            yield Problem(f"stimuli.{at}.stop", f"is beyond timesteps = {config.timesteps}.", stimulus.stop)


def synapses(one: Connection, sizes: dict[str, int]) -> float:
    """How many synapses a connection has; on average, where they are drawn."""
    sources, targets = sizes[one.source], sizes[one.target]
    match one.topology:
        case "all_to_all":
            return sources * targets
        case "one_to_one":
            return sources
        case "random_sparse":
            return sources * targets * one.p
        case "fixed_fan_in":
            return targets * min(one.fan_in, sources)
        case "fixed_fan_out":
            return sources * min(one.fan_out, targets)
        case "explicit":
            if one.weights is not None:
                return sources * targets
            assert one.synapses is not None
            return len(unpack(one.synapses.sources))


def memory_bytes(config: ChipConfig) -> float:
    """An upper estimate of what a Run keeps, spikes aside."""
    sizes = {one.label: one.size for one in config.populations}
    presented = 1 if config.samples is None else len(config.samples)
    steps, neurons = config.timesteps * presented, sum(sizes.values())
    many = sum(synapses(one, sizes) for one in config.connections)
    slots = 1 + max((_longest_delay(one) for one in config.connections), default=0)
    lanes = 2 + max((one.compartment for one in config.connections), default=0)
    need = BYTES_PER_SYNAPSE[config.plasticity] * many + BYTES_PER_NEURON * neurons + 8 * slots * lanes * neurons
    need += BYTES_PER_STEP_AND_POPULATION * steps * len(sizes)
    for probe in config.probes:
        chosen = sizes[probe.population] if probe.neurons is None else len(probe.neurons)
        need += BYTES_PER_PROBED_VALUE * chosen * presented * -(-config.timesteps // probe.every_steps)
    if config.weights_every_steps is not None and config.plasticity != "off":
        need += BYTES_PER_KEPT_WEIGHT * many * presented * -(-config.timesteps // config.weights_every_steps)
    need += BYTES_PER_INPUT * sum(_inputs(one, sizes, config.timesteps) for one in config.stimuli)
    samples = (sum(_inputs(one, sizes, config.timesteps) for one in sample.stimuli) for sample in config.samples or ())
    return need + BYTES_PER_INPUT * max(samples, default=0)


def _longest_delay(one: Connection) -> int:
    if one.synapses is not None and one.synapses.delays is not None:
        return int(unpack(one.synapses.delays).max(initial=0))
    return one.delay


def _inputs(one: Stimulus, sizes: dict[str, int], timesteps: int) -> float:
    """Stretches of constant current that a stimulus gives to single neurons."""
    if one.events is not None:
        return len(one.events) * (one.probability or 1)
    chosen = sizes[one.population] if one.neurons is None else len(one.neurons)
    if one.times is not None:
        return chosen * len(one.times) * (one.probability or 1)
    if one.probability is not None:
        return chosen * max(0, min(timesteps, one.stop or timesteps) - one.start) * one.probability
    return chosen


def _populations(config: ChipConfig) -> Iterator[Problem]:
    seen: set[str] = set()
    for at, one in enumerate(config.populations):
        path = f"populations.{at}"
        if one.label in seen:
            yield Problem(f"{path}.label", f"{one.label!r} is given twice.", one.label)
        if not one.label.isprintable():
            yield Problem(f"{path}.label", "must be printable.", one.label)
        seen.add(one.label)
        if one.model == "linear":
            for name in ("voltage_decay", "bias"):
                if getattr(one, name) != 0:
                    yield Problem(f"{path}.{name}", "is for the models decay and cuba; this one is linear.", getattr(one, name),
                                  hint="Give a constant input by a stimulus." if name == "bias" else None)  # fmt: skip
        elif not one.v_min <= one.resting <= one.v_max:
            yield Problem(f"{path}.resting", f"must be within v_min = {one.v_min} and v_max = {one.v_max}; got {one.resting}.",
                          one.resting)  # fmt: skip
        elif one.threshold > one.v_max:
            yield Problem(f"{path}.threshold", f"must be at most v_max = {one.v_max}; got {one.threshold}.", one.threshold)
        if one.model != "cuba" and one.current_decay != 4096:
            yield Problem(f"{path}.current_decay", f"is for the model cuba; this one is {one.model}.", one.current_decay)
    total = sum(one.size for one in config.populations)
    if total > MOST_NEURONS:
        yield Problem("populations", f"must have at most {MOST_NEURONS:,} neurons together; got {total:,}.", total,
                      {"maximum": MOST_NEURONS})  # fmt: skip


def _known(path: str, label: str, sizes: dict[str, int]) -> Iterator[Problem]:
    if label not in sizes:
        known = list(sizes)
        told = ", ".join(known[:10]) + (", …" if len(known) > 10 else "")
        yield Problem(path, f"must be the label of a population, one of {told}; got {label!r}.", label, known[:100],
                      suggest(label, known))  # fmt: skip


def _within(path: str, indices: Any, size: int) -> Iterator[Problem]:
    """`indices` are those of a population of `size` neurons; the first that is not is told."""
    for at, index in enumerate(indices):
        if not 0 <= index < size:
            yield Problem(f"{path}.{at}", f"must be the index of a neuron, 0 to {size - 1}; got {index}.", int(index),
                          {"minimum": 0, "maximum": size - 1})  # fmt: skip
            return


def _connections(config: ChipConfig, sizes: dict[str, int]) -> Iterator[Problem]:
    for at, one in enumerate(config.connections):
        path = f"connections.{at}"
        unknown = [*_known(f"{path}.source", one.source, sizes), *_known(f"{path}.target", one.target, sizes)]
        yield from unknown
        if one.w_min > one.w_max:
            yield Problem(f"{path}.w_min", f"must be at most w_max = {one.w_max}; got {one.w_min}.", one.w_min)
        if unknown:
            continue
        sources, targets = sizes[one.source], sizes[one.target]
        if one.topology == "one_to_one" and sources != targets:
            yield Problem(f"{path}.topology", f"one_to_one needs populations of one size; got {sources} and {targets}.",
                          "one_to_one")  # fmt: skip
        if one.topology == "random_sparse" and one.seed is not None and sources * targets > MOST_SEEDED_PAIRS:
            yield Problem(f"{path}.seed", f"would ask NumPy about {sources * targets:,} pairs one by one; the limit is "
                          f"{MOST_SEEDED_PAIRS:,}.", one.seed, hint="Leave it out and set network_seed.")  # fmt: skip
        given = [name for name in ("weights", "synapses") if getattr(one, name) is not None]
        if one.topology != "explicit" and given:
            yield Problem(f"{path}.{given[0]}", f"is for the topology explicit; this one is {one.topology}.")
        elif one.topology == "explicit" and len(given) != 1:
            yield Problem(path, "explicit needs either `weights` or `synapses`" + (", not both." if given else "."))
        elif one.topology == "explicit":
            yield from _matrix(path, one, sources, targets) if one.weights is not None else _list(path, one, sources, targets)


def _matrix(path: str, one: Connection, sources: int, targets: int) -> Iterator[Problem]:
    assert one.weights is not None
    if len(one.weights) != sources:
        yield Problem(f"{path}.weights", f"must have a row for each of the {sources} sources; got {len(one.weights)}.")
    for at, row in enumerate(one.weights):
        if len(row) != targets:
            yield Problem(f"{path}.weights.{at}", f"must have a column for each of the {targets} targets; got {len(row)}.")
            return


def _list(path: str, one: Connection, sources: int, targets: int) -> Iterator[Problem]:
    assert one.synapses is not None
    wanted = {"sources": (0, sources - 1), "targets": (0, targets - 1), "weights": (-32768, 32767), "delays": (0, 63)}
    yield from _columns(f"{path}.synapses", one.synapses, wanted)


def _columns(path: str, lists: Synapses | ReferenceSpikes, wanted: dict[str, tuple[int, int]]) -> Iterator[Problem]:
    """Lists of one length, each with values from its lowest to its highest."""
    many: int | None = None
    for name, (low, high) in wanted.items():
        values = getattr(lists, name)
        if values is None:
            continue
        there = f"{path}.{name}"
        try:
            found = unpack(values)
        except ValueError as error:
            yield Problem(there, f"{error}.")
            continue
        many = len(found) if many is None else many
        if len(found) != many:
            yield Problem(there, f"must be as long as {next(iter(wanted))}, {many}; got {len(found)}.", len(found))
        outside = ((found < low) | (found > high)).nonzero()[0]
        if len(outside):
            at, value = int(outside[0]), int(found[outside[0]])
            yield Problem(f"{there}.{at}", f"must be {low} to {high}; got {value}.", value, {"minimum": low, "maximum": high})


def _input(config: ChipConfig, sizes: dict[str, int]) -> Iterator[Problem]:
    yield from _stimuli("stimuli", config.stimuli, config, sizes)
    for at, sample in enumerate(config.samples or ()):
        yield from _stimuli(f"samples.{at}.stimuli", sample.stimuli, config, sizes)
        if sample.label is None:
            continue
        if config.readout is None:
            yield Problem("readout", "is required where samples have a label.", None)
            return
        if sample.label >= sizes.get(config.readout, sample.label + 1):
            yield Problem(f"samples.{at}.label", f"must be the index of a neuron of {config.readout}, 0 to "
                          f"{sizes[config.readout] - 1}; got {sample.label}.", sample.label)  # fmt: skip
    if config.readout is not None:
        yield from _known("readout", config.readout, sizes)
    for at, reward in enumerate(config.rewards):
        if reward.timestep >= config.timesteps:
            yield Problem(f"rewards.{at}.timestep", f"must be below timesteps = {config.timesteps}; got {reward.timestep}.",
                          reward.timestep, {"maximum": config.timesteps - 1})  # fmt: skip


def _stimuli(path: str, stimuli: Sequence[Stimulus], config: ChipConfig, sizes: dict[str, int]) -> Iterator[Problem]:
    for at, one in enumerate(stimuli):
        here, unknown = f"{path}.{at}", False
        for fault in _known(f"{here}.population", one.population, sizes):
            unknown = True
            yield fault
        if unknown:
            continue
        size, last = sizes[one.population], config.timesteps - 1
        if one.events is not None:
            for name, default in (("neurons", None), ("start", 0), ("stop", None), ("times", None)):
                if getattr(one, name) != default:
                    yield Problem(f"{here}.{name}", "cannot stand beside events, which name their steps and neurons.")
            yield from _steps(f"{here}.events", [step for step, _ in one.events], last, ".0")
            for number, (_, neuron) in enumerate(one.events):
                if neuron >= size:
                    yield Problem(f"{here}.events.{number}.1", f"must be the index of a neuron, 0 to {size - 1}; got {neuron}.",
                                  neuron)  # fmt: skip
                    break
            continue
        if one.neurons is not None:
            yield from _within(f"{here}.neurons", one.neurons, size)
        if one.times is not None:
            yield from _steps(f"{here}.times", one.times, last)
        if one.start > last:
            yield Problem(f"{here}.start", f"must be below timesteps = {config.timesteps}; got {one.start}.", one.start)
        if one.stop is not None and one.stop <= one.start:
            yield Problem(f"{here}.stop", f"must be after start = {one.start}; got {one.stop}.", one.stop)


def _steps(path: str, steps: Sequence[int], last: int, place: str = "") -> Iterator[Problem]:
    for at, step in enumerate(steps):
        if step > last:
            yield Problem(f"{path}.{at}{place}", f"must be a step, 0 to {last}; got {step}.", step, {"maximum": last})
            return


def _recording(config: ChipConfig, sizes: dict[str, int]) -> Iterator[Problem]:
    for at, probe in enumerate(config.probes):
        unknown = list(_known(f"probes.{at}.population", probe.population, sizes))
        yield from unknown
        if not unknown and probe.neurons is not None:
            yield from _within(f"probes.{at}.neurons", probe.neurons, sizes[probe.population])
    steps = config.timesteps * (1 if config.samples is None else len(config.samples))
    for at, one in enumerate(config.reference.spikes if config.reference else ()):
        path = f"reference.spikes.{at}"
        unknown = list(_known(f"{path}.population", one.population, sizes))
        yield from unknown
        if not unknown:
            yield from _columns(path, one, {"steps": (0, steps - 1), "neurons": (0, sizes[one.population] - 1)})


def _size(config: ChipConfig, sizes: dict[str, int]) -> Iterator[Problem]:
    steps = config.timesteps * (1 if config.samples is None else len(config.samples))
    if steps > MOST_STEPS:
        yield Problem("samples", f"times timesteps must be at most {MOST_STEPS:,} steps; got {steps:,}.", steps)
    presented = [one.population for sample in config.samples or () for one in sample.stimuli]
    named = [*(one.population for one in config.probes), *(one.population for one in config.stimuli), *presented]
    if not sizes.keys() >= set(named):
        return
    need = memory_bytes(config)
    if need > MEMORY_LIMIT_BYTES:
        many = sum(synapses(one, sizes) for one in config.connections)
        yield Problem(
            "populations",
            f"{sum(sizes.values()):,} neurons, {many:,.0f} synapses and {steps:,} steps would need {need / 2**30:.3g} GiB of "
            f"memory; the limit is {MEMORY_LIMIT_BYTES / 2**30:g} GiB.",
            int(need), {"maximum_bytes": MEMORY_LIMIT_BYTES},
            hint="Take sparser connections, fewer neurons, fewer steps, or record less.",
        )  # fmt: skip


def _unread_parameters(path: str, one: Population, config: ChipConfig) -> Iterator[Problem]:
    if one.model != "linear" and one.leak not in (0, 3):
        yield Problem(f"{path}.leak", f"has no effect in the model {one.model}.", one.leak, hint="Set voltage_decay.")
    if one.noise_mantissa and not config.noise:
        yield Problem(f"{path}.noise_mantissa", "has no effect while noise is false.", one.noise_mantissa)
    if one.model == "linear" and one.resting - one.leak >= one.threshold:
        yield Problem(f"{path}.resting", "minus leak reaches the threshold: its neurons fire without input.", one.resting)


def _unread_choices(path: str, one: Connection, config: ChipConfig, sizes: dict[str, int]) -> Iterator[Problem]:
    sources, targets = sizes[one.source], sizes[one.target]
    if one.p != 0.1 and one.topology != "random_sparse":
        yield Problem(f"{path}.p", f"has no effect in the topology {one.topology}.", one.p)
    for name, available in (("fan_in", sources), ("fan_out", targets)):
        value = getattr(one, name)
        if one.topology == f"fixed_{name}" and value > available:
            yield Problem(f"{path}.{name}", f"is capped at {available}, all there are.", value)
        if one.topology != f"fixed_{name}" and value != 8:
            yield Problem(f"{path}.{name}", f"has no effect in the topology {one.topology}.", value)
    if one.seed is not None and one.topology in ("all_to_all", "one_to_one", "explicit"):
        yield Problem(f"{path}.seed", f"has no effect in the topology {one.topology}: nothing is drawn.", one.seed)
    if one.compartment and config.dendrites is False:
        yield Problem(f"{path}.compartment", "leads to a dendrite, and dendrites is false: what it carries is lost.",
                      one.compartment)  # fmt: skip
    if config.plasticity == "off" or not one.plastic or one.topology == "explicit":
        return
    if one.weight < one.w_min:
        yield Problem(f"{path}.weight", f"is below w_min = {one.w_min}: the first depression lifts it there, as on the chip.",
                      one.weight, hint="Set plastic false, or a w_min and w_max around it.")  # fmt: skip
    if one.weight > one.w_max:
        yield Problem(f"{path}.weight", f"is above w_max = {one.w_max}: the first potentiation drops it there, as on the chip.",
                      one.weight, hint="Set plastic false, or a higher w_max.")  # fmt: skip
