"""What a Run's tables say in the contract's words: spike trains, counts per step, learned weights, probed potentials."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from quintant.json_value import JsonObject
from quintant.lab import Result
from quintant.labs.chip import seam

if TYPE_CHECKING:
    import pyarrow as pa

Array = np.ndarray[Any, Any]
POTENTIALS = ("step", "potential", "input", "threshold", "refractory", "trace", "dendrite_1", "dendrite_2", "dendrite_3")
"""Columns of the table `potentials` that are told, where it has them."""
WEIGHTS = ("pre", "post", "delay", "initial", "final")


def summary(result: Result, steps: int) -> JsonObject:
    """`total_spikes`, `firing_rates`, `spike_count_timeseries` [steps]; with samples also what they were taken for."""
    totals = result.documents[seam.SUMMARY]
    shown: JsonObject = {
        "total_spikes": totals["total_spikes"],
        "firing_rates": totals["firing_rates"],
        "spike_count_timeseries": counts(result.tables[seam.ACTIVITY], steps),
    }
    if seam.SAMPLES in result.tables:
        accuracy = result.metrics.get("accuracy")
        shown["samples"] = result.tables[seam.SAMPLES].to_pylist()
        shown["accuracy"] = accuracy.value if accuracy else None
    return shown


def counts(activity: pa.Table, steps: int) -> Array:
    """Spikes of all populations at each step [steps] (int64)."""
    at, spikes = _column(activity, "step"), _column(activity, "spikes")
    per_step = np.zeros(steps, np.int64)
    np.add.at(per_step, at, spikes)
    return per_step


def trains(spikes: pa.Table, labels: Sequence[str], start: int = 0, stop: int | None = None) -> dict[str, dict[str, Array]]:
    """label -> neuron -> its steps, ascending; silent neurons are left out, silent populations are empty.

    `start`, `stop`: only spikes of steps start ≤ step < stop.
    """
    step, neuron = _column(spikes, "step"), _column(spikes, "neuron")
    names, population = _words(spikes, "population")
    inside = (step >= start) & (step < (np.iinfo(np.int64).max if stop is None else stop))
    by_label: dict[str, dict[str, Array]] = {label: {} for label in labels}
    for at, rows in _grouped(population[inside], np.flatnonzero(inside)):
        if names[at] in by_label:
            by_label[names[at]] = {str(index): steps for index, steps in _grouped(neuron[rows], step[rows])}
    return by_label


def weights(table: pa.Table) -> list[JsonObject]:
    """Per connection its synapses, before and after: {connection, source, target, pre, post, delay, initial, final}."""
    connection = _column(table, "connection")
    columns = {name: _column(table, name) for name in WEIGHTS}
    ends = {name: _words(table, name) for name in ("source", "target")}
    entries = []
    for index, rows in _grouped(connection, np.arange(len(connection))):
        labels = {name: names[at[rows[0]]] for name, (names, at) in ends.items()}
        entries.append({"connection": index, **labels, **{name: column[rows] for name, column in columns.items()}})
    return entries


def potentials(table: pa.Table) -> dict[str, dict[str, dict[str, Array]]]:
    """label -> neuron -> {step, potential, input, threshold, …}: one entry per kept step."""
    names, population = _words(table, "population")
    neuron = _column(table, "neuron")
    columns = {name: _column(table, name) for name in POTENTIALS if name in table.column_names}
    by_label: dict[str, dict[str, dict[str, Array]]] = {}
    for at, mine in _grouped(population, np.arange(len(population))):
        by_label[names[at]] = {
            str(index): {name: column[rows] for name, column in columns.items()} for index, rows in _grouped(neuron[mine], mine)
        }
    return by_label


def _grouped(key: Array, values: Array) -> Iterator[tuple[int, Array]]:
    """(key, its values in their order), keys ascending."""
    order = np.argsort(key, kind="stable")
    keys, first = np.unique(key[order], return_index=True)
    pieces = np.split(values[order], first[1:]) if len(keys) else ()
    return zip(keys.tolist(), pieces, strict=True)


def _column(table: pa.Table, name: str) -> Array:
    return np.asarray(table.column(name).to_numpy())


def _words(table: pa.Table, name: str) -> tuple[list[str], Array]:
    """The words of a text column and, for each row, which of them it is."""
    import pyarrow as pa

    column = table.column(name)
    coded = column.unify_dictionaries() if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    whole = coded.combine_chunks()
    return whole.dictionary.to_pylist(), whole.indices.to_numpy()
