"""The neuron models, one file each. `advance` moves every neuron by one step and marks who fired.

`scalars`: 0 dt, 1 and 2 what decay leaves of g_e and g_i, 3 E_L, 4 E_AMPA, 5 E_GABA, 6 V_reset, 7… the model's own.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from quintant.labs.spiking.engine.mersenne import FAST
from quintant.labs.spiking.engine.models.lif import euler as lif_euler

Array = np.ndarray[Any, Any]
MODELS = ("lif", "hh", "adex", "connor_stevens", "fitzhugh", "mqif", "qif", "izhikevich")
METHODS = ("euler", "exponential_euler", "rk4")


@njit(**FAST)
def advance(
    k: int, model: int, method: int, scalars: Array, v_th: Array, g_leak: Array, capacitance: Array, free: Array,
    v: Array, g_e: Array, g_i: Array, aux: Array, current: Array, fired: Array,
) -> int:  # fmt: skip
    """Move V (and `aux` [variables, n]) by one step; set `fired` [n] and return how many fired."""
    return lif_euler(k, scalars, v_th, g_leak, capacitance, free, v, g_e, g_i, current, fired)
