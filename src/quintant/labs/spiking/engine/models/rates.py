"""Voltage-dependent rates of the Hodgkin-Huxley gates, rest at -65 mV, in 1/ms (Hodgkin & Huxley 1952,
doi 10.1113/jphysiol.1952.sp004764, in the modern sign). V is clipped to [-100, 60] mV before a rate is taken."""

from __future__ import annotations

import math

from quintant.labs.spiking.engine.compiled import compiled


@compiled
def linear_exponential(y: float, width: float) -> float:
    """y / (1 - exp(-y / width)), with its limit `width` at 0."""
    if abs(y) < 1e-7:
        return width + 0.5 * y
    return y / (1.0 - math.exp(-y / width))


@compiled
def clipped(v: float) -> float:
    return min(max(v, -100.0), 60.0)


@compiled
def sodium_m(v: float) -> tuple[float, float]:
    return 0.1 * linear_exponential(v + 40.0, 10.0), 4.0 * math.exp(-(v + 65.0) / 18.0)


@compiled
def sodium_h(v: float) -> tuple[float, float]:
    return 0.07 * math.exp(-(v + 65.0) / 20.0), 1.0 / (1.0 + math.exp(-(v + 35.0) / 10.0))


@compiled
def potassium_n(v: float) -> tuple[float, float]:
    return 0.01 * linear_exponential(v + 55.0, 10.0), 0.125 * math.exp(-(v + 65.0) / 80.0)


@compiled
def a_current_a(v: float) -> tuple[float, float]:
    """Activation of the A current, as Pinglab has it (after Connor & Stevens 1971)."""
    y = v + 60.0
    closing = 0.175 if abs(y) < 1e-7 else 0.0175 * y / (math.exp(y / 10.0) - 1.0)
    return 0.02 * linear_exponential(v + 50.0, 10.0), closing


@compiled
def a_current_b(v: float) -> tuple[float, float]:
    return 0.0016 * math.exp(-(v + 13.0) / 18.0), 0.05 / (1.0 + math.exp(-(v + 10.0) / 5.0))


@compiled
def steady(rates: tuple[float, float]) -> float:
    return rates[0] / (rates[0] + rates[1])


@compiled
def forward(x: float, rates: tuple[float, float], dt: float) -> float:
    """One forward Euler step of a gate, kept within 0 … 1."""
    return min(max(x + dt * (rates[0] * (1.0 - x) - rates[1] * x), 0.0), 1.0)


@compiled
def relaxed(x: float, rates: tuple[float, float], dt: float) -> float:
    """One exact step of a gate at a fixed V: x∞ + (x - x∞) exp(-dt / τ)."""
    total = rates[0] + rates[1]
    limit = rates[0] / total
    return limit + (x - limit) * math.exp(-dt * total)


@compiled
def slope(x: float, rates: tuple[float, float]) -> float:
    return rates[0] * (1.0 - x) - rates[1] * x
