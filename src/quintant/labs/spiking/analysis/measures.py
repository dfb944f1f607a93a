"""Everything that is measured of one run's spikes, as the metrics and tables of its Result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from quintant.lab import Metric
from quintant.labs.spiking.analysis import named_rhythm
from quintant.labs.spiking.analysis.correlation import EMPTY, Correlations, Curve, correlations
from quintant.labs.spiking.analysis.intervals import Intervals, intervals
from quintant.labs.spiking.analysis.lagged import lagged_coherence
from quintant.labs.spiking.analysis.named_rhythm import SILENT, Spikes, named
from quintant.labs.spiking.analysis.rates import counted_rate_hz, population_rate
from quintant.labs.spiking.analysis.spectrum import Spectrum, compatible, compatible_peak, fine, fine_rate
from quintant.labs.spiking.analysis.timing import Timing, timing
from quintant.labs.spiking.analysis.window import Array, after_burn_in

if TYPE_CHECKING:
    import pyarrow as pa

ONE_SPIKE = "no neuron has two spikes after the burn-in"


@dataclass(frozen=True)
class Place:
    """A population of the user's own: ids first … first + size - 1."""

    name: str
    first: int
    size: int


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
    own: Sequence[Place] = (),
) -> Measured:
    """Metrics and tables of spikes sorted by time; ids 0 … n_e - 1 are E, the next n_i are I, of which `own` are parts.

    Tables: `rates` (whole run, 5 ms bins; a population of none has nulls); with `rhythms` also `correlation` (lags of
    5 ms), `psd_5ms` (Pinglab's), `psd` (1 ms bins), `peaks` and `timing` (I after E). Without: counts and count rates only.
    The network's rhythm is that of its E cells, of its I cells where it has no others.
    """
    window = after_burn_in(burn_in_ms, duration_ms, dt_ms)

    def spikes(name: str, first: int, size: int) -> Spikes:
        return Spikes(name, *window.select(time_ms, neuron, first, size), size, window.duration_ms)

    e, i = spikes("E", 0, n_e), spikes("I", n_e, n_i)
    groups = [spikes(place.name, place.first, place.size) for place in own]
    spikes_e = int(np.count_nonzero(neuron < n_e))
    metrics = {
        "spikes": Metric(len(time_ms)),
        "spikes_e": Metric(spikes_e),
        "spikes_i": Metric(len(time_ms) - spikes_e),
        "rate_e_hz": _rate(e),
        "rate_i_hz": _rate(i),
        **{f"rate_{group.name}_hz": _rate(group) for group in groups},
    }
    tables = {"rates": _rates(time_ms, neuron, n_e, n_i, duration_ms)}
    if not rhythms:
        return Measured(metrics, tables)

    both = correlations(e.time_ms, e.neuron, n_e, window.duration_ms)
    of_i = correlations(i.time_ms, i.neuron, n_i, window.duration_ms)
    rate_e = population_rate(e.time_ms, n_e, window.duration_ms)[1]
    coarse = compatible(rate_e)
    coarse_i = compatible(population_rate(i.time_ms, n_i, window.duration_ms)[1])
    spectra = [fine(fine_rate(population.time_ms, population.size, window.duration_ms)) for population in (e, i, *groups)]
    after = timing(e.time_ms, i.time_ms, window.duration_ms)
    rhythm_e, rhythm_i, *rhythm_own = (named(population) for population in (e, i, *groups))
    metrics |= {
        **named_rhythm.whole(rhythm_e if n_e else rhythm_i),
        **named_rhythm.brief(rhythm_i, "i"),
        **_intervals(intervals(e.time_ms, e.neuron, n_e), e, intervals(i.time_ms, i.neuron, n_i), i),
        **_correlations(both, rate_e, e),
        **_compatible(coarse, e),
        "i_follows_e_ms": _follows(after, e, i),
    }
    lags = [timing(groups[0].time_ms, group.time_ms, window.duration_ms) for group in groups]
    for group, rhythm, lag in zip(groups, rhythm_own, lags, strict=True):
        cv = intervals(group.time_ms, group.neuron, group.size).cv
        metrics |= named_rhythm.brief(rhythm, group.name)
        metrics[f"isi_cv_{group.name}"] = Metric(cv, n=group.size, reason=None if cv is not None else _no_interval(group))
        metrics[f"{group.name}_follows_ms"] = _follows(lag, groups[0], group)
    tables |= {
        "correlation": _correlation_table(both, of_i if n_i else None),
        "psd": _spectra(spectra[:2], {group.name: spectrum for group, spectrum in zip(groups, spectra[2:], strict=True)}),
        "psd_5ms": _spectra([coarse, coarse_i if n_i else None]),
        "peaks": named_rhythm.table([rhythm for rhythm in (rhythm_e, rhythm_i, *rhythm_own) if rhythm.spikes.size]),
        "timing": _timings(after, {group.name: lag for group, lag in zip(groups, lags, strict=True)}),
    }
    return Measured(metrics, tables)


