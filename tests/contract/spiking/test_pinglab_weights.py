"""/weights on a real socket: the contract's example, both forms of a block, both rules of counting, and no Run."""

from __future__ import annotations

import numpy as np
import pytest
from pinglab_service import ARROW, WEIGHTS_EXAMPLE, row

from quintant.labs.spiking.contract.schema import WEIGHTS, arrow_type

NAMES = ("ee", "ei", "ie", "ii")


@pytest.fixture(scope="module")
def default(client):
    return client.get("/weights").json()


def test_the_default_weights(client, default):
    assert list(default) == list(WEIGHTS)
    assert client.post("/weights").json() == client.post("/weights", json={}).json() == default
    assert [sum(default[f"weights_hist_counts_{name}"]) for name in NAMES] == [640000, 160000, 160000, 40000]
    heat = np.array(default["weights_heatmap"])
    assert heat.shape == (200, 200)
    corners = [heat[0, 0], heat[-1, 0], heat[0, -1], heat[-1, -1]]
    assert corners == pytest.approx([0.02 / 800**0.5, 0.015 / 800**0.5, 0.015 / 200**0.5, 0.02 / 200**0.5], rel=1e-6)
    bins = default["weights_hist_bins"]
    assert len(bins) == 40 and bins[-1] + bins[0] == pytest.approx(0.02 / 200**0.5, rel=1e-6)
    assert default["weights_hist_counts_ii"][-1] == 40000, "the largest weight is part of the last bin"


def test_the_contracts_own_example(client):
    answer = client.post("/weights", json=WEIGHTS_EXAMPLE).json()
    assert [sum(answer[f"weights_hist_counts_{name}"]) for name in NAMES] == [6400, 1600, 1600, 400]
    assert np.shape(answer["weights_heatmap"]) == (100, 100), "a hundred neurons are shown one by one"
    assert [np.shape(answer[f"weights_hist_blocks_{name}"]) for name in NAMES] == [(1, 40)] * 4


@pytest.mark.parametrize(("n_e", "n_i", "shape"), [(200, 50, 125), (201, 50, 126), (3, 2, 5), (0, 5, 5), (5, 0, 5)])
def test_a_heat_map_has_at_most_two_hundred_cells_a_side(client, n_e, n_i, shape):
    answer = client.post("/weights", json={"config": {"N_E": n_e, "N_I": n_i}}).json()
    assert np.shape(answer["weights_heatmap"]) == (shape, shape)
    assert bool(answer["weights_hist_blocks_ee"]) == (n_e > 0)


def test_drawn_weights_are_the_generators_own(client):
    """Against NumPy's own generator: blocks in order, one stream, clipped, divided by the root of the sources."""
    body = {"config": {"N_E": 12, "N_I": 8}, "weights": {"seed": 3, "ee": {"std": 0.02}, "ii": {"mean": 0.1, "std": 0.05}}}
    heat = np.array(client.post("/weights", json=body).json()["weights_heatmap"])
    draw = np.random.RandomState(3)
    means, stds = {"ee": 0.02, "ei": 0.015, "ie": 0.015, "ii": 0.1}, {"ee": 0.02, "ei": 0.0, "ie": 0.0, "ii": 0.05}
    shapes = {"ee": (12, 12), "ei": (8, 12), "ie": (12, 8), "ii": (8, 8)}
    block = {name: np.maximum(draw.normal(means[name], stds[name], shapes[name]), 0) / shapes[name][1] ** 0.5 for name in NAMES}
    wanted = np.block([[block["ee"], block["ie"]], [block["ei"], block["ii"]]])
    assert heat == pytest.approx(wanted, rel=1e-6, abs=1e-9)


def test_the_older_block_form(client):
    block = {"p": 0.25, "dist": {"name": "lognormal", "params": {"sigma": 0.5}}}
    body = {"config": {"N_E": 40, "N_I": 10}, "weights": {"ei": block}}
    answer = client.post("/weights", json=body).json()
    counts = np.array(answer["weights_hist_counts_ei"])
    assert counts.sum() == 400 and 240 < counts[0] < 360, "three of four pairs are not connected: weight 0"


def test_no_positive_weight_is_answered_as_the_original_does(client):
    nothing = {name: {"mean": 0.0} for name in NAMES}
    answer = client.post("/weights", json={"config": {"N_E": 4, "N_I": 2}, "weights": nothing}).json()
    assert answer["weights_hist_bins"] == [0.0, 1.0]
    assert [answer[f"weights_hist_counts_{name}"] for name in NAMES] == [[0.0]] * 4
    assert answer["weights_hist_blocks_ee"] == [[16.0, 0.0]]


def test_arrow_says_what_json_says(client, default):
    answer = client.get("/weights", headers={"Accept": ARROW})
    schema, found = row(answer.content)
    assert answer.headers["content-type"].startswith(ARROW)
    assert found == default and schema.names == list(WEIGHTS)
    assert [field.type for field in schema] == [arrow_type(kind) for kind in WEIGHTS.values()]
    assert not any(name.lower().startswith("x-pinglab") for name in answer.headers)


def test_a_preview_makes_no_run(client, runs):
    before = runs.list(lab="spiking").total
    answer = client.post("/weights", json={"inputs": {"seed": 1}, "config": {"tau": 1}})
    assert answer.headers["X-Quintant-Ignored-Keys"] == "inputs, config.tau"
    assert runs.list(lab="spiking").total == before


def test_a_run_shows_the_weights_of_its_preview(client, small, default):
    from pinglab_service import SMALL

    preview = client.post("/weights", json={"config": SMALL["config"]}).json()
    assert {name: small[name] for name in preview} == preview
