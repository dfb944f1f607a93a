"""Streams are readings of the event log: nothing lost, nothing repeated, whoever reads however slowly."""

from __future__ import annotations

import asyncio

import pytest

from quintant.errors import Gone, NotFound
from quintant.runs import State

CONFIG = {"steps": 60, "work": 200_000}


def collect(runs, run_id, after=0, pause_s=0.0, stop_at=None):
    async def read():
        seen = []
        async for event in runs.follow(run_id, after):
            if event is None:
                continue
            seen.append(event)
            if event.seq == stop_at:
                break
            await asyncio.sleep(pause_s)
        return seen

    return asyncio.run(asyncio.wait_for(read(), 60))


def test_a_follower_sees_every_event_in_order_up_to_the_final_one(runs):
    run = runs.submit("toy", CONFIG)
    events = collect(runs, run.id)
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert events[-1].payload["to"] == "completed"
    assert events == list(runs.events(run.id))


def test_reconnecting_anywhere_loses_and_repeats_nothing(runs):
    run = runs.wait(runs.submit("toy", {"steps": 8}).id, 30)
    whole = [event.seq for event in runs.events(run.id)]
    for cut in whole:
        head = [event.seq for event in collect(runs, run.id, stop_at=cut)]
        assert head + [event.seq for event in collect(runs, run.id, after=cut)] == whole


def test_many_readers_of_which_one_is_slow_do_not_slow_the_run(runs):
    async def read_all(run_id):
        async def one(pause_s):
            return [e.seq async for e in runs.follow(run_id) if e is not None and await asyncio.sleep(pause_s) is None]

        return await asyncio.gather(*(one(0.05 if n == 0 else 0.0) for n in range(20)))

    run = runs.submit("toy", CONFIG)
    seen = asyncio.run(asyncio.wait_for(read_all(run.id), 60))
    assert all(seqs == seen[0] == list(range(1, len(seqs) + 1)) for seqs in seen)
    alone = runs.wait(runs.submit("toy", CONFIG).id, 30)
    read = runs.get(run.id)
    assert read.record["timings"]["running_s"] < 3 * alone.record["timings"]["running_s"] + 1


def test_a_quiet_stream_beats(runs):
    async def beats(run_id):
        count = 0
        async for event in runs.follow(run_id, after=runs.get(run_id).last_seq, heartbeat_s=0.1):
            count += event is None
            if count == 3:
                return count
        return None

    run = runs.submit("toy", {"misbehave": "hang", "misbehave_at": 0, "steps": 1})
    while runs.get(run.id).state is not State.RUNNING:
        pass
    assert asyncio.run(asyncio.wait_for(beats(run.id), 10)) == 3
    runs.cancel(run.id)


def test_following_what_is_over_or_unknown(runs):
    run = runs.wait(runs.submit("toy", {}).id, 30)
    assert collect(runs, run.id, after=run.last_seq) == []
    with pytest.raises(NotFound):
        collect(runs, "000000000000")


def test_the_log_is_followed_by_byte_offset(runs):
    run = runs.submit("toy", CONFIG)

    async def read(offset):
        return [chunk async for chunk in runs.follow_log(run.id, offset) if chunk is not None]

    chunks = asyncio.run(asyncio.wait_for(read(0), 60))
    whole = b"".join(chunk.data for chunk in chunks)
    assert whole == runs.log(run.id).data
    assert whole.count(b"heads") == CONFIG["steps"]
    assert all(chunk.data.endswith(b"\n") for chunk in chunks)
    middle = chunks[len(chunks) // 2].offset
    rest = b"".join(chunk.data for chunk in asyncio.run(read(middle)))
    assert rest == whole[middle:]
    with pytest.raises(Gone, match="Read it again"):
        runs.log(run.id, len(whole) + 1)


def test_a_log_that_vanishes_while_it_is_followed_is_a_run_that_is_deleted(runs):
    """Its files go before its row does: between the two a stream read an empty log, from an offset that it no longer has."""
    run = runs.submit("toy", {"misbehave": "hang", "misbehave_at": 0, "steps": 1})
    path = runs._log_path(runs.get(run.id))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"a run that hangs writes no more than this\n")

    async def follow():
        async for chunk in runs.follow_log(run.id, heartbeat_s=0.2):
            if chunk is not None:
                path.unlink()

    with pytest.raises(NotFound, match=run.id):
        asyncio.run(asyncio.wait_for(follow(), 60))
    runs.cancel(run.id)
    with pytest.raises(Gone):
        asyncio.run(collect_log(runs, run.id, 10**9))


async def collect_log(runs, run_id, offset):
    return [chunk async for chunk in runs.follow_log(run_id, offset, heartbeat_s=0.2)]
