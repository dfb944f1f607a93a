"""The chip in plain Python: the specification, written to be read. The compiled engine must give the same integers.

One step, in order: collect what arrives, add the input registers, let dendrites act, take the threshold, update every
neuron, update traces, learn, send spikes with the weights as they are then. Sums are Python's own: nothing wraps.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from quintant.labs.chip.engine import noise
from quintant.labs.chip.engine.constants import (
    DECAY_UNIT,
    ELIGIBILITY_DECAY_SHIFT,
    ELIGIBILITY_MOST,
    GRADED_MOST,
    GRADED_SHIFT,
    LFSR_START,
    REWARD_SHIFT,
    TRACE_PEAK,
    TRACE_WEIGHT_SHIFT,
)  # fmt: skip
from quintant.labs.chip.engine.dendrites import acting
from quintant.labs.chip.engine.stimulation import spans

if TYPE_CHECKING:
    from quintant.labs.chip.config import ChipConfig, Connection, Population, Stimulus
    from quintant.labs.chip.engine.places import Parameters, Places
    from quintant.labs.chip.engine.wiring import Wiring


@dataclass
class Neuron:
    """State of one neuron. `v` starts at 0, not at `resting`; `fired`: its spikes of the step before."""

    population: Population
    own: Parameters
    global_id: int
    register: int
    v: int = 0
    current: int = 0
    refractory: int = 0
    fired: int = 0
    trace: int = 0
    slow_trace: int = 0


@dataclass
class Told:
    """What a simulation leaves. spikes: (step, index, payload), `step` through all samples; states: one list per step of
    (v, refractory, trace, slow_trace) by index; weights [synapses] as they ended."""

    spikes: list[tuple[int, int, int]] = field(default_factory=list)
    states: list[list[tuple[int, int, int, int]]] = field(default_factory=list)
    weights: list[int] = field(default_factory=list)


def simulate(config: ChipConfig, places: Places, wiring: Wiring, input_seed: int) -> Told:
    record = Told(weights=[int(weight) for weight in wiring.weight])
    if config.samples is None:
        _present(config, places, wiring, config.stimuli, input_seed, 0, record)
    for at, sample in enumerate(config.samples or ()):
        stimuli = (*config.stimuli, *sample.stimuli)
        _present(config, places, wiring, stimuli, input_seed + at, at * config.timesteps, record)
    return record


@dataclass
class Synapses:
    """The wiring as plain lists [synapses], and by neuron; `rule`: the connection that a synapse belongs to. `weights` and
    `eligibility`, by source and target, are what learning changes."""

    source: list[int]
    target: list[int]
    rule: list[Connection]
    outgoing: list[list[int]]
    incoming: list[list[int]]
    weights: list[int]
    eligibility: dict[tuple[int, int], int] = field(default_factory=lambda: defaultdict(int))

    def traced(self, i: int, neurons: list[Neuron]) -> Iterator[tuple[int, int, bool]]:
        """Plastic synapses of a neuron that has fired whose other end has a trace, the trace's part of a weight, and whether
        the neuron is the target. Its synapse onto itself is depressed only."""
        for ends, synapses in ((self.target, self.outgoing[i]), (self.source, self.incoming[i])):
            onto = ends is self.source
            for synapse in synapses:
                trace = neurons[ends[synapse]].trace
                if trace > 0 and self.rule[synapse].plastic and not (onto and ends[synapse] == i):
                    yield synapse, trace >> TRACE_WEIGHT_SHIFT, onto

    def stdp(self, i: int, neurons: list[Neuron]) -> None:
        """What leads away from a neuron that has fired is depressed, what leads to it is potentiated."""
        for synapse, part, onto in self.traced(i, neurons):
            rule, weight = self.rule[synapse], self.weights[synapse]
            self.weights[synapse] = min(rule.w_max, weight + part) if onto else max(rule.w_min, weight - part)

    def collect(self, i: int, neurons: list[Neuron]) -> None:
        """The same, kept as eligibility of the pair."""
        for synapse, part, onto in self.traced(i, neurons):
            pair = self.source[synapse], self.target[synapse]
            kept = self.eligibility[pair] + (part if onto else -part)
            self.eligibility[pair] = min(ELIGIBILITY_MOST, kept) if onto else max(-ELIGIBILITY_MOST, kept)

    def reward(self, value: int) -> None:
        """Eligibility becomes weight."""
        for synapse, rule in enumerate(self.rule):
            e = self.eligibility.get((self.source[synapse], self.target[synapse]), 0)
            if e != 0 and rule.plastic:
                moved = self.weights[synapse] + (e * value >> REWARD_SHIFT)
                self.weights[synapse] = min(rule.w_max, max(rule.w_min, moved))

    def forget(self) -> None:
        """Eligibility decays towards 0, by 1 at least."""
        for pair, e in self.eligibility.items():
            self.eligibility[pair] = e - _sign(e) * max(1, abs(e) >> ELIGIBILITY_DECAY_SHIFT) if e else 0


def _synapses(config: ChipConfig, wiring: Wiring, neurons: int, weights: list[int]) -> Synapses:
    source, target = wiring.source.tolist(), wiring.target.tolist()
    outgoing: list[list[int]] = [[] for _ in range(neurons)]
    incoming: list[list[int]] = [[] for _ in range(neurons)]
    for synapse, (pre, post) in enumerate(zip(source, target, strict=True)):
        outgoing[pre].append(synapse)
        incoming[post].append(synapse)
    rule = [config.connections[at] for at in wiring.connection_of().tolist()]
    return Synapses(source, target, rule, outgoing, incoming, weights)


def _present(
    config: ChipConfig, places: Places, wiring: Wiring, stimuli: tuple[Stimulus, ...], seed: int, begin: int, record: Told
) -> None:
    """One presentation from the initial state; weights carry over."""
    neurons = _neurons(places)
    n = len(neurons)
    synapses = _synapses(config, wiring, n, record.weights)
    dendrites = acting(config)
    rewards = {reward.timestep: reward.value for reward in config.rewards}
    arriving: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
    drive = list(zip(*(part.tolist() for part in spans(stimuli, places, config.timesteps, seed)), strict=True))

    for t in range(config.timesteps):
        sums = [[0, 0, 0, 0] for _ in range(n)]
        for i, compartment, delivered in arriving.pop(t, ()):
            sums[i][compartment] += delivered
        register = [0] * n
        for i, start, stop, current in drive:
            if start <= t < stop:
                register[i] = current

        fired: dict[int, int] = {}
        repeats: dict[int, int] = {}
        for i, neuron in enumerate(neurons):
            threshold = _threshold(neuron, config.noise)
            if t < neuron.population.first_step:
                continue
            total = sums[i][0] + register[i]
            if dendrites:
                total += sum(max(0, sums[i][c] - neuron.population.dendrite_threshold) for c in (1, 2, 3))
            excess = _update(neuron, total, threshold)
            if excess is not None:
                fired[i], repeats[i] = excess, neuron.fired
            _decay_traces(neuron, excess is not None)

        learn = {"off": None, "stdp": synapses.stdp, "three_factor": synapses.collect}[config.plasticity]
        if learn is not None:
            for i in sorted(fired, key=lambda i: neurons[i].global_id):
                learn(i, neurons)
        if config.plasticity == "three_factor":
            if value := rewards.get(t, 0):
                synapses.reward(value)
            synapses.forget()

        for i in sorted(fired):
            payload = min(GRADED_MOST, max(1, fired[i])) if config.graded else 0
            record.spikes += [(begin + t, i, payload)] * repeats[i]
            for synapse in synapses.outgoing[i]:
                weight = record.weights[synapse]
                delivered = weight * payload >> GRADED_SHIFT if config.graded else weight
                arrival = t + 1 + int(wiring.delay[synapse])
                arriving[arrival].append((synapses.target[synapse], int(wiring.compartment[synapse]), delivered * repeats[i]))
        record.states.append([(neuron.v, neuron.refractory, neuron.trace, neuron.slow_trace) for neuron in neurons])


def _neurons(places: Places) -> list[Neuron]:
    registers, x = [], LFSR_START
    for _ in range(places.neurons):
        registers.append(x)
        x = noise.advanced(x)
    return [
        Neuron(place.population, own, place.first_id + at, registers[place.first_id + at])
        for place in places.places
        for at, own in enumerate(place.parameters())
    ]


def _threshold(neuron: Neuron, noisy: bool) -> int:
    population = neuron.population
    if not noisy or population.noise_mantissa == 0:
        return neuron.own.threshold
    neuron.register = noise.advanced(neuron.register)
    mask = population.noise_mantissa << population.noise_exponent
    return neuron.own.threshold + (neuron.register & mask) - (mask >> 1)


def _update(neuron: Neuron, total: int, threshold: int) -> int | None:
    """One neuron, one step; by how much the threshold was passed if it fired (`fired` times), else None."""
    if neuron.population.model != "linear":
        return _leaky(neuron, total, threshold)
    population = neuron.population
    moved = neuron.v + total - population.leak
    settled = moved if moved > 0 else population.resting
    neuron.fired = 0
    if neuron.refractory > 0:
        neuron.v = population.resting
        neuron.refractory -= 1
        return None
    if moved >= threshold:
        neuron.v = population.resting
        neuron.refractory = population.refractory_steps
        neuron.fired = 1
        return moved - threshold
    neuron.v = settled
    return None


def _leaky(neuron: Neuron, total: int, threshold: int) -> int | None:
    """Models decay and cuba: what a spike subtracts is threshold - resting, the threshold without its noise."""
    population, own = neuron.population, neuron.own
    amount, strict = own.threshold - own.resting, population.fires == "above"
    before, spikes_before = neuron.v, neuron.fired
    neuron.fired = 0
    if population.model == "cuba":
        current = neuron.current
        neuron.current = current - _share(current, own.current_decay) + total
        total = neuron.current if population.current_acts == "now" else current
    if neuron.refractory > 0:
        neuron.v = own.resting
        neuron.refractory -= 1
        return None
    late = population.reset_at == "next" and spikes_before > 0
    if late and population.reset == "zero":
        before = own.resting
    moved = before - _share(before, own.voltage_decay) + total + own.bias
    if late and population.reset == "subtract":
        moved -= spikes_before * amount
    elif late and population.reset == "clear":
        moved = own.resting
    tested = moved
    if population.reset_at == "both" and population.reset == "subtract" and before >= own.threshold + strict:
        tested -= amount
    excess = tested - threshold - strict
    if not population.spiking or excess < 0:
        neuron.v = _clipped(own, population, moved)
        return None
    neuron.fired = min(population.spikes_per_step, excess // amount + 1) if population.spikes_per_step > 1 else 1
    neuron.refractory = population.refractory_steps
    if population.reset_at != "next":
        if population.reset in ("zero", "clear"):
            moved = own.resting
        elif population.reset == "subtract":
            moved -= neuron.fired * amount
    neuron.v = _clipped(own, population, moved)
    return tested - threshold


def _clipped(own: Parameters, population: Population, v: int) -> int:
    return min(population.v_max, max(own.v_min, v))


def _share(x: int, decay: int) -> int:
    """x × decay / 4096, rounded away from zero."""
    return _sign(x) * ((abs(x) * decay + DECAY_UNIT - 1) // DECAY_UNIT)


def _sign(x: int) -> int:
    return (x > 0) - (x < 0)


def _decay_traces(neuron: Neuron, spiked: bool) -> None:
    if spiked:
        neuron.trace = neuron.slow_trace = TRACE_PEAK
        return
    if neuron.trace > 0:
        neuron.trace = max(0, neuron.trace - max(1, neuron.trace >> neuron.population.trace_shift))
    if neuron.slow_trace > 0:
        neuron.slow_trace = max(0, neuron.slow_trace - max(1, neuron.slow_trace >> neuron.population.slow_trace_shift))
