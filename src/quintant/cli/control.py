"""`quintant pause`, `resume`, `stop`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from quintant.cli.options import DataDir, Several, Url

if TYPE_CHECKING:
    from quintant.cli.door import Door
    from quintant.runs.run import Run


def pause(which: Several, url: Url = None, data_dir: DataDir = None) -> None:
    """Pause running runs at their next step boundary."""
    _each(which, url, data_dir, lambda door, run: door.pause(run.id), "pause")


def resume(which: Several, url: Url = None, data_dir: DataDir = None) -> None:
    """Let paused runs go on."""
    _each(which, url, data_dir, lambda door, run: door.resume(run.id), "resume")


def stop(which: Several, url: Url = None, data_dir: DataDir = None) -> None:
    """Cancel runs; what they have produced is kept."""
    _each(which, url, data_dir, lambda door, run: door.cancel(run.id), "stop")


def _each(which: list[str], url: str | None, data_dir: object, act: Callable[[Door, Run], Run], verb: str) -> None:
    """Act on every Run that the ids stand for. Of a sweep, Runs that have ended are left out, and counted."""
    from quintant.cli import table
    from quintant.cli.door import open_door
    from quintant.errors import Conflict
    from quintant.runs.sweep import Sweep

    with open_door(url, data_dir) as door:  # type: ignore[arg-type]
        for prefix in which:
            target = door.find(prefix)
            if not isinstance(target, Sweep):
                run = act(door, target)
                print(f"{run.id}  {_now(run, verb)}")
                continue
            left = [run for run in door.runs_of(target.id) if not run.state.final]
            done = 0
            for run in reversed(left):  # what waits is taken first, or it would start while the others end
                try:
                    print(f"{run.id}  {_now(act(door, run), verb)}")
                    done += 1
                except Conflict as error:
                    print(f"{run.id}  {table.state(run)}: {error}")
            print(f"sweep {target.id}: {done} of {len(door.runs_of(target.id))} runs")


def _now(run: Run, verb: str) -> str:
    """The state, and what is still on its way."""
    from quintant.cli import table

    coming = {"pause": "paused", "resume": "running", "stop": "cancelled"}[verb]
    if str(run.state) != coming and not run.state.final:
        return f"{table.state(run)}, {verb} asked for"
    return table.state(run)
