"""A run as NWB: what the file holds, read back by pynwb; what is refused; what is said without pynwb."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

import numpy as np
import pytest
from typer.testing import CliRunner

from quintant.config import config_hash, parse
from quintant.errors import Conflict, NotInstalled
from quintant.lab import Streams, load
from quintant.labs.spiking import LAB
from quintant.labs.spiking.commands import app
from quintant.labs.spiking.config import SpikingConfig
from quintant.labs.spiking.nwb import Session, write

WHY = "pynwb, the optional extra `nwb`, is not installed"
BEGAN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture(scope="module")
def session() -> Session:
    config = parse(SpikingConfig, {**LAB.presets["gamma-ping"].config, "n_e": 80, "n_i": 20, "t_ms": 300.0})
    engine = load(LAB.engine)()
    state = engine.init(config, Streams.derive(7, LAB.purposes))
    while True:
        step = engine.step(state, ())
        state = step.state
        if step.done:
            break
    return Session("abc123def456", "short", 7, config, BEGAN, engine.result(state).tables)


def test_the_file_validates_and_holds_every_spike(session, tmp_path):
    pynwb = pytest.importorskip("pynwb", reason=WHY)
    path = tmp_path / "run.nwb"
    table = session.tables["spikes"]
    assert write(session, path) == table.num_rows > 0
    assert not pynwb.validate(path=str(path))
    assert [one.name for one in tmp_path.iterdir()] == ["run.nwb"]
    time_s, neuron = table.column("time_ms").to_numpy() / 1000, table.column("neuron").to_numpy()
    with pynwb.NWBHDF5IO(str(path), "r") as file:
        read = file.read()
        units = read.units
        assert len(units) == 100 and not read.electrodes and not read.devices
        for one in range(100):
            assert np.array_equal(units["spike_times"][one], time_s[neuron == one])
        assert list(units["population"][:]) == ["E"] * 80 + ["I"] * 20
        assert units["obs_intervals"][3].tolist() == [[0.0, 0.3]]
        assert read.identifier == "abc123def456" and read.session_start_time == BEGAN
        assert read.protocol == config_hash(session.config) and "root seed 7" in read.experiment_description
        potential = read.acquisition["membrane_potential_E"]
        traces = session.tables["traces"]
        first = traces.column("neuron").to_numpy() == 0
        assert np.allclose(potential.data[:, 0], traces.column("v_mv").to_numpy()[first] / 1000)
        assert (potential.unit, potential.rate, potential.starting_time) == ("volts", 10_000.0, 0.0)


def test_neo_and_elephant_read_it(session, tmp_path):
    """The consumers that people have: spikes, silent cells, the whole window, and traces in units that they know."""
    pytest.importorskip("pynwb", reason=WHY)
    neo = pytest.importorskip("neo", reason="neo is a dependency of tests only")
    statistics = pytest.importorskip("elephant.statistics", reason="elephant is a dependency of tests only")
    path = tmp_path / "run.nwb"
    write(session, path)
    (block,) = neo.io.NWBIO(str(path), "r").read_all_blocks()
    (segment,) = block.segments
    table = session.tables["spikes"]
    time_s, neuron = table.column("time_ms").to_numpy() / 1000, table.column("neuron").to_numpy()
    assert len(segment.spiketrains) == 100
    for cell, train in enumerate(segment.spiketrains):
        assert np.allclose(train.rescale("s").magnitude, time_s[neuron == cell])
        assert (float(train.t_start), float(train.t_stop)) == (0.0, 0.3), "not the last spike: rates would be too high"
        assert float(statistics.mean_firing_rate(train).rescale("Hz")) == pytest.approx(np.sum(neuron == cell) / 0.3)
    signals = {signal.name: signal for signal in segment.analogsignals}
    assert {name: str(signal.units.dimensionality) for name, signal in signals.items()} == {
        "membrane_potential_E": "V", "membrane_potential_I": "V", "conductance_e_E": "S", "conductance_e_I": "S",
        "conductance_i_E": "S", "conductance_i_I": "S", "mean_input_E": "A", "mean_input_I": "A",
    }  # fmt: skip
    traces = session.tables["traces"]
    inhibitory = traces.column("neuron").to_numpy() == 80
    found = signals["membrane_potential_I"]
    assert np.allclose(found.rescale("mV").magnitude[:, 0], traces.column("v_mv").to_numpy()[inhibitory])
    assert float(found.sampling_rate.rescale("Hz")) == 10_000.0 and float(found.t_start) == 0.0


def test_recorded_cells_stand_by_population_whatever_its_name(tmp_path):
    neo = pytest.importorskip("neo", reason="neo is a dependency of tests only")
    config = parse(SpikingConfig, {
        "populations": [{"name": "L2/3 pyr", "kind": "E", "size": 3}, {"name": "mute: I", "kind": "I", "size": 2}],
        "neuron_model": "fitzhugh", "v_init_mv": -1.0, "v_th_mv": 1.0, "t_ms": 20.0, "record_neurons": [2, 0, 4],
        "record_every_ms": 0.5, "analyse": False,
    })  # fmt: skip
    engine = load(LAB.engine)()
    step = engine.step(engine.init(config, Streams.derive(7, LAB.purposes)), ())
    while not step.done:
        step = engine.step(step.state, ())
    path = tmp_path / "own.nwb"
    write(Session("abc123def456", "own", 7, config, BEGAN, engine.result(step.state).tables), path)
    (segment,) = neo.io.NWBIO(str(path), "r").read_all_blocks()[0].segments
    signals = {signal.name: signal for signal in segment.analogsignals}
    assert signals["membrane_potential_L2-3 pyr"].shape == (40, 2) and signals["membrane_potential_mute- I"].shape == (40, 1)
    assert str(signals["membrane_potential_mute- I"].units.dimensionality) == "dimensionless", "FitzHugh's V is no potential"
    assert float(signals["mean_input_E"].sampling_rate.rescale("Hz")) == 10_000.0
    assert len(segment.spiketrains) == 5


def test_without_spikes_there_is_nothing_to_write(session, tmp_path):
    pytest.importorskip("pynwb", reason=WHY)
    with pytest.raises(Conflict, match="no table 'spikes'"):
        write(Session("a", "", 1, session.config, BEGAN, {}), tmp_path / "a.nwb")
    assert not list(tmp_path.iterdir())


def test_without_pynwb_the_command_that_helps_is_told(session, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pynwb", None)
    with pytest.raises(NotInstalled, match=r'pip install "quintant\[nwb\]"'):
        write(session, tmp_path / "a.nwb")
    assert not list(tmp_path.iterdir())


class _Run:
    def __init__(self, state: str = "completed", lab: str = "spiking") -> None:
        self.id, self.lab, self.state, self.name, self.root_seed = "abc123def456", lab, state, "short", 7
        self.started_at, self.created_at = BEGAN.timestamp(), 0.0


class _Door:
    """Runs by a list; nothing is read from them."""

    def __init__(self, *runs: _Run) -> None:
        self.runs = runs

    def __enter__(self):
        return self

    def __exit__(self, *ending):
        return None

    def find(self, prefix):
        return prefix

    def members(self, target):
        return self.runs

    def run(self, run_id):
        return next(run for run in self.runs if run.id == run_id)


@pytest.mark.parametrize(
    ("runs", "why"),
    [
        ((_Run(), _Run()), "is a sweep of 2 runs; an NWB file holds one"),
        ((_Run("running"),), "is running; only a completed run has all its spikes"),
        ((_Run(lab="optical"),), "is of lab optical"),
    ],
)
def test_what_is_not_one_completed_spiking_run_is_refused(runs, why):
    door = _Door(*runs)
    found = CliRunner().invoke(app, ["nwb", "abc"], obj=lambda url, data_dir: door)
    assert isinstance(found.exception, Conflict) and why in str(found.exception)
