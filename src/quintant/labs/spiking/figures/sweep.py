"""S, sweep view: the rhythm's frequency, its power and the rates against what was varied."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from quintant.figure import Caption, Theme, cannot, captioned
from quintant.figure.axis import log_axis, near_ticks
from quintant.figure.number import SPACE
from quintant.lab import Outcome
from quintant.labs.spiking.figures import sweep_map
from quintant.labs.spiking.figures.circuit import facts
from quintant.labs.spiking.figures.swept import Axis, Point, Swept, band, spoken, swept
from quintant.statistics import Scale

NAME = "sweep"
WIDTH, HEIGHT = 500, 130
PEAK = "gamma_peak_hz"


def build(outcomes: Sequence[Outcome], theme: Theme) -> Any:
    found = swept(NAME, outcomes)
    if len(found.axes) == 2:
        return sweep_map.chart(found, theme)
    (axis,) = found.axes
    if len(axis.values) < 2:
        raise cannot(NAME, f"only one value of {axis.path} has been measured yet")
    rows: tuple[tuple[str, tuple[tuple[str, str, int], ...], Scale], ...] = (
        ("Peak (Hz)", ((PEAK, "", 4),), "linear"),
        ("Peak power (Hz²/Hz)", (("gamma_power", "", 4),), "log"),
        ("Rate (Hz per neuron)", (("rate_e_hz", "E", 0), ("rate_i_hz", "I", 1)), "linear"),
    )
    panels = []
    for title, series, scale in rows:
        drawn = [(metric, name, theme.text if hue == 4 else theme.series[hue]) for metric, name, hue in series]
        panels.append(_panel(found, axis, title, drawn, scale, last=title == rows[-1][0], theme=theme))
    peaks = [point.estimate(PEAK).mean for point in found.points]
    known = [peak for peak in peaks if peak is not None]
    return captioned(
        alt.vconcat(*panels, spacing=12),
        Caption(
            sentence=_sentence(found, axis),
            what=f"against {axis.label}",
            band=band(found.points),
            n=sum(len(point.outcomes) for point in found.points),
            of="runs",
            units={"x": axis.unit or "1", "y": "Hz"},
            minimum=min(known, default=None),
            maximum=max(known, default=None),
            badges=found.badges,
            facts=_facts(found),
        ),
    )


def _sentence(found: Swept, axis: Axis) -> str:
    peaks = [(point.at[0], point.estimate(PEAK).mean) for point in found.points]
    known = [(at, peak) for at, peak in peaks if peak is not None]
    silent = [spoken(at) for at, peak in peaks if peak is None]
    if not known:
        return f"No peak above background at any {axis.path}"
    (first, low), (last, high) = known[0], known[-1]
    unit = f"{SPACE}{axis.unit}" if axis.unit else ""
    told = f"Peak at {low:.1f}{SPACE}Hz where {axis.path} is {spoken(first)}{unit}"
    if len(known) > 1:
        told = f"Peak from {low:.1f} to {high:.1f}{SPACE}Hz as {axis.path} goes from {spoken(first)} to {spoken(last)}{unit}"
    return told + (f"; none at {', '.join(silent[:4])}{' …' if len(silent) > 4 else ''}" if silent else "")


def _facts(found: Swept) -> tuple[str, ...]:
    """What is the same at all points."""
    shared = ["τ GABA"] if any("tau_gaba" in axis.path for axis in found.axes) else []
    shared += ["dt "] if any(axis.path == "dt_ms" for axis in found.axes) else []
    sizes = any(axis.path in ("n_e", "n_i") or axis.path.startswith("populations") for axis in found.axes)
    model = any(axis.path == "neuron_model" for axis in found.axes)
    kept = facts(found.config)
    kept = kept[2 if model else 1 :] if sizes else (kept[0], *kept[2 if model else 1 :])
    return tuple(fact for fact in kept if not any(fact.startswith(word) for word in shared))


def _panel(
    found: Swept, axis: Axis, title: str, series: Sequence[tuple[str, str, str]], scale: Scale, last: bool, theme: Theme
) -> Any:
    rows = [
        row for metric, name, hue in series for point in found.points for row in _rows(point, axis, metric, name, hue, scale)
    ]
    values = [row[end] for row in rows for end in ("mean", "low", "high") if row.get(end) is not None]
    ends: dict[str, Any] = {"zero": True}
    if scale == "log":
        low, high = min(values, default=1.0), max(values, default=10.0)
        ends = {"type": "log", "domain": [low / 1.5, high * 1.5], "nice": False} if low > 0 else ends
    y_scale = alt.Scale(**ends)

    def x(shown: bool = False) -> alt.X:
        kind = "Q" if axis.numeric else "N"
        named = alt.Axis(
            title=axis.label if last else None,
            labels=last,
            grid=False,
            labelAngle=0,
            **({"values": list(axis.values)} if axis.numeric and len(axis.values) <= 12 else {}),
        )
        more = {} if axis.numeric else {"sort": [axis.place(value) for value in axis.values]}
        place = alt.Scale(zero=False, padding=18) if axis.numeric else alt.Scale(padding=0.5)
        return alt.X(f"at:{kind}", scale=place, axis=named if shown else None, **more)

    def y(field: str, shown: bool = False) -> alt.Y:
        log: dict[str, Any] = {}
        if ends.get("type") == "log":
            log = log_axis((ends["domain"][0], ends["domain"][1]), near_ticks((ends["domain"][0], ends["domain"][1]), 5))
        return alt.Y(f"{field}:Q", scale=y_scale, axis=alt.Axis(title=title, **(log or {"tickCount": 4})) if shown else None)

    hue = alt.Color("hue:N", scale=None)
    every = [{"at": axis.place(point.at[0])} for point in found.points]
    drawn = [row for row in rows if row["mean"] is not None]
    bars = [row for row in drawn if row["low"] is not None]
    layers: list[Any] = [
        alt.Chart(alt.Data(values=every)).mark_point(opacity=0).encode(x=x(True)),
        alt.Chart(alt.Data(values=drawn))
        .mark_line(strokeWidth=1.5)
        .encode(x=x(), y=y("mean", True), color=hue, detail="name:N"),
        alt.Chart(alt.Data(values=bars)).mark_rule(strokeWidth=1.4).encode(x=x(), y=y("low"), y2="high:Q", color=hue),
        alt.Chart(alt.Data(values=drawn))
        .mark_point(filled=True, size=55, opacity=1, stroke=theme.surface, strokeWidth=0.8)
        .encode(
            x=x(),
            y=y("mean"),
            color=hue,
            shape=alt.Shape("shape:N", scale=None),
            tooltip=[
                alt.Tooltip("at:N", title=axis.path),
                alt.Tooltip("mean:Q", format=".4g"),
                alt.Tooltip("low:Q", format=".4g"),
                alt.Tooltip("high:Q", format=".4g"),
                alt.Tooltip("n:Q"),
            ],
        ),
    ]
    pairs = [{**row, "value": value} for row in drawn if row["n"] == 2 for value in row["values"]]
    if pairs:
        layers.append(
            alt.Chart(alt.Data(values=pairs))
            .mark_point(filled=False, size=35, strokeWidth=1)
            .encode(x=x(), y=y("value"), color=hue)
        )
    ends_by = {row["name"]: row for row in drawn if row["name"]}
    top, below = max([row["mean"] for row in ends_by.values()], default=0.0) or 1.0, -1e9
    for name, end in sorted(ends_by.items(), key=lambda one: one[1]["mean"]):  # names are kept 13 px apart
        level = end["mean"] / top * HEIGHT
        below = max(level, below + 13)
        layers.append(
            alt.Chart(alt.Data(values=[end]))
            .mark_text(text=name, align="left", dx=9, dy=level - below, fontSize=11, fontWeight="bold", color=end["hue"])
            .encode(x=x(), y=y("mean"))
        )
    silent = [
        {"at": axis.place(point.at[0])}
        for point in found.points
        if all(point.estimate(metric).n == 0 for metric, _, _ in series)
    ]
    if silent:
        layers.append(
            alt.Chart(alt.Data(values=silent))
            .mark_text(
                text="no peak" if title.startswith("Peak") else "none",
                y=HEIGHT - 8,
                fontSize=10,
                fontStyle="italic",
                color=theme.muted,
            )
            .encode(x=x())
        )
    return alt.layer(*layers, width=WIDTH, height=HEIGHT).resolve_axis(x="independent", y="independent")


def _rows(point: Point, axis: Axis, metric: str, name: str, hue: str, scale: Scale) -> list[dict[str, Any]]:
    estimate = point.estimate(metric, scale)
    return [
        {
            "at": axis.place(point.at[0]),
            "name": name,
            "hue": hue,
            "shape": {"I": "square"}.get(name, "circle"),
            "mean": estimate.mean,
            "low": estimate.low,
            "high": estimate.high,
            "n": estimate.n,
            "values": list(estimate.values),
        }
    ]
