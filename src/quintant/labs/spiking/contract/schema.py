"""The fields of both responses, in the contract's order, with their types: one list for JSON, Arrow and OpenAPI."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import pyarrow as pa

Type = Literal["float", "int", "bool", "floats", "lists", "int_lists", "words", "spikes"]

_RUN = """
spikes:spikes core_sim_ms:float runtime_ms:float num_steps:int num_spikes:int total_e_spikes:int total_i_spikes:int
spikes_truncated:bool mean_rate_E:float mean_rate_I:float isi_cv_E:float isi_mean_E_ms:float isi_inverse_E_hz:float
autocorr_peak:float xcorr_peak:float coherence_peak:float lagged_coherence:float
population_rate_t_ms:floats population_rate_hz_E:floats population_rate_hz_I:floats population_rate_hz_layers:lists
decode_lowpass_hz_E:floats decode_lowpass_hz_I:floats decode_lowpass_hz_layers:lists
membrane_t_ms:floats membrane_V_E:floats membrane_V_I:floats membrane_V_layers:lists
membrane_g_e_E:floats membrane_g_i_E:floats membrane_g_e_I:floats membrane_g_i_I:floats
autocorr_lags_ms:floats autocorr_corr:floats autocorr_lags_layers_ms:lists autocorr_corr_layers:lists
xcorr_lags_ms:floats xcorr_corr:floats xcorr_lags_layers_ms:lists xcorr_corr_layers:lists
coherence_lags_ms:floats coherence_corr:floats
"""
_WEIGHTS = """
weights_hist_bins:floats weights_hist_counts_ee:floats weights_hist_counts_ei:floats weights_hist_counts_ie:floats
weights_hist_counts_ii:floats weights_hist_blocks_ee:lists weights_hist_blocks_ei:lists weights_hist_blocks_ie:lists
weights_hist_blocks_ii:lists weights_heatmap:lists
"""
_REST = """
psd_freqs_hz:floats psd_power:floats psd_power_layers:lists
input_t_ms:floats input_mean_E:floats input_mean_I:floats input_mean_layers:lists
input_raw_spike_fraction_E:floats input_raw_spike_fraction_I:floats input_raw_spike_fraction_layers:lists
input_raw_raster_times_ms_layers:lists input_raw_raster_ids_layers:int_lists
input_envelope_hz:floats input_envelope_hz_layers:lists
input_spike_fraction_E:floats input_spike_fraction_I:floats input_spike_fraction_layers:lists
decode_envelope_hz:floats decode_envelope_hz_layers:lists
decode_corr:float decode_rmse:float decode_corr_layers:floats decode_rmse_layers:floats
psd_peak_freq_hz:float psd_peak_bandwidth_hz:float psd_peak_q_factor:float layer_labels:words
input_prep_ms:float weights_build_ms:float analysis_ms:float response_build_ms:float server_compute_ms:float
"""


def _fields(*texts: str) -> Mapping[str, Type]:
    pairs = (word.split(":") for text in texts for word in text.split())
    return dict(pairs)  # type: ignore[return-value]


WEIGHTS: Mapping[str, Type] = _fields(_WEIGHTS)
"""WeightsResponse: name -> type."""
RUN: Mapping[str, Type] = _fields(_RUN, _WEIGHTS, _REST)
"""RunResponse: name -> type."""
EMPTY: Mapping[str, Any] = {"float": 0.0, "int": 0, "bool": False, "floats": [], "lists": [], "int_lists": [], "words": []}
"""What a field holds that was not asked for."""


@cache
def arrow_type(kind: Type) -> pa.DataType:
    import pyarrow as pa

    floats, ints = pa.list_(pa.float64()), pa.list_(pa.int64())
    return {
        "float": pa.float64(), "int": pa.int64(), "bool": pa.bool_(), "floats": floats, "lists": pa.list_(floats),
        "int_lists": pa.list_(ints), "words": pa.list_(pa.string()),
        "spikes": pa.struct([("times", floats), ("ids", ints), ("types", ints)]),
    }[kind]  # fmt: skip


def openapi(fields: Mapping[str, Type]) -> dict[str, Any]:
    """JSON Schema of a response."""
    number = {"type": "number"}
    numbers = {"type": "array", "items": number}
    whole = {"type": "array", "items": {"type": "integer"}}
    kinds: dict[Type, dict[str, Any]] = {
        "float": number, "int": {"type": "integer"}, "bool": {"type": "boolean"}, "floats": numbers,
        "lists": {"type": "array", "items": numbers}, "int_lists": {"type": "array", "items": whole},
        "words": {"type": "array", "items": {"type": "string"}},
        "spikes": {"type": "object", "required": ["times", "ids", "types"],
                   "properties": {"times": numbers, "ids": whole, "types": whole}},
    }  # fmt: skip
    return {"type": "object", "required": list(fields), "properties": {name: kinds[kind] for name, kind in fields.items()}}
