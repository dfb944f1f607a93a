"""Streams are readings of the log from a cursor: nothing lost, nothing twice, an end that says so."""

from __future__ import annotations

import concurrent.futures
import json
import socket
import time

import httpx2
import pytest

LONG = {"steps": 60, "work": 400_000}  # about two seconds


def seqs(messages: list) -> list[int]:
    return [int(message.id) for message in messages if message.id is not None]


def events(run_id: str) -> str:
    return f"/api/v2/runs/{run_id}/events"


def test_a_stream_tells_every_fact_once_and_ends_with_the_state(served, streaming) -> None:
    run_id = served.create(steps=4)
    with streaming(events(run_id)) as stream:
        messages = list(stream)
    *facts, end = [message for message in messages if message.event != "heartbeat"]
    assert {fact.event for fact in facts} == {"message"}
    assert seqs(facts) == list(range(1, len(facts) + 1)) == [fact.data["seq"] for fact in facts]
    assert [fact.data["payload"]["step"] for fact in facts if fact.data["kind"] == "tossed"] == [1, 2, 3, 4]
    assert (end.event, end.id) == ("end", None)
    assert end.data == {"run": run_id, "seq": len(facts), "state": "completed", "reason": None}


def test_facts_arrive_while_the_run_is_at_work(served, streaming) -> None:
    run_id = served.create(**LONG)
    with streaming(events(run_id)) as stream:
        for message in stream:
            if message.event == "message" and message.data["kind"] == "tossed":
                break
        assert served.get(run_id)["state"] == "running"


def test_coming_back_at_any_point_loses_and_repeats_nothing(served, streaming) -> None:
    run_id = served.create(**LONG)
    seen: list[int] = []
    while True:
        headers = {"Last-Event-ID": str(seen[-1])} if seen else {}
        taken, ended = 0, False
        with streaming(events(run_id), **headers) as stream:
            for message in stream:
                ended = message.event == "end"
                if message.id is not None:
                    seen.append(int(message.id))
                    taken += 1
                if taken == 7 or ended:
                    break
        if ended:
            break
    assert seen == list(range(1, served.get(run_id)["last_seq"] + 1))


def test_the_header_is_newer_than_the_address(served, streaming) -> None:
    run_id = served.create(steps=3)
    served_all = served.client.get(events(run_id) + "?limit=1000")
    while not served_all.json()["end"]:
        time.sleep(0.05)
        served_all = served.client.get(events(run_id) + "?limit=1000")
    last = served_all.json()["last_seq"]
    with streaming(events(run_id) + "?after=1", **{"Last-Event-ID": str(last - 1)}) as stream:
        assert seqs(list(stream)) == [last]
    with streaming(events(run_id) + f"?after={last}") as stream:
        (end,) = list(stream)
    assert (end.event, end.data["state"]) == ("end", "completed")


@pytest.mark.parametrize(
    ("headers", "query", "status"),
    [({"Last-Event-ID": "x"}, "", 422), ({}, "?after=-1", 422), ({}, "?after=99999", 410)],
)
def test_a_bad_cursor_is_refused_before_the_stream_begins(served, headers, query, status) -> None:
    run_id = served.create(steps=1)
    answer = served.client.get(events(run_id) + query, headers={"Accept": "text/event-stream", **headers})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_silent_run_has_heartbeats_with_the_cursor(served, streaming, runs) -> None:
    run_id = served.create(steps=100_000, work=300_000)
    while served.get(run_id)["state"] != "running":
        time.sleep(0.05)
    served.client.post(f"/api/v2/runs/{run_id}/pause")
    while served.get(run_id)["state"] != "paused":
        time.sleep(0.05)
    last = served.get(run_id)["last_seq"]
    with streaming(events(run_id) + f"?after={last}") as stream:
        beats = [next(stream) for _ in range(3)]
    assert {beat.event for beat in beats} == {"heartbeat"}
    assert beats[-1].data == {"run": run_id, "seq": last}
    served.client.post(f"/api/v2/runs/{run_id}/cancel")
    assert runs.wait(run_id, 10).state == "cancelled"


def test_a_cancelled_run_ends_its_stream_with_the_reason(served, streaming) -> None:
    run_id = served.create(steps=100_000, work=300_000)
    with concurrent.futures.ThreadPoolExecutor() as pool, streaming(events(run_id)) as stream:
        next(stream)
        pool.submit(served.client.post, f"/api/v2/runs/{run_id}/cancel")
        *_, end = list(stream)
    assert (end.event, end.data["state"]) == ("end", "cancelled")
    assert end.data["reason"]


def test_a_reader_who_does_not_read_delays_nobody(served, streaming, runs) -> None:
    run_id = served.create(steps=3000, work=1000)
    host, port = served.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.sendall(f"GET {events(run_id)} HTTP/1.1\r\nHost: {host}\r\nAccept: text/event-stream\r\n\r\n".encode())
        with streaming(events(run_id)) as stream:
            facts = seqs(list(stream))
        assert runs.wait(run_id, 30).state == "completed"
    assert facts == list(range(1, len(facts) + 1))


