"""Rows of the result's tables as Arrow record batches, with the columns that `names` declares."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import pyarrow as pa

from quintant.lab import MEASURED
from quintant.labs.federated.names import TABLES

TYPES = {
    "int32": pa.int32(), "int64": pa.int64(), "float64": pa.float64(), "bool": pa.bool_(), "string": pa.string(),
    "binary": pa.binary(),
}  # fmt: skip
TIMES = ("score_calculation_time_ns",)


@cache
def schema(table: str) -> pa.Schema:
    return pa.schema(
        [pa.field(name, TYPES[kind], metadata=MEASURED if name in TIMES else None) for name, kind in TABLES[table]]
    )


def batch(table: str, rows: Sequence[Mapping[str, Any]]) -> pa.RecordBatch:
    """A key that a row lacks is null."""
    return pa.RecordBatch.from_pylist([dict(row) for row in rows], schema=schema(table))


def whole(table: str, rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist([dict(row) for row in rows], schema=schema(table))
