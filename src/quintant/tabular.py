"""A table in the format that a reader asked for: Arrow IPC stream, Parquet, CSV, JSON columns. Every door uses it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from quintant.errors import ConfigError, Problem

if TYPE_CHECKING:
    import pyarrow as pa

FORMATS = ("arrow", "parquet", "csv", "json")


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
        case _:
            text = f"must be one of {', '.join(FORMATS)}; got {format!r}."
            raise ConfigError(Problem("tables", text, format, list(FORMATS)))
    return sink.getvalue().to_pybytes()


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
