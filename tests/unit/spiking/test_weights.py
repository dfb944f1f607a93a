"""Weights: the contract's streams in both forms, the order of blocks, and sparse ones."""

from __future__ import annotations

import numpy as np
import pytest

from spiking_networks import LEGACY, simulation

E, I = 12, 5  # noqa: E741
SMALL = {**LEGACY, "n_e": E, "n_i": I, "t_ms": 1.0, "legacy_seed_weights": 4}


def blocks(root: int = 1, **raw):
    return [one.full() for one in simulation(root, **{**SMALL, **raw}).projections]


def test_normal_weights_are_drawn_block_by_block_clipped_and_scaled():
    draw = np.random.RandomState(4)
    shapes = [(E, E, 0.02, 0.0), (I, E, 0.015, 0.01), (E, I, 0.015, 0.0), (I, I, 0.02, 0.03)]
    want = [np.maximum(draw.normal(mean, std, (rows, columns)), 0) / np.sqrt(columns) for rows, columns, mean, std in shapes]
    found = blocks(weights_ei={"mean": 0.015, "std": 0.01}, weights_ii={"mean": 0.02, "std": 0.03})
    for ours, numpys in zip(found, want, strict=True):
        assert np.array_equal(ours, numpys.astype(np.float32))


@pytest.mark.parametrize(
    ("name", "params", "sample"),
    [
        ("normal", {"mean": 0.1, "std": 0.2}, lambda draw, shape: draw.normal(0.1, 0.2, shape)),
        ("lognormal", {"mean": -3.0, "sigma": 0.5}, lambda draw, shape: draw.lognormal(-3.0, 0.5, shape)),
        ("gamma", {"shape": 2.0, "rate": 4.0}, lambda draw, shape: draw.gamma(2.0, 0.25, shape)),
        ("exponential", {"scale": 0.3}, lambda draw, shape: draw.exponential(0.3, shape)),
        ("exponential", {}, lambda draw, shape: draw.exponential(1.0, shape)),
    ],
)
def test_sampled_weights_draw_a_mask_then_the_sample(name, params, sample):
    draw = np.random.RandomState(4)
    mask = draw.random_sample((E, E)) < 0.3
    want = np.where(mask, np.maximum(sample(draw, (E, E)), 0) / np.sqrt(E), 0).astype(np.float32)
    found = blocks(weights_ee={"p": 0.3, "dist": {"name": name, "params": params}})
    assert np.array_equal(found[0], want)


def test_the_default_weights_are_those_of_the_contract():
    found = [one.weight for one in simulation(**LEGACY).projections]
    assert found == pytest.approx([0.00070711, 0.00053033, 0.00106066, 0.00141421], abs=5e-9)


def test_no_clamp_keeps_negative_weights():
    assert (blocks(weights_ee={"mean": 0.0, "std": 1.0}, weight_clamp_min=None)[0] < 0).mean() == pytest.approx(0.5, abs=0.15)


def test_sparse_weights_have_p_of_the_pairs_and_memory_linear_in_them():
    state = simulation(n_e=4000, n_i=0, t_ms=1.0, weights_ee={"sparse_p": 0.01, "weight": 0.5, "weight_std": 0.1})
    (one,) = state.projections
    assert one.synapses == pytest.approx(160_000, abs=4 * 400)  # four standard deviations of a binomial
    assert state.pool.bytes == one.synapses * 8 + 8 * 4001
    assert one.weights is not None and one.starts is not None and one.targets is not None
    assert (float(one.weights.mean()), float(one.weights.std())) == pytest.approx((0.5, 0.1), rel=0.01)
    for source in (0, 1234, 3999):
        mine = one.targets[one.starts[source] : one.starts[source + 1]]
        assert (np.diff(mine) > 0).all() and mine[0] >= 0 and mine[-1] < 4000


@pytest.mark.parametrize("p", [0.0, 1.0])
def test_none_and_all_are_sparse_too(p):
    (one, *_) = blocks(weights_ee={"sparse_p": p, "weight": 0.5})
    assert (one == (0.5 if p else 0.0)).all()
