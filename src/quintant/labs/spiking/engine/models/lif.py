"""Leaky integrate-and-fire: C dV/dt = g_L (E_L - V) + g_e (E_e - V) + g_i (E_i - V) + I (Lapicque 1907)."""

from __future__ import annotations

from typing import Any

import numpy as np

from quintant.labs.spiking.engine.compiled import compiled

Array = np.ndarray[Any, Any]


@compiled
def euler(
    k: int, scalars: Array, v_th: Array, g_leak: Array, capacitance: Array, free: Array,
    v: Array, g_e: Array, g_i: Array, current: Array, fired: Array,
) -> int:  # fmt: skip
    """The contract's step. Written as loops that the compiler vectorises: no branch, no call."""
    dt, e_l, e_e, e_i, reset = scalars[0], scalars[3], scalars[4], scalars[5], scalars[6]
    hits = 0
    for j in range(v.size):
        old = v[j]
        v[j] = old + dt * (
            (g_leak[j] * (e_l - old) + g_e[j] * (e_e - old) + g_i[j] * (e_i - old) + current[j]) / capacitance[j]
        )
    for j in range(v.size):
        over = v[j] >= v_th[j]
        clamped = free[j] > k
        fired[j] = over & (not clamped)
        hits += over & (not clamped)
        v[j] = reset if over | clamped else v[j]
    return hits
