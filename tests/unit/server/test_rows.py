"""The table of Runs over HTTP: rows, faults in place, facets, spark-lines, annotations, and one action on many."""

from __future__ import annotations

import time

import pytest
from starlette.testclient import TestClient

from quintant.runs import open_runs

V2 = "/api/v2"


@pytest.fixture(scope="module")
def study(client: TestClient, runs) -> dict:
    """A sweep of two points with three seeds, and one Run of its own; all completed."""
    body = {
        "lab": "toy",
        "preset": "loaded",
        "sweep": {"bias": [0.2, 0.8]},
        "seeds": 3,
        "name": "rows study",
        "config": {"steps": 6},
    }
    made = client.post(f"{V2}/runs", json=body).json()
    alone = client.post(f"{V2}/runs", json={"lab": "toy", "name": "rows alone"}).json()["runs"][0]
    for run in [*made["runs"], alone]:
        runs.wait(run["id"], 60)
    return {"sweep": made["sweep"]["id"], "runs": [run["id"] for run in made["runs"]], "alone": alone["id"]}


def rows(client: TestClient, **params: object) -> dict:
    answer = client.get(f"{V2}/runs", params={"cols": "", "text": "rows", **params})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_sweep_is_one_row_that_unfolds_into_points_and_runs(client: TestClient, study: dict) -> None:
    alone, sweep = rows(client, fold="sweep")["rows"]
    assert (alone["key"], alone["kind"], alone["runs"]) == (study["alone"], "run", 1)
    assert (sweep["key"], sweep["kind"], sweep["runs"], sweep["points"], sweep["seeds"]) == (study["sweep"], "sweep", 6, 2, 3)
    assert sweep["axes"] == {"bias": {"first": 0.2, "last": 0.8, "n": 2}} and sweep["headline"] is None
    assert (sweep["preset"], sweep["differs"]) == ("fair", {"steps": 6}), "the swept key is not told as a difference"
    points = rows(client, fold="point", of=sweep["key"], sort="created_at")["rows"]
    assert [point["point"] for point in points] == [{"bias": 0.2}, {"bias": 0.8}]
    for end, point in zip(("first", "last"), points, strict=True):
        assert sweep["ends"][end]["mean"] == point["headline"]["mean"] and point["headline"]["n"] == 3
    seeds = rows(client, of=points[1]["key"], sort="created_at")["rows"]
    assert [row["key"] for row in seeds] == study["runs"][3:] and [row["root_seed"] for row in seeds] == [42, 43, 44]
    assert all(row["kind"] == "run" for row in seeds)


def test_columns_are_keys_and_metrics(client: TestClient, study: dict) -> None:
    cols = "config:bias,config:steps,metric:heads"
    point = rows(client, fold="point", of=study["sweep"], cols=cols, sort="config:bias")["rows"][0]
    assert point["values"]["config:bias"]["value"] == 0.2 and point["values"]["config:steps"]["value"] == 6
    heads = point["values"]["metric:heads"]
    assert (heads["n"], heads["unit"]) == (3, "tosses") and heads["low"] < heads["value"] < heads["high"]
    sweep = rows(client, fold="sweep", of=study["sweep"], cols=cols)["rows"][0]["values"]["metric:heads"]
    assert (sweep["least"], sweep["n"], sweep["value"]) == (heads["value"], 6, None)
    answer = client.get(f"{V2}/runs", params={"cols": "heads"})
    assert answer.status_code == 422 and answer.json()["problems"][0]["hint"] == "Write config:KEY or metric:NAME."


def test_a_filter_chooses_rows_and_changes_no_mean(client: TestClient, study: dict) -> None:
    every = {row["key"]: row["headline"] for row in rows(client, fold="point")["rows"]}
    some = rows(client, fold="point", q="seed=43")
    assert some["total"] == 2 and all(every[row["key"]] == row["headline"] for row in some["rows"])
    assert client.get(f"{V2}/runs", params={"q": "rows bias>0.5"}).json()["total"] == 3, "whole Runs take a filter too"


