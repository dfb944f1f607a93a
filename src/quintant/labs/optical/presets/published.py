"""Set-ups of published learning-based allocators, on every topology that each names, with the heuristic they are compared
to: K shortest paths by hops, first fit (KSP-FF).

Numbers: "Reinforcement learning for dynamic resource allocation in optical networks: hype or hope?", JOCN 17(9) D1, 2025,
doi 10.1364/JOCN.559990 (tables in its repository, MIT). Each printed value is one run of ten environments of about 10^4
requests after 3000 of warm-up; the deviation is across the environments. A result agrees within two of them.

The order of the paths is that of the code which made the tables, read in its history (XLRON, github.com/micdoh/XLRON: the
scripts of November 2024 name none, so `init_path_link_array` took its own; engine/paths.py); by km it is networkx's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from quintant.lab import Expected, Preset

SOURCE = "doi 10.1364/JOCN.559990, tables of its repository"
BY_NAME = {"nsfnet": "NSFNET", "cost239": "COST239", "usnet": "USNET", "jpn48": "JPN48"}

DEEPRMSA: Mapping[str, Any] = {
    "directed": True,
    "slots": 100,
    "slot_width_ghz": 12.5,
    "guard_slots": 1,
    "modulations": "deeprmsa",
    "demand": {"kind": "uniform", "low_gbps": 25, "high_gbps": 100},
    "holding": "truncated",
    "k_paths": 5,
    "path_order": "xlron_2025",
}
"""Paths as the code behind the tables ordered them, whatever that gives: the lab's page.md shows the other rules beside it."""
MASK: Mapping[str, Any] = {
    **DEEPRMSA,
    "directed": False,
    "slots": 80,
    "guard_slots": 0,
    "holding": "exponential",
    "mean_holding": 12.0,
    "demand": {"kind": "uniform", "low_gbps": 25, "high_gbps": 50},
}
PTRNET: Mapping[str, Any] = {
    **{key: value for key, value in MASK.items() if key not in ("slot_width_ghz", "modulations")},
    "slots": 40,
    "mean_holding": 10.0,
    "demand": {"kind": "slots", "shares_by_slots": {"1": 1.0}},
}
PTRNET_80: Mapping[str, Any] = {
    **PTRNET,
    "slots": 80,
    "demand": {"kind": "slots", "shares_by_slots": {"1": 0.7, "2": 0.15, "3": 0.1, "4": 0.05}},
}


def _percent(value: float, deviation: float) -> tuple[Expected, ...]:
    said = f"{SOURCE}; ± one standard deviation across environments"
    return (Expected("blocking", value / 100, deviation / 100, said, within_sd=2),)


def _preset(
    setup: str,
    network: str,
    title: str,
    base: Mapping[str, Any],
    topology: str,
    load: float,
    expected: tuple[Expected, ...] = (),
    seeds: int = 1,
    note: str = "",
    **more: Any,
) -> Preset:
    k = more.get("k_paths", base["k_paths"])
    by = more.get("path_order", "hops")
    says = f"{title} on {BY_NAME[network]} at {load:g} Erlang, KSP-FF over {k} paths by {by}."
    suffix = more.pop("suffix", "")
    return Preset(
        f"{setup}-{network}{suffix}",
        f"{title}, {BY_NAME[network]}{f' ({suffix[1:]})' if suffix else ''}",
        f"{says} {note}".strip(),
        {**base, "topology": topology, "load_erlang": load, **more},
        seeds,
        expected,
    )


NOT_PRINTED = " No value of this point is at hand to hold the result against."

PRESETS: tuple[Preset, ...] = (
    _preset(
        "deeprmsa", "nsfnet", "DeepRMSA", DEEPRMSA, "nsfnet_deeprmsa", 250.0, _percent(3.07, 0.20), seeds=10, mean_holding=25.0
    ),
    _preset(
        "deeprmsa",
        "nsfnet",
        "DeepRMSA",
        DEEPRMSA,
        "nsfnet_deeprmsa",
        250.0,
        _percent(5.13, 0.32),
        mean_holding=25.0,
        path_order="km",
        path_ties="generator",
        suffix="-km",
    ),
    _preset(
        "deeprmsa",
        "nsfnet",
        "DeepRMSA",
        DEEPRMSA,
        "nsfnet_deeprmsa",
        250.0,
        _percent(2.48, 0.20),
        mean_holding=25.0,
        k_paths=50,
        suffix="-k50",
    ),
    _preset("deeprmsa", "cost239", "DeepRMSA", DEEPRMSA, "cost239", 600.0, _percent(4.04, 0.33), mean_holding=30.0),
    _preset(
        "gcn", "nsfnet", "GCN-RMSA and Reward-RMSA", DEEPRMSA, "nsfnet_deeprmsa", 210.0, _percent(1.14, 0.31), mean_holding=14.0
    ),
    _preset("gcn", "cost239", "GCN-RMSA and Reward-RMSA", DEEPRMSA, "cost239", 460.0, _percent(0.63, 0.19), mean_holding=23.0),
    _preset(
        "gcn", "usnet", "GCN-RMSA and Reward-RMSA", DEEPRMSA, "usnet_gcnrnn", 400.0, _percent(1.62, 0.21), mean_holding=20.0
    ),
    _preset("mask", "nsfnet", "MaskRSA", MASK, "nsfnet_deeprmsa", 140.0, _percent(2.30, 0.21)),
    _preset("mask", "jpn48", "MaskRSA", MASK, "jpn48", 140.0, _percent(1.00, 0.13)),
    *(
        _preset(
            setup,
            network,
            title,
            base,
            topology,
            load,
            printed,
            note=f"The highest published load.{'' if printed else NOT_PRINTED}",
        )
        for setup, title, base, network, topology, load, printed in (
            ("ptrnet40", "PtrNet-RSA-40", PTRNET, "nsfnet", "nsfnet_deeprmsa", 240.0, _percent(0.80, 0.32)),
            ("ptrnet40", "PtrNet-RSA-40", PTRNET, "cost239", "cost239_ptrnet", 420.0, _percent(0.37, 0.17)),
            ("ptrnet40", "PtrNet-RSA-40", PTRNET, "usnet", "usnet_ptrnet", 280.0, _percent(3.12, 0.54)),
            ("ptrnet80", "PtrNet-RSA-80", PTRNET_80, "nsfnet", "nsfnet_deeprmsa", 240.0, ()),
            ("ptrnet80", "PtrNet-RSA-80", PTRNET_80, "cost239", "cost239_ptrnet", 460.0, _percent(0.19, 0.06)),
            ("ptrnet80", "PtrNet-RSA-80", PTRNET_80, "usnet", "usnet_ptrnet", 330.0, ()),
        )
    ),
)
