"""Lists, filters, paging and exports of what a simulation left, on a real socket."""

from __future__ import annotations

import csv
import io
import json
import math
from datetime import datetime, timedelta

import httpx2
import pyarrow.parquet as pq
import pytest
from drift_service import API, rows, served, started, status, until

NOTICE = "Simulated persona. Not a clinical assessment."
LISTS = {"assessments": "assessments", "events": "events", "mechanistic": "mechanistic_data"}


def test_assessments_add_up(opened, month):
    found = rows(opened, "assessments", simulation_id=month)
    assert len(found) == 54
    for row in found:
        assert row["id"].startswith("assess_") and row["simulation_id"] == month
        assert sum(item["score"] for item in row["responses"]) == row["score"]
        most = 4 if row["assessment_type"] == "pss10" else 3
        for number, item in enumerate(row["responses"], 1):
            turned = row["assessment_type"] == "pss10" and number in (4, 5, 7, 8)
            assert item["raw_score"] == (most - item["score"] if turned else item["score"])
            assert ("sensitive" in item) == ((row["assessment_type"], number) == ("phq9", 9))
    assert len({row["id"] for row in found}) == len(found)
    summary = opened.get(f"{API}/data/assessments", params={"simulation_id": month, "size": 1}).json()["summary"]
    phq9 = [row["score"] for row in found if row["assessment_type"] == "phq9"]
    assert (summary["phq9"]["min"], summary["phq9"]["max"]) == (min(phq9), max(phq9))
    assert summary["phq9"]["mean"] == pytest.approx(sum(phq9) / len(phq9), abs=1e-4)


@pytest.mark.parametrize("word", ["phq9", "PHQ9", "Gad7"])
def test_assessments_of_one_instrument_and_persona(opened, month, word):
    found = rows(opened, "assessments", simulation_id=month, assessment_type=word, persona_id="persona_kara")
    assert [row["simulation_day"] for row in found] == [0, 7, 14, 21, 28, 30]
    assert {row["assessment_type"] for row in found} == {word.lower()}


def test_events_have_what_the_persona_said(opened, month):
    answer = opened.get(f"{API}/data/events", params={"simulation_id": month, "size": 100}).json()
    found, summary = rows(opened, "events", simulation_id=month), answer["summary"]
    assert answer["notice"] == NOTICE
    for kind in ("stress", "neutral", "minimal"):
        assert summary[f"{kind}_events"] == sum(row["event_type"] == kind for row in found)
    assert summary["average_intensity"] == pytest.approx(sum(row["intensity"] for row in found) / len(found), abs=1e-4)
    assert all(row["response"] for row in found if row["event_type"] != "minimal")
    assert all(0 <= row["intensity"] <= 1 for row in found)


def test_nothing_is_invented_where_nothing_was_measured(opened, month):
    told = opened.get(f"{API}/data/mechanistic", params={"simulation_id": month}).json()
    assert (told["mechanistic_data"], told["total_count"]) == ([], 0)
    assert told["summary"]["reasons"] == ["the scripted model has no inside"]
    assert told["summary"]["circuit_tracking"] == {"self_reference": None, "emotional": None}


@pytest.mark.parametrize("size", [1, 7, 50, 100])
def test_pages_hold_every_row_once(opened, month, size):
    found, page = [], 1
    while True:
        answer = opened.get(f"{API}/data/assessments", params={"simulation_id": month, "page": page, "size": size})
        told = {name: int(answer.headers[f"X-{name}"]) for name in ("Total-Count", "Page-Count", "Current-Page", "Page-Size")}
        assert told == {
            "Total-Count": 54, "Page-Count": math.ceil(54 / size), "Current-Page": page, "Page-Size": size
        }  # fmt: skip
        assert answer.json()["total_count"] == 54
        if page > told["Page-Count"]:
            assert answer.json()["assessments"] == []
            break
        found += answer.json()["assessments"]
        page += 1
    assert found == rows(opened, "assessments", simulation_id=month)


@pytest.mark.parametrize("what", LISTS)
@pytest.mark.parametrize(
    "query",
    [
        "page=0",
        "page=-1",
        "page=x",
        "size=0",
        "size=101",
        "start_date=yesterday",
        "end_date=2024-13-01",
        "start_date=2024-01-01T25:00",
    ],
)
def test_a_query_out_of_range_is_422(opened, what, query):
    answer = opened.get(f"{API}/data/{what}?{query}")
    assert answer.status_code == 422
    assert answer.json()["status_code"] == 422
    assert query.partition("=")[0] in [fault["loc"][-1] for fault in answer.json()["detail"]]


