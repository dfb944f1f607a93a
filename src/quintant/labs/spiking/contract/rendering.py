"""A payload as bytes: JSON or a one-row Arrow stream by Accept, gzip by Accept-Encoding.

Numbers that are not finite become 0 in both, here and nowhere else: neither the contract's JSON nor its clients know NaN.
"""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from typing import Any

import numpy as np
import orjson

from quintant.labs.spiking.contract.schema import Type, arrow_type

JSON = "application/json"
ARROW = "application/vnd.apache.arrow.stream"
LEAST_GZIP_BYTES = 1000
GZIP_LEVEL = 1
"""The fastest: the answer waits for it, and it already halves the numbers' digits."""

Payload = Mapping[str, Any]


def wants_arrow(accept: str) -> bool:
    return ARROW in accept


def wants_gzip(accept_encoding: str) -> bool:
    """Whether gzip is named, and not with a quality of 0."""
    for part in accept_encoding.lower().split(","):
        name, _, quality = part.partition(";")
        if name.strip() in ("gzip", "x-gzip"):
            return quality.strip().replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


def finite(payload: Payload, fields: Mapping[str, Type]) -> dict[str, Any]:
    """The payload in the order of `fields`, each value of its type, non-finite numbers 0."""
    return {name: _finite(payload[name], kind) for name, kind in fields.items()}


def to_json(payload: Payload) -> bytes:
    return orjson.dumps(payload, option=orjson.OPT_SERIALIZE_NUMPY)


def to_arrow(payload: Payload, fields: Mapping[str, Type]) -> bytes:
    """One row, one column per field; the schema is the same whatever is empty."""
    import pyarrow as pa

    arrays = [_column(payload[name], kind) for name, kind in fields.items()]
    batch = pa.record_batch(arrays, pa.schema([(name, arrow_type(kind)) for name, kind in fields.items()]))
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    data: bytes = sink.getvalue().to_pybytes()
    return data


def compressed(data: bytes) -> bytes:
    return gzip.compress(data, GZIP_LEVEL, mtime=0)


def _finite(value: Any, kind: Type) -> Any:
    match kind:
        case "float":
            return float(value) if np.isfinite(value) else 0.0
        case "int":
            return int(value)
        case "bool":
            return bool(value)
        case "floats":
            return _numbers(value, float)
        case "lists":
            return [_numbers(row, float) for row in value]
        case "int_lists":
            return [_numbers(row, np.int64) for row in value]
        case "words":
            return [str(word) for word in value]
        case "spikes":
            return {
                "times": _numbers(value["times"], float),
                "ids": _numbers(value["ids"], np.int64),
                "types": _numbers(value["types"], np.int64),
            }


def _numbers(values: Any, kind: Any) -> Any:
    numbers = np.ascontiguousarray(values, dtype=kind)
    if kind is float and numbers.size and not np.isfinite(numbers).all():
        numbers = np.where(np.isfinite(numbers), numbers, 0.0)
    return numbers


def _column(value: Any, kind: Type) -> Any:
    """An array of one row."""
    import pyarrow as pa

    if kind == "floats":
        return _row(pa.array(value, pa.float64()))
    if kind in ("lists", "int_lists"):
        flat = np.concatenate(value) if value else np.empty(0, np.int64 if kind == "int_lists" else float)
        ends = np.cumsum([0, *map(len, value)]).astype(np.int32)
        inner = pa.ListArray.from_arrays(pa.array(ends, pa.int32()), pa.array(flat, arrow_type(kind).value_type.value_type))
        return _row(inner)
    if kind == "spikes":
        parts = [
            _row(pa.array(value["times"], pa.float64())),
            _row(pa.array(value["ids"], pa.int64())),
            _row(pa.array(value["types"], pa.int64())),
        ]
        return pa.StructArray.from_arrays(parts, fields=list(arrow_type(kind)))
    return pa.array([value], arrow_type(kind))


def _row(values: Any) -> Any:
    import pyarrow as pa

    return pa.ListArray.from_arrays(pa.array([0, len(values)], pa.int32()), values)
