"""The native API end to end, in process: what it creates, shows, refuses and leaves alone."""

from __future__ import annotations

import hashlib
import io
import zipfile

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest
from starlette.testclient import TestClient

from quintant.runs import State
from quintant.tabular import decoded
from quintant.testing.leaving import leave

V2 = "/api/v2"


def problem(answer) -> dict:
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.json()["problems"][0]


def total(client: TestClient) -> int:
    return client.get(f"{V2}/runs").json()["total"]


# --- labs ---


def test_labs_are_listed_with_their_state(client: TestClient) -> None:
    labs = {lab["name"]: lab for lab in client.get(f"{V2}/labs").json()["labs"]}
    assert labs["toy"]["state"] == "ready"
    assert labs["toy"]["presets"] == ["fair", "loaded"]
    assert labs["toy"]["headline"]["metric"] == "heads_share"


def test_a_lab_tells_its_presets_and_what_it_promises(client: TestClient) -> None:
    lab = client.get(f"{V2}/labs/toy").json()
    assert lab["default_preset"] == "fair"
    assert lab["presets"][0]["expected"][0]["value"] == 0.5
    assert lab["presets"] == client.get(f"{V2}/labs/toy/presets").json()["presets"]
    assert lab["exact"] == "platform"
    assert lab["purposes"] == ["tosses"]


def test_an_unknown_lab_gets_a_suggestion(client: TestClient) -> None:
    answer = client.get(f"{V2}/labs/tuy")
    assert answer.status_code == 404
    assert "Did you mean 'toy'?" in answer.json()["detail"]


def test_the_schema_carries_bounds_and_explanations(client: TestClient) -> None:
    bias = client.get(f"{V2}/labs/toy/schema").json()["properties"]["bias"]
    assert (bias["minimum"], bias["maximum"], bias["default"]) == (0, 1, 0.5)
    assert bias["description"] == "Probability of heads."
    assert bias["essential"] is True


def test_validation_answers_the_whole_config_and_what_changed(client: TestClient) -> None:
    told = client.post(f"{V2}/labs/toy/validate", json={"preset": "loaded", "config": {"bias": 1.0}}).json()
    assert told["valid"] is True
    assert told["changed"] == ["bias"]
    assert told["config"]["steps"] == 5
    assert told["warnings"] == [{"path": "bias", "message": "1 leaves nothing to chance.", "hint": None}]


def test_a_key_without_effect_is_told_by_validation_and_kept_with_the_run(client: TestClient) -> None:
    told = {
        "path": "misbehave_at",
        "message": "is read only when misbehave is not no, and misbehave is no: it has no effect here.",
        "hint": None,
    }
    for config in ({"misbehave_at": 2}, {"misbehave_at": 1}):
        assert client.post(f"{V2}/labs/toy/validate", json={"config": config}).json()["warnings"] == [told]
        made = client.post(f"{V2}/runs", json={"lab": "toy", "config": config}).json()
        assert made["runs"][0]["warnings"] == [told]
    again = client.post(f"{V2}/runs", json={"from_run": made["runs"][0]["id"]}).json()
    assert again["runs"][0]["warnings"] == []


def test_validation_of_a_preset_alone_changes_nothing(client: TestClient) -> None:
    assert client.post(f"{V2}/labs/toy/validate", json={"preset": "loaded"}).json()["changed"] == []


def test_validation_says_everything_that_is_wrong_and_creates_nothing(client: TestClient) -> None:
    before = total(client)
    told = client.post(f"{V2}/labs/toy/validate", json={"config": {"bias": 2, "stps": 3}}).json()
    assert told["valid"] is False
    assert {one["path"] for one in told["problems"]} == {"bias", "stps"}
    assert told["config"] is None
    assert total(client) == before


# --- creating ---


def test_a_run_is_created_and_found_by_its_location(client: TestClient) -> None:
    answer = client.post(f"{V2}/runs", json={"lab": "toy", "preset": "fair", "config": {"steps": 2}, "name": "mine"})
    assert answer.status_code == 201
    run = client.get(answer.headers["location"]).json()
    assert run["id"] == answer.json()["runs"][0]["id"]
    assert (run["name"], run["config"]["steps"], run["root_seed"]) == ("mine", 2, 42)
    assert answer.json()["sweep"] is None


