"""`quintant table`: results as a table, on the terminal or as a file for whatever comes next."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from quintant.cli.options import DataDir, Json, Url

if TYPE_CHECKING:
    import pyarrow as pa

    from quintant.cli.door import Door

_KEY = re.compile(r"([0-9a-f]{2,12})(\.\d+)?")
"""What may be the begin of an id, or the key of a point."""


def results(
    what: Annotated[
        str,
        typer.Argument(
            metavar="SWEEP|RUN|FILTER", help="Id of a sweep or a run, its first characters, or a filter as of list --where."
        ),
    ],
    to: Annotated[
        Path | None,
        typer.Option("--to", metavar="FILE", help="Write it: .csv .parquet .xlsx .tex .arrow .json", show_default=False),
    ] = None,
    each: Annotated[bool, typer.Option("--each", help="A row for every run: replicates are not folded.")] = False,
    metrics: Annotated[
        str | None, typer.Option("--metrics", metavar="A,B", help="These only [default: all].", show_default=False)
    ] = None,
    sort: Annotated[
        str, typer.Option("--sort", help="Keys to sort by, as metric:NAME or config:KEY too; - in front: descending.")
    ] = "created_at",
    json: Json = False,
    url: Url = None,
    data_dir: DataDir = None,
) -> None:
    """Results as a table: a row a point or a run, the keys that differ, every metric with its interval, n and unit."""
    import sys

    from quintant import tabular
    from quintant.arrow import field_note
    from quintant.cli.door import open_door
    from quintant.cli.problems import Refused
    from quintant.client.export import formats
    from quintant.destination import write
    from quintant.runs.results_table import Wanted
    from quintant.runs.rows import read_sorts

    if to is not None and json:
        raise Refused("--to and --json exclude each other; --to FILE.json writes it.")
    format = formats("--to", to.suffix or str(to), tabular.RESULTS)[0] if to is not None else "json"
    fold: Literal["none", "point"] = "none" if each else "point"
    chosen = None if metrics is None else [name.strip() for name in metrics.split(",") if name.strip()]
    with open_door(url, data_dir) as door:
        of = _target(door, what)
        table = door.results_table(Wanted(of, "" if of is not None else what, fold, read_sorts(sort), chosen))
    if json:
        sys.stdout.write(tabular.encoded(table, "json").decode() + "\n")
    elif to is None:
        _print(table)
    else:
        path = write(to, tabular.encoded(table, format))
        rows, number = table.num_rows, len({field_note(field, "name") for field in table.schema if _is(field, "metric")})
        print(f"{path}   {rows} row{'s' if rows != 1 else ''}, {number} metric{'s' if number != 1 else ''}")


def _target(door: Door, what: str) -> str | None:
    """The key that a word stands for; None for a filter."""
    from quintant.errors import NotFound

    match = _KEY.fullmatch(what)
    if match is None:
        return None
    try:
        return door.find(match[1]).id + (match[2] or "")
    except NotFound:
        if match[2] is not None or any(character.isdigit() for character in what):
            raise
        return None  # "face" may be a part of a name


def _print(table: pa.Table) -> None:
    from quintant.arrow import field_note
    from quintant.cli import table as text
    from quintant.precision import written

    heads, columns = [], []
    for field in table.schema:
        values = table.column(field.name).to_pylist()
        if _is(field, "metric"):
            name, unit = field_note(field, "name"), field_note(field, "unit")
            ends = [[None] * len(values)] * 2
            for at, end in enumerate(("low", "high")):
                found = [f.name for f in table.schema if _is(f, end) and field_note(f, "name") == name]
                ends[at] = table.column(found[0]).to_pylist()
            heads.append(f"{field.name} ({unit})" if unit not in ("", "1") else field.name)
            columns.append([written(*numbers) for numbers in zip(values, *ends, strict=True)])
        elif _is(field, "config") or (_is(field, "row") and (field.name in ("key", "runs") or len(set(values)) > 1)):
            heads.append(field.name)
            columns.append([_word(value) for value in values])
    text.show(heads, list(zip(*columns, strict=True)), whole=[0])


def _is(field: Any, kind: str) -> bool:
    from quintant.arrow import field_note

    return field_note(field, "kind") == kind


def _word(value: Any) -> str:
    return "–" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)
