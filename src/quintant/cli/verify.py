"""`quintant verify RUN`: execute it again and compare."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from quintant.cli.options import DataDir, Json, Url, Which

if TYPE_CHECKING:
    from quintant.cli.door import Compared, Door
    from quintant.runs.run import Run

MOST_DIFFERENCES = 5


def verify(which: Which, json: Json = False, url: Url = None, data_dir: DataDir = None) -> None:
    """Execute a run (or every run of a sweep) again and compare the results bit for bit."""
    from quintant.cli.door import open_door
    from quintant.errors import Conflict
    from quintant.runs.lifecycle import State

    with open_door(url, data_dir, execute=True) as door:
        target = door.find(which)
        runs = [run for run in door.members(target) if run.state is State.COMPLETED]
        if not runs:
            raise Conflict(f"{target.id} has no completed run; only a completed one can be verified.")
        raise typer.Exit(_verified(door, runs, json))


def _verified(door: Door, runs: list[Run], json: bool) -> int:
    import sys

    from quintant.cli import following
    from quintant.cli.interruption import interruptible, postponed, stop, tell_stopping
    from quintant.runs.lifecycle import State

    again: list[Run] = []
    try:
        for run in runs:
            with postponed() as interruption:
                again.append(door.verify(run.id))
            if interruption.heard:
                raise KeyboardInterrupt
        with interruptible():
            ended = following.finish(door, again).runs
    except KeyboardInterrupt:
        if not interruption.heard:
            tell_stopping()
        stopped = stop(door, again).asked
        print(f"interrupted: {stopped} re-execution{'' if stopped == 1 else 's'} cancelled", file=sys.stderr)
        return 130
    same = True
    for run, repeated in zip(runs, ended, strict=True):
        run = door.run(run.id)
        if repeated.state is not State.COMPLETED:
            same = False
            _tell_unfinished(run, repeated, json)
            continue
        comparison = door.compare(run.id, repeated.id)
        same = same and comparison.identical
        _tell(run, repeated, comparison, json, alone=len(runs) == 1)
    return 0 if same else 1


def _tell(run: Run, again: Run, comparison: Compared, json: bool, alone: bool) -> None:
    if json:
        _json(
            run,
            again,
            identical=comparison.identical,
            exact=comparison.exact,
            same_platform=comparison.same_platform,
            differences=list(comparison.differences),
        )
        return
    word = "identical" if comparison.identical else "different"
    mark = {True: "✓", False: "✗"}
    config = mark[run.config_hash == again.config_hash]
    shown, agrees = (
        (again.result_hash, run.result_hash == again.result_hash)
        if comparison.same_platform
        else (again.exact_hash, comparison.exact)
    )
    what = "result" if comparison.same_platform else "counts"
    platform = f"platform tag {again.record.get('platform', '?')} {mark[comparison.same_platform]}"
    name = "" if alone else f"{run.id}  "
    print(f"{name}{word}   config {config}   {what} sha256:{(shown or '')[:12]}… {mark[agrees]}   {platform}")
    if not comparison.identical:
        for number, difference in enumerate(comparison.differences[:MOST_DIFFERENCES]):
            print(f"  {'first' if number == 0 else '     '}  {difference}")
        if len(comparison.differences) > MOST_DIFFERENCES:
            print(f"         and {len(comparison.differences) - MOST_DIFFERENCES} more")
        print(f"  again  quintant show {again.id}")


def _tell_unfinished(run: Run, again: Run, json: bool) -> None:
    if json:
        _json(run, again, identical=False, exact=None, same_platform=None, differences=[f"{again.state}: {again.reason}"])
        return
    print(f"{run.id}  not verified: the re-execution {again.id} {again.state}: {again.reason}")


def _json(run: Run, again: Run, **facts: object) -> None:
    import orjson

    print(orjson.dumps({"run": run.id, "against": again.id, **facts}).decode(), flush=True)
