"""The right-hand sides of all models but the fast path of lif: y = (V, the model's own variables), dy/dt, d(dV/dt)/dV.

    lif            C V' = g_L (E_L - V) + S
    qif            C V' = g_L (E_L - V) + a (V - V_r)(V - V_t) + S                       (Latham et al. 2000; `qif_*`)
    mqif           C V' = g_L (E_L - V) + Σ a_k (V - V_rk)² - Σ w_j + S,  τ_j w_j' = w_aj (V - w_Vrj)² - w_j
    adex           C V' = g_L (E_L - V) + g_L Δ_T exp((V - V_T) / Δ_T) - w + S,  τ_w w' = a (V - E_L) - w
    izhikevich       V' = 0.04 V² + 5 V + 140 - u + S,  u' = a (b V - u)
    fitzhugh         V' = V - V³ / 3 - w + S,  τ_w w' = V + a - b w
    hh             C V' = S - g_Na m³ h (V - E_Na) - g_K n⁴ (V - E_K) - g_L (V - E_L), gates in `rates`
    connor_stevens hh and - g_A a³ b (V - E_K): Pinglab's variant, Hodgkin-Huxley sodium and potassium beside the A current

S = g_e (E_e - V) + g_i (E_i - V) + I. Numbers of models are those of `MODELS`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from quintant.labs.spiking.engine.compiled import compiled
from quintant.labs.spiking.engine.models import rates

Array = np.ndarray[Any, Any]
LIF, HH, ADEX, CONNOR_STEVENS, FITZHUGH, MQIF, QIF, IZHIKEVICH = range(8)


@compiled
def growth(v: float, s: Array) -> float:
    """AdEx: exp((V - V_T) / Δ_T), the exponent clipped to [-100, 50]."""
    return math.exp(min(max((v - s[7]) / s[8], -100.0), 50.0))


@compiled
def conductances(model: int, y: Array, s: Array) -> tuple[float, float, float]:
    """hh, connor_stevens: open conductances of sodium, potassium and the A current."""
    sodium = s[7] * y[1] ** 3 * y[2]
    potassium = s[8] * y[3] ** 4
    return sodium, potassium, s[11] * y[4] ** 3 * y[5] if model == CONNOR_STEVENS else 0.0


@compiled
def voltage_slope(model: int, s: Array, g_leak: float, c: float, g_e: float, g_i: float, current: float, y: Array) -> float:
    v = y[0]
    push = g_e * (s[4] - v) + g_i * (s[5] - v) + current
    if model == IZHIKEVICH:
        izhikevich: float = 0.04 * v * v + 5.0 * v + 140.0 - y[1] + push
        return izhikevich
    if model == FITZHUGH:
        fitzhugh: float = v - v * v * v / 3.0 - y[1] + push
        return fitzhugh
    push += g_leak * (s[3] - v)
    if model in (HH, CONNOR_STEVENS):
        sodium, potassium, a_current = conductances(model, y, s)
        push -= sodium * (v - s[9]) + (potassium + a_current) * (v - s[10])
    elif model == ADEX:
        push += g_leak * s[8] * growth(v, s) - y[1]
    elif model == QIF:
        push += s[7] * (v - s[8]) * (v - s[9])
    elif model == MQIF:
        terms, adaptations = int(s[7]), int(s[8])
        for k in range(terms):
            push += s[9 + k] * (v - s[9 + terms + k]) ** 2
        for k in range(adaptations):
            push -= y[1 + k]
    slope: float = push / c
    return slope


@compiled
def voltage_jacobian(model: int, s: Array, g_leak: float, c: float, g_e: float, g_i: float, y: Array) -> float:
    v = y[0]
    if model == IZHIKEVICH:
        izhikevich: float = 0.08 * v + 5.0 - g_e - g_i
        return izhikevich
    if model == FITZHUGH:
        fitzhugh: float = 1.0 - v * v - g_e - g_i
        return fitzhugh
    slope = -g_leak - g_e - g_i
    if model in (HH, CONNOR_STEVENS):
        sodium, potassium, a_current = conductances(model, y, s)
        slope -= sodium + potassium + a_current
    elif model == ADEX:
        slope += g_leak * growth(v, s)
    elif model == QIF:
        slope += s[7] * (2.0 * v - s[8] - s[9])
    elif model == MQIF:
        terms = int(s[7])
        for k in range(terms):
            slope += 2.0 * s[9 + k] * (v - s[9 + terms + k])
    return slope / c


@compiled
def other_slopes(model: int, s: Array, y: Array, out: Array) -> None:
    """dy/dt of the model's own variables, into out[1:]."""
    v = y[0]
    if model in (HH, CONNOR_STEVENS):
        at = rates.clipped(v)
        out[1] = rates.slope(y[1], rates.sodium_m(at))
        out[2] = rates.slope(y[2], rates.sodium_h(at))
        out[3] = rates.slope(y[3], rates.potassium_n(at))
        if model == CONNOR_STEVENS:
            out[4] = rates.slope(y[4], rates.a_current_a(at))
            out[5] = rates.slope(y[5], rates.a_current_b(at))
    elif model == ADEX:
        out[1] = (s[10] * (v - s[3]) - y[1]) / s[9]
    elif model == IZHIKEVICH:
        out[1] = s[7] * (s[8] * v - y[1])
    elif model == FITZHUGH:
        out[1] = (v + s[7] - s[8] * y[1]) / s[9]
    elif model == MQIF:
        terms, adaptations = int(s[7]), int(s[8])
        base = 9 + 2 * terms
        for k in range(adaptations):
            drive = s[base + k] * (v - s[base + adaptations + k]) ** 2
            out[1 + k] = (drive - y[1 + k]) / s[base + 2 * adaptations + k]
