"""The fields of RunResponse and WeightsResponse from a Run's Result and a preview of its weights."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from quintant.figure.decimation import positions
from quintant.labs.spiking.analysis import decode
from quintant.labs.spiking.analysis.window import Array
from quintant.labs.spiking.contract.schema import EMPTY, RUN
from quintant.labs.spiking.preview import BLOCKS, Preview

if TYPE_CHECKING:
    import pyarrow as pa

    from quintant.lab import Result
    from quintant.labs.spiking.config import SpikingConfig

NONE: Array = np.empty(0)
METRICS = {
    "mean_rate_E": "isi_rate_e_hz", "mean_rate_I": "isi_rate_i_hz", "isi_cv_E": "isi_cv_e", "isi_mean_E_ms": "isi_mean_e_ms",
    "isi_inverse_E_hz": "isi_inverse_e_hz", "autocorr_peak": "autocorr_peak", "xcorr_peak": "xcorr_peak",
    "coherence_peak": "coherence_peak", "lagged_coherence": "lagged_coherence", "psd_peak_freq_hz": "psd_peak_hz",
    "psd_peak_bandwidth_hz": "psd_peak_bandwidth_hz", "psd_peak_q_factor": "psd_peak_q",
}  # fmt: skip
"""Wire name -> metric. What could not be measured (None) is 0 on the wire."""


SHORT_TABLES = ("spikes",)
"""What `short` reads of a Result."""


@dataclass(frozen=True)
class Timing:
    """Wall times of the phases in ms, taken from the Run's Record: the platform's clock, not the engine's."""

    core_sim_ms: float
    weights_build_ms: float
    analysis_ms: float
    input_prep_ms: float


def timing(record: Mapping[str, Any]) -> Timing:
    timings = record.get("timings", {})
    phases = timings.get("phases_s", {})
    seconds = phases.get("simulate"), timings.get("init_s"), timings.get("result_s"), phases.get("input")
    return Timing(*(1000.0 * float(phase_s or 0.0) for phase_s in seconds))


def short(result: Result, config: SpikingConfig, took: Timing, max_spikes: int | None) -> dict[str, Any]:
    """performance_mode: spikes, counts, labels and times; every other field is 0 or empty."""
    table = result.tables["spikes"]
    kept = positions(table.num_rows, max_spikes)
    kind = _column(table, "type")
    inhibitory = int(np.count_nonzero(kind))
    return {
        **{name: EMPTY.get(type_) for name, type_ in RUN.items()},
        "spikes": {"times": _column(table, "time_ms")[kept], "ids": _column(table, "neuron")[kept], "types": kind[kept]},
        "core_sim_ms": took.core_sim_ms,
        "runtime_ms": took.core_sim_ms,
        "num_steps": math.ceil(config.t_ms / config.dt_ms),
        "num_spikes": table.num_rows,
        "total_e_spikes": table.num_rows - inhibitory,
        "total_i_spikes": inhibitory,
        "spikes_truncated": len(kept) < table.num_rows,
        "layer_labels": ["L1", "I"] if config.n_i else ["L1"],
        "input_prep_ms": took.input_prep_ms,
        "weights_build_ms": took.weights_build_ms,
        "analysis_ms": took.analysis_ms,
    }


def full(result: Result, config: SpikingConfig, took: Timing, max_spikes: int | None, seen: Preview) -> dict[str, Any]:
    """Every field, with all spikes in the metrics however many are returned."""
    return {
        **short(result, config, took, max_spikes),
        **{name: _measured(result, metric) for name, metric in METRICS.items()},
        **_rates(result.tables["rates"], config),
        **_membranes(result.tables.get("traces"), config),
        **_correlations(result.tables["correlation"], config),
        **_spectrum(result.tables["psd_5ms"], config),
        **_input(result, config),
        **weights(seen, config),
    }


def weights(seen: Preview, config: SpikingConfig) -> dict[str, Any]:
    """WeightsResponse: one list per E layer and block in `blocks`; nothing without E cells."""
    return {
        "weights_hist_bins": seen.histograms.centre,
        **{f"weights_hist_counts_{name}": seen.histograms.counts[name] for name in BLOCKS},
        **{f"weights_hist_blocks_{name}": [seen.bins[name]] if config.n_e else [] for name in BLOCKS},
        "weights_heatmap": list(seen.heatmap),
    }


def _measured(result: Result, name: str) -> float:
    metric = result.metrics.get(name)
    return 0.0 if metric is None or metric.value is None else float(metric.value)


def _layers(config: SpikingConfig, e: Array, i: Array) -> list[Array]:
    return [e, i] if config.n_i else [e]


