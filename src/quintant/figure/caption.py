"""Captions: what a figure says in words. A builder states the finding; `draw` adds the Runs it was drawn from.

A caption rides in the specification itself (`usermeta.quintant`), so that the page, a notebook and every export read
the same words, and a figure without its provenance cannot come about.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, TypedDict

if TYPE_CHECKING:
    import altair as alt
    import numpy as np

KEY = "quintant"


@dataclass(frozen=True)
class Caption:
    """`sentence` states the finding and becomes the title; `what` says what is drawn; `band` what the interval is.

    `minimum`, `maximum`: of the quantity drawn, for the text alternative; `n` counts `of`; `units`: by axis.
    `facts` change results and are always printed ("k 5", "100 slots"). `badges` tell what was left out of the drawing. Empty
    ones of both are dropped, so that a condition can stand where its words do.
    `keeps_aspect`: width and height are resized together (maps).
    """

    sentence: str
    what: str
    n: int
    of: str = "seeds"
    band: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    units: Mapping[str, str] = field(default_factory=dict)
    facts: Sequence[str] = ()
    badges: Sequence[str] = ()
    keeps_aspect: bool = False

    def alternative(self) -> str:
        """What a reader who cannot see the figure is told: the finding, the extremes, n."""
        unit = self.units.get("y", "1")
        suffix = "" if unit in ("1", "") else f" {unit}"
        parts = [f"{self.sentence}."]
        if self.minimum is not None and self.maximum is not None:
            parts.append(f"Minimum {self.minimum:.4g}{suffix}, maximum {self.maximum:.4g}{suffix}.")
        parts.append(f"n = {self.n} {self.of.removesuffix('s') if self.n == 1 else self.of}.")
        parts += [f"{badge}." for badge in self.badges]
        return " ".join(parts)

    def subtitle(self) -> list[str]:
        """The lines beneath the title, not yet wrapped."""
        first = ", ".join(part for part in (self.what, self.band) if part)
        return [line for line in (first, " · ".join(self.facts), " · ".join(self.badges)) if line]


class Span(TypedDict):
    """Part of a Caption: the extremes of what is drawn and the unit of each axis."""

    minimum: float | None
    maximum: float | None
    units: Mapping[str, str]


def span(values: Sequence[float] | np.ndarray[Any, Any], **units: str) -> Span:
    """The extremes of `values` (any shape; None where there are none) and the units by axis: `**span(v, x="ms", y="mV")`."""
    if isinstance(values, Sequence):
        return {"minimum": min(values, default=None), "maximum": max(values, default=None), "units": units}
    ends = (float(values.min()), float(values.max())) if values.size else (None, None)
    return {"minimum": ends[0], "maximum": ends[1], "units": units}


def captioned(chart: alt.TopLevelMixin, caption: Caption) -> Any:
    """The same chart with its caption inside; what a builder returns."""
    words = asdict(caption)
    words["facts"], words["badges"] = list(filter(None, caption.facts)), list(filter(None, caption.badges))
    words["units"] = dict(caption.units)
    return chart.properties(usermeta={KEY: words})
