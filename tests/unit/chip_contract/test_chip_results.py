"""What tables say in the contract's words."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from quintant.labs.chip import results


def spikes(*rows: tuple[int, str, int]) -> pa.Table:
    step, population, neuron = zip(*rows, strict=True) if rows else ((), (), ())
    return pa.table(
        {
            "step": pa.array(step, pa.int32()),
            "population": pa.array(population, pa.string()).dictionary_encode(),
            "neuron": pa.array(neuron, pa.int32()),
        }
    )


def plain(found):
    return {label: {index: times.tolist() for index, times in of.items()} for label, of in found.items()}


def test_trains_are_by_label_and_index_in_numeric_order_without_the_silent():
    table = spikes((0, "b", 10), (0, "a", 2), (1, "b", 9), (3, "b", 10), (7, "b", 9))
    assert plain(results.trains(table, ["a", "b", "c"])) == {"a": {"2": [0]}, "b": {"9": [1, 7], "10": [0, 3]}, "c": {}}
    assert list(results.trains(table, ["b"])["b"]) == ["9", "10"]
    assert plain(results.trains(table, ["b"], 1, 7)) == {"b": {"9": [1], "10": [3]}}


def test_tables_in_pieces_with_dictionaries_of_their_own_are_one():
    whole = pa.concat_tables([spikes((0, "a", 1)), spikes((1, "b", 0), (2, "a", 1))])
    assert plain(results.trains(whole, ["a", "b"])) == {"a": {"1": [0, 2]}, "b": {"0": [1]}}


def test_no_spikes_are_empty_trains():
    assert results.trains(spikes(), ["a", "b"]) == {"a": {}, "b": {}}


@pytest.mark.parametrize("words", [lambda column: column, lambda column: column.dictionary_encode()])
def test_counts_are_over_all_populations(words):
    table = pa.table({"step": [0, 0, 2, 2], "population": words(pa.array(["a", "b", "a", "b"])), "spikes": [3, 0, 1, 5]})
    assert results.counts(table, 4).tolist() == [3, 0, 6, 0]


def test_weights_are_by_connection():
    table = pa.table(
        {
            "connection": [0, 2, 2], "source": ["a", "b", "b"], "pre": [0, 1, 2], "target": ["b", "a", "a"], "post": [5, 6, 7],
            "delay": [0, 1, 2], "plastic": [True] * 3, "initial": [10, 20, 30], "final": [11, 20, -5],
        }
    )  # fmt: skip
    first, second = results.weights(table)
    assert (first["connection"], first["source"], first["target"]) == (0, "a", "b")
    assert {name: np.asarray(second[name]).tolist() for name in results.WEIGHTS} == {
        "pre": [1, 2], "post": [6, 7], "delay": [1, 2], "initial": [20, 30], "final": [20, -5],
    }  # fmt: skip
