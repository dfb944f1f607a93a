"""A curve measured in every replicate: its mean and interval at each abscissa, and how they are drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import numpy as np

from quintant.figure.columns import columns
from quintant.figure.decimation import extremes
from quintant.figure.draw import cannot
from quintant.figure.inline import inline
from quintant.figure.lettering import bold
from quintant.figure.plane import Layers, Plane, Row
from quintant.figure.theme import Theme
from quintant.lab import Outcome
from quintant.statistics import Scale, interval

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Curves:
    """`x` [m], `values` [runs, m], `mean` [m]; `low` and `high` [m], None with fewer than three runs. `outcomes`: those
    that have the curve; `badges`: what was left out; `band`: what the interval is."""

    x: Array
    values: Array
    mean: Array
    low: Array | None
    high: Array | None
    outcomes: tuple[Outcome, ...]
    badges: tuple[str, ...]
    band: str | None


def curves(
    figure: str,
    outcomes: Sequence[Outcome],
    table: str,
    at: str,
    name: str,
    within: tuple[float, float],
    metric: str,
    kept: Mapping[str, str] | None = None,
    scale: Scale = "linear",
) -> Curves:
    """Column `name` by column `at` of one table of replicates, `within` a stretch of `at`. Conflict when no run has any value
    of it, with the reason that `metric` has. `kept`: as `columns` takes it."""
    measured: list[tuple[Outcome, Array, Array]] = []
    for outcome in outcomes:
        if len(outcomes) > 1 and table not in outcome.tables:
            continue
        read = columns(figure, outcome, table, kept)
        x, y = read[at], read[name].astype(float)
        chosen = (x >= within[0] - 1e-9) & (x <= within[1] + 1e-9) & np.isfinite(y)
        if chosen.any():
            measured.append((outcome, x[chosen], y[chosen]))
    if not measured:
        metrics = (outcome.metrics.get(metric) for outcome in outcomes)
        reason = next((m.reason for m in metrics if m is not None and m.reason), "nothing was measured")
        raise cannot(figure, f"table {table!r} is empty: {reason}")
    x = measured[0][1]
    alike = [(outcome, y) for outcome, own, y in measured if np.array_equal(own, x)]
    runs, values = tuple(outcome for outcome, _ in alike), np.array([y for _, y in alike])
    badges: tuple[str, ...] = ()
    if len(runs) < len(outcomes):
        badges = (f"{len(runs)} of {len(outcomes)} runs drawn; the others have nothing to draw (yet)",)
    if len(runs) < 3:
        band = "both of n = 2 seeds, mean thick, no interval" if len(runs) == 2 else None
        return Curves(x, values, values.mean(axis=0), None, None, runs, badges, band)
    estimates = [interval(column, scale) for column in values.T]
    mean = np.array([estimate.mean for estimate in estimates])
    low = np.array([estimate.mean if estimate.low is None else estimate.low for estimate in estimates])
    high = np.array([estimate.mean if estimate.high is None else estimate.high for estimate in estimates])
    return Curves(x, values, mean, low, high, runs, badges, estimates[0].band())


def curve(
    curves: Curves,
    plane: Plane,
    theme: Theme,
    fields: tuple[str, str, str],
    *,
    floor: float = -np.inf,
    most: int | None = None,
    **clip: bool,
) -> Layers:
    """The interval as a band, or both replicates thin; the mean in ink over them. `fields`: what x is called in the band and in
    lines, and y. `floor`: the least value that a log axis can show; `most`: columns of pixels that each line keeps."""
    in_band, x, y = fields

    def mark_line(values: Array, **style: Any) -> alt.Chart:
        at, value = (curves.x, values) if most is None else extremes(curves.x, values, most)
        return plane.on(inline(**{x: at, y: np.maximum(value, floor)}), x, y).mark_line(**style, **clip)

    layers: Layers = []
    if curves.low is not None and curves.high is not None:
        bounds = inline(**{in_band: curves.x, "low": np.maximum(curves.low, floor), "high": curves.high})
        layers.append(plane.on(bounds, in_band, ("low", "high")).mark_area(color=theme.text, opacity=0.2, **clip))
    elif len(curves.values) == 2:
        layers += [mark_line(values, color=theme.muted, strokeWidth=0.8) for values in curves.values]
    return [*layers, mark_line(curves.mean, color=theme.text, strokeWidth=1.7)]


def pointer(plane: Plane, place: Row, text: str, colour: str, **more: Any) -> Layers:
    """A triangle at `place`, a row of its x and its y, and what it marks in words; `more`: channels such as a tooltip."""
    base = plane.on(place, *place)
    triangle = base.mark_point(shape="triangle-down", filled=True, size=80, color=colour, opacity=1, yOffset=-9)
    return [
        triangle.encode(**more) if more else triangle,
        base.mark_text(text=text, align="left", dx=9, dy=-11, **bold(colour, 13)),
    ]
