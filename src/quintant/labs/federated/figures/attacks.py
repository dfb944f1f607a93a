"""The attack schedule in words, and as shaded rounds behind a plot over rounds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from quintant.figure import Theme
from quintant.figure.number import SPACE
from quintant.labs.federated.config import StrategyConfig
from quintant.labs.federated.selection import selected


def attack_words(plan: StrategyConfig) -> str:
    """ "sign flip (update) by 2 of 11"; "no attack"."""
    told = []
    for index, entry in enumerate(plan.attack_schedule):
        many = len(selected(entry, index, plan.num_of_clients))
        on = " (update)" if entry.attack_target == "update" else ""
        told.append(f"{entry.attack_type.replace('_', ' ')}{on} by {many} of {plan.num_of_clients}")
    return ", then ".join(dict.fromkeys(told)) or "no attack"


def windows(plans: Sequence[StrategyConfig]) -> list[dict[str, Any]]:
    """The rounds of every attack of these plans: {start, end, words}, equal ones once."""
    found: dict[tuple[int, int], list[str]] = {}
    for plan in plans:
        for entry in plan.attack_schedule:
            end = min(entry.end_round, plan.num_of_rounds)
            found.setdefault((entry.start_round, end), []).append(entry.attack_type.replace("_", " "))
    return [
        {"start": start, "end": end, "words": ", ".join(dict.fromkeys(words))} for (start, end), words in sorted(found.items())
    ]


def shaded(plans: Sequence[StrategyConfig], x: Any, last: float, width: int, theme: Theme, label: bool = True) -> list[Any]:
    """Layers: each attack's rounds as a band from half a round before to half a round after, its name above.

    `x`: "field" -> X channel without an axis, over rounds 0.5 … `last`.
    """
    bands = [
        {"from": window["start"] - 0.5, "to": min(window["end"] + 0.5, last), "words": window["words"]}
        for window in windows(plans)
        if window["start"] - 0.5 < last
    ]
    if not bands:
        return []
    layers = [
        alt.Chart(alt.Data(values=bands))
        .mark_rect(color=theme.series[1], fillOpacity=0.09)
        .encode(x=x("from"), x2="to:Q", tooltip=[alt.Tooltip("words:N", title="attack")])
    ]
    if label:
        shown = [one for one in bands if (one["to"] - one["from"]) / last * width > 6 * len(one["words"]) + 4] or bands[:1]
        layers.append(
            alt.Chart(alt.Data(values=shown))
            .mark_text(align="left", baseline="bottom", y=-4, dx=1, fontSize=11, color=theme.series[1])
            .encode(x=x("from"), text="words:N")
        )
    return layers


def many(count: int, noun: str) -> str:
    """ "1 attacker", "3 attackers"."""
    return f"{count}{SPACE}{noun}{'' if count == 1 else 's'}"
