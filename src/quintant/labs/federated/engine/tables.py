"""Rows of the result's tables as Arrow record batches, with the columns that `names` declares.

Columns are made from buffers: `pyarrow.array` would import pandas, half a CPU second that no run needs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
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
    columns = [_column([row.get(name) for row in rows], kind) for name, kind in TABLES[table]]
    return pa.RecordBatch.from_arrays(columns, schema=schema(table))


def _column(values: Sequence[Any], kind: str) -> pa.Array:
    missing = np.array([value is None for value in values], dtype=bool)
    valid = pa.py_buffer(np.packbits(~missing, bitorder="little")) if missing.any() else None
    if kind in ("string", "binary"):
        parts = [b"" if value is None else value.encode() if isinstance(value, str) else value for value in values]
        ends = np.cumsum([0, *map(len, parts)])
        if ends[-1] > np.iinfo(np.int32).max:
            raise ValueError(f"a column of {ends[-1]} bytes does not fit one batch")
        buffers = [valid, pa.py_buffer(ends.astype(np.int32)), pa.py_buffer(b"".join(parts))]
    else:
        zero: Any = False if kind == "bool" else 0
        filled = np.array([zero if value is None else value for value in values] or np.empty(0, kind))
        filled = filled.astype(kind, casting="same_kind")  # a fraction in a column of whole numbers is a fault, not a number
        buffers = [valid, pa.py_buffer(np.packbits(filled, bitorder="little") if kind == "bool" else filled)]
    return pa.Array.from_buffers(TYPES[kind], len(values), buffers)