def test_faults_have_their_place_in_utf16_and_the_rest_is_answered(client: TestClient, study: dict) -> None:
    q = 'not tag:"𝄞" and stps>5'
    answer = rows(client, q=q, lenient=True)
    [fault] = answer["problems"]
    assert (fault["at"], fault["length"], fault["hint"]) == (len('not tag:"..." and ') - 1, 4, "steps")
    assert answer["parsed"] == "not tag:𝄞" and answer["total"] == 7
    assert {token["kind"] for token in answer["tokens"]} == {"connective", "field", "operator", "value"}
    refused = client.get(f"{V2}/runs", params={"cols": "", "q": q})
    assert refused.status_code == 422
    assert refused.json()["problems"][0]["message"] == "'stps' is neither a key nor a metric."


@pytest.mark.parametrize(
    ("params", "path"),
    [
        ({"cursor": "abc", "cols": ""}, "cursor"),
        ({"cursor": "abc"}, "cursor"),
        ({"lenient": True}, "lenient"),
        ({"offset": 3, "cols": ""}, "offset"),
        ({"sort": "seeds"}, "sort"),
        ({"sort": "seed", "cols": ""}, "sort"),
        ({"sort": "-metric:a,name,lab,seeds,state", "cols": ""}, "sort"),
        ({"before": "x", "offset": 1}, "before"),
        ({"fold": "seed"}, "fold"),
    ],
)
def test_what_does_not_go_together_is_refused(client: TestClient, params: dict, path: str) -> None:
    answer = client.get(f"{V2}/runs", params=params)
    assert answer.status_code == 422 and answer.json()["problems"][0]["path"] == path


def test_a_cursor_belongs_to_its_filter(client: TestClient, study: dict) -> None:
    page = rows(client, limit=2)
    assert [row["key"] for row in rows(client, limit=2, cursor=page["next"])["rows"]] == study["runs"][4:2:-1]
    answer = client.get(f"{V2}/runs", params={"cols": "", "limit": 2, "cursor": page["next"], "q": "lab:toy"})
    assert answer.status_code == 422 and "another filter" in answer.json()["detail"]


def test_whole_runs_go_on_before_one(client: TestClient, study: dict) -> None:
    page = client.get(f"{V2}/runs", params={"text": "rows", "before": study["runs"][2]}).json()
    assert [run["id"] for run in page["runs"]] == study["runs"][1::-1]
    assert client.get(f"{V2}/runs", params={"before": "nix"}).status_code == 404


def test_facets_tell_what_there_is(client: TestClient, study: dict) -> None:
    facets = client.get(f"{V2}/runs/facets", params={"q": 'name:"rows"'}).json()
    assert (facets["total"], facets["lab"], facets["state"], facets["sweeps"]) == (7, {"toy": 7}, {"completed": 7}, 1)
    keys = {key["key"]: key for key in facets["keys"]}
    assert keys["bias"]["varies"] and set(keys["bias"]["values"]) >= {0.2, 0.8} and keys["bias"]["essential"]
    assert keys["tosses_per_step"]["unit"] == "tosses" and not keys["tosses_per_step"]["varies"]
    metrics = {metric["name"]: metric for metric in facets["metrics"]}
    assert metrics["heads_share"]["n"] == 7 and 0 < metrics["heads_share"]["least"] < metrics["heads_share"]["most"] < 1
    every = client.get(f"{V2}/runs/facets").json()
    assert every["total"] >= 7 and {metric["name"] for metric in every["metrics"]} >= {"heads", "heads_share"}


def test_sparks_are_courses_seeds_and_points(client: TestClient, study: dict) -> None:
    point = rows(client, fold="point", of=study["sweep"], sort="created_at")["rows"][0]["key"]
    ids = ",".join([study["alone"], point, study["sweep"], "nix", f"{study['sweep']}.999"])
    sparks = client.get(f"{V2}/runs/sparks", params={"ids": ids, "points": 4}).json()["sparks"]
    assert set(sparks) == {study["alone"], point, study["sweep"]}
    course, seeds, points = sparks[study["alone"]], sparks[point], sparks[study["sweep"]]
    assert course["kind"] == "course" and 1 <= len(course["y"]) <= 4 and course["x"][-1] == 1.0 and not course["live"]
    assert (seeds["kind"], len(seeds["y"])) == ("seeds", 3) and seeds["low"][0] < seeds["mean"] < seeds["high"][0]
    assert (points["kind"], points["axis"], points["x"]) == ("points", "bias", [0.2, 0.8]) and points["y"][0] == seeds["mean"]
    assert client.get(f"{V2}/runs/sparks", params={"ids": ","}).status_code == 422


