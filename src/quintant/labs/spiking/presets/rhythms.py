"""Networks of the contract's cells: its default request, and gamma by PING."""

from __future__ import annotations

from quintant.lab import Expected, Preset

LEGACY = {"precision": "single", "legacy_seed_config": 0, "legacy_seed_inputs": 0}

COBA = {
    "t_ms": 2000.0, "burn_in_ms": 500.0, "n_e": 3200, "n_i": 800,
    "e_leak_mv": -60.0, "v_init_mv": -60.0, "v_reset_mv": -60.0, "g_leak_e": 0.05, "g_leak_i": 0.05,
    "t_ref_e_ms": 5.0, "t_ref_i_ms": 5.0, "tau_ampa_ms": 5.0, "tau_gaba_ms": 10.0,
    "g_leak_spread": 0.0, "capacitance_spread": 0.0, "v_th_spread_mv": 0.0, "t_ref_spread_ms": 0.0,
    "delay_ee_ms": 0.1, "delay_ei_ms": 0.1, "delay_ie_ms": 0.1, "delay_ii_ms": 0.1,
    "weights_ee": {"sparse_p": 0.02, "weight": 0.03}, "weights_ei": {"sparse_p": 0.02, "weight": 0.03},
    "weights_ie": {"sparse_p": 0.02, "weight": 0.335}, "weights_ii": {"sparse_p": 0.02, "weight": 0.335},
    "input_type": "pulse", "input_population": "all", "noise_std": 0.0, "drive_e_base": 0.0, "drive_i_base": 0.0,
    "pulse_t_ms": 0.0, "pulse_width_ms": 50.0, "pulse_amp_e": 2.0, "pulse_amp_i": 2.0,
    "targeted_subset_enabled": True, "target_fraction": 0.1,
}  # fmt: skip
"""Vogels and Abbott's conductance-based network (J. Neurosci. 2005, doi 10.1523/JNEUROSCI.3508-05.2005), its 4000 neurons and
p = 0.02 in nF, µS and nA; a tenth of the cells is kicked for 50 ms, then it sustains itself."""

RHYTHMS: tuple[Preset, ...] = (
    Preset(
        "gamma-ping",
        "Gamma by PING",
        "800 E and 200 I cells; E drives I, I silences E, and the decay of GABA sets the pace.",
        {
            "t_ms": 2000.0,
            "drive_e_start": 3.0,
            "drive_e_end": 3.0,
            "noise_std": 1.0,
            "weights_ee": {"mean": 0.0},
            "weights_ei": {"mean": 0.02, "std": 0.005},
            "weights_ie": {"mean": 0.03, "std": 0.005},
            "weights_ii": {"mean": 0.0},
        },
        seeds=3,
        expected=(
            Expected("gamma_peak_hz", 39.2, 0.9, "a second implementation of the same equations, 3 seeds", origin="reference"),
        ),
    ),
    Preset(
        "pinglab-default",
        "Pinglab's default request",
        "What GET /run of the contract runs, with its own seeds: bit for bit the same spikes on every root seed.",
        LEGACY,
        expected=(
            Expected(
                "spikes", 21811, 0, "Pinglab's arithmetic at commit 3da065e, reproduced independently", origin="reference"
            ),
        ),
    ),
    Preset(
        "asynchronous-irregular",
        "Asynchronous irregular activity that sustains itself",
        "4000 cells, one in fifty connected: after a kick of 50 ms the network goes on by itself, without a rhythm.",
        COBA,
        seeds=3,
        expected=(
            Expected(
                "rate_e_hz",
                19.9,
                2.2,
                "this network in Brian2 2.11 and a second implementation: 19.5-21.8 Hz",
                origin="reference",
            ),
            Expected("isi_cv_e", 1.6, 0.2, "the same: 1.55-1.68", origin="reference"),
        ),
    ),
)
