"""The energy estimate: arithmetic by hand, ranges, what is not priced, a user's own coefficients."""

from __future__ import annotations

import pytest

from quintant.labs.chip.config import ChipConfig, EnergyCoefficients
from quintant.labs.chip.energy import PRICES, PROFILES, SOURCES, TERMS, TITLES, Counts, document, prices

COUNTS = Counts(synaptic_operations=1000, neuron_updates=500, spikes_routed=200, learning_updates=10)
SIZE = {"neurons": 5, "steps": 100, "spikes": 50, "synapses": 20, "pairs": 25}


def test_loihi_by_hand():
    told = document(COUNTS, **SIZE)
    assert told["parts_nj"] == pytest.approx(
        {"synaptic_operations": 23.6, "neuron_updates": 40.5, "spikes_routed": 1.04, "learning_updates": 1.2}
    )
    assert told["total_nj"] == pytest.approx(66.34)
    assert told["low_nj"] == pytest.approx(12.7 + 26.0 + 0.34 + 1.2)
    assert told["high_nj"] == pytest.approx(26.0 + 40.5 + 2.92 + 1.2)
    assert told["estimate"] is True and told["unpriced"] == []
    assert told["activation_sparsity"] == pytest.approx(0.9) and told["connection_sparsity"] == pytest.approx(0.2)


def test_power_only_where_a_step_has_a_length():
    assert document(COUNTS, **SIZE)["mean_power_uw"] is None
    assert document(COUNTS, **SIZE, step_ms=2.0)["mean_power_uw"] == pytest.approx(66.34 / 200)


def test_what_nobody_published_is_left_out_and_said():
    told = document(COUNTS, profile="spinnaker", **SIZE)
    assert told["total_nj"] == pytest.approx(13_300 + 13_000)
    assert told["parts_nj"]["spikes_routed"] is None
    assert told["unpriced"] == ["spikes_routed", "learning_updates"]
    assert "spikes routed and learning updates" in told["note"]
    still = document(Counts(1, 1, 0), profile="spinnaker", **SIZE)
    assert still["unpriced"] == []


def test_own_coefficients_replace_all_and_carry_their_source():
    own = EnergyCoefficients(synaptic_operation_pj=10.0, neuron_update_pj=0.0, spike_pj=1.0, source="measured by us, 2025")
    told = document(COUNTS, own=own, **SIZE)
    assert (told["profile"], told["source"], told["total_nj"]) == ("own", "measured by us, 2025", pytest.approx(10.2))
    assert told["low_nj"] == told["high_nj"] == told["total_nj"]
    assert all(one["source"] == "measured by us, 2025" for one in told["coefficients"])


@pytest.mark.parametrize("profile", PROFILES)
def test_every_coefficient_lies_in_its_range_and_names_a_source(profile):
    for term, price in prices(profile).items():
        assert 0 < price.low_pj <= price.pj <= price.high_pj
        assert term in TERMS and len(price.source) > 20
    assert profile in TITLES and profile in SOURCES and set(PRICES[profile]) >= {"synaptic_operations", "neuron_updates"}


def test_the_config_names_the_same_profiles():
    schema = ChipConfig.model_json_schema()["properties"]["energy_profile"]
    assert tuple(schema["enum"]) == PROFILES


def test_nothing_divides_by_zero():
    told = document(Counts(0, 0, 0), neurons=0, steps=0, spikes=0, synapses=0, pairs=0, step_ms=1.0)
    assert (told["total_nj"], told["activation_sparsity"], told["connection_sparsity"], told["mean_power_uw"]) == (
        0,
        None,
        None,
        None,
    )
