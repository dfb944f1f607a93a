"""What no single key can know: which combinations are impossible, and which are doubtful."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from quintant.config import suggest
from quintant.errors import Problem
from quintant.labs.chip.packed import Array, unpack

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
    sizes = {population.label: population.size for population in config.populations}
    connections = list(_connections(config, sizes))
    yield from connections
    yield from _input(config, sizes)
    yield from _recording(config, sizes)
    if not connections:
        yield from _size(config, sizes)


def doubtful(config: ChipConfig) -> Iterator[Problem]:
    for at, population in enumerate(config.populations):
        yield from _doubtful_population(f"populations.{at}", population)
    sizes = {population.label: population.size for population in config.populations}
    for at, connection in enumerate(config.connections):
        yield from _doubtful_connection(f"connections.{at}", connection, config, sizes)
    if config.plasticity == "three_factor" and not any(reward.value for reward in config.rewards):
        yield Problem("rewards", "are missing: three_factor changes no weight without one.", 0)
    for at, stimulus in enumerate(config.stimuli):
        if stimulus.stop is not None and stimulus.stop > config.timesteps:
            yield Problem(f"stimuli.{at}.stop", f"is beyond timesteps = {config.timesteps}.", stimulus.stop)


def synapses(connection: Connection, sizes: dict[str, int]) -> float:
    """How many synapses a connection has; on average, where they are drawn."""
    sources, targets = sizes[connection.source], sizes[connection.target]
    match connection.topology:
        case "all_to_all":
            return sources * targets
        case "one_to_one":
            return sources
        case "random_sparse":
            return sources * targets * connection.p
        case "fixed_fan_in":
            return targets * min(connection.fan_in, sources)
        case "fixed_fan_out":
            return sources * min(connection.fan_out, targets)
        case "explicit":
            if connection.weights is not None:
                return sources * targets
            assert connection.synapses is not None
            return len(unpack(connection.synapses.sources))


def memory_bytes(config: ChipConfig) -> float:
    """An upper estimate of what a Run keeps, spikes aside."""
    sizes = {population.label: population.size for population in config.populations}
    presented = 1 if config.samples is None else len(config.samples)
    steps, neurons = config.timesteps * presented, sum(sizes.values())
    many = sum(synapses(connection, sizes) for connection in config.connections)
    slots = 1 + max((_longest_delay(connection) for connection in config.connections), default=0)
    lanes = 2 + max((connection.compartment for connection in config.connections), default=0)
    need = BYTES_PER_SYNAPSE[config.plasticity] * many + BYTES_PER_NEURON * neurons + 8 * slots * lanes * neurons
    need += BYTES_PER_STEP_AND_POPULATION * steps * len(sizes)
    for probe in config.probes:
        chosen = sizes[probe.population] if probe.neurons is None else len(probe.neurons)
        need += BYTES_PER_PROBED_VALUE * chosen * presented * -(-config.timesteps // probe.every_steps)
    if config.weights_every_steps is not None and config.plasticity != "off":
        need += BYTES_PER_KEPT_WEIGHT * many * presented * -(-config.timesteps // config.weights_every_steps)
    need += BYTES_PER_INPUT * sum(_inputs(stimulus, sizes, config.timesteps) for stimulus in config.stimuli)
    samples = (
        sum(_inputs(stimulus, sizes, config.timesteps) for stimulus in sample.stimuli) for sample in config.samples or ()
    )
    return need + BYTES_PER_INPUT * max(samples, default=0)


def _longest_delay(connection: Connection) -> int:
    if connection.synapses is not None and connection.synapses.delays is not None:
        return int(unpack(connection.synapses.delays).max(initial=0))
    return connection.delay


def _inputs(stimulus: Stimulus, sizes: dict[str, int], timesteps: int) -> float:
    """Stretches of constant current that a stimulus gives to single neurons."""
    if stimulus.events is not None:
        return len(stimulus.events) * (stimulus.probability or 1)
    chosen = sizes[stimulus.population] if stimulus.neurons is None else len(stimulus.neurons)
    if stimulus.times is not None:
        return chosen * len(stimulus.times) * (stimulus.probability or 1)
    if stimulus.probability is not None:
        return chosen * max(0, min(timesteps, stimulus.stop or timesteps) - stimulus.start) * stimulus.probability
    return chosen


def _populations(config: ChipConfig) -> Iterator[Problem]:
    seen: set[str] = set()
    for at, population in enumerate(config.populations):
        path = f"populations.{at}"
        if population.label in seen:
            yield Problem(f"{path}.label", f"{population.label!r} is given twice.", population.label)
        if not population.label.isprintable():
            yield Problem(f"{path}.label", "must be printable.", population.label)
        seen.add(population.label)
        if population.model == "linear":
            if population.threshold < 1:
                text = f"must be at least 1 for linear neurons; got {population.threshold}."
                yield Problem(f"{path}.threshold", text, population.threshold)
            continue
        faults = list(_values(path, population))
        yield from faults
        if not faults:
            yield from _reset(path, population, config)
        if not population.v_min <= population.resting <= population.v_max:
            limits = f"v_min = {population.v_min} and v_max = {population.v_max}"
            yield Problem(f"{path}.resting", f"must be within {limits}; got {population.resting}.", population.resting)
        elif population.spiking and population.threshold > population.v_max:
            yield Problem(
                f"{path}.threshold",
                f"must be at most v_max = {population.v_max}; got {population.threshold}.",
                population.threshold,
            )
    total = sum(population.size for population in config.populations)
    if total > MOST_NEURONS:
        yield Problem("populations", f"must have at most {MOST_NEURONS:,} neurons together; got {total:,}.", total,
                      {"maximum": MOST_NEURONS})  # fmt: skip


LEAST_AND_MOST = {"voltage_decay": (0, 4096), "current_decay": (0, 4096)}


def _values(path: str, population: Population) -> Iterator[Problem]:
    """Lists of single neurons: as long as the population, each value in its range."""
    if population.values is None:
        return
    for name in type(population.values).model_fields:
        values, here = getattr(population.values, name), f"{path}.values.{name}"
        if values is None:
            continue
        try:
            numbers = unpack(values)
        except ValueError as error:
            yield Problem(here, f"{error}.")
            continue
        low, high = LEAST_AND_MOST.get(name, (-(2**31), 2**31 - 1))
        outside = ((numbers < low) | (numbers > high)).nonzero()[0]
        if len(numbers) != population.size:
            yield Problem(
                here, f"must have a value for each of the {population.size} neurons; got {len(numbers)}.", len(numbers)
            )
        elif len(outside):
            at, value = int(outside[0]), int(numbers[outside[0]])
            yield Problem(f"{here}.{at}", f"must be {low} to {high}; got {value}.", value, {"minimum": low, "maximum": high})


def _reset(path: str, population: Population, config: ChipConfig) -> Iterator[Problem]:
    """What a spike subtracts, and what several of a step need, must be there to subtract."""
    many = population.spikes_per_step > 1
    if not population.spiking or not (many or population.reset == "subtract"):
        return
    if config.graded and many:
        yield Problem(f"{path}.spikes_per_step", "must be 1 with graded spikes: a spike carries its excess, not its number.",
                      population.spikes_per_step)  # fmt: skip
    threshold, resting = np.broadcast_arrays(_each(population, "threshold"), _each(population, "resting"))
    lacking = (threshold <= resting).nonzero()[0]
    if len(lacking):
        at = int(lacking[0])
        reason = (
            "reset subtract takes threshold - resting away"
            if population.reset == "subtract"
            else "spikes_per_step counts by it"
        )
        yield Problem(f"{path}.threshold", f"must be above resting = {resting[at]}: {reason}; got {threshold[at]}.",
                      int(threshold[at]))  # fmt: skip


def _each(population: Population, name: str) -> Array:
    own = None if population.values is None else getattr(population.values, name)
    return np.array([getattr(population, name)]) if own is None else unpack(own)


def _known(path: str, label: str, sizes: dict[str, int]) -> Iterator[Problem]:
    if label not in sizes:
        known = list(sizes)
        shown = ", ".join(known[:10]) + (", …" if len(known) > 10 else "")
        yield Problem(path, f"must be the label of a population, one of {shown}; got {label!r}.", label, known[:100],
                      suggest(label, known))  # fmt: skip


def _within(path: str, indices: Iterable[int], size: int) -> Iterator[Problem]:
    """`indices` are those of a population of `size` neurons; the first that is not is told."""
    for at, index in enumerate(indices):
        if not 0 <= index < size:
            yield Problem(f"{path}.{at}", f"must be the index of a neuron, 0 to {size - 1}; got {index}.", int(index),
                          {"minimum": 0, "maximum": size - 1})  # fmt: skip
            return


def _connections(config: ChipConfig, sizes: dict[str, int]) -> Iterator[Problem]:
    for at, connection in enumerate(config.connections):
        path = f"connections.{at}"
        unknown = [*_known(f"{path}.source", connection.source, sizes), *_known(f"{path}.target", connection.target, sizes)]
        yield from unknown
        if connection.w_min > connection.w_max:
            yield Problem(
                f"{path}.w_min", f"must be at most w_max = {connection.w_max}; got {connection.w_min}.", connection.w_min
            )
        if unknown:
            continue
        sources, targets = sizes[connection.source], sizes[connection.target]
        if connection.topology == "one_to_one" and sources != targets:
            yield Problem(f"{path}.topology", f"one_to_one needs populations of one size; got {sources} and {targets}.",
                          "one_to_one")  # fmt: skip
        if connection.topology == "random_sparse" and connection.seed is not None and sources * targets > MOST_SEEDED_PAIRS:
            yield Problem(f"{path}.seed", f"would ask NumPy about {sources * targets:,} pairs one by one; the limit is "
                          f"{MOST_SEEDED_PAIRS:,}.", connection.seed, hint="Leave it out and set network_seed.")  # fmt: skip
        forms = [name for name in ("weights", "synapses") if getattr(connection, name) is not None]
        if connection.topology != "explicit" and forms:
            yield Problem(f"{path}.{forms[0]}", f"is for the topology explicit; this one is {connection.topology}.")
        elif connection.topology == "explicit" and len(forms) != 1:
            yield Problem(path, "explicit needs either `weights` or `synapses`" + (", not both." if forms else "."))
        elif connection.topology == "explicit":
            yield from (
                _matrix(path, connection, sources, targets)
                if connection.weights is not None
                else _list(path, connection, sources, targets)
            )


def _matrix(path: str, connection: Connection, sources: int, targets: int) -> Iterator[Problem]:
    assert connection.weights is not None
    if len(connection.weights) != sources:
        yield Problem(f"{path}.weights", f"must have a row for each of the {sources} sources; got {len(connection.weights)}.")
    for at, row in enumerate(connection.weights):
        if len(row) != targets:
            yield Problem(f"{path}.weights.{at}", f"must have a column for each of the {targets} targets; got {len(row)}.")
            return


def _list(path: str, connection: Connection, sources: int, targets: int) -> Iterator[Problem]:
    assert connection.synapses is not None
    wanted = {"sources": (0, sources - 1), "targets": (0, targets - 1), "weights": (-32768, 32767), "delays": (0, 63)}
    yield from _columns(f"{path}.synapses", connection.synapses, wanted)


def _columns(path: str, lists: Synapses | ReferenceSpikes, wanted: dict[str, tuple[int, int]]) -> Iterator[Problem]:
    """Lists of one length, each with values from its lowest to its highest."""
    many: int | None = None
    for name, (low, high) in wanted.items():
        values = getattr(lists, name)
        if values is None:
            continue
        there = f"{path}.{name}"
        try:
            numbers = unpack(values)
        except ValueError as error:
            yield Problem(there, f"{error}.")
            continue
        many = len(numbers) if many is None else many
        if len(numbers) != many:
            yield Problem(there, f"must be as long as {next(iter(wanted))}, {many}; got {len(numbers)}.", len(numbers))
        outside = ((numbers < low) | (numbers > high)).nonzero()[0]
        if len(outside):
            at, value = int(outside[0]), int(numbers[outside[0]])
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
    for at, stimulus in enumerate(stimuli):
        here, unknown = f"{path}.{at}", False
        for fault in _known(f"{here}.population", stimulus.population, sizes):
            unknown = True
            yield fault
        if unknown:
            continue
        size, last = sizes[stimulus.population], config.timesteps - 1
        if stimulus.events is not None:
            for name, default in (("neurons", None), ("start", 0), ("stop", None), ("times", None)):
                if getattr(stimulus, name) != default:
                    yield Problem(f"{here}.{name}", "cannot stand beside events, which name their steps and neurons.")
            yield from _steps(f"{here}.events", [step for step, _ in stimulus.events], last, ".0")
            for number, (_, neuron) in enumerate(stimulus.events):
                if neuron >= size:
                    yield Problem(f"{here}.events.{number}.1", f"must be the index of a neuron, 0 to {size - 1}; got {neuron}.",
                                  neuron)  # fmt: skip
                    break
            continue
        if stimulus.neurons is not None:
            yield from _within(f"{here}.neurons", stimulus.neurons, size)
        if stimulus.times is not None:
            yield from _steps(f"{here}.times", stimulus.times, last)
        if stimulus.start > last:
            yield Problem(
                f"{here}.start", f"must be below timesteps = {config.timesteps}; got {stimulus.start}.", stimulus.start
            )
        if stimulus.stop is not None and stimulus.stop <= stimulus.start:
            yield Problem(f"{here}.stop", f"must be after start = {stimulus.start}; got {stimulus.stop}.", stimulus.stop)


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
    for at, train in enumerate(config.reference.spikes if config.reference else ()):
        path = f"reference.spikes.{at}"
        unknown = list(_known(f"{path}.population", train.population, sizes))
        yield from unknown
        if not unknown:
            yield from _columns(path, train, {"steps": (0, steps - 1), "neurons": (0, sizes[train.population] - 1)})


def _size(config: ChipConfig, sizes: dict[str, int]) -> Iterator[Problem]:
    steps = config.timesteps * (1 if config.samples is None else len(config.samples))
    if steps > MOST_STEPS:
        yield Problem("samples", f"times timesteps must be at most {MOST_STEPS:,} steps; got {steps:,}.", steps)
    presented = [stimulus.population for sample in config.samples or () for stimulus in sample.stimuli]
    named = [*(probe.population for probe in config.probes), *(stimulus.population for stimulus in config.stimuli), *presented]
    if not sizes.keys() >= set(named):
        return
    need = memory_bytes(config)
    if need > MEMORY_LIMIT_BYTES:
        many = sum(synapses(connection, sizes) for connection in config.connections)
        yield Problem(
            "populations",
            f"{sum(sizes.values()):,} neurons, {many:,.0f} synapses and {steps:,} steps would need {need / 2**30:.3g} GiB of "
            f"memory; the limit is {MEMORY_LIMIT_BYTES / 2**30:g} GiB.",
            int(need), {"maximum_bytes": MEMORY_LIMIT_BYTES},
            hint="Take sparser connections, fewer neurons, fewer steps, or record less.",
        )  # fmt: skip


def _doubtful_population(path: str, population: Population) -> Iterator[Problem]:
    if population.model == "linear" and population.resting - population.leak >= population.threshold:
        yield Problem(
            f"{path}.resting", "minus leak reaches the threshold: its neurons fire without input.", population.resting
        )


def _doubtful_connection(path: str, connection: Connection, config: ChipConfig, sizes: dict[str, int]) -> Iterator[Problem]:
    sources, targets = sizes[connection.source], sizes[connection.target]
    for name, available in (("fan_in", sources), ("fan_out", targets)):
        value = getattr(connection, name)
        if connection.topology == f"fixed_{name}" and value > available:
            yield Problem(f"{path}.{name}", f"is capped at {available}, all there are.", value)
    if connection.compartment and config.dendrites is False:
        yield Problem(f"{path}.compartment", "leads to a dendrite, and dendrites is false: what it carries is lost.",
                      connection.compartment)  # fmt: skip
    if config.plasticity == "off" or not connection.plastic or connection.topology == "explicit":
        return
    if connection.weight < connection.w_min:
        text = f"is below w_min = {connection.w_min}: the first depression lifts it there, as on the chip."
        yield Problem(f"{path}.weight", text,
                      connection.weight, hint="Set plastic false, or a w_min and w_max around it.")  # fmt: skip
    if connection.weight > connection.w_max:
        text = f"is above w_max = {connection.w_max}: the first potentiation drops it there, as on the chip."
        yield Problem(f"{path}.weight", text,
                      connection.weight, hint="Set plastic false, or a higher w_max.")  # fmt: skip
