"""What is drawn but not measured: the burn-in, hatched and labelled, never cropped away. The axis of time that it lies on."""

from __future__ import annotations

from typing import Any

import altair as alt

from quintant.figure import Theme
from quintant.figure.excluded import excluded
from quintant.figure.lettering import small
from quintant.figure.plane import Layers, Plane, Side, across, linear
from quintant.labs.spiking.config import SpikingConfig
from quintant.labs.spiking.figures.circuit import burn_in_ms


def time(config: SpikingConfig, title: str | None = "Time (ms)", **more: Any) -> Side:
    """The whole run from 0 on; `more` of an axis."""
    return across(linear(0, config.t_ms), alt.Axis(title=title, grid=False, tickCount=8, format="~f", **more))


def burn_in(config: SpikingConfig, plane: Plane, y: tuple[float, float], theme: Theme, label: bool = True) -> Layers:
    """Layers over the burn-in of a plane of time; `y`: the domain of its other side."""
    until = burn_in_ms(config)
    if until <= 0:
        return []
    layers = excluded(plane, until, plane.width * until / config.t_ms, y, theme, least=3, opacity=0.55, clip=True)
    if label:
        place = {"align": "left", "baseline": "bottom", "dx": 1, "y": -3}
        layers.append(plane.on({"x": 0}, "x").mark_text(text="burn-in", **place, **small(theme.muted)))
    return layers
