"""The two event streams on a real socket: catch-up, live, heartbeats, the end, and resuming at any point."""

import contextlib
import json
import os
import signal
import subprocess
import sys

import httpx2
import pytest
from fusion_service import BEAT_S, LONG, SHORT, messages, until

from quintant.runs import open_runs
from quintant.settings import Settings


def read(client, url, headers=None, most=10_000):
    """All messages of a stream that ends, or the first `most`."""
    found = []
    with client.stream("GET", url, headers=headers) as response:
        assert response.status_code == 200, response.read()
        assert response.headers["content-type"].startswith("text/event-stream")
        for message in messages(response):
            found.append(message)
            if len(found) == most:
                break
    return found


def of(found, kind):
    return [message["data"] for message in found if message["event"] == kind]


# --- progress ---


def test_the_progress_of_a_finished_run_is_told_from_the_start(client, finished):
    found = read(client, f"/api/runs/{finished['id']}/progress")
    told = [json.loads(data) for data in of(found, "progress")]
    assert [event["type"] for event in told] == [
        "config",
        "erlang_start",
        "iteration",
        "iteration",
        "iteration",
        "erlang_complete",
        "erlang_start",
        "iteration",
        "iteration",
        "iteration",
        "erlang_complete",
        "complete",
    ]
    first = told[2]
    assert (first["erlang"], first["iteration"], first["total_iterations"]) == (300, 1, 3)
    assert 0 <= first["metrics"]["blocking_prob"] <= 1
    assert "mean_blocking" in told[5]["metrics"]
    assert told[-1]["exit_code"] == 0 and told[-1]["summary"]["total_time_seconds"] > 0
    cursors = [event["cursor"] for event in told]
    assert cursors == sorted(set(cursors)) and all(cursor.startswith("evt_") and len(cursor) == 9 for cursor in cursors)
    assert (found[-1]["event"], found[-1]["data"]) == ("end", "COMPLETED")
    assert all(event["ts"].endswith("Z") for event in told)


def test_from_every_cursor_on_nothing_is_lost_and_nothing_repeated(client, finished):
    url = f"/api/runs/{finished['id']}/progress"
    whole = [json.loads(data) for data in of(read(client, url), "progress")]
    for index, event in enumerate(whole):
        rest = [json.loads(data) for data in of(read(client, f"{url}?cursor={event['cursor']}"), "progress")]
        assert rest == whole[index + 1 :]
        again = read(client, url, headers={"Last-Event-ID": event["cursor"]})
        assert [json.loads(data) for data in of(again, "progress")] == rest


def test_without_the_start_a_finished_run_has_only_its_end(client, finished):
    assert [message["event"] for message in read(client, f"/api/runs/{finished['id']}/progress?from_start=false")] == ["end"]


def test_a_browser_that_reconnects_after_the_end_is_told_to_stop(client, finished):
    for stream in ("progress", "logs"):
        url = f"/api/runs/{finished['id']}/{stream}"
        last = read(client, url)[-1]
        assert client.get(url, headers={"Last-Event-ID": last["id"]}).status_code == 204


@pytest.mark.parametrize(
    ("query", "status", "text"),
    [
        ("progress?cursor=evt_99999", 410, "cursor: evt_99999 is beyond the last event, evt_"),
        ("progress?cursor=45", 400, "cursor: must be a cursor from an earlier event, such as evt_00045; got '45'."),
        ("progress?cursor=", 400, "cursor: must be a cursor"),
        ("progress?from_start=maybe", 400, "from_start: must be true or false; got 'maybe'."),
        ("logs?offset=999999", 410, "offset: 999999 is beyond the log, which has "),
        ("logs?offset=-1", 400, "offset: must be at least 0; got '-1'."),
        ("logs?offset=x", 400, "offset: must be a whole number; got 'x'."),
    ],
)
def test_a_position_that_is_not_in_the_stream_is_refused(client, finished, query, status, text):
    answer = client.get(f"/api/runs/{finished['id']}/{query}")
    assert answer.status_code == status
    assert answer.json()["detail"].startswith(text)


def test_a_broken_last_event_id_is_refused(client, finished):
    for stream in ("progress", "logs"):
        answer = client.get(f"/api/runs/{finished['id']}/{stream}", headers={"Last-Event-ID": "half a cursor"})
        assert answer.status_code == 400 and "must be a" in answer.json()["detail"]


def test_a_queued_run_holds_the_stream_open_with_heartbeats_and_a_cancelled_one_ends_it(client, long):
    queued = client.post("/api/runs", json={"config": SHORT}).json()["id"]
    for stream, key in (("progress", "cursor"), ("logs", "offset")):
        with client.stream("GET", f"/api/runs/{queued}/{stream}") as response:
            beat = next(message for message in messages(response) if message["event"] == "heartbeat")
            assert list(json.loads(beat["data"])) == [key]
    with client.stream("GET", f"/api/runs/{queued}/progress") as response:
        coming = messages(response)
        assert next(coming)["event"] == "heartbeat"
        client.delete(f"/api/runs/{queued}")
        assert next(message for message in coming if message["event"] != "heartbeat") == {
            "id": "end",
            "event": "end",
            "data": "CANCELLED",
        }


def test_a_live_run_is_told_while_it_runs_and_heartbeats_name_the_cursor(client, long):
    url = f"/api/runs/{long}/progress"
    found = read(client, url, most=4)
    assert [message["event"] for message in found][:2] == ["progress", "progress"]
    beat = next(message for message in found if message["event"] == "heartbeat")
    cursor = json.loads(beat["data"])["cursor"]
    client.delete(f"/api/runs/{long}")
    rest = read(client, f"{url}?cursor={cursor}")
    assert rest[-1]["data"] == "CANCELLED"
    assert not set(of(found, "progress")) & set(of(rest, "progress"))


