"""FUSION's model (SDNNetSim/FUSION, MIT) in steady state: its networks, modulation table and traffic mix, with the warm-up
removed that the original counts; and one replay, which repeats the original's own numbers.

FUSION searches both directions of a link as one spectrum and tries every format within reach.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from quintant.lab import Expected, Preset

MIX = {"kind": "rates", "shares_by_gbps": {"25": 0.1, "50": 0.1, "100": 0.5, "200": 0.2, "400": 0.1}}
ONLY_100 = {"kind": "rates", "shares_by_gbps": {"100": 1.0}}

MODEL: Mapping[str, Any] = {
    "directed": False,
    "modulations": "default",
    "modulation_choice": "all",
    "path_order": "km",
    "path_ties": "generator",
    "k_paths": 3,
    "guard_slots": 1,
    "mean_holding": 0.2,
    "holding": "exponential",
    "demand": MIX,
}

PRESETS: tuple[Preset, ...] = (
    Preset(
        "fusion-nsfnet",
        "FUSION's model, NSFNet",
        "FUSION's default traffic mix on its NSFNet with 128 slots at 100 Erlang; 10/91 of the requests are out of reach.",
        {**MODEL, "topology": "nsfnet", "slots": 128, "load_erlang": 100.0},
        expected=(
            Expected("blocking", 0.1348, 0.0027, "independent implementation of the same rules, 10 x 200 000 requests; ± 2 %"),
        ),
    ),
    Preset(
        "fusion-nsfnet-100g",
        "FUSION's model, NSFNet, 100 Gb/s only",
        "All requests ask for 100 Gb/s on 128 slots at 200 Erlang: congestion without the reach floor of the mix.",
        {**MODEL, "topology": "nsfnet", "slots": 128, "load_erlang": 200.0, "demand": ONLY_100},
        expected=(
            Expected("blocking", 0.1305, 0.0026, "independent implementation of the same rules, 10 x 200 000 requests; ± 2 %"),
        ),
    ),
    Preset(
        "fusion-usnet-cores",
        "FUSION's model, USNet, three cores",
        "FUSION's default mix on its USNet with three cores of 320 slots at 1200 Erlang.",
        {**MODEL, "topology": "usnet", "slots": 320, "cores": 3, "k_paths": 4, "load_erlang": 1200.0},
    ),
    Preset(
        "fusion-pan-european",
        "FUSION's model, Pan-European, C + L band",
        "FUSION's default mix on its Pan-European network with C and L band at 600 Erlang.",
        {**MODEL, "topology": "pan-european", "slots": 320, "l_slots": 320, "k_paths": 4, "load_erlang": 600.0},
    ),
    Preset(
        "fusion-replay",
        "FUSION's own run, repeated",
        "FUSION's NSFNet, 128 slots, 100 Erlang, 2000 requests in 4 iterations from an empty network, seeds 1 to 4: the "
        "original's numbers, digit by digit.",
        {
            **MODEL,
            "mode": "replay",
            "topology": "nsfnet",
            "slots": 128,
            "load_erlang": 100.0,
            "requests": 2000,
            "replay_iterations": 4,
        },
        expected=(Expected("blocking", 0.13625, 0.0, "SDNNetSim/FUSION at 973983b: .145 .131 .136 .133; exact"),),
    ),
)
