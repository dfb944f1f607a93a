"""Everything that is measured of one run's spikes, as the metrics and tables of its Result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from quintant.lab import Metric
from quintant.labs.spiking.analysis.correlation import EMPTY, Correlations, Curve, correlations
from quintant.labs.spiking.analysis.intervals import Intervals, intervals
from quintant.labs.spiking.analysis.lagged import lagged_coherence
from quintant.labs.spiking.analysis.rates import counted_rate_hz, population_rate
from quintant.labs.spiking.analysis.spectrum import (
    BACKGROUND_BAND_HZ,
    LEAST_PROMINENCE,
    RHYTHM_BAND_HZ,
    Rhythm,
    Spectrum,
    compatible,
    compatible_peak,
    fine,
    fine_rate,
    rhythm,
)
from quintant.labs.spiking.analysis.synchrony import LEAST_SYNCHRONY, synchrony
from quintant.labs.spiking.analysis.timing import timing
from quintant.labs.spiking.analysis.window import Array, after_burn_in

if TYPE_CHECKING:
    import pyarrow as pa

SILENT = "no spikes after the burn-in"
ONE_SPIKE = "no neuron has two spikes after the burn-in"


@dataclass(frozen=True)
class Measured:
    metrics: Mapping[str, Metric]
    tables: Mapping[str, pa.Table]


def measure(
    time_ms: Array,
    neuron: Array,
    n_e: int,
    n_i: int,
    *,
    duration_ms: float,
    dt_ms: float,
    burn_in_ms: float,
    rhythms: bool = True,
) -> Measured:
    """Metrics and tables of spikes sorted by time; ids 0 … n_e - 1 are E, the next n_i are I.

    Tables: `rates` (whole run, 5 ms bins; a population of none has nulls); with `rhythms` also `correlation` (lags of
    5 ms), `psd_5ms` (Pinglab's), `psd` (1 ms bins) and `timing` (I after E). Without: counts and count rates only.
    """
    window = after_burn_in(burn_in_ms, duration_ms, dt_ms)
    e_ms, e_id = window.select(time_ms, neuron, 0, n_e)
    i_ms, i_id = window.select(time_ms, neuron, n_e, n_i)
    spikes_e = int(np.count_nonzero(neuron < n_e))
    metrics = {
        "spikes": Metric(len(time_ms)),
        "spikes_e": Metric(spikes_e),
        "spikes_i": Metric(len(time_ms) - spikes_e),
        "rate_e_hz": _rate(len(e_ms), n_e, window.duration_ms),
        "rate_i_hz": _rate(len(i_ms), n_i, window.duration_ms),
    }
    tables = {"rates": _rates(time_ms, neuron, n_e, n_i, duration_ms)}
    if not rhythms:
        return Measured(metrics, tables)

    e, i = intervals(e_ms, e_id, n_e), intervals(i_ms, i_id, n_i)
    both = correlations(e_ms, e_id, n_e, window.duration_ms)
    of_i = correlations(i_ms, i_id, n_i, window.duration_ms)
    rate_e = population_rate(e_ms, n_e, window.duration_ms)[1]
    coarse = compatible(rate_e)
    coarse_i = compatible(population_rate(i_ms, n_i, window.duration_ms)[1])
    fine_e = fine_rate(e_ms, n_e, window.duration_ms)
    spectrum, spectrum_i = fine(fine_e), fine(fine_rate(i_ms, n_i, window.duration_ms))
    after = timing(e_ms, i_ms, window.duration_ms)
    metrics |= {
        **_rhythm(rhythm(fine_e, spectrum), spectrum, e_ms, e_id, n_e, window.duration_ms),
        **_intervals(e, i),
        **_correlations(both, rate_e, len(e_ms)),
        **_compatible(coarse),
        "i_follows_e_ms": Metric(
            after.follows_ms,
            "ms",
            reason=None if after.follows_ms is not None else "needs spikes of both populations after the burn-in",
        ),
    }
    tables |= {
        "correlation": _correlation_table(both, of_i if n_i else None),
        "psd": _spectra("power_e", spectrum, "power_i", spectrum_i),
        "psd_5ms": _spectra("power_e", coarse, "power_i", coarse_i if n_i else None),
        "timing": _table(lag_ms=after.lag_ms, correlation=after.correlation),
    }
    return Measured(metrics, tables)


def _rate(spikes: int, size: int, duration_ms: float) -> Metric:
    rate = counted_rate_hz(spikes, size, duration_ms)
    return Metric(rate, "Hz", n=spikes, reason=None if rate is not None else "the population is empty")


def _rhythm(
    found: Rhythm | None, spectrum: Spectrum, time_ms: Array, neuron: Array, size: int, duration_ms: float
) -> dict[str, Metric]:
    """The peak where it is above background and cells make it together; a lone cell needs nobody."""
    if found is None:
        return _no_rhythm(SILENT if not len(time_ms) else (
            f"no peak above background: none between {RHYTHM_BAND_HZ[0]:g} and {RHYTHM_BAND_HZ[1]:g} Hz has a prominence of "
            f"{LEAST_PROMINENCE:g} times the median power from {BACKGROUND_BAND_HZ[0]:g} to {BACKGROUND_BAND_HZ[1]:g} Hz"
        ))  # fmt: skip
    segment_ms = 1000.0 / spectrum.resolution_hz
    together = synchrony(time_ms, neuron, size, duration_ms, found.frequency_hz, segment_ms)
    if size > 1 and together < LEAST_SYNCHRONY:
        return _no_rhythm(f"no rhythm: cells fire regularly, but not together; the power at {found.frequency_hz:.3g} Hz is "
                          f"{together:.2g} times that of the same cells firing independently, {LEAST_SYNCHRONY:g} are needed",
                          together)  # fmt: skip
    return {
        "gamma_synchrony": Metric(together, method="power at the peak over that of the same cells firing independently"),
        "gamma_peak_hz": Metric(
            found.frequency_hz, "Hz", method=f"Welch, 1 ms bins, resolution {spectrum.resolution_hz:.3g} Hz"
        ),
        "gamma_power": Metric(found.power, "Hz²/Hz"),
        "gamma_prominence": Metric(found.prominence),
        "gamma_half_width_hz": Metric(found.half_width_hz, "Hz"),
    }


def _no_rhythm(why: str, together: float | None = None) -> dict[str, Metric]:
    units = {"gamma_peak_hz": "Hz", "gamma_power": "Hz²/Hz", "gamma_prominence": "1", "gamma_half_width_hz": "Hz"}
    return {
        **{name: Metric(None, unit, reason=why) for name, unit in units.items()},
        "gamma_synchrony": Metric(together, reason=why if together is None else None),
    }


def _intervals(e: Intervals, i: Intervals) -> dict[str, Metric]:
    mean, cv = e.mean_of_means_ms, e.cv
    why = None if cv is not None else ONE_SPIKE
    return {
        "isi_rate_e_hz": Metric(e.rate_hz, "Hz", n=len(e.neuron)),
        "isi_rate_i_hz": Metric(i.rate_hz, "Hz", n=len(i.neuron)),
        "isi_cv_e": Metric(cv, n=len(e.neuron), reason=why),
        "isi_cv_i": Metric(i.cv, n=len(i.neuron), reason=None if i.cv is not None else ONE_SPIKE),
        "isi_mean_e_ms": Metric(mean, "ms", n=len(e.neuron), reason=why),
        "isi_inverse_e_hz": Metric(1000.0 / mean if mean else None, "Hz", n=len(e.neuron), reason=why),
    }


def _correlations(found: Correlations, rate_e: Array, spikes: int) -> dict[str, Metric]:
    lagged = lagged_coherence(rate_e)
    peaks = {"autocorr_peak": found.autocorrelation, "xcorr_peak": found.cross_correlation, "coherence_peak": found.coherence}
    return {
        **{
            name: Metric(
                curve.peak if spikes and len(curve.value) else None,
                reason=None if spikes and len(curve.value) else SILENT if not spikes else "needs two E neurons",
            )
            for name, curve in peaks.items()
        },
        "lagged_coherence": Metric(
            lagged, reason=None if lagged is not None else "needs two windows of 600 ms after the burn-in"
        ),
    }


def _compatible(found: Spectrum) -> dict[str, Metric]:
    peak = compatible_peak(found)
    varies = bool(len(found.power)) and float(np.max(found.power)) > 0
    why = None if varies else SILENT
    return {
        "psd_peak_hz": Metric(peak.frequency_hz if varies else None, "Hz", reason=why),
        "psd_peak_bandwidth_hz": Metric(peak.bandwidth_hz if varies else None, "Hz", reason=why),
        "psd_peak_q": Metric(peak.q_factor if varies else None, reason=why),
    }


def _rates(time_ms: Array, neuron: Array, n_e: int, n_i: int, duration_ms: float) -> pa.Table:
    is_e = neuron < n_e
    at, e = population_rate(time_ms[is_e], n_e, duration_ms)
    i = population_rate(time_ms[~is_e], n_i, duration_ms)[1]
    return _table(time_ms=at, rate_e_hz=e if n_e else None, rate_i_hz=i if n_i else None)


def _correlation_table(e: Correlations, i: Correlations | None) -> pa.Table:
    def value(curve: Curve) -> Array | None:
        return curve.value if len(curve.value) else None

    lags = max((found.autocorrelation.lag_ms for found in (e, i) if found), key=len, default=EMPTY.lag_ms)
    return _table(
        lag_ms=lags,
        autocorrelation_e=value(e.autocorrelation),
        cross_correlation_e=value(e.cross_correlation),
        coherence_e=value(e.coherence),
        autocorrelation_i=value(i.autocorrelation) if i else None,
        cross_correlation_i=value(i.cross_correlation) if i else None,
    )


def _spectra(name_e: str, e: Spectrum, name_i: str, i: Spectrum | None) -> pa.Table:
    frequency = e.frequency_hz if len(e.frequency_hz) or i is None else i.frequency_hz
    columns: dict[str, Any] = {name_e: e.power if len(e.power) else None, name_i: i.power if i and len(i.power) else None}
    return _table(frequency_hz=frequency, **columns)


def _table(**columns: Array | None) -> pa.Table:
    """Columns of doubles; None is a column of nulls, as long as the first one."""
    import pyarrow as pa

    length = len(next(values for values in columns.values() if values is not None))
    return pa.table(
        {
            name: pa.nulls(length, pa.float64()) if values is None else pa.array(values, pa.float64())
            for name, values in columns.items()
        }
    )
