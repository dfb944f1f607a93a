from __future__ import annotations

import pytest

from fusion_configs import fusion
from quintant.labs.optical.engine import departures


def said(**changes) -> dict[str, str]:
    return {one["about"]: one["says"] for one in departures.of(fusion(**changes))}


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
    everything = departures.of(
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
    assert {one["kind"] for one in everything} == {"departure", "kept"}
    assert all(one["says"].endswith(".") for one in everything)
