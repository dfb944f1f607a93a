"""Weights in NumPy's files: read as the synapses of a connection, and learned ones written so that they can be read again.

    .npz   arrays `sources`, `targets`, `weights` and, optionally, `delays`, one entry per synapse; or `weights` (and `delays`)
           as a matrix, a row per source and a column per target, where 0 is no synapse
    .npy   the matrix of weights alone

A file is data: nothing in it is unpickled. What its headers claim is held against its length before memory is taken.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np

from quintant.config import suggest
from quintant.errors import ConfigError, Problem
from quintant.labs.chip.packed import MOST, pack

if TYPE_CHECKING:
    import pyarrow as pa

Array = np.ndarray[Any, Any]
SYNAPSES = ("sources", "targets", "weights", "delays")
BOUNDS = {"weights": (-32768, 32767), "delays": (0, 63)}
_DAMAGE = (ValueError, KeyError, OSError, EOFError, NotImplementedError, RuntimeError, zipfile.BadZipFile, zlib.error)
"""What reading a damaged archive may raise."""


def arrays(data: bytes, path: str = "file", what: str = "a NumPy file (.npz or .npy)") -> dict[str, Array]:
    """The arrays of a .npz or .npy as int64 vectors or matrices, by name (`SYNAPSES`). ConfigError names each fault by
    `path`, and says that something else is not `what`."""
    if data[:6] == np.lib.format.MAGIC_PREFIX:
        return {"weights": _array(data, path)}
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = [(member.filename.removesuffix(".npy"), member) for member in archive.infolist()]
            faults = [
                Problem(
                    f"{path}.{name[:40]}",
                    f"is not a known array; known: {', '.join(SYNAPSES)}.",
                    name,
                    SYNAPSES,
                    suggest(name, SYNAPSES),
                )
                for name, _ in entries
                if name not in SYNAPSES
            ]
            if len({name for name, _ in entries}) < len(entries):
                faults.append(Problem(path, "holds an array twice."))
            if sum(member.file_size for _, member in entries) > 8 * len(SYNAPSES) * MOST:
                faults.append(Problem(path, f"holds more than {MOST} synapses."))
            if faults:
                raise ConfigError(faults)
            return {name: _array(archive.read(member), f"{path}.{name}") for name, member in entries}
    except _DAMAGE as error:
        raise ConfigError(Problem(path, f"is not {what}: {error}.")) from None


def connection(data: bytes, sources: int, targets: int, path: str = "file") -> dict[str, Any]:
    """What makes a connection of `sources` to `targets` neurons explicit: its `topology` and packed `synapses`."""
    synapses = listed(arrays(data, path), sources, targets, path)
    return {"topology": "explicit", "synapses": {name: pack(values) for name, values in synapses.items()}}


def listed(columns: dict[str, Array], sources: int, targets: int, path: str = "file") -> dict[str, Array]:
    """The arrays as a list of synapses, every value within its bounds; ConfigError with every fault."""
    faults: list[Problem] = []
    if "weights" in columns and columns["weights"].ndim == 2:
        for name, values in columns.items():
            if values.shape != (sources, targets):
                met = " × ".join(map(str, values.shape))
                text = f"must be {sources} × {targets}, a row for each neuron of the source; got {met}."
                faults.append(Problem(f"{path}.{name}", text, met))
        if not faults:
            at = np.nonzero(columns["weights"])
            columns = {"sources": at[0], "targets": at[1], **{name: values[at] for name, values in columns.items()}}
    faults += [Problem(f"{path}.{name}", "is required.") for name in SYNAPSES[:3] if name not in columns]
    if faults:
        raise ConfigError(faults)
    bounds = {**BOUNDS, "sources": (0, sources - 1), "targets": (0, targets - 1)}
    many = columns["sources"].shape
    for name, values in columns.items():
        low, high = bounds[name]
        if values.ndim != 1 or values.shape != many:
            met = " × ".join(map(str, values.shape))
            text = f"must have one entry per synapse, {columns['sources'].size} as sources has; got {met}."
            faults.append(Problem(f"{path}.{name}", text, met))
        elif (outside := np.flatnonzero((values < low) | (values > high))).size:
            first = int(outside[0])
            more = f", and {outside.size - 1} more are" if outside.size > 1 else ""
            text = f"must be {low} to {high}; entry {first} is {int(values[first])}{more}."
            faults.append(Problem(f"{path}.{name}", text, int(values[first]), {"minimum": low, "maximum": high}))
    if faults:
        raise ConfigError(faults)
    return {name: columns[name] for name in SYNAPSES if name in columns}


def learned(weights: pa.Table, connection: int) -> bytes:
    """A .npz of one connection as it ended: rows of the table `weights` (`quintant.labs.chip.seam`) that are its. `arrays`
    reads it again, so a run can begin where another one stopped. ConfigError when the table has no such connection."""
    own = weights.column("connection").to_numpy() == connection
    if not own.any():
        known = np.unique(weights.column("connection").to_numpy()).tolist()
        text = f"must be one of {', '.join(map(str, known))}; got {connection}."
        raise ConfigError(Problem("connection", text, connection, known))
    columns = {"sources": "pre", "targets": "post", "weights": "final", "delays": "delay"}
    made = {name: weights.column(column).to_numpy()[own].astype("<i4") for name, column in columns.items()}
    sink = io.BytesIO()
    np.savez_compressed(sink, **made)
    return sink.getvalue()


def _array(data: bytes, path: str) -> Array:
    """One array of a .npy: integers, or floating-point numbers that are whole."""
    source = io.BytesIO(data)
    try:
        version = np.lib.format.read_magic(source)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, _, dtype = read(source)
        if dtype.kind not in "iuf" or dtype.itemsize > 8 or len(shape) not in (1, 2):
            text = f"must be a vector or matrix of integers; got {dtype} of {len(shape)} dimensions."
            raise ConfigError(Problem(path, text, str(dtype)))
        claimed, held = (
            dtype.itemsize * int(np.prod([int(extent) for extent in shape], dtype=object)),
            len(data) - source.tell(),
        )
        if claimed != held:
            raise ConfigError(Problem(path, f"says that it holds {claimed} bytes, but has {held}.", claimed))
        values = np.load(io.BytesIO(data), allow_pickle=False)
    except _DAMAGE as error:
        raise ConfigError(Problem(path, f"is not a NumPy array: {error}.")) from None
    if dtype.kind == "f":
        whole = bool(np.all(np.isfinite(values)) and np.all(values == np.rint(values)) and np.all(np.abs(values) < 2**53))
        if not whole:
            raise ConfigError(Problem(path, "must be a vector or matrix of integers; scale and round trained weights first."))
    elif dtype == np.uint64 and values.size and values.max() >= 2**63:
        raise ConfigError(Problem(path, "must fit into 64 bits."))
    result: Array = values.astype(np.int64)
    return result
