"""A user's own input from a file, as the values of `own_spikes` and `own_current`.

    spikes    columns time_ms and neuron, one row per spike
    current   column time_ms, then one column per neuron (any names), or one for all; each value holds until the next time

.csv, .arrow and .feather (Arrow IPC file or stream) hold either; .nwb gives the spike times of its units.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from quintant.errors import ConfigError, NotInstalled, Problem

if TYPE_CHECKING:
    import pyarrow as pa

FORMATS = (".arrow", ".csv", ".feather", ".nwb")


def spikes(path: Path, *, weight: float = 0.1, receptor: Literal["ampa", "gaba"] = "ampa") -> dict[str, Any]:
    """`own_spikes` of a file, in order of time. In .nwb, unit i is neuron i, and seconds become milliseconds."""
    if path.suffix.lower() == ".nwb":
        pairs = _units(path)
    else:
        table = _table(path)
        time_ms, neuron = (_column(table, path, name) for name in ("time_ms", "neuron"))
        pairs = list(zip(time_ms, neuron, strict=True))
    pairs.sort()
    for row, (_, index) in enumerate(pairs):
        if index != int(index):
            raise ConfigError(Problem(f"{path.name}.neuron.{row}", f"must be an integer; got {index}.", index))
    return {
        "times_ms": [float(at) for at, _ in pairs],
        "neurons": [int(neuron) for _, neuron in pairs],
        "weight": weight,
        "receptor": receptor,
    }


def current(path: Path, *, neurons: list[int] | Literal["e", "i", "all"] = "all") -> dict[str, Any]:
    """`own_current` of a file."""
    table = _table(path)
    time_ms = _column(table, path, "time_ms")
    names = [name for name in table.column_names if name != "time_ms"]
    if not names:
        raise ConfigError(Problem(path.name, "must have a column of values beside time_ms.", table.column_names))
    return {"times_ms": time_ms, "values": [_column(table, path, name) for name in names], "neurons": neurons}


def _table(path: Path) -> pa.Table:
    import pyarrow as pa
    from pyarrow import csv

    kind = path.suffix.lower()
    if kind not in FORMATS[:3]:
        text = f"must end in one of {', '.join(FORMATS)}; got {kind or 'no ending'!r}."
        raise ConfigError(Problem(path.name, text, kind, FORMATS))
    try:
        if kind == ".csv":
            return csv.read_csv(path)
        try:
            return pa.ipc.open_file(path).read_all()
        except pa.ArrowInvalid:
            return pa.ipc.open_stream(path).read_all()
    except (pa.ArrowInvalid, OSError) as error:
        raise ConfigError(Problem(path.name, f"cannot be read as {kind[1:]}: {str(error).splitlines()[0]}")) from None


def _column(table: pa.Table, path: Path, name: str) -> list[float]:
    if name not in table.column_names:
        raise ConfigError(Problem(f"{path.name}.{name}", f"is missing; the columns are {', '.join(table.column_names)}."))
    values = table[name].to_pylist()
    for row, value in enumerate(values):
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise ConfigError(Problem(f"{path.name}.{name}.{row}", f"must be a number; got {value!r}.", value))
    return [float(value) for value in values]


def _units(path: Path) -> list[tuple[float, float]]:
    try:
        pynwb = importlib.import_module("pynwb")
    except ImportError:
        raise NotInstalled('reading .nwb needs pynwb: pip install "quintant[nwb]"') from None
    try:
        with pynwb.NWBHDF5IO(str(path), "r") as file:
            units = file.read().units
            if units is None or "spike_times" not in units.colnames:
                raise ConfigError(Problem(path.name, "has no units, whose spike times could be taken."))
            return [(float(at) * 1000, unit) for unit in range(len(units)) for at in units["spike_times"][unit]]
    except (OSError, TypeError) as error:
        raise ConfigError(Problem(path.name, f"cannot be read as nwb: {str(error).splitlines()[0]}")) from None
