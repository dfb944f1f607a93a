"""Networks whose blocking has a closed form: what an engine should get right before anything else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from quintant.lab import Expected, Preset

ONE_LINK = {
    "name": "one-link",
    "description": "two nodes, one fibre",
    "nodes": [{"id": "a"}, {"id": "b"}],
    "links": [{"source": "a", "target": "b", "length_km": 100.0}],
}

LINK: Mapping[str, Any] = {
    "topology": ONE_LINK,
    "directed": False,
    "guard_slots": 0,
    "k_paths": 1,
    "holding": "exponential",
    "mean_holding": 1.0,
    "requests": 1_000_000,
}

PRESETS: tuple[Preset, ...] = (
    Preset(
        "erlang-b",
        "One link: Erlang's loss formula",
        "100 slots, one slot per request, 90 Erlang: B(90, 100) = 2.70 %, whatever the holding time's distribution.",
        {**LINK, "slots": 100, "load_erlang": 90.0, "demand": {"kind": "slots", "shares_by_slots": {"1": 1.0}}},
        expected=(Expected("blocking", 0.0269574, 0.0013, "A. K. Erlang 1917, B(90, 100); ± 5 %"),),
    ),
    Preset(
        "kaufman-roberts",
        "One link: three classes of requests",
        "32 slots; 10, 5 and 2 Erlang of requests for 1, 2 and 4 slots. Kaufman and Roberts' formula, which may move "
        "connections about, is a lower bound: 9.62 %.",
        {
            **LINK,
            "slots": 32,
            "load_erlang": 17.0,
            "demand": {"kind": "slots", "shares_by_slots": {"1": 10 / 17, "2": 5 / 17, "4": 2 / 17}},
        },
        expected=(Expected("blocking", 0.09655, 0.002, "first fit, independent implementation, 2 million requests; ± 2 %"),),
    ),
)
