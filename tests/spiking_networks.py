"""Runs of the spiking engine without a platform, for its tests."""

from __future__ import annotations

from typing import Any

from quintant.config import parse
from quintant.lab import Result, Streams
from quintant.labs.spiking import LAB
from quintant.labs.spiking.engine.simulation import Simulation, start
from quintant.testing import conformance

LEGACY = {"precision": "single", "legacy_seed_config": 0, "legacy_seed_inputs": 0, "legacy_seed_weights": 0}
EVEN = {"g_leak_spread": 0.0, "capacitance_spread": 0.0, "v_th_spread_mv": 0.0, "t_ref_spread_ms": 0.0, "noise_std": 0.0}
"""No heterogeneity, no noise."""


def simulation(root: int = 1, **raw: Any) -> Simulation:
    config = parse(LAB.config, raw)
    return start(config, Streams.derive(root, LAB.purposes))


def finished(root: int = 1, **raw: Any) -> Simulation:
    state = simulation(root, **raw)
    while state.done < state.steps:
        state.advance()
    return state


def spikes(root: int = 1, **raw: Any) -> tuple[Any, Any]:
    state = finished(root, **raw)
    return state.spikes_of(0, state.steps)


def result(root: int = 1, **raw: Any) -> Result:
    return conformance.run(LAB, parse(LAB.config, raw), root)[1]


def constant(current: float) -> dict[str, float]:
    return {"drive_e_start": current, "drive_e_end": current}
