"""The metrics of one population's rhythms, and in words what its window could not tell."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from quintant.lab import Metric
from quintant.labs.spiking.analysis.peaks import Peak, Peaks, peaks
from quintant.labs.spiking.analysis.rhythm import GAMMA_HZ, Rhythms, rhythms
from quintant.labs.spiking.analysis.synchrony import synchrony
from quintant.labs.spiking.analysis.window import Array

if TYPE_CHECKING:
    import pyarrow as pa

SILENT = "no spikes after the burn-in"
SEGMENT_MS = 512.0


@dataclass(frozen=True)
class Spikes:
    """Of one population after the burn-in, sorted: times from the start of the window, ids from 0."""

    name: str
    time_ms: Array
    neuron: Array
    size: int
    duration_ms: float


@dataclass(frozen=True)
class Named:
    """A population's peaks and what they are; `why` there is no rhythm, about the window where it cannot tell."""

    spikes: Spikes
    measured: Peaks
    rhythms: Rhythms

    @property
    def why(self) -> str:
        spikes, window = self.spikes, self.measured
        if not spikes.size:
            return f"there are no {spikes.name} cells"
        if not len(spikes.time_ms):
            return SILENT
        count = f"{len(spikes.time_ms)} spikes of {spikes.name} cells in {spikes.duration_ms:g} ms"
        if window.least_depth >= 1:
            return f"cannot tell: {count} are too few to tell any rhythm from chance"
        return (
            f"no peak above chance: with {count} a rhythm is told from {window.slowest_hz:.3g} Hz on, "
            f"where it modulates the rate by {100 * window.least_depth:.2g} % or more"
        )

    @property
    def why_no_gamma(self) -> str:
        low, high = GAMMA_HZ
        first = self.rhythms.first
        if first is None:
            return self.why
        band = [multiple_of for peak, multiple_of in zip(self.measured.peaks, self.rhythms.harmonic_of, strict=True)
                if multiple_of and low <= peak.frequency_hz <= high]  # fmt: skip
        sentence = f"no rhythm from {low:g} to {high:g} Hz: the strongest is at {first.frequency_hz:.3g} Hz"
        return f"{sentence}, and the peaks in this band are multiples of {band[0]:.3g} Hz" if band else sentence


def named(spikes: Spikes) -> Named:
    measured = peaks(spikes.time_ms, spikes.neuron, spikes.size, spikes.duration_ms)
    return Named(spikes, measured, rhythms(measured))


def whole(rhythm: Named) -> dict[str, Metric]:
    """`rhythm_…`, the strongest; `second_…`, the next one at another pace; `gamma_…`, the strongest from 30 to 80 Hz."""
    first = rhythm.rhythms.first
    no_second = "one rhythm only" if first is not None else rhythm.why
    depth = (
        math.sqrt(2 * first.power) / (len(rhythm.spikes.time_ms) * 1000 / rhythm.spikes.size / rhythm.spikes.duration_ms)
        if first
        else None
    )
    return {
        **_peak("rhythm", first, rhythm, rhythm.why),
        "rhythm_depth": Metric(
            depth, reason=None if first else rhythm.why, method="amplitude of the rhythm over the mean rate"
        ),
        **_peak("second", rhythm.rhythms.second, rhythm, no_second),
        **_peak("gamma", rhythm.rhythms.gamma, rhythm, rhythm.why_no_gamma),
    }


def brief(rhythm: Named, name: str) -> dict[str, Metric]:
    """`rhythm_peak_NAME_hz` with its power, and `gamma_peak_NAME_hz`."""
    first, gamma = rhythm.rhythms.first, rhythm.rhythms.gamma
    return {
        f"rhythm_peak_{name}_hz": _frequency(first, rhythm, rhythm.why),
        f"rhythm_power_{name}": Metric(first.power if first else None, "Hz²", reason=None if first else rhythm.why),
        f"gamma_peak_{name}_hz": _frequency(gamma, rhythm, rhythm.why_no_gamma),
    }


def _frequency(peak: Peak | None, rhythm: Named, why: str) -> Metric:
    if peak is None:
        return Metric(None, "Hz", reason=why)
    method = f"of {rhythm.spikes.name} cells; Hann spectra of 1 ms bins, whole and in segments of at most {SEGMENT_MS:g} ms"
    return Metric(peak.frequency_hz, "Hz", method=method)


def _peak(name: str, peak: Peak | None, rhythm: Named, why: str) -> dict[str, Metric]:
    units = {"power": "Hz²", "prominence": "1", "half_width_hz": "Hz", "synchrony": "1"}
    frequency = {f"{name}_peak_hz": _frequency(peak, rhythm, why)}
    if peak is None:
        return frequency | {f"{name}_{what}": Metric(None, unit, reason=why) for what, unit in units.items()}
    spikes = rhythm.spikes
    together = synchrony(
        spikes.time_ms, spikes.neuron, spikes.size, spikes.duration_ms, peak.frequency_hz, min(SEGMENT_MS, spikes.duration_ms)
    )
    return frequency | {
        f"{name}_power": Metric(peak.power, "Hz²", method="variance of the population rate around the peak"),
        f"{name}_prominence": Metric(
            peak.prominence, method=f"power density over the background; chance reaches {peak.needed:.3g} in 1 % of windows"
        ),
        f"{name}_half_width_hz": Metric(peak.half_width_hz, "Hz"),
        f"{name}_synchrony": Metric(together, method="power at the peak over that of the same cells firing independently"),
    }


def table(populations: Sequence[Named]) -> pa.Table:
    """Every peak of every population, by frequency; `harmonic_of_hz` is null for rhythms of their own."""
    import pyarrow as pa

    rows = [
        {
            "population": rhythm.spikes.name,
            "frequency_hz": peak.frequency_hz,
            "power": peak.power,
            "prominence": peak.prominence,
            "needed": peak.needed,
            "half_width_hz": peak.half_width_hz,
            "harmonic_of_hz": harmonic,
        }
        for rhythm in populations
        for peak, harmonic in zip(rhythm.measured.peaks, rhythm.rhythms.harmonic_of, strict=True)
    ]
    real = pa.float64()
    schema = pa.schema([("population", pa.string()), *((name, real) for name in (
        "frequency_hz", "power", "prominence", "needed", "half_width_hz", "harmonic_of_hz"))])  # fmt: skip
    return pa.Table.from_pylist(rows, schema)