@pytest.mark.parametrize(
    ("what", "query"), [("assessments", "assessment_type=bdi"), ("events", "event_type=joy"), ("mechanistic", "data_type=mind")]
)
def test_a_type_that_is_none_is_422(opened, what, query):
    assert opened.get(f"{API}/data/{what}?{query}").status_code == 422


@pytest.mark.parametrize("what", LISTS)
@pytest.mark.parametrize("id", ["sim_000000000000", "nonsense", "", "sim_../../x", "sim_☃"])
def test_a_simulation_that_is_none_has_no_rows(opened, month, what, id):
    answer = opened.get(f"{API}/data/{what}", params={"simulation_id": id})
    assert (answer.status_code, answer.json()["total_count"]) == (200, 0)
    assert answer.headers["X-Page-Count"] == "0"


def test_a_run_that_was_not_started_here_is_not_shown(opened, runs, month):
    config = {"backend": {"kind": "scripted"}, "memory": False, "duration_days": 7, "personas": ["kara"]}
    native = runs.submit("persona", config)
    runs.wait(native.id, 60)
    assert rows(opened, "assessments", simulation_id=f"sim_{native.id}") == []
    assert native.id not in {row["simulation_id"].removeprefix("sim_") for row in rows(opened, "assessments")}


def test_dates_are_included_on_both_ends(opened, month):
    found = rows(opened, "events", simulation_id=month)
    moment = found[len(found) // 2]["timestamp"]
    same = [row["id"] for row in found if row["timestamp"] == moment]
    assert [row["id"] for row in rows(opened, "events", simulation_id=month, start_date=moment, end_date=moment)] == same
    from_then = [row["id"] for row in found if row["timestamp"] >= moment]
    until_then = [row["id"] for row in found if row["timestamp"] <= moment]
    assert [row["id"] for row in rows(opened, "events", simulation_id=month, start_date=moment)] == from_then
    assert [row["id"] for row in rows(opened, "events", simulation_id=month, end_date=moment)] == until_then
    today = moment[:10]
    assert len(rows(opened, "events", simulation_id=month, end_date=rows(opened, "events")[-1]["timestamp"][:10])) == len(found)
    assert rows(opened, "events", simulation_id=month, end_date="2024-01-01") == []
    assert opened.get(f"{API}/data/events?start_date={today}&end_date=2024-01-01").status_code == 400


@pytest.mark.parametrize("plus", ["+02:00", "%2B02:00", "+0200", "+02"])
def test_a_moment_may_have_an_offset_written_with_a_bare_plus(opened, month, plus):
    first = rows(opened, "events", simulation_id=month)[0]["timestamp"]
    local = (datetime.fromisoformat(first) + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%S")
    told = opened.get(f"{API}/data/events?simulation_id={month}&end_date={local}{plus}").json()
    same = [row for row in rows(opened, "events", simulation_id=month) if row["timestamp"] == first]
    assert told["total_count"] == len(same)


def test_paging_while_rows_are_written_shows_none_twice(client):
    """Rows are oldest first, so what was shown stays where it is, whatever comes after."""
    id = started(client, config_name="endless", experimental_condition="STRESS", stress_event_frequency=0.9)
    until(lambda: status(client)["events_processed"] > 10)
    seen: list[str] = []
    for page in range(1, 200):
        answer = client.get(f"{API}/data/events", params={"simulation_id": id, "page": page, "size": 5}).json()
        assert all(row["timestamp"] > "2024" for row in answer["events"])
        seen += [row["id"] for row in answer["events"]]
        if len(answer["events"]) < 5 or len(seen) >= 60:
            break
        until(lambda: status(client)["events_processed"] > len(seen) + 5)  # noqa: B023
    assert len(seen) == len(set(seen)) >= 40
    assert seen == [row["id"] for row in rows(client, "events", simulation_id=id)][: len(seen)]


def exported(client, **query):
    answer = client.get(f"{API}/data/export", params=query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/octet-stream"
    format = query.get("format", "json").lower()
    assert answer.headers["content-disposition"] == f'attachment; filename="simulation_data.{format}"'
    return answer.content


@pytest.mark.parametrize("what", LISTS)
def test_an_export_holds_the_rows_in_every_format(opened, month, what):
    found = rows(opened, what, simulation_id=month)
    query = {"simulation_id": month, "data_type": what}
    as_json = json.loads(exported(opened, format="json", **query))
    assert as_json == [{**row, "notice": NOTICE} for row in found]
    as_csv = list(csv.DictReader(io.StringIO(exported(opened, format="CSV", **query).decode(), newline="")))
    assert [row["id"] for row in as_csv] == [row["id"] for row in found]
    data = exported(opened, format="parquet", **query)
    assert data[:4] == b"PAR1"
    as_parquet = pq.read_table(io.BytesIO(data)).to_pylist()
    assert [row["id"] for row in as_parquet] == [row["id"] for row in found]
    if what == "assessments":
        assert [json.loads(row["responses"]) for row in as_csv] == [row["responses"] for row in found]
        assert [row["score"] for row in as_parquet] == [row["score"] for row in found]
        assert {row["notice"] for row in as_csv} == {NOTICE}


def test_an_export_of_everything(opened, month):
    whole = json.loads(exported(opened, simulation_id=month))
    assert {name: len(some) for name, some in whole.items()} == {
        "assessments": 54, "events": len(rows(opened, "events", simulation_id=month)), "mechanistic": 0
    }  # fmt: skip
    table = list(csv.DictReader(io.StringIO(exported(opened, format="csv", simulation_id=month).decode(), newline="")))
    assert [row["record_type"] for row in table] == ["assessments"] * 54 + ["events"] * len(whole["events"])


@pytest.mark.parametrize("query", ["format=xlsx", "data_type=people"])
def test_an_export_of_another_kind_is_422(opened, query):
    assert opened.get(f"{API}/data/export?{query}").status_code == 422


def test_types_conditions_and_counts(opened, month):
    types = opened.get(f"{API}/data/event-types").json()
    assert types["types"] == ["stress", "neutral", "minimal"]
    assert "death" in types["stress_categories"]
    conditions = opened.get(f"{API}/data/experimental-conditions").json()["conditions"]
    assert [one["value"] for one in conditions] == ["CONTROL", "STRESS", "TRAUMA", "NEUTRAL", "MINIMAL"]
    assert all(one["label"] and one["description"] for one in conditions)
    told = opened.get(f"{API}/data/stats").json()
    assert told["total_assessments"] == len(rows(opened, "assessments"))
    assert told["total_events"] == len(rows(opened, "events"))
    assert (told["total_personas"], told["total_mechanistic_records"]) == (3, 0)
    stamps = [row["timestamp"] for kind in ("assessments", "events") for row in rows(opened, kind)]
    assert told["data_size_mb"] > 0 and told["last_updated"] == max(stamps)


def test_an_empty_database_is_empty(tmp_path):
    """Nothing is ever invented: no sample record, no constant, in no list and no file."""
    with served(tmp_path) as (_, address), httpx2.Client(base_url=address, timeout=30) as client:
        for what, name in LISTS.items():
            told = client.get(f"{API}/data/{what}").json()
            assert (told[name], told["total_count"]) == ([], 0)
            assert json.loads(exported(client, data_type=what)) == []
            lines = exported(client, data_type=what, format="csv").decode().splitlines()
            assert len(lines) == 1 and lines[0].startswith("id,")
            assert pq.read_table(io.BytesIO(exported(client, data_type=what, format="parquet"))).num_rows == 0
        assert client.get(f"{API}/data/stats").json() == {
            "total_personas": 0, "total_assessments": 0, "total_events": 0, "total_mechanistic_records": 0,
            "data_size_mb": 0.0, "last_updated": None,
        }  # fmt: skip
        assert status(client) == {
            "simulation_id": None, "status": "no_simulation", "current_day": 0, "total_days": 0, "progress_percentage": 0.0,
            "active_personas": 0, "events_processed": 0, "assessments_completed": 0, "start_time": None,
            "estimated_completion": None, "is_running": False, "is_paused": False,
        }  # fmt: skip
        assert client.get(f"{API}/simulation/results").status_code == 404
