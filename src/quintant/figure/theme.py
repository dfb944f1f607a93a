"""Themes: the measured palettes, light and dark, and the Vega configuration made of them.

Colours were chosen by measurement: the least CIE76 distance between any two series, seen with normal, protan, deutan
and tritan vision (Machado 2009), is 45 / 22 / 16 / 17 in light and 44 / 35 / 20 / 13 in dark; WCAG 2.2 contrast against
the surface is at least 3.27 : 1 for light series, 4.5 : 1 for dark ones and for all text. The base is Okabe & Ito's set
(Wong 2011, doi 10.1038/nmeth.1618). No rainbow, no red against green (Crameri 2020, doi 10.1038/s41467-020-19160-7).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from quintant.config import suggest
from quintant.errors import ConfigError, Problem

FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
"""Arial's metrics wherever it is drawn: the exporter brings Liberation Sans, browsers have one of the others."""

SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-right")
"""Marker of series 1…6, so that colour is never the only channel. triangle-down is kept for upper limits."""

DASHES: tuple[tuple[int, ...], ...] = ((), (6, 3), (2, 3), (8, 3, 2, 3))
"""After the last series colour the colours begin again with the next dash."""


@dataclass(frozen=True)
class Theme:
    """One palette. `series`: six colours for categories; `status`: by lifecycle word.

    `line_ramp`: Vega scheme for lines that carry a magnitude, whose strong end is far from the surface; always together
    with a second channel, because its weak end is near the surface. `fill_ramp`: for filled cells only. `diverging`:
    low, centre, high; always with symmetric limits.
    """

    name: Literal["light", "dark"]
    surface: str
    text: str
    muted: str
    accent: str
    grid: str
    series: tuple[str, ...]
    status: Mapping[str, str]
    amber: str
    line_ramp: Mapping[str, Any]
    fill_ramp: Mapping[str, Any]
    diverging: tuple[str, str, str]

    def colour(self, index: int) -> str:
        """Colour of series `index`; after the last one they begin again (with another dash)."""
        return self.series[index % len(self.series)]

    def shape(self, index: int) -> str:
        return SHAPES[index % len(SHAPES)]

    def dash(self, index: int) -> tuple[int, ...]:
        return DASHES[index // len(self.series) % len(DASHES)]

    def vega_config(self) -> dict[str, Any]:
        """The `config` block of every specification in this theme."""
        words = {"font": FONT, "fontSize": 11, "color": self.text}
        return {
            "background": self.surface,
            "padding": 8,
            "font": FONT,
            "view": {"stroke": None},
            "title": {
                "anchor": "start",
                "frame": "bounds",
                "offset": 12,
                "color": self.text,
                "subtitleColor": self.muted,
                "fontSize": 14,
                "fontWeight": "bold",
                "lineHeight": 18,
                "subtitleFontSize": 11,
                "subtitleLineHeight": 15,
                "subtitlePadding": 5,
                "limit": 0,
            },
            "axis": {
                "labelColor": self.text,
                "titleColor": self.text,
                "labelFontSize": 11,
                "titleFontSize": 11,
                "titleFontWeight": "normal",
                "domainColor": self.muted,
                "tickColor": self.muted,
                "gridColor": self.grid,
                "gridWidth": 0.75,
                "titlePadding": 8,
                "labelLimit": 220,
            },
            "legend": {
                "labelColor": self.text,
                "titleColor": self.muted,
                "labelFontSize": 11,
                "titleFontSize": 11,
                "titleFontWeight": "normal",
                "symbolStrokeWidth": 1.5,
                "labelLimit": 260,
                "orient": "top",
                "direction": "horizontal",
                "offset": 8,
            },
            "header": {"labelColor": self.text, "titleColor": self.text, "labelFontSize": 11, "titleFontSize": 11},
            "text": words,
            "range": {
                "category": list(self.series),
                "ramp": dict(self.fill_ramp),
                "heatmap": dict(self.fill_ramp),
                "diverging": list(self.diverging),
            },
        }


LIGHT = Theme(
    name="light",
    surface="#FAFAF7",
    text="#1B1F24",
    muted="#5A6470",
    accent="#0B5FA5",
    grid="#E3E4E0",
    series=("#0072B2", "#D55E00", "#009E73", "#8427D8", "#2B2F36", "#BE6F9A"),
    status={
        "completed": "#1F7A4D",
        "running": "#0B5FA5",
        "starting": "#0B5FA5",
        "queued": "#5A6470",
        "paused": "#8A5A00",
        "failed": "#B3261E",
        "cancelled": "#5A6470",
    },
    amber="#8A5A00",
    line_ramp={"scheme": "cividis", "reverse": True},
    fill_ramp={"scheme": "viridis"},
    diverging=("#0072B2", "#FFFFFF", "#D55E00"),
)
"""Busy is dark on paper: cividis runs backwards for lines."""

DARK = Theme(
    name="dark",
    surface="#14171C",
    text="#E8EAED",
    muted="#A3ABB5",
    accent="#6CB6F5",
    grid="#2A2F37",
    series=("#56B4E9", "#F0803C", "#1FA884", "#FFCC00", "#A65FE0", "#F2F4F7"),
    status={
        "completed": "#5BD6A0",
        "running": "#6CB6F5",
        "starting": "#6CB6F5",
        "queued": "#A3ABB5",
        "paused": "#F0C23B",
        "failed": "#FF8A80",
        "cancelled": "#A3ABB5",
    },
    amber="#F0C23B",
    line_ramp={"scheme": "cividis"},
    fill_ramp={"scheme": "viridis"},
    diverging=("#56B4E9", "#2B2F36", "#F0803C"),
)

THEMES: Mapping[str, Theme] = {"light": LIGHT, "dark": DARK}


def find_theme(name: str | Theme) -> Theme:
    if isinstance(name, Theme):
        return name
    if name not in THEMES:
        known = sorted(THEMES)
        text = f"must be one of {', '.join(known)}; got {name!r}."
        raise ConfigError(Problem("theme", text, name, known, suggest(str(name), known)))
    return THEMES[name]
