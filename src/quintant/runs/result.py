"""How a Result lies in a Run's folder: result.json (metrics), tables/<name>.arrow, documents/<name>.json."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from quintant.errors import NotFound
from quintant.json_value import Json
from quintant.lab import Metric, Result

if TYPE_CHECKING:
    import pyarrow as pa

NAME = "result.json"
_JSON = orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS | orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_APPEND_NEWLINE


def to_json(value: Any) -> bytes:
    return orjson.dumps(value, option=_JSON)


def files(result: Result) -> Iterator[tuple[str, bytes]]:
    """Path and content of every file; result.json comes last, so that its presence means that the others are there."""
    for name, table in result.tables.items():
        yield f"tables/{name}.arrow", arrow(table)
    for name, document in result.documents.items():
        yield f"documents/{name}.json", to_json(document)
    yield (
        NAME,
        to_json(
            {
                "metrics": {name: asdict(metric) for name, metric in result.metrics.items()},
                "tables": sorted(result.tables),
                "documents": sorted(result.documents),
            }
        ),
    )


Place = Callable[[str], Path]
"""Where the file of a relative path lies; NotFound when there is none."""


def read(place: Place, tables: Collection[str] | None = None) -> Result | None:
    """The stored Result, or None while there is none; of its tables only those of these names, if given."""
    if (head := _head(place)) is None:
        return None
    wanted = [name for name in head["tables"] if tables is None or name in tables]
    return Result(
        metrics={name: Metric(**metric) for name, metric in head["metrics"].items()},
        tables={name: read_arrow(place(f"tables/{name}.arrow")) for name in wanted},
        documents={name: read_json(place(f"documents/{name}.json")) for name in head["documents"]},
    )


def read_metrics(place: Place) -> dict[str, Metric] | None:
    """The metrics alone, without opening a table; None while there is no result."""
    head = _head(place)
    return None if head is None else {name: Metric(**metric) for name, metric in head["metrics"].items()}


def table_names(place: Place) -> list[str]:
    """Sorted; none while there is no result."""
    head = _head(place)
    return [] if head is None else sorted(head["tables"])


def _head(place: Place) -> Any:
    try:
        return orjson.loads(place(NAME).read_bytes())
    except (NotFound, FileNotFoundError):
        return None


def arrow(table: pa.Table) -> bytes:
    """The table as an Arrow IPC stream."""
    import pyarrow as pa

    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    data: bytes = sink.getvalue().to_pybytes()
    return data


def read_arrow(path: Path) -> pa.Table:
    import pyarrow as pa

    with pa.OSFile(str(path)) as file, pa.ipc.open_stream(file) as reader:
        return reader.read_all()


def read_json(path: Path) -> Json:
    return orjson.loads(path.read_bytes())
