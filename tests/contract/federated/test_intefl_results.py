"""Result files: every listed one is served as what it is, and no path leads anywhere else."""

from __future__ import annotations

import csv
import io
import os

import httpx2
import pytest
from intefl_service import until

from quintant.testing.leaving import leave

OUTSIDE = [
    "../quintant.db", "../../quintant.db", "..%2f..%2fquintant.db.json", "%2e%2e/%2e%2e/server.json",
    "csv/../../../server.json",
    "csv/..%2f..%2f..%2fserver.json", "..%5c..%5cserver.json", "%2fetc%2fpasswd.txt", "//etc/passwd.txt", "C:%5cboot.json",
    "x%00.json", "....//server.json", "csv%2f..%2f..%2fserver.json", "file:%2f%2f%2fetc%2fpasswd.txt",
]  # fmt: skip


@pytest.fixture(scope="module")
def folder(runs, finished):
    run = next(one for one in runs.list(limit=1000).items if (one.request or {}).get("simulation_id") == finished)
    return runs.folder(run.id)


@pytest.fixture(scope="module")
def place(finished) -> str:
    return f"/api/simulations/{finished}/results"


def test_every_listed_file_is_served_as_what_it_is(client, finished, place):
    files = client.get(f"/api/simulations/{finished}").json()["result_files"]
    assert files == sorted(files)
    starts = {"png": b"\x89PNG", "pdf": b"%PDF", "html": b"<!DOCTYPE html>"}
    kinds = {
        "png": "image/png",
        "pdf": "application/pdf",
        "html": "text/html",
        "csv": "application/json",
        "json": "application/json",
    }
    for path in files:
        answer = client.get(f"{place}/{path}")
        ending = path.rpartition(".")[2]
        assert answer.status_code == 200, path
        assert answer.headers["content-type"].partition(";")[0] == kinds[ending]
        assert answer.content.startswith(starts.get(ending, b"")), path
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_what_an_ended_run_left_may_be_kept_and_what_can_change_may_not(client, place):
    for path, told in (("plot_data_0.json", "private, max-age=3600"), ("config.json", "no-cache"), ("status.json", "no-cache")):
        assert client.get(f"{place}/{path}").headers["cache-control"] == told


def test_the_run_directory_has_the_contracts_files(client, finished):
    files = set(client.get(f"/api/simulations/{finished}").json()["result_files"])
    for n in (0, 1):
        assert {
            f"strategy_config_{n}.json", f"plot_data_{n}.json", f"csv/per_client_metrics_{n}.csv", f"csv/round_metrics_{n}.csv",
            f"csv/exec_stats_{n}.csv", f"removal_criterion_history_{n}.pdf", f"absolute_distance_history_{n}.pdf",
            f"loss_history_{n}.pdf", f"accuracy_history_{n}.pdf", f"attack_snapshots_{n}/summary.json",
        } <= files  # fmt: skip
    across = ("aggregated_loss", "average_accuracy", "score_calculation_time_nanos", "removal_f1", "total_fp_and_fn")
    assert {f"{name}_history.pdf" for name in across} <= files
    assert "MANIFEST.json" in files
    assert not any(path.startswith(("config.json", "dataset_")) for path in files)


def test_texts_are_in_the_runs_own_folder_as_they_are_served(client, place, folder):
    for path in ("csv/round_metrics_0.csv", "csv/exec_stats_1.csv"):
        answer = client.get(f"{place}/{path}?download=true")
        assert answer.content == (folder / path).read_bytes()
        assert answer.headers["content-disposition"] == f'attachment; filename="{path.partition("/")[2]}"'
        rows = list(csv.DictReader(io.StringIO(answer.text)))
        assert [list(row) for row in rows] == [list(row) for row in client.get(f"{place}/{path}").json()]
    assert (folder / "latex/round_metrics_0.tex").is_file()
    assert (folder / "CITATION.bib").is_file()
    assert not list(folder.rglob("*.pickle")) + list(folder.rglob("*.pkl"))


def test_a_page_is_sandboxed_and_framed_by_our_own_pages_only(client, place):
    policy = client.get(f"{place}/attack_snapshots_0/index.html").headers["content-security-policy"]
    rules = dict(rule.strip().partition(" ")[::2] for rule in policy.split(";"))
    assert rules["sandbox"] == ""
    assert rules["default-src"] == "'none'"
    assert rules["img-src"] == "'self' data:"
    assert "'self'" in rules["frame-ancestors"].split()
    assert "http://localhost:5173" in rules["frame-ancestors"].split()
    assert "*" not in rules["frame-ancestors"]


def test_every_picture_that_attack_snapshots_names_is_there(client, finished, place):
    told = client.get(f"/api/simulations/{finished}/attack-snapshots").json()
    assert told["has_snapshots"] is True
    assert [strategy["strategy_number"] for strategy in told["strategies"]] == [0, 1]
    seen = 0
    for strategy in told["strategies"]:
        assert strategy["summary"]["attack_summary"]["clients_attacked"] == [0]
        for one in strategy["snapshots"]:
            shown = one["visualizations"]
            assert one["image_path"] == shown["primary"]
            paths = [path for slot, path in shown.items() if slot != "additional" and path] + list(shown["additional"].values())
            for path in paths:
                seen += 1
                assert client.get(f"{place}/{path}").status_code == 200, path
    stacked = next(one for one in told["strategies"][0]["snapshots"] if one["round_num"] == 2)
    assert stacked["attack_type"] == "label_flipping_gradient_scaling"
    assert stacked["is_weight_attack"] is True
    assert stacked["flip_summary"]["flipped_samples"] > 0
    assert stacked["visualizations"]["weight_histogram"].endswith("client_0/round_2/gradient_scaling_weight_histogram.png")
    assert seen > 10


