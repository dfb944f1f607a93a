"""`quintant show RUN`: what a run or a sweep is and what came out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from quintant.cli.options import DataDir, Json, Url, Which

if TYPE_CHECKING:
    from quintant.cli.door import Door
    from quintant.lab import Headline
    from quintant.runs.run import Run
    from quintant.runs.sweep import Sweep


def show(which: Which, json: Json = False, url: Url = None, data_dir: DataDir = None) -> None:
    """Show a run or a sweep: state, metrics, changed parameters, files, record."""
    from quintant.cli.door import open_door
    from quintant.runs.sweep import Sweep

    with open_door(url, data_dir) as door:
        target = door.find(which)
        if isinstance(target, Sweep):
            (_sweep_json if json else _sweep)(door, target)
        else:
            run = door.run(target.id)
            (_run_json if json else _run)(door, run)


def row_json(run: Run, line: Headline | None) -> dict[str, Any]:
    """A Run as the API's list shows it, without links. `line`: the lab's headline, None when the lab is not here."""
    from quintant.runs.run import iso

    names = (
        "id", "lab", "lab_version", "name", "owner", "want", "contract", "lane", "config_hash", "root_seed", "sweep_id",
        "point", "replicate", "verify_of", "attempt", "reason", "fraction", "values", "last_seq", "exact_hash",
        "result_hash", "warnings",
    )  # fmt: skip
    headline = None
    if line is not None and run.headline is not None:
        headline = {
            "metric": line.metric, "label": line.label, "unit": line.unit,
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
        "artifacts": [asdict(one) for one in door.artifacts(run.id)],
    }
    print(orjson.dumps(whole, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS).decode())


def _sweep_json(door: Door, sweep: Sweep) -> None:
    from dataclasses import asdict

    import orjson

    line = door.lab(sweep.lab).headline
    whole = {
        "id": sweep.id,
        "lab": sweep.lab,
        "name": sweep.name,
        "root_seed": sweep.root_seed,
        "seeds": sweep.seeds,
        "axes": sweep.axes,
        "points": [asdict(one) for one in door.points(sweep.id)],
        "runs": [row_json(run, line) for run in door.runs_of(sweep.id)],
    }
    print(orjson.dumps(whole, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS).decode())


def _run(door: Door, run: Run) -> None:
    from quintant.cli import quantity, table
    from quintant.cli.explain import shown
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
    if run.reason:
        print(f"  reason  {run.reason}")
    for one in run.warnings:
        print(f"  warning {one['path']}: {one['message']}{' ' + one['hint'] if one.get('hint') else ''}")
    metrics = door.metrics(run.id)
    if metrics:
        print("\nmetrics")
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
        _columns([[one.path, quantity.size(one.size), one.sha256[:12]] for one in files])
    place = door.place(run)
    print("\nrecord")
    rows = [["config", run.config_hash[:12]], ["result", (run.result_hash or "–")[:12]]]
    rows += [[name, str(run.record[name])] for name in ("platform", "code_sha256") if run.record.get(name)]
    rows += [["folder", str(place)]] if place and place.is_dir() else []
    rows += [["view", view]] if (view := door.view(run)) else []
    _columns([*rows, ["again", f"quintant run {run.lab} --like {run.id}"], ["verify", f"quintant verify {run.id}"]])


def _sweep(door: Door, sweep: Sweep) -> None:
    from quintant.cli import report, table
    from quintant.cli.listing import headline
    from quintant.runs.lifecycle import State

    card = door.lab(sweep.lab)
    runs = door.runs_of(sweep.id)
    counts = ", ".join(
        f"{sum(run.state is state for run in runs)} {state}" for state in State if any(r.state is state for r in runs)
    )
    print(f"{sweep.name}   {counts}   sweep {sweep.id}")
    print(f"  {sweep.lab} · root seed {sweep.root_seed} · {sweep.seeds} seeds per point")
    if any(run.state is State.COMPLETED for run in runs):
        print()
        for line in report.points(report.measured(door, card, sweep, runs)):
            print(line)
    print()
    rows = [[run.id, table.state(run), table.point(run), str(run.root_seed), headline(run, card.headline)] for run in runs]
    table.show(["run", "state", "point", "seed", "headline"], rows, flexible=(2,))


def _columns(rows: list[list[str]]) -> None:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))] if rows else []
    for row in rows:
        print("  " + "   ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
