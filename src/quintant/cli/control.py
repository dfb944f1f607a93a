"""`quintant pause`, `resume`, `retry`, `stop`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from quintant.cli.options import DataDir, Several, Url

if TYPE_CHECKING:
    from quintant.cli.door import Door
    from quintant.runs.control import Wish
    from quintant.runs.lifecycle import State
    from quintant.runs.run import Run
    from quintant.runs.sweep import Sweep

Sweeps = Annotated[list[str], typer.Argument(metavar="SWEEP…", help="Ids of sweeps; their first characters are enough.")]
Verb = Literal["pause", "resume", "stop"]


def pause(which: Several, url: Url = None, data_dir: DataDir = None) -> None:
    """Pause running runs at their next step boundary."""
    _each(which, url, data_dir, lambda door, run: door.pause(run.id), "pause")


def resume(which: Several, url: Url = None, data_dir: DataDir = None) -> None:
    """Let paused runs go on; of a sweep also run those again that were cancelled. What was completed is never run again."""
    _each(which, url, data_dir, lambda door, run: door.resume(run.id), "resume")


def retry(which: Sweeps, url: Url = None, data_dir: DataDir = None) -> None:
    """Run those runs of a sweep again that failed, with the same config and root seed, in their places."""
    from quintant.cli.door import open_door
    from quintant.errors import Conflict
    from quintant.runs.sweep import Sweep

    with open_door(url, data_dir, execute=True) as door:
        for prefix in which:
            target = door.find(prefix)
            if not isinstance(target, Sweep):
                raise Conflict(f"{target.id} is one run: start it again with quintant run {target.lab} --like {target.id}")
            _again(door, target, "retry")


def _again(door: Door, sweep: Sweep, how: Literal["retry", "resume"]) -> None:
    """Without a server the command executes what it started, as `run` does."""
    from quintant.cli.run import watched
    from quintant.runs.control import census

    answers = door.again(how, sweep.id)
    begun = [answer for answer in answers if answer.done]
    for answer in begun:
        print(f"{answer.run}  {_coming(answer.state, how)}{f', {answer.reason}' if answer.reason else ''}")
    rest = f"; left out: {census(answers)}" if len(begun) < len(answers) else ""
    print(f"sweep {sweep.id}: {how} asked of {len(begun)} of {len(answers)} runs{rest}")
    if begun and door.url is None:
        code = watched(door, door.lab(sweep.lab), (), sweep, door.runs_of(sweep.id), False, False)
        if code:
            raise typer.Exit(code)


def stop(which: Several, url: Url = None, data_dir: DataDir = None) -> None:
    """Stop runs. Where the lab can say it, what was measured so far is kept as the result of a stopped run."""
    _each(which, url, data_dir, lambda door, run: door.cancel(run.id), "stop")


def _each(which: list[str], url: str | None, data_dir: object, act: Callable[[Door, Run], Run], verb: Verb) -> None:
    """Act on every Run that the ids stand for; on a sweep in one request, Runs that do not allow it left out and counted."""
    from quintant.cli.door import open_door
    from quintant.runs.control import census
    from quintant.runs.sweep import Sweep

    action: Wish = "cancel" if verb == "stop" else verb

    with open_door(url, data_dir, execute=verb == "resume") as door:  # type: ignore[arg-type]
        for prefix in which:
            target = door.find(prefix)
            if isinstance(target, Sweep) and verb == "resume":
                _again(door, target, "resume")
                continue
            if not isinstance(target, Sweep):
                run = act(door, target)
                print(f"{run.id}  {_now(run, verb)}")
                continue
            answers = door.control(action, target.id)
            for answer in answers:
                if answer.done:
                    print(f"{answer.run}  {_coming(answer.state, verb)}")
            done = sum(answer.done for answer in answers)
            rest = f"; left out: {census(answers)}" if done < len(answers) else ""
            print(f"sweep {target.id}: {verb} asked of {done} of {len(answers)} runs{rest}")


def _coming(state: State | None, verb: str) -> str:
    """The state, and what is still on its way."""
    from quintant.cli import table

    coming = {"pause": "paused", "resume": "running", "stop": "cancelled", "retry": "queued"}[verb]
    word = f"{table.GLYPHS.get(str(state), ' ')} {state}"
    return word if state is None or str(state) in (coming, "queued") or state.final else f"{word}, {verb} asked for"


def _now(run: Run, verb: str) -> str:
    """The state, and what is still on its way."""
    from quintant.cli import table

    coming = {"pause": "paused", "resume": "running", "stop": "cancelled"}[verb]
    if str(run.state) != coming and not run.state.final:
        return f"{table.state(run)}, {verb} asked for"
    return table.state(run)
