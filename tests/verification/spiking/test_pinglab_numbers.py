"""The contract's own numbers (Pinglab's arithmetic at commit 3da065e, reproduced independently): they must come out exactly."""

from __future__ import annotations

import pytest

from spiking_networks import LEGACY, result, simulation


@pytest.fixture(scope="module")
def default():
    return result(1, **LEGACY)


def test_the_default_request_has_21811_spikes(default):
    assert {name: default.metrics[name].value for name in ("spikes", "spikes_e", "spikes_i")} == {
        "spikes": 21811, "spikes_e": 17811, "spikes_i": 4000,
    }  # fmt: skip


def test_its_first_spikes(default):
    first = default.tables["spikes"].slice(0, 5).to_pydict()
    assert first["time_ms"] == pytest.approx([25.1, 26.6, 26.7, 26.8, 26.9])
    assert first["neuron"] == [700, 672, 604, 334, 528]


@pytest.mark.parametrize(
    ("metric", "published", "digits"),
    [
        ("isi_rate_e_hz", 22.951311, 6), ("isi_rate_i_hz", 20.502209, 6), ("isi_cv_e", 0.142319, 6),
        ("isi_mean_e_ms", 45.283153, 6),
        ("autocorr_peak", 0.938814, 6), ("xcorr_peak", 0.689202, 6), ("coherence_peak", 0.90619, 5),
        ("psd_peak_hz", 20.0, 6), ("psd_peak_bandwidth_hz", 2.5, 6),
    ],
)  # fmt: skip
def test_its_metrics(default, metric, published, digits):
    assert round(default.metrics[metric].value, digits) == published


def test_its_spectrum_has_81_frequencies(default):
    assert default.tables["psd_5ms"]["frequency_hz"].to_pylist() == [1.25 * k for k in range(81)]


def test_its_cells_differ_as_published():
    cells = simulation(**LEGACY).neurons
    assert cells.v_th[:3] == pytest.approx([-47.883137, -49.51981, -48.825516], abs=1e-6)
    assert cells.g_leak[:3] == pytest.approx([0.05416972, 0.05669355, 0.04683264], abs=1e-8)
    assert cells.capacitance[:3] == pytest.approx([0.8467079, 0.828803, 1.0046135], abs=1e-7)
    assert cells.ref_steps[:3].tolist() == [35, 32, 30]


def test_its_input_is_as_published():
    rows = simulation(**LEGACY).drive.rows(0, 1)
    assert rows.values[0, :3] == pytest.approx([1.5820261, 0.9000786, 1.189369], abs=1e-6)


def test_the_documents_own_example_sees_1931_input_spikes_and_stays_silent():
    raw = {
        **LEGACY, "t_ms": 800.0, "n_e": 80, "n_i": 20, "legacy_seed_config": 1, "input_type": "external_spike_train",
        "mod_depth": 0.7,
    }  # fmt: skip
    found = result(1, **raw)
    fraction = found.tables["input"]["spike_fraction_e"].to_numpy()
    assert round(float(fraction.sum()) * 80) == 1931
    assert found.metrics["spikes"].value == 0
    assert found.metrics["rhythm_peak_hz"].reason.startswith("no spikes: mean drive 0.02")
    assert result(1, **raw, w_in=4.0).metrics["spikes"].value == 1600
