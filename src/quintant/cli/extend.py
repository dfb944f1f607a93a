"""`quintant extend SWEEP`: more Runs for a sweep that is there."""

from __future__ import annotations

from typing import Annotated

import typer

from quintant.cli.options import DataDir, Url


def extend(
    which: Annotated[str, typer.Argument(metavar="SWEEP", help="Id of a sweep; its first characters are enough.")],
    seeds: Annotated[
        str | None,
        typer.Option(
            "--seeds",
            metavar="N|A,B",
            help="Replicates at each point in all, or further root seeds with commas.",
            show_default=False,
        ),
    ] = None,
    sweeps: Annotated[
        list[str] | None,
        typer.Option("--sweep", metavar="KEY=VALUES", help="Further values of a key that it sweeps.", show_default=False),
    ] = None,
    until: Annotated[
        list[str] | None,
        typer.Option(
            "--until",
            metavar="METRIC+-5%",
            help="Add seeds at each point until this metric is so precise (% of its mean, else in its unit); all must hold.",
            show_default=False,
        ),
    ] = None,
    max_seeds: Annotated[
        int | None,
        typer.Option(
            "--max-seeds", metavar="N", help="With --until: the most seeds at a point [default: 200].", show_default=False
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object per event, then a summary.")] = False,
    detach: Annotated[bool, typer.Option("--detach", help="Leave the runs to the server and return at once.")] = False,
    figure: Annotated[bool, typer.Option("--figure/--no-figure", help="Draw the lab's figure at the end.")] = True,
    url: Url = None,
    data_dir: DataDir = None,
) -> None:
    """Add replicates or values to a sweep, or seeds until they are enough; what it has never runs again."""
    from quintant.cli import problems, values
    from quintant.cli.door import open_door
    from quintant.cli.run import started, watched
    from quintant.errors import ConfigError, Conflict, Unreachable
    from quintant.runs.sweep import Sweep

    with open_door(url, data_dir, execute=not detach) as door:
        if detach and door.url is None:
            raise Unreachable("--detach leaves the runs to a server, and none is running. Start one: quintant serve")
        target = door.find(which)
        if not isinstance(target, Sweep):
            raise Conflict(
                f"{target.id} is one run: quintant run {target.lab} --like {target.id} --seeds N makes a sweep of it."
            )
        card = door.lab(target.lab)
        try:
            named, notes = values.named(sweeps or [], card.schema) if sweeps else ([], [])
            for note in dict.fromkeys(notes):
                typer.echo(f"note: {note}", err=True)
            extension = {
                "seeds": None if seeds is None else values.seeds(seeds), "sweep": values.axes(named, lambda: card.schema),
                "until": list(until or ()), "max_seeds": max_seeds,
            }  # fmt: skip
            sweep, added = door.extend(target.id, extension)
        except ConfigError as error:
            raise typer.Exit(problems.tell(error, target.lab, card.keys)) from None
        if not json:
            print(f"{len(added)} run{'' if len(added) == 1 else 's'} added to sweep {sweep.id}", flush=True)
        if detach:
            raise typer.Exit(started(door, sweep, added, json))
        raise typer.Exit(watched(door, card, (), sweep, door.runs_of(sweep.id), json, figure))
