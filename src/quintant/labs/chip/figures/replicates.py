"""Runs of one config: how often a neuron of each population fires, mean and interval over seeds."""

from __future__ import annotations

import altair as alt

from quintant.figure import Caption, Theme, cannot, captioned, span
from quintant.figure.axis import labels_at, literal
from quintant.figure.lettering import bold
from quintant.figure.plane import Drawing, Layers, Plane, across, plot, upward
from quintant.figure.replicates import Replicates
from quintant.figure.series import HUE
from quintant.figure.tooltip import bounds, tip
from quintant.labs.chip.config import ChipConfig
from quintant.labs.chip.figures.populations import facts, listed, shortened
from quintant.statistics import Estimate, interval

WIDTH, HEIGHT = 480, 200
MOST = 40
"""More populations: those that fire most."""


def chart(figure: str, runs: Replicates[ChipConfig], theme: Theme) -> Drawing:
    rates = [
        (place, population.label, _rate(runs, population.label)) for place, population in enumerate(runs.config.populations)
    ]
    measured = [rate for rate in rates if rate[2].n]
    if not measured:
        raise cannot(figure, "no run has measured anything yet")
    shown = sorted(sorted(measured, key=lambda rate: -(rate[2].mean or 0.0))[:MOST])
    n, every = shown[0][2].n, len(runs.outcomes)
    rates_said = [_said(label, estimate) for _, label, estimate in shown]
    caption = Caption(
        sentence=f"Spikes per neuron and step: {listed(rates_said)}",
        what="how often a neuron of each population fires" + ("; open circles: each seed" if n > 1 else ""),
        band=shown[0][2].band(),
        n=n,
        badges=(
            *runs.badges,
            f"{every - n} of {every} runs left out: nothing measured yet" if n < every else "",
            f"the {MOST} of {len(measured)} populations that fire most" if len(shown) < len(measured) else "",
        ),
        facts=facts(runs.config),
        **span([estimate.mean or 0.0 for _, _, estimate in shown], x="1", y="1"),
    )
    return captioned(_panel(shown, n, theme), caption)


def _rate(runs: Replicates[ChipConfig], label: str) -> Estimate:
    metrics = (run.metrics.get(f"rate_{label}") for run in runs.outcomes)
    return interval([float(metric.value) for metric in metrics if metric is not None and metric.value is not None])


def _said(label: str, rate: Estimate) -> str:
    mean, low, high = (f"{end or 0.0:.3g}" for end in (rate.mean, rate.low, rate.high))
    between = f" [{low}, {high}]" if rate.has_interval and low != high else ""
    return f"{shortened(label)} {mean}{between}"


def _panel(shown: list[tuple[int, str, Estimate]], n: int, theme: Theme) -> Drawing:
    """Open circles: each seed; filled: their mean."""
    rows = [
        {"at": f"{place}", "hue": theme.colour(place), "mean": rate.mean, "low": rate.low, "high": rate.high, "label": label}
        for place, label, rate in shown
    ]
    each = [{"at": f"{place}", "hue": theme.colour(place), "v": v} for place, _, rate in shown for v in rate.values]
    names = [row["at"] for row in rows]
    labels = labels_at([f"'{name}'" for name in names], [literal(shortened(label, 16)) for _, label, _ in shown])
    axis = alt.Axis(title="Population", labelAngle=0 if len(shown) <= 8 else -60, labelExpr=labels, grid=False)
    left = alt.Axis(title="Spikes per neuron and step", tickCount=5)
    x = across(alt.Scale(padding=0.6), axis, "N", sort=names)
    plane = Plane(x, upward(alt.Scale(zero=True, nice=True), left), WIDTH, HEIGHT)
    means = plane.on(rows, "at", "mean")
    bars = plane.on(rows, "at", ("low", "high")).transform_filter("isValid(datum.low)").mark_rule(strokeWidth=1.6)
    seeds = plane.on(each if n > 1 else [], "at", "v").mark_point(filled=False, size=34, strokeWidth=1, xOffset=-9)
    points = means.mark_point(filled=True, size=62, opacity=1, stroke=theme.surface, strokeWidth=0.8)
    layers: Layers = [
        means.mark_point(opacity=0).encode(x=plane.x("at", True), y=plane.y("mean", True)),
        bars.encode(color=HUE),
        seeds.encode(color=HUE),
        points.encode(color=HUE, tooltip=["label:N", tip("mean:Q", format=".4g"), *bounds()]),
    ]
    if n == 1:
        place = {"align": "right", "x": alt.expr("width - 6"), "y": 8}
        layers.append(plot({}).mark_text(text="n = 1", **place, **bold(theme.amber, 12)))
    return plane.layered(layers)
