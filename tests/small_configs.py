"""A small config or several of every lab, for tests that hold for all of them."""

SMALL = {
    "spiking": [
        {"n_e": 40, "n_i": 10, "t_ms": 400.0},
        {"n_e": 40, "n_i": 10, "t_ms": 150.0, "burn_in_ms": 50.0, "drive_e_start": 1.5, "drive_e_end": 1.5},
        {"n_e": 8, "n_i": 2, "t_ms": 300.0, "drive_e_start": 1.5, "drive_e_end": 1.5, "noise_std": 0.0, "g_leak_spread": 0.0,
         "capacitance_spread": 0.0, "v_th_spread_mv": 0.0, "t_ref_spread_ms": 0.0},
        {"n_e": 40, "n_i": 10, "t_ms": 300.0, "legacy_seed_config": 0, "legacy_seed_inputs": 0, "legacy_seed_weights": 0},
    ],
    "chip": [
        {"timesteps": 60},
        {"timesteps": 40, "plasticity": "stdp", "graded": True, "weights_every_steps": 10,
         "connections": [{"source": "excitatory", "target": "inhibitory", "topology": "random_sparse", "p": 0.2, "weight": 600,
                          "seed": 1}],
         "probes": [{"population": "inhibitory", "neurons": [0, 1]}]},
        {"timesteps": 30, "network_seed": 1, "plasticity": "three_factor", "rewards": [{"timestep": 20, "value": 100}],
         "stimuli": [{"population": "excitatory", "current": 700, "probability": 0.3}], "readout": "inhibitory",
         "samples": [{"label": 0},
                     {"label": 1, "stimuli": [{"population": "inhibitory", "events": [[1, 1], [2, 1]], "current": 900}]}]},
    ],
    "federated": [
        {"dataset_keyword": "digits", "model_type": "mlp", "num_of_rounds": 2, "num_of_clients": 3},
    ],
    "persona": [
        {"backend": {"kind": "scripted"}, "memory": False, "condition": "STRESS", "duration_days": 6,
         "assessment_interval_days": 3},
        {"backend": {"kind": "scripted"}, "scoring": "self_report", "memory": False, "condition": "TRAUMA", "duration_days": 4,
         "recovery_condition": "CONTROL", "recovery_from_day": 3, "assessment_interval_days": 2, "personas": ["kara"]},
    ],
    "toy": [{"steps": 4}, {"steps": 3, "asks": True}],
    "optical": [
        {"requests": 2000, "warmup_requests": 500},
        {"mode": "replay", "topology": "nsfnet", "holding": "exponential", "requests": 200, "replay_loads_erlang": [50.0, 90.0],
         "demand": {"kind": "rates", "shares_by_gbps": {"100": 1.0}}, "modulations": "default", "warmup_requests": 0},
        {"requests": 400, "warmup_requests": 100, "max_segments": 4, "modulations": "default", "topology": "nsfnet",
         "demand": {"kind": "rates", "shares_by_gbps": {"100": 0.5, "400": 0.5}}},
    ],
}  # fmt: skip
