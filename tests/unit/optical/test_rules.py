"""The words that a user meets; each case is one broken rule, and the whole text is pinned."""

from __future__ import annotations

import pytest

from quintant.config import parse
from quintant.errors import ConfigError
from quintant.labs.optical.config import OpticalConfig

RATES = {"kind": "rates"}
REPLAY = {
    "mode": "replay",
    "holding": "exponential",
    "requests": 1000,
    "demand": {"kind": "rates", "shares_by_gbps": {"100": 1.0}},
}
TWO = {
    "name": "two",
    "nodes": [{"id": "a"}, {"id": "b"}],
    "links": [{"source": "a", "target": "b", "length_km": 5.0, "reverse_length_km": 6.0}],
}


def faults(raw: dict) -> list[str]:
    try:
        parse(OpticalConfig, raw)
    except ConfigError as error:
        return [str(problem) for problem in error.problems]
    return []


BROKEN = [
    ({"k_paths": 0}, "k_paths: must be at least 1; got 0."),
    ({"load_erlang": -5.0}, "load_erlang: must be greater than 0; got -5.0."),
    (
        {"demand": {"kind": "rates", "shares_by_gbps": {"100": 0.5, "200": 0.4}}},
        "demand.shares_by_gbps: must sum to 1; got 0.9. Divide each share by their sum.",
    ),
    ({"demand": {"kind": "rates", "shares_by_gbps": {}}}, "demand.shares_by_gbps: must name at least one class."),
    (
        {"demand": {"kind": "rates", "shares_by_gbps": {"1e2": 1.0}}},
        "demand.shares_by_gbps.1e2: must be a positive whole number of Gb/s, written plainly; got '1e2'.",
    ),
    (
        {"demand": {"kind": "uniform", "low_gbps": 100, "high_gbps": 25}},
        "demand.high_gbps: must be at least low_gbps (100); got 25.",
    ),
    (
        {"modulations": "default", "demand": {"kind": "rates", "shares_by_gbps": {"250": 1.0}}},
        "demand.shares_by_gbps.250: must be a bit rate of the modulation table: 25, 50, 100, 200, 400 Gb/s; got 250.",
    ),
    (
        {"modulations": "default"},
        "demand: asks for 26 Gb/s, which the modulation table does not know; it knows 25, 50, 100, 200, 400. Choose "
        "modulations deeprmsa, which has a spectral efficiency for every rate.",
    ),
    ({"modulations": []}, "modulations: must name at least one format."),
    ({"traffic_nodes": "core"}, "traffic_nodes: must be all: topology 'nsfnet_deeprmsa' lists no core nodes."),
    (
        {"topology": TWO, "directed": False},
        "topology.links.0.reverse_length_km: needs directed: true; a link whose directions share one spectrum has one length.",
    ),
    (
        {"topology": TWO, "traffic_matrix": [[0.0, 1.0]]},
        "traffic_matrix: must be 2 x 2, one row and column per node of 'two' in its order; got 1 rows of [2] columns.",
    ),
    (
        {"topology": TWO, "traffic_matrix": [[1.0, 1.0], [0.0, 0.0]]},
        "traffic_matrix.0.0: must be 0: node 'a' sends nothing to itself; got 1.",
    ),
    ({"topology": TWO, "traffic_matrix": [[0.0, 0.0], [0.0, 0.0]]}, "traffic_matrix: must have a value above 0."),
    (
        {"allocation": "priority_first", "cores": 3},
        "cores: must be 7 with allocation 'priority_first', which knows the order of seven cores; got 3.",
    ),
    (
        {"allocation": "xt_aware", "cores": 5},
        "cores: must be one of 1, 3, 4, 7, 13, 19 with allocation 'xt_aware', which needs to know which cores are "
        "neighbours; got 5.",
    ),
    (
        {"protection": "link", "max_segments": 4},
        "max_segments: must be 1 with protection: a backup protects one lightpath, not slices; got 4.",
    ),
    ({"failure": {"kind": "link"}}, "failure.link: is required by failure kind 'link'."),
    (
        {"failure": {"kind": "link", "link": ["1", "99"]}},
        "failure.link: must name nodes of 'nsfnet_deeprmsa'; got '99'.",
    ),
    (
        {"failure": {"kind": "link", "link": ["1", "9"]}},
        "failure.link: must be a link of 'nsfnet_deeprmsa'; '1' and '9' are no neighbours.",
    ),
    (
        {"failure": {"kind": "node", "node": "1", "at_arrival": 200_000}},
        "failure.at_arrival: must be below the number of arrivals (110000); got 200000.",
    ),
    (
        {"failure": {"kind": "node", "node": "1", "at_arrival": 109_000}},
        "failure.repair_after_arrivals: must end before the last arrival: the failure begins at 109000 of 110000; got 1000. "
        "Lower it, or raise requests.",
    ),
    ({"requests": 10}, "requests: must be at least batches (32), one request per batch; got 10."),
    (
        {"target_half_width": 0.1, "max_requests": 5},
        "max_requests: must be at least requests (100000), the size of one round; got 5.",
    ),
    (
        {"snr": "external"},
        "snr: external needs look-up arrays of the signal quality, which no key of the config carries. Choose gsnr.",
    ),
    ({**REPLAY, "holding": "uniform"}, "holding: must be exponential in replay: FUSION draws no other; got 'uniform'."),
    (
        {**REPLAY, "replay_seeds": [1], "replay_iterations": 2},
        "replay_seeds: must hold a seed for each of the 2 iterations; got 1.",
    ),
    ({**REPLAY, "replay_seeds": [-1]}, "replay_seeds.0: must be from 0 to 4294967295; got -1."),
    (
        {**REPLAY, "demand": {"kind": "rates", "shares_by_gbps": {"100": 0.3333, "200": 0.6667}}},
        "demand.shares_by_gbps.100: must give a whole number of the 1000 requests in replay; 0.3333 x 1000 = 333.3. Choose "
        "requests so that every share is a whole number of them.",
    ),
    (
        {"slots": 100_000, "cores": 19},
        "slots: must give at most 20000000 slots in the whole network (links x cores x slots of all bands); got 83600000.",
    ),
    ({"topology": "conus75", "k_paths": 200}, None),
    (
        {"demand": {"kind": "slots", "shares_by_slots": {"101": 1.0}}},
        "demand.shares_by_slots.101: must fit into a band of 100 slots together with 1 guard slots; got 101.",
    ),
]


