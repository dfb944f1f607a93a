"""The loop of `loop` for networks whose every block has one weight: all neurons of a group then share g_e and g_i.

A block of equal weights is a matrix of rank one: what it gives is a number of spikes times the weight, the same for every
target. So conductances are two numbers per group. The operations on each neuron are those of `loop`, in its order, so
that the spikes are the same bit for bit; only `lif` with forward Euler, without own input spikes, comes here.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from quintant.labs.spiking.engine.compiled import compiled

Array = np.ndarray[Any, Any]


@compiled
def membrane(v: Array, g_leak: Array, capacitance: Array, current: Array, scalars: Array, g_e: float, g_i: float) -> None:
    dt, e_l, e_e, e_i = scalars[0], scalars[3], scalars[4], scalars[5]
    for j in range(v.size):
        old = v[j]
        v[j] = old + dt * ((g_leak[j] * (e_l - old) + g_e * (e_e - old) + g_i * (e_i - old) + current[j]) / capacitance[j])


@compiled
def reach(k: int, v: Array, v_th: Array, free: Array) -> np.int32:
    """How many active neurons reach their threshold."""
    now = np.int32(k)
    hits = np.int32(0)
    for j in range(v.size):
        hits += np.int32((v[j] >= v_th[j]) & (free[j] <= now))
    return hits


@compiled
def clamp(k: int, v: Array, free: Array, reset: float) -> None:
    now = np.int32(k)
    for j in range(v.size):
        v[j] = reset if free[j] > now else v[j]


@compiled
def run(
    first: int, count: int, rows: Array, rows_start: int, nothing: Array, groups: Array,
    shape: Array, weight: Array, target_group: Array, scalars: Array,
    v_th: Array, g_leak: Array, capacitance: Array, ref_steps: Array,
    v: Array, group_e: Array, group_i: Array, free: Array, step_start: Array, spike_neuron: Array,
    seen: Array, every: int, seen_v: Array, seen_e: Array, seen_i: Array,
) -> int:  # fmt: skip
    """As `loop.run`. `groups` int64 [groups, 2]: first id and size; `group_e`, `group_i` [groups]: their conductances;
    `nothing` [n]: zeros, the input of who has none; `target_group` [projections]."""
    n = v.size
    keep_e, keep_i, reset = scalars[1], scalars[2], scalars[6]
    refractory_until = np.int64(-1)
    for j in range(n):
        refractory_until = max(refractory_until, free[j])
    for at in range(count):
        k = first + at
        spikes = step_start[k]
        if spike_neuron.size - spikes < n:
            return at
        for p in range(shape.shape[0]):
            then = k - shape[p, 5]
            if then < 0:
                continue
            low, high = step_start[then], step_start[then + 1]
            while low < high and spike_neuron[low] < shape[p, 1]:
                low += 1
            while high > low and spike_neuron[high - 1] >= shape[p, 2]:
                high -= 1
            if high > low:
                g = group_e if shape[p, 6] == 0 else group_i
                g[target_group[p]] += weight[p] * weight.dtype.type(high - low)
        for a in range(groups.shape[0]):
            group_e[a] *= keep_e
            group_i[a] *= keep_i
            low, high = groups[a, 0], groups[a, 0] + groups[a, 1]
            off = low - rows_start
            current = rows[at, off : off + groups[a, 1]] if 0 <= off < rows.shape[1] else nothing[low:high]
            membrane(v[low:high], g_leak[low:high], capacitance[low:high], current, scalars, group_e[a], group_i[a])
        if refractory_until > k:
            clamp(k, v, free, reset)
        # Counting first, without a branch, lets the compiler compare several neurons at once; the loop that branches runs only
        # where somebody fires.
        if reach(k, v, v_th, free) > 0:
            for j in range(n):
                if v[j] >= v_th[j] and free[j] <= k:
                    spike_neuron[spikes] = j
                    spikes += 1
                    v[j] = reset
                    free[j] = k + ref_steps[j]
                    refractory_until = max(refractory_until, free[j])
        step_start[k + 1] = spikes
        if seen.size > 0 and k % every == 0:
            row = k // every
            for i in range(seen.size):
                seen_v[row, i] = v[seen[i]]
                a = 0
                while seen[i] >= groups[a, 0] + groups[a, 1]:
                    a += 1
                seen_e[row, i] = group_e[a]
                seen_i[row, i] = group_i[a]
    return count
