"""Artifacts over a socket: what a run leaves, its headers, its previews, and what stays shut."""

import json

import pytest

from quintant.testing.leaving import leave


@pytest.fixture(scope="module")
def base(finished):
    return f"/api/runs/{finished['id']}/artifacts"


@pytest.fixture(scope="module")
def results(client, base):
    """The path of the folder with the loads' files."""
    path = "output"
    for _ in range(4):
        (entry,) = client.get(base, params={"path": path}).json()["entries"]
        assert entry.keys() == {"name", "type", "modified_at", "size_bytes"} and entry["type"] == "directory"
        assert entry["size_bytes"] is None, "a folder has no size of its own"
        path += f"/{entry['name']}"
    return path


def test_the_runs_folder(client, base):
    found = client.get(base).json()
    assert found["path"] == ""
    entries = {entry["name"]: entry for entry in found["entries"]}
    assert {"config.ini", "logs", "output", "progress.jsonl"} <= set(entries)
    assert entries["logs"]["type"] == "directory" and entries["config.ini"]["size_bytes"] > 500
    assert list(entries) == sorted(entries)


def test_the_results_of_each_load(client, base, results):
    assert results.startswith("output/nsfnet/") and results.endswith("/s1")
    entries = client.get(base, params={"path": results}).json()["entries"]
    assert [entry["name"] for entry in entries] == ["300_erlang.json", "400_erlang.json", "loads.csv"]


def test_a_download_has_the_contracts_headers(client, base, results):
    answer = client.get(f"{base}/{results}/300_erlang.json")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["content-disposition"] == 'attachment; filename="300_erlang.json"'
    assert int(answer.headers["content-length"]) == len(answer.content)
    document = answer.json()
    assert {"iter_stats", "link_usage", "blocking_mean", "ci_rate_block", "sim_end_time"} <= set(document)
    assert list(document["iter_stats"]) == ["0", "2"], "save_step keeps the first and the last"
    assert document["iter_stats"]["2"]["sim_block_list"][-1] is not None


def test_the_progress_file_is_what_the_stream_told(client, finished, base):
    lines = [json.loads(line) for line in client.get(f"{base}/progress.jsonl").text.splitlines()]
    with client.stream("GET", f"/api/runs/{finished['id']}/progress") as response:
        streamed = [json.loads(line[6:]) for line in response.iter_lines() if line.startswith("data: {")]
    for told in streamed:
        told.pop("cursor")
    plain = [{key: value for key, value in told.items() if key != "ts"} for told in streamed]
    assert [{key: value for key, value in told.items() if key != "ts"} for told in lines[:-1]] == plain[:-1]
    assert lines[-1]["type"] == plain[-1]["type"] == "complete"


@pytest.mark.parametrize("suffix", ["", "/preview"])
@pytest.mark.parametrize(
    "path",
    [
        "%2e%2e/%2e%2e/quintant.db",
        "..%2f..%2fquintant.db",
        "%2e%2e%2fnothing-there",
        "/etc/passwd",
        "%2fetc%2fpasswd",
        "output/%2e%2e/%2e%2e/x",
        "..%5cx",
        "C:%5cx",
        "x%00y",
    ],
)
def test_paths_that_lead_outside_are_403_whether_they_exist_or_not(client, base, path, suffix):
    answer = client.get(f"{base}/{path}{suffix}")
    assert answer.status_code == 403, answer.text
    assert "leads outside the run's folder" in answer.json()["detail"]


@pytest.mark.parametrize("path", ["..", "../..", "/", "/etc", "output/../.."])
def test_listing_outside_is_403(client, base, path):
    assert client.get(base, params={"path": path}).status_code == 403


def test_a_link_out_of_the_folder_is_403(client, runs, finished, base, tmp_path):
    (tmp_path / "secret.txt").write_text("secret")
    link = runs.folder(finished["id"]) / "escape.txt"
    link.symlink_to(tmp_path / "secret.txt")
    try:
        for suffix in ("", "/preview"):
            assert client.get(f"{base}/escape.txt{suffix}").status_code == 403
    finally:
        link.unlink()


def test_what_is_not_there_is_404_and_a_folder_is_no_file(client, base, results):
    answer = client.get(f"{base}/{results}/50_erlang.json")
    assert (answer.status_code, answer.json()) == (404, {"detail": f"File not found: {results}/50_erlang.json"})
    assert client.get(f"{base}/output").status_code == 400
    assert client.get(base, params={"path": "nothing"}).status_code == 404
    assert {entry["name"] for entry in client.get(base, params={"path": "plots"}).json()["entries"]} >= {
        "blocking.png",
        "link_load.png",
    }
    assert client.get(base, params={"path": "config.ini"}).json()["detail"].startswith("path: Not a directory")


def test_previews(client, runs, finished, base, results):
    found = client.get(f"{base}/{results}/300_erlang.json/preview").json()
    assert (found["path"], found["type"], found["truncated"]) == (f"{results}/300_erlang.json", "json", False)
    assert found["content"] == client.get(f"{base}/{results}/300_erlang.json").json()
    found = client.get(f"{base}/{results}/loads.csv/preview", params={"max_lines": 2}).json()
    assert (found["type"], found["truncated"], len(found["content"].splitlines())) == ("csv", True, 2)
    found = client.get(f"{base}/config.ini/preview", params={"max_size": 10}).json()
    assert (found["type"], found["truncated"], len(found["content"])) == ("text", True, 10)
    png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x03\x20\0\0\x02\x58\x08\x02\0\0\0"
    leave(runs, finished["id"], "pictures/own.png", png)
    found = client.get(f"{base}/pictures/own.png/preview").json()
    assert found == {
        "path": "pictures/own.png",
        "type": "image",
        "content_url": f"{base}/pictures/own.png",
        "width": 800,
        "height": 600,
    }
    assert client.get(found["content_url"]).headers["content-type"] == "image/png"


@pytest.mark.parametrize("query", ["max_lines=0", "max_lines=x", "max_size=0", "max_size=-5", "max_size=1e9"])
def test_a_bad_limit_of_a_preview_is_400(client, base, query):
    answer = client.get(f"{base}/config.ini/preview?{query}")
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith(query.partition("=")[0])


def test_the_frozen_configuration_can_be_run_again(client, runs, finished, base):
    content = client.get(f"{base}/config.ini").text
    assert client.post("/api/configs/validate", json={"content": content}).json()["valid"] is True
    again = client.post("/api/runs", json={"config": finished["config"]}).json()
    runs.wait(again["id"], 60)
    first, second = runs.get(finished["id"]), runs.get(again["id"])
    assert first.config_hash == second.config_hash
    assert first.exact_hash == second.exact_hash
