"""The attack schedule in words, and as shaded rounds behind a plot over rounds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from quintant.figure import Theme
from quintant.figure.plane import Layers
from quintant.figure.tooltip import tip
from quintant.labs.federated.config import StrategyConfig
from quintant.labs.federated.figures.plane import Rounds
from quintant.labs.federated.selection import selected


def attack_words(plan: StrategyConfig) -> str:
    """ "sign flip (update) by 2 of 11"; "no attack"."""
    attacks = []
    for index, entry in enumerate(plan.attack_schedule):
        attackers = len(selected(entry, index, plan.num_of_clients))
        target = " (update)" if entry.attack_target == "update" else ""
        attacks.append(f"{entry.attack_type.replace('_', ' ')}{target} by {attackers} of {plan.num_of_clients}")
    return ", then ".join(dict.fromkeys(attacks)) or "no attack"


def windows(plans: Sequence[StrategyConfig]) -> list[dict[str, Any]]:
    """The rounds of every attack of these plans: {start, end, words}, equal ones once."""
    names: dict[tuple[int, int], list[str]] = {}
    for plan in plans:
        for entry in plan.attack_schedule:
            span = (entry.start_round, entry.until(plan.num_of_rounds))
            names.setdefault(span, []).append(entry.attack_type.replace("_", " "))
    return [{"start": start, "end": end, "words": ", ".join(dict.fromkeys(names[start, end]))} for start, end in sorted(names)]


def shaded(plans: Sequence[StrategyConfig], plane: Rounds, theme: Theme, label: bool = True) -> Layers:
    """Each attack's rounds as a band from half a round before to half a round after, its name above."""
    bands = [
        {"from": window["start"] - 0.5, "to": min(window["end"] + 0.5, plane.end), "words": window["words"]}
        for window in windows(plans)
        if window["start"] - 0.5 < plane.end
    ]
    if not bands:
        return []
    rects = plane.on(bands, ("from", "to")).mark_rect(color=theme.series[1], fillOpacity=0.09)
    layers = [rects.encode(tooltip=[tip("words:N", "attack")])]
    if label:
        px = plane.width / plane.end
        room = [band for band in bands if (band["to"] - band["from"]) * px > 6 * len(band["words"]) + 4] or bands[:1]
        names = plane.on(room, "from").mark_text(
            align="left", baseline="bottom", y=-4, dx=1, fontSize=11, color=theme.series[1]
        )
        layers.append(names.encode(text="words:N"))
    return layers
