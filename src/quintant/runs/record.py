"""Record: a Run's provenance — versions, platform, code, seeds, hashes, timings — and what the hashes are taken over."""

from __future__ import annotations

import hashlib
import importlib.util
import platform
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from functools import cache, lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quintant import __version__
from quintant.config import canonical
from quintant.lab import MEASURED, Lab, Metric, Result
from quintant.outside import files

if TYPE_CHECKING:
    import pyarrow as pa

LIBRARIES = ("numpy", "scipy", "numba", "llvmlite", "networkx", "pyarrow", "torch", "transformers")
NUMERICS = {"torch": "pt", "transformers": "tf"}
"""Libraries whose arithmetic a lab may stand on, with their short names in the platform tag."""


def platform_tag(lab: Lab) -> str:
    """Where floating-point results are promised to be the same bits: system, machine, Python, NumPy, compiler, what else
    of NUMERICS the lab needs and, where its results hang on the platform at all, the model of the processor."""
    return _platform_tag(tuple(name for name in NUMERICS if name in lab.needs), "" if lab.exact == "anywhere" else processor())


@cache
def processor() -> str:
    """The model of this machine's processor: "genuineintel6.207". LLVM compiles for it, BLAS and MKL choose their kernels by
    it, and these sum in different orders: the same program gives other last digits on another one. "" where nothing tells."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return re.sub(r"\W+", "", platform.processor().lower())
    first = dict(re.findall(r"^([\w ]+?)\s*:\s*(.+)$", text.partition("\n\n")[0], re.MULTILINE))
    names = ("vendor_id", "cpu family", "model") if "vendor_id" in first else ("CPU implementer", "CPU variant", "CPU part")
    vendor, *numbers = (first.get(name, "").strip().lower() for name in names)
    return f"{vendor}{'.'.join(number for number in numbers if number)}"


@cache
def _platform_tag(needed: tuple[str, ...], cpu: str) -> str:
    machine = platform.machine().lower()
    parts = [sys.platform, machine, f"cp{sys.version_info.major}{sys.version_info.minor}"]
    for library, short in (("numpy", "np"), ("numba", "nb"), *((name, NUMERICS[name]) for name in needed)):
        version = _version(library)
        if version:
            parts.append(short + ".".join(version.split(".")[:2]))
    return "-".join([*parts, cpu] if cpu else parts)


@cache
def versions() -> dict[str, str]:
    versions = {library: _version(library) for library in LIBRARIES}
    return {"quintant": __version__, "python": platform.python_version(), **{name: v for name, v in versions.items() if v}}


def code_hash(lab: Lab) -> str:
    """sha256 over the files of the lab's package, data among them: two results with the same hash came from the same code."""
    return _loaded_hash(lab.engine.partition(":")[0])


@cache
def _loaded_hash(module: str) -> str:
    """Once for each process, whose code does not change: a Worker is forked with it known."""
    return _hash_on_disk(module)


def code_on_disk(lab: Lab) -> str:
    """`code_hash` of the files as they are at this moment. A server lives on while somebody edits a lab, and the Workers that
    it starts then have the new code: what they compute must not be looked for under the old one's hash."""
    return _hash_on_disk(lab.engine.partition(":")[0])


def _hash_on_disk(module: str) -> str:
    package = module.rpartition(".engine")[0] or module
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        return ""
    origin = Path(spec.origin)
    paths = tuple(files(origin.parent)) if origin.name == "__init__.py" else (origin,)
    return _files_hash(origin.parent, tuple((path, (facts := path.stat()).st_mtime_ns, facts.st_size) for path in paths))


@lru_cache(maxsize=64)
def _files_hash(folder: Path, stamps: tuple[tuple[Path, int, int], ...]) -> str:
    sha = hashlib.sha256()
    for path, _, _ in stamps:
        sha.update(path.relative_to(folder).as_posix().encode())
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
    fields = {name: value for name, value in asdict(metric).items() if name not in ("method", "reason")}
    return fields if metric.effective is not None else {name: value for name, value in fields.items() if name != "effective"}


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
    data: bytes = canonical(used) + place.combine_chunks().to_numpy(zero_copy_only=False).astype(np.int64).tobytes()
    return data


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
