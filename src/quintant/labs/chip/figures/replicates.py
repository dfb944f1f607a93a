"""Runs of one config: how often a neuron of each population fires, mean and interval over seeds."""

from __future__ import annotations

from typing import Any

import altair as alt

from quintant.figure import Caption, Theme, cannot, captioned
from quintant.figure.replicates import Replicates
from quintant.labs.chip.config import ChipConfig
from quintant.labs.chip.figures.populations import facts, listed, shortened
from quintant.statistics import Estimate, interval

WIDTH, HEIGHT = 480, 200
MOST = 40
"""More populations: those that fire most."""


def chart(figure: str, runs: Replicates[ChipConfig], theme: Theme) -> Any:
    found: list[tuple[int, str, Estimate]] = []
    for place, one in enumerate(runs.config.populations):
        told = [run.metrics[f"rate_{one.label}"].value for run in runs.outcomes if f"rate_{one.label}" in run.metrics]
        estimate = interval([float(value) for value in told if value is not None])
        if estimate.n:
            found.append((place, one.label, estimate))
    if not found:
        raise cannot(figure, "no run has measured anything yet")
    shown = sorted(sorted(found, key=lambda one: -(one[2].mean or 0.0))[:MOST])
    n = shown[0][2].n
    badges = list(runs.badges)
    if n < len(runs.outcomes):
        badges.append(f"{len(runs.outcomes) - n} of {len(runs.outcomes)} runs left out: nothing measured yet")
    if len(shown) < len(found):
        badges.append(f"the {MOST} of {len(found)} populations that fire most")
    means = [one.mean or 0.0 for _, _, one in shown]
    return captioned(
        _panel(shown, n, theme),
        Caption(
            sentence=f"Spikes per neuron and step: {listed([_said(label, one) for _, label, one in shown])}",
            what="how often a neuron of each population fires" + ("; open circles: each seed" if n > 1 else ""),
            band=shown[0][2].band(),
            n=n,
            units={"x": "1", "y": "1"},
            minimum=min(means),
            maximum=max(means),
            badges=tuple(badges),
            facts=facts(runs.config),
        ),
    )


def _said(label: str, one: Estimate) -> str:
    mean, low, high = (f"{end:.3g}" for end in (one.mean, one.low or 0.0, one.high or 0.0))
    told = f"{shortened(label)} {mean}"
    return f"{told} [{low}, {high}]" if one.has_interval and low != high else told


def _panel(shown: list[tuple[int, str, Estimate]], n: int, theme: Theme) -> Any:
    """Open circles: each seed; filled: their mean."""
    names = {place: f"{place}" for place, _, _ in shown}
    rows = [
        {"at": names[place], "hue": theme.colour(place), "mean": one.mean, "low": one.low, "high": one.high, "label": label}
        for place, label, one in shown
    ]
    each = [{"at": names[place], "hue": theme.colour(place), "v": v} for place, _, one in shown for v in one.values]
    words = ",".join(_literal(shortened(label, 16)) for _, label, _ in shown)
    places = ",".join(f"'{name}'" for name in names.values())
    axis = alt.Axis(
        title="Population",
        labelAngle=0 if len(shown) <= 8 else -60,
        labelExpr=f"[{words}][indexof([{places}], datum.value)]",
        grid=False,
    )

    def x(show: bool = False) -> alt.X:
        return alt.X("at:N", sort=list(names.values()), axis=axis if show else None, scale=alt.Scale(padding=0.6))

    def y(field: str, show: bool = False) -> alt.Y:
        shown_axis = alt.Axis(title="Spikes per neuron and step", tickCount=5) if show else None
        return alt.Y(f"{field}:Q", axis=shown_axis, scale=alt.Scale(zero=True, nice=True))

    hue = alt.Color("hue:N", scale=None)
    base = alt.Chart(alt.Data(values=rows))
    layers: list[Any] = [
        base.mark_point(opacity=0).encode(x=x(True), y=y("mean", True)),
        base.transform_filter("isValid(datum.low)")
        .mark_rule(strokeWidth=1.6)
        .encode(x=x(), y=y("low"), y2="high:Q", color=hue),
        alt.Chart(alt.Data(values=each if n > 1 else []))
        .mark_point(filled=False, size=34, strokeWidth=1, xOffset=-9)
        .encode(x=x(), y=y("v"), color=hue),
        base.mark_point(filled=True, size=62, opacity=1, stroke=theme.surface, strokeWidth=0.8).encode(
            x=x(),
            y=y("mean"),
            color=hue,
            tooltip=[
                alt.Tooltip("label:N"),
                alt.Tooltip("mean:Q", format=".4g"),
                alt.Tooltip("low:Q", format=".4g"),
                alt.Tooltip("high:Q", format=".4g"),
            ],
        ),
    ]
    if n == 1:
        layers.append(
            alt.Chart(alt.Data(values=[{}])).mark_text(
                text="n = 1", align="right", fontWeight="bold", fontSize=12, color=theme.amber, x=alt.expr("width - 6"), y=8
            )
        )
    return alt.layer(*layers, width=WIDTH, height=HEIGHT).resolve_axis(x="independent", y="independent")


def _literal(word: str) -> str:
    import orjson

    return orjson.dumps(word).decode()
