"""The files that a replay leaves, and that other runs leave none of FUSION's."""

import csv
import io
import json

from quintant.lab import Event, Metric, Outcome
from quintant.labs.optical import results
from quintant.labs.optical.config import OpticalConfig
from quintant.labs.optical.contract import decode

LOAD = {"iter_stats": {"0": {"sim_block_list": [0.1]}}, "blocking_mean": 0.1, "ci_rate_block": 0.01, "blocking_variance": 0.0}


def outcome(state="completed", **more):
    decoded = decode.decode("minimal", {})
    facts = {
        "run_id": "a1b2c3d4e5f6",
        "name": "n",
        "state": state,
        "config": decoded.config,
        "root_seed": 42,
        "metrics": {},
        "tables": {},
        "documents": {"fusion": {"50.0": LOAD, "52.5": LOAD}},
        "created_at": "2024-01-15T10:00:00Z",
        "started_at": "2024-01-15T10:00:01Z",
        "ended_at": "2024-01-15T10:05:03Z",
        "events": [
            Event("created"),
            Event("erlang_start", {"erlang": 50.0, "erlang_index": 0, "total_erlangs": 2}),
            Event("progress", {"fraction": 0.1}),
            Event("state", {"to": state, "reason": None}),
        ],
        "request": {"template": "minimal", "merged": decoded.merged},
    }
    return Outcome(**{**facts, **more})


def rendered(**more):
    return {file.path: file.data for file in results.files(outcome(**more))}


def test_a_completed_replay_leaves_fusions_files():
    files = rendered()
    folder = "output/nsfnet/0115/10_00_01_000000/s1"
    assert list(files) == [
        "config.ini",
        "progress.jsonl",
        f"{folder}/50_erlang.json",
        f"{folder}/52.5_erlang.json",
        f"{folder}/loads.csv",
    ]
    assert json.loads(files[f"{folder}/50_erlang.json"]) == {**LOAD, "sim_end_time": "0115_10_05_03_000000"}
    rows = list(csv.DictReader(io.StringIO(files[f"{folder}/loads.csv"].decode())))
    assert [(row["erlang"], row["blocking_mean"], row["ci_rate_block"]) for row in rows] == [
        ("50", "0.1", "0.01"),
        ("52.5", "0.1", "0.01"),
    ]


def test_the_frozen_configuration_is_the_run():
    text = rendered()["config.ini"].decode()
    assert text.startswith("# Run a1b2c3d4e5f6, from template minimal.")
    assert decode.examine_ini(text).decoded.config == decode.decode("minimal", {}).config


def test_the_progress_is_one_object_a_line():
    lines = [json.loads(line) for line in rendered()["progress.jsonl"].splitlines()]
    assert lines == [
        {"type": "erlang_start", "erlang": 50, "erlang_index": 0, "total_erlangs": 2},
        {"type": "complete", "exit_code": 0, "summary": {"total_time_seconds": 302.0}},
    ]


def test_when_it_begins_only_the_configuration_is_there():
    assert list(rendered(state="running", documents={}, ended_at=None)) == ["config.ini"]


def test_a_failed_run_tells_why_in_its_progress():
    files = rendered(state="failed", documents={}, events=[Event("state", {"to": "failed", "reason": "no way"})])
    assert list(files) == ["config.ini", "progress.jsonl"]
    assert json.loads(files["progress.jsonl"]) == {"type": "error", "message": "no way"}


def test_a_native_run_leaves_its_metrics_as_a_table():
    files = rendered(
        request=None,
        config=OpticalConfig(),
        documents={},
        metrics={"blocking": Metric(0.03, low=0.02, high=0.04, n=10, method="batch means")},
    )
    assert list(files) == ["metrics.csv"]
    assert files["metrics.csv"].decode().splitlines() == [
        "metric,value,unit,low,high,n,method,reason",
        "blocking,0.03,1,0.02,0.04,10,batch means,",
    ]
