"""Threshold noise: a 16-bit Galois shift register per neuron, all on one cycle.

The register of the neuron with global id g starts at 0xACE1 advanced g times and advances once per step, before it is read. All
states lie on one cycle of 65,535, so that a state is a place on it and no register has to be kept. Neighbours see the same
numbers one step apart: that is how the chip's simulator does it, and poor noise.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from quintant.labs.chip.engine.constants import LFSR_PERIOD, LFSR_START, LFSR_TAPS


def advanced(x: int) -> int:
    return x >> 1 ^ LFSR_TAPS if x & 1 else x >> 1


@cache
def cycle() -> np.ndarray[Any, Any]:
    """The register after 0, 1, 2, … advances [65535], int64."""
    states, x = np.empty(LFSR_PERIOD, np.int64), LFSR_START
    for at in range(LFSR_PERIOD):
        states[at] = x
        x = advanced(x)
    return states
