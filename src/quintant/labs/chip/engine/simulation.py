"""The state of one Run and how it moves: flat arrays for the kernel, a chunk of steps at a time, sample after sample."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from quintant.errors import EngineError
from quintant.labs.chip.engine import kernel, noise
from quintant.labs.chip.engine.dendrites import acting
from quintant.labs.chip.engine.places import Parameters, Places, places
from quintant.labs.chip.engine.stimulation import Changes, changes
from quintant.labs.chip.engine.wiring import Wiring, ascending, wiring

if TYPE_CHECKING:
    from quintant.lab import Streams
    from quintant.labs.chip.config import ChipConfig

Array = np.ndarray[Any, Any]

WORK_NS = 40e6
"""How long a chunk should take."""
BUSY = 0.1
"""Share of the neurons that is thought to fire per step when the length of a chunk is chosen."""
CROSSINGS = 30_000_000
"""Synapses that the spikes of a chunk may cross before it ends early: where much more fires, or learns, than was thought."""
ACTIVITY_CELLS = 4_000_000
"""What the activity of a chunk may hold."""
MOST_SPIKES = 400_000_000
"""What is kept of one Run; beyond it the Run ends with a reason."""


@dataclass
class Synapses:
    """The wiring in the order of sources, as the kernel reads it; [s] unless told. `index` [s]: position in the wiring."""

    first: Array
    offset: Array
    target: Array
    weight: Array
    index: Array | None
    plastic: Array
    low: Array
    high: Array
    in_first: Array
    in_synapse: Array
    in_source: Array
    pair: Array
    pair_first: Array
    pair_synapse: Array


@dataclass
class Readout:
    """Potentials of the readout population, from its `first_step` on; nothing is kept where spikes decide. `total`, `most`
    [neurons]: of the sample that runs; `scores`: one array [neurons] per sample that has ended."""

    by: str
    first: int
    begin: int
    total: Array
    most: Array
    scores: list[Array]

    def present(self) -> None:
        self.total.fill(0)
        self.most.fill(np.iinfo(np.int64).min)

    def end(self, v: Array) -> None:
        if len(self.total):
            last = v[self.first : self.first + len(self.total)]
            self.scores.append({"last": last, "mean": self.total, "highest": self.most}[self.by].copy())


@dataclass
class Simulation:
    """`done`: steps simulated, of all samples; spikes lie in `spike_neuron` and `payload` up to `spikes`, those of step s at
    step_start[s] … step_start[s + 1]."""

    config: ChipConfig
    places: Places
    wiring: Wiring
    synapses: Synapses
    input_seed: int
    groups: Array
    id_order: Array
    dendrites: bool
    noisy: bool
    chunk: int
    slots: int
    lanes: int
    v: Array
    free: Array
    current: Array
    threshold: Array
    register: Array
    fired: Array
    own: Array
    repeats: Array
    left: Array
    trace: Array
    slow_trace: Array
    ring: Array
    eligibility: Array
    active: Array
    listed: Array
    counters: Array
    spike_count: Array
    step_start: Array
    spike_neuron: Array
    payload: Array
    activity: Array
    rewards: tuple[Array, Array]
    probed: tuple[Array, Array]
    read: Readout
    changes: Changes
    probe_rows: list[Array]
    history: list[tuple[int, Array]]
    done: int = 0

    @property
    def samples(self) -> int:
        return 1 if self.config.samples is None else len(self.config.samples)

    @property
    def steps(self) -> int:
        return self.config.timesteps * self.samples

    @property
    def spikes(self) -> int:
        return int(self.step_start[self.done])

    def spikes_of(self, first: int, stop: int) -> tuple[Array, Array, Array]:
        """Step, index and payload of the spikes of the steps first … stop - 1."""
        starts = self.step_start[first : stop + 1]
        step = np.repeat(np.arange(first, stop, dtype=np.int32), np.diff(starts))
        there = slice(int(starts[0]), int(starts[-1]))
        return step, self.spike_neuron[there], self.payload[there] if self.config.graded else self.payload

    def advance(self) -> None:
        """Simulate up to `chunk` steps, at least one; samples follow one another within it."""
        stop = min(self.steps, self.done + self.chunk)
        self.counters[6] = CROSSINGS
        while self.done < stop and self.counters[6] > 0:
            t = self.done % self.config.timesteps
            if t == 0:
                self._present(self.done // self.config.timesteps)
            count = min(stop - self.done, self.config.timesteps - t)
            every = self.config.weights_every_steps
            if every is not None and self.config.plasticity != "off":
                if self.done % every == 0:
                    self.history.append((self.done, self.weights()))
                count = min(count, every - self.done % every)
            self._run(t, count)
            if self.done % self.config.timesteps == 0:
                self.read.end(self.v)

    def weights(self) -> Array:
        """The weights as they are, in the order in which the synapses were made [synapses], int16."""
        if self.synapses.index is None:
            return self.synapses.weight.copy()
        weights = np.empty_like(self.synapses.weight)
        weights[self.synapses.index] = self.synapses.weight
        return weights

    def _present(self, sample: int) -> None:
        """Everything but the weights as at the beginning."""
        for state in (self.v, self.free, self.current, self.register, self.fired, self.trace, self.slow_trace, self.ring):
            state.fill(0)
        self.read.present()
        listed = self.active[: self.counters[2]]
        self.eligibility[listed] = 0
        self.listed[listed] = 0
        self.counters[:3] = 0
        stimuli = self.config.stimuli
        if self.config.samples is not None:
            stimuli = (*stimuli, *self.config.samples[sample].stimuli)
        self.changes = changes(stimuli, self.places, self.config.timesteps, self.input_seed + sample)

    def _run(self, t: int, count: int) -> None:
        synapses = self.synapses
        probed, every = self.probed
        rows = np.zeros((sum(-(-(t + count) // int(n)) - -(-t // int(n)) for n in every), kernel.PROBE_COLUMNS), np.int64)
        self.counters[5] = 0
        first = self.done
        while True:
            begun = self.done - first
            self.done += kernel.run(
                t + begun, count - begun, self.groups, self.id_order, self.noisy, self.dendrites, self.config.graded,
                ("off", "stdp", "three_factor").index(self.config.plasticity),
                self.v, self.free, self.current, self.threshold, self.register, self.fired, self.trace, self.slow_trace,
                self.config.plasticity != "off" or len(probed) > 0,
                self.ring, self.slots, self.lanes,
                synapses.first, synapses.offset, synapses.target, synapses.weight, synapses.plastic, synapses.low,
                synapses.high,
                synapses.in_first, synapses.in_synapse, synapses.in_source, synapses.pair, synapses.pair_first,
                synapses.pair_synapse,
                self.eligibility, self.active, self.listed, self.counters,
                self.changes.step, self.changes.neuron, self.changes.value, noise.cycle(), *self.rewards,
                self.places.population_of, self.spike_count, self.step_start[self.done :], self.spike_neuron, self.payload,
                self.activity[self.done :], probed, every, rows, self.own, self.repeats, self.left,
                self.read.first, self.read.begin, self.read.total, self.read.most,
            )  # fmt: skip
            if self.done == first + count or self.counters[6] <= 0:
                break
            self._grow()
        if self.counters[5] < len(rows):
            rows = rows[: self.counters[5]].copy()
        if len(rows):
            rows[:, 0] += first - t
            self.probe_rows.append(rows)

    def _grow(self) -> None:
        """Twice the room, and enough for what the step that had none is about to bring."""
        many = 2 * len(self.spike_neuron) + int(self.repeats[self.fired[: self.places.neurons] == 1].sum())
        if self.spikes > MOST_SPIKES:
            raise EngineError(
                f"more than {MOST_SPIKES:,} spikes after {self.done:,} of {self.steps:,} steps: weaken the input or the "
                "weights, raise thresholds, or simulate fewer steps."
            )
        self.spike_neuron = np.concatenate([self.spike_neuron, np.empty(many - len(self.spike_neuron), np.int32)])
        if self.config.graded:
            self.payload = np.concatenate([self.payload, np.empty(many - len(self.payload), np.uint8)])


def start(config: ChipConfig, seeds: Streams) -> Simulation:
    layout = places(config)
    wired = wiring(config, layout, seeds["wiring"])
    own = _own(layout)
    n, dendrites = layout.neurons, acting(config)
    branches = _branches(config, wired) if dendrites else 0
    lanes, slots = branches + 2, int(wired.delay.max(initial=0)) + 1
    kept = _synapses(config, wired, lanes, dendrites)
    pairs = len(kept.pair_first) - 1
    steps = config.timesteps * (1 if config.samples is None else len(config.samples))
    groups = _groups(layout)
    rewards = {reward.timestep: reward.value for reward in config.rewards}
    when = np.array(sorted(rewards), np.int64)
    fired = np.zeros(-(-n // 8) * 8, np.uint8)
    return Simulation(
        config, layout, wired, kept, seeds["input"], groups, layout.id_order, dendrites,
        config.noise and bool(groups[:, kernel.MASK].any()), _chunk(config, layout, wired), slots, lanes,
        np.zeros(n, np.int64), np.zeros(n, np.int64), np.zeros(n, np.int64), _thresholds(layout), np.zeros(n, np.int64),
        fired, own, np.ones(n, np.int64), np.zeros(n, np.int64),
        np.zeros(n, np.int64), np.zeros(n, np.int64), np.zeros(slots * lanes * n, np.int64),
        np.zeros(pairs, np.int64), np.zeros(pairs, np.int32), np.zeros(pairs, np.uint8), np.zeros(kernel.COUNTERS, np.int64),
        np.zeros(n, np.int64), np.zeros(steps + 1, np.int64), np.empty(max(4 * n, 1 << 16), np.int32),
        np.empty(max(4 * n, 1 << 16) if config.graded else 0, np.uint8), np.zeros((steps, len(layout.places)), np.int32),
        (when, np.array([rewards[int(t)] for t in when], np.int64)), _probed(config, layout), _readout(config, layout),
        changes((), layout, 1, 0), [], [],
    )  # fmt: skip


def _branches(config: ChipConfig, wired: Wiring) -> int:
    """How many compartments beside the soma are kept. Below a negative threshold even one without synapses contributes."""
    if any(population.dendrite_threshold < 0 for population in config.populations):
        return 3
    return int(wired.compartment.max(initial=0))


def _groups(places: Places) -> Array:
    rows = np.zeros((len(places.places), kernel.GROUP_COLUMNS), np.int64)
    for row, place in zip(rows, places.places, strict=True):
        population = place.population
        row[:] = (
            place.first, place.size, ("linear", "decay", "cuba").index(population.model), population.leak, population.resting,
            population.dendrite_threshold, population.voltage_decay, population.current_decay, population.bias,
            population.v_min, population.v_max, population.threshold,
            population.noise_mantissa << population.noise_exponent if population.spiking else 0, place.first_id,
            population.trace_shift,
            population.slow_trace_shift, population.refractory_steps,
            population.values is not None and population.model != "linear", population.spiking,
            population.fires == "above", ("zero", "subtract", "none", "clear").index(population.reset),
            ("now", "next", "both").index(population.reset_at), population.spikes_per_step, population.current_acts == "now",
            population.first_step,
        )  # fmt: skip
    return rows


def _own(places: Places) -> Array:
    """Parameters neuron by neuron [rows of the kernel, n]; [rows, 0] where no population has values of its own."""
    if all(place.population.values is None for place in places.places):
        return np.zeros((kernel.OWN_ROWS, 0), np.int64)
    return np.stack([np.concatenate([place.each(name) for place in places.places]) for name in Parameters._fields])


def _thresholds(places: Places) -> Array:
    """[n], int64."""
    return np.concatenate([place.each("threshold") for place in places.places])


def _readout(config: ChipConfig, places: Places) -> Readout:
    if config.readout is None or config.samples is None or config.readout_by == "spikes":
        return Readout("spikes", 0, 0, np.zeros(0, np.int64), np.zeros(0, np.int64), [])
    place = places[config.readout]
    begin, size = place.population.first_step, place.size
    return Readout(config.readout_by, place.first, begin, np.zeros(size, np.int64), np.zeros(size, np.int64), [])


def _synapses(config: ChipConfig, wired: Wiring, lanes: int, dendrites: bool) -> Synapses:
    """Compartments without dendrites that act lead to the lane of what is lost."""
    n, index = wired.neurons, wired.order

    def sorted_(values: Array) -> Array:
        return values if index is None else values[index]

    target = sorted_(wired.target)
    lane = sorted_(wired.compartment)
    offset: Array = target
    if wired.compartment.any() or wired.delay.any():
        if not dendrites:
            lane = np.where(lane > 0, lanes - 1, 0)
        wide: Any = np.int32 if 64 * lanes * n < 2**31 else np.int64
        slot: Array = sorted_(wired.delay).astype(wide) * (lanes * n)
        offset = (slot + lane.astype(wide) * n + target).astype(wide)
    nothing = np.empty(0, np.int32)
    learned: dict[str, Array] = {
        "plastic": np.empty(0, np.uint8), "low": np.empty(0, np.int16), "high": np.empty(0, np.int16),
        "in_first": np.zeros(1, np.int64), "in_synapse": nothing, "in_source": nothing,
        "pair": nothing, "pair_first": np.zeros(1, np.int64), "pair_synapse": nothing,
    }  # fmt: skip
    if config.plasticity != "off":
        many = np.diff(wired.starts)
        for name, key, kind in (("plastic", "plastic", np.uint8), ("low", "w_min", np.int16), ("high", "w_max", np.int16)):
            learned[name] = sorted_(
                np.repeat(np.array([getattr(connection, key) for connection in config.connections], kind), many)
            )
        by_target = ascending(target, n)
        learned["in_first"] = np.concatenate([[0], np.cumsum(np.bincount(target, minlength=n))]).astype(np.int64)
        learned["in_synapse"] = by_target
        learned["in_source"] = sorted_(wired.source)[by_target]
    if config.plasticity == "three_factor":
        learned |= _pairs(sorted_(wired.source), target, n)
    weight = sorted_(wired.weight).copy()
    return Synapses(wired.by_source, offset, target, weight, index, **learned)


def _pairs(source: Array, target: Array, n: int) -> dict[str, Array]:
    """Synapses of one source and one target share an eligibility."""
    keys = source.astype(np.int64) * n + target
    order = np.argsort(keys, kind="stable")
    new = np.ones(len(keys), bool)
    np.not_equal(keys[order][1:], keys[order][:-1], out=new[1:])
    pair = np.empty(len(keys), np.int32)
    pair[order] = np.cumsum(new) - 1
    starts = np.concatenate([np.flatnonzero(new), [len(keys)]]).astype(np.int64)
    return {"pair": pair, "pair_first": starts, "pair_synapse": order.astype(np.int32)}


def _probed(config: ChipConfig, places: Places) -> tuple[Array, Array]:
    """Index of each probed neuron, and every how many steps."""
    ids: list[Array] = []
    every: list[Array] = []
    for probe in config.probes:
        place = places[probe.population]
        chosen = np.arange(place.size) if probe.neurons is None else np.array(probe.neurons, np.int64)
        ids.append(chosen + place.first)
        every.append(np.full(len(chosen), probe.every_steps, np.int64))
    none = [np.empty(0, np.int64)]
    return np.concatenate(ids or none), np.concatenate(every or none)


def _chunk(config: ChipConfig, places: Places, wired: Wiring) -> int:
    """Steps that take about 40 ms if a tenth of the neurons fires at each, guessed from the sizes alone."""
    per_neuron = sum(place.size * (1.5 if place.population.model == "linear" else 6.0) for place in places.places)
    learning = {"off": 0.0, "stdp": 3.0, "three_factor": 6.0}[config.plasticity]
    per_step = 200 + 30 * len(places.places) + per_neuron + BUSY * len(wired) * (1.5 + learning)
    return max(1, int(min(WORK_NS / per_step, ACTIVITY_CELLS / len(places.places))))
