"""N5, energy estimate: counted operations times cited energies per operation, one bar per run, the range beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from quintant.figure import Caption, Theme, captioned, span
from quintant.figure.lettering import LINE_PX, bold, typeset
from quintant.figure.number import SPACE, count, plain
from quintant.figure.plane import Drawing, Layers, Plane, across, plot, upward
from quintant.figure.series import HUE
from quintant.figure.tooltip import tip
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
COLUMNS = ((14, "left"), (214, "right"), (300, "right"), (400, "right"), (410, "left"))
"""Of the table: px from the left, and where the words stand from there."""
Estimate = Mapping[str, Any]
Row = dict[str, Any]


def build(outcomes: Sequence[Outcome], theme: Theme) -> Drawing:
    shown = outcomes[:MOST]
    estimates = [document(NAME, outcome, seam.ENERGY) for outcome in shown]
    high = max(max(estimate["high_nj"], estimate["total_nj"]) for estimate in estimates)
    factor, unit = next(((factor, unit) for factor, unit in UNITS if high >= factor), UNITS[-1])
    chart = alt.vconcat(_bars(shown, estimates, factor, unit, theme), _table(estimates, theme), spacing=18)
    unpriced = sorted({name for estimate in estimates for name in estimate["unpriced"]}, key=TERMS.index)
    prices = {(estimate["profile"], str(estimate["coefficients"])) for estimate in estimates}
    caption = Caption(
        sentence=_sentence(estimates, factor, unit),
        what=f"Energies per operation of {estimates[0]['title']} times counted operations, not a measurement; "
        "thin line: all coefficients at their low or high end",
        n=len(shown),
        of="runs",
        badges=(
            "ESTIMATE",
            f"{MOST} of {len(outcomes)} runs drawn" if len(outcomes) > MOST else "",
            f"not in the bars, for want of a published energy: {', '.join(map(_spoken, unpriced))}" if unpriced else "",
            "runs differ in their coefficients; the table is the first one's" if len(prices) > 1 else "",
        ),
        facts=facts(config(shown[0])) if len(shown) == 1 else (),
        **span([estimate["total_nj"] for estimate in estimates], x=unit, y="nJ"),
    )
    return captioned(chart, caption)


def _sentence(estimates: Sequence[Estimate], factor: float, unit: str) -> str:
    first = estimates[0]
    if len(estimates) > 1:
        totals = [estimate["total_nj"] / factor for estimate in estimates]
        return f"Estimated {min(totals):.3g} to {max(totals):.3g}{SPACE}{unit} over {len(estimates)} runs"
    sentence = f"Estimated {first['total_nj'] / factor:.3g}{SPACE}{unit}"
    if first["high_nj"] > first["low_nj"]:
        sentence += f" [{first['low_nj'] / factor:.3g}, {first['high_nj'] / factor:.3g}]"
    parts = {name: part for name, part in first["parts_nj"].items() if part}
    if parts and first["total_nj"]:
        most = max(parts, key=lambda name: parts[name])
        sentence += f", {100 * parts[most] / first['total_nj']:.0f}{SPACE}% of it {_spoken(most)}"
    if first["mean_power_uw"] is not None:
        sentence += f"; mean power {first['mean_power_uw']:.3g}{SPACE}µW"
    return sentence


def _spoken(term: str) -> str:
    return term.replace("_", " ")


def _bars(shown: Sequence[Outcome], estimates: Sequence[Estimate], factor: float, unit: str, theme: Theme) -> Drawing:
    """One stacked bar per run, from zero."""
    names = _names(shown)
    rows: list[Row] = []
    ranges: list[Row] = []
    for name, estimate in zip(names, estimates, strict=True):
        at = 0.0
        for place, term in enumerate(TERMS):
            part = (estimate["parts_nj"][term] or 0.0) / factor
            if part:
                rows.append({"run": name, "from": at, "to": at + part, "hue": theme.colour(place), "term": _spoken(term)})
            at += part
        if estimate["high_nj"] > estimate["low_nj"]:
            ranges.append({"run": name, "low": estimate["low_nj"] / factor, "high": estimate["high_nj"] / factor})
    top = max([row["to"] for row in rows] + [row["high"] for row in ranges], default=1.0) or 1.0
    bottom = alt.Axis(title=f"Estimated energy ({unit})", tickCount=6, format="~f")
    left = alt.Axis(title=None, ticks=False, domain=False, labelLimit=150) if len(shown) > 1 else None
    y = upward(alt.Scale(paddingInner=0.35, paddingOuter=0.3), left, "N", sort=names)
    x = across(alt.Scale(domain=[0, top], nice=True), bottom)
    plane = Plane(x, y, WIDTH, max(2 * BAR, (BAR + 8) * len(names)))
    frame = plot([{"run": name, "x": 0} for name in names]).mark_point(opacity=0)
    bars = plane.on(rows, ("from", "to"), "run").mark_bar(stroke=theme.surface, strokeWidth=0.8)
    spread = plane.on(ranges, ("low", "high"), "run")
    end = {"color": theme.text, "thickness": 1.4, "size": 10, "orient": "vertical"}
    heading = {"text": "ESTIMATE", "align": "left", "baseline": "bottom", "x": 0, "y": -4}
    return plane.layered(
        [
            frame.encode(x=x("x", True), y=y("run", True)),
            bars.encode(color=HUE, tooltip=["term:N", tip("from:Q", format=".4g"), tip("to:Q", format=".4g")]),
            spread.mark_rule(color=theme.surface, strokeWidth=3.6),
            spread.mark_rule(color=theme.text, strokeWidth=1.4),
            plane.on(ranges, "low", "run").mark_tick(**end),
            plane.on(ranges, "high", "run").mark_tick(**end),
            plot({"x": 1}).mark_text(**heading, **bold(theme.amber)),
        ]
    )


def _names(shown: Sequence[Outcome]) -> list[str]:
    """What tells the runs apart: the swept values, or name and seed."""
    names = [", ".join(f"{path} {value}" for path, value in run.point.items()) or run.name or run.run_id[:8] for run in shown]
    return [name if names.count(name) == 1 else f"{name}, seed {run.root_seed}" for name, run in zip(names, shown, strict=True)]


def _table(estimates: Sequence[Estimate], theme: Theme) -> Drawing:
    """Counts, coefficients, ranges and sources of the first run: no joule without what it is made of."""
    first = estimates[0]
    prices = {price["name"]: price for price in first["coefficients"]}
    sources = list(dict.fromkeys(prices[term]["source"] for term in TERMS if term in prices))
    heads = ("operation" if len(estimates) == 1 else "operation (of the first run)", "count", "pJ each", "range")
    cells = _line(0, heads, theme.muted)
    squares = []
    for row, term in enumerate(TERMS, 1):
        price = prices.get(term)
        squares.append({"x": 4, "y": row, "hue": theme.colour(row - 1) if price else theme.grid})
        texts = [_spoken(term), count(first["counts"][term]), "not published", "", ""]
        if price:
            spread = f"{plain(price['low_pj'])} – {plain(price['high_pj'])}"
            texts[2:4] = plain(price["pj"]), spread if price["high_pj"] > price["low_pj"] else "none given"
            texts[4] = f"[{sources.index(price['source']) + 1}]"
        cells += _line(row, texts, theme.text)
    line = len(TERMS) + 1.3
    for number, source in enumerate(sources, 1):
        for at, part in enumerate(wrap(f"[{number}] {source}", WIDTH - 10, size_px=10)):
            cells.append({"x": 0 if at == 0 else 17, "y": line, "word": part, "align": "left", "hue": theme.muted, "small": 1})
            line += 0.82
    layers: Layers = [typeset(squares).mark_square(size=70, opacity=1).encode(color=HUE)]
    for align in ("left", "right"):
        for size, small in ((11, False), (10, True)):
            own = [cell for cell in cells if cell["align"] == align and ("small" in cell) == small]
            if own:
                texts = typeset(own).mark_text(align=align, baseline="middle", fontSize=size)
                layers.append(texts.encode(text="word:N", color=HUE))
    return alt.layer(*layers, width=WIDTH, height=LINE_PX * line).resolve_axis(x="independent", y="independent")


def _line(row: int, texts: Sequence[str], hue: str) -> list[Row]:
    """A line of the table by its columns."""
    return [
        {"x": x, "y": row, "word": word, "align": align, "hue": hue} for (x, align), word in zip(COLUMNS, texts, strict=False)
    ]
