"""Files of a user's own input: read as they are, refused in words."""

from __future__ import annotations

import pyarrow as pa
import pytest

from quintant.errors import ConfigError
from quintant.labs.spiking import external_stimulus
from spiking_networks import finished

SPIKES = pa.table({"time_ms": [5.0, 1.0], "neuron": [1, 0]})


def written(folder, kind, table):
    from pyarrow import csv, feather

    path = folder / f"own.{kind}"
    if kind == "csv":
        csv.write_csv(table, path)
    elif kind == "feather":
        feather.write_feather(table, path, compression="uncompressed")
    else:
        with pa.ipc.new_stream(path, table.schema) as out:
            out.write_table(table)
    return path


@pytest.mark.parametrize("kind", ["csv", "arrow", "feather"])
def test_spikes_are_read_in_order_of_time_and_run(tmp_path, kind):
    own = external_stimulus.spikes(written(tmp_path, kind, SPIKES), weight=0.3)
    assert own == {"times_ms": [1.0, 5.0], "neurons": [0, 1], "weight": 0.3, "receptor": "ampa"}
    assert finished(n_e=2, n_i=0, t_ms=10.0, own_spikes=own).recorded.g_e[10, 0] > 0.28


def test_a_current_for_each_neuron_is_read_and_runs(tmp_path):
    path = written(tmp_path, "csv", pa.table({"time_ms": [0.0, 2.0], "a": [1.0, 0.0], "b": [0.5, 0.5]}))
    own = external_stimulus.current(path, neurons="e")
    assert own == {"times_ms": [0.0, 2.0], "values": [[1.0, 0.0], [0.5, 0.5]], "neurons": "e"}
    state = finished(n_e=2, n_i=1, t_ms=4.0, noise_std=0.0, drive_e_start=0.0, drive_e_end=0.0, own_current=own)
    assert state.recorded.input_mean[[5, 25], 0].tolist() == [0.75, 0.25]


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("own.txt", "", "own.txt: must end in one of .arrow, .csv, .feather, .nwb; got '.txt'."),
        ("own.csv", "time,neuron\n1,2\n", "own.csv.time_ms: is missing; the columns are time, neuron."),
        ("own.csv", "time_ms,neuron\n1,x\n", "own.csv.neuron.0: must be a number; got 'x'."),
        ("own.csv", "time_ms,neuron\n1,0.5\n", "own.csv.neuron.0: must be an integer; got 0.5."),
        ("own.arrow", "no arrow", "own.arrow: cannot be read as arrow: "),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(tmp_path, name, text, words):
    (tmp_path / name).write_text(text)
    with pytest.raises(ConfigError) as told:
        external_stimulus.spikes(tmp_path / name)
    assert str(told.value).startswith(words)


def test_the_command_prints_what_set_takes(tmp_path):
    from typer.testing import CliRunner

    from quintant.labs.spiking.commands import app

    told = CliRunner().invoke(app, ["own-spikes", str(written(tmp_path, "csv", SPIKES)), "--weight", "0.3"])
    assert told.stdout == '{"times_ms": [1.0, 5.0], "neurons": [0, 1], "weight": 0.3, "receptor": "ampa"}\n'
    refused = CliRunner().invoke(app, ["own-spikes", str(tmp_path / "own.csv"), "--receptor", "nmda"])
    assert str(refused.exception) == "own_spikes.receptor: must be one of ampa, gaba; got 'nmda'."


def nwb_file(path, trains):
    """An NWB file with one unit per train of spike times in seconds; no units table without trains."""
    pynwb = pytest.importorskip("pynwb", reason='pynwb is not installed: pip install "quintant[nwb]"')
    from datetime import UTC, datetime

    file = pynwb.NWBFile("input", "input-1", datetime(2026, 1, 1, tzinfo=UTC))
    for train in trains:
        file.add_unit(spike_times=train)
    with pynwb.NWBHDF5IO(str(path), "w") as writing:
        writing.write(file)
    return path


def test_the_units_of_an_nwb_file_are_neurons_and_its_seconds_milliseconds(tmp_path):
    path = nwb_file(tmp_path / "in.nwb", [[0.010, 0.030], [], [0.0205]])
    found = external_stimulus.spikes(path, weight=0.3, receptor="gaba")
    assert found == {"times_ms": [10.0, 20.5, 30.0], "neurons": [0, 2, 0], "weight": 0.3, "receptor": "gaba"}


def test_an_nwb_file_without_units_or_that_is_none_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="has no units"):
        external_stimulus.spikes(nwb_file(tmp_path / "empty.nwb", []))
    (tmp_path / "text.nwb").write_text("not an NWB file")
    with pytest.raises(ConfigError, match=r"text.nwb: cannot be read as nwb"):
        external_stimulus.spikes(tmp_path / "text.nwb")
