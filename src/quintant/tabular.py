"""A table in the format that a reader asked for: Arrow IPC stream, Parquet, CSV, JSON columns; of results a workbook and LaTeX
too. Every door uses it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from quintant.arrow import field_note
from quintant.errors import ConfigError, NotInstalled, Problem

if TYPE_CHECKING:
    import pyarrow as pa

FORMATS = ("arrow", "parquet", "csv", "json")
RESULTS = ("csv", "parquet", "xlsx", "tex", "arrow", "json")
"""Of a table of results."""
EXACT = 2**53
"""A workbook's numbers are floats: integers beyond are written as text."""


def encoded(table: pa.Table, format: str) -> bytes:
    """CSV has no nested columns: they are written as JSON text."""
    import pyarrow as pa

    sink = pa.BufferOutputStream()
    match format:
        case "arrow":
            with pa.ipc.new_stream(sink, table.schema) as writer:
                writer.write_table(table)
        case "parquet":
            import pyarrow.parquet as parquet

            parquet.write_table(table, sink)
        case "csv":
            import pyarrow.csv as csv

            csv.write_csv(_flat(table), sink)
        case "json":
            import orjson

            columns = {name: table.column(name).to_pylist() for name in table.column_names}
            whole = {"rows": table.num_rows, "columns": columns}
            return orjson.dumps(whole, default=str, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_SERIALIZE_NUMPY)
        case "xlsx":
            return _workbook(table)
        case "tex":
            from quintant.tex import tex

            return tex(table).encode()
        case _:
            text = f"must be one of {', '.join(FORMATS)}; got {format!r}."
            raise ConfigError(Problem("tables", text, format, list(FORMATS)))
    data: bytes = sink.getvalue().to_pybytes()
    return data


def _workbook(table: pa.Table) -> bytes:
    """The rows on one sheet, what each column is and its unit on another."""
    import io

    try:
        from openpyxl import Workbook
        from openpyxl.styles import Font
    except ImportError:
        raise NotInstalled("A workbook is written with openpyxl: pip install openpyxl (csv needs nothing).") from None
    flat, book = _flat(table), Workbook()
    rows, about = book.active, book.create_sheet("columns")
    rows.title, rows.freeze_panes = "results", "A2"
    rows.append(flat.column_names)
    for row in zip(*(column.to_pylist() for column in flat.columns), strict=True):
        rows.append([str(value) if isinstance(value, int) and abs(value) > EXACT else value for value in row])
    about.append(["column", "kind", "name", "unit"])
    for field in table.schema:
        about.append([field.name, *(field_note(field, word) for word in ("kind", "name", "unit"))])
    for sheet in (rows, about):
        for cell in sheet[1]:
            cell.font = Font(bold=True)
    sink = io.BytesIO()
    book.save(sink)
    return sink.getvalue()


def csv_of_rows(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Rows of single values as CSV, with every column that one of them has."""
    import csv
    import io

    names = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, names, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def decoded(data: bytes) -> pa.Table:
    import pyarrow as pa

    with pa.ipc.open_stream(data) as reader:
        return reader.read_all()


def _flat(table: pa.Table) -> pa.Table:
    import orjson
    import pyarrow as pa

    columns: list[Any] = []
    for column in table.columns:
        if pa.types.is_nested(column.type) or pa.types.is_binary(column.type):
            values = column.to_pylist()
            column = pa.array(
                [None if value is None else orjson.dumps(value, default=str).decode() for value in values], pa.string()
            )
        columns.append(column)
    return pa.table(columns, names=table.column_names)
