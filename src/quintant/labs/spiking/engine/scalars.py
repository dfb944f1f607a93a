"""The numbers that every neuron shares, in the order in which the compiled models read them, and their other variables."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from quintant.labs.spiking.config import SpikingConfig
    from quintant.labs.spiking.engine.layout import Array


def real(config: SpikingConfig) -> type[np.floating[Any]]:
    return np.float32 if config.precision == "single" else np.float64


def scalars(config: SpikingConfig) -> Array:
    shared = [
        config.dt_ms, math.exp(-config.dt_ms / config.tau_ampa_ms), math.exp(-config.dt_ms / config.tau_gaba_ms),
        config.e_leak_mv, config.e_ampa_mv, config.e_gaba_mv, config.v_reset_mv,
    ]  # fmt: skip
    return np.array(shared, real(config))


def aux(config: SpikingConfig, n: int) -> Array:
    return np.zeros((1, n), real(config))
