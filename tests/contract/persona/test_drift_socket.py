"""The socket: a snapshot, then every event in order, to a last word; other clients are never delayed by a slow one."""

from __future__ import annotations

import contextlib
import json
import socket as sockets
import time
from collections.abc import Iterator
from typing import Any

import pytest
from drift_service import API, ENDED, rows, started, status, until
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

SHAPES = {
    "status_update": {
        "simulation_id", "status", "current_day", "progress_percentage", "active_personas", "events_processed",
        "assessments_completed",
    },
    "event_occurred": {"event_id", "persona_id", "event_type", "title", "intensity", "timestamp"},
    "assessment_completed": {"assessment_id", "persona_id", "assessment_type", "score", "severity", "timestamp"},
    "drift_detected": {
        "persona_id", "assessment_type", "baseline_score", "current_score", "change_magnitude", "significance", "timestamp",
    },
    "error": {"error", "details", "timestamp"},
}  # fmt: skip


@contextlib.contextmanager
def listening(address: str, **extra: Any) -> Iterator[ClientConnection]:
    with connect(f"{address.replace('http', 'ws')}{API}/ws/simulation", open_timeout=20, **extra) as socket:
        yield socket


def frame(socket: ClientConnection, seconds: float = 20) -> dict[str, Any]:
    return json.loads(socket.recv(timeout=seconds))


def frames(socket: ClientConnection, seconds: float = 60) -> list[dict[str, Any]]:
    """Until the frame that says how a simulation ended."""
    found: list[dict[str, Any]] = []
    end = time.monotonic() + seconds
    while not (
        found and found[-1]["type"] == "status_update" and found[-1]["data"]["status"] in ("completed", "stopped", "error")
    ):
        assert time.monotonic() < end, found[-3:]
        found.append(frame(socket))
    return found


def test_a_whole_simulation_on_the_socket(client, address):
    """Every event and assessment once, in the order of the log, each shaped as the contract says, then the last status."""
    with listening(address) as socket:
        began = frame(socket)
        assert (began["type"], began["data"]["status"] in ("no_simulation", *ENDED)) == ("status_update", True)
        id = started(client, experimental_condition="STRESS", duration_days=14)
        told = frames(socket)
    for one in told:
        assert set(one["data"]) == SHAPES[one["type"]], one
        assert one["timestamp"].endswith("Z")
    assert (told[-1]["data"]["status"], told[-1]["data"]["simulation_id"]) == ("completed", id)
    assert told[-1]["data"]["progress_percentage"] == 100.0
    of = {kind: [one["data"] for one in told if one["type"] == kind] for kind in SHAPES}
    assert [one["event_id"] for one in of["event_occurred"]] == [row["id"] for row in rows(client, "events", simulation_id=id)]
    found = rows(client, "assessments", simulation_id=id)
    assert [one["assessment_id"] for one in of["assessment_completed"]] == [row["id"] for row in found]
    assert [one["score"] for one in of["assessment_completed"]] == [row["score"] for row in found]
    assert of["drift_detected"] and not of["error"]
    for number, one in enumerate(told):
        if one["type"] == "drift_detected":  # after the assessment that raised it
            about = {name: one["data"][name] for name in ("persona_id", "assessment_type")}
            before = [other["data"] for other in told[:number] if other["type"] == "assessment_completed"]
            latest = [other for other in before if about.items() <= other.items()][-1]
            assert latest["score"] == one["data"]["current_score"]
            assert one["data"]["change_magnitude"] == abs(one["data"]["current_score"] - one["data"]["baseline_score"])
            assert one["data"]["significance"] in ("low", "moderate", "high")


def test_who_comes_late_gets_a_snapshot_and_what_follows(client, address):
    id = started(client, config_name="endless", experimental_condition="STRESS")
    until(lambda: status(client)["current_day"] >= 3)
    with listening(address) as socket:
        snapshot = frame(socket)
        assert (snapshot["type"], snapshot["data"]["simulation_id"]) == ("status_update", id)
        assert snapshot["data"]["current_day"] >= 3
        seen, end = {"event_occurred": 0}, time.monotonic() + 20
        while not seen["event_occurred"] and time.monotonic() < end:
            one = frame(socket)
            seen[one["type"]] = seen.get(one["type"], 0) + 1
        assert seen["event_occurred"]
        client.post(f"{API}/simulation/pause")
        while (one := frame(socket))["data"].get("status") != "paused":
            pass
        client.post(f"{API}/simulation/stop")
        assert frames(socket)[-1]["data"]["status"] == "stopped"
        second = started(client, duration_days=1)
        assert frames(socket)[-1]["data"] | {"simulation_id": second, "status": "completed"} == frames_of(client, second)


