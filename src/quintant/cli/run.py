"""`quintant run LAB`: start Runs, watch them, tell what came out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from quintant.cli.options import DataDir, Url

if TYPE_CHECKING:
    from collections.abc import Sequence

    from quintant.cli.door import Door, Request
    from quintant.cli.report import Drawn
    from quintant.client.card import LabCard
    from quintant.lab import Expected
    from quintant.runs.run import Run
    from quintant.runs.sweep import Sweep


def run(
    lab: Annotated[str, typer.Argument(metavar="LAB", help="What to run; `quintant labs` lists them.")],
    preset: Annotated[
        str | None,
        typer.Option(
            "--preset",
            metavar="NAME",
            help="Preset to start from; none: the lab's bare defaults [default: the lab's].",
            show_default=False,
        ),
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
            metavar="KEY[,KEY]=A:B:STEP|A:B:log:N|V1,V2",
            help="Run every value; several --sweep make every combination, keys with commas between them go together.",
            show_default=False,
        ),
    ] = None,
    seeds: Annotated[
        str | None,
        typer.Option(
            "--seeds",
            metavar="N|A,B",
            help="Replicates of every point, or their root seeds with commas [default: the preset's].",
            show_default=False,
        ),
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
    points: Annotated[
        Path | None,
        typer.Option(
            "--points",
            metavar="FILE.csv",
            help="Run every line of a CSV file, whose heads are keys; with --sweep every combination.",
            show_default=False,
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
    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            metavar="FILE",
            help="Start from the config in this .json or .yaml: an exported config.json, or a run as `show --json` has it.",
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
    retries: Annotated[
        int,
        typer.Option("--retries", metavar="N", min=0, max=10, help="Starts again from the beginning of a run that was lost."),
    ] = 2,
    fresh: Annotated[bool, typer.Option("--fresh", help="Execute also what an identical run has the result of.")] = False,
    json: Annotated[bool, typer.Option("--json", help="One JSON object per event, then a summary.")] = False,
    detach: Annotated[bool, typer.Option("--detach", help="Leave the run to the server and return at once.")] = False,
    figure: Annotated[bool, typer.Option("--figure/--no-figure", help="Draw the lab's figure at the end.")] = True,
    url: Url = None,
    data_dir: DataDir = None,
) -> None:
    """Run a lab, watch it live, and read the result with its interval."""
    from dataclasses import replace

    from quintant.cli import problems
    from quintant.cli.door import open_door
    from quintant.cli.interruption import postponed
    from quintant.errors import ConfigError, Unreachable

    with open_door(url, data_dir, execute=not detach) as door:
        if detach and door.url is None:
            raise Unreachable("--detach leaves the run to a server, and none is running. Start one: quintant serve")
        card = door.lab(lab)
        try:
            request, expected = _request(
                door, card, preset, sets or [], sweeps or [], seeds, root_seed, name, like, config, points
            )
            with postponed() as interruption:
                sweep, runs = door.start(
                    replace(request, retries=retries, until=tuple(until or ()), max_seeds=max_seeds, fresh=fresh)
                )
        except ConfigError as error:
            raise typer.Exit(problems.tell(error, lab, card.keys)) from None
        if interruption.heard:
            raise typer.Exit(_stopped(door, runs))
        if detach:
            raise typer.Exit(started(door, sweep, runs, json))
        raise typer.Exit(watched(door, card, expected, sweep, runs, json, figure))


def _request(
    door: Door,
    card: LabCard,
    preset: str | None,
    sets: Sequence[str],
    sweeps: Sequence[str],
    asked_seeds: str | None,
    root_seed: int | None,
    name: str | None,
    like: str | None,
    config: Path | None,
    csv: Path | None,
) -> tuple[Request, Sequence[Expected]]:
    """What the options ask for, and the published numbers that its result may be held against."""
    from quintant.cli import values
    from quintant.cli.door import Request
    from quintant.cli.problems import Refused
    from quintant.lab import NO_PRESET

    if card.missing:
        from quintant.errors import NotInstalled

        raise NotInstalled(card.missing)
    read = sets
    if sets or sweeps:  # without, nobody needs the schema
        sets, notes = values.named(sets, card.schema)
        sweeps, more_notes = values.named(sweeps, card.schema)
        read, files = values.read(sets, card.schema, lambda key, file: door.read_file(card.name, key, file))
        for note in dict.fromkeys([*notes, *more_notes, *files]):
            typer.echo(f"note: {note}", err=True)
    seeds = None if asked_seeds is None else values.seeds(asked_seeds)
    if root_seed is not None and isinstance(seeds, list):
        raise Refused("--root-seed has no effect beside root seeds in --seeds.")
    lines = values.points(csv, card.schema) if csv is not None else {}
    changed, axes = values.overrides(read), values.axes(sweeps, lambda: card.schema, lines)
    if config is not None:
        if like is not None or preset is not None:
            word = "--like" if like is not None else "--preset"
            raise Refused(f"--config and {word} exclude each other: each is a whole config to start from.")
        from quintant.cli.config_file import kept, read_config

        file = read_config(config, card)
        return Request(
            card.name, {**kept(file.config, card, changed, axes), **changed}, axes, preset=None, seeds=seeds,
            root_seed=file.root_seed if root_seed is None else root_seed,
            name=name or f"{file.name or config.stem} {_told(sets, sweeps, csv)}".strip()[:200],
        ), ()  # fmt: skip
    if like is None:
        chosen = None if preset == NO_PRESET else card.preset(preset)
        words = [chosen.name if chosen is not None else card.name, _told(sets, sweeps, csv) if changed or axes else ""]
        request = Request(
            card.name, changed, axes, preset=NO_PRESET if chosen is None else chosen.name, seeds=seeds, root_seed=root_seed,
            name=name or " ".join(words).strip()[:200],
        )  # fmt: skip
        return request, chosen.expected if chosen is not None and not changed and not axes else ()
    if preset is not None:
        raise Refused("--like and --preset exclude each other: each is a whole config to start from.")
    target = door.find(like)
    if target.lab != card.name:
        raise Refused(
            f"{target.id} is of lab {target.lab}, not of {card.name}.", f"quintant run {target.lab} --like {target.id}"
        )
    return Request(card.name, changed, axes, from_run=target.id, seeds=seeds, root_seed=root_seed, name=name or target.name), ()


def _told(sets: Sequence[str], sweeps: Sequence[str], csv: Path | None) -> str:
    parts = [*sets, *sweeps, *([csv.stem] if csv is not None else [])]
    return " ".join(part if len(part) <= 40 else part[:39] + "…" for part in parts)


def started(door: Door, sweep: Sweep | None, runs: Sequence[Run], json: bool) -> int:
    target: Any = sweep or runs[0]
    if json:
        import orjson

        made = {"sweep": sweep.id if sweep else None, "runs": [run.id for run in runs], "view": door.view(target)}
        print(orjson.dumps({"kind": "started", "payload": made}).decode())
    else:
        print(f"started {'sweep' if sweep else 'run'} {target.id}" + (f", {len(runs)} runs" if sweep else ""))
        print(f"  view   {door.view(target)}")
        print(f"  watch  quintant watch {target.id}")
        print(f"  stop   quintant stop {target.id}")
    return 0


def watched(
    door: Door,
    card: LabCard,
    expected: Sequence[Expected],
    sweep: Sweep | None,
    runs: Sequence[Run],
    json: bool,
    figure: bool,
    *,
    ours: bool = True,
) -> int:
    """Show Runs until they have ended, then what came out. `ours`: whoever stops looking stops them."""
    from quintant.cli import following, report
    from quintant.cli.interruption import interruptible, tell_stopping
    from quintant.runs.lifecycle import State

    shown = _shown(card, json)
    tick = None
    try:
        with interruptible():
            if not json:
                _head(sweep, runs)
            _warn(runs)
            with shown:
                growing = sweep.id if sweep is not None and sweep.until is not None else None
                for tick in following.follow(door, runs, growing=growing, events=json):
                    shown.show(tick.runs, tick.events, tick.working_s)
    except (KeyboardInterrupt, BrokenPipeError) as stopped:
        if not ours:
            if isinstance(stopped, BrokenPipeError):
                raise
            return _left(sweep or runs[0])
        tell_stopping()
        code = _stopped(door, tick.runs if tick else runs)
        if isinstance(stopped, BrokenPipeError):
            raise
        return code
    assert tick is not None
    ended = tick.runs
    completed = [run for run in ended if run.state is State.COMPLETED]
    headline = report.measured(door, card, sweep, ended) if completed else []
    verdicts = door.verdicts(sweep.id) if sweep is not None and sweep.until is not None else ()
    single = len({str(run.point) for run in ended}) == 1
    against = report.published(door, card, expected, sweep, ended) if completed and single else []
    view = report.view(door, card, sweep, ended)

    def draw() -> Drawn | None:
        return report.draw(door, card, sweep, ended) if figure and completed else None

    if json:
        shown.end(report.summary(card, sweep, ended, tick.elapsed_s, headline, against, draw(), view, verdicts))
    else:
        for line in report.lines(card, sweep or ended[0], ended, tick.elapsed_s, headline, against, draw, view, verdicts):
            print(line, flush=True)
    return 0 if len(completed) == len(ended) else 1


def _stopped(door: Door, runs: Sequence[Run]) -> int:
    """Stop what was started here, say how many, and give the exit code of an interruption."""
    import sys

    from quintant.cli.interruption import stop

    stopped = stop(door, runs).asked
    print(
        f"interrupted: {stopped} run{'' if stopped == 1 else 's'} cancelled, {len(runs) - stopped} had ended",
        file=sys.stderr,
    )
    return 130


def _left(target: Run | Sweep) -> int:
    import sys

    from quintant.runs.sweep import Sweep

    kind = "sweep" if isinstance(target, Sweep) else "run"
    print(
        f"{kind} {target.id} goes on; quintant watch {target.id} looks again, quintant stop {target.id} ends it",
        file=sys.stderr,
    )
    return 130


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


def _head(sweep: Sweep | None, runs: Sequence[Run]) -> None:
    """optical · deeprmsa-nsfnet · 10 seeds                    sweep c41d20aa96e3"""
    import shutil
    import sys

    seeds = sweep.seeds if sweep else 1
    parts = [runs[0].lab, (sweep or runs[0]).name]
    if len(runs) > seeds:
        parts.append(f"{len(runs) // seeds} points")
    if sweep is not None and sweep.until is not None:
        parts.append(f"{seeds} to {sweep.until.most} seeds until {' and '.join(map(str, sweep.until.targets))}")
    elif seeds > 1:
        parts.append(f"{seeds} seeds")
    left = " · ".join(filter(None, parts))
    right = f"sweep {sweep.id}" if sweep else f"run {runs[0].id}"
    columns = min(shutil.get_terminal_size().columns, 100) if sys.stdout.isatty() else 0
    print(left + " " * max(3, columns - len(left) - len(right)) + right, flush=True)


def _warn(runs: Sequence[Run]) -> None:
    """What the config's own rules doubt, on stderr: each parameter once, however many points say it in their numbers."""
    import sys

    from quintant.cli.problems import sentence
    from quintant.errors import Problem

    texts_of: dict[str, dict[str, None]] = {}
    for run in runs:
        for warning in run.warnings:
            text = sentence(Problem(warning["path"], warning["message"], hint=warning.get("hint")))
            texts_of.setdefault(warning["path"], {})[text] = None
    for texts in texts_of.values():
        first, *others = texts
        print(f"warning: {first}{f' (and alike at {len(others)} other points)' if others else ''}", file=sys.stderr, flush=True)