def test_the_newest_words_win_and_nobody_writes_over_them_unseen(client: TestClient, study: dict) -> None:
    address = f"{V2}/runs/{study['runs'][0]}"
    first = client.patch(address, json={"tags": ["fig 3", "b"], "note": " so \n"})
    assert first.status_code == 200 and first.headers["etag"] == '"1"'
    assert (first.json()["tags"], first.json()["note"], first.json()["changed"]) == (["b", "fig 3"], "so", ["tags", "note"])
    late = client.patch(address, json={"name": "late"}, headers={"If-Match": '"0"'})
    assert late.status_code == 412 and late.json()["code"] == "outdated"
    again = client.patch(address, json={"name": "rows renamed", "note": None}, headers={"If-Match": '"1"'}).json()
    assert (again["name"], again["tags"], again["note"], again["version"]) == ("rows renamed", ["b", "fig 3"], None, 2)
    assert client.get(address).json()["name"] == "rows renamed"
    [row] = rows(client, q='tag:"fig 3"')["rows"]
    assert (row["key"], row["name"], row["version"]) == (study["runs"][0], "rows renamed", 2)
    told = client.get(f"{address}/annotations").json()["annotations"]
    assert [(one["version"], one["changed"], one["by"]) for one in told] == [
        (1, ["tags", "note"], "local"),
        (2, ["name", "note"], "local"),
    ]
    events = client.get(f"{address}/events").json()["events"]
    assert not any("renamed" in str(event) or "fig 3" in str(event) for event in events), "annotations are in no event log"
    untouched = client.patch(address, json={"name": "rows renamed"}).json()
    assert (untouched["version"], untouched["changed"]) == (2, []), "what changes nothing is no change"
    whole = client.patch(f"{V2}/sweeps/{study['sweep']}", json={"name": "rows study"}).json()["annotations"]
    assert len(whole) == 6 and client.get(f"{V2}/sweeps/{study['sweep']}").json()["name"] == "rows study"


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, ""), ({"tags": ["a,b"]}, "tags.0"), ({"tags": [""]}, "tags.0"), ({"tags": ["x" * 41]}, "tags.0"),
        ({"tags": None}, "tags"), ({"name": " "}, "name"), ({"name": "a\nb"}, "name"), ({"note": "\x00"}, "note"),
        ({"colour": 1}, "colour"),
    ],
)  # fmt: skip
def test_words_that_cannot_be_are_refused(client: TestClient, study: dict, body: dict, path: str) -> None:
    answer = client.patch(f"{V2}/runs/{study['alone']}", json=body)
    assert answer.status_code == 422 and answer.json()["problems"][0]["path"] == path


def bulk(client: TestClient, action: str, *ids: str, **more: object) -> dict:
    answer = client.post(f"{V2}/runs/bulk", json={"action": action, "ids": list(ids), **more})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_many_are_tagged_and_what_is_not_there_is_said(client: TestClient, study: dict) -> None:
    answer = bulk(client, "tag", study["sweep"], study["alone"], "nix", tags=["many"])
    assert [(one["ok"], one["done"]) for one in answer["results"]] == [(True, 6), (True, 1), (False, 0)]
    assert answer["results"][2]["reason"] == "Run, point or sweep not found: nix"
    assert rows(client, q="tag:many")["total"] == 7
    bulk(client, "untag", study["sweep"], tags=["many"])
    assert rows(client, q="tag:many")["total"] == 1
    refused = client.post(f"{V2}/runs/bulk", json={"action": "tag", "ids": ["x"]})
    assert refused.status_code == 422 and refused.json()["problems"][0]["path"] == "tags"


