"""Networks of the contract's cells: its default request, and gamma by PING."""

from __future__ import annotations

from quintant.lab import Expected, Preset

LEGACY = {"precision": "single", "legacy_seed_config": 0, "legacy_seed_inputs": 0, "legacy_seed_weights": 0}

RHYTHMS: tuple[Preset, ...] = (
    Preset(
        "gamma-ping",
        "Gamma by PING",
        "800 E and 200 I cells; E drives I, I silences E, and the decay of GABA sets the pace.",
        {
            "t_ms": 2000.0,
            "drive_e_start": 1.5,
            "drive_e_end": 1.5,
            "noise_std": 1.0,
            "weights_ee": {"mean": 0.0},
            "weights_ei": {"mean": 0.02, "std": 0.005},
            "weights_ie": {"mean": 0.03, "std": 0.005},
            "weights_ii": {"mean": 0.0},
        },
        seeds=3,
        expected=(Expected("gamma_peak_hz", 29.3, 0.6, "a second implementation of the same equations, 3 seeds"),),
    ),
    Preset(
        "pinglab-default",
        "Pinglab's default request",
        "What GET /run of the contract runs, with its own seeds: bit for bit the same spikes on every root seed.",
        LEGACY,
        expected=(Expected("spikes", 21811, 0, "Pinglab's arithmetic at commit 3da065e, reproduced independently"),),
    ),
)
