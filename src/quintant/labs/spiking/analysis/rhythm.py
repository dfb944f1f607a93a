"""Which of a population's peaks are rhythms of its own: not harmonics, not side bands of two others.

Sharp volleys have a line at every multiple of their pace, all as high as each other: a comb is called by its lowest line. That
line takes the place of the highest one only where every multiple of it up to there is a peak too, at least three lines, and
where it is at least half as strong: a slow rhythm of which a fast one happens to be a multiple has no such comb.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from quintant.labs.spiking.analysis.peaks import FASTEST_HZ, Peak, Peaks
from quintant.labs.spiking.analysis.spectrum import FINE_BIN_MS

GAMMA_HZ = (30.0, 80.0)
"""The gamma band (Buzsáki & Wang 2012, doi 10.1146/annurev-neuro-062111-150444)."""
LEAST_OF_COMB = 0.5
"""The lowest line of a comb has at least this share of the power of the highest."""
LEAST_LINES = 3
CERTAIN_LINES = 5
"""A comb of so many lines may miss some further up."""
BINS_HZ = 1000.0 / FINE_BIN_MS
APART, LEAST_SHARE = 0.2, 0.01
"""A second rhythm differs by at least this share in frequency, and has this share of the power of the first."""
MOST_SIDE_BANDS = 3
LEAST_OF_MAKER = 0.05
"""The slow rhythm of two has at least this share of the power of a side band that it makes: it may act by its effect alone."""


@dataclass(frozen=True)
class Rhythms:
    """`first`: the strongest rhythm; `second`: the next one at another pace; `gamma`: the strongest from 30 to 80 Hz, which may
    be either. `harmonic_of` [Hz], per peak: whose harmonic it is. `comb`: how many lines of `first` there are."""

    first: Peak | None
    second: Peak | None
    gamma: Peak | None
    harmonic_of: tuple[float | None, ...]
    comb: int


def rhythms(measured: Peaks) -> Rhythms:
    peaks = measured.peaks
    if not peaks:
        return Rhythms(None, None, None, (), 0)
    highest = max(peaks, key=lambda peak: peak.power)
    first, lines = _fundamental(highest, measured)
    harmonic_of = tuple(_harmonic_of(peak, first, len(lines), measured) for peak in peaks)
    own = [
        peak
        for peak, multiple_of in zip(peaks, harmonic_of, strict=True)
        if multiple_of is None and not _same(peak, first, measured)
    ]
    others = [peak for peak in own if abs(peak.frequency_hz / first.frequency_hz - 1) >= APART]
    seconds = [
        peak for peak in others if peak.power >= LEAST_SHARE * first.power and not _product(peak, first, others, measured)
    ]
    low, high = GAMMA_HZ[0] - measured.tolerance_hz, GAMMA_HZ[1] + measured.tolerance_hz
    band = [peak for peak in (first, *own) if low <= peak.frequency_hz <= high]
    return Rhythms(
        first,
        max(seconds, key=lambda peak: peak.power, default=None),
        max(band, key=lambda peak: peak.power, default=None),
        harmonic_of,
        len(lines),
    )


def _same(peak: Peak, other: Peak, measured: Peaks) -> bool:
    return abs(peak.frequency_hz - other.frequency_hz) <= measured.tolerance_hz


def _near(hz: float, measured: Peaks, tolerance_hz: float) -> Peak | None:
    peak = min(measured.peaks, key=lambda peak: abs(peak.frequency_hz - hz))
    return peak if abs(peak.frequency_hz - hz) <= tolerance_hz else None


def _lines(base: Peak, up_to_hz: float, measured: Peaks) -> list[Peak]:
    """The peaks at 1, 2, 3 … times a frequency, as far as none is missing. Each line found makes the pace more exact."""
    lines, pace = [base], base.frequency_hz
    while pace * (len(lines) + 1) <= up_to_hz + measured.tolerance_hz:
        peak = _near(pace * (len(lines) + 1), measured, measured.tolerance_hz)
        if peak is None:
            break
        lines.append(peak)
        pace = _pace(lines)
    return lines


def _pace(lines: Sequence[Peak]) -> float:
    """The frequency of which the lines are multiples, by least squares: the n-th line tells it n times as exactly."""
    return sum(n * peak.frequency_hz for n, peak in enumerate(lines, 1)) / sum(n * n for n in range(1, len(lines) + 1))


def _fundamental(highest: Peak, measured: Peaks) -> tuple[Peak, list[Peak]]:
    for base in measured.peaks:
        if base.frequency_hz > highest.frequency_hz / 2 + measured.tolerance_hz:
            break
        lines = _lines(base, highest.frequency_hz, measured)
        if highest in lines and base.power >= LEAST_OF_COMB * highest.power:
            lines = _lines(base, measured.peaks[-1].frequency_hz, measured)
            if len(lines) >= LEAST_LINES:
                return replace(base, frequency_hz=_pace(lines)), lines
    lines = _lines(highest, measured.peaks[-1].frequency_hz, measured)
    # lines of a comb that gets weaker upwards make the pace more exact too
    return (replace(highest, frequency_hz=_pace(lines)), lines) if len(lines) >= LEAST_LINES else (highest, lines)


def _harmonic_of(peak: Peak, first: Peak, lines: int, measured: Peaks) -> float | None:
    if lines >= 2 * CERTAIN_LINES and peak.frequency_hz > 2 * CERTAIN_LINES * first.frequency_hz:
        return first.frequency_hz  # there, lines and what the bins mirror of them lie so close that they blur
    # lines of volleys that are sharper than a bin go on above half of the bins' rate, and come back from there
    if first.frequency_hz * (lines + 1) > FASTEST_HZ - first.frequency_hz:
        for folded in (times * BINS_HZ + sign * peak.frequency_hz for times in (1, 2, 3) for sign in (-1, 1)):
            if abs(folded - round(folded / first.frequency_hz) * first.frequency_hz) <= measured.tolerance_hz:
                return first.frequency_hz
    for base in (first, *measured.peaks):
        times = round(peak.frequency_hz / base.frequency_hz)
        if times < 2 or base.power < LEAST_OF_COMB * peak.power:
            continue
        tolerance = max(measured.tolerance_hz, min(base.half_width_hz, base.frequency_hz / 10))
        if abs(peak.frequency_hz - times * base.frequency_hz) > tolerance:
            continue
        if base is first and lines >= CERTAIN_LINES:
            return base.frequency_hz
        if all(_near(n * base.frequency_hz, measured, tolerance) is not None for n in range(2, times)):
            return base.frequency_hz
    return None


def _product(peak: Peak, first: Peak, others: Sequence[Peak], measured: Peaks) -> bool:
    """Whether a peak is what two rhythms make of each other: a slow one puts side bands around a fast one and its harmonics."""
    for other in others:
        slow = other.frequency_hz < min(first.frequency_hz, peak.frequency_hz) and other.power >= LEAST_OF_MAKER * peak.power
        fast = min(other.frequency_hz, peak.frequency_hz) > first.frequency_hz and other.power > peak.power
        if other is peak or not (slow or fast):
            continue
        fast_hz, slow_hz = (first if slow else other).frequency_hz, (other if slow else first).frequency_hz
        for n in range(round(peak.frequency_hz / fast_hz) + 2):
            beside = abs(peak.frequency_hz - n * fast_hz)
            m = min(max(round(beside / slow_hz), 1), MOST_SIDE_BANDS)
            if abs(beside - m * slow_hz) <= min((n + m) * measured.tolerance_hz / 2, slow_hz / 4):
                return True
    return False
