"""`quintant rm RUN`: delete ended runs with their files."""

from __future__ import annotations

from typing import Annotated

import typer

from quintant.cli.options import DataDir, Several, Url


def rm(
    which: Several,
    yes: Annotated[bool, typer.Option("-y", "--yes", help="Do not ask.")] = False,
    url: Url = None,
    data_dir: DataDir = None,
) -> None:
    """Delete ended runs: row, events and files. It cannot be undone."""
    import sys
    from contextlib import nullcontext, suppress

    from quintant.cli.door import open_door
    from quintant.cli.problems import Refused
    from quintant.errors import Conflict, NotFound
    from quintant.runs.sweep import Sweep

    with open_door(url, data_dir) as door:
        targets = {target.id: target for target in map(door.find, which)}
        runs = {run.id: run for target in targets.values() for run in door.members(target)}
        alive = [run for run in runs.values() if not run.state.final]
        if alive:
            raise Conflict(
                f"Run {alive[0].id} is {alive[0].state}; only ended runs can be deleted. First: quintant stop {alive[0].id}"
            )
        what = f"{len(runs)} runs" if len(runs) > 1 else f"run {next(iter(runs))}"
        if not yes:
            if not sys.stdin.isatty():
                raise Refused(f"Deleting {what} cannot be undone, and there is no terminal to ask at.", "Say so with --yes.")
            for run in runs.values():
                print(f"  {run.id}  {run.lab}  {run.name}  {run.state}")
            if not typer.confirm(f"Delete {what} with all files?"):
                print("nothing deleted")
                raise typer.Exit(1)
        for target in targets.values():
            if not isinstance(target, Sweep):
                with suppress(NotFound) if target.sweep_id in targets else nullcontext():  # gone with its sweep
                    door.delete(target.id)
                    print(f"deleted {target.id}")
                continue
            answers = door.control("delete", target.id)
            for answer in answers:
                print(f"deleted {answer.run}" if answer.done else f"not deleted: {answer.reason}")
