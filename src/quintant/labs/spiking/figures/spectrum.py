"""P3, power spectrum of the E rate (of the I rate where there are no E cells): the gamma band shaded, the rhythm named and a
second one beside it, or said what the window could not tell."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import numpy as np

from quintant.figure import Caption, Theme, captioned, span
from quintant.figure.axis import log_axis
from quintant.figure.curves import Curves, curve, curves, pointer
from quintant.figure.lettering import alone, bold, corner, small
from quintant.figure.number import SPACE, plain
from quintant.figure.plane import Drawing, Layers, Plane, across, linear, upward
from quintant.figure.tooltip import tip
from quintant.lab import Metric, Outcome
from quintant.labs.spiking.analysis.rhythm import GAMMA_HZ
from quintant.labs.spiking.analysis.spectrum import fine
from quintant.labs.spiking.analysis.window import after_burn_in
from quintant.labs.spiking.config import SpikingConfig
from quintant.labs.spiking.figures.circuit import facts, one_point
from quintant.labs.spiking.figures.spikes import KEPT
from quintant.labs.spiking.rules import neurons
from quintant.statistics import Estimate, interval

NAME = "spectrum"
PEAK = "rhythm_peak_hz"
WIDTH, HEIGHT = 540, 280
SHOWN_HZ = (0.0, 150.0)
LOG_DECADES = 6.0


def build(outcomes: Sequence[Outcome], theme: Theme) -> Drawing:
    return _spectrum(outcomes, theme, log=False)


def build_log(outcomes: Sequence[Outcome], theme: Theme) -> Drawing:
    return _spectrum(outcomes, theme, log=True)


def _spectrum(outcomes: Sequence[Outcome], theme: Theme, log: bool) -> Drawing:
    name = f"{NAME}-log" if log else NAME
    point = one_point(name, outcomes)
    kind = "E" if neurons(point.config)[0] else "I"
    power = curves(name, point.outcomes, "psd", "frequency_hz", f"power_{kind.lower()}", SHOWN_HZ, PEAK, KEPT, "log")
    peaks = [outcome.metrics[PEAK] for outcome in power.outcomes if PEAK in outcome.metrics]
    peak, second = interval([peak.value for peak in peaks if peak.value is not None]), _second(power)
    domain = _domain(power, log)
    plane = _plane(kind, domain, log)
    layers = [*_gamma(plane, domain, theme), *curve(power, plane, theme, ("f", "f", "p"), floor=domain[0], clip=True)]
    if peak.n:
        layers += _peak(peak, power, plane, theme.accent)
    else:
        layers.append(corner(_reason(peaks), inset=8, y=24, **bold(theme.text, 13)))
    layers += _peak(second, power, plane, theme.muted) if second.n else []
    layers += [alone(theme)] if len(power.outcomes) == 1 else []
    caption = Caption(
        sentence=_sentence(peak, second, peaks),
        what=f"power of the {kind} rate in 1 ms bins (Welch, one-sided density)",
        n=len(power.outcomes),
        band=power.band,
        badges=(*point.badges, *power.badges),
        facts=(_resolution(point.config), *_hover(power), *facts(point.config)),
        **span(power.mean, x="Hz", y="Hz²/Hz"),
    )
    return captioned(plane.layered(layers), caption)


def _domain(power: Curves, log: bool) -> tuple[float, float]:
    high = power.values if power.high is None else power.high
    top = float(high[..., power.x > 0].max() if power.x.size > 1 else high.max())
    top = top if top > 0 else 1.0
    low = float(power.mean[power.mean > 0].min(initial=top))
    return (max(low, top / 10**LOG_DECADES) / 1.5, top * 6) if log else (0.0, top * 1.22)


def _plane(kind: str, domain: tuple[float, float], log: bool) -> Plane:
    """On a log axis only the decades inside have a tick: one beyond the domain would be drawn at its end."""
    inside = (10.0 ** np.ceil(np.log10(domain[0])), 10.0 ** np.floor(np.log10(domain[1]))) if log else domain
    ticks = log_axis(inside) if log else {"tickCount": 5}
    tens = {"values": list(range(0, 151, 10)), "labelExpr": "datum.value % 30 == 0 ? datum.label : ''"}
    x = across(linear(*SHOWN_HZ), alt.Axis(title="Frequency (Hz)", grid=False, **tens))
    scale = linear(*domain, type="log" if log else "linear", clamp=True)
    return Plane(x, upward(scale, alt.Axis(title=f"PSD of {kind} rate (Hz²/Hz)", **ticks)), WIDTH, HEIGHT)


def _gamma(plane: Plane, domain: tuple[float, float], theme: Theme) -> Layers:
    """The band, shaded and its edges labelled; the first layer draws the axes."""
    low, high = GAMMA_HZ
    band = plane.on({"x": low, "x2": high, "y": domain[0], "y2": domain[1]}, ("x", "x2"), ("y", "y2"))
    edges = plane.on([{"x": edge} for edge in GAMMA_HZ], "x")
    name = plane.on({"x": sum(GAMMA_HZ) / 2}, "x")
    return [
        band.mark_rect(color=theme.muted, opacity=0.14).encode(x=plane.x("x", True), y=plane.y("y", True)),
        edges.mark_rule(color=theme.muted, strokeWidth=0.7, strokeDash=[3, 3]),
        name.mark_text(text=f"γ {low:g}–{high:g}{SPACE}Hz", y=-7, **small(theme.muted, 11)),
    ]


def _second(power: Curves) -> Estimate:
    """The second rhythm, where most of the runs have one."""
    seconds = [outcome.metrics["second_peak_hz"].value for outcome in power.outcomes if "second_peak_hz" in outcome.metrics]
    known = [second for second in seconds if second is not None]
    return interval(known if 2 * len(known) > len(seconds) else [])


def _peak(peak: Estimate, power: Curves, plane: Plane, colour: str) -> Layers:
    if peak.mean is None or not SHOWN_HZ[0] <= peak.mean <= SHOWN_HZ[1]:
        return []
    near = np.abs(power.x - peak.mean) <= 3.0
    height = float(power.mean[near].max() if near.any() else power.mean.max())
    tips = [tip("f:Q", "peak (Hz)", ".2f"), tip("p:Q", "power (Hz²/Hz)", ".3g")]
    return pointer(plane, {"f": peak.mean, "p": height}, f"{peak.mean:.1f}{SPACE}Hz", colour, tooltip=tips)


def _reason(peaks: Sequence[Metric]) -> str:
    return next((peak.reason.split(":")[0] for peak in peaks if peak.reason), "peak not measured yet")


def _sentence(estimate: Estimate, second: Estimate, peaks: Sequence[Metric]) -> str:
    if estimate.mean is None:
        reason = _reason(peaks)
        return reason[:1].upper() + reason[1:]
    inside = GAMMA_HZ[0] <= estimate.mean <= GAMMA_HZ[1]
    sentence = f"{'γ peak' if inside else 'Peak'} at {estimate.mean:.1f}{SPACE}Hz"
    if estimate.has_interval:
        sentence += f" [{estimate.low:.1f}, {estimate.high:.1f}]"
    if not inside:
        sentence += f", {'below' if estimate.mean < GAMMA_HZ[0] else 'above'} the γ band"
    if second.mean is not None:
        sentence += f"; a second rhythm at {second.mean:.1f}{SPACE}Hz"
    return sentence if estimate.n == len(peaks) else f"{sentence} in {estimate.n} of {len(peaks)} runs, the others have none"


def _hover(power: Curves) -> tuple[str, ...]:
    """Prominence and half-width of the only run, as its metrics have them."""
    if len(power.outcomes) != 1:
        return ()
    metrics = power.outcomes[0].metrics
    prominence, width = (metrics.get(name) for name in ("rhythm_prominence", "rhythm_half_width_hz"))
    parts = []
    if prominence is not None and prominence.value is not None:
        chance = (prominence.method or "").partition("; ")[2]
        parts.append(f"prominence {plain(float(f'{prominence.value:.3g}'))} × background{f' ({chance})' if chance else ''}")
    if width is not None and width.value is not None:
        parts.append(f"half-width {width.value:.1f}{SPACE}Hz")
    return tuple(parts)


def _resolution(config: SpikingConfig) -> str:
    window = after_burn_in(config.burn_in_ms, config.t_ms, config.dt_ms)
    bins = max(1, int(np.ceil(window.duration_ms)))
    return f"Δf = {fine(np.zeros(bins)).resolution_hz:.3g}{SPACE}Hz"