@pytest.mark.parametrize("path", OUTSIDE)
def test_a_path_that_leads_out_serves_nothing(address, finished, path):
    raw = f"{address}/api/simulations/{finished}/results/{path}"
    answer = httpx2.get(raw)
    assert answer.status_code in (400, 404), (answer.status_code, answer.text[:200])
    assert "root:" not in answer.text
    assert "pid" not in answer.text


@pytest.mark.parametrize("path", ["..%2f..%2fserver.json", "csv%2f..%2f..%2fserver.json", "..%5cserver.json", "%2fserver.json"])
def test_what_names_its_way_out_is_told_so(address, finished, path):
    answer = httpx2.get(f"{address}/api/simulations/{finished}/results/{path}")
    assert (answer.status_code, answer.json()["detail"]) == (400, "Invalid path specified.")


@pytest.mark.parametrize(
    "path", ["output.log", "run.log", "CITATION.bib", "latex/round_metrics_0.tex", "result.arrow", "csv", "", "x.PNG"]
)
def test_other_types_are_not_served(client, place, path):
    answer = client.get(f"{place}/{path}")
    assert (answer.status_code, answer.json()["detail"]) == (400, "Unsupported file type.")


@pytest.mark.parametrize(
    "path", ["record.json", "result.json", "events.json", "csv/x.csv", "a" * 300 + ".json", ".hidden.json"]
)
def test_files_that_the_run_directory_does_not_have_are_not_served(client, place, path):
    """The Run's folder holds more than the contract knows; a name is served because the contract has it."""
    answer = client.get(f"{place}/{path}")
    assert (answer.status_code, answer.json()["detail"]) == (404, "Result file not found.")


def test_a_link_that_leaves_the_folder_is_not_followed(client, place, folder, tmp_path):
    secret = tmp_path / "secret.csv"
    secret.write_text("top,secret\n1,2\n")
    (folder / "planted.csv").symlink_to(secret)
    assert client.get(f"{place}/planted.csv").status_code == 404
    real = folder / "csv" / "exec_stats_0.csv"
    kept = real.read_bytes()
    real.unlink()
    real.symlink_to(secret)
    try:
        answer = client.get(f"{place}/csv/exec_stats_0.csv")
        assert (answer.status_code, answer.json()["detail"]) == (400, "Invalid path specified.")
    finally:
        real.unlink()
        real.write_bytes(kept)


def test_a_named_pipe_in_a_files_place_does_not_hang_the_server(client, place, folder):
    real = folder / "csv" / "exec_stats_1.csv"
    kept = real.read_bytes()
    real.unlink()
    os.mkfifo(real)
    try:
        assert client.get(f"{place}/csv/exec_stats_1.csv", timeout=10).status_code == 200  # rendered anew
    finally:
        real.unlink()
        real.write_bytes(kept)


def test_a_file_that_somebody_spoilt_is_refused_in_words(client, runs, place, folder):
    real = folder / "csv" / "exec_stats_0.csv"
    kept = real.read_bytes()
    try:
        for spoilt in (b"a,b\n1,2,3\n", b"\xff\xfe\x00"):
            real.write_bytes(spoilt)
            answer = client.get(f"{place}/csv/exec_stats_0.csv")
            assert (answer.status_code, "was changed after it was recorded" in answer.json()["detail"]) == (409, True)
            leave(runs, folder.name, "csv/exec_stats_0.csv", spoilt)
            answer = client.get(f"{place}/csv/exec_stats_0.csv")
            assert (answer.status_code, answer.json()["detail"].partition(": ")[0]) == (500, "Failed to process CSV file")
    finally:
        leave(runs, folder.name, "csv/exec_stats_0.csv", kept)


def test_names_given_by_users_cannot_act_in_a_page(client, runs):
    body = {
        "display_name": "<script>alert(1)</script>", "dataset_keyword": "digits", "model_type": "mlp", "num_of_rounds": 1,
        "num_of_clients": 2, "save_attack_snapshots": True, "aggregation_strategy_keyword": "fedavg",
        "attack_schedule": [
            {"attack_type": "label_flipping", "start_round": 1, "end_round": 1, "selection_strategy": "specific",
             "malicious_client_ids": [0]}
        ],
    }  # fmt: skip
    id = client.post("/api/simulations", json=body).json()["simulation_id"]
    until(lambda: client.get(f"/api/simulations/{id}/status").json()["status"] == "completed", 60)
    for path in client.get(f"/api/simulations/{id}").json()["result_files"]:
        if path.endswith(".html"):
            assert "<script" not in client.get(f"/api/simulations/{id}/results/{path}").text
    assert client.get(f"/api/simulations/{id}").headers["content-type"] == "application/json"
    client.delete(f"/api/simulations/{id}")
