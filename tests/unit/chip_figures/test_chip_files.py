"""NumPy files: weights in and learned weights out, spikes out; damaged, lying and hostile ones refused in words."""

from __future__ import annotations

import io
import json
import pickle
import zipfile

import numpy as np
import pyarrow as pa
import pytest
from typer.testing import CliRunner

from quintant.config import parse
from quintant.errors import ConfigError
from quintant.labs.chip import spikes_file, weights_file
from quintant.labs.chip.commands import app
from quintant.labs.chip.config import ChipConfig, Packed
from quintant.labs.chip.packed import unpack

MATRIX = np.array([[1, 0], [2, -3], [0, 4]])


def npz(**arrays) -> bytes:
    sink = io.BytesIO()
    np.savez(sink, **arrays)
    return sink.getvalue()


def npy(array) -> bytes:
    sink = io.BytesIO()
    np.save(sink, array)
    return sink.getvalue()


def values(part) -> dict[str, list[int]]:
    return {name: unpack(Packed(**packed)).tolist() for name, packed in part["synapses"].items()}


@pytest.mark.parametrize(
    "data", [npy(MATRIX), npz(weights=MATRIX), npy(MATRIX.astype(">i2")), npy(np.asfortranarray(MATRIX.astype(float)))]
)
def test_a_matrix_is_its_synapses_without_the_zeros(data):
    part = weights_file.connection(data, 3, 2)
    assert values(part) == {"sources": [0, 1, 1, 2], "targets": [0, 0, 1, 1], "weights": [1, 2, -3, 4]}
    parse(ChipConfig, {"populations": [{"label": "a", "size": 3}, {"label": "b", "size": 2}], "stimuli": [],
                       "connections": [{"source": "a", "target": "b", **part}]})  # fmt: skip


def test_lists_and_delays():
    lists = {"sources": np.array([2, 0]), "targets": np.array([1, 1]), "weights": np.array([5, 5]), "delays": np.array([63, 0])}
    assert values(weights_file.connection(npz(**lists), 3, 2)) == {name: given.tolist() for name, given in lists.items()}
    delays = np.array([[9, 9], [1, 2], [9, 3]])
    found = values(weights_file.connection(npz(weights=MATRIX, delays=delays), 3, 2))
    assert found["delays"] == [9, 1, 2, 3]


class Bomb:
    def __reduce__(self):
        return (exec, ("raise SystemExit('a file was executed')",))


def _header(shape: str, data: bytes = b"") -> bytes:
    text = f"{{'descr': '<i8', 'fortran_order': False, 'shape': {shape}, }}"
    text += " " * (63 - (10 + len(text)) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode() + data


def _twice() -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("weights.npy", npy(MATRIX))
        archive.writestr("weights.npy", npy(MATRIX))
    return sink.getvalue()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "w: is not a NumPy file"),
        (b"PK\x03\x04 nothing", "w: is not a NumPy file"),
        (npz(weights=MATRIX)[:-30], "w: is not a NumPy file"),
        (pickle.dumps(Bomb()), "w: is not a NumPy file"),
        (npz(weights=np.array([Bomb()], object)), "w.weights: must be a vector or matrix of integers; got object"),
        (npy(np.array([(1, 2)], [("a", int), ("b", int)])), "must be a vector or matrix of integers"),
        (npy(np.array(["1"])), "must be a vector or matrix of integers"),
        (npy(np.array([True])), "must be a vector or matrix of integers"),
        (npy(np.zeros((2, 2, 2), int)), "got int64 of 3 dimensions"),
        (npy(np.array([[0.5, 1], [1, 1], [1, 1]])), "w: must be a vector or matrix of integers; scale and round"),
        (npy(np.array([[np.nan, 1], [1, 1], [1, 1]])), "scale and round"),
        (npy(np.array([[1e300, 1], [1, 1], [1, 1]])), "scale and round"),
        (npy(np.array([2**64 - 1], np.uint64)), "must fit into 64 bits"),
        (_header("(1000000000000,)", b"\0" * 64), "says that it holds 8000000000000 bytes, but has 64"),
        (_header("(-5,)"), "w: is not a NumPy array|says that it holds"),
        (npy(MATRIX)[:-3], "says that it holds 48 bytes, but has 45"),
        (npz(weigths=MATRIX), "sources, targets, weights, delays. Did you mean 'weights'?"),
        (npz(weights=MATRIX.T), "w.weights: must be 3 × 2, a row for each neuron of the source; got 2 × 3."),
        (npz(weights=np.array([1, 2])), "w.sources: is required."),
        (npz(sources=[0, 3], targets=[0, 0], weights=[1, 1]), "w.sources: must be 0 to 2; entry 1 is 3."),
        (npz(sources=[0], targets=[0, 0], weights=[1]), "w.targets: must have one entry per synapse, 1 as sources has; got 2."),
        (npy(np.array([[40000, 0], [0, 0], [0, 0]])), "w.weights: must be -32768 to 32767; entry 0 is 40000."),
        (npz(weights=MATRIX, delays=np.full((3, 2), 64)), "w.delays: must be 0 to 63; entry 0 is 64, and 3 more are."),
        (_twice(), "w: holds an array twice."),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_meant_is_refused(data, words):
    with pytest.raises(ConfigError) as refused:
        weights_file.connection(data, 3, 2, "w")
    assert any(part in str(refused.value) for part in words.split("|")), str(refused.value)