def _rates(table: pa.Table, config: SpikingConfig) -> dict[str, Any]:
    at, e, i = (_column(table, name) for name in ("time_ms", "rate_e_hz", "rate_i_hz"))
    low_e, low_i = decode.low_pass(e), decode.low_pass(i)
    body: dict[str, Any] = {
        "population_rate_t_ms": at, "population_rate_hz_E": e, "population_rate_hz_I": i,
        "population_rate_hz_layers": _layers(config, e, i),
        "decode_lowpass_hz_E": low_e, "decode_lowpass_hz_I": low_i, "decode_lowpass_hz_layers": _layers(config, low_e, low_i),
    }  # fmt: skip
    if config.input_type != "external_spike_train":
        return body
    envelope = _envelope(at, config)
    layers = _layers(config, envelope, np.zeros(len(at)))
    fits = [decode.agreement(low, own) for low, own in zip(_layers(config, low_e, low_i), layers, strict=True)]
    return body | {
        "decode_envelope_hz": envelope, "decode_envelope_hz_layers": layers,
        "decode_corr": fits[0][0], "decode_rmse": fits[0][1],
        "decode_corr_layers": [corr for corr, _ in fits], "decode_rmse_layers": [error for _, error in fits],
    }  # fmt: skip


def _membranes(table: pa.Table | None, config: SpikingConfig) -> dict[str, Any]:
    """The first E cell and the first I cell, at every step."""
    if table is None:
        return {}
    neuron, at, v, g_e, g_i = (_column(table, name) for name in ("neuron", "time_ms", "v_mv", "g_e", "g_i"))
    e, i = neuron == 0 if config.n_e else np.zeros(len(neuron), bool), neuron == config.n_e
    return {
        "membrane_t_ms": at[neuron == neuron[0]] if len(neuron) else NONE,
        "membrane_V_E": v[e], "membrane_V_I": v[i], "membrane_V_layers": _layers(config, v[e], v[i]),
        "membrane_g_e_E": g_e[e], "membrane_g_i_E": g_i[e], "membrane_g_e_I": g_e[i], "membrane_g_i_I": g_i[i],
    }  # fmt: skip


def _correlations(table: pa.Table, config: SpikingConfig) -> dict[str, Any]:
    """A curve that nothing could be correlated for (fewer than two neurons) is empty, and so are its lags."""
    lags = _column(table, "lag_ms")
    auto, cross = "autocorrelation", "cross_correlation"
    curve = {name: _column(table, name) if table.column(name).null_count == 0 else NONE for name in table.column_names}

    def lags_of(name: str) -> Array:
        return lags if len(curve[name]) else NONE

    return {
        "autocorr_lags_ms": lags_of(f"{auto}_e"), "autocorr_corr": curve[f"{auto}_e"],
        "autocorr_lags_layers_ms": _layers(config, lags_of(f"{auto}_e"), lags_of(f"{auto}_i")),
        "autocorr_corr_layers": _layers(config, curve[f"{auto}_e"], curve[f"{auto}_i"]),
        "xcorr_lags_ms": lags_of(f"{cross}_e"), "xcorr_corr": curve[f"{cross}_e"],
        "xcorr_lags_layers_ms": _layers(config, lags_of(f"{cross}_e"), lags_of(f"{cross}_i")),
        "xcorr_corr_layers": _layers(config, curve[f"{cross}_e"], curve[f"{cross}_i"]),
        "coherence_lags_ms": lags_of("coherence_e"), "coherence_corr": curve["coherence_e"],
    }  # fmt: skip


def _spectrum(table: pa.Table, config: SpikingConfig) -> dict[str, Any]:
    e, i = _column(table, "power_e"), _column(table, "power_i")
    return {"psd_freqs_hz": _column(table, "frequency_hz"), "psd_power": e, "psd_power_layers": _layers(config, e, i)}


def _input(result: Result, config: SpikingConfig) -> dict[str, Any]:
    table = result.tables["input"]
    at, e, i = (_column(table, name) for name in ("time_ms", "mean_e", "mean_i"))
    body: dict[str, Any] = {
        "input_t_ms": at, "input_mean_E": e, "input_mean_I": i, "input_mean_layers": _layers(config, e, i),
    }  # fmt: skip
    if "spike_fraction_e" not in table.column_names:
        return body
    fraction, none = _column(table, "spike_fraction_e"), np.zeros(len(at))
    envelope = _envelope(at, config)
    raster = result.tables.get("input_raster")
    times, ids = (NONE, NONE) if raster is None else (_column(raster, "time_ms"), _column(raster, "source"))
    return body | {
        **{f"{name}_E": fraction for name in ("input_raw_spike_fraction", "input_spike_fraction")},
        **{f"{name}_I": none for name in ("input_raw_spike_fraction", "input_spike_fraction")},
        **{f"{name}_layers": _layers(config, fraction, none) for name in ("input_raw_spike_fraction", "input_spike_fraction")},
        "input_raw_raster_times_ms_layers": _layers(config, times, NONE),
        "input_raw_raster_ids_layers": _layers(config, ids, NONE),
        "input_envelope_hz": envelope, "input_envelope_hz_layers": _layers(config, envelope, none),
    }  # fmt: skip


def _envelope(time_ms: Array, config: SpikingConfig) -> Array:
    return decode.envelope_hz(time_ms, config.lambda0_hz, config.mod_depth, config.envelope_freq_hz, config.phase_rad)


def _column(table: pa.Table, name: str) -> Array:
    """A column as an array; nulls (a population of none) are zeros."""
    column = table.column(name)
    if column.null_count:
        return np.zeros(len(column))
    result: Array = column.to_numpy()
    return result