def test_a_client_that_drops_in_the_middle_resumes_without_a_gap(client, runs):
    config = {"general_settings": {**SHORT["general_settings"], "num_requests": 20000, "max_iters": 8}}
    id = client.post("/api/runs", json={"config": config}).json()["id"]
    url, got, cursor = f"/api/runs/{id}/progress", [], None
    while True:
        found = read(client, url + (f"?cursor={cursor}" if cursor else ""), most=3)
        got += of(found, "progress")
        if found[-1]["event"] == "end":
            break
        cursor = json.loads(found[-1]["data"])["cursor"]
    assert got == of(read(client, url), "progress")
    assert found[-1]["data"] == "COMPLETED"


# --- the log ---


def test_the_log_of_a_finished_run_line_by_line(client, runs, finished):
    found = read(client, f"/api/runs/{finished['id']}/logs")
    text = (runs.folder(finished["id"]) / "logs" / "sim.log").read_text()
    assert of(found, "log") == text.splitlines()
    assert any("Load 300 Erlang" in line for line in of(found, "log"))
    assert (found[-1]["event"], found[-1]["data"]) == ("end", "COMPLETED")


def test_from_every_byte_on_the_log_is_whole(client, runs, finished):
    data = (runs.folder(finished["id"]) / "logs" / "sim.log").read_bytes()
    url = f"/api/runs/{finished['id']}/logs"
    for offset in [0, 1, data.index(b"\n"), data.index(b"\n") + 1, len(data) - 1, len(data)]:
        assert of(read(client, f"{url}?offset={offset}"), "log") == data[offset:].decode().splitlines()
    assert [message["event"] for message in read(client, f"{url}?from_start=false")] == ["end"]


def test_each_line_carries_the_offset_after_it(client, runs, finished):
    data = (runs.folder(finished["id"]) / "logs" / "sim.log").read_bytes()
    url = f"/api/runs/{finished['id']}/logs"
    found = read(client, url)
    lines = [message for message in found if message["event"] == "log"]
    for index, message in enumerate(lines):
        offset = int(message["id"])
        assert data[:offset].decode().splitlines() == [line["data"] for line in lines[: index + 1]]
    again = read(client, url, headers={"Last-Event-ID": lines[2]["id"]})
    assert of(again, "log") == [line["data"] for line in lines[3:]]


def test_the_heartbeat_of_a_live_log_names_the_offset_to_resume_from(client, runs, long):
    url = f"/api/runs/{long}/logs"
    before, beat = [], None
    with client.stream("GET", url) as response:
        for message in messages(response):
            if message["event"] == "heartbeat":
                beat = json.loads(message["data"])["offset"]
                break
            before.append(message["data"])
    assert beat == len("\n".join([*before, ""]).encode())
    client.delete(f"/api/runs/{long}")
    after = of(read(client, f"{url}?offset={beat}"), "log")
    assert [*before, *after] == (runs.folder(long) / "logs" / "sim.log").read_text().splitlines()


def test_a_busy_log_has_heartbeats_too(client, runs):
    """Heartbeats come by the clock, not only in silence: the last offset that a client knows is never old."""
    from quintant.labs.optical.contract.streams import _Beat

    beat = _Beat(BEAT_S)
    assert not beat.due()
    until(beat.due, 5)
    assert not beat.due()


def test_a_run_that_is_deleted_under_a_reader_ends_its_streams(client, long):
    for stream in ("progress", "logs"):
        queued = client.post("/api/runs", json={"config": SHORT}).json()["id"]
        with client.stream("GET", f"/api/runs/{queued}/{stream}") as response:
            coming = messages(response)
            assert next(coming)["event"] == "heartbeat"
            client.delete(f"/api/runs/{queued}")
            client.delete(f"/api/runs/{queued}")
            last = list(coming)[-1]
        assert (last["event"], last["data"]) in [("end", "CANCELLED"), ("error", f"Run not found: {queued}")]


def test_a_server_that_stops_closes_its_streams_without_an_end(tmp_path):
    """Without `end` a client knows that it was cut, not that the run is over."""
    data, closed = tmp_path / "data", []
    address = data / "server.json"
    environment = {**os.environ, "QUINTANT_DATA_DIR": str(data), "QUINTANT_PORT": "0", "QUINTANT_HEARTBEAT_S": "0.3"}
    with subprocess.Popen(
        [sys.executable, "-m", "quintant.cli", "serve"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as server:
        try:
            url = until(lambda: address.exists() and json.loads(address.read_text()).get("url"), 60)
            with httpx2.Client(base_url=url, timeout=30) as client:
                until(lambda: answers(client), 60)
                id = client.post("/api/runs", json={"config": LONG}).json()["id"]
                with client.stream("GET", f"/api/runs/{id}/logs") as response:
                    for message in messages(response):
                        closed.append(message["event"])
                        if message["event"] == "heartbeat":
                            server.send_signal(signal.SIGINT)
        finally:
            server.terminate()
            output = server.communicate(timeout=30)[0]
    with open_runs(Settings(data_dir=data), execute=True) as runs:  # its worker lives on, as it should: end it
        assert runs.cancel(id, wait_s=20).state == "cancelled"
    assert closed[-1] == "heartbeat" and "end" not in closed
    assert "ERROR" not in output, output


def answers(client):
    with contextlib.suppress(httpx2.TransportError):
        return client.get("/api/version").status_code == 200