@pytest.mark.parametrize(("raw", "text"), BROKEN, ids=[str(index) for index in range(len(BROKEN))])
def test_broken(raw: dict, text: str | None) -> None:
    assert faults(raw) == ([] if text is None else [text])


DOUBTFUL = [
    ({}, None),
    (
        {"requests": 1000},
        "requests: is few: 1000 requests are 5.8 mean holding times, and the interval rests on 8 batches of 0.7",
    ),
    ({"warmup_requests": 100}, "warmup_requests: is short: 100 requests are 0.6 mean holding times"),
    ({"routing": "external_ksp"}, "routing: external_ksp finds its candidates like k_shortest_path"),
    ({"max_segments": 4}, "max_segments: slices requests without grooming"),
    ({"topology": "conus75", "k_paths": 200}, "k_paths: asks for up to 1110000 candidate paths"),
    (
        {
            "snr": "nli",
            "slot_width_ghz": 50.0,
            "modulations": "default",
            "demand": {"kind": "rates", "shares_by_gbps": {"100": 1.0}},
        },
        "slot_width_ghz: is 50, but the slots of the table 'default' are meant for 12.5 GHz",
    ),
]


@pytest.mark.parametrize(("raw", "text"), DOUBTFUL, ids=[str(index) for index in range(len(DOUBTFUL))])
def test_doubtful(raw: dict, text: str | None) -> None:
    warnings = [str(problem) for problem in parse(OpticalConfig, raw).warnings()]
    assert len(warnings) == (text is not None)
    assert text is None or warnings[0].startswith(text)


def test_every_fault_is_told_at_once() -> None:
    assert len(faults({"cores": 5, "allocation": "xt_aware", "requests": 10, "failure": {"kind": "geo"}})) == 3


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        ({"snr_recheck": True}, "snr_recheck"),
        ({"replay_iterations": 3}, "replay_iterations"),
        ({**REPLAY, "target_half_width": 0.1}, "target_half_width"),
        ({**REPLAY, "warmup_requests": 5}, "warmup_requests"),
        ({"beta": 0.9}, "beta"),
        ({"routing": "least_congested", "k_paths": 50}, "k_paths"),
        ({"failure": {"kind": "node", "node": "1", "center_node": "2"}}, "failure.center_node"),
    ],
)
def test_what_nothing_reads_is_told(raw: dict, path: str) -> None:
    assert [problem.path for problem in parse(OpticalConfig, raw).unread()] == [path]
