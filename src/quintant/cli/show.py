"""`quintant show RUN`: what a run or a sweep is and what came out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from quintant.cli.options import DataDir, Json, Url, Which

if TYPE_CHECKING:
    from quintant.cli.door import Door
    from quintant.lab import Headline
    from quintant.runs.run import Run
    from quintant.runs.sweep import Sweep
    from quintant.runs.table_slice import TableSlice


TableName = Annotated[
    str | None, typer.Option("--table", metavar="NAME", help="Rows of one of its tables instead.", show_default=False)
]


def show(
    which: Which,
    table: TableName = None,
    where: Annotated[str, typer.Option("--where", help="With --table: 'spikes>3 and type:E'.", show_default=False)] = "",
    sort: Annotated[str, typer.Option("--sort", help="With --table: columns, -a descending.", show_default=False)] = "",
    columns: Annotated[str, typer.Option("--columns", help="With --table: these, with commas.", show_default=False)] = "",
    first: Annotated[int, typer.Option("--first", min=0, help="With --table: from this row on.")] = 0,
    rows: Annotated[int, typer.Option("--rows", min=1, help="With --table: at most so many.")] = 20,
    json: Json = False,
    url: Url = None,
    data_dir: DataDir = None,
) -> None:
    """Show a run or a sweep: state, metrics, changed parameters, files, record; or rows of a run's table."""
    from quintant.cli.door import open_door
    from quintant.cli.problems import Refused
    from quintant.runs.sweep import Sweep

    if table is None and (where or sort or columns or first):
        raise Refused("--where, --sort, --columns and --first are of a table.", "Name it with --table.")
    with open_door(url, data_dir) as door:
        target = door.find(which)
        if table is not None:
            if isinstance(target, Sweep):
                raise Refused(f"{target.id} is a sweep; a table is that of one run.", f"quintant show {target.id} lists them.")
            from quintant.runs.table_slice import TableSlice

            names = tuple(name.strip() for name in columns.split(",") if name.strip())
            _table(door, target, table, TableSlice(first, rows, names, sort, where), json)
        elif isinstance(target, Sweep):
            (_sweep_json if json else _sweep)(door, target)
        else:
            run = door.run(target.id)
            (_run_json if json else _run)(door, run)


def _table(door: Door, run: Run, name: str, part: TableSlice, json: bool) -> None:
    if json:
        print(door.table(run.id, name, "json", part).decode())
        return
    import orjson

    from quintant.cli import table

    cells: dict[str, list[Any]] = orjson.loads(door.table(run.id, name, "json", part))["columns"]
    lines = [[_cell(value) for value in row] for row in zip(*cells.values(), strict=True)]
    table.show(list(cells), lines, flexible=range(len(cells)))


def _cell(value: Any) -> str:
    from quintant.config.explanation import shown

    return "–" if value is None else f"{value:.6g}" if isinstance(value, float) else shown(value)


def row_json(run: Run, lab_headline: Headline | None) -> dict[str, Any]:
    """A Run as the API's list shows it, without links. `lab_headline`: the lab's headline, None when the lab is not here."""
    from quintant.runs.run import iso

    names = (
        "id", "lab", "lab_version", "name", "owner", "want", "contract", "lane", "config_hash", "root_seed", "sweep_id",
        "point", "replicate", "verify_of", "reused_from", "attempt", "reason", "fraction", "values", "last_seq", "exact_hash",
        "result_hash", "warnings",
    )  # fmt: skip
    headline = None
    if lab_headline is not None and run.headline is not None:
        headline = {
            "metric": lab_headline.metric, "label": lab_headline.label, "unit": lab_headline.unit,
            "value": run.headline, "low": run.headline_low, "high": run.headline_high,
        }  # fmt: skip
    return {
        **{name: getattr(run, name) for name in names},
        "state": str(run.state),
        "headline": headline,
        **{name: iso(getattr(run, name), micros=True) for name in ("created_at", "started_at", "ended_at")},
    }


def _run_json(door: Door, run: Run) -> None:
    from dataclasses import asdict

    import orjson

    whole = row_json(run, door.lab(run.lab).headline) | {
        "config": run.config,
        "request": run.request,
        "record": run.record,
        "metrics": {name: asdict(metric) for name, metric in door.metrics(run.id).items()},
        "tables": list(door.tables(run.id)),
        "artifacts": [asdict(file) for file in door.artifacts(run.id)],
    }
    print(orjson.dumps(whole, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS).decode())


