"""O6, why blocked: the share of each cause, and the node pairs that suffered most."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import altair as alt

from quintant.figure import Caption, Theme, cannot, captioned
from quintant.figure.number import SPACE, count, percent, plain
from quintant.lab import Outcome
from quintant.labs.optical.figures.replicates import facts, one_point, seeds
from quintant.labs.optical.figures.tables import Row, Taken, take

NAME = "reasons"
WIDTH, BAR, ROW_PX = 540, 30, 19
MOST_PAIRS = 10


def build(outcomes: Sequence[Outcome], theme: Theme) -> Any:
    """All blocked requests of the replicates together: one bar of causes, then the pairs with most blocked requests."""
    point = one_point(NAME, outcomes)
    loads = take(NAME, point.outcomes, "loads")
    if not any(row["blocked"] for part in loads.rows for row in part):
        raise cannot(NAME, f"no request was blocked in {seeds(len(loads.outcomes))}")
    taken = take(NAME, point.outcomes, "reasons")
    causes, says = _causes(taken)
    total = sum(causes.values())
    pairs, asked = _pairs(take(NAME, point.outcomes, "pairs"))
    top = pairs.most_common(MOST_PAIRS)
    first, most = causes.most_common(1)[0]
    chart = alt.vconcat(_shares(causes, says, total, theme), _worst(top, asked, theme), spacing=26).resolve_scale(
        color="independent"
    )
    n = len(taken.outcomes)
    return captioned(
        chart,
        Caption(
            sentence=f"{_share(most / total)} of {count(total)} blocked requests: {says[first]}",
            what=f"Causes of blocking, and the {len(top)} of {len(asked)} node pairs with most blocked requests",
            band=f"all requests of {seeds(n)} together",
            n=n,
            minimum=100 * min(causes.values()) / total,
            maximum=100 * most / total,
            units={"y": "%"},
            facts=(f"{plain(taken.load_erlang)}{SPACE}E", *facts(point.config)),
            badges=(*point.badges, *taken.badges),
        ),
    )


def _causes(taken: Taken) -> tuple[Counter[str], dict[str, str]]:
    causes: Counter[str] = Counter()
    says: dict[str, str] = {}
    for part in taken.rows:
        for row in part:
            causes[row["reason"]] += row["requests"]
            says[row["reason"]] = row["says"]
    return causes, says


def _pairs(taken: Taken) -> tuple[Counter[tuple[str, str]], Counter[tuple[str, str]]]:
    """Blocked and asked requests by ordered node pair."""
    blocked: Counter[tuple[str, str]] = Counter()
    asked: Counter[tuple[str, str]] = Counter()
    for part in taken.rows:
        for row in part:
            blocked[_pair(row)] += row["blocked"]
            asked[_pair(row)] += row["requests"]
    return Counter({pair: number for pair, number in blocked.items() if number}), asked


def _pair(row: Row) -> tuple[str, str]:
    return row["source"], row["target"]


def _share(share: float) -> str:
    """In percent, with as many digits as keep nearly all apart from all, and nearly nothing from nothing."""
    value = 100 * share
    if value < 0.1:
        return f"<{SPACE}0.1{SPACE}%"
    places = next((places for places in (0, 1, 2) if float(f"{value:.{places}f}") < 100), 2) if share < 1 else 0
    return (
        f"{value:.{max(places, 1 if value < 10 else 0)}f}{SPACE}%"
        if value < 99.995
        else (f"100{SPACE}%" if share == 1 else f">{SPACE}99.99{SPACE}%")
    )


def _shares(causes: Counter[str], says: dict[str, str], total: int, theme: Theme) -> alt.Chart:
    rows, names, left = [], [], 0.0
    for reason, number in causes.most_common():
        name = f"{reason.replace('_', ' ')} {_share(number / total)}"
        names.append(name)
        rows.append(
            {"cause": name, "start": left, "end": left + 100 * number / total, "requests": number, "says": says[reason]}
        )
        left += 100 * number / total
    colours = [theme.colour(index) for index in range(len(names))]
    return (
        alt.Chart(alt.Data(values=rows), width=WIDTH, height=BAR)
        .mark_rect(stroke=theme.surface, strokeWidth=1.5)
        .encode(
            x=alt.X(
                "start:Q",
                title="Share of blocked requests (%)",
                scale=alt.Scale(domain=[0, 100], nice=False),
                axis=alt.Axis(grid=False, tickCount=5),
            ),
            x2="end:Q",
            y=alt.value(0),
            y2=alt.value(BAR),
            color=alt.Color(
                "cause:N",
                scale=alt.Scale(domain=names, range=colours),
                legend=alt.Legend(title=None, symbolType="square", columns=2),
            ),
            tooltip=[alt.Tooltip("cause:N"), alt.Tooltip("says:N", title="meaning"), alt.Tooltip("requests:Q")],
        )
    )


def _worst(top: Sequence[tuple[tuple[str, str], int]], asked: Counter[tuple[str, str]], theme: Theme) -> alt.LayerChart:
    rows: list[dict[str, Any]] = [
        {
            "pair": f"{source}→{target}",
            "blocked": number,
            "told": f"{count(number)} of {count(asked[source, target])} ({percent(number / asked[source, target])})",
        }
        for (source, target), number in top
    ]
    widest = max(row["blocked"] for row in rows)
    base = alt.Chart(alt.Data(values=rows), width=WIDTH, height=ROW_PX * len(rows)).encode(
        y=alt.Y("pair:N", sort=None, title=None, axis=alt.Axis(grid=False, ticks=False, domain=False)),
        x=alt.X(
            "blocked:Q",
            title="Blocked requests of the node pair",
            scale=alt.Scale(domain=[0, widest * 1.4], nice=False),
            axis=alt.Axis(values=_ticks(widest), grid=False, labelExpr="replace(format(datum.value, ','), ',', ' ')"),
        ),
    )
    return alt.layer(
        base.mark_bar(color=theme.series[0], height=11).encode(
            tooltip=[alt.Tooltip("pair:N"), alt.Tooltip("told:N", title="blocked")]
        ),
        base.mark_text(align="left", dx=5, fontSize=10, color=theme.text).encode(text="told:N"),
    )


def _ticks(widest: int) -> list[int]:
    """0 and a few round steps up to the longest bar, none beneath the texts beside it."""
    step = next(size * 10**power for power in range(12) for size in (1, 2, 5) if widest / (size * 10**power) <= 6)
    return list(range(0, widest + 1, step))
