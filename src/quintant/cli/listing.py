"""`quintant list`: Runs, newest first, replicates folded into one row."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Annotated, Any

import typer

from quintant.cli.options import DataDir, Json, Url

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from quintant.cli.door import Door
    from quintant.lab import Headline
    from quintant.runs.rows import Cell, Fold, Row


def runs(
    lab: Annotated[str | None, typer.Option("--lab", help="Only this lab.", show_default=False)] = None,
    state: Annotated[str | None, typer.Option("--state", metavar="A,B", help="Only these states.", show_default=False)] = None,
    text: Annotated[str | None, typer.Option("--text", help="Part of the name.", show_default=False)] = None,
    where: Annotated[
        str | None,
        typer.Option("--where", metavar="EXPR", help="A filter: 'load_erlang>200 and blocking<1%'.", show_default=False),
    ] = None,
    sort: Annotated[
        str, typer.Option("--sort", help="Keys to sort by, as metric:NAME or config:KEY too; - in front: descending.")
    ] = "-created_at",
    columns: Annotated[
        str, typer.Option("--columns", metavar="A,B", help="Also show these: config:KEY, metric:NAME.", show_default=False)
    ] = "",
    limit: Annotated[int, typer.Option("-n", "--limit", min=1, max=500, help="How many rows at most.")] = 50,
    each: Annotated[bool, typer.Option("--each", help="A row for every run: replicates are not folded.")] = False,
    sweeps: Annotated[bool, typer.Option("--sweeps", help="A row for every sweep.")] = False,
    json: Json = False,
    url: Url = None,
    data_dir: DataDir = None,
) -> None:
    """List runs, newest first; replicates are one row, with mean and interval."""
    from quintant.cli.door import Listed, open_door
    from quintant.cli.problems import Refused

    if each and sweeps:
        raise Refused("--each and --sweeps exclude each other.")
    fold: Fold = "none" if each or json else "sweep" if sweeps else "point"
    with open_door(url, data_dir) as door:
        if json:
            _print_json(door, lab, state, text, where, sort, limit)
            return
        page = door.rows(Listed(where or "", fold, lab, _states(state), text, sort, columns, limit))
        headlines = _headlines(door, {row.lab for row in page.rows})
        if not page.rows:
            filtered = lab or state or text or where
            print("No run matches." if filtered else "Nothing has run yet. Try: quintant run optical")
            return
        _print_rows(page.rows, headlines, each)
        if page.next is not None:
            more = "more than " if page.more else ""
            counted = f"{len(page.rows)} of {more}{page.total} rows"
            print(f"{counted}; more with --limit {min(500, (page.total or 0) if not page.more else 500)}")


def _print_json(
    door: Door, lab: str | None, state: str | None, text: str | None, where: str | None, sort: str, limit: int
) -> None:
    import orjson

    from quintant.cli.show import row_json

    page = door.runs(lab=lab, states=_states(state), text=text, where=where or "", sort=sort, limit=limit)
    headlines = _headlines(door, {run.lab for run in page.items})
    rows = [row_json(run, headlines.get(run.lab)) for run in page.items]
    print(orjson.dumps({"runs": rows, "total": page.total}, option=orjson.OPT_NON_STR_KEYS).decode())


def _headlines(door: Door, labs: Collection[str]) -> dict[str, Headline]:
    """Of the labs that are here: runs of others are listed too."""
    from quintant.errors import NotFound, NotInstalled

    headlines = {}
    for lab in labs:
        with contextlib.suppress(NotFound, NotInstalled):
            headlines[lab] = door.lab(lab).headline
    return headlines


def _states(text: str | None) -> list[Any] | None:
    if not text:
        return None
    from quintant.runs.lifecycle import State

    return State.read(text, "--state")


def _print_rows(rows: Sequence[Row], headlines: Mapping[str, Headline], each: bool) -> None:
    from quintant.cli import table

    columns = list(rows[0].cells)
    lines = []
    for row in rows:
        point = row.point if row.kind != "sweep" else {key: _axis(axis) for key, axis in row.axes.items()}
        lines.append([
            row.lead if each else row.sweep_id or row.lead, row.lab, row.name, table.row_state(row),
            row_headline(row, headlines.get(row.lab)), table.point_text(point),
            str(row.root_seed) if each else str(row.seeds) if row.points == 1 else f"{row.points} × {row.seeds}",
            *(_cell(row.cells[column]) for column in columns if column in row.cells),
            *("" for column in columns if column not in row.cells), table.moment(row.created_at),
        ])  # fmt: skip
    heads = ["run" if each else "run or sweep", "lab", "name", "state", "headline", "point", "seed" if each else "seeds"]
    table.show([*heads, *(column.partition(":")[2] for column in columns), "when"], lines, flexible=(2,),
               whole=(4, 5, *range(7, 8 + len(columns))))  # fmt: skip


def row_headline(row: Row, headline: Headline | None) -> str:
    """The headline of a row with its interval, and how many of its Runs stand behind it; of a sweep at both its ends."""
    from quintant.cli import quantity

    if headline is None:
        return ""
    if row.ends is not None:
        first, last = row.ends
        unit = quantity.scale(headline.unit, [first.estimate.mean, last.estimate.mean])
        texts = [unit.text(end.estimate.mean) for end in (first, last) if end.estimate.mean is not None]
        return f"{headline.label} {' → '.join(texts)}{unit.suffix}"
    if row.headline is None or row.headline.mean is None:
        return ""
    estimate = row.headline
    none_seen = estimate.upper_limit or (row.runs == 1 and headline.scale == "log" and estimate.mean == 0)
    shown = quantity.interval(estimate.mean, estimate.low, estimate.high, headline.unit, none_seen)
    counted = f"  n = {estimate.n}" + (f" of {row.runs}" if estimate.n < row.runs else "") if row.runs > 1 else ""
    return f"{headline.label} {shown}{counted}"


def _cell(cell: Cell) -> str:
    from quintant.cli import quantity
    from quintant.config.explanation import shown

    if cell.unit is None:
        return "" if cell.value is None else shown(cell.value)
    if cell.value is None:
        return f"{quantity.single(cell.least, cell.unit)} … {quantity.single(cell.most, cell.unit)}"
    return quantity.interval(cell.value, cell.low, cell.high, cell.unit, False)


def _axis(axis: Mapping[str, Any]) -> str:
    from quintant.config.explanation import shown

    return f"{shown(axis['first'])}…{shown(axis['last'])}" if axis["n"] > 1 else shown(axis["first"])
