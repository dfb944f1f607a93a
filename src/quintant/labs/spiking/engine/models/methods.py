"""How one neuron moves by one step: y = (V, own variables) in place.

forward Euler       the contract's. Gated models move their gates first and use the new ones in the currents.
exponential Euler   V by the exact solution of its linearisation, V + V' (e^{λ dt} - 1) / λ with λ = ∂V'/∂V (Hochbruck &
                    Ostermann 2010, doi 10.1017/S0962492910000048): exact for lif; gates and adaptation exactly at the old V.
RK4                 Runge and Kutta's classical method on all variables; g_e and g_i decay within the step.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from quintant.labs.spiking.engine.compiled import compiled
from quintant.labs.spiking.engine.models import rates
from quintant.labs.spiking.engine.models.equations import (
    ADEX,
    CONNOR_STEVENS,
    FITZHUGH,
    HH,
    IZHIKEVICH,
    MQIF,
    other_slopes,
    voltage_jacobian,
    voltage_slope,
)

Array = np.ndarray[Any, Any]


@compiled
def euler(model: int, s: Array, g_leak: float, c: float, g_e: float, g_i: float, current: float, y: Array, dy: Array) -> None:
    dt = s[0]
    if model in (HH, CONNOR_STEVENS):
        at = rates.clipped(y[0])
        y[1] = rates.forward(y[1], rates.sodium_m(at), dt)
        y[2] = rates.forward(y[2], rates.sodium_h(at), dt)
        y[3] = rates.forward(y[3], rates.potassium_n(at), dt)
        if model == CONNOR_STEVENS:
            y[4] = rates.forward(y[4], rates.a_current_a(at), dt)
            y[5] = rates.forward(y[5], rates.a_current_b(at), dt)
        y[0] += dt * voltage_slope(model, s, g_leak, c, g_e, g_i, current, y)
        return
    slope = voltage_slope(model, s, g_leak, c, g_e, g_i, current, y)
    other_slopes(model, s, y, dy)
    y[0] += dt * slope
    for a in range(1, y.size):
        y[a] += dt * dy[a]


@compiled
def exponential(model: int, s: Array, g_leak: float, c: float, g_e: float, g_i: float, current: float, y: Array) -> None:
    dt, v = s[0], y[0]
    if model in (HH, CONNOR_STEVENS):
        at = rates.clipped(v)
        y[1] = rates.relaxed(y[1], rates.sodium_m(at), dt)
        y[2] = rates.relaxed(y[2], rates.sodium_h(at), dt)
        y[3] = rates.relaxed(y[3], rates.potassium_n(at), dt)
        if model == CONNOR_STEVENS:
            y[4] = rates.relaxed(y[4], rates.a_current_a(at), dt)
            y[5] = rates.relaxed(y[5], rates.a_current_b(at), dt)
    slope = voltage_slope(model, s, g_leak, c, g_e, g_i, current, y)
    # Over a step the equation is linearised, V' = V'(old) + λ (V - V_old), and solved exactly: the step is V' dt φ₁(λ dt) with
    # φ₁(z) = (e^z - 1) / z (Hochbruck & Ostermann 2010). expm1 keeps the digits of a small z, where the limit is 1;
    # the clip keeps e^z finite where an exponential current runs away before the spike is cut.
    z = min(max(voltage_jacobian(model, s, g_leak, c, g_e, g_i, y) * dt, -700.0), 20.0)
    y[0] = v + dt * slope * (math.expm1(z) / z if abs(z) > 1e-12 else 1.0)
    if model == ADEX:
        y[1] = settle(y[1], s[10] * (v - s[3]), dt / s[9])
    elif model == IZHIKEVICH:
        y[1] = settle(y[1], s[8] * v, dt * s[7])
    elif model == FITZHUGH:
        y[1] = settle(y[1], (v + s[7]) / s[8], dt * s[8] / s[9]) if s[8] != 0.0 else y[1] + dt * (v + s[7]) / s[9]
    elif model == MQIF:
        terms, adaptations = int(s[7]), int(s[8])
        base = 9 + 2 * terms
        for k in range(adaptations):
            limit = s[base + k] * (v - s[base + adaptations + k]) ** 2
            y[1 + k] = settle(y[1 + k], limit, dt / s[base + 2 * adaptations + k])


@compiled
def settle(x: float, limit: float, share: float) -> float:
    return limit + (x - limit) * math.exp(-share)


@compiled
def runge_kutta(
    model: int, s: Array, g_leak: float, c: float, g_e: float, g_i: float, current: float,
    ceiling: float, y: Array, at: Array, dy: Array, total: Array,
) -> None:  # fmt: skip
    """`at`, `dy`, `total`: room for as many values as y has. A stage's V stops at `ceiling`, where the neuron fires: beyond
    it the quadratic and exponential models run away within one step and would take their adaptation along."""
    dt = s[0]
    half_e, half_i = math.sqrt(s[1]), math.sqrt(s[2])
    for stage in range(4):
        if stage == 0:
            e, i, move, weight = g_e, g_i, 0.0, 1.0
        elif stage == 3:
            e, i, move, weight = g_e * s[1], g_i * s[2], dt, 1.0
        else:
            e, i, move, weight = g_e * half_e, g_i * half_i, 0.5 * dt, 2.0
        for a in range(y.size):
            at[a] = y[a] + move * dy[a] if stage > 0 else y[a]
        at[0] = min(at[0], ceiling)
        dy[0] = voltage_slope(model, s, g_leak, c, e, i, current, at)
        other_slopes(model, s, at, dy)
        for a in range(y.size):
            total[a] = weight * dy[a] + (total[a] if stage > 0 else 0.0)
    for a in range(y.size):
        y[a] += dt / 6.0 * total[a]
