"""O6, why blocked: the share of each cause, and the node pairs that suffered most."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import chain
from typing import Any

import altair as alt

from quintant.figure import Caption, Theme, cannot, captioned, span
from quintant.figure.lettering import small
from quintant.figure.number import SPACE, count, percent, plain
from quintant.figure.plane import Drawing, across, linear, plot
from quintant.figure.series import colours
from quintant.figure.tooltip import tip
from quintant.lab import Outcome
from quintant.labs.optical.figures.replicates import facts, one_point, seeds
from quintant.labs.optical.figures.tables import Taken, take

NAME = "reasons"
WIDTH, BAR, ROW_PX = 540, 30, 19
MOST_PAIRS = 10
Pair = tuple[str, str]


def build(outcomes: Sequence[Outcome], theme: Theme) -> Drawing:
    """All blocked requests of the replicates together: one bar of causes, then the pairs with most blocked requests."""
    point = one_point(NAME, outcomes)
    loads = take(NAME, point.outcomes, "loads")
    if not any(row["blocked"] for part in loads.rows for row in part):
        raise cannot(NAME, f"no request was blocked in {seeds(len(loads.outcomes))}")
    table = take(NAME, point.outcomes, "reasons")
    causes, says = _causes(table)
    total = sum(causes.values())
    blocked, requests = _pairs(take(NAME, point.outcomes, "pairs"))
    top = blocked.most_common(MOST_PAIRS)
    first, most = causes.most_common(1)[0]
    n = len(table.outcomes)
    caption = Caption(
        sentence=f"{_share(most / total)} of {count(total)} blocked requests: {says[first]}",
        what=f"Causes of blocking, and the {len(top)} of {len(requests)} node pairs with most blocked requests",
        band=f"all requests of {seeds(n)} together",
        n=n,
        facts=(f"{plain(table.load_erlang)}{SPACE}E", *facts(point.config)),
        badges=(*point.badges, *table.badges),
        **span([100 * number / total for number in causes.values()], y="%"),
    )
    chart = alt.vconcat(_shares(causes, says, total, theme), _worst(top, requests, theme), spacing=26)
    return captioned(chart.resolve_scale(color="independent"), caption)


def _causes(table: Taken) -> tuple[Counter[str], dict[str, str]]:
    """Blocked requests by cause, and what each cause means."""
    causes: Counter[str] = Counter()
    says: dict[str, str] = {}
    for row in chain(*table.rows):
        causes[row["reason"]] += row["requests"]
        says[row["reason"]] = row["says"]
    return causes, says


def _pairs(table: Taken) -> tuple[Counter[Pair], Counter[Pair]]:
    """Blocked and all requests by ordered node pair."""
    blocked: Counter[Pair] = Counter()
    requests: Counter[Pair] = Counter()
    for row in chain(*table.rows):
        blocked[row["source"], row["target"]] += row["blocked"]
        requests[row["source"], row["target"]] += row["requests"]
    return +blocked, requests


def _share(share: float) -> str:
    """In percent, with as many digits as keep nearly all apart from all, and nearly nothing from nothing."""
    value = 100 * share
    if value < 0.1:
        return f"<{SPACE}0.1{SPACE}%"
    if value >= 99.995:
        return f"100{SPACE}%" if share == 1 else f">{SPACE}99.99{SPACE}%"
    places = next((places for places in (0, 1, 2) if float(f"{value:.{places}f}") < 100), 2)
    return f"{value:.{max(places, 1 if value < 10 else 0)}f}{SPACE}%"


def _shares(causes: Counter[str], says: dict[str, str], total: int, theme: Theme) -> alt.Chart:
    rows: list[dict[str, Any]] = []
    left = 0.0
    for reason, number in causes.most_common():
        name, right = f"{reason.replace('_', ' ')} {_share(number / total)}", left + 100 * number / total
        rows.append({"cause": name, "start": left, "end": right, "requests": number, "says": says[reason]})
        left = right
    x = across(linear(0, 100), alt.Axis(grid=False, tickCount=5), title="Share of blocked requests (%)")
    legend = alt.Legend(title=None, symbolType="square", columns=2)
    bar = plot(rows).mark_rect(stroke=theme.surface, strokeWidth=1.5).properties(width=WIDTH, height=BAR)
    return bar.encode(
        x=x("start", True),
        x2="end:Q",
        y=alt.value(0),
        y2=alt.value(BAR),
        color=alt.Color("cause:N", scale=colours([row["cause"] for row in rows], theme), legend=legend),
        tooltip=["cause:N", tip("says:N", "meaning"), "requests:Q"],
    )


def _worst(top: Sequence[tuple[Pair, int]], requests: Counter[Pair], theme: Theme) -> alt.LayerChart:
    rows = []
    for (source, target), number in top:
        every = requests[source, target]
        text = f"{count(number)} of {count(every)} ({percent(number / every)})"
        rows.append({"pair": f"{source}→{target}", "blocked": number, "told": text})
    widest = top[0][1]
    numbers = alt.Axis(values=_ticks(widest), grid=False, labelExpr=f"replace(format(datum.value, ','), ',', '{SPACE}')")
    x = across(linear(0, widest * 1.4), numbers, title="Blocked requests of the node pair")
    y = alt.Y("pair:N", sort=None, title=None, axis=alt.Axis(grid=False, ticks=False, domain=False))
    base = plot(rows).encode(x=x("blocked", True), y=y).properties(width=WIDTH, height=ROW_PX * len(rows))
    return alt.layer(
        base.mark_bar(color=theme.series[0], height=11).encode(tooltip=["pair:N", tip("told:N", "blocked")]),
        base.mark_text(align="left", dx=5, **small(theme.text)).encode(text="told:N"),
    )


def _ticks(widest: int) -> list[int]:
    """0 and a few round steps up to the longest bar, none beneath the texts beside it."""
    step = next(size * 10**power for power in range(12) for size in (1, 2, 5) if widest / (size * 10**power) <= 6)
    return list(range(0, widest + 1, step))
