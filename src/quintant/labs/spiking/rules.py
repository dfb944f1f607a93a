"""What no single key can know: which combinations are impossible. What is possible but doubtful: `doubts`."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from quintant.errors import Problem
from quintant.labs.spiking.parts import Block, SampledWeights, SparseWeights, Weights

if TYPE_CHECKING:
    from quintant.labs.spiking.config import SpikingConfig

MEMORY_LIMIT_BYTES = 2 << 30
"""What one network may take."""
BYTES_PER_NEURON = 200
BYTES_PER_STEP = 8
TABLE_BYTES_PER_VALUE = 16
"""A recorded value is held once while it is simulated and once as a table."""
MOST_PULSES = 100_000
MOST_STEPS = 1e12
MOST_UPDATES = 1e13
"""Neurons times steps: hours of the cheapest model, weeks of the dearest."""
LARGEST = 1e9
"""No number of a network is larger: beyond it the arithmetic overflows where nothing can be said of the cause."""
LARGEST_LOG = 80.0
"""e^88 is the largest float32; of lognormal weights, the mean and eight sigma of the logarithm stay below."""


def broken(config: SpikingConfig) -> Iterator[Problem]:
    absurd = [doubt for name in type(config).model_fields for doubt in _absurd(name, getattr(config, name))]
    if absurd:
        yield from absurd
        return
    if config.t_ms / config.dt_ms > MOST_STEPS:
        yield Problem("dt_ms", f"gives more than {MOST_STEPS:.0e} steps in t_ms = {config.t_ms:g}; got {config.dt_ms:g}.",
                      config.dt_ms)  # fmt: skip
        return
    yield from _network(config)
    yield from _weights(config)
    yield from _neuron(config)
    yield from _input(config)
    yield from _recording(config)


def _absurd(path: str, value: Any) -> Iterator[Problem]:
    """Finite numbers that are too large to be meant, wherever they stand."""
    if isinstance(value, float):
        if abs(value) > LARGEST:
            allowed, bound = ("at most 1e9", "maximum") if value > 0 else ("at least -1e9", "minimum")
            yield Problem(path, f"must be {allowed}; got {value:g}.", value, {bound: math.copysign(LARGEST, value)})
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _absurd(f"{path}.{name}", getattr(value, name))
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _absurd(f"{path}.{name}", inner)
    elif isinstance(value, tuple):
        if value and all(type(inner) is float for inner in value) and min(value) >= -LARGEST and max(value) <= LARGEST:
            return
        for at, inner in enumerate(value):
            yield from _absurd(f"{path}.{at}", inner)


def named_blocks(config: SpikingConfig) -> list[tuple[str, Block]]:
    """Every block of weights with its path."""
    if config.populations is None:
        return [(f"weights_{pair}", getattr(config, f"weights_{pair}")) for pair in ("ee", "ei", "ie", "ii")]
    return [(f"connections.{at}.weights", connection.weights) for at, connection in enumerate(config.connections or ())]


def neurons(config: SpikingConfig) -> tuple[int, int]:
    """How many E and I neurons the network has."""
    if config.populations is None:
        return config.n_e, config.n_i
    e = sum(population.size for population in config.populations if population.kind == "E")
    return e, sum(population.size for population in config.populations) - e


def memory_bytes(config: SpikingConfig) -> int:
    """An upper estimate of what the simulation keeps: synapses, neurons, steps, recordings. Spikes come on top."""
    n_e, n_i = neurons(config)
    steps = math.ceil(config.t_ms / config.dt_ms)
    need = BYTES_PER_NEURON * (n_e + n_i) + BYTES_PER_STEP * steps
    need += sum(_block_bytes(block, source, target) for source, target, block in _blocks(config))
    if config.record_traces:
        cells = 2 if config.record_neurons is None else len(config.record_neurons)
        every = 1 if config.record_every_ms is None else max(1, round(config.record_every_ms / config.dt_ms))
        need += 3 * TABLE_BYTES_PER_VALUE * cells * (steps // every)
    need += 3 * TABLE_BYTES_PER_VALUE * steps * (config.record_input + config.record_lfp)
    return need


def _block_bytes(block: Block, source: int, target: int) -> int:
    pairs = source * target
    if isinstance(block, SparseWeights):
        return int(pairs * block.sparse_p * (4 if block.weight_std == 0 else 8)) + 8 * source
    if isinstance(block, SampledWeights):
        return 5 * pairs
    return 0 if block.std == 0 else 4 * pairs


def _blocks(config: SpikingConfig) -> Iterator[tuple[int, int, Block]]:
    if config.populations is None:
        e, i = config.n_e, config.n_i
        yield e, e, config.weights_ee
        yield e, i, config.weights_ei
        yield i, e, config.weights_ie
        yield i, i, config.weights_ii
        return
    sizes = {population.name: population.size for population in config.populations}
    for connection in config.connections or ():
        if connection.source in sizes and connection.target in sizes:
            yield sizes[connection.source], sizes[connection.target], connection.weights


def _network(config: SpikingConfig) -> Iterator[Problem]:
    if config.populations is None:
        if config.n_e + config.n_i == 0:
            yield Problem("n_e", "n_e and n_i must not both be 0; got 0 and 0.", 0)
    else:
        yield from _populations(config)
    need = memory_bytes(config)
    if need > MEMORY_LIMIT_BYTES:
        n_e, n_i = neurons(config)
        steps = math.ceil(config.t_ms / config.dt_ms)
        yield Problem(
            "n_e" if config.populations is None else "populations",
            f"{n_e + n_i} neurons and {steps} steps would need {need / 2**30:.3g} GiB of memory; "
            f"the limit is {MEMORY_LIMIT_BYTES / 2**30:g} GiB.",
            n_e, {"maximum_bytes": MEMORY_LIMIT_BYTES},
            hint="Take sparse weights {sparse_p, weight}, fewer neurons, a shorter t_ms, or record less.",
        )  # fmt: skip
    wanted = config.t_ms / config.dt_ms
    updates = sum(neurons(config)) * wanted
    if updates > MOST_UPDATES:
        yield Problem("t_ms", f"{sum(neurons(config))} neurons for {wanted:.3g} steps are {updates:.2g} updates; the limit is "
                      f"{MOST_UPDATES:.0e}.", config.t_ms, hint="Take fewer neurons or a shorter t_ms.")  # fmt: skip
    if config.precision == "single" and (config.neuron_model != "lif" or config.integrator != "euler"):
        yield Problem(
            "precision", "single is for neuron_model lif with integrator euler; got "
            f"{config.neuron_model} with {config.integrator}.", "single", ["double"],
        )  # fmt: skip


def _populations(config: SpikingConfig) -> Iterator[Problem]:
    assert config.populations is not None
    names = [population.name for population in config.populations]
    if not names:
        yield Problem("populations", "must hold at least one population.", [])
    for at, population in enumerate(config.populations):
        if population.name in names[:at]:
            yield Problem(f"populations.{at}.name", f"{population.name!r} is given twice.", population.name)
        if population.kind == "E" and any(before.kind == "I" for before in config.populations[:at]):
            yield Problem(f"populations.{at}.kind", "E populations come before I populations.", "E")
    for at, connection in enumerate(config.connections or ()):
        for end in ("source", "target"):
            if getattr(connection, end) not in names:
                yield Problem(f"connections.{at}.{end}", f"must be one of {', '.join(names)}; "
                              f"got {getattr(connection, end)!r}.", getattr(connection, end), names)  # fmt: skip


def _weights(config: SpikingConfig) -> Iterator[Problem]:
    floor = config.weight_clamp_min
    for path, block in named_blocks(config):
        if config.legacy_seed_weights is None and (refused := clamped(path, block, floor)) is not None:
            yield refused
        if isinstance(block, SampledWeights):
            params = block.dist.params
            if block.dist.name == "lognormal" and (top := params.get("mean", 0.0) + 8 * params.get("sigma", 1.0)) > LARGEST_LOG:
                yield Problem(f"{path}.dist.params", f"mean + 8 sigma must be at most {LARGEST_LOG:g}, or weights overflow; "
                              f"got {top:g}.", top)  # fmt: skip
            for name, value in params.items():
                if name in ("shape", "scale", "rate") and value <= 0:
                    yield Problem(f"{path}.dist.params.{name}", f"must be greater than 0; got {value:g}.", value)
                if name in ("std", "sigma") and value < 0:
                    yield Problem(f"{path}.dist.params.{name}", f"must be at least 0; got {value:g}.", value)


def clamped(path: str, block: Block, floor: float | None) -> Problem | None:
    """A block all of whose weights the bound replaces: refused natively; the contract's page moves the bound by a slider."""
    if not isinstance(block, Weights) or block.std > 0 or floor is None or block.mean >= floor:
        return None
    return Problem(f"{path}.mean", f"is below weight_clamp_min = {floor:g}, which takes the place of every weight; "
                   f"got {block.mean:g}.", block.mean, {"minimum": floor})  # fmt: skip