def _silent(spikes: Spikes) -> str:
    return SILENT if spikes.size else f"there are no {spikes.name} cells"


def _no_interval(spikes: Spikes) -> str:
    return ONE_SPIKE if spikes.size else _silent(spikes)


def _follows(after: Timing, first: Spikes, later: Spikes) -> Metric:
    quiet = [spikes for spikes in (first, later) if not len(spikes.time_ms)]
    reason = None
    if after.follows_ms is None:
        reason = f"{_silent(quiet[0])} ({quiet[0].name})" if quiet else "the rates do not vary"
    return Metric(after.follows_ms, "ms", reason=reason, method=f"of {later.name} behind {first.name}")


def _rate(spikes: Spikes) -> Metric:
    rate = counted_rate_hz(len(spikes.time_ms), spikes.size, spikes.duration_ms)
    return Metric(rate, "Hz", n=len(spikes.time_ms), reason=None if rate is not None else f"there are no {spikes.name} cells")


def _intervals(e: Intervals, of_e: Spikes, i: Intervals, of_i: Spikes) -> dict[str, Metric]:
    mean, cv = e.mean_of_means_ms, e.cv
    why = None if cv is not None else _no_interval(of_e)
    return {
        "isi_rate_e_hz": Metric(e.rate_hz, "Hz", n=len(e.neuron)),
        "isi_rate_i_hz": Metric(i.rate_hz, "Hz", n=len(i.neuron)),
        "isi_cv_e": Metric(cv, n=len(e.neuron), reason=why),
        "isi_cv_i": Metric(i.cv, n=len(i.neuron), reason=None if i.cv is not None else _no_interval(of_i)),
        "isi_mean_e_ms": Metric(mean, "ms", n=len(e.neuron), reason=why),
        "isi_inverse_e_hz": Metric(1000.0 / mean if mean else None, "Hz", n=len(e.neuron), reason=why),
    }


def _correlations(correlations: Correlations, rate_e: Array, of_e: Spikes) -> dict[str, Metric]:
    lagged, spikes = lagged_coherence(rate_e), len(of_e.time_ms)
    peaks = {
        "autocorr_peak": correlations.autocorrelation,
        "xcorr_peak": correlations.cross_correlation,
        "coherence_peak": correlations.coherence,
    }
    return {
        **{
            name: Metric(
                curve.peak if spikes and len(curve.value) else None,
                reason=None if spikes and len(curve.value) else _silent(of_e) if not spikes else "needs two E neurons",
            )
            for name, curve in peaks.items()
        },
        "lagged_coherence": Metric(
            lagged, reason=None if lagged is not None else "needs two windows of 600 ms after the burn-in"
        ),
    }


def _compatible(spectrum: Spectrum, of_e: Spikes) -> dict[str, Metric]:
    peak = compatible_peak(spectrum)
    varies = bool(len(spectrum.power)) and float(np.max(spectrum.power)) > 0
    why = None if varies else _silent(of_e) if not len(of_e.time_ms) else "the rate does not vary"
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

    lags = max((correlations.autocorrelation.lag_ms for correlations in (e, i) if correlations), key=len, default=EMPTY.lag_ms)
    return _table(
        lag_ms=lags,
        autocorrelation_e=value(e.autocorrelation),
        cross_correlation_e=value(e.cross_correlation),
        coherence_e=value(e.coherence),
        autocorrelation_i=value(i.autocorrelation) if i else None,
        cross_correlation_i=value(i.cross_correlation) if i else None,
    )


def _spectra(both: Sequence[Spectrum | None], own: Mapping[str, Spectrum] | None = None) -> pa.Table:
    spectra = {"power_e": both[0], "power_i": both[1], **{f"power_{name}": spectrum for name, spectrum in (own or {}).items()}}
    frequency = max((spectrum.frequency_hz for spectrum in spectra.values() if spectrum is not None), key=len)
    columns = {
        name: spectrum.power if spectrum is not None and len(spectrum.power) else None for name, spectrum in spectra.items()
    }
    return _table(frequency_hz=frequency, **columns)


def _timings(after: Timing, own: Mapping[str, Timing]) -> pa.Table:
    """`correlation`: of I behind E; `correlation_NAME`: of each population behind the first one."""
    lag_ms = max((lagged.lag_ms for lagged in (after, *own.values())), key=len)
    columns = {"correlation": after, **{f"correlation_{name}": lagged for name, lagged in own.items()}}
    return _table(
        lag_ms=lag_ms, **{name: lagged.correlation if len(lagged.lag_ms) else None for name, lagged in columns.items()}
    )


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
