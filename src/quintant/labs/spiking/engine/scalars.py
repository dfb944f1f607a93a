"""The numbers that every neuron shares, in the order in which the compiled models read them, and their other variables."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from quintant.labs.spiking.engine.models import rates

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
    return np.array([*shared, *_own(config)], real(config))


def _own(config: SpikingConfig) -> list[float]:
    match config.neuron_model:
        case "hh" | "connor_stevens":
            return [config.g_na, config.g_k, config.e_na_mv, config.e_k_mv, config.g_a]
        case "adex":
            return [
                config.adex_v_t_mv, config.adex_delta_t_mv, config.adex_tau_w_ms,
                config.adex_a, config.adex_b, config.adex_v_peak_mv,
            ]  # fmt: skip
        case "fitzhugh":
            return [config.fhn_a, config.fhn_b, config.fhn_tau_w]
        case "qif":
            return [config.qif_a, config.qif_v_r_mv, config.qif_v_t_mv]
        case "izhikevich":
            return [config.izh_a, config.izh_b, config.izh_c_mv, config.izh_d]
        case "mqif":
            return [
                len(config.mqif_a), len(config.mqif_w_a), *config.mqif_a, *config.mqif_v_r_mv,
                *config.mqif_w_a, *config.mqif_w_v_r_mv, *config.mqif_w_tau_ms,
            ]  # fmt: skip
        case _:
            return []


def aux(config: SpikingConfig, n: int) -> Array:
    """The model's own variables [variables, n] at the start: gates at their steady state for V_init, adaptation 0."""
    return np.repeat(np.array(_begin(config), float).reshape(-1, 1), n, axis=1).astype(real(config))


def _begin(config: SpikingConfig) -> list[float]:
    v = config.v_init_mv
    match config.neuron_model:
        case "hh" | "connor_stevens":
            at = rates.clipped(v)
            gates = [rates.sodium_m(at), rates.sodium_h(at), rates.potassium_n(at)]
            if config.neuron_model == "connor_stevens":
                gates += [rates.a_current_a(at), rates.a_current_b(at)]
            return [rates.steady(gate) for gate in gates]
        case "adex" | "fitzhugh":
            return [0.0]
        case "izhikevich":
            return [config.izh_b * v]
        case "mqif":
            return [0.0] * len(config.mqif_w_a)
        case _:
            return []
