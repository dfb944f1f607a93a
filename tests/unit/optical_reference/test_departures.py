from __future__ import annotations

import pytest

from fusion_configs import fusion
from quintant.labs.optical.engine import departures


def said(**changes) -> dict[str, str]:
    return {one["about"]: one["says"] for one in departures.entries(fusion(**changes))}


def test_a_plain_replay_departs_in_labels_only():
    assert set(said()) == {"block_reasons", "clock"}


@pytest.mark.parametrize(
    ("changes", "about", "word"),
    [
        ({"allocation": "last_fit"}, "allocation", "ValueError"),
        ({"allocation": "best_fit"}, "allocation", "BufferError"),
        ({"allocation": "priority_last", "cores": 7}, "allocation", "blocks everything"),
        ({"guard_slots": 2}, "guard_slots", "BufferError"),
        ({"routing": "least_congested"}, "routing", "KeyError"),
        ({"routing": "fragmentation_aware"}, "routing", "format list"),
        ({"routing": "nli_aware"}, "routing", "format list"),
        ({"routing": "1plus1_protection"}, "routing", "BufferError"),
        ({"routing": "external_ksp"}, "routing", "falls back"),
        ({"routing": "congestion_aware"}, "routing", "beyond its reach"),
        ({"max_segments": 4}, "bit_rate_blocking", "although it was served"),
        ({"snr": "nli", "snr_recheck": True}, "snr_recheck", "TypeError"),
        ({"snr": "gsnr"}, "signal width", "2 slots wider"),
    ],
)
def test_what_the_original_cannot_do_is_said(changes, about, word):
    assert word in said(**changes)[about]


def test_every_entry_is_a_departure_or_kept():
    everything = departures.entries(
        fusion(
            allocation="best_fit",
            routing="congestion_aware",
            guard_slots=2,
            max_segments=4,
            grooming=True,
            partial_service=True,
            snr="gsnr",
            snr_recheck=True,
            s_slots=10,
        )
    )
    assert {one["kind"] for one in everything} == {"departure", "kept", "not_exact"}
    assert all(one["says"].endswith(".") for one in everything)


@pytest.mark.parametrize(
    ("changes", "features"),
    [
        ({"routing": "xt_aware", "cores": 7}, "routing xt_aware"),
        ({"path_order": "hops"}, "path_order hops"),
        ({"allocation": "last_fit"}, "allocation last_fit"),
        ({"guard_slots": 2}, "2 guard slots"),
        ({"l_slots": 40}, "several bands"),
        ({"fixed_grid": True}, "fixed_grid"),
        ({"max_segments": 4, "dynamic_slicing": True}, "dynamic slicing"),
        ({"grooming": True, "partial_service": True}, "grooming, partial service"),
        ({"transponders_per_node": 5}, "a transponder limit"),
        ({"protection": "link"}, "protection"),
        ({"failure": {"kind": "node", "node": "3", "repair_after_arrivals": 5}}, "a failure"),
        ({"snr": "nli"}, "snr nli"),
    ],
)
def test_what_was_never_compared_is_called_not_exact(changes, features):
    says = said(**changes)["exactness"]
    assert says == f"Not compared with FUSION's own numbers: {features}. {departures.COMPARED}"


@pytest.mark.parametrize("changes", [{}, {"guard_slots": 0}, {"routing": "shortest_path"}, {"cores": 3, "max_segments": 4}])
def test_what_is_compared_claims_no_less(changes):
    assert "exactness" not in said(**changes)


def test_what_is_known_to_differ_is_said():
    known = departures.entries(fusion(snr="gsnr", dynamic_slicing=True, max_segments=8, partial_service=True))
    told = [one["says"] for one in known if one["kind"] == "not_exact"]
    assert len(told) == 2 and ".335 and .39" in told[1]
