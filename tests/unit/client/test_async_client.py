"""AsyncClient: the same operations as Client, awaited, against a server that answers in this process."""

from __future__ import annotations

import asyncio
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import quintant
from quintant.client import AsyncClient, Client, RunHandle, SweepHandle
from quintant.client import asynchronous as mirrors
from quintant.client.bridge import awaited, spawned, stepped
from quintant.client.rows import Rows
from quintant.client.run import FigureHandle
from quintant.errors import ConfigError, NotFound, Unreachable

ROOT = Path(__file__).parents[3]


def test_what_is_generated_is_current():
    done = subprocess.run([sys.executable, ROOT / "tools/generated.py", "--check"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("kind", [Client, RunHandle, SweepHandle, FigureHandle, Rows])
def test_every_public_method_is_there_with_the_same_parameters(kind):
    mirror = getattr(mirrors, f"Async{kind.__name__}")
    names = [name for name, member in inspect.getmembers(kind, callable) if not name.startswith("_")]
    assert len(names) >= 3
    for name in names:
        ours, theirs = (inspect.signature(getattr(each, name)).parameters for each in (mirror, kind))
        assert [(each.name, each.kind, each.default) for each in ours.values()] == [
            (each.name, each.kind, each.default) for each in theirs.values()
        ], name
    for name, member in inspect.getmembers(kind):
        if isinstance(member, property) and not name.startswith("_") and kind is not Client:
            assert isinstance(getattr(mirror, name), property), name


def test_a_run_is_started_followed_and_read(folder, tmp_path):
    async def experiment() -> None:
        async with quintant.connect_async() as client:
            run = await client.run("toy", config={"steps": 3, "bias": 0.7}, seeds=1)
            events = [event async for event in run.events()]
            assert [event.seq for event in events] == list(range(1, len(events) + 1)) and run.state == "completed"
            synchronous = quintant.get(run.id)
            assert await run.result() == synchronous.result() and repr(run).startswith("<async run ")
            assert (await run.table("steps")).equals(synchronous.table("steps"))
            kept = await run.download("config.json", tmp_path / "config.json")
            assert kept.read_bytes() == synchronous.download("config.json", tmp_path / "again.json").read_bytes()
            assert (await client.lab("toy")).schema == quintant.connect().lab("toy").schema
            assert [card.name for card in await client.labs()] == [card.name for card in quintant.connect().labs()]
            again = await client.get(run)
            assert again.id == run.id and [each.id for each in again.runs] == [run.id]

    asyncio.run(experiment())


def test_sweeps_run_beside_each_other_and_their_tables_are_read(folder):
    async def experiment() -> None:
        async with quintant.connect_async() as client:
            begun = await asyncio.gather(*(client.run("toy", config={"steps": steps}, seeds=2) for steps in (2, 3)))
            sweeps = await asyncio.gather(*(sweep.wait(240) for sweep in begun))
            for sweep in sweeps:
                [point] = summary = await sweep.summary()
                assert point.headline.n == 2 and summary.to_arrow().num_rows == 1 == (await sweep.to_arrow()).num_rows
                assert [run.state for run in sweep.runs] == ["completed"] * 2
            answer = await client.compare(*sweeps)
            assert answer["differs"][0]["key"] == "steps"
            keys = [row.key async for row in client.rows("lab:toy", fold="none", limit=1)]
            assert {run.id for sweep in sweeps for run in sweep.runs} <= set(keys)

    asyncio.run(experiment())


def test_errors_are_those_of_every_door(folder):
    async def experiment() -> None:
        async with quintant.connect_async() as client:
            with pytest.raises(ConfigError, match="biass"):
                await client.run("toy", config={"biass": 1})
            with pytest.raises(NotFound):
                await client.get("nothing")
        async with AsyncClient("http://127.0.0.1:9", patience_s=0.0) as client:
            with pytest.raises(Unreachable, match=r"127\.0\.0\.1:9"):
                await client.labs()

    asyncio.run(experiment())


def test_whoever_is_cancelled_while_waiting_leaves_the_loop_at_once_and_the_client_whole(folder):
    async def experiment() -> None:
        async with quintant.connect_async() as client:
            run = await client.run("toy", config={"steps": 400, "work": 1_000_000}, seeds=1)
            begun = asyncio.Event()

            async def follow() -> None:
                async for _ in run.events():
                    begun.set()

            tasks = [asyncio.create_task(follow()), asyncio.create_task(run.wait())]
            await begun.wait()
            for task in tasks:
                task.cancel()
            assert all(isinstance(end, asyncio.CancelledError) for end in await asyncio.gather(*tasks, return_exceptions=True))
            await run.cancel()
            assert (await run.wait(240)).state == "cancelled"

    asyncio.run(experiment())


def test_code_is_bridged_through_errors_iterators_and_ends():
    class Fault(Exception):
        pass

    async def failing() -> int:
        raise Fault

    closed = []

    def values():
        try:
            for number in range(5):
                yield awaited(asyncio.sleep(0, number))
        finally:
            closed.append(awaited(asyncio.sleep(0, "closed")))

    def forgiving() -> str:
        try:
            awaited(failing())
        except Fault:
            return awaited(asyncio.sleep(0, "forgiven"))
        return "?"

    async def experiment() -> None:
        assert await spawned(forgiving) == "forgiven" and await spawned(lambda: 7) == 7
        with pytest.raises(Fault):
            await spawned(lambda: awaited(failing()))
        steps = stepped(values())
        assert [await anext(steps), await anext(steps)] == [0, 1] and closed == []
        await steps.aclose()
        assert closed == ["closed"]

    asyncio.run(experiment())
    with pytest.raises(RuntimeError, match="await its own methods"):
        awaited(None)