def test_the_presets_seeds_are_taken_unless_others_are_given(client: TestClient) -> None:
    made = client.post(f"{V2}/runs", json={"lab": "toy", "preset": "loaded"}).json()
    assert made["sweep"]["seeds"] == 3
    assert [run["root_seed"] for run in made["runs"]] == [42, 43, 44]
    assert client.post(f"{V2}/runs", json={"lab": "toy", "preset": "loaded", "seeds": 1}).json()["sweep"] is None


def test_a_sweep_has_every_point_with_every_seed(client: TestClient) -> None:
    body = {"lab": "toy", "sweep": {"bias": {"start": 0.2, "stop": 0.4, "step": 0.1}, "steps": [1, 2]}, "seeds": 2}
    answer = client.post(f"{V2}/runs", json=body)
    made = answer.json()
    assert len(made["runs"]) == 12
    assert made["sweep"]["axes"] == {"bias": [0.2, 0.3, 0.4], "steps": [1, 2]}
    assert [run["point"] for run in made["runs"][:3:2]] == [{"bias": 0.2, "steps": 1}, {"bias": 0.2, "steps": 2}]
    assert client.get(answer.headers["location"]).json().items() >= made["sweep"].items()
    listed = client.get(f"{V2}/runs", params={"sweep": made["sweep"]["id"]}).json()
    assert listed["total"] == 12


def test_from_run_takes_its_config_and_root_seed(client: TestClient, completed: str) -> None:
    made = client.post(f"{V2}/runs", json={"from_run": completed, "config": {"bias": 0.1}}).json()
    run = client.get(f"{V2}/runs/{made['runs'][0]['id']}").json()
    assert (run["config"]["steps"], run["config"]["bias"], run["root_seed"]) == (3, 0.1, 7)


@pytest.mark.parametrize(
    ("body", "status", "path"),
    [
        ({}, 422, "lab"),
        ({"lab": "toy", "preset": "unfair"}, 422, "preset"),
        ({"lab": "toy", "preset": "fair", "from_run": "0" * 12}, 422, "from_run"),
        ({"lab": "toy", "config": {"biass": 1}}, 422, "biass"),
        ({"lab": "toy", "config": {"bias": "0.5"}}, 422, "bias"),
        ({"lab": "toy", "config": {"misbehave": "raise", "misbehave_at": 9}}, 422, "misbehave_at"),
        ({"lab": "toy", "seeds": 0}, 422, "seeds"),
        ({"lab": "toy", "seeds": 10**9}, 422, "seeds"),
        ({"lab": "toy", "root_seed": -1}, 422, "root_seed"),
        ({"lab": "toy", "sweep": {"bias": []}}, 422, "sweep.bias"),
        ({"lab": "toy", "sweep": {"bias": [0.1, 7]}}, 422, "bias"),
        ({"lab": "toy", "sweep": {"biass": [0.1]}}, 422, "biass"),
        ({"lab": "toy", "sweep": {"bias": [0.1, 0.2], "misbehave_at": [1, 2]}}, 422, "sweep.misbehave_at"),
        ({"lab": "toy", "name": ""}, 422, "name"),
        ({"lab": "toy", "cnfig": {}}, 422, "cnfig"),
    ],
)
def test_what_cannot_run_is_refused_and_nothing_is_created(client: TestClient, body: dict, status: int, path: str) -> None:
    before = total(client)
    answer = client.post(f"{V2}/runs", json=body)
    assert answer.status_code == status
    assert problem(answer)["path"] == path
    assert total(client) == before


def test_the_same_idempotency_key_creates_once(client: TestClient) -> None:
    before = total(client)
    for body in ({"lab": "toy"}, {"lab": "toy", "seeds": 3}):
        key = {"Idempotency-Key": f"once {len(body)}"}
        first, again = (client.post(f"{V2}/runs", json=body, headers=key) for _ in range(2))
        assert (first.status_code, again.status_code) == (201, 201)
        assert first.headers["location"] == again.headers["location"]
        assert [run["id"] for run in first.json()["runs"]] == [run["id"] for run in again.json()["runs"]]
    assert total(client) == before + 4