def test_several_runs_in_one_stream_with_one_cursor(served, streaming) -> None:
    ids = [served.create(steps=steps) for steps in (3, 5, 8)]
    address = f"/api/v2/events?runs={','.join(ids)}"
    with streaming(address) as stream:
        messages = [message for message in stream if message.event != "heartbeat"]
    ends = {message.data["run"]: message.data["seq"] for message in messages if message.event == "end"}
    assert set(ends) == set(ids)
    told = {run_id: [m.data["seq"] for m in messages if m.id and m.data["run"] == run_id] for run_id in ids}
    assert told == {run_id: list(range(1, ends[run_id] + 1)) for run_id in ids}
    middle = [message for message in messages if message.id][6]
    with streaming(address, **{"Last-Event-ID": middle.id}) as stream:
        rest = [message for message in stream if message.id]
    before = {(m.data["run"], m.data["seq"]) for m in [m for m in messages if m.id][:7]}
    after = {(m.data["run"], m.data["seq"]) for m in rest}
    assert not before & after
    assert len(before | after) == sum(ends.values())


@pytest.mark.parametrize("query", ["?runs=", "?runs=000000000000", "", "?runs={id}&after=x:1", "?runs={id}&after={id}:a"])
def test_a_multiplexed_stream_of_nothing_is_refused(served, query: str) -> None:
    run_id = served.create(steps=1)
    answer = served.client.get("/api/v2/events" + query.format(id=run_id), headers={"Accept": "text/event-stream"})
    assert answer.status_code in (404, 422)
    assert answer.headers["content-type"] == "application/problem+json"


def test_the_log_is_followed_by_byte_offset(served, streaming) -> None:
    run_id = served.create(**LONG)
    address = f"/api/v2/runs/{run_id}/log"
    lines, offset = [], 0
    with streaming(address) as stream:
        for message in stream:
            if message.event == "log":
                lines += message.data.split("\n")
                offset = int(message.id)
            if len(lines) > 10:
                break
    with streaming(address, **{"Last-Event-ID": str(offset)}) as stream:
        for message in stream:
            if message.event == "log":
                lines += message.data.split("\n")
    assert message.event == "end"
    assert message.data["state"] == "completed"
    whole = served.client.get(address).text
    assert "\n".join(lines) + "\n" == whole
    assert message.data["offset"] == len(whole.encode())


def test_a_websocket_tells_the_same(served) -> None:
    from websockets.sync.client import connect

    run_id = served.create(steps=4)
    while served.get(run_id)["last_seq"] < 2:  # a cursor that the log has not reached yet is refused
        time.sleep(0.01)
    address = served.url.replace("http", "ws") + events(run_id) + "/ws"
    with connect(address + "?after=2", proxy=None) as socket:
        messages = [json.loads(text) for text in socket]
        assert socket.close_code == 1000
    facts = [message for message in messages if message["type"] == "event"]
    assert [fact["seq"] for fact in facts] == list(range(3, served.get(run_id)["last_seq"] + 1))
    assert messages[-1]["type"] == "end"
    assert messages[-1]["state"] == "completed"


def test_a_websocket_is_refused_with_the_reason(served) -> None:
    from websockets.exceptions import InvalidStatus
    from websockets.sync.client import connect

    run_id = served.create(steps=1)
    root = served.url.replace("http", "ws")
    for path, status, origin in [
        ("/api/v2/runs/000000000000/events/ws", 404, None),
        (f"{events(run_id)}/ws?after=99999", 410, None),
        (f"{events(run_id)}/ws?aftr=1", 422, None),
        (f"{events(run_id)}/ws", 403, "https://evil.example"),
    ]:
        with pytest.raises(InvalidStatus) as caught, connect(root + path, origin=origin, proxy=None):
            pass
        assert caught.value.response.status_code == status
        assert json.loads(caught.value.response.body)["status"] == status


@pytest.mark.slow
def test_two_hundred_readers_get_everything(served, runs, parsed) -> None:
    import asyncio

    run_id = served.create(steps=100, work=100_000)

    async def one(client: httpx2.AsyncClient) -> list[int]:
        headers = {"Accept": "text/event-stream"}
        lines: list[str] = []
        async with client.stream("GET", served.url + events(run_id), headers=headers) as answer:
            async for line in answer.aiter_lines():
                lines.append(line)
        messages = list(parsed(iter(lines)))
        assert messages[-1].event == "end"
        return seqs(messages)

    async def all_of_them() -> list[list[int]]:
        limits = httpx2.Limits(max_connections=250)
        async with httpx2.AsyncClient(timeout=120, limits=limits, trust_env=False) as client:
            return await asyncio.gather(*(one(client) for _ in range(200)))

    told = asyncio.run(all_of_them())
    run = runs.wait(run_id, 60)
    assert run.state == "completed"
    assert all(seen == list(range(1, run.last_seq + 1)) for seen in told)
