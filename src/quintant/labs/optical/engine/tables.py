"""The tables of a Result, column by column: the same in both modes, one block of rows per load.

A `steady` Run has one load; a `replay` Run has as many as its config lists. Every table therefore begins with the load.
Nulls mean "not measured"; the metric of the same name says why.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa

LOAD = (("load_index", pa.int32()), ("load_erlang", pa.float64()))

SCHEMAS: Mapping[str, pa.Schema] = {
    "loads": pa.schema(
        [  # one row per load
            *LOAD,
            ("requests", pa.int64()),
            ("blocked", pa.int64()),
            ("blocking", pa.float64()),
            ("blocking_low", pa.float64()),
            ("blocking_high", pa.float64()),
            ("upper_limit", pa.bool_()),  # nothing was blocked: blocking is at most blocking_high
            ("bitrate_blocking", pa.float64()),
            ("bitrate_blocking_low", pa.float64()),
            ("bitrate_blocking_high", pa.float64()),
            ("utilization", pa.float64()),
            ("fragmentation", pa.float64()),
            ("active_lightpaths", pa.float64()),
            ("hops", pa.float64()),
            ("path_km", pa.float64()),
            ("iterations", pa.int32()),  # replay; 1 in steady
            ("converged", pa.bool_()),
            ("interval", pa.string()),
        ]
    ),
    "batches": pa.schema(
        [  # how the estimate settled: one row per batch (steady) or iteration (replay)
            *LOAD,
            ("batch", pa.int32()),
            ("requests", pa.int64()),  # measured so far, this batch included
            ("batch_blocking", pa.float64()),  # of this batch alone
            ("blocking", pa.float64()),
            ("low", pa.float64()),
            ("high", pa.float64()),  # so far
        ]
    ),
    "states": pa.schema(
        [  # the network as it went: one row per cell of requests (steady, warm-up included) or iteration (replay)
            *LOAD,
            ("warmup", pa.bool_()),
            ("requests", pa.int64()),  # served so far, this row included
            ("time", pa.float64()),  # at the end of the row, in units of mean_holding; replay: since its empty network
            ("utilization", pa.float64()),  # time average over the row, mean over links, 0..1; null where no time passed
            ("fragmentation", pa.float64()),  # at the end of the row, mean over links; null where no slot is free
            ("active_lightpaths", pa.float64()),  # time average over the row
        ]
    ),
    "links": pa.schema(
        [  # one row per spectrum: per direction when directed
            *LOAD,
            ("link", pa.int32()),
            ("source", pa.string()),
            ("target", pa.string()),
            ("length_km", pa.float64()),
            ("slots_total", pa.int64()),
            ("slots_used", pa.int64()),  # at the end, all cores and bands, guards included
            ("utilization", pa.float64()),  # time average over the measured part, 0..1
            ("fragmentation", pa.float64()),  # at the end; null when no slot is free
        ]
    ),
    "reasons": pa.schema(
        [  # one row per reason that blocked a request
            *LOAD,
            ("reason", pa.string()),
            ("says", pa.string()),
            ("requests", pa.int64()),
            ("share_of_blocked", pa.float64()),
            ("share_of_requests", pa.float64()),
        ]
    ),
    "pairs": pa.schema(
        [  # one row per ordered pair of nodes that asked for something
            *LOAD,
            ("source", pa.string()),
            ("target", pa.string()),
            ("requests", pa.int64()),
            ("blocked", pa.int64()),
            ("blocking", pa.float64()),
        ]
    ),
    "spectrum": pa.schema(
        [  # what is lit at the end: one row per lightpath and link; slots count from 0 in the band
            *LOAD,
            ("link", pa.int32()),
            ("source", pa.string()),
            ("target", pa.string()),
            ("core", pa.int32()),
            ("band", pa.string()),
            ("start", pa.int32()),
            ("end", pa.int32()),  # end exclusive, guard included
            ("guard", pa.int32()),
            ("format", pa.string()),
            ("gbps", pa.float64()),
            ("connection", pa.int64()),
        ]
    ),
    "modulations": pa.schema(
        [  # lightpaths set up, by bit rate and format
            *LOAD,
            ("gbps", pa.float64()),
            ("format", pa.string()),
            ("lightpaths", pa.int64()),
            ("share", pa.float64()),
            ("hops", pa.float64()),
            ("path_km", pa.float64()),
        ]
    ),
    "ranks": pa.schema(
        [  # which candidate served: 0 is the first tried
            *LOAD,
            ("rank", pa.int32()),
            ("requests", pa.int64()),
            ("share", pa.float64()),
        ]
    ),
}


def table(name: str, rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    """The table called `name` from rows that have all its columns and no other."""
    schema = SCHEMAS[name]
    rows = list(rows)
    for row in rows:
        if set(row) != set(schema.names):
            raise ValueError(f"table {name!r}: row has {sorted(set(row) ^ set(schema.names))} too many or too few")
    return pa.Table.from_pylist(rows, schema=schema)


def columns(name: str, **values: Any) -> pa.Table:
    """The table called `name` from one array per column."""
    schema = SCHEMAS[name]
    return pa.table({field.name: pa.array(values[field.name], field.type, from_pandas=True) for field in schema}, schema=schema)
