"""`quintant watch RUN`: look on at a run or a sweep that was started elsewhere, to its end."""

from __future__ import annotations

from typing import Annotated

import typer

from quintant.cli.options import DataDir, Url, Which


def watch(
    which: Which,
    json: Annotated[bool, typer.Option("--json", help="One JSON object per event, then a summary.")] = False,
    figure: Annotated[bool, typer.Option("--figure/--no-figure", help="Draw the lab's figure at the end.")] = True,
    url: Url = None,
    data_dir: DataDir = None,
) -> None:
    """Watch a run or a sweep live and read its result, as `run` shows it. Ctrl-C ends the looking, not the runs."""
    from quintant.cli.door import open_door
    from quintant.cli.run import watched
    from quintant.runs.sweep import Sweep

    with open_door(url, data_dir) as door:
        target = door.find(which)
        sweep = target if isinstance(target, Sweep) else None
        runs = [door.run(target.id)] if sweep is None else door.runs_of(target.id)
        if door.url is None and any(str(run.state) == "queued" for run in runs):
            typer.echo("note: no server works here; what is queued waits for one (quintant serve).", err=True)
        card = door.lab(target.lab)
        raise typer.Exit(watched(door, card, (), sweep, runs, json, figure, ours=False))