def test_what_is_deleted_can_be_asked_back_for_a_while(client: TestClient, runs, study: dict, monkeypatch) -> None:
    point = rows(client, fold="point", of=study["sweep"], sort="created_at")["rows"][1]["key"]
    before = rows(client)["total"]
    answer = bulk(client, "delete", point)
    assert answer["results"][0]["done"] == 3 and answer["undo_until"] is not None
    assert rows(client)["total"] == before - 3 and client.get(f"{V2}/runs/{study['runs'][3]}").status_code == 404
    assert len(client.get(f"{V2}/sweeps/{study['sweep']}/summary").json()["points"]) == 1
    assert bulk(client, "undo", point)["results"][0]["done"] == 3
    assert rows(client)["total"] == before and client.get(f"{V2}/runs/{study['runs'][3]}").status_code == 200
    assert bulk(client, "undo", point)["results"][0]["ok"] is False


def test_a_deletion_survives_a_restart_and_becomes_final(settings, tmp_path) -> None:
    """Hidden by one process, brought back by the next; hidden again and then deleted by whoever runs the store."""
    from quintant.runs import facade

    own = settings.model_copy(update={"data_dir": tmp_path})
    with open_runs(own, execute=True) as first:
        kept, gone = (first.wait(first.submit("toy", {"steps": 1}).id, 60).id for _ in range(2))
        first.bulk("delete", [kept, gone])
        assert first.list().total == 0
    with open_runs(own, execute=False) as second:
        assert [done.done for done in second.bulk("undo", [kept])] == [1]
        assert [run.id for run in second.list().items] == [kept]
    with open_runs(own, execute=True) as third:
        third.store.show([gone])
        third.store.hide([gone], 0.2)
        assert third.folder(gone).exists()
        deadline = time.monotonic() + 20
        while third.folder(gone).exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not third.folder(gone).exists() and third.store.count() == 1
    assert facade.UNDO_S == 10.0


def test_live_runs_are_stopped_in_bulk_and_not_deleted(client: TestClient, runs) -> None:
    made = client.post(f"{V2}/runs", json={"lab": "toy", "seeds": 3, "config": {"steps": 100_000, "work": 100_000}}).json()
    sweep = made["sweep"]["id"]
    kept = bulk(client, "delete", sweep)["results"][0]
    assert (kept["ok"], kept["done"], kept["skipped"]) == (False, 0, 3) and "have not ended" in kept["reason"]
    assert bulk(client, "cancel", sweep)["results"][0]["done"] == 3
    for run in made["runs"]:
        assert str(runs.wait(run["id"], 30).state) == "cancelled"
    again = bulk(client, "cancel", sweep)["results"][0]
    assert (again["done"], again["skipped"]) == (0, 3) and "is cancelled" in again["reason"]
    assert bulk(client, "delete", sweep)["results"][0]["done"] == 3


def test_the_lead_of_a_point_is_the_first_that_is_there(client: TestClient, runs) -> None:
    made = client.post(f"{V2}/runs", json={"lab": "toy", "seeds": 3, "name": "leading"}).json()
    ids = [run["id"] for run in made["runs"]]
    for run_id in ids:
        runs.wait(run_id, 30)
    assert client.delete(f"{V2}/runs/{ids[0]}").status_code == 204
    for fold in ("point", "sweep"):
        [row] = rows(client, text="leading", fold=fold)["rows"]
        assert (row["lead"], row["runs"], row["headline"]["n"]) == (ids[1], 2, 2)
    bulk(client, "delete", ids[1])
    [row] = rows(client, text="leading", fold="point")["rows"]
    assert (row["lead"], row["runs"]) == (ids[2], 1)
    bulk(client, "undo", ids[1])
    [row] = rows(client, text="leading", fold="point", q="tosses_per_step=100")["rows"]
    assert (row["lead"], row["runs"]) == (ids[1], 2), "its keys are still known"
    for run_id in ids[1:]:
        assert client.delete(f"{V2}/runs/{run_id}").status_code == 204
    assert rows(client, text="leading", fold="sweep")["total"] == 0
