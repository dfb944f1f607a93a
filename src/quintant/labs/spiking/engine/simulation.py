"""The state of one Run and how it moves: weights, then the input and the membranes, a chunk of steps at a time."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from quintant.errors import EngineError
from quintant.lab import Streams
from quintant.labs.spiking.config import SpikingConfig
from quintant.labs.spiking.engine import layout, loop, pool, scalars, uniform, weights
from quintant.labs.spiking.engine.drive import Drive, Rows
from quintant.labs.spiking.engine.layout import Array, Layout, Neurons
from quintant.labs.spiking.engine.models import METHODS, MODELS
from quintant.labs.spiking.engine.weights import Projection
from quintant.labs.spiking.rules import MEMORY_LIMIT_BYTES

WORK_NS = 50e6
"""How long a chunk should take."""
ROWS_BYTES = 16 << 20
"""What the input of a chunk may take."""


@dataclass
class Recorded:
    """What is kept for the Result. Arrays without rows are not wanted."""

    ids: Array
    every: int
    v_mv: Array
    g_e: Array
    g_i: Array
    input_mean: Array
    currents: Array
    fraction: list[Array] = field(default_factory=list)
    raster: list[tuple[Array, Array]] = field(default_factory=list)


@dataclass
class Simulation:
    """`step_start` [steps + 1]: where the spikes of each step begin in `spike_neuron`; `done`: steps simulated;
    `rows`: the input of the next chunk, once it is prepared."""

    config: SpikingConfig
    layout: Layout
    neurons: Neurons
    steps: int
    projections: tuple[Projection, ...]
    pool: pool.Pool
    drive: Drive
    chunk: int
    scalars: Array
    v: Array
    g_e: Array
    g_i: Array
    aux: Array
    free: Array
    current: Array
    fired: Array
    step_start: Array
    spike_neuron: Array
    own: tuple[Array, Array, float, int]
    recorded: Recorded
    groups: Array
    target_group: Array
    shared: bool
    done: int = 0
    rows: Rows | None = None

    @property
    def spikes(self) -> int:
        return int(self.step_start[self.done])

    def spikes_of(self, first: int, stop: int) -> tuple[Array, Array]:
        """Times in ms and ids of the spikes of the steps first … stop - 1."""
        starts = self.step_start[first : stop + 1]
        time_ms = np.repeat(np.arange(first, stop) * self.config.dt_ms, np.diff(starts))
        return time_ms, self.spike_neuron[starts[0] : starts[-1]]

    def prepare(self) -> None:
        """Make the input of the next chunk."""
        kept, first = self.recorded, self.done
        count = min(self.chunk, self.steps - first)
        self.rows = rows = self.drive.rows(first, count)
        if len(kept.input_mean):
            kept.input_mean[first : first + count] = rows.means(self.layout.n_e, self.layout.n_i)
        if rows.sources_fraction is not None:
            kept.fraction.append(rows.sources_fraction)
        if rows.raster is not None:
            kept.raster.append(rows.raster)

    def advance(self) -> int:
        """Simulate the next chunk, with the input prepared for it; returns how many steps it had."""
        if self.rows is None:
            self.prepare()
        assert self.rows is not None
        rows, self.rows = self.rows, None
        config, kept, first = self.config, self.recorded, self.done
        count = min(self.chunk, self.steps - first)
        while self.done < first + count:
            at = self.done - first
            self.done += self._shared(rows, at, count - at) if self.shared else loop.run(
                self.done, count - at, rows.values[at:], rows.start, self.layout.n_e,
                self.pool.shape, self.pool.weight, self.pool.matrix, self.pool.starts, self.pool.targets, self.pool.weights,
                *self.own, MODELS.index(config.neuron_model), METHODS.index(config.integrator), self.scalars,
                self.neurons.v_th, self.neurons.g_leak, self.neurons.capacitance, self.neurons.ref_steps,
                self.v, self.g_e, self.g_i, self.aux, self.free, self.current, self.fired,
                self.step_start, self.spike_neuron,
                kept.ids, kept.every, kept.v_mv, kept.g_e, kept.g_i, kept.currents,
            )  # fmt: skip
            if self.done < first + count:
                if 4 * 2 * len(self.spike_neuron) > MEMORY_LIMIT_BYTES:
                    raise EngineError(
                        f"{self.spikes} spikes in {self.done * config.dt_ms:g} ms are more than "
                        f"{MEMORY_LIMIT_BYTES / 2**30:g} GiB hold. "
                        "Take a shorter t_ms, or look at why every cell fires at almost every step."
                    )
                grown = np.empty(2 * len(self.spike_neuron) + self.layout.n, np.int32)
                grown[: self.spikes] = self.spike_neuron[: self.spikes]
                self.spike_neuron = grown
        if not np.isfinite(self.v).all():
            raise EngineError(_overflow(config, self.done * config.dt_ms))
        return count

    def _shared(self, rows: Rows, at: int, count: int) -> int:
        """The steps of a network whose neurons share their conductances by group."""
        kept, groups = self.recorded, len(self.groups)
        number: int = uniform.run(
            self.done, count, rows.values[at:], rows.start, np.zeros(self.layout.n, np.float32), self.groups,
            self.pool.shape, self.pool.weight, self.target_group, self.scalars,
            self.neurons.v_th, self.neurons.g_leak, self.neurons.capacitance, self.neurons.ref_steps,
            self.v, self.g_e[:groups], self.g_i[:groups], self.free, self.step_start, self.spike_neuron,
            kept.ids, kept.every, kept.v_mv, kept.g_e, kept.g_i,
        )  # fmt: skip
        return number


def start(config: SpikingConfig, seeds: Streams) -> Simulation:
    places = layout.layout(config)
    steps = math.ceil(config.t_ms / config.dt_ms)
    cells = layout.neurons(config, places, seeds["heterogeneity"])
    synapses, kept = pool.pool(weights.projections(config, places, seeds["weights"]), scalars.real(config))
    n, real = places.n, scalars.real(config)
    chunk = _chunk(config, places, synapses, kept)
    return Simulation(
        config, places, cells, steps, kept, synapses, Drive(config, places, steps, seeds["input"], seeds.draw_cache), chunk,
        scalars.scalars(config), np.full(n, config.v_init_mv, real), np.zeros(n, real), np.zeros(n, real),
        scalars.aux(config, n), np.zeros(n, np.int32), np.zeros(n, real), np.zeros(n, np.uint8), np.zeros(steps + 1, np.int64),
        np.empty(max(4 * n, 1 << 16), np.int32), _own_spikes(config, steps), _recorded(config, places, steps),
        np.array([(group.first, group.size) for group in places.groups if group.size], np.int64).reshape(-1, 2),
        _target_groups(places, kept), _shares(config, kept),
    )  # fmt: skip


def _shares(config: SpikingConfig, kept: tuple[Projection, ...]) -> bool:
    return (
        config.neuron_model == "lif" and config.integrator == "euler" and config.own_spikes is None
        and not config.record_lfp and all(projection.form == "uniform" for projection in kept)
    )  # fmt: skip


def _target_groups(places: Layout, kept: tuple[Projection, ...]) -> Array:
    names = [group.name for group in places.groups if group.size]
    return np.array([names.index(projection.target.name) for projection in kept], np.int64)


def _chunk(config: SpikingConfig, places: Layout, synapses: pool.Pool, kept: tuple[Projection, ...]) -> int:
    """Steps that take about 50 ms, guessed from the config: 20 Hz of spikes, some ns per neuron, noise and synapse."""
    per_neuron = {"lif": 2.0, "hh": 150.0, "connor_stevens": 250.0, "adex": 20.0}.get(config.neuron_model, 5.0)
    per_neuron *= {"euler": 1, "exponential_euler": 1, "rk4": 4}[config.integrator]
    many = sum(
        projection.synapses * (0.4 if projection.form == "dense" else 1.5)
        for projection in kept
        if projection.form != "uniform"
    )
    work = 200 + places.n * (per_neuron + 10) + many * 0.020 * config.dt_ms
    return max(1, min(int(WORK_NS / work), ROWS_BYTES // (4 * max(1, places.n)), 100_000))


def _own_spikes(config: SpikingConfig, steps: int) -> tuple[Array, Array, float, int]:
    own = config.own_spikes
    if own is None:
        return np.empty(0, np.int64), np.empty(0, np.int64), 0.0, 0
    at = np.rint(np.array(own.times_ms, float) / config.dt_ms).astype(np.int64)
    ids = np.array(own.neurons, np.int64)
    order = np.lexsort((ids, at))
    order = order[at[order] < steps]
    return at[order], ids[order], own.weight, 0 if own.receptor == "ampa" else 1


def _recorded(config: SpikingConfig, places: Layout, steps: int) -> Recorded:
    if not config.record_traces:
        ids = np.empty(0, np.int64)
    elif config.record_neurons is None:
        ids = np.array(([0] if places.n_e else []) + ([places.n_e] if places.n_i else []), np.int64)
    else:
        ids = np.array(config.record_neurons, np.int64)
    every = 1 if config.record_every_ms is None else max(1, round(config.record_every_ms / config.dt_ms))
    rows = math.ceil(steps / every) if len(ids) else 0
    return Recorded(
        ids, every, np.empty((rows, len(ids))), np.empty((rows, len(ids))), np.empty((rows, len(ids))),
        np.zeros((steps if config.record_input else 0, 2)), np.zeros((steps if config.record_lfp else 0, 2)),
    )  # fmt: skip


def _overflow(config: SpikingConfig, time_ms: float) -> str:
    return (
        f"neuron_model {config.neuron_model}: the membrane left the finite numbers before {time_ms:g} ms. "
        f"Its parameters do not fit these equations at dt_ms = {config.dt_ms:g}: begin with the preset of the model, "
        "or take a smaller step."
    )
