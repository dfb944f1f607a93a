"""The compiled loops: the same spikes in every form of the weights, however the run is cut, whatever is recorded."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

from spiking_networks import EVEN, constant, finished, result, spikes

NET = {"n_e": 80, "n_i": 20, "t_ms": 200.0, **constant(1.5), "noise_std": 0.5}


def same(one, other) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def test_shared_conductances_give_the_spikes_of_the_plain_loop():
    """record_lfp needs V and g of every cell, so that network goes through the plain loop."""
    for precision in ("single", "double"):
        one, other = finished(**NET, precision=precision), finished(**NET, precision=precision, record_lfp=True)
        assert one.shared and not other.shared and one.spikes > 200
        assert same(one.spikes_of(0, one.steps), other.spikes_of(0, other.steps))
        for kept in ("v_mv", "g_e", "g_i"):
            assert np.array_equal(getattr(one.recorded, kept), getattr(other.recorded, kept))


def test_dense_sparse_and_uniform_weights_agree():
    """Equal weights added one by one differ from a product in the last bits only: no spike moves in this network."""
    mean = 0.02
    forms = [
        {"mean": mean},
        {"mean": mean, "std": 1e-12},
        {"sparse_p": 1.0, "weight": mean / 80**0.5},
    ]
    found = [spikes(**NET, weights_ee=form, legacy_seed_weights=0) for form in forms]
    assert len(found[0][0]) > 200 and same(found[0], found[1]) and same(found[0], found[2])


def test_the_size_of_chunks_changes_nothing():
    whole = finished(**NET)
    from spiking_networks import simulation

    cut = simulation(**NET)
    cut.chunk = 7
    cut.spike_neuron = cut.spike_neuron[:150].copy()  # grows on the way
    while cut.done < cut.steps:
        cut.advance()
    assert same(whole.spikes_of(0, whole.steps), cut.spikes_of(0, cut.steps))


def test_the_same_bits_whatever_the_number_of_threads():
    code = (
        "import sys; sys.path.insert(0, 'tests')\n"
        "from spiking_networks import result\n"
        "found = result(3, n_e=80, n_i=20, t_ms=100.0, drive_e_start=2.0, drive_e_end=2.0)\n"
        "print(found.documents['network']['spike_train_sha256'])"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True,
            env={**os.environ, "NUMBA_NUM_THREADS": threads, "OMP_NUM_THREADS": threads},
        ).stdout
        for threads in ("1", "2")
    }  # fmt: skip
    assert len(told) == 1


def test_a_spike_arrives_after_its_delay_and_has_decayed_by_one_step():
    raw = {**EVEN, "n_e": 1, "n_i": 1, "t_ms": 40.0, **constant(1.5), "weights_ei": {"mean": 0.1}, "weights_ee": {"mean": 0.0},
           "weights_ie": {"mean": 0.0}, "weights_ii": {"mean": 0.0}, "delay_ei_ms": 2.0}  # fmt: skip
    state = finished(**raw)
    first = round(state.spikes_of(0, state.steps)[0][0] / 0.1)
    g_e = state.recorded.g_e[:, 1]
    assert first == 138 and not g_e[: first + 20].any()
    assert g_e[first + 20] == pytest.approx(np.float32(0.1) * np.exp(-0.1 / 2.0), rel=1e-12)


def test_a_neuron_is_clamped_while_it_is_refractory():
    state = finished(**EVEN, n_e=1, n_i=0, t_ms=60.0, **constant(3.0), weights_ee={"mean": 0.0})
    v = state.recorded.v_mv[:, 0]
    assert (v[57:87] == -65.0).all() and v[87] > -65.0  # spike at step 57, counter 30: clamped for 29 more


def test_own_spikes_reach_their_neuron():
    own = {"times_ms": [5.0, 1.0], "neurons": [1, 0], "weight": 0.3, "receptor": "gaba"}
    quiet = {**EVEN, **constant(0.0), "n_e": 2, "n_i": 0, "t_ms": 10.0, "weights_ee": {"mean": 0.0}}
    state = finished(**quiet, own_spikes=own, record_neurons=[0, 1])
    g_i = state.recorded.g_i
    keep = np.exp(-0.1 / 6.5)
    assert g_i[9, 0] == 0 and g_i[10, 0] == pytest.approx(0.3 * keep) and g_i[50, 1] == pytest.approx(0.3 * keep)
    assert g_i[50, 0] == pytest.approx(0.3 * keep**41)


def test_populations_of_ones_own_are_the_two_when_they_say_the_same():
    pairs = {"ee": (0.02, 0.5), "ei": (0.015, 0.5), "ie": (0.015, 1.2), "ii": (0.02, 0.5)}
    own = {
        "populations": [{"name": "E", "kind": "E", "size": 80}, {"name": "I", "kind": "I", "size": 20}],
        "connections": [
            {"source": a.upper(), "target": b.upper(), "weights": {"mean": mean}, "delay_ms": delay_ms}
            for (a, b), (mean, delay_ms) in pairs.items()
        ],
    }
    assert same(spikes(**NET), spikes(**{**NET, **own}))


def test_three_populations_keep_their_order_and_delays():
    own = {
        "populations": [
            {"name": "first", "kind": "E", "size": 1, "drive": 1.5},
            {"name": "second", "kind": "E", "size": 1},
            {"name": "third", "kind": "I", "size": 1},
        ],
        "connections": [
            {"source": "first", "target": "second", "weights": {"sparse_p": 1.0, "weight": 0.6}, "delay_ms": 3.0},
            {"source": "second", "target": "third", "weights": {"mean": 1.0}, "delay_ms": 1.0},
        ],
    }
    time_ms, neuron = spikes(**{**EVEN, "t_ms": 30.0, **constant(0.0), **own})
    assert neuron[:3].tolist() == [0, 1, 2]
    assert time_ms[0] == pytest.approx(13.8) and 16.8 <= time_ms[1] < 18.5 and time_ms[2] >= time_ms[1] + 1.0


def test_chosen_neurons_are_recorded_at_the_chosen_times():
    table = result(**NET, record_neurons=[5, 90], record_every_ms=1.0).tables["traces"]
    assert table.num_rows == 400 and sorted(set(table["neuron"].to_pylist())) == [5, 90]
    assert table["time_ms"].to_pylist()[:3] == [0.0, 1.0, 2.0]


def test_the_field_proxy_is_null_until_its_delay():
    table = result(**NET, record_lfp=True).tables["lfp"]
    assert table["lfp"].null_count == 60
    at = 1000
    ampa, gaba = table["ampa"].to_numpy(), table["gaba"].to_numpy()
    assert table["lfp"][at].as_py() == pytest.approx(ampa[at - 60] - 1.65 * gaba[at])