def test_an_archive_may_not_grow_beyond_what_synapses_need(monkeypatch):
    monkeypatch.setattr(weights_file, "MOST", 1000)
    with pytest.raises(ConfigError, match="holds more than 1000 synapses"):
        weights_file.connection(npz(weights=np.zeros((200, 200), int)), 200, 200)


def _weights() -> pa.Table:
    columns = {"connection": [0, 0, 1], "pre": [0, 1, 0], "post": [1, 0, 0], "delay": [0, 3, 0]}
    return pa.table({**columns, "initial": [5, 5, 5], "final": [7, -2, 0]})


def test_learned_weights_can_be_read_again_and_are_the_same_bytes_each_time():
    data = weights_file.learned(_weights(), 0)
    assert data == weights_file.learned(_weights(), 0)
    found = values(weights_file.connection(data, 2, 2))
    assert found == {"sources": [0, 1], "targets": [1, 0], "weights": [7, -2], "delays": [0, 3]}
    with pytest.raises(ConfigError, match=r"connection: must be one of 0, 1; got 2."):
        weights_file.learned(_weights(), 2)


def test_spikes_as_arrays():
    config = parse(ChipConfig, {"populations": [{"label": "a", "size": 3}, {"label": "b", "size": 2}], "connections": [],
                                "stimuli": [], "timesteps": 10})  # fmt: skip
    population = pa.array(["b", "a", "b"]).dictionary_encode()
    table = pa.table(
        {"step": pa.array([1, 4, 4], pa.int32()), "population": population, "neuron": pa.array([0, 2, 1], pa.int32())}
    )
    with np.load(io.BytesIO(spikes_file.written(table, config)), allow_pickle=False) as found:
        assert found["labels"].tolist() == ["a", "b"] and found["sizes"].tolist() == [3, 2] and found["timesteps"] == 10
        assert found["step"].tolist() == [1, 4, 4]
        assert found["population"].tolist() == [1, 0, 1] and found["neuron"].tolist() == [0, 2, 1]


def test_spikes_as_nir_events_come_back_with_the_same_raster(tmp_path):
    nir = pytest.importorskip("nir")
    samples = [{"stimuli": []}] * 2
    config = parse(ChipConfig, {"populations": [{"label": "a", "size": 3}, {"label": "b", "size": 2}], "connections": [],
                                "stimuli": [], "timesteps": 10, "samples": samples})  # fmt: skip
    rows = [(1, "b", 0), (4, "a", 2), (4, "b", 1), (9, "a", 0), (10, "a", 1), (19, "a", 1)]
    step, label, neuron = zip(*rows, strict=True)
    table = pa.table(
        {"step": pa.array(step, pa.int32()), "population": pa.array(label), "neuron": pa.array(neuron, pa.int32())}
    )
    nir.write_data(tmp_path / "s.h5", spikes_file.nir_data(table, config, 0.5))
    found = nir.read_data(tmp_path / "s.h5")
    for name, size in (("a", 3), ("b", 2)):
        grid = found.nodes[name].observables["spikes"].to_time_gridded(0.5).data
        assert grid.shape == (2, 10, size)
        told = sorted((int(10 * k + t), name, int(i)) for k, t, i in zip(*np.nonzero(grid), strict=True))
        assert told == sorted(row for row in rows if row[1] == name)


def test_the_command_prints_a_connection(tmp_path):
    file = tmp_path / "w.npz"
    file.write_bytes(npz(weights=MATRIX))
    told = CliRunner().invoke(
        app, ["synapses", str(file), "--sources", "3", "--targets", "2", "--source", "a", "--target", "b"]
    )
    assert told.exit_code == 0
    part = json.loads(told.stdout)
    assert (part["source"], part["target"], part["topology"]) == ("a", "b", "explicit")
    missing = CliRunner().invoke(app, ["synapses", str(tmp_path / "no.npz"), "--sources", "3", "--targets", "2"])
    assert isinstance(missing.exception, ConfigError) and "cannot be read" in str(missing.exception)
