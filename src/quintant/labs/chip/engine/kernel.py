"""The chip compiled: many steps per call over flat arrays, the same integers as `reference`.

Arrays are by neuron index [n] or by synapse in the order of sources [s]. What arrives lies in a ring of `slots` × `lanes` × n
sums: a slot per step to come, a lane per compartment, one lane more for what is lost. `offset` of a synapse is
delay × lanes × n + lane × n + target, so that a spike adds at the place of the next step + offset, around the ring.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from quintant.labs.chip.engine.compiled import compiled
from quintant.labs.chip.engine.constants import (
    DECAY_UNIT,
    ELIGIBILITY_DECAY_SHIFT,
    ELIGIBILITY_MOST,
    GRADED_MOST,
    GRADED_SHIFT,
    LFSR_PERIOD,
    REWARD_SHIFT,
    TRACE_PEAK,
    TRACE_WEIGHT_SHIFT,
)  # fmt: skip

LINEAR, DECAY, CUBA = MODELS = range(3)
OFF, STDP, THREE_FACTOR = RULES = range(3)

ZERO, SUBTRACT, NONE, CLEAR = RESETS = range(4)
NOW, NEXT, BOTH = TIMES = range(3)

# One row of `groups` per population; the columns:
(FIRST, SIZE, MODEL, LEAK, RESTING, DENDRITE, V_DECAY, I_DECAY, BIAS, V_MIN, V_MAX, THRESHOLD, MASK, FIRST_ID, TRACE_SHIFT,
 SLOW_SHIFT, REFRACTORY, OWN, SPIKING, STRICT, RESET, RESET_AT, MOST_SPIKES, CURRENT_NOW, FIRST_STEP) = range(25)  # fmt: skip
GROUP_COLUMNS = 25
# Rows of `own`, parameters neuron by neuron, read where a group says so; the threshold lies in `threshold` alone.
OWN_THRESHOLD, OWN_RESTING, OWN_V_DECAY, OWN_I_DECAY, OWN_BIAS, OWN_V_MIN = range(6)
OWN_ROWS = 6
PROBE_COLUMNS = 12
"""step, neuron, potential, input, threshold, refractory, spiked, trace, slow trace, three dendrites."""
COUNTERS = 8
WORK_OF_LEARNING = 6
"""Synapses that a spike crosses in the time of one change by learning, measured."""


@compiled
def _linear(v: Any, free: Any, arrived: Any, register: Any, threshold: Any, fired: Any, leak: int, resting: int) -> None:
    """Every neuron of a linear population: a fired one keeps its V + I - leak until its spike is taken up."""
    for i in range(len(v)):
        moved = v[i] + arrived[i] + register[i] - leak
        awake = free[i] == 0
        spike = awake & (moved >= threshold[i])
        v[i] = moved if (spike | (awake & (moved > 0))) else resting
        free[i] -= 0 if awake else 1
        fired[i] = spike
        arrived[i] = 0


@compiled
def _share(x: int, decay: int) -> int:
    """x × decay / 4096, rounded away from zero."""
    y = x * decay
    return (y + DECAY_UNIT - 1) // DECAY_UNIT if y >= 0 else -((DECAY_UNIT - 1 - y) // DECAY_UNIT)


@compiled
def _leaky(
    v: Any, free: Any, arrived: Any, register: Any, threshold: Any, fired: Any, current: Any, group: Any, own: Any,
    repeats: Any, left: Any,
) -> int:  # fmt: skip
    """Every neuron of a population with 12-bit decays, with a synaptic current (cuba) or without. A fired one keeps the
    potential that was tested until its spikes are taken up; `left`: what it has after them, `repeats`: how many they are.
    Returns the spikes beyond the first of each neuron."""
    more = 0
    cuba, current_now, v_max, strict = group[MODEL] == CUBA, group[CURRENT_NOW] == 1, group[V_MAX], group[STRICT]
    reset, reset_at, most, spiking = group[RESET], group[RESET_AT], group[MOST_SPIKES], group[SPIKING] == 1
    each = group[OWN] == 1
    theta, resting, v_min = group[THRESHOLD], group[RESTING], group[V_MIN]
    v_decay, i_decay, bias = group[V_DECAY], group[I_DECAY], group[BIAS]
    for i in range(len(v)):
        if each:
            theta, resting, v_min = own[OWN_THRESHOLD, i], own[OWN_RESTING, i], own[OWN_V_MIN, i]
            v_decay, i_decay, bias = own[OWN_V_DECAY, i], own[OWN_I_DECAY, i], own[OWN_BIAS, i]
        total = arrived[i] + register[i]
        arrived[i] = 0
        if cuba:
            before = current[i]
            current[i] = before - _share(before, i_decay) + total
            total = current[i] if current_now else before
        late = repeats[i] if reset_at == NEXT and fired[i] else 0
        fired[i] = 0
        if free[i] > 0:
            v[i] = resting
            free[i] -= 1
            continue
        before = v[i]
        if late > 0 and reset == ZERO:
            before = resting
        moved = before - _share(before, v_decay) + total + bias
        if late > 0 and reset == SUBTRACT:
            moved -= late * (theta - resting)
        elif late > 0 and reset == CLEAR:
            moved = resting
        tested = moved
        # snnTorch with reset_delay=False: whoever is still above after its reset is tested against one threshold more
        if reset_at == BOTH and reset == SUBTRACT and before >= theta + strict:
            tested -= theta - resting
        if not spiking or tested < threshold[i] + strict:
            v[i] = min(v_max, max(v_min, moved))
            continue
        fired[i] = 1
        many = min(most, (tested - threshold[i] - strict) // (theta - resting) + 1) if most > 1 else 1
        repeats[i] = many
        more += many - 1
        if reset_at != NEXT:
            if reset in (ZERO, CLEAR):
                moved = resting
            elif reset == SUBTRACT:
                moved -= many * (theta - resting)
        left[i] = min(v_max, max(v_min, moved))
        v[i] = tested
    return more


@compiled
def _traces(trace: Any, shift: int) -> None:
    for i in range(len(trace)):
        x = trace[i]
        less = max(1, x >> shift)
        trace[i] = max(0, x - less)


@compiled
def _stdp(
    order: Any, trace: Any, first: Any, target: Any, weight: Any, plastic: Any, low: Any, high: Any,
    in_first: Any, in_synapse: Any, in_source: Any,
) -> int:  # fmt: skip
    """For each fired neuron in the order of global ids: its outgoing synapses down, its incoming ones up. Returns how often."""
    moved = 0
    for i in order:
        for s in range(first[i], first[i + 1]):
            x = trace[target[s]]
            if x > 0 and plastic[s]:
                weight[s] = max(np.int64(low[s]), weight[s] - (x >> TRACE_WEIGHT_SHIFT))
                moved += 1
        for at in range(in_first[i], in_first[i + 1]):
            k = in_source[at]
            s = in_synapse[at]
            x = trace[k]
            if k != i and x > 0 and plastic[s]:
                weight[s] = min(np.int64(high[s]), weight[s] + (x >> TRACE_WEIGHT_SHIFT))
                moved += 1
    return moved


@compiled
def _mark(
    order: Any, trace: Any, first: Any, target: Any, plastic: Any, in_first: Any, in_synapse: Any, in_source: Any,
    pair: Any, eligibility: Any, active: Any, listed: Any, counters: Any,
) -> None:  # fmt: skip
    """The same visits for three-factor learning: eligibility of pairs instead of weights."""
    actives = counters[2]
    for i in order:
        for s in range(first[i], first[i + 1]):
            x = trace[target[s]]
            if x > 0 and plastic[s]:
                p = pair[s]
                eligibility[p] = max(-ELIGIBILITY_MOST, eligibility[p] - (x >> TRACE_WEIGHT_SHIFT))
                counters[3] += 1
                if not listed[p]:
                    listed[p] = 1
                    active[actives] = p
                    actives += 1
        for at in range(in_first[i], in_first[i + 1]):
            k = in_source[at]
            s = in_synapse[at]
            x = trace[k]
            if k != i and x > 0 and plastic[s]:
                p = pair[s]
                eligibility[p] = min(ELIGIBILITY_MOST, eligibility[p] + (x >> TRACE_WEIGHT_SHIFT))
                counters[3] += 1
                if not listed[p]:
                    listed[p] = 1
                    active[actives] = p
                    actives += 1
    counters[2] = actives


@compiled
def _reward(
    value: int, active: Any, actives: int, eligibility: Any, pair_first: Any, pair_synapse: Any, weight: Any, plastic: Any,
    low: Any, high: Any,
) -> int:  # fmt: skip
    """Weights move by what their pairs are eligible for; returns how many synapses were visited."""
    visited = 0
    for at in range(actives):
        p = active[at]
        e = eligibility[p]
        if e == 0:
            continue
        for j in range(pair_first[p], pair_first[p + 1]):
            s = pair_synapse[j]
            if plastic[s]:
                moved = weight[s] + ((e * value) >> REWARD_SHIFT)
                weight[s] = min(np.int64(high[s]), max(np.int64(low[s]), moved))
                visited += 1
    return visited


@compiled
def _fade(active: Any, actives: int, eligibility: Any, listed: Any) -> int:
    """Every eligibility fades; pairs whose eligibility is gone leave the list. Returns how many are left."""
    kept = 0
    for at in range(actives):
        p = active[at]
        e = eligibility[p]
        if e > 0:
            e -= max(1, e >> ELIGIBILITY_DECAY_SHIFT)
        elif e < 0:
            e += max(1, (-e) >> ELIGIBILITY_DECAY_SHIFT)
        eligibility[p] = e
        if e == 0:
            listed[p] = 0
        else:
            active[kept] = p
            kept += 1
    return kept


@compiled
def _probe(
    row: Any, i: int, v: Any, ring: Any, base: int, lanes: int, n: int, register: Any, dendrites: bool, dendrite_threshold: int
) -> None:  # fmt: skip
    """What a probed neuron is about to take up: its input as it will be added, and what its dendrites hold."""
    total = ring[base + i] + register[i]
    for lane in range(1, lanes - 1):
        arrived = ring[base + lane * n + i]
        row[8 + lane] = arrived
        if dendrites:
            total += max(0, arrived - dendrite_threshold)
    row[3] = total


@compiled
def _noise(threshold: Any, group: Any, own: Any, t: int, lfsr: Any) -> None:
    """The thresholds of a step with their noise. Every neuron has a shift register that started one place after that of the
    neuron before it (constants.LFSR_START), so that all of them walk along one cycle: neuron k at step t is at k + t + 1."""
    mask, each = group[MASK], group[OWN] == 1
    at = (group[FIRST_ID] + t + 1) % LFSR_PERIOD
    for i in range(len(threshold)):
        theta = own[OWN_THRESHOLD, i] if each else group[THRESHOLD]
        threshold[i] = theta + (lfsr[at] & mask) - (mask >> 1)
        at += 1
        if at == LFSR_PERIOD:
            at = 0


@compiled
def _update(
    t: int, base: int, groups: Any, noisy: bool, dendrites: bool, traced: bool, lanes: int, v: Any, free: Any, current: Any,
    threshold: Any, register: Any, fired: Any, trace: Any, slow_trace: Any, ring: Any, lfsr: Any, own: Any, repeats: Any,
    left: Any,
) -> int:  # fmt: skip
    """Every neuron, population by population: what arrived at step t, its dendrites, its threshold, its equations, its traces.
    Returns the spikes beyond the first of each neuron."""
    n, more = len(v), 0
    for g in range(len(groups)):
        group = groups[g]
        a, b = group[FIRST], group[FIRST] + group[SIZE]
        if noisy and group[MASK] > 0:
            _noise(threshold[a:b], group, own[:, a:b], t, lfsr)
        arrived = ring[base + a : base + b]
        for lane in range(1, lanes - 1):
            branch = ring[base + lane * n + a : base + lane * n + b]
            if dendrites:
                for i in range(len(branch)):
                    arrived[i] += max(0, branch[i] - group[DENDRITE])
                    branch[i] = 0
        if t < group[FIRST_STEP]:
            arrived[:] = 0
            continue
        if group[MODEL] == LINEAR:
            _linear(
                v[a:b], free[a:b], arrived, register[a:b], threshold[a:b], fired[a:b], group[LEAK], group[RESTING]
            )  # fmt: skip
        else:
            more += _leaky(
                v[a:b], free[a:b], arrived, register[a:b], threshold[a:b], fired[a:b], current[a:b], group, own[:, a:b],
                repeats[a:b], left[a:b],
            )  # fmt: skip
        if traced:
            _traces(trace[a:b], group[TRACE_SHIFT])
            _traces(slow_trace[a:b], group[SLOW_SHIFT])
    return more


@compiled
def _take_up(
    spikes: int, fired_words: Any, fired: Any, groups: Any, population: Any, graded: bool, v: Any, free: Any, threshold: Any,
    repeats: Any, left: Any, spike_neuron: Any, payload: Any, spike_count: Any, active: Any,
) -> int:  # fmt: skip
    """List the spikes of a step in the order of neurons, from `spikes` on, and reset who fired; returns how many there are now.

    `words` is `fired` seen as 64-bit words: most neurons are silent at most steps, and eight of them are passed by at once.
    """
    n = len(v)
    for word in range(len(fired_words)):
        if fired_words[word] == 0:
            continue
        for i in range(8 * word, min(8 * word + 8, n)):
            if fired[i]:
                group = groups[population[i]]
                if graded:
                    payload[spikes] = min(GRADED_MOST, max(1, v[i] - threshold[i]))
                many = np.int64(1)
                if group[MODEL] == LINEAR:
                    v[i] = group[RESTING]
                else:
                    v[i], many = left[i], repeats[i]
                free[i] = group[REFRACTORY]
                for _ in range(many):
                    spike_neuron[spikes] = i
                    spikes += 1
                spike_count[i] += many
                active[population[i]] += many
    return spikes


@compiled
def _ordered(order: Any, spike_neuron: Any, begun: int, spikes: int, groups: Any, id_order: Any) -> int:
    """Who fired in this step, in the order of global ids, each once: learning sees a neuron once a step. Returns how many."""
    many = 0
    for g in id_order:
        a, b = groups[g, FIRST], groups[g, FIRST] + groups[g, SIZE]
        at = begun + np.searchsorted(spike_neuron[begun:spikes], a)
        while at < spikes and spike_neuron[at] < b:
            if at == begun or spike_neuron[at] != spike_neuron[at - 1]:
                order[many] = spike_neuron[at]
                many += 1
            at += 1
    return many


@compiled
def _learn(
    t: int, order: Any, rule: int, trace: Any, first: Any, target: Any, weight: Any, plastic: Any, low: Any, high: Any,
    in_first: Any, in_synapse: Any, in_source: Any, pair: Any, pair_first: Any, pair_synapse: Any, eligibility: Any,
    active: Any, listed: Any, counters: Any, reward_step: Any, reward_value: Any,
) -> int:  # fmt: skip
    """What the spikes of step t (`order`) change; returns the work of it, in synapses crossed."""
    work, learned = 0, counters[3]
    if rule == STDP:
        counters[3] += _stdp(
            order, trace, first, target, weight, plastic, low, high, in_first, in_synapse, in_source
        )  # fmt: skip
    else:
        _mark(
            order, trace, first, target, plastic, in_first, in_synapse, in_source, pair, eligibility, active, listed, counters
        )  # fmt: skip
        at = counters[1]
        if at < len(reward_step) and reward_step[at] == t:
            counters[1] = at + 1
            if reward_value[at] != 0:
                counters[3] += _reward(
                    reward_value[at], active, counters[2], eligibility, pair_first, pair_synapse, weight, plastic, low, high
                )  # fmt: skip
        work += counters[2]
        counters[2] = _fade(active, counters[2], eligibility, listed)
    crossed: int = WORK_OF_LEARNING * (work + counters[3] - learned)
    return crossed


@compiled
def _send(
    begun: int, spikes: int, spike_neuron: Any, payload: Any, graded: bool, first: Any, offset: Any, weight: Any, ring: Any,
    place: int, single: bool,
) -> int:  # fmt: skip
    """Add the weights of the spikes begun … spikes - 1 to the ring, from `place` (the next step's slot) on; returns how many
    synapses were crossed. `single`: the ring has one slot, so that no place runs over its end."""
    whole, work = len(ring), 0
    for at in range(begun, spikes):
        i = spike_neuron[at]
        work += first[i + 1] - first[i]
        if graded:
            carried = np.int64(payload[at])
            for s in range(first[i], first[i + 1]):
                there = place + offset[s]
                if there >= whole:
                    there -= whole
                ring[there] += (weight[s] * carried) >> GRADED_SHIFT
        elif single:
            for s in range(first[i], first[i + 1]):
                ring[offset[s]] += weight[s]
        else:
            for s in range(first[i], first[i + 1]):
                there = place + offset[s]
                if there >= whole:
                    there -= whole
                ring[there] += weight[s]
    return work


@compiled
def _look(
    t: int, base: int, probed: Any, probe_every: Any, probe_rows: Any, rows: int, v: Any, ring: Any, lanes: int, register: Any,
    dendrites: bool, groups: Any, population: Any,
) -> None:  # fmt: skip
    """Into the rows of this step, of each probed neuron, what it is about to take up."""
    for at in range(len(probed)):
        if t % probe_every[at] == 0:
            i = probed[at]
            _probe(probe_rows[rows], i, v, ring, base, lanes, len(v), register, dendrites, groups[population[i], DENDRITE])
            rows += 1


@compiled
def _note(
    t: int, probed: Any, probe_every: Any, probe_rows: Any, rows: int, v: Any, threshold: Any, free: Any, fired: Any,
    trace: Any, slow_trace: Any,
) -> int:  # fmt: skip
    """The rest of those rows, after the step; returns the rows so far."""
    for at in range(len(probed)):
        if t % probe_every[at] == 0:
            i = probed[at]
            row = probe_rows[rows]
            row[0], row[1], row[2], row[4], row[5] = t, i, v[i], threshold[i], free[i]
            row[6], row[7], row[8] = fired[i], trace[i], slow_trace[i]
            rows += 1
    return rows


@compiled
def _read(v: Any, first: int, total: Any, most: Any) -> None:
    """Potentials of the readout after a step into their sum and maximum."""
    for at in range(len(total)):
        x = v[first + at]
        total[at] += x
        most[at] = max(most[at], x)


@compiled
def run(
    begin: int, count: int, groups: Any, id_order: Any, noisy: bool, dendrites: bool, graded: bool, rule: int,
    v: Any, free: Any, current: Any, threshold: Any, register: Any, fired: Any, trace: Any, slow_trace: Any, traced: bool,
    ring: Any, slots: int, lanes: int,
    first: Any, offset: Any, target: Any, weight: Any, plastic: Any, low: Any, high: Any,
    in_first: Any, in_synapse: Any, in_source: Any,
    pair: Any, pair_first: Any, pair_synapse: Any, eligibility: Any, active: Any, listed: Any, counters: Any,
    change_step: Any, change_neuron: Any, change_value: Any, lfsr: Any,
    reward_step: Any, reward_value: Any,
    population: Any, spike_count: Any, spike_start: Any, spike_neuron: Any, payload: Any, activity: Any,
    probed: Any, probe_every: Any, probe_rows: Any, own: Any, repeats: Any, left: Any,
    read_first: int, read_from: int, read_sum: Any, read_most: Any,
) -> int:  # fmt: skip
    """Steps begin … begin + count - 1 of a presentation; returns how many were done: fewer when `spike_neuron` would overflow,
    or when the work that is left to this call is used up.

    counters: [next change, next reward, listed pairs, changes by learning, spikes so far, probe rows so far, work left, whether
    the first step's neurons are updated already: its spikes had no room]. spike_start [steps + 1] of the call: where the
    spikes of each step begin. activity [steps, populations] is added to. own [6, n] where a group has OWN, repeats, left [n].
    read_sum, read_most [readout]: sum and maximum of the potentials from step read_from on, of the neurons from read_first on.
    """
    n = len(v)
    fired_words = fired.view(np.uint64)
    spikes = counters[4]
    spike_start[0] = spikes
    stride = lanes * n
    order = np.empty(n if rule != OFF else 0, np.int64)
    for done in range(count):
        t = begin + done
        base = (t % slots) * stride
        if counters[7] == 0:
            change = counters[0]
            while change < len(change_step) and change_step[change] == t:
                register[change_neuron[change]] = change_value[change]
                change += 1
            counters[0] = change
            _look(
                t, base, probed, probe_every, probe_rows, counters[5], v, ring, lanes, register, dendrites, groups, population
            )  # fmt: skip
            more = _update(
                t, base, groups, noisy, dendrites, traced, lanes, v, free, current, threshold, register, fired, trace,
                slow_trace, ring, lfsr, own, repeats, left,
            )  # fmt: skip
            if spikes + n + more > len(spike_neuron):
                counters[4], counters[7] = spikes, 1
                return done
        counters[7] = 0
        begun = spikes
        spikes = _take_up(
            spikes, fired_words, fired, groups, population, graded, v, free, threshold, repeats, left, spike_neuron, payload,
            spike_count, activity[done],
        )  # fmt: skip
        if t >= read_from:
            _read(v, read_first, read_sum, read_most)
        if traced:
            for at in range(begun, spikes):
                trace[spike_neuron[at]] = TRACE_PEAK
                slow_trace[spike_neuron[at]] = TRACE_PEAK
        work = np.int64(0)
        if rule != OFF:
            many = _ordered(order, spike_neuron, begun, spikes, groups, id_order)
            work += _learn(
                t, order[:many], rule, trace, first, target, weight, plastic, low, high, in_first, in_synapse, in_source, pair,
                pair_first, pair_synapse, eligibility, active, listed, counters, reward_step, reward_value,
            )  # fmt: skip
        place = ((t + 1) % slots) * stride
        work += _send(begun, spikes, spike_neuron, payload, graded, first, offset, weight, ring, place, slots == 1)
        counters[5] = _note(t, probed, probe_every, probe_rows, counters[5], v, threshold, free, fired, trace, slow_trace)
        spike_start[done + 1] = spikes
        counters[6] -= work
        if counters[6] <= 0:
            counters[4] = spikes
            return done + 1
    counters[4] = spikes
    return count
