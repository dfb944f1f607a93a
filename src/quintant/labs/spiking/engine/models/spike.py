"""When a neuron fires, and what becomes of it, by model.

lif, qif, mqif   V reaches the threshold: V is reset, and held there while the neuron is refractory
adex             V reaches V_peak: the same, and w jumps by b
izhikevich       V reaches the threshold: V becomes c (held while refractory), u jumps by d
hh, connor_stevens, fitzhugh   V crosses the threshold upwards; nothing is reset, refractory neurons are only not counted
"""

from __future__ import annotations

from typing import Any

import numpy as np

from quintant.labs.spiking.engine.compiled import compiled
from quintant.labs.spiking.engine.models.equations import ADEX, CONNOR_STEVENS, FITZHUGH, HH, IZHIKEVICH

Array = np.ndarray[Any, Any]


@compiled
def peak(model: int, s: Array, v_th: float) -> float:
    """Where V is cut, infinity for models that come down by themselves."""
    if model in (HH, CONNOR_STEVENS, FITZHUGH):
        return np.inf
    return s[12] if model == ADEX else v_th


@compiled
def settle(model: int, s: Array, v_th: float, clamped: bool, before: float, y: Array) -> bool:
    """Apply threshold and reset to the moved `y`; returns whether the neuron fired. `before`: V before the step."""
    if model in (HH, CONNOR_STEVENS, FITZHUGH):
        return (not clamped) and before < v_th and y[0] >= v_th
    reset = s[9] if model == IZHIKEVICH else s[6]
    fires = (not clamped) and y[0] >= peak(model, s, v_th)
    if fires or clamped:
        y[0] = reset
    if fires and model == ADEX:
        y[1] += s[11]
    if fires and model == IZHIKEVICH:
        y[1] += s[10]
    return fires
