"""`quintant run LAB`: start Runs, watch them, tell what came out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from quintant.cli.options import DataDir, Url

if TYPE_CHECKING:
    from collections.abc import Sequence

    from quintant.cli.door import Door, Request
    from quintant.client.card import LabCard
    from quintant.lab import Expected
    from quintant.runs.run import Run
    from quintant.runs.sweep import Sweep


def run(
    lab: Annotated[str, typer.Argument(metavar="LAB", help="What to run; `quintant labs` lists them.")],
    preset: Annotated[
        str | None,
        typer.Option("--preset", metavar="NAME", help="Preset to start from [default: the lab's].", show_default=False),
    ] = None,
    sets: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="KEY=VALUE",
            help="Change a parameter: JSON or text; a dotted KEY reaches inside; @FILE.json reads a file.",
            show_default=False,
        ),
    ] = None,
    sweeps: Annotated[
        list[str] | None,
        typer.Option(
            "--sweep",
            metavar="KEY=A:B:STEP|V1,V2",
            help="Run every value; several --sweep make every combination.",
            show_default=False,
        ),
    ] = None,
    seeds: Annotated[
        int | None,
        typer.Option(
            "--seeds", metavar="N", min=1, help="Replicates of every point [default: the preset's].", show_default=False
        ),
    ] = None,
    root_seed: Annotated[
        int | None,
        typer.Option(
            "--root-seed",
            metavar="N",
            min=0,
            help="Root seed; replicate i takes N + i [default: QUINTANT_ROOT_SEED].",
            show_default=False,
        ),
    ] = None,
    name: Annotated[
        str | None, typer.Option("--name", help="Name in lists [default: the preset's].", show_default=False)
    ] = None,
    like: Annotated[
        str | None,
        typer.Option(
            "--like", metavar="RUN", help="Start from the config, seeds and root seed of this run or sweep.", show_default=False
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object per event, then a summary.")] = False,
    detach: Annotated[bool, typer.Option("--detach", help="Leave the run to the server and return at once.")] = False,
    figure: Annotated[bool, typer.Option("--figure/--no-figure", help="Draw the lab's figure at the end.")] = True,
    url: Url = None,
    data_dir: DataDir = None,
) -> None:
    """Run a lab, watch it live, and read the result with its interval."""
    from quintant.cli import problems
    from quintant.cli.door import open_door
    from quintant.errors import ConfigError, Unreachable

    with open_door(url, data_dir, execute=not detach) as door:
        if detach and door.url is None:
            raise Unreachable("--detach leaves the run to a server, and none is running. Start one: quintant serve")
        card = door.lab(lab)
        try:
            request, expected = _request(door, card, preset, sets or [], sweeps or [], seeds, root_seed, name, like)
            sweep, runs = door.start(request)
        except ConfigError as error:
            raise typer.Exit(problems.tell(error, lab, card.keys)) from None
        raise typer.Exit(
            _detached(door, sweep, runs, json) if detach else _watched(door, card, request, expected, sweep, runs, json, figure)
        )


def _request(
    door: Door,
    card: LabCard,
    preset: str | None,
    sets: Sequence[str],
    sweeps: Sequence[str],
    seeds: int | None,
    root_seed: int | None,
    name: str | None,
    like: str | None,
) -> tuple[Request, Sequence[Expected]]:
    """What the options ask for, and the published numbers that its result may be held against."""
    from quintant.cli import values
    from quintant.cli.door import Request
    from quintant.cli.problems import Refused

    if card.missing:
        from quintant.errors import NotInstalled

        raise NotInstalled(card.missing)
    properties = card.schema.get("properties", {})
    sets, told = values.with_units(sets, properties)
    sweeps, told_too = values.with_units(sweeps, properties)
    for note in [*told, *told_too]:
        typer.echo(f"note: {note}", err=True)
    axes = values.axes(sweeps)
    if like is None:
        chosen = card.preset(preset)
        base = card.base(chosen)
        changed = values.overrides(sets, base)
        plain = not changed and not axes
        request = Request(
            card.name,
            chosen.name,
            changed,
            axes,
            seeds if seeds is not None else chosen.seeds,
            root_seed,
            name or (chosen.name if plain else f"{chosen.name} {_told(sets, sweeps)}".strip()[:200]),
        )
        return request, chosen.expected if plain else ()
    if preset is not None:
        raise Refused("--like and --preset exclude each other: each is a whole config to start from.")
    from quintant.runs.sweep import Sweep

    target = door.find(like)
    if target.lab != card.name:
        raise Refused(
            f"{target.id} is of lab {target.lab}, not of {card.name}.", f"quintant run {target.lab} --like {target.id}"
        )
    if isinstance(target, Sweep):
        first = door.run(door.runs_of(target.id)[0].id)
        axes = axes or {key: list(ways) for key, ways in target.axes.items()}
        seeds = target.seeds if seeds is None else seeds
    else:
        first = door.run(target.id)
    base = dict(first.config)
    changed = {**base, **values.overrides(sets, base)}
    root = target.root_seed if root_seed is None else root_seed
    return Request(card.name, None, changed, axes, seeds or 1, root, name or target.name), ()


def _told(sets: Sequence[str], sweeps: Sequence[str]) -> str:
    return " ".join(part if len(part) <= 40 else part[:39] + "…" for part in [*sets, *sweeps])


def _detached(door: Door, sweep: Sweep | None, runs: Sequence[Run], json: bool) -> int:
    target: Any = sweep or runs[0]
    if json:
        import orjson

        made = {"sweep": sweep.id if sweep else None, "runs": [run.id for run in runs], "view": door.view(target)}
        print(orjson.dumps({"kind": "started", "payload": made}).decode())
    else:
        print(f"started {'sweep' if sweep else 'run'} {target.id}" + (f", {len(runs)} runs" if sweep else ""))
        print(f"  view   {door.view(target)}")
        print(f"  stop   quintant stop {target.id}")
    return 0


def _watched(
    door: Door,
    card: LabCard,
    request: Request,
    expected: Sequence[Expected],
    sweep: Sweep | None,
    runs: Sequence[Run],
    json: bool,
    figure: bool,
) -> int:
    import sys

    from quintant.cli import report, watch
    from quintant.cli.interruption import interruptible
    from quintant.runs.lifecycle import State

    shown = _shown(card, json)
    tick = None
    try:
        with interruptible():
            if not json:
                _head(request, sweep, runs)
            _warn(runs)
            with shown:
                for tick in watch.follow(door, sweep, runs, events=json):
                    shown.show(tick.runs, tick.events, tick.elapsed_s)
    except (KeyboardInterrupt, BrokenPipeError) as stopped:
        stopped_runs = watch.cancel(door, tick.runs if tick else runs)
        print(
            f"interrupted: {stopped_runs} run{'' if stopped_runs == 1 else 's'} cancelled, "
            f"{len(runs) - stopped_runs} had ended",
            file=sys.stderr,
        )
        if isinstance(stopped, BrokenPipeError):
            raise
        return 130
    assert tick is not None
    ended = tick.runs
    completed = [one for one in ended if one.state is State.COMPLETED]
    headline = report.measured(door, card, sweep, ended) if completed else []
    single = len({str(one.point) for one in ended}) == 1
    against = report.published(door, card, expected, sweep, ended) if completed and single else []
    drawn = report.draw(door, card, sweep, ended) if figure and completed else None
    view = report.view(door, card, sweep, ended)
    if json:
        shown.end(report.summary(card, sweep, ended, tick.elapsed_s, headline, against, drawn, view))
    else:
        for line in report.lines(card, sweep or ended[0], ended, tick.elapsed_s, headline, against, drawn, view):
            print(line)
    return 0 if len(completed) == len(ended) else 1


def _shown(card: LabCard, json: bool) -> Any:
    import sys

    from quintant.cli.bar import Bar, Lines
    from quintant.cli.jsonlines import JsonLines

    if json:
        return JsonLines(sys.stdout)
    if sys.stdout.isatty():
        from rich.console import Console

        return Bar(Console(), card.headline)
    return Lines(sys.stdout, card.headline)


def _head(request: Request, sweep: Sweep | None, runs: Sequence[Run]) -> None:
    """optical · deeprmsa-nsfnet · 10 seeds                    sweep c41d20aa96e3"""
    import shutil
    import sys

    parts = [request.lab, request.name or ""]
    points = len(runs) // max(1, request.seeds)
    if points > 1:
        parts.append(f"{points} points")
    if request.seeds > 1:
        parts.append(f"{request.seeds} seeds")
    left = " · ".join(filter(None, parts))
    right = f"sweep {sweep.id}" if sweep else f"run {runs[0].id}"
    columns = min(shutil.get_terminal_size().columns, 100) if sys.stdout.isatty() else 0
    print(left + " " * max(3, columns - len(left) - len(right)) + right, flush=True)


def _warn(runs: Sequence[Run]) -> None:
    """What the config's own rules doubt, on stderr: each parameter once, however many points say it in their numbers."""
    import sys

    from quintant.cli.problems import sentence
    from quintant.errors import Problem

    told: dict[str, dict[str, None]] = {}
    for run in runs:
        for one in run.warnings:
            text = sentence(Problem(one["path"], one["message"], hint=one.get("hint")))
            told.setdefault(one["path"], {})[text] = None
    for texts in told.values():
        first, *others = texts
        print(f"warning: {first}{f' (and alike at {len(others)} other points)' if others else ''}", file=sys.stderr, flush=True)
