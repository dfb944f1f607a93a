"""N5, energy estimate: counted operations times cited energies per operation, one bar per run, the range beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from quintant.figure import Caption, Theme, captioned
from quintant.figure.number import SPACE, count, plain
from quintant.figure.words import wrap
from quintant.lab import Outcome
from quintant.labs.chip import seam
from quintant.labs.chip.figures.populations import config, facts
from quintant.labs.chip.figures.tables import document

NAME = "energy"
WIDTH, BAR = 460, 30
MOST = 12
TERMS = ("synaptic_operations", "neuron_updates", "spikes_routed", "learning_updates")
UNITS = ((1e9, "J"), (1e6, "mJ"), (1e3, "µJ"), (1.0, "nJ"), (1e-3, "pJ"))
"""Factor of nJ, from the largest."""


def build(outcomes: Sequence[Outcome], theme: Theme) -> Any:
    shown = outcomes[:MOST]
    found = [document(NAME, one, seam.ENERGY) for one in shown]
    high = max(max(one["high_nj"], one["total_nj"]) for one in found)
    factor, unit = next(((factor, unit) for factor, unit in UNITS if high >= factor), UNITS[-1])
    chart: Any = alt.vconcat(_bars(shown, found, factor, unit, theme), _table(found, theme), spacing=18)
    first = found[0]
    badges = ["ESTIMATE"]
    if len(outcomes) > MOST:
        badges.append(f"{MOST} of {len(outcomes)} runs drawn")
    unpriced = sorted({name for one in found for name in one["unpriced"]}, key=TERMS.index)
    if unpriced:
        badges.append(f"not in the bars, for want of a published energy: {', '.join(_spoken(name) for name in unpriced)}")
    if len({one["profile"] for one in found}) > 1 or len({str(one["coefficients"]) for one in found}) > 1:
        badges.append("runs differ in their coefficients; the table is the first one's")
    totals = [one["total_nj"] for one in found]
    given = config(shown[0])
    return captioned(
        chart,
        Caption(
            sentence=_sentence(found, factor, unit),
            what=f"Energies per operation of {first['title']} times counted operations, not a measurement; "
            "thin line: all coefficients at their low or high end",
            n=len(shown),
            of="runs",
            units={"x": unit, "y": "nJ"},
            minimum=min(totals),
            maximum=max(totals),
            badges=tuple(badges),
            facts=facts(given) if len(shown) == 1 else (),
        ),
    )


def _sentence(found: Sequence[Mapping[str, Any]], factor: float, unit: str) -> str:
    first = found[0]
    if len(found) > 1:
        totals = [one["total_nj"] / factor for one in found]
        return f"Estimated {min(totals):.3g} to {max(totals):.3g}{SPACE}{unit} over {len(found)} runs"
    told = f"Estimated {first['total_nj'] / factor:.3g}{SPACE}{unit}"
    if first["high_nj"] > first["low_nj"]:
        told += f" [{first['low_nj'] / factor:.3g}, {first['high_nj'] / factor:.3g}]"
    parts = {name: part for name, part in first["parts_nj"].items() if part}
    if parts and first["total_nj"]:
        most = max(parts, key=lambda name: parts[name])
        told += f", {100 * parts[most] / first['total_nj']:.0f}{SPACE}% of it {_spoken(most)}"
    if first["mean_power_uw"] is not None:
        told += f"; mean power {first['mean_power_uw']:.3g}{SPACE}µW"
    return told


def _spoken(term: str) -> str:
    return term.replace("_", " ")


def _bars(shown: Sequence[Outcome], found: Sequence[Mapping[str, Any]], factor: float, unit: str, theme: Theme) -> Any:
    """One stacked bar per run, from zero."""
    names = _named(shown)
    rows: list[dict[str, Any]] = []
    ranges: list[dict[str, Any]] = []
    for name, one in zip(names, found, strict=True):
        at = 0.0
        for place, term in enumerate(TERMS):
            part = (one["parts_nj"][term] or 0.0) / factor
            if part:
                rows.append({"run": name, "from": at, "to": at + part, "hue": theme.colour(place), "term": _spoken(term)})
            at += part
        if one["high_nj"] > one["low_nj"]:
            ranges.append({"run": name, "low": one["low_nj"] / factor, "high": one["high_nj"] / factor})
    top = max([row["to"] for row in rows] + [row["high"] for row in ranges], default=1.0) or 1.0

    def x(field: str, axis: bool = False) -> alt.X:
        shown = alt.Axis(title=f"Estimated energy ({unit})", tickCount=6, format="~f") if axis else None
        return alt.X(f"{field}:Q", axis=shown, scale=alt.Scale(domain=[0, top], nice=True))

    def y(axis: bool = False) -> alt.Y:
        label = alt.Axis(title=None, ticks=False, domain=False, labelLimit=150) if axis and len(shown) > 1 else None
        return alt.Y("run:N", sort=list(names), axis=label, scale=alt.Scale(paddingInner=0.35, paddingOuter=0.3))

    frame = alt.Chart(alt.Data(values=[{"run": name, "x": 0} for name in names]))
    layers: list[Any] = [
        frame.mark_point(opacity=0).encode(x=x("x", axis=True), y=y(axis=True)),
        alt.Chart(alt.Data(values=rows))
        .mark_bar(stroke=theme.surface, strokeWidth=0.8)
        .encode(
            x=x("from"),
            x2="to:Q",
            y=y(),
            color=alt.Color("hue:N", scale=None),
            tooltip=[alt.Tooltip("term:N"), alt.Tooltip("from:Q", format=".4g"), alt.Tooltip("to:Q", format=".4g")],
        ),
    ]
    range_ = alt.Chart(alt.Data(values=ranges))
    layers += [
        *(
            range_.mark_rule(color=hue, strokeWidth=wide).encode(x=x("low"), x2="high:Q", y=y())
            for hue, wide in ((theme.surface, 3.6), (theme.text, 1.4))
        ),
        *(
            range_.mark_tick(color=theme.text, thickness=1.4, size=10, orient="vertical").encode(x=x(end), y=y())
            for end in ("low", "high")
        ),
        alt.Chart(alt.Data(values=[{"x": 1}])).mark_text(
            text="ESTIMATE", align="left", baseline="bottom", x=0, y=-4, fontSize=11, fontWeight="bold", color=theme.amber
        ),
    ]
    chart = alt.layer(*layers, width=WIDTH, height=max(2 * BAR, (BAR + 8) * len(names)))
    return chart.resolve_axis(x="independent", y="independent")


def _named(shown: Sequence[Outcome]) -> list[str]:
    """What tells the runs apart: the swept values, or name and seed."""
    words = [", ".join(f"{path} {value}" for path, value in one.point.items()) or one.name or one.run_id[:8] for one in shown]
    return [word if words.count(word) == 1 else f"{word}, seed {one.root_seed}" for word, one in zip(words, shown, strict=True)]


def _table(found: Sequence[Mapping[str, Any]], theme: Theme) -> Any:
    """Counts, coefficients, ranges and sources of the first run: no joule without what it is made of."""
    first = found[0]
    prices = {one["name"]: one for one in first["coefficients"]}
    sources = list(dict.fromkeys(prices[term]["source"] for term in TERMS if term in prices))
    cells: list[dict[str, Any]] = []
    heads = (
        (14, "operation" if len(found) == 1 else "operation (of the first run)", "left"),
        (214, "count", "right"),
        (300, "pJ each", "right"),
        (400, "range", "right"),
    )
    cells += [{"x": x, "y": 0, "word": word, "align": align, "hue": theme.muted} for x, word, align in heads]
    squares = []
    for row, term in enumerate(TERMS, 1):
        price = prices.get(term)
        known = price is not None
        squares.append({"x": 4, "y": row, "hue": theme.colour(row - 1) if known else theme.grid})
        spread = (
            f"{plain(price['low_pj'])} – {plain(price['high_pj'])}"
            if price and price["high_pj"] > price["low_pj"]
            else "none given"
        )
        words = (
            (14, _spoken(term), "left"),
            (214, count(first["counts"][term]), "right"),
            (300, plain(price["pj"]) if price else "not published", "right"),
            (400, spread if price else "", "right"),
            (410, f"[{sources.index(price['source']) + 1}]" if price else "", "left"),
        )
        cells += [{"x": x, "y": row, "word": word, "align": align, "hue": theme.text} for x, word, align in words]
    line = len(TERMS) + 1.3
    for number, source in enumerate(sources, 1):
        for at, part in enumerate(wrap(f"[{number}] {source}", WIDTH - 10, size_px=10)):
            cells.append({"x": 0 if at == 0 else 17, "y": line, "word": part, "align": "left", "hue": theme.muted, "small": 1})
            line += 0.82
    height = 16 * line

    def placed(rows: list[dict[str, Any]]) -> Any:
        return alt.Chart(alt.Data(values=[{**row, "px": row["x"], "py": 16 * row["y"] + 8} for row in rows]))

    channels = {"x": alt.X("px:Q", scale=None, axis=None), "y": alt.Y("py:Q", scale=None, axis=None)}
    layers: list[Any] = [
        placed(squares).mark_square(size=70, opacity=1).encode(**channels, color=alt.Color("hue:N", scale=None))
    ]
    for align in ("left", "right"):
        for small in (False, True):
            own = [row for row in cells if row["align"] == align and bool(row.get("small")) == small]
            if own:
                layers.append(
                    placed(own)
                    .mark_text(align=align, baseline="middle", fontSize=10 if small else 11)
                    .encode(**channels, text="word:N", color=alt.Color("hue:N", scale=None))
                )
    return alt.layer(*layers, width=WIDTH, height=height).resolve_axis(x="independent", y="independent")
