"""Every key does what its `when` says: read, it changes what the engine does; not read, it changes nothing and is told."""

from __future__ import annotations

from typing import Any

import pytest

from quintant.config import parse
from quintant.labs.optical import LAB
from quintant.testing import trials
from quintant.testing.trials import Trial

RING = {
    "name": "ring",
    "nodes": [{"id": name} for name in "abcdef"],
    "links": [
        {"source": a, "target": b, "length_km": km}
        for a, b, km in zip("abcdefad", "bcdefadf", (400, 900, 500, 700, 600, 800, 300, 1100), strict=True)
    ],
    "core_nodes": ["a", "c", "e"],
}
SMALL: dict[str, Any] = {
    "topology": RING, "load_erlang": 60.0, "slots": 40, "requests": 400, "warmup_requests": 80, "batches": 8,
    "holding": "exponential", "demand": {"kind": "rates", "shares_by_gbps": {"100": 0.5, "200": 0.25, "400": 0.25}},
    "modulations": "default", "k_paths": 3,
}  # fmt: skip
UNIFORM = {"demand": {"kind": "uniform", "low_gbps": 25, "high_gbps": 100}, "modulations": "deeprmsa"}
SLOTS = {"demand": {"kind": "slots", "shares_by_slots": {"2": 0.5, "4": 0.5}}}
MATRIX = [[0 if a == b else 1 + (a + 2 * b) % 3 for b in range(6)] for a in range(6)]
CUT = {"failure": {"kind": "link", "link": ["a", "b"], "at_arrival": 100, "repair_after_arrivals": 150}}
REPLAY = {"mode": "replay", "replay_iterations": 3}
DENSE = {"load_erlang": 150.0, "l_slots": 24, "cores": 7}
CHECKED = {"snr": "nli", "load_erlang": 120.0, "snr_threshold_db": 13.0}
CROWDED = {**CHECKED, "cores": 7, "load_erlang": 150.0, "snr_threshold_db": 8.5, "modulations": "snr"}
TABLES = {"snr": "crosstalk", "cores": 7, "load_erlang": 400.0, "modulations": "xtar"}
STRICT = {"QPSK": -40.0, "16-QAM": -50.0, "64-QAM": -60.0}
SLICED = {"max_segments": 8, "load_erlang": 150.0, "snr": "nli"}
TRIALS: dict[str, Trial] = {
    "mode": Trial("replay"),
    "topology": Trial("nsfnet"),
    "traffic_nodes": Trial("core"),
    "demand": Trial({"kind": "rates", "shares_by_gbps": {"100": 1.0}}),
    "traffic_matrix": Trial(MATRIX),
    "load_erlang": Trial(90.0, unread={**REPLAY, "replay_loads_erlang": [50.0]}),
    "fixed_grid": Trial(unread=SLOTS),
    "modulations": Trial("xtar", unread=SLOTS),
    "modulation_choice": Trial("all", CHECKED, unread=SLOTS),
    "slot_width_ghz": Trial(25.0, UNIFORM, unread={}),
    "search_order": Trial(beside=DENSE),
    "k_paths": Trial(2),
    "dynamic_slicing": Trial(beside=SLICED),
    "failure": Trial(CUT["failure"]),
    "restoration_latency_ms": Trial(beside={**CUT, **REPLAY}),
    "protection": Trial("link"),
    "protection_switchover_ms": Trial(beside={**CUT, **REPLAY, "protection": "link", "load_erlang": 20.0}),
    "revert_to_primary": Trial(beside={**CUT, **REPLAY, "protection": "link"}),
    "snr": Trial("nli"),
    "phi": Trial({"QPSK": 5.0, "16-QAM": 5.0, "64-QAM": 5.0}, {**CHECKED, "egn": True}),
    "egn": Trial(beside=CROWDED),
    "xt_noise": Trial(beside=CROWDED),
    "xt_type": Trial(beside={"cores": 7, "load_erlang": 150.0}),
    "beta": Trial(0.9, {"cores": 7, "load_erlang": 150.0}),
    "requested_xt_db": Trial(STRICT, TABLES),
    "snr_recheck": Trial(beside=CHECKED),
    "recheck_adjacent_cores": Trial(beside={**TABLES, "snr_recheck": True}),
    "recheck_crossband": Trial(beside={**CHECKED, "snr_recheck": True, "l_slots": 24, "slots": 20}),
    "max_requests": Trial(401, {"target_half_width": 0.001, "max_requests": 1000}),
    "target_half_width": Trial(0.5),
    "replay_loads_erlang": Trial([50.0, 90.0]),
    "replay_seeds": Trial([7, 8, 9]),
    "replay_iterations": Trial(2),
    "replay_save_step": Trial(1, {"mode": "replay", "replay_iterations": 12, "replay_save_step": 10}),
    "replay_stop_at_interval": Trial(beside={"mode": "replay", "replay_iterations": 12}),
}  # fmt: skip
ECHOES = ("assumptions",)
"""The document that says in sentences what the config says in keys."""


@pytest.mark.parametrize("name", trials.names(LAB))
def test_a_key_that_is_read_has_an_effect(name):
    trials.has_an_effect(LAB, SMALL, name, TRIALS.get(name, Trial()), ECHOES)


@pytest.mark.parametrize("name", trials.conditional(LAB))
def test_a_key_that_is_not_read_has_none_and_is_told(name):
    trials.has_no_effect(LAB, SMALL, name, TRIALS.get(name, Trial()))


def test_no_preset_says_what_nothing_reads():
    for name, preset in LAB.presets.items():
        told = [str(problem) for problem in parse(LAB.config, preset.config).unread(tuple(preset.config))]
        assert told == [], name