def _sweep_json(door: Door, sweep: Sweep) -> None:
    from dataclasses import asdict

    import orjson

    from quintant.cli import report

    headline = door.lab(sweep.lab).headline
    whole = {
        "id": sweep.id,
        "lab": sweep.lab,
        "name": sweep.name,
        "root_seed": sweep.root_seed,
        "seeds": sweep.seeds,
        "axes": sweep.axes,
        "tied": sweep.tied,
        **(
            {"until": sweep.until.wire, "verdicts": [report.verdict_json(point) for point in door.verdicts(sweep.id)]}
            if sweep.until
            else {}
        ),
        "points": [asdict(summary) for summary in door.points(sweep.id)],
        "runs": [row_json(run, headline) for run in door.runs_of(sweep.id)],
    }
    print(orjson.dumps(whole, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS).decode())


def _run(door: Door, run: Run) -> None:
    from quintant.cli import quantity, table
    from quintant.config.explanation import shown
    from quintant.runs.run import iso

    card = door.lab(run.lab)
    print(f"{run.name}   {table.state(run)}   run {run.id}")
    print(
        f"  {run.lab} {run.lab_version} · root seed {run.root_seed}"
        + (f" · sweep {run.sweep_id}, replicate {run.replicate}" if run.sweep_id else "")
        + (f" · through the {run.contract} contract" if run.contract else "")
    )
    spent = f", took {quantity.duration(run.ended_at - run.started_at)}" if run.started_at and run.ended_at else ""
    print(f"  created {iso(run.created_at)} ({quantity.when(run.created_at)}){spent}")
    if run.reused_from:
        print(f"  reused  from run {run.reused_from}: an identical run, whose result this one has; it was not executed itself")
    if run.reason:
        print(f"  reason  {run.reason}")
    for warning in run.warnings:
        print(f"  warning {warning['path']}: {warning['message']}{' ' + warning['hint'] if warning.get('hint') else ''}")
    metrics = door.metrics(run.id)
    if metrics:
        print("\nmetrics" if run.state == "completed" else f"\nmetrics so far ({run.reason})")
        rows = [
            [
                name,
                quantity.interval(metric.value, metric.low, metric.high, metric.unit, metric.upper_limit),
                metric.reason or metric.method or "",
            ]
            for name, metric in metrics.items()
        ]
        _columns(rows)
    base = card.base(card.presets[card.default_preset])
    changed = [[key, shown(value)] for key, value in run.config.items() if base.get(key) != value]
    print(f"\nconfig ({len(changed)} of {len(run.config)} differ from preset {card.default_preset})")
    _columns(changed)
    files = door.artifacts(run.id)
    if files:
        print("\nfiles")
        _columns([[file.path, quantity.size(file.size), file.sha256[:12]] for file in files])
    place = door.place(run)
    print("\nrecord")
    rows = [["config", run.config_hash[:12]], ["result", (run.result_hash or "–")[:12]]]
    rows += [[name, str(run.record[name])] for name in ("platform", "code_sha256") if run.record.get(name)]
    rows += [["folder", str(place)]] if place and place.is_dir() else []
    rows += [["view", view]] if (view := door.view(run)) else []
    _columns([*rows, ["again", f"quintant run {run.lab} --like {run.id}"], ["verify", f"quintant verify {run.id}"]])


def _sweep(door: Door, sweep: Sweep) -> None:
    from quintant.cli import report, table
    from quintant.runs.lifecycle import State

    card = door.lab(sweep.lab)
    runs = door.runs_of(sweep.id)
    counts = ", ".join(
        f"{sum(run.state is state for run in runs)} {state}" for state in State if any(r.state is state for r in runs)
    )
    print(f"{sweep.name}   {counts}   sweep {sweep.id}")
    print(f"  {sweep.lab} · root seed {sweep.root_seed} · {sweep.seeds} seeds per point")
    if sweep.until is not None:
        print(f"  until {' and '.join(map(str, sweep.until.targets))}, at most {sweep.until.most} seeds: ", end="")
        print("seeds are still added" if door.grows(sweep.id) else "; ".join(report.reached(door.verdicts(sweep.id))))
    if any(run.state is State.COMPLETED for run in runs):
        print()
        for line in report.points(report.measured(door, card, sweep, runs)):
            print(line)
    print()
    rows = [[run.id, table.state(run), table.point(run), str(run.root_seed), _headline(run, card.headline)] for run in runs]
    table.show(["run", "state", "point", "seed", "headline"], rows, whole=(2, 4))


def _columns(rows: list[list[str]]) -> None:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))] if rows else []
    for row in rows:
        print("  " + "   ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _headline(run: Run, headline: Headline | None) -> str:
    from quintant.cli import quantity

    if run.headline is None or headline is None:
        return ""
    none_seen = headline.scale == "log" and run.headline == 0
    shown = quantity.interval(run.headline, run.headline_low, run.headline_high, headline.unit, upper_limit=none_seen)
    return f"{headline.label} {shown}"
