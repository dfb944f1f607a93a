"""`quintant rm RUN`: delete ended runs with their files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from quintant.cli.options import DataDir, Several, Url

if TYPE_CHECKING:
    from quintant.cli.door import Door


def rm(
    which: Several,
    yes: Annotated[bool, typer.Option("-y", "--yes", help="Do not ask.")] = False,
    url: Url = None,
    data_dir: DataDir = None,
) -> None:
    """Delete ended runs: row, events and files. It cannot be undone."""
    import sys

    from quintant.cli.door import open_door
    from quintant.cli.problems import Refused
    from quintant.errors import Conflict

    with open_door(url, data_dir) as door:
        runs = {run.id: run for prefix in which for run in door.members(door.find(prefix))}
        alive = [run for run in runs.values() if not run.state.final]
        if alive:
            raise Conflict(
                f"Run {alive[0].id} is {alive[0].state}; only ended runs can be deleted. First: quintant stop {alive[0].id}"
            )
        told = f"{len(runs)} runs" if len(runs) > 1 else f"run {next(iter(runs))}"
        if not yes:
            if not sys.stdin.isatty():
                raise Refused(f"Deleting {told} cannot be undone, and there is no terminal to ask at.", "Say so with --yes.")
            for run in runs.values():
                print(f"  {run.id}  {run.lab}  {run.name}  {run.state}")
            if not typer.confirm(f"Delete {told} with all files?"):
                print("nothing deleted")
                raise typer.Exit(1)
        for run_id in runs:
            door.delete(run_id)
            print(f"deleted {run_id}")
        for sweep_id in {run.sweep_id for run in runs.values() if run.sweep_id}:
            _forget(door, sweep_id)


def _forget(door: Door, sweep_id: str) -> None:
    """A sweep goes with its last run; so do the figures that were drawn of it."""
    import shutil

    from quintant.errors import NotFound

    try:
        left = door.runs_of(sweep_id)
    except NotFound:
        left = ()
    if not left and door.folder is not None:
        shutil.rmtree(door.folder / "sweeps" / sweep_id, ignore_errors=True)
