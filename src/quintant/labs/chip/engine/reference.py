"""The chip in plain Python: the specification, written to be read. The compiled engine must give the same integers.

One step, in order: collect what arrives, add the input registers, let dendrites act, take the threshold, update every
neuron, update traces, learn, send spikes with the weights as they are then. Sums are Python's own: nothing wraps.
"""

from __future__ import annotations

from collections import defaultdict
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
    from quintant.labs.chip.config import ChipConfig, Population, Stimulus
    from quintant.labs.chip.engine.places import Places
    from quintant.labs.chip.engine.wiring import Wiring


@dataclass
class Neuron:
    """State of one neuron. `v` starts at 0, not at `resting`."""

    population: Population
    global_id: int
    register: int
    v: int = 0
    current: int = 0
    refractory: int = 0
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
    told = Told(weights=[int(weight) for weight in wiring.weight])
    if config.samples is None:
        _present(config, places, wiring, config.stimuli, input_seed, 0, told)
    for at, sample in enumerate(config.samples or ()):
        stimuli = (*config.stimuli, *sample.stimuli)
        _present(config, places, wiring, stimuli, input_seed + at, at * config.timesteps, told)
    return told


def _present(
    config: ChipConfig, places: Places, wiring: Wiring, stimuli: tuple[Stimulus, ...], seed: int, begin: int, told: Told
) -> None:
    """One presentation from the initial state; weights carry over."""
    neurons = _neurons(places)
    weights, n = told.weights, len(neurons)
    outgoing: list[list[int]] = [[] for _ in range(n)]
    incoming: list[list[int]] = [[] for _ in range(n)]
    for synapse, (pre, post) in enumerate(zip(wiring.source.tolist(), wiring.target.tolist(), strict=True)):
        outgoing[pre].append(synapse)
        incoming[post].append(synapse)
    target, source = wiring.target.tolist(), wiring.source.tolist()
    rule = [config.connections[at] for at in wiring.connection_of().tolist()]
    dendrites = acting(config)
    rewards = {reward.timestep: reward.value for reward in config.rewards}
    eligibility: dict[tuple[int, int], int] = defaultdict(int)
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
        for i, neuron in enumerate(neurons):
            total = sums[i][0] + register[i]
            if dendrites:
                total += sum(max(0, sums[i][c] - neuron.population.dendrite_threshold) for c in (1, 2, 3))
            excess = _update(neuron, total, _threshold(neuron, config.noise))
            if excess is not None:
                fired[i] = excess
            _decay_traces(neuron, excess is not None)

        in_id_order = sorted(fired, key=lambda i: neurons[i].global_id)
        if config.plasticity == "stdp":
            for i in in_id_order:
                for synapse in outgoing[i]:
                    trace = neurons[target[synapse]].trace
                    if trace > 0 and rule[synapse].plastic:
                        weights[synapse] = max(rule[synapse].w_min, weights[synapse] - (trace >> TRACE_WEIGHT_SHIFT))
                for synapse in incoming[i]:
                    trace = neurons[source[synapse]].trace
                    if source[synapse] != i and trace > 0 and rule[synapse].plastic:
                        weights[synapse] = min(rule[synapse].w_max, weights[synapse] + (trace >> TRACE_WEIGHT_SHIFT))
        elif config.plasticity == "three_factor":
            for i in in_id_order:
                for synapse in outgoing[i]:
                    pair, trace = (i, target[synapse]), neurons[target[synapse]].trace
                    if trace > 0 and rule[synapse].plastic:
                        eligibility[pair] = max(-ELIGIBILITY_MOST, eligibility[pair] - (trace >> TRACE_WEIGHT_SHIFT))
                for synapse in incoming[i]:
                    pair, trace = (source[synapse], i), neurons[source[synapse]].trace
                    if source[synapse] != i and trace > 0 and rule[synapse].plastic:
                        eligibility[pair] = min(ELIGIBILITY_MOST, eligibility[pair] + (trace >> TRACE_WEIGHT_SHIFT))
            if reward := rewards.get(t, 0):
                for synapse in range(len(weights)):
                    e = eligibility.get((source[synapse], target[synapse]), 0)
                    if e != 0 and rule[synapse].plastic:
                        moved = weights[synapse] + (e * reward >> REWARD_SHIFT)
                        weights[synapse] = min(rule[synapse].w_max, max(rule[synapse].w_min, moved))
            for pair, e in eligibility.items():
                eligibility[pair] = e - _sign(e) * max(1, abs(e) >> ELIGIBILITY_DECAY_SHIFT) if e else 0

        for i in sorted(fired):
            payload = min(GRADED_MOST, max(1, fired[i])) if config.graded else 0
            told.spikes.append((begin + t, i, payload))
            for synapse in outgoing[i]:
                delivered = weights[synapse] * payload >> GRADED_SHIFT if config.graded else weights[synapse]
                arrival = t + 1 + int(wiring.delay[synapse])
                arriving[arrival].append((target[synapse], int(wiring.compartment[synapse]), delivered))
        told.states.append([(one.v, one.refractory, one.trace, one.slow_trace) for one in neurons])


def _neurons(places: Places) -> list[Neuron]:
    registers, x = [], LFSR_START
    for _ in range(places.neurons):
        registers.append(x)
        x = noise.advanced(x)
    return [
        Neuron(place.population, place.first_id + at, registers[place.first_id + at])
        for place in places.places
        for at in range(place.size)
    ]


def _threshold(neuron: Neuron, noisy: bool) -> int:
    population = neuron.population
    if not noisy or population.noise_mantissa == 0:
        return population.threshold
    neuron.register = noise.advanced(neuron.register)
    mask = population.noise_mantissa << population.noise_exponent
    return population.threshold + (neuron.register & mask) - (mask >> 1)


def _update(neuron: Neuron, total: int, threshold: int) -> int | None:
    """One neuron, one step; by how much the threshold was passed if it fired, else None."""
    population = neuron.population
    if population.model == "linear":
        moved = neuron.v + total - population.leak
        settled = moved if moved > 0 else population.resting
    else:
        before = neuron.current
        if population.model == "cuba":
            neuron.current = before - _share(before, population.current_decay) + total
            total = before
        moved = neuron.v - _share(neuron.v, population.voltage_decay) + total + population.bias
        settled = min(population.v_max, max(population.v_min, moved))
    if neuron.refractory > 0:
        neuron.v = population.resting
        neuron.refractory -= 1
        return None
    if moved >= threshold:
        neuron.v = population.resting
        neuron.refractory = population.refractory_steps
        return moved - threshold
    neuron.v = settled
    return None


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
