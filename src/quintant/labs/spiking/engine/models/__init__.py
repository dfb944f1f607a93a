"""The neuron models: `advance` moves every neuron by one step and marks who fired.

lif        the contract's forward Euler step of lif, vectorised       equations  the right-hand sides of all eight
methods    forward Euler, exponential Euler, RK4                      spike      threshold and reset by model
rates      gates of hh and connor_stevens

`scalars`: 0 dt, 1 and 2 what decay leaves of g_e and g_i, 3 E_L, 4 E_AMPA, 5 E_GABA, 6 V_reset, 7… the model's own.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from quintant.labs.spiking.engine.compiled import compiled
from quintant.labs.spiking.engine.models.lif import euler as lif_euler
from quintant.labs.spiking.engine.models.methods import euler, exponential, runge_kutta
from quintant.labs.spiking.engine.models.spike import peak, settle

Array = np.ndarray[Any, Any]
MODELS = ("lif", "hh", "adex", "connor_stevens", "fitzhugh", "mqif", "qif", "izhikevich")
METHODS = ("euler", "exponential_euler", "rk4")


@compiled
def advance(
    k: int, model: int, method: int, scalars: Array, v_th: Array, g_leak: Array, capacitance: Array, free: Array,
    v: Array, g_e: Array, g_i: Array, aux: Array, current: Array, fired: Array,
) -> int:  # fmt: skip
    """Move V and `aux` [variables, n] by one step; set `fired` [n] and return how many fired."""
    if model == 0 and method == 0:
        number: int = lif_euler(k, scalars, v_th, g_leak, capacitance, free, v, g_e, g_i, current, fired)
        return number
    variables = 1 + aux.shape[0]
    y, at, dy, total = np.zeros(variables), np.zeros(variables), np.zeros(variables), np.zeros(variables)
    hits = 0
    for j in range(v.size):
        before = np.float64(v[j])
        y[0] = before
        for a in range(1, variables):
            y[a] = aux[a - 1, j]
        if method == 0:
            euler(model, scalars, g_leak[j], capacitance[j], g_e[j], g_i[j], current[j], y, dy)
        elif method == 1:
            exponential(model, scalars, g_leak[j], capacitance[j], g_e[j], g_i[j], current[j], y)
        else:
            ceiling = peak(model, scalars, v_th[j])
            runge_kutta(model, scalars, g_leak[j], capacitance[j], g_e[j], g_i[j], current[j], ceiling, y, at, dy, total)
        fires = settle(model, scalars, v_th[j], free[j] > k, before, y)
        v[j] = y[0]
        for a in range(1, variables):
            aux[a - 1, j] = y[a]
        fired[j] = fires
        hits += fires
    return hits
