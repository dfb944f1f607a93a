"""Rheobases in closed form, and reasons for silence with each population's own constants."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from quintant.config import parse
from quintant.errors import ConfigError, EngineError
from quintant.labs.spiking.config import SpikingConfig
from quintant.labs.spiking.engine import simulation
from quintant.labs.spiking.engine.layout import layout
from quintant.labs.spiking.engine.rheobase import rheobase
from quintant.labs.spiking.engine.silence import why_silent
from spiking_networks import EVEN, finished

CASES = json.loads((Path(__file__).parents[2] / "data/spiking/rheobases.json").read_text())["cases"]
MORE = {"neuron_model": "lif", "n_i": 0, **EVEN}


def of(raw: dict) -> float | None:
    config = parse(SpikingConfig, {**raw, "n_e": 1, "n_i": 0})
    return rheobase(config, layout(config).groups[0])


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_a_rheobase_is_the_closed_form(case):
    assert of(case["config"]) == pytest.approx(case["rheobase"], rel=1e-8)


@pytest.mark.parametrize(
    "raw",
    [
        {"v_th_mv": -50.0, "g_leak_e": 0.04, "e_leak_mv": -63.0},
        {"neuron_model": "qif", "qif_a": 0.02, "v_th_mv": 0.0, "integrator": "rk4", "v_init_mv": -56.0},
    ],
)
def test_cells_fire_above_it_and_not_below(raw):
    least = of(raw)
    still = {**MORE, **raw, "n_e": 1, "t_ms": 4000.0, "weights_ee": {"mean": 0.0}}
    for share, fires in ((0.99, False), (1.02, True)):
        state = finished(**still, drive_e_start=share * least, drive_e_end=share * least)
        assert (state.spikes > 0) == fires, share


@pytest.mark.parametrize("model", ["hh", "izhikevich", "fitzhugh", "mqif", "connor_stevens"])
def test_where_there_is_no_closed_form_none_is_told(model):
    assert of({"neuron_model": model}) is None


def test_each_population_is_judged_by_its_own_constants():
    state = finished(
        **EVEN, t_ms=50.0, drive_e_start=0.0, drive_e_end=0.0,
        populations=[
            {"name": "leaky", "kind": "E", "size": 3, "drive": 1.0, "g_leak": 0.2},
            {"name": "tight", "kind": "E", "size": 1, "drive": 0.1, "g_leak": 0.02},
            {"name": "idle", "kind": "I", "size": 2},
        ],
    )  # fmt: skip
    assert state.spikes == 0
    assert why_silent(state) == (
        "mean drive 1 is below rheobase 3 of leaky cells; mean drive 0.1 is below rheobase 0.3 of tight cells"
    )


def test_cells_of_one_kind_are_told_as_they_are():
    state = finished(**EVEN, n_e=0, n_i=4, t_ms=50.0, input_population="i", drive_i_start=1.2, drive_i_end=1.2)
    assert why_silent(state) == "mean drive 1.2 is below rheobase 1.5 of I cells"


def test_work_is_bounded_before_the_start_and_spikes_while_it_runs(monkeypatch):
    with pytest.raises(ConfigError, match=r"t_ms: 1000000 neurons for 1e\+08 steps are 1e\+14 updates; the limit is 1e\+13\."):
        blocks = {f"weights_{pair}": {"mean": 0.0} for pair in ("ee", "ei", "ie", "ii")}
        raw = {"n_e": 999_000, "n_i": 1000, "t_ms": 1e7, "record_traces": False, "record_input": False, **blocks}
        parse(SpikingConfig, raw)
    monkeypatch.setattr(simulation, "MEMORY_LIMIT_BYTES", 1 << 18)
    with pytest.raises(EngineError, match=r"spikes in .* ms are more than .* GiB hold"):
        finished(**EVEN, n_e=400, n_i=0, t_ms=200.0, t_ref_e_ms=0.0, drive_e_start=500.0, drive_e_end=500.0)