def test_an_idempotency_key_belongs_to_one_request(client: TestClient) -> None:
    key = {"Idempotency-Key": "for one request"}
    client.post(f"{V2}/runs", json={"lab": "toy"}, headers=key)
    before = total(client)
    answer = client.post(f"{V2}/runs", json={"lab": "toy", "config": {"steps": 2}}, headers=key)
    assert answer.status_code == 422
    assert problem(answer)["path"] == "Idempotency-Key"
    assert total(client) == before


def test_a_refused_request_does_not_use_up_its_key(client: TestClient) -> None:
    key = {"Idempotency-Key": "not used up"}
    assert client.post(f"{V2}/runs", json={"lab": "toy", "config": {"bias": 3}}, headers=key).status_code == 422
    assert client.post(f"{V2}/runs", json={"lab": "toy"}, headers=key).status_code == 201


# --- listing ---


def test_runs_are_filtered_sorted_and_paged(client: TestClient, runs) -> None:
    for name in ("fruit apple", "fruit berry", "fruit cherry"):
        runs.wait(client.post(f"{V2}/runs", json={"lab": "toy", "name": name}).json()["runs"][0]["id"], 30)

    def names(**params: object) -> list[str]:
        page = client.get(f"{V2}/runs", params={"text": "fruit", **params}).json()
        return [run["name"].removeprefix("fruit ") for run in page["runs"]]

    assert names(sort="name") == ["apple", "berry", "cherry"]
    assert names(sort="-name", limit=1, offset=1) == ["berry"]
    assert names(text="t berr") == ["berry"]
    assert names() == ["cherry", "berry", "apple"], "the newest first"
    assert names(state="failed,running") == []
    assert len(names(state="completed", lab="toy", contract="native")) == 3
    assert names(contract="optical") == []


@pytest.mark.parametrize(
    ("params", "path"), [({"state": "done"}, "state"), ({"sort": "size"}, "sort"), ({"limit": 501}, "limit")]
)
def test_a_filter_that_means_nothing_is_refused(client: TestClient, params: dict, path: str) -> None:
    answer = client.get(f"{V2}/runs", params=params)
    assert answer.status_code == 422
    assert problem(answer)["path"] == path


def test_replicates_fold_into_one_row_with_their_interval(client: TestClient, runs) -> None:
    body = {"lab": "toy", "name": "folded", "sweep": {"bias": [0.2, 0.8]}, "seeds": 3}
    made = client.post(f"{V2}/runs", json=body).json()
    alone = client.post(f"{V2}/runs", json={"lab": "toy", "name": "folded alone"}).json()["runs"][0]["id"]
    for run in made["runs"]:
        runs.wait(run["id"], 30)
    runs.wait(alone, 30)

    def fold(**params: object) -> dict:
        asked = {"fold": "true", "text": "folded", "sort": "created_at", **params}
        return client.get(f"{V2}/runs", params=asked).json()

    page = fold()
    assert page["total"] == 3
    low, high, single = page["rows"]
    assert (low["point"], high["point"], single["point"]) == ({"bias": 0.2}, {"bias": 0.8}, {})
    assert (low["headline"]["n"], single["headline"]["n"]) == (3, 1)
    assert low["headline"]["low"] < low["headline"]["mean"] < low["headline"]["high"]
    assert low["headline"]["high"] < high["headline"]["low"]
    assert (low["state"], low["states"], single["sweep_id"]) == ("completed", {"completed": 3}, None)
    summary = client.get(f"{V2}/sweeps/{made['sweep']['id']}/summary").json()
    told = summary["points"][0]["headline"]
    assert {name: told[name] for name in ("mean", "low", "high", "n", "method")}.items() <= low["headline"].items()
    first = fold(limit=2)
    assert [row["key"] for row in first["rows"]] == [low["key"], high["key"]]
    assert [row["key"] for row in fold(limit=2, cursor=first["next"])["rows"]] == [single["key"]]


