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

# One row of `groups` per population; the columns:
(FIRST, SIZE, MODEL, LEAK, RESTING, DENDRITE, V_DECAY, I_DECAY, BIAS, V_MIN, V_MAX, THRESHOLD, MASK, FIRST_ID, TRACE_SHIFT,
 SLOW_SHIFT, REFRACTORY) = range(17)  # fmt: skip
GROUP_COLUMNS = 17
PROBE_COLUMNS = 12
"""step, neuron, potential, input, threshold, refractory, spiked, trace, slow trace, three dendrites."""
COUNTERS = 7
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
def _decay(
    v: Any, free: Any, arrived: Any, register: Any, threshold: Any, fired: Any, current: Any, group: Any
) -> None:  # fmt: skip
    """Every neuron of a population with 12-bit decays, with a synaptic current (cuba) or without."""
    resting, v_min, v_max, bias = group[RESTING], group[V_MIN], group[V_MAX], group[BIAS]
    v_decay, i_decay, cuba = group[V_DECAY], group[I_DECAY], group[MODEL] == CUBA
    for i in range(len(v)):
        total = arrived[i] + register[i]
        arrived[i] = 0
        if cuba:
            before = current[i]
            current[i] = before - _share(before, i_decay) + total
            total = before
        fired[i] = 0
        if free[i] > 0:
            v[i] = resting
            free[i] -= 1
            continue
        moved = v[i] - _share(v[i], v_decay) + total + bias
        if moved >= threshold[i]:
            fired[i] = 1
            v[i] = moved
        else:
            v[i] = min(v_max, max(v_min, moved))


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
    probed: Any, probe_every: Any, probe_rows: Any,
) -> int:  # fmt: skip
    """Steps begin … begin + count - 1 of a presentation; returns how many were done, fewer when `spike_neuron` may overflow or
    when the work that is left to this call is used up.

    counters: [next change, next reward, listed pairs, changes by learning, spikes so far, probe rows so far, work left].
    spike_start [steps + 1] of the call: where the spikes of each step begin. activity [steps, populations] is added to.
    """
    n = len(v)
    words = fired.view(np.uint64)
    spikes = counters[4]
    spike_start[0] = spikes
    stride = lanes * n
    whole = slots * stride
    order = np.empty(n if rule != OFF else 0, np.int64)
    for done in range(count):
        if spikes + n > len(spike_neuron):
            counters[4] = spikes
            return done
        t = begin + done
        change = counters[0]
        while change < len(change_step) and change_step[change] == t:
            register[change_neuron[change]] = change_value[change]
            change += 1
        counters[0] = change

        base = (t % slots) * stride
        rows = counters[5]
        for at in range(len(probed)):
            if t % probe_every[at] == 0:
                i = probed[at]
                _probe(probe_rows[rows], i, v, ring, base, lanes, n, register, dendrites, groups[population[i], DENDRITE])
                rows += 1
        for g in range(len(groups)):
            group = groups[g]
            low_i, high_i = group[FIRST], group[FIRST] + group[SIZE]
            if noisy and group[MASK] > 0:
                mask = group[MASK]
                at = (group[FIRST_ID] + t + 1) % LFSR_PERIOD
                for i in range(low_i, high_i):
                    threshold[i] = group[THRESHOLD] + (lfsr[at] & mask) - (mask >> 1)
                    at += 1
                    if at == LFSR_PERIOD:
                        at = 0
            arrived = ring[base + low_i : base + high_i]
            for lane in range(1, lanes - 1):
                branch = ring[base + lane * n + low_i : base + lane * n + high_i]
                if dendrites:
                    for i in range(len(branch)):
                        arrived[i] += max(0, branch[i] - group[DENDRITE])
                        branch[i] = 0
            if group[MODEL] == LINEAR:
                _linear(
                    v[low_i:high_i], free[low_i:high_i], arrived, register[low_i:high_i], threshold[low_i:high_i],
                    fired[low_i:high_i], group[LEAK], group[RESTING],
                )  # fmt: skip
            else:
                _decay(
                    v[low_i:high_i], free[low_i:high_i], arrived, register[low_i:high_i], threshold[low_i:high_i],
                    fired[low_i:high_i], current[low_i:high_i], group,
                )  # fmt: skip
            if traced:
                _traces(trace[low_i:high_i], group[TRACE_SHIFT])
                _traces(slow_trace[low_i:high_i], group[SLOW_SHIFT])

        begun = spikes
        for word in range(len(words)):
            if words[word] == 0:
                continue
            for i in range(8 * word, min(8 * word + 8, n)):
                if fired[i]:
                    group = groups[population[i]]
                    if graded:
                        payload[spikes] = min(GRADED_MOST, max(1, v[i] - threshold[i]))
                    v[i] = group[RESTING]
                    free[i] = group[REFRACTORY]
                    spike_neuron[spikes] = i
                    spikes += 1
                    spike_count[i] += 1
                    activity[done, population[i]] += 1
        if traced:
            for at in range(begun, spikes):
                trace[spike_neuron[at]] = TRACE_PEAK
                slow_trace[spike_neuron[at]] = TRACE_PEAK

        work = np.int64(0)
        if rule != OFF:
            many, learned = 0, counters[3]
            for g in id_order:
                low_i, high_i = groups[g, FIRST], groups[g, FIRST] + groups[g, SIZE]
                at = begun + np.searchsorted(spike_neuron[begun:spikes], low_i)
                while at < spikes and spike_neuron[at] < high_i:
                    order[many] = spike_neuron[at]
                    many += 1
                    at += 1
            if rule == STDP:
                counters[3] += _stdp(
                    order[:many], trace, first, target, weight, plastic, low, high, in_first, in_synapse, in_source
                )  # fmt: skip
            else:
                _mark(
                    order[:many], trace, first, target, plastic, in_first, in_synapse, in_source, pair, eligibility, active,
                    listed, counters,
                )  # fmt: skip
                at = counters[1]
                if at < len(reward_step) and reward_step[at] == t:
                    counters[1] = at + 1
                    if reward_value[at] != 0:
                        counters[3] += _reward(
                            reward_value[at], active, counters[2], eligibility, pair_first, pair_synapse, weight, plastic, low,
                            high,
                        )  # fmt: skip
                work += counters[2]
                counters[2] = _fade(active, counters[2], eligibility, listed)
            work = WORK_OF_LEARNING * (work + counters[3] - learned)

        place = ((t + 1) % slots) * stride
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
            elif slots == 1:
                for s in range(first[i], first[i + 1]):
                    ring[offset[s]] += weight[s]
            else:
                for s in range(first[i], first[i + 1]):
                    there = place + offset[s]
                    if there >= whole:
                        there -= whole
                    ring[there] += weight[s]

        for at in range(len(probed)):
            if t % probe_every[at] == 0:
                i = probed[at]
                row = probe_rows[counters[5]]
                row[0], row[1], row[2], row[4], row[5] = t, i, v[i], threshold[i], free[i]
                row[6], row[7], row[8] = fired[i], trace[i], slow_trace[i]
                counters[5] += 1
        spike_start[done + 1] = spikes
        counters[6] -= work
        if counters[6] <= 0:
            counters[4] = spikes
            return done + 1
    counters[4] = spikes
    return count