def _neuron(config: SpikingConfig) -> Iterator[Problem]:
    for key, other in (("mqif_a", "mqif_v_r_mv"), ("mqif_w_a", "mqif_w_v_r_mv"), ("mqif_w_a", "mqif_w_tau_ms")):
        if len(getattr(config, key)) != len(getattr(config, other)):
            yield Problem(other, f"must be as long as {key}: {len(getattr(config, key))} values; "
                          f"got {len(getattr(config, other))}.", list(getattr(config, other)))  # fmt: skip
    for at, tau_ms in enumerate(config.mqif_w_tau_ms):
        if tau_ms <= 0:
            yield Problem(f"mqif_w_tau_ms.{at}", f"must be greater than 0; got {tau_ms:g}.", tau_ms)


def _input(config: SpikingConfig) -> Iterator[Problem]:
    if config.input_type == "pulses":
        if config.pulse_interval_ms <= 0:
            yield Problem("pulse_interval_ms", f"must be greater than 0; got {config.pulse_interval_ms:g}.",
                          config.pulse_interval_ms)  # fmt: skip
        elif (config.t_ms - config.pulse_t_ms) / config.pulse_interval_ms > MOST_PULSES:
            yield Problem("pulse_interval_ms", f"would give more than {MOST_PULSES} pulses.", config.pulse_interval_ms)
    if config.noise != "per_step" and config.legacy_seed_inputs is not None:
        yield Problem("noise", "must be per_step with legacy_seed_inputs: the contract's stream has no other.",
                      config.noise, ["per_step"])  # fmt: skip
    n = sum(neurons(config))
    if (own := config.own_spikes) is not None:
        if len(own.times_ms) != len(own.neurons):
            yield Problem("own_spikes.neurons", f"must be as long as times_ms: {len(own.times_ms)}; got {len(own.neurons)}.")
        yield from _known_ids("own_spikes.neurons", own.neurons, n)
    if (current := config.own_current) is not None:
        if any(later <= earlier for earlier, later in zip(current.times_ms, current.times_ms[1:], strict=False)):
            yield Problem("own_current.times_ms", "must increase.")
        for at, row in enumerate(current.values):
            if len(row) != len(current.times_ms):
                yield Problem(f"own_current.values.{at}", f"must have one value per time, {len(current.times_ms)}; "
                              f"got {len(row)}.")  # fmt: skip
        ids = current.neurons
        size = {"all": n, "e": neurons(config)[0], "i": neurons(config)[1]}[ids] if isinstance(ids, str) else len(ids)
        if len(current.values) not in (1, size):
            yield Problem("own_current.values", f"must have 1 row or {size}, one per neuron; got {len(current.values)}.")
        if not isinstance(ids, str):
            yield from _known_ids("own_current.neurons", ids, n)
            if len(set(ids)) != len(ids):
                yield Problem("own_current.neurons", "must not name a neuron twice.")


def _recording(config: SpikingConfig) -> Iterator[Problem]:
    if config.record_neurons is not None:
        yield from _known_ids("record_neurons", config.record_neurons, sum(neurons(config)))
        if len(set(config.record_neurons)) != len(config.record_neurons):
            yield Problem("record_neurons", "must not name a neuron twice.")


def _known_ids(path: str, ids: tuple[int, ...], n: int) -> Iterator[Problem]:
    for at, neuron in enumerate(ids):
        if neuron >= n:
            yield Problem(
                f"{path}.{at}", f"must be the id of a neuron, 0 to {n - 1}; got {neuron}.", neuron, {"maximum": n - 1}
            )
            return