def test_sweeps_are_listed_the_newest_first(client: TestClient) -> None:
    before = client.get(f"{V2}/sweeps").json()["total"]
    made = client.post(f"{V2}/runs", json={"lab": "toy", "seeds": 2}).json()["sweep"]
    page = client.get(f"{V2}/sweeps", params={"limit": 1}).json()
    assert (page["total"], page["sweeps"]) == (before + 1, [made])
    assert client.get(f"{V2}/sweeps/nix").status_code == 404


# --- control ---


def test_cancel_and_delete_are_separate(client: TestClient, runs) -> None:
    body = {"lab": "toy", "config": {"steps": 100000, "work": 1000000}}
    run_id = client.post(f"{V2}/runs", json=body).json()["runs"][0]["id"]
    assert client.delete(f"{V2}/runs/{run_id}").status_code == 409
    assert client.get(f"{V2}/runs/{run_id}").status_code == 200
    cancelled = client.post(f"{V2}/runs/{run_id}/cancel")
    assert cancelled.status_code == 200
    assert runs.wait(run_id, 10).state is State.CANCELLED
    assert client.post(f"{V2}/runs/{run_id}/cancel").status_code == 409
    assert client.delete(f"{V2}/runs/{run_id}").status_code == 204
    assert client.get(f"{V2}/runs/{run_id}").status_code == 404


def test_an_ended_run_is_neither_paused_nor_resumed(client: TestClient, completed: str) -> None:
    for verb in ("pause", "resume"):
        answer = client.post(f"{V2}/runs/{completed}/{verb}")
        assert (answer.status_code, answer.json()["code"]) == (409, "conflict")


def test_verify_runs_again_and_compares(client: TestClient, runs, completed: str) -> None:
    answer = client.post(f"{V2}/runs/{completed}/verify")
    assert answer.status_code == 201
    assert answer.json()["verify_of"] == completed
    runs.wait(answer.json()["id"], 30)
    told = client.get(answer.headers["location"]).json()
    assert (told["identical"], told["exact"], told["differences"]) == (True, True, [])
    other = client.post(f"{V2}/runs", json={"lab": "toy", "config": {"steps": 3}, "root_seed": 8}).json()["runs"][0]["id"]
    runs.wait(other, 30)
    told = client.get(f"{V2}/runs/{completed}/verify", params={"against": other}).json()
    assert told["identical"] is False
    assert told["differences"][0] == "root seed: 7 and 8"


# --- what a run left ---


def test_events_are_paged_by_cursor_without_gap(client: TestClient, completed: str) -> None:
    seen, after = [], 0
    while True:
        page = client.get(f"{V2}/runs/{completed}/events", params={"after": after, "limit": 4}).json()
        seen += [event["seq"] for event in page["events"]]
        after = page["next"]
        if page["end"]:
            break
    assert seen == list(range(1, page["last_seq"] + 1))


def test_events_of_some_kinds(client: TestClient, completed: str) -> None:
    page = client.get(f"{V2}/runs/{completed}/events", params={"kinds": "tossed"}).json()
    assert [event["payload"]["step"] for event in page["events"]] == [1, 2, 3]
    assert page["end"] is True


def test_a_cursor_beyond_the_end_is_gone(client: TestClient, completed: str) -> None:
    answer = client.get(f"{V2}/runs/{completed}/events", params={"after": 10_000})
    assert (answer.status_code, answer.json()["code"]) == (410, "gone")


def test_the_log_is_read_whole_and_in_parts(client: TestClient, completed: str) -> None:
    address = f"{V2}/runs/{completed}/log"
    whole = client.get(address)
    assert whole.status_code == 200
    assert b"step 2" in whole.content
    size = len(whole.content)
    assert int(whole.headers["x-log-size"]) == int(whole.headers["x-log-end"]) == size
    first = client.get(address, params={"limit": 60})
    assert first.content.endswith(b"\n"), "cut after a whole line"
    rest = client.get(address, params={"offset": first.headers["x-log-end"]})
    assert first.content + rest.content == whole.content
    assert client.get(address, params={"offset": size}).content == b""
    assert client.get(address, params={"offset": size + 1}).status_code == 410


