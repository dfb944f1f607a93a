"""P3, power spectrum of the E rate: the gamma band shaded, the peak named, or said that there is none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np

from quintant.figure import Caption, Theme, captioned
from quintant.figure.axis import log_axis
from quintant.figure.inline import inline
from quintant.figure.number import SPACE, plain
from quintant.lab import Metric, Outcome
from quintant.labs.spiking.analysis.spectrum import LEAST_PROMINENCE, fine
from quintant.labs.spiking.analysis.window import after_burn_in
from quintant.labs.spiking.config import SpikingConfig
from quintant.labs.spiking.figures.circuit import facts, one_point
from quintant.labs.spiking.figures.curves import Curves, curves
from quintant.statistics import Estimate, interval

NAME = "spectrum"
WIDTH, HEIGHT = 540, 280
SHOWN_HZ = (0.0, 150.0)
GAMMA_HZ = (30.0, 80.0)
"""The gamma band (doi 10.1371/journal.pcbi.1002354; the Human Neocortical Neurosolver draws the same)."""
LOG_DECADES = 6.0


def build(outcomes: Sequence[Outcome], theme: Theme) -> Any:
    return _chart(outcomes, theme, log=False)


def build_log(outcomes: Sequence[Outcome], theme: Theme) -> Any:
    return _chart(outcomes, theme, log=True)


def _chart(outcomes: Sequence[Outcome], theme: Theme, log: bool) -> Any:
    name = f"{NAME}-log" if log else NAME
    point = one_point(name, outcomes)
    found = curves(name, point.outcomes, "psd", "frequency_hz", "power_e", SHOWN_HZ, "gamma_peak_hz", "log")
    peaks = [outcome.metrics["gamma_peak_hz"] for outcome in found.outcomes if "gamma_peak_hz" in outcome.metrics]
    estimate = interval([peak.value for peak in peaks if peak.value is not None])
    plane = _Plane(found, log, theme)
    layers = [*plane.band(), *plane.curve(), *(_peak(estimate, found, plane) if estimate.n else _none(peaks, plane))]
    if len(found.outcomes) == 1:
        layers.append(
            alt.Chart(alt.Data(values=[{}])).mark_text(
                text="n = 1",
                align="right",
                baseline="top",
                x=alt.expr("width - 6"),
                y=6,
                fontSize=12,
                fontWeight="bold",
                color=theme.amber,
            )
        )
    chart = alt.layer(*layers, width=WIDTH, height=HEIGHT).resolve_axis(x="independent", y="independent")
    return captioned(
        chart,
        Caption(
            sentence=_sentence(estimate, peaks),
            what="power of the E rate in 1 ms bins (Welch, one-sided density)",
            n=len(found.outcomes),
            band=found.band,
            units={"x": "Hz", "y": "Hz²/Hz"},
            minimum=float(found.mean.min()),
            maximum=float(found.mean.max()),
            badges=(*point.badges, *found.badges),
            facts=(_resolution(point.config), *_hover(found), *facts(point.config)),
        ),
    )


class _Plane:
    def __init__(self, found: Curves, log: bool, theme: Theme) -> None:
        self.found, self.log, self.theme = found, log, theme
        high = found.values if found.high is None else found.high
        top = float(high[..., found.x > 0].max() if found.x.size > 1 else high.max())
        self.top = top if top > 0 else 1.0
        low = float(found.mean[found.mean > 0].min(initial=self.top))
        self.domain = (max(low, self.top / 10**LOG_DECADES) / 1.5, self.top * 6) if log else (0.0, self.top * 1.22)

    def x(self, field: str, axis: bool = False) -> alt.X:
        shown = (
            alt.Axis(
                title="Frequency (Hz)",
                grid=False,
                values=list(range(0, 151, 10)),
                labelExpr="datum.value % 30 == 0 ? datum.label : ''",
            )
            if axis
            else None
        )
        return alt.X(f"{field}:Q", axis=shown, scale=alt.Scale(domain=list(SHOWN_HZ), nice=False))

    def y(self, field: str, axis: bool = False) -> alt.Y:
        shown = None
        if axis:
            more = log_axis(self.domain_decades()) if self.log else {"tickCount": 5}
            shown = alt.Axis(title="PSD of E rate (Hz²/Hz)", **more)
        kind = "log" if self.log else "linear"
        return alt.Y(f"{field}:Q", axis=shown, scale=alt.Scale(type=kind, domain=list(self.domain), nice=False, clamp=True))

    def domain_decades(self) -> tuple[float, float]:
        """The decades inside: a tick beyond the domain would be drawn at its end."""
        low, high = (np.log10(end) for end in self.domain)
        return 10.0 ** np.ceil(low), 10.0 ** np.floor(high)

    def band(self) -> list[Any]:
        """Gamma, shaded and its edges labelled; the first layer draws the axes."""
        low, high = self.domain
        rows = [{"x": GAMMA_HZ[0], "x2": GAMMA_HZ[1], "y": low, "y2": high}]
        edges = [{"x": edge} for edge in GAMMA_HZ]
        middle = [{"x": sum(GAMMA_HZ) / 2}]
        muted = self.theme.muted
        return [
            alt.Chart(alt.Data(values=rows))
            .mark_rect(color=muted, opacity=0.14)
            .encode(x=self.x("x", axis=True), x2="x2:Q", y=self.y("y", axis=True), y2="y2:Q"),
            alt.Chart(alt.Data(values=edges)).mark_rule(color=muted, strokeWidth=0.7, strokeDash=[3, 3]).encode(x=self.x("x")),
            alt.Chart(alt.Data(values=middle))
            .mark_text(text=f"γ {GAMMA_HZ[0]:g}–{GAMMA_HZ[1]:g}{SPACE}Hz", y=-7, fontSize=11, color=muted)
            .encode(x=self.x("x")),
        ]

    def curve(self) -> list[Any]:
        found, ink = self.found, self.theme.text
        layers: list[Any] = []
        floor = self.domain[0]
        if found.low is not None and found.high is not None:
            layers.append(
                alt.Chart(inline(f=found.x, low=np.maximum(found.low, floor), high=found.high))
                .mark_area(color=ink, opacity=0.2, clip=True)
                .encode(x=self.x("f"), y=self.y("low"), y2="high:Q")
            )
        elif len(found.values) == 2:
            for values in found.values:
                layers.append(
                    alt.Chart(inline(f=found.x, p=np.maximum(values, floor)))
                    .mark_line(color=self.theme.muted, strokeWidth=0.8, clip=True)
                    .encode(x=self.x("f"), y=self.y("p"))
                )
        layers.append(
            alt.Chart(inline(f=found.x, p=np.maximum(found.mean, floor)))
            .mark_line(color=ink, strokeWidth=1.7, clip=True)
            .encode(x=self.x("f"), y=self.y("p"))
        )
        return layers


def _peak(estimate: Estimate, found: Curves, plane: _Plane) -> list[Any]:
    assert estimate.mean is not None
    near = np.abs(found.x - estimate.mean) <= 3.0
    height = float(found.mean[near].max() if near.any() else found.mean.max())
    base = alt.Chart(alt.Data(values=[{"f": estimate.mean, "p": height}]))
    accent = plane.theme.accent
    return [
        base.mark_point(shape="triangle-down", filled=True, size=80, color=accent, opacity=1, yOffset=-9).encode(
            x=plane.x("f"),
            y=plane.y("p"),
            tooltip=[
                alt.Tooltip("f:Q", title="peak (Hz)", format=".2f"),
                alt.Tooltip("p:Q", title="power (Hz²/Hz)", format=".3g"),
            ],
        ),
        base.mark_text(
            text=f"{estimate.mean:.1f}{SPACE}Hz", align="left", dx=9, dy=-11, fontSize=13, fontWeight="bold", color=accent
        ).encode(x=plane.x("f"), y=plane.y("p")),
    ]


def _none(peaks: Sequence[Metric], plane: _Plane) -> list[Any]:
    return [
        alt.Chart(alt.Data(values=[{}])).mark_text(
            text=_reason(peaks),
            align="right",
            baseline="top",
            x=alt.expr("width - 8"),
            y=24,
            fontSize=13,
            fontWeight="bold",
            color=plane.theme.text,
        )
    ]


def _reason(peaks: Sequence[Metric]) -> str:
    return next((peak.reason.split(":")[0] for peak in peaks if peak.reason), "peak not measured yet")


def _sentence(estimate: Estimate, peaks: Sequence[Metric]) -> str:
    if estimate.mean is None:
        reason = _reason(peaks)
        return reason[:1].upper() + reason[1:]
    inside = GAMMA_HZ[0] <= estimate.mean <= GAMMA_HZ[1]
    told = f"{'γ peak' if inside else 'Peak'} at {estimate.mean:.1f}{SPACE}Hz"
    if estimate.has_interval:
        told += f" [{estimate.low:.1f}, {estimate.high:.1f}]"
    if not inside:
        told += f", {'below' if estimate.mean < GAMMA_HZ[0] else 'above'} the γ band"
    return told if estimate.n == len(peaks) else f"{told} in {estimate.n} of {len(peaks)} runs, the others have none"


def _hover(found: Curves) -> tuple[str, ...]:
    """Prominence and half-width of the only run, as its metrics have them."""
    if len(found.outcomes) != 1:
        return ()
    metrics = found.outcomes[0].metrics
    prominence, width = (metrics.get(name) for name in ("gamma_prominence", "gamma_half_width_hz"))
    parts = []
    if prominence is not None and prominence.value is not None:
        parts.append(f"prominence {plain(float(f'{prominence.value:.3g}'))} × background (a peak needs {LEAST_PROMINENCE:g})")
    if width is not None and width.value is not None:
        parts.append(f"half-width {width.value:.1f}{SPACE}Hz")
    return tuple(parts)


def _resolution(given: SpikingConfig) -> str:
    window = after_burn_in(given.burn_in_ms, given.t_ms, given.dt_ms)
    bins = max(1, int(np.ceil(window.duration_ms)))
    return f"Δf = {fine(np.zeros(bins)).resolution_hz:.3g}{SPACE}Hz"
