"""One preset per neuron model: single cells at several constant currents, so that one Run is an f-I curve."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from quintant.lab import Expected, Preset

ALONE: Mapping[str, Any] = {
    "t_ms": 3000.0,
    "burn_in_ms": 500.0,
    "drive_e_start": 0.0,
    "drive_e_end": 0.0,
    "noise_std": 0.0,
    "g_leak_spread": 0.0,
    "capacitance_spread": 0.0,
    "v_th_spread_mv": 0.0,
    "t_ref_spread_ms": 0.0,
}
"""Identical cells without noise. Rates are counted over 2.5 s, so that they come in steps of 0.4 Hz."""


UNREAD = {
    "izhikevich": ("g_leak_spread", "capacitance_spread"), "fitzhugh": ("g_leak_spread", "capacitance_spread"),
    "adex": ("v_th_spread_mv",),
}  # fmt: skip
"""Spreads of what a model has not."""


def curve(
    model: str, title: str, says: str, config: Mapping[str, Any], currents: Iterable[float],
    expected: Mapping[float, float], source: str,
) -> Preset:  # fmt: skip
    """`expected`: rate in Hz by current."""
    return Preset(
        f"fi-{model.replace('_', '-')}",
        title,
        says,
        {
            **{key: value for key, value in ALONE.items() if key not in UNREAD.get(model, ())},
            "neuron_model": model,
            "populations": [{"name": f"{current:g}", "kind": "E", "size": 1, "drive": current} for current in currents],
            **config,
        },
        expected=tuple(
            Expected(f"rate_{current:g}_hz", rate, 0.4 + 0.01 * rate, f"{source}; ± 1 % and one spike")
            for current, rate in expected.items()
        ),
    )


ACCURATE = {"integrator": "rk4", "dt_ms": 0.01, "t_ref_e_ms": 0.0}
"""No refractory time of its own where the model has one built in."""
OWN = "own simulation by a second implementation, dt = 0.01 ms"

CELLS: tuple[Preset, ...] = (
    curve(
        "lif", "Leaky integrate-and-fire: rate against current",
        "The contract's E cell: rheobase 0.75 nA, then a logarithmic law with a refractory time of 3 ms.",
        {}, (0.6, 0.7, 0.8, 1.0, 1.5, 2.0, 3.0),
        {0.6: 0.0, 0.8: 1000 / 58.3, 1.0: 1000 / 30.6, 1.5: 1000 / 16.8, 3.0: 1000 / 8.7},
        "closed form of the stepped equation",
    ),
    curve(
        "hh", "Hodgkin-Huxley: rate against current",
        "The squid axon at rest -65 mV: silent at 6, then all at once at more than 50 Hz (type II).",
        {**ACCURATE, "g_leak_e": 0.3, "e_leak_mv": -54.387, "v_th_mv": 0.0},
        (5.0, 6.0, 6.5, 8.0, 10.0, 15.0, 20.0), {6.0: 0.0, 6.5: 55.6, 10.0: 68.7, 20.0: 86.9}, OWN,
    ),
    curve(
        "izhikevich", "Izhikevich's regular spiking: rate against current",
        "a = 0.02, b = 0.2, c = -65, d = 8, cut at 30 mV.",
        {**ACCURATE, "v_th_mv": 30.0}, (2.0, 4.0, 6.0, 8.0, 10.0, 12.0, 14.0), {4.0: 7.15, 10.0: 22.3, 14.0: 30.9}, OWN,
    ),
    curve(
        "fitzhugh", "FitzHugh-Nagumo: cycles against current",
        "Dimensionless: at rest for I = 0.3, a limit cycle at 0.5; a rate of 25 Hz means 25 cycles in 1000 units of time.",
        {**ACCURATE, "v_init_mv": -1.0, "v_th_mv": 1.0}, (0.2, 0.3, 0.4, 0.5, 0.7, 1.0), {0.3: 0.0, 0.5: 25.3}, OWN,
    ),
    curve(
        "adex", "Adaptive exponential: rate against current",
        "Brette and Gerstner's cell in pF, nS and pA: adaptation slows it after the first spikes.",
        {
            **ACCURATE, "capacitance_e": 281.0, "g_leak_e": 30.0, "e_leak_mv": -70.6, "v_init_mv": -70.6, "v_reset_mv": -70.6,
            "adex_v_t_mv": -50.4, "adex_delta_t_mv": 2.0, "adex_tau_w_ms": 144.0, "adex_a": 4.0, "adex_b": 80.5,
            "adex_v_peak_mv": 20.0,
        },
        (500.0, 600.0, 700.0, 800.0, 1000.0), {700.0: 7.8, 1000.0: 27.7}, OWN,
    ),
    curve(
        "qif", "Quadratic integrate-and-fire: rate against current",
        "C V' = a (V + 65)(V + 50) + I with next to no leak: the normal form of a saddle-node, whose rate grows as a square "
        "root (type I).",
        {**ACCURATE, "qif_a": 0.0025, "qif_v_r_mv": -65.0, "qif_v_t_mv": -50.0, "v_th_mv": 30.0, "g_leak_e": 1e-9},
        (0.1, 0.2, 0.5, 1.0, 2.0), {0.1: 0.0, 0.2: 4.85, 0.5: 15.02, 1.0: 26.53},
        "closed form by the arctangent",
    ),
    curve(
        "mqif", "Quadratic terms with adaptation: rate against current",
        "The contract's default mqif cell: adaptation makes the first interval the shortest.",
        {"integrator": "rk4"}, (0.5, 0.7, 1.0, 1.5, 2.0), {0.7: 8.9, 1.5: 46.5}, "converged in dt with forward Euler and RK4",
    ),
    curve(
        "connor_stevens", "A current beside Hodgkin-Huxley: rate against current",
        "Pinglab's variant (unshifted sodium and potassium, E_K for A), not the paper's cell: g_A = 2 raises the rheobase.",
        {"integrator": "rk4", "dt_ms": 0.02, "g_leak_e": 0.3, "e_leak_mv": -54.387, "v_th_mv": 0.0, "g_a": 2.0},
        (5.0, 10.0, 15.0, 20.0, 30.0, 40.0), {10.0: 0.0, 15.0: 73.5, 20.0: 82.5}, "converged in dt with RK4",
    ),
)  # fmt: skip