@pytest.mark.parametrize(
    ("header", "part"),
    [("bytes=3-9", slice(3, 10)), ("bytes=50-", slice(50, None)), ("bytes=-20", slice(-20, None))],
)
def test_byte_ranges_of_the_log_and_of_files(client: TestClient, completed: str, header: str, part: slice) -> None:
    for path in ("log", "artifacts/run.log", "artifacts/result.json"):
        whole = client.get(f"{V2}/runs/{completed}/{path}").content
        answer = client.get(f"{V2}/runs/{completed}/{path}", headers={"Range": header})
        assert answer.status_code == 206
        assert answer.content == whole[part]
        begin, end, _ = part.indices(len(whole))
        assert answer.headers["content-range"] == f"bytes {begin}-{end - 1}/{len(whole)}"


def test_a_range_outside_is_not_satisfiable_and_an_odd_one_ignored(client: TestClient, completed: str) -> None:
    address = f"{V2}/runs/{completed}/artifacts/result.json"
    answer = client.get(address, headers={"Range": "bytes=100000-"})
    assert answer.status_code == 416
    size = len(client.get(address).content)
    assert answer.headers["content-range"] == f"bytes */{size}"
    for odd in ("lines=1-2", "bytes=1-2,4-5", "bytes=-", "bytes=a-b"):
        assert client.get(address, headers={"Range": odd}).status_code == 200


def test_artifacts_are_what_their_sha256_says(client: TestClient, completed: str) -> None:
    import hashlib

    listed = client.get(f"{V2}/runs/{completed}/artifacts").json()["artifacts"]
    assert {"result.json", "config.json", "run.log", "tables/steps.arrow", "coin.txt"} <= {one["path"] for one in listed}
    for one in listed:
        answer = client.get(one["href"])
        assert hashlib.sha256(answer.content).hexdigest() == one["sha256"]
        assert answer.headers["etag"] == f'"{one["sha256"]}"'
        assert len(answer.content) == one["size"] == int(answer.headers["content-length"])


def test_a_known_artifact_is_not_sent_again(client: TestClient, completed: str) -> None:
    address = f"{V2}/runs/{completed}/artifacts/result.json"
    tag = client.get(address).headers["etag"]
    for given in (tag, f"W/{tag}", f'"x", {tag}', "*"):
        answer = client.get(address, headers={"If-None-Match": given})
        assert (answer.status_code, answer.content) == (304, b"")
    assert client.get(address, headers={"If-None-Match": '"x"'}).status_code == 200
    assert client.get(address, headers={"Range": "bytes=0-1", "If-Range": '"x"'}).status_code == 200
    head = client.head(address)
    assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", tag)


@pytest.mark.parametrize("path", ["%2e%2e/%2e%2e/quintant.db", "%2Fetc/passwd", "..%5c..%5cx", "a/%2e%2e/%2e%2e/x"])
def test_paths_that_leave_the_folder_are_forbidden(client: TestClient, completed: str, path: str) -> None:
    answer = client.get(f"{V2}/runs/{completed}/artifacts/{path}")
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


def test_an_artifact_that_is_a_page_gets_no_rights(client: TestClient, runs, completed: str) -> None:
    item = leave(runs, completed, "evil.html", b"<script>alert(1)</script>")
    answer = client.get(f"{V2}/runs/{completed}/artifacts/evil.html")
    assert answer.headers["content-security-policy"].startswith("sandbox;")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["etag"] == f'"{item.sha256}"'


def test_the_result_has_metrics_tables_and_documents(client: TestClient, completed: str) -> None:
    told = client.get(f"{V2}/runs/{completed}/result").json()
    assert told["metrics"]["heads"]["unit"] == "tosses"
    assert told["documents"] == {"coin": {"bias": 0.5, "steps": 3}}
    assert told["tables"][0]["columns"] == {"step": "int64", "heads": "int64"}


