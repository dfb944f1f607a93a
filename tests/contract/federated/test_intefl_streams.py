"""Server-Sent Events on a real socket: order, resumption, ends, and what happens when the run is stopped or deleted."""

from __future__ import annotations

import json
import threading
import time
from itertools import pairwise

import pytest
from intefl_service import SHORT, messages, until

HEADERS = {"cache-control": "no-cache", "x-accel-buffering": "no"}


def read(client, id, what="stream", **headers):
    with client.stream("GET", f"/api/simulations/{id}/{what}", headers=headers) as response:
        assert response.status_code == 200
        return list(messages(response))


def text(told) -> str:
    return "".join(json.loads(one["data"])["text"] for one in told if one["event"] == "output")


@pytest.mark.parametrize("what", ["stream", "logs"])
def test_the_headers_are_the_contracts(client, finished, what):
    with client.stream("GET", f"/api/simulations/{finished}/{what}") as response:
        assert response.headers["content-type"].partition(";")[0] == "text/event-stream"
        assert {name: response.headers[name] for name in HEADERS} == HEADERS


def test_who_comes_late_gets_the_status_the_whole_log_and_done(client, runs, finished):
    told = read(client, finished)
    assert told[0]["event"] == "status"
    assert json.loads(told[0]["data"])["status"] == "completed"
    assert told[-1] == {"event": "done", "data": "", "id": "end"}
    id = client.get(f"/api/simulations/{finished}/results/MANIFEST.json").json()["run_id"]
    assert id == finished
    run = runs.list(limit=1000).items
    one = next(found for found in run if (found.request or {}).get("simulation_id") == finished)
    assert text(told).encode() == runs.log(one.id).data


def test_a_run_is_told_from_queued_to_completed_each_status_once(client):
    id = client.post("/api/simulations", json=SHORT).json()["simulation_id"]
    told = read(client, id)
    states = [json.loads(one["data"]) for one in told if one["event"] == "status"]
    assert all(a != b for a, b in pairwise(states))
    words = [state["status"] for state in states]
    assert words[-1] == "completed"
    assert words == sorted(words, key=["queued", "running", "completed"].index)
    progress = [state["progress"] for state in states]
    assert progress == sorted(progress)
    assert {state["current_strategy"] for state in states if state["status"] == "running"} == {0, 1}
    assert not any(state["status"] == "completed" for state in states[:-1])  # never after the first strategy only
    assert [one["event"] for one in told].index("done") == len(told) - 1
    client.delete(f"/api/simulations/{id}")


def test_a_reader_who_comes_back_gets_what_it_had_not(client, finished):
    whole = [one for one in read(client, finished) if one["event"] == "output"]
    assert len(text(whole)) > 200
    offset = len("\n".join(text(whole).splitlines()[:3]).encode()) + 1
    again = read(client, finished, **{"Last-Event-ID": f"7:{offset}"})
    assert text(again) == text(whole).encode()[offset:].decode()


def test_after_done_a_reconnecting_browser_is_told_to_stop(client, finished):
    for what in ("stream", "logs"):
        answer = client.get(f"/api/simulations/{finished}/{what}", headers={"Last-Event-ID": "end"})
        assert answer.status_code == 204


@pytest.mark.parametrize(("last", "status"), [("x", 422), ("-1", 422), ("1:2:3", 422), ("99999999", 410), ("0:99999999", 410)])
def test_a_position_that_is_none_is_refused_before_the_stream(client, finished, last, status):
    answer = client.get(f"/api/simulations/{finished}/stream", headers={"Last-Event-ID": last})
    assert answer.status_code == status
    assert "Last-Event-ID" in str(answer.json()["detail"])


@pytest.mark.parametrize("what", ["stream", "logs"])
@pytest.mark.parametrize(("id", "status"), [("api_run_none", 404), ("a.b", 400), ("a%20b", 400), ("%C3%A4", 400)])
def test_an_unknown_id_is_refused_before_the_stream(client, what, id, status):
    answer = client.get(f"/api/simulations/{id}/{what}")
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/json"


def test_the_log_is_told_as_entries(client, finished):
    told = read(client, finished, "logs")
    assert told[-1] == {"event": "done", "data": "", "id": "end"}
    entries = [json.loads(one["data"]) for one in told[:-1]]
    assert {one["event"] for one in told[:-1]} == {"log"}
    assert all(set(entry) == {"timestamp", "level", "message"} for entry in entries)
    other = [entry for entry in entries if entry["level"] != "INFO"]
    assert all(entry["level"] == "WARNING" and "has no effect here" in entry["message"] for entry in other), other
    assert "test accuracy" in " ".join(entry["message"] for entry in entries)
    ids = [int(one["id"]) for one in told[:-1]]
    assert ids == sorted(set(ids))
    rest = read(client, finished, "logs", **{"Last-Event-ID": str(ids[2])})
    assert rest == told[3:]


def test_stopping_a_run_ends_its_streams(client, long):
    ends = {}

    def follow(what: str) -> None:
        ends[what] = read(client, long, what)

    threads = [threading.Thread(target=follow, args=(what,)) for what in ("stream", "logs")]
    for thread in threads:
        thread.start()
    time.sleep(0.5)
    assert client.post(f"/api/simulations/{long}/stop").json() == {"message": "stopped", "simulation_id": long}
    for thread in threads:
        thread.join(20)
    assert ends["stream"][-1]["event"] == ends["logs"][-1]["event"] == "done"
    last = [json.loads(one["data"]) for one in ends["stream"] if one["event"] == "status"][-1]
    assert last["status"] == "stopped"
    assert last["stopped_at"]


def test_deleting_a_run_ends_its_streams(client, long):
    ended = threading.Event()

    def follow() -> None:
        assert read(client, long)[-1]["event"] == "done"
        ended.set()

    thread = threading.Thread(target=follow)
    thread.start()
    time.sleep(0.5)
    assert client.delete(f"/api/simulations/{long}").status_code == 200
    thread.join(20)
    assert ended.is_set()


def test_a_silent_stream_beats(client, long):
    """While the run before it works, a queued one has nothing to tell but that it lives."""
    waiting = client.post("/api/simulations", json=SHORT).json()["simulation_id"]
    beats = 0
    with client.stream("GET", f"/api/simulations/{waiting}/stream") as response:
        for line in response.iter_lines():
            beats += line.startswith(":")
            if beats == 2:
                break
    assert beats == 2
    assert client.get(f"/api/simulations/{waiting}/status").json()["status"] == "queued"
    assert client.get(f"/api/simulations/{waiting}/results/status.json").json()["status"] == "queued"
    assert client.get(f"/api/simulations/{waiting}/plot-data").status_code == 404
    assert client.post(f"/api/simulations/{waiting}/stop").status_code == 200
    told = read(client, waiting)
    assert [one["event"] for one in told] == ["status", "done"]
    assert read(client, waiting, "logs") == [{"event": "done", "data": "", "id": "end"}]
    until(lambda: client.delete(f"/api/simulations/{waiting}").status_code == 200, 10)