def frames_of(client, id: str) -> dict[str, Any]:
    """The last status as the socket tells it."""
    now = status(client)
    assert now["simulation_id"] == id
    return {name: now[name] for name in SHAPES["status_update"]}


def test_counters_are_never_behind_the_frames(client, address):
    with listening(address) as socket:
        frame(socket)
        started(client, config_name="endless", experimental_condition="STRESS")
        seen = {"event_occurred": 0, "assessment_completed": 0}
        for _ in range(60):
            one = frame(socket)
            if one["type"] in seen:
                seen[one["type"]] += 1
                now = status(client)
                assert now["events_processed"] >= seen["event_occurred"]
                assert now["assessments_completed"] >= seen["assessment_completed"]


def test_a_simulation_that_fails_says_why(client, address):
    with listening(address) as socket:
        frame(socket)
        started(client, config_name="breaks")
        told = frames(socket)
    (error,) = [one["data"] for one in told if one["type"] == "error"]
    assert error["error"] == "Simulation failed"
    assert "LLM connection failed" in error["details"]
    assert told[-1]["data"]["status"] == "error"


def test_what_a_client_may_say(client, address, month):
    with listening(address) as socket:
        frame(socket)
        for asked in ("request_status", "request_progress"):
            socket.send(json.dumps({"type": asked}))
            assert frame(socket)["data"]["simulation_id"] == status(client)["simulation_id"]
        socket.send('{"type": "ping"}')
        assert frame(socket)["type"] == "pong"
        for nonsense in ("{", "[]", "null", '"ping"', '{"type": ["x"]}', '{"type": "dance"}', "[" * 5000, b"\x00\xff"):
            socket.send(nonsense)
            told = frame(socket)
            assert (told["type"], set(told["data"])) == ("error", SHAPES["error"])
        socket.send('{"type": "ping"}')
        assert frame(socket)["type"] == "pong"


def test_a_page_of_another_site_is_not_let_in(address):
    from websockets.exceptions import InvalidStatus

    with pytest.raises(InvalidStatus) as caught, listening(address, origin="https://elsewhere.example"):
        pass
    assert caught.value.response.status_code == 403
    with listening(address, origin=address) as socket:
        assert frame(socket)["type"] == "status_update"


def test_a_client_that_does_not_read_is_dropped_and_delays_nobody(client, address, monkeypatch):
    """It gets 1013 once its queue has been full for a while; another gets everything, and the simulation ends."""
    from quintant.labs.persona.contract import socket as module

    encoded = module._encoded
    monkeypatch.setattr(
        module, "_encoded", lambda frame: encoded({**frame, "padding": "x" * 50_000})
    )  # fills what systems buffer
    monkeypatch.setattr(module, "PATIENCE_S", 0.5)
    host, port = address.removeprefix("http://").split(":")
    narrow = sockets.socket()
    narrow.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 2048)
    narrow.connect((host, int(port)))
    with listening(address) as reader, listening(address, sock=narrow, max_queue=1, compression=None) as slow:
        frame(reader)
        for _ in range(50):  # who reads may ask as often as it likes
            reader.send('{"type": "request_status"}')
            frame(reader)
        with contextlib.suppress(ConnectionClosed):
            for _ in range(600):  # what it asks for and does not read
                slow.send('{"type": "request_status"}')
        id = started(client, experimental_condition="STRESS")
        told = frames(reader)
        assert told[-1]["data"]["status"] == "completed"
        assert len([one for one in told if one["type"] == "event_occurred"]) == len(rows(client, "events", simulation_id=id))
        with pytest.raises(ConnectionClosed) as caught:
            for _ in range(20_000):
                slow.recv(timeout=20)
        assert caught.value.rcvd is not None and caught.value.rcvd.code == 1013


def test_the_first_frame_comes_at_once(client, address):
    with listening(address) as socket:
        frame(socket)
        began = time.monotonic()
        id = started(client, config_name="slow", duration_days=7)
        while frame(socket)["data"]["simulation_id"] != id:
            pass
        assert time.monotonic() - began < 10  # 2 s on a quiet machine