def test_without_a_result_it_says_why(client: TestClient, runs) -> None:
    body = {"lab": "toy", "config": {"misbehave": "refuse"}}
    run_id = client.post(f"{V2}/runs", json=body).json()["runs"][0]["id"]
    assert runs.wait(run_id, 30).state is State.FAILED
    answer = client.get(f"{V2}/runs/{run_id}/result")
    assert answer.status_code == 409
    assert "the coin refuses" in answer.json()["detail"]
    table = client.get(f"{V2}/runs/{run_id}/tables/steps.json").json()
    assert table["columns"]["step"] == [1], "what it told before it failed is there"


def test_a_table_is_the_same_in_every_format(client: TestClient, completed: str) -> None:
    get = lambda format: client.get(f"{V2}/runs/{completed}/tables/steps.{format}")  # noqa: E731
    arrow = pa.ipc.open_stream(get("arrow").content).read_all().to_pydict()
    assert arrow["step"] == [1, 2, 3]
    assert pa.csv.read_csv(io.BytesIO(get("csv").content)).to_pydict() == arrow
    assert pa.parquet.read_table(io.BytesIO(get("parquet").content)).to_pydict() == arrow
    assert get("json").json() == {"rows": 3, "columns": arrow}
    assert get("xlsx").status_code == 422
    missing = client.get(f"{V2}/runs/{completed}/tables/stps.csv")
    assert (missing.status_code, "Did you mean 'steps'?" in missing.json()["detail"]) == (404, True)


def test_the_record_repeats_the_run(client: TestClient, completed: str) -> None:
    record = client.get(f"{V2}/runs/{completed}/record").json()
    assert record["root_seed"] == 7
    assert record["streams"]["tosses"].isdecimal()
    assert "platform" in record["record"]


def test_a_figure_that_is_none_gets_the_names_there_are(client: TestClient, completed: str) -> None:
    assert client.get(f"{V2}/runs/{completed}/figures").json() == {"figures": [], "live": False}
    answer = client.get(f"{V2}/runs/{completed}/figures/coin.svg")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    "path", ["", "/events", "/log", "/artifacts", "/artifacts/x", "/result", "/tables", "/tables/a.csv", "/figures", "/record"]
)
def test_a_run_that_is_none(client: TestClient, path: str) -> None:
    answer = client.get(f"{V2}/runs/000000000000{path}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("name", "says"),
    [("", "must have at least 1 characters; got 0."), ("x" * 300, "must have at most 200 characters; got 300.")],
)
def test_the_length_of_a_name_is_told_in_words(client, name, says):
    answer = client.post("/api/v2/runs", json={"lab": "toy", "name": name})
    assert answer.status_code == 422
    assert [(one["path"], one["message"]) for one in answer.json()["problems"]] == [("name", says)]


def test_the_log_by_lines(client: TestClient, completed: str) -> None:
    whole = client.get(f"{V2}/runs/{completed}/log").text.splitlines()
    page = client.get(f"{V2}/runs/{completed}/log/lines").json()
    assert page["total"] == len(whole) == page["matches"] and page["end"] and page["next"] == len(whole) + 1
    assert [f"{line['time']} {line['level'].upper()} {line['text']}" for line in page["lines"]] == whole
    word = page["lines"][1]["text"].split()[0]
    some = client.get(f"{V2}/runs/{completed}/log/lines", params={"q": word.upper(), "level": "info,error", "limit": 2}).json()
    assert 1 <= some["matches"] <= len(whole) and some["marks"][0] == some["lines"][0]["line"]
    [at, length], *_ = some["lines"][0]["spans"]
    assert some["lines"][0]["text"][at : at + length].lower() == word.lower()
    assert client.get(f"{V2}/runs/{completed}/log/lines", params={"line": -1}).json()["lines"] == page["lines"][-1:]
    for wrong in ({"level": "inf"}, {"line": 0}, {"limit": 0}, {"lines": 3}):
        assert client.get(f"{V2}/runs/{completed}/log/lines", params=wrong).status_code == 422
    assert client.get(f"{V2}/runs/{'0' * 12}/log/lines").status_code == 404


