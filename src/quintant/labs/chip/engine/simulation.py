"""The state of one Run and how it moves: flat arrays for the kernel, a chunk of steps at a time, sample after sample."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from quintant.errors import EngineError
from quintant.labs.chip.engine import kernel, noise
from quintant.labs.chip.engine.dendrites import acting
from quintant.labs.chip.engine.places import Places, places
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

    def weights(self) -> Array:
        """The weights as they are, in the order in which the synapses were made [synapses], int16."""
        if self.synapses.index is None:
            return self.synapses.weight.copy()
        found = np.empty_like(self.synapses.weight)
        found[self.synapses.index] = self.synapses.weight
        return found

    def _present(self, sample: int) -> None:
        """Everything but the weights as at the beginning."""
        for state in (self.v, self.free, self.current, self.register, self.trace, self.slow_trace, self.ring):
            state.fill(0)
        listed = self.active[: self.counters[2]]
        self.eligibility[listed] = 0
        self.listed[listed] = 0
        self.counters[:3] = 0
        stimuli = self.config.stimuli
        if self.config.samples is not None:
            stimuli = (*stimuli, *self.config.samples[sample].stimuli)
        self.changes = changes(stimuli, self.places, self.config.timesteps, self.input_seed + sample)

    def _run(self, t: int, count: int) -> None:
        one = self.synapses
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
                one.first, one.offset, one.target, one.weight, one.plastic, one.low, one.high,
                one.in_first, one.in_synapse, one.in_source, one.pair, one.pair_first, one.pair_synapse,
                self.eligibility, self.active, self.listed, self.counters,
                self.changes.step, self.changes.neuron, self.changes.value, noise.cycle(), *self.rewards,
                self.places.population_of, self.spike_count, self.step_start[self.done :], self.spike_neuron, self.payload,
                self.activity[self.done :], probed, every, rows,
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
        many = 2 * len(self.spike_neuron) + self.places.neurons
        if self.spikes > MOST_SPIKES:
            raise EngineError(
                f"more than {MOST_SPIKES:,} spikes after {self.done:,} of {self.steps:,} steps: weaken the input or the "
                "weights, raise thresholds, or simulate fewer steps."
            )
        self.spike_neuron = np.concatenate([self.spike_neuron, np.empty(many - len(self.spike_neuron), np.int32)])
        if self.config.graded:
            self.payload = np.concatenate([self.payload, np.empty(many - len(self.payload), np.uint8)])


def start(config: ChipConfig, seeds: Streams) -> Simulation:
    found = places(config)
    wired = wiring(config, found, seeds["wiring"])
    n, dendrites = found.neurons, acting(config)
    branches = _branches(config, wired) if dendrites else 0
    lanes, slots = branches + 2, int(wired.delay.max(initial=0)) + 1
    kept = _synapses(config, wired, lanes, dendrites)
    pairs = len(kept.pair_first) - 1
    steps = config.timesteps * (1 if config.samples is None else len(config.samples))
    groups = _groups(found)
    rewards = {reward.timestep: reward.value for reward in config.rewards}
    when = np.array(sorted(rewards), np.int64)
    fired = np.zeros(-(-n // 8) * 8, np.uint8)
    return Simulation(
        config, found, wired, kept, seeds["input"], groups, found.id_order, dendrites,
        config.noise and bool(groups[:, kernel.MASK].any()), _chunk(config, found, wired), slots, lanes,
        np.zeros(n, np.int64), np.zeros(n, np.int64), np.zeros(n, np.int64), found.values("threshold"), np.zeros(n, np.int64),
        fired, np.zeros(n, np.int64), np.zeros(n, np.int64), np.zeros(slots * lanes * n, np.int64),
        np.zeros(pairs, np.int64), np.zeros(pairs, np.int32), np.zeros(pairs, np.uint8), np.zeros(kernel.COUNTERS, np.int64),
        np.zeros(n, np.int64), np.zeros(steps + 1, np.int64), np.empty(max(4 * n, 1 << 16), np.int32),
        np.empty(max(4 * n, 1 << 16) if config.graded else 0, np.uint8), np.zeros((steps, len(found.places)), np.int32),
        (when, np.array([rewards[int(t)] for t in when], np.int64)), _probed(config, found),
        changes((), found, 1, 0), [], [],
    )  # fmt: skip


def _branches(config: ChipConfig, wired: Wiring) -> int:
    """How many compartments beside the soma are kept. Below a negative threshold even one without synapses contributes."""
    if any(one.dendrite_threshold < 0 for one in config.populations):
        return 3
    return int(wired.compartment.max(initial=0))


def _groups(found: Places) -> Array:
    rows = np.zeros((len(found.places), kernel.GROUP_COLUMNS), np.int64)
    for row, place in zip(rows, found.places, strict=True):
        one = place.population
        row[:] = (
            place.first, place.size, ("linear", "decay", "cuba").index(one.model), one.leak, one.resting,
            one.dendrite_threshold, one.voltage_decay, one.current_decay, one.bias, one.v_min, one.v_max, one.threshold,
            one.noise_mantissa << one.noise_exponent, place.first_id, one.trace_shift, one.slow_trace_shift,
            one.refractory_steps,
        )  # fmt: skip
    return rows


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
            learned[name] = sorted_(np.repeat(np.array([getattr(one, key) for one in config.connections], kind), many))
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


def _probed(config: ChipConfig, found: Places) -> tuple[Array, Array]:
    """Index of each probed neuron, and every how many steps."""
    ids: list[Array] = []
    every: list[Array] = []
    for probe in config.probes:
        place = found[probe.population]
        chosen = np.arange(place.size) if probe.neurons is None else np.array(probe.neurons, np.int64)
        ids.append(chosen + place.first)
        every.append(np.full(len(chosen), probe.every_steps, np.int64))
    none = [np.empty(0, np.int64)]
    return np.concatenate(ids or none), np.concatenate(every or none)


def _chunk(config: ChipConfig, found: Places, wired: Wiring) -> int:
    """Steps that take about 40 ms if a tenth of the neurons fires at each, guessed from the sizes alone."""
    per_neuron = sum(place.size * (1.5 if place.population.model == "linear" else 6.0) for place in found.places)
    learning = {"off": 0.0, "stdp": 3.0, "three_factor": 6.0}[config.plasticity]
    per_step = 200 + 30 * len(found.places) + per_neuron + BUSY * len(wired) * (1.5 + learning)
    return max(1, int(min(WORK_NS / per_step, ACTIVITY_CELLS / len(found.places))))
