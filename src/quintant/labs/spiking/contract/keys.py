"""Every override key of the contract: where it stands on the wire and which key of the SpikingConfig it sets.

Type, bounds, unit, default and meaning are those of the native key; only what the wire alone knows is told here.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Union, get_args, get_origin

from quintant.labs.spiking.config import SpikingConfig

Section = Literal["config", "inputs", "weights"]
Kind = Literal["int", "float", "bool", "word", "floats", "block"]
TOP = ("config", "inputs", "weights", "performance_mode", "max_spikes", "burn_in_ms")
OF_WEIGHTS = ("config", "weights")
SEEDS = {"legacy_seed_config": 0, "legacy_seed_inputs": 0, "legacy_seed_weights": 0}
"""The wire's own seeds, which a request that names none gets."""


@dataclass(frozen=True)
class Key:
    """One override key. `native` None: accepted and used by nothing, as in the original."""

    section: Section
    name: str
    native: str | None
    kind: Kind = "float"
    allowed: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        return f"{self.section}.{self.name}"


CONFIG = {
    "dt": "dt_ms", "T": "t_ms", "N_E": "n_e", "N_I": "n_i", "seed": "legacy_seed_config", "neuron_model": "neuron_model",
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
    "pulse_onset_ms": None, "pulse_duration_ms": None, "pulse_interval_ms": None, "pulse_amplitude_E": None,
    "pulse_amplitude_I": None,
}  # fmt: skip
INPUTS = {
    "input_type": "input_type", "input_population": "input_population",
    "I_E_start": "drive_e_start", "I_E_end": "drive_e_end", "I_I_start": "drive_i_start", "I_I_end": "drive_i_end",
    "I_E_base": "drive_e_base", "I_I_base": "drive_i_base",
    "noise_std": "noise_std", "noise_std_E": "noise_std_e", "noise_std_I": "noise_std_i", "seed": "legacy_seed_inputs",
    "sine_freq_hz": "sine_freq_hz", "sine_amp": "sine_amp", "sine_y_offset": "sine_y_offset", "sine_phase": "sine_phase_rad",
    "sine_phase_offset_i": "sine_phase_offset_i_rad",
    "lambda0_hz": "lambda0_hz", "mod_depth": "mod_depth", "envelope_freq_hz": "envelope_freq_hz", "phase_rad": "phase_rad",
    "w_in": "w_in", "tau_in_ms": "tau_in_ms",
    "pulse_t_ms": "pulse_t_ms", "pulse_width_ms": "pulse_width_ms", "pulse_interval_ms": "pulse_interval_ms",
    "pulse_amp_E": "pulse_amp_e", "pulse_amp_I": "pulse_amp_i",
    "targeted_subset_enabled": "targeted_subset_enabled", "target_population": "target_population",
    "target_strategy": "target_strategy", "target_fraction": "target_fraction", "target_seed": "target_seed",
}  # fmt: skip
WEIGHTS = {
    "ee": "weights_ee", "ei": "weights_ei", "ie": "weights_ie", "ii": "weights_ii", "clamp_min": "weight_clamp_min",
    "seed": "legacy_seed_weights",
}  # fmt: skip


def _key(section: Section, name: str, native: str | None) -> Key:
    if native is None:
        return Key(section, name, None)
    if native.startswith("weights_"):
        return Key(section, name, native, "block")
    kind = SpikingConfig.model_fields[native].annotation
    if get_origin(kind) in (Union, types.UnionType):
        kind = next(part for part in get_args(kind) if part is not type(None))
    if get_origin(kind) is Literal:
        return Key(section, name, native, "word", get_args(kind))
    if get_origin(kind) is tuple:
        return Key(section, name, native, "floats")
    kinds: Mapping[Any, Kind] = {int: "int", float: "float", bool: "bool"}
    return Key(section, name, native, kinds[kind])


def _table(section: Section, keys: Mapping[str, str | None]) -> Mapping[str, Key]:
    return {name: _key(section, name, native) for name, native in keys.items()}


KEYS: Mapping[Section, Mapping[str, Key]] = {
    "config": _table("config", CONFIG), "inputs": _table("inputs", INPUTS), "weights": _table("weights", WEIGHTS),
}  # fmt: skip
PATHS: Mapping[str, str] = {
    **{key.native: key.path for table in KEYS.values() for key in table.values() if key.native},
    "burn_in_ms": "burn_in_ms",
}
"""Native key -> where it stands on the wire."""