def test_the_page_of_a_lab(client: TestClient) -> None:
    answer = client.get(f"{V2}/labs/spiking/page")
    assert answer.headers["content-type"].startswith("text/markdown") and answer.text.startswith("# Spiking networks")
    again = client.get(f"{V2}/labs/spiking/page", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304
    parts = client.get(f"{V2}/labs/spiking/page", headers={"Accept": "application/json"}).json()
    assert [one["id"] for one in parts["sections"]][:2] == ["what", "model"]
    assert all(one["text"] in answer.text for one in parts["sections"])
    assert client.get(f"{V2}/labs/toy/page").text.startswith("# "), "a lab without a page of its own has what is made"
    assert client.get(f"{V2}/labs/nix/page").status_code == 404


def test_a_table_comes_by_slices_in_every_format(client: TestClient, completed: str) -> None:
    address = f"{V2}/runs/{completed}/tables/steps"
    whole = client.get(f"{address}.json").json()["columns"]
    answer = client.get(f"{address}.json", params={"where": "step>0", "sort": "-step", "rows": 1, "columns": "step"})
    assert answer.json() == {"rows": 1, "columns": {"step": [max(whole["step"])]}}
    assert (answer.headers["x-table-rows"], answer.headers["x-table-matches"]) == ("3", str(sum(s > 0 for s in whole["step"])))
    arrow = client.get(f"{address}.arrow", params={"first": 1, "rows": 1}).content
    assert decoded(arrow).to_pydict() == {name: values[1:2] for name, values in whole.items()}
    assert len(client.get(f"{address}.csv", params={"rows": 2}).text.splitlines()) == 3
    for wrong in ({"where": "stp>1"}, {"sort": "stp"}, {"columns": "stp"}, {"rows": 0}, {"first": -1}, {"row": 1}):
        assert client.get(f"{address}.json", params=wrong).status_code == 422, wrong
    assert client.get(f"{V2}/runs/{completed}/tables/stps.json").status_code == 404


def test_files_are_shown_by_their_beginning(client: TestClient, completed: str) -> None:
    files = {one["path"]: one["preview"] for one in client.get(f"{V2}/runs/{completed}/artifacts").json()["artifacts"]}
    assert (files["tables/steps.arrow"], files["result.json"], files["run.log"]) == ("table", "json", "text")
    shown = {path: client.get(f"{V2}/runs/{completed}/preview/{path}") for path, kind in files.items() if kind is not None}
    assert {path: answer.json()["kind"] for path, answer in shown.items()} == {
        path: kind for path, kind in files.items() if kind
    }
    table = shown["tables/steps.arrow"].json()
    assert table["rows"] == 3 == len(table["head"]) and list(table["columns"]) == ["step", "heads"] and not table["cut"]
    assert shown["result.json"].json()["value"]["metrics"]["heads_share"]["n"] == 300
    assert "is completed" in shown["run.log"].json()["text"]
    for path, status in (("nix.json", 404), ("%2e%2e/%2e%2e/quintant.db", 403), ("tables", 404)):
        assert client.get(f"{V2}/runs/{completed}/preview/{path}").status_code == status


def test_all_files_come_as_one_zip(client: TestClient, completed: str) -> None:
    answer = client.get(f"{V2}/runs/{completed}/archive.zip")
    assert answer.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        held = {name: hashlib.sha256(archive.read(name)).hexdigest() for name in archive.namelist()}
    listed = client.get(f"{V2}/runs/{completed}/artifacts").json()["artifacts"]
    assert held == {f"{completed}/{one['path']}": one["sha256"] for one in listed}
    assert client.get(f"{V2}/runs/{completed}/archive.zip").content == answer.content
    live = client.post(f"{V2}/runs", json={"lab": "toy", "config": {"steps": 400, "work": 1_000_000}}).json()["runs"][0]["id"]
    assert client.get(f"{V2}/runs/{live}/archive.zip").status_code == 409
    client.post(f"{V2}/runs/{live}/cancel")
