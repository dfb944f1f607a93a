"""Record: a Run's provenance — versions, platform, code, seeds, hashes, timings — and what the hashes are taken over."""

from __future__ import annotations

import hashlib
import importlib.util
import platform
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quintant import __version__
from quintant.config import canonical
from quintant.lab import MEASURED, Lab, Metric, Result

if TYPE_CHECKING:
    import pyarrow as pa

LIBRARIES = ("numpy", "scipy", "numba", "llvmlite", "networkx", "pyarrow", "torch", "transformers")
NUMERICS = {"torch": "pt", "transformers": "tf"}
"""Libraries whose arithmetic a lab may stand on, with their short names in the platform tag."""


def platform_tag(lab: Lab) -> str:
    """Where floating-point results are promised to be the same bits: system, machine, Python, NumPy, compiler and what else
    of NUMERICS the lab needs."""
    return _platform_tag(tuple(name for name in NUMERICS if name in lab.needs))


@cache
def _platform_tag(needed: tuple[str, ...]) -> str:
    machine = platform.machine().lower()
    parts = [sys.platform, machine, f"cp{sys.version_info.major}{sys.version_info.minor}"]
    for library, short in (("numpy", "np"), ("numba", "nb"), *((name, NUMERICS[name]) for name in needed)):
        found = _version(library)
        if found:
            parts.append(short + ".".join(found.split(".")[:2]))
    return "-".join(parts)


@cache
def versions() -> dict[str, str]:
    found = {library: _version(library) for library in LIBRARIES}
    return {"quintant": __version__, "python": platform.python_version(), **{name: v for name, v in found.items() if v}}


def code_hash(lab: Lab) -> str:
    """sha256 over the source files of the lab's package: two results with the same hash came from the same code."""
    return _package_hash(lab.engine.partition(":")[0])


@cache
def _package_hash(module: str) -> str:
    package = module.rpartition(".engine")[0] or module
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        return ""
    origin = Path(spec.origin)
    sha = hashlib.sha256()
    for path in sorted(origin.parent.rglob("*.py")) if origin.name == "__init__.py" else [origin]:
        sha.update(path.relative_to(origin.parent).as_posix().encode())
        sha.update(path.read_bytes())
    return sha.hexdigest()


def _version(library: str) -> str | None:
    try:
        return version(library)
    except PackageNotFoundError:
        return None


# --- hashes of a result ---


def result_hash(result: Result) -> str:
    """sha256 over every metric, table and document: the same bits everywhere the lab promises them."""
    return _hash(result, exact=False)


def exact_hash(result: Result) -> str:
    """The same without floating-point numbers: counts, names and flags, promised to be identical on any machine."""
    return _hash(result, exact=True)


def _hash(result: Result, *, exact: bool) -> str:
    sha = hashlib.sha256()
    for name, digest in pieces(result, exact=exact):
        sha.update(f"{name}={digest}\n".encode())
    return sha.hexdigest()


def pieces(result: Result, *, exact: bool = False) -> Iterator[tuple[str, str]]:
    """Name and sha256 of every part of a result, sorted: what `verify` walks to say what differs first."""
    for name in sorted(result.metrics):
        metric = _metric(result.metrics[name])
        yield f"metric {name}", _sha(canonical(_exact(metric) if exact else metric))
    for name in sorted(result.tables):
        for column, digest in _columns(result.tables[name], exact):
            yield f"table {name}.{column}", digest
    for name in sorted(result.documents):
        document = result.documents[name]
        yield f"document {name}", _sha(canonical(_exact(document) if exact else document))


def _metric(metric: Metric) -> dict[str, Any]:
    return {name: value for name, value in asdict(metric).items() if name not in ("method", "reason")}


def _columns(table: pa.Table, exact: bool) -> Iterator[tuple[str, str]]:
    import pyarrow as pa

    for name in sorted(table.column_names):
        column = table.column(name)
        if MEASURED.items() <= (table.field(name).metadata or {}).items():
            continue
        binary = pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type)
        if exact and (binary or pa.types.is_floating(column.type)):
            continue  # bytes may hold floats
        plain = pa.types.is_integer(column.type) or pa.types.is_floating(column.type)
        if plain and column.null_count == 0:
            data = column.combine_chunks().to_numpy(zero_copy_only=False).tobytes()
        elif pa.types.is_dictionary(column.type) and pa.types.is_string(column.type.value_type) and column.null_count == 0:
            data = _words(column)
        else:
            values = column.to_pylist()
            if binary:
                values = [None if value is None else _sha(value) for value in values]
            data = canonical(_exact(values) if exact else values)
        yield name, _sha(f"{column.type}:{len(column)}:".encode() + data)


def _words(column: pa.ChunkedArray) -> bytes:
    """Texts of which many are the same: the different ones, sorted, and which of them stands in each row."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    used = sorted(column.unique().to_pylist())
    place = pc.index_in(column.cast(column.type.value_type), value_set=pa.array(used, column.type.value_type))
    return canonical(used) + place.combine_chunks().to_numpy(zero_copy_only=False).astype(np.int64).tobytes()


def _exact(value: Any) -> Any:
    """`value` with every float taken out, keys kept."""
    if isinstance(value, float):
        return None
    if isinstance(value, Mapping):
        return {name: _exact(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_exact(inner) for inner in value]
    return value


def _sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
