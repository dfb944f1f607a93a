"""Published blocking (docs/labs/optical.md has the table, with what was measured beside what was printed).

A value is reproduced when it is within two printed standard deviations where one is printed; else when the 95 % interval
over replicates, widened by the rounding of the print, contains it or misses it by at most 15 %.

The tables came from code whose equal paths stood in networkx's order; XLRON sorted them by SHA-256 later. Each family of
set-ups is held to the order that its preset names.
"""

from __future__ import annotations

import pytest
from experiment import blocking, preset

GENERATOR, SHA256 = "generator", "sha256"

STANDARD_DEVIATIONS = [  # preset, changes, printed %, deviation
    ("deeprmsa-nsfnet", {}, 3.07, 0.20),
    ("deeprmsa-nsfnet", {"path_ties": GENERATOR}, 3.07, 0.20),
    ("deeprmsa-nsfnet-km", {}, 5.13, 0.32),
    ("deeprmsa-nsfnet-km", {"path_ties": GENERATOR}, 5.13, 0.32),
    ("deeprmsa-nsfnet-k50", {}, 2.48, 0.20),
]
BY_KM = [
    *(("gcn-nsfnet", load, printed) for load, printed in ((154, 0.78), (168, 1.11), (182, 1.59), (196, 2.19), (210, 2.87))),
    *(("mask-nsfnet", load, printed) for load, printed in ((100, 1.08), (120, 2.31), (140, 4.09), (160, 6.25))),
]
BY_HOPS = [
    *(("gcn-nsfnet", load, printed) for load, printed in ((154, 0.06), (168, 0.13), (182, 0.32), (196, 0.66), (210, 1.14))),
    *(("mask-nsfnet", load, printed) for load, printed in ((120, 0.62), (140, 2.30), (160, 4.59))),
]


def percent(name: str, roots: range, **changes: object) -> tuple[float, float]:
    mean, half = blocking(preset(name, **changes), roots)
    return 100 * mean, 100 * half


def reproduced(mean: float, half: float, printed: float) -> bool:
    low, high = mean - half - 0.005, mean + half + 0.005  # printed with two decimals
    return low <= printed <= high or min(abs(printed - low), abs(printed - high)) <= 0.15 * printed


@pytest.mark.parametrize(("name", "changes", "printed", "deviation"), STANDARD_DEVIATIONS)
def test_within_two_printed_deviations(name: str, changes: dict, printed: float, deviation: float) -> None:
    mean, _ = percent(name, range(1, 4), requests=200_000, **changes)
    assert abs(mean - printed) <= 2 * deviation


@pytest.mark.parametrize(("name", "load", "printed"), BY_KM)
def test_paths_by_length(name: str, load: float, printed: float) -> None:
    mean, half = percent(name, range(1, 6), requests=200_000, load_erlang=float(load), path_order="km")
    assert reproduced(mean, half, printed), (mean, half)


@pytest.mark.parametrize(("name", "load", "printed"), BY_HOPS)
def test_paths_by_hops(name: str, load: float, printed: float) -> None:
    mean, half = percent(name, range(1, 6), requests=300_000, load_erlang=float(load))
    assert reproduced(mean, half, printed), (mean, half)


def test_the_point_that_no_single_order_of_ties_gives() -> None:
    """MaskRSA at 100 Erlang by hops, printed 0.08 %: half of it in SHA-256 order, half as much again in networkx's order on
    the shipped file. It lies between two orders that the print does not tell apart."""
    sorted_, _ = percent("mask-nsfnet", range(1, 6), requests=300_000, load_erlang=100.0)
    generated, _ = percent("mask-nsfnet", range(1, 6), requests=300_000, load_erlang=100.0, path_ties=GENERATOR)
    assert sorted_ < 0.08 < generated


@pytest.mark.slow
@pytest.mark.parametrize(("name", "changes", "printed", "deviation"), STANDARD_DEVIATIONS)
def test_within_two_printed_deviations_at_length(name: str, changes: dict, printed: float, deviation: float) -> None:
    mean, _ = percent(name, range(1, 11), requests=1_000_000, **changes)
    assert abs(mean - printed) <= 2 * deviation


@pytest.mark.slow
@pytest.mark.parametrize(
    ("order", "name", "load", "printed"), [*(("km", *row) for row in BY_KM), *(("hops", *row) for row in BY_HOPS)]
)
def test_single_runs_at_length(order: str, name: str, load: float, printed: float) -> None:
    """As the tables were made: ten environments of 10^4 requests after 3000."""
    mean, half = percent(name, range(1, 11), requests=10_000, warmup_requests=3_000, load_erlang=float(load), path_order=order)
    assert reproduced(mean, half, printed), (mean, half)


@pytest.mark.parametrize(
    "name",
    [
        "deeprmsa-cost239",
        "gcn-cost239",
        "gcn-usnet",
        "mask-jpn48",
        "ptrnet40-nsfnet",
        "ptrnet40-cost239",
        "ptrnet40-usnet",
        "ptrnet80-nsfnet",
        "ptrnet80-cost239",
        "ptrnet80-usnet",
    ],
)
def test_the_same_set_ups_elsewhere(name: str) -> None:
    """Every topology that a set-up names runs it and blocks; paths by hops block less than paths by length, as the tables
    say of every network."""
    by_hops, _ = percent(name, range(1, 2), requests=100_000)
    by_km, _ = percent(name, range(1, 2), requests=100_000, path_order="km")
    assert 0 < by_hops < by_km < 20
