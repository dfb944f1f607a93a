"""Files of one's own for keys of the spiking lab: spikes and currents (`external_stimulus` has the columns)."""

from __future__ import annotations

from pathlib import Path

from quintant.lab import OwnFile
from quintant.labs.spiking import external_stimulus


def own_spikes(path: Path, cache: Path) -> OwnFile:
    value = external_stimulus.spikes(path)
    times = value["times_ms"]
    last = f", {times[0]:g} to {times[-1]:g} ms" if times else ""
    return OwnFile({"own_spikes": value}, f"{len(times)} spikes into {len(set(value['neurons']))} neurons{last}")


def own_current(path: Path, cache: Path) -> OwnFile:
    value = external_stimulus.current(path)
    rows = len(value["values"])
    whom = "one for all neurons" if rows == 1 else f"one for each of {rows} neurons"
    return OwnFile({"own_current": value}, f"{len(value['times_ms'])} values, {whom}")
