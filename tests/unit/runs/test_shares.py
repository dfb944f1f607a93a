"""A lab's shares have intervals between 0 and 1, wherever replicates are put together."""

from __future__ import annotations

import pytest

from quintant import registry
from quintant.lab import Metric
from quintant.runs.statistics import over_replicates


@pytest.mark.parametrize(
    ("lab", "metric", "scale"),
    [
        ("federated", "test_accuracy", "share"), ("federated", "test_accuracy_3", "share"), ("federated", "asr", "share"),
        ("federated", "test_loss", "linear"), ("spiking", "coherence_peak", "share"), ("spiking", "rhythm_peak_hz", "linear"),
        ("chip", "accuracy", "share"), ("chip", "spikes", "linear"), ("optical", "bitrate_blocking", "share"),
        ("optical", "blocking", "log"), ("persona", "phq9_change", "linear"),
    ],
)  # fmt: skip
def test_the_lab_says_which_metrics_are_shares(lab, metric, scale):
    assert registry.labs()[lab].scale(metric) == scale


@pytest.mark.parametrize("scale", ["share", "linear"])
def test_three_replicates_of_a_share(scale):
    estimate = over_replicates([Metric(value, "1") for value in (0.5, 0.95, 0.95)], scale)
    assert (estimate.high == 1.0) is (scale == "share")
    assert estimate.low > 0


def test_what_is_no_share_after_all_is_not_cut():
    assert over_replicates([Metric(value, "1") for value in (0.5, 1.5, 1.0)], "share").high > 1.5
