"""The compiled loop over steps, in the contract's order. One step k (its time is k dt):

1. what arrives now is added to g_e and g_i: the spikes of step k - delay, E sources into g_e, I sources into g_i;
2. g_e and g_i decay by one step, so that an arriving spike has lost one dt before it acts;
3. only a neuron whose refractory counter has run out may fire;
4. the membrane moves from its old V with the new conductances;
5. who is active and reaches the threshold fires; its V, and that of who is still refractory, is the reset;
6. spikes are kept in ascending id.

Counters are kept as the step from which a neuron is free: a spike at step k with counter r leaves it clamped at the
steps k + 1 … k + r - 1. Every sum has one order, whatever the number of threads: the loop uses one.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from quintant.labs.spiking.engine.compiled import compiled
from quintant.labs.spiking.engine.models import advance

Array = np.ndarray[Any, Any]


@compiled
def add_four_rows(matrix: Array, a: int, b: int, c: int, d: int, g: Array) -> None:
    """The sum of four calls of `add_row`, in their order, with one pass over g."""
    for j in range(g.size):
        g[j] = (((g[j] + matrix[a + j]) + matrix[b + j]) + matrix[c + j]) + matrix[d + j]


@compiled
def add_row(matrix: Array, at: int, g: Array) -> None:
    for j in range(g.size):
        g[j] += matrix[at + j]


@compiled
def arrive(
    k: int, shape: Array, weight: Array, matrix: Array, starts: Array, targets: Array, weights: Array,
    step_start: Array, spike_neuron: Array, g_e: Array, g_i: Array,
) -> None:  # fmt: skip
    """Add what the spikes that end their delay at step k give."""
    for p in range(shape.shape[0]):
        then = k - shape[p, 5]
        if then < 0:
            continue
        # Spikes of a step lie in ascending id, so those of one source population are a slice of them. A delay costs no buffer
        # of conductances: the spikes of step k - delay are read when they arrive.
        low, high = step_start[then], step_start[then + 1]
        while low < high and spike_neuron[low] < shape[p, 1]:
            low += 1
        while high > low and spike_neuron[high - 1] >= shape[p, 2]:
            high -= 1
        if high == low:
            continue
        first, size = shape[p, 3], shape[p, 4]
        g = (g_e if shape[p, 6] == 0 else g_i)[first : first + size]
        if shape[p, 0] == 0:
            # A block of equal weights has rank one: m spikes give every target m times the weight.
            add = weight[p] * weight.dtype.type(high - low)
            for j in range(g.size):
                g[j] += add
        elif shape[p, 0] == 1:
            # Four rows a pass: g is read and written once for four spikes, and memory, not arithmetic, is what this loop waits
            # for. The brackets of `add_four_rows` keep the order of four single additions, so that no bit changes.
            at = shape[p, 7] - shape[p, 1] * size
            fours = low + (high - low) // 4 * 4
            for s in range(low, fours, 4):
                a, b, c, d = (
                    at + spike_neuron[s] * size, at + spike_neuron[s + 1] * size,
                    at + spike_neuron[s + 2] * size, at + spike_neuron[s + 3] * size,
                )  # fmt: skip
                add_four_rows(matrix, a, b, c, d, g)
            for s in range(fours, high):
                add_row(matrix, at + spike_neuron[s] * size, g)
        else:
            for s in range(low, high):
                i = shape[p, 7] + spike_neuron[s] - shape[p, 1]
                if shape[p, 8] == 0:
                    for a in range(starts[i], starts[i + 1]):
                        g[targets[a]] += weight[p]
                else:
                    for a in range(starts[i], starts[i + 1]):
                        g[targets[a]] += weights[a]


@compiled
def decay(g: Array, keep: float) -> None:
    for j in range(g.size):
        g[j] *= keep


@compiled
def load_row(rows: Array, k: int, current: Array) -> None:
    for j in range(current.size):
        current[j] = rows[k, j]


@compiled
def run(
    first: int, count: int, rows: Array, rows_start: int, n_e: int,
    shape: Array, weight: Array, matrix: Array, starts: Array, targets: Array, weights: Array,
    own_step: Array, own_neuron: Array, own_weight: float, own_receptor: int,
    model: int, method: int, scalars: Array, v_th: Array, g_leak: Array, capacitance: Array, ref_steps: Array,
    v: Array, g_e: Array, g_i: Array, aux: Array, free: Array, current: Array, fired: Array,
    step_start: Array, spike_neuron: Array,
    seen: Array, every: int, seen_v: Array, seen_e: Array, seen_i: Array, field: Array,
) -> int:  # fmt: skip
    """Simulate `count` steps from `first`; returns how many were done: fewer when `spike_neuron` might not hold the next.

    `rows` float32 [count, width] is the input of the neurons from `rows_start` on. `field` [steps, 2]
    takes the summed AMPA and GABA currents of E cells; it may have no rows.
    """
    n = v.size
    keep_e, keep_i = scalars[1], scalars[2]
    width = rows.shape[1]
    wanted = current[rows_start : rows_start + width]
    at_own = np.searchsorted(own_step, first)
    for at in range(count):
        k = first + at
        spikes = step_start[k]
        if spike_neuron.size - spikes < n:
            return at
        load_row(rows, at, wanted)
        arrive(k, shape, weight, matrix, starts, targets, weights, step_start, spike_neuron, g_e, g_i)
        while at_own < own_step.size and own_step[at_own] == k:
            if own_receptor == 0:
                g_e[own_neuron[at_own]] += own_weight
            else:
                g_i[own_neuron[at_own]] += own_weight
            at_own += 1
        if method == 0:
            decay(g_e, keep_e)
            decay(g_i, keep_i)
        if field.shape[0] > 0:
            for j in range(n_e):
                field[k, 0] += g_e[j] * (scalars[4] - v[j])
                field[k, 1] += g_i[j] * (scalars[5] - v[j])
        hits = advance(k, model, method, scalars, v_th, g_leak, capacitance, free, v, g_e, g_i, aux, current, fired)
        if method != 0:
            decay(g_e, keep_e)
            decay(g_i, keep_i)
        if hits > 0:
            for j in range(n):
                if fired[j] != 0:
                    spike_neuron[spikes] = j
                    free[j] = k + ref_steps[j]
                    spikes += 1
        step_start[k + 1] = spikes
        if seen.size > 0 and k % every == 0:
            row = k // every
            for i in range(seen.size):
                seen_v[row, i] = v[seen[i]]
                seen_e[row, i] = g_e[seen[i]]
                seen_i[row, i] = g_i[seen[i]]
    return count
