"""Every key of the contract: where it stands on the wire and which key of the SpikingConfig it sets.

Overrides are merged over defaults; a null inside a section means "not given"; unknown keys are ignored, aloud.
"""

from __future__ import annotations

from collections.abc import Mapping

from quintant.labs.spiking.config import SpikingConfig
from quintant.labs.spiking.contract import blocks
from quintant.wire.reader import Table, Wire

MAX_SPIKES = 30000
LEAST_MAX_SPIKES = 1000
SEED = 0
"""The wire's own seeds, which a request that names none gets."""

CONFIG = {
    "dt": "dt_ms", "T": "t_ms", "N_E": "n_e", "N_I": "n_i", "neuron_model": "neuron_model",
    "delay_ee": "delay_ee_ms", "delay_ei": "delay_ei_ms", "delay_ie": "delay_ie_ms", "delay_ii": "delay_ii_ms",
    "V_init": "v_init_mv", "E_L": "e_leak_mv", "V_th": "v_th_mv", "V_reset": "v_reset_mv",
    "E_e": "e_ampa_mv", "E_i": "e_gaba_mv",
    "C_m_E": "capacitance_e", "C_m_I": "capacitance_i", "g_L_E": "g_leak_e", "g_L_I": "g_leak_i",
    "t_ref_E": "t_ref_e_ms", "t_ref_I": "t_ref_i_ms", "tau_ampa": "tau_ampa_ms", "tau_gaba": "tau_gaba_ms",
    "g_L_heterogeneity_sd": "g_leak_spread", "C_m_heterogeneity_sd": "capacitance_spread",
    "V_th_heterogeneity_sd": "v_th_spread_mv", "t_ref_heterogeneity_sd": "t_ref_spread_ms",
    "g_Na": "g_na", "g_K": "g_k", "E_Na": "e_na_mv", "E_K": "e_k_mv",
    "adex_V_T": "adex_v_t_mv", "adex_delta_T": "adex_delta_t_mv", "adex_tau_w": "adex_tau_w_ms", "adex_a": "adex_a",
    "adex_b": "adex_b", "adex_V_peak": "adex_v_peak_mv", "g_A": "g_a",
    "fhn_a": "fhn_a", "fhn_b": "fhn_b", "fhn_tau_w": "fhn_tau_w",
    "mqif_a": "mqif_a", "mqif_Vr": "mqif_v_r_mv", "mqif_w_a": "mqif_w_a", "mqif_w_Vr": "mqif_w_v_r_mv",
    "mqif_w_tau": "mqif_w_tau_ms", "qif_a": "qif_a", "qif_Vr": "qif_v_r_mv", "qif_Vt": "qif_v_t_mv",
    "izh_a": "izh_a", "izh_b": "izh_b", "izh_c": "izh_c_mv", "izh_d": "izh_d",
}  # fmt: skip
INPUTS = {
    "input_type": "input_type", "input_population": "input_population",
    "I_E_start": "drive_e_start", "I_E_end": "drive_e_end", "I_I_start": "drive_i_start", "I_I_end": "drive_i_end",
    "I_E_base": "drive_e_base", "I_I_base": "drive_i_base",
    "noise_std": "noise_std", "noise_std_E": "noise_std_e", "noise_std_I": "noise_std_i",
    "sine_freq_hz": "sine_freq_hz", "sine_amp": "sine_amp", "sine_y_offset": "sine_y_offset", "sine_phase": "sine_phase_rad",
    "sine_phase_offset_i": "sine_phase_offset_i_rad",
    "lambda0_hz": "lambda0_hz", "mod_depth": "mod_depth", "envelope_freq_hz": "envelope_freq_hz", "phase_rad": "phase_rad",
    "w_in": "w_in", "tau_in_ms": "tau_in_ms",
    "pulse_t_ms": "pulse_t_ms", "pulse_width_ms": "pulse_width_ms", "pulse_interval_ms": "pulse_interval_ms",
    "pulse_amp_E": "pulse_amp_e", "pulse_amp_I": "pulse_amp_i",
    "targeted_subset_enabled": "targeted_subset_enabled", "target_population": "target_population",
    "target_strategy": "target_strategy", "target_fraction": "target_fraction", "target_seed": "target_seed",
}  # fmt: skip
PULSES = ("pulse_onset_ms", "pulse_duration_ms", "pulse_interval_ms", "pulse_amplitude_E", "pulse_amplitude_I")
"""Accepted in `config`, and used by nothing in the original either."""


def _section(section: str, keys: Mapping[str, str]) -> tuple[Wire, ...]:
    """The keys of a section, and its seed."""
    return (
        *(Wire(f"{section}.{name}", native) for name, native in keys.items()),
        Wire(f"{section}.seed", f"legacy_seed_{section}", default=SEED),
    )


WIRES = (
    *_section("config", CONFIG),
    *(Wire(f"config.{name}", idle="Pulses are described in inputs.") for name in PULSES),
    *_section("inputs", INPUTS),
    *(Wire(f"weights.{pair}", f"weights_{pair}", read=blocks.read) for pair in blocks.PAIRS),
    *_section("weights", {"clamp_min": "weight_clamp_min"}),
    Wire("performance_mode", kind="bool", default=True, null="refused"),
    Wire("max_spikes", kind="int", default=MAX_SPIKES, least=LEAST_MAX_SPIKES, null="value"),
    Wire("burn_in_ms", "burn_in_ms"),
)
TABLE = Table(SpikingConfig, WIRES)
RUN = ("config", "inputs", "weights", "")
"""What /run knows: three sections, and what stands beside them."""
WEIGHTS = ("config", "weights")
"""What /weights knows."""
