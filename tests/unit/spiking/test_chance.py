"""Replicates are refused exactly where the root seed draws nothing."""

import pytest

from quintant.config import parse
from quintant.labs.spiking.chance import seedless
from quintant.labs.spiking.config import SpikingConfig

STILL = {"noise_std": 0.0, "g_leak_spread": 0.0, "capacitance_spread": 0.0, "v_th_spread_mv": 0.0, "t_ref_spread_ms": 0.0}
LEGACY = {"legacy_seed_config": 1, "legacy_seed_inputs": 1, "legacy_seed_weights": 1}


@pytest.mark.parametrize(
    "config",
    [
        {},
        {**STILL, "noise_std_i": 0.1},
        {**STILL, "v_th_spread_mv": 1.0},
        {**STILL, "weights_ei": {"mean": 0.02, "std": 0.01}},
        {**STILL, "weights_ei": {"sparse_p": 0.1, "weight": 0.1}},
        {**STILL, "input_type": "external_spike_train"},
        {**LEGACY, "legacy_seed_inputs": None},
    ],
)
def test_something_is_drawn(config):
    assert seedless(parse(SpikingConfig, config)) is None


def test_nothing_is_drawn():
    assert "nothing is drawn" in seedless(parse(SpikingConfig, STILL))
    assert "own seeds" in seedless(parse(SpikingConfig, LEGACY))
