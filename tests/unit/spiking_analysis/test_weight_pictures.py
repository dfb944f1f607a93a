"""Histograms, Pinglab's second rule of counting, and the heat map, against NumPy on the whole matrix."""

from __future__ import annotations

import numpy as np
import pytest

from quintant.labs.spiking.analysis.weights import Block, bins_of, heatmap, histograms


def blocks(n_e: int, n_i: int, matrix: np.ndarray) -> dict[str, Block]:
    def part(t0: int, t1: int, s0: int, s1: int) -> Block:
        return Block(t0, t1 - t0, s0, s1 - s0, matrix=matrix[t0:t1, s0:s1])

    n = n_e + n_i
    return {"ee": part(0, n_e, 0, n_e), "ei": part(n_e, n, 0, n_e), "ie": part(0, n_e, n_e, n), "ii": part(n_e, n, n_e, n)}


@pytest.mark.parametrize(("n_e", "n_i"), [(10, 3), (200, 1), (201, 50), (333, 111), (0, 7), (7, 0)])
def test_the_heat_map_is_the_mean_of_each_patch(n_e, n_i):
    n = n_e + n_i
    matrix = np.random.default_rng(n).normal(size=(n, n))
    step = -(-n // 200)
    edges = range(0, n, step)
    wanted = [[matrix[r : r + step, c : c + step].mean() for c in edges] for r in edges]
    assert heatmap(blocks(n_e, n_i, matrix), n) == pytest.approx(np.array(wanted), rel=1e-12)


def test_a_block_of_one_weight_is_its_full_matrix():
    one, full = Block(30, 70, 0, 300, weight=0.3), Block(30, 70, 0, 300, matrix=np.full((70, 300), 0.3))
    assert heatmap({"x": one}, 300) == pytest.approx(heatmap({"x": full}, 300))
    a, b = histograms({"x": one}), histograms({"x": full})
    assert a.counts["x"].tolist() == b.counts["x"].tolist() and a.counts["x"][-1] == 21000
    assert bins_of(one, a.centre).tolist() == bins_of(full, a.centre).tolist()


def test_histograms_are_numpys():
    matrix = np.random.default_rng(1).normal(0.5, 0.4, (90, 90))
    told = histograms(blocks(60, 30, matrix))
    wanted, edges = np.histogram(matrix[60:, :60], 40, (0, matrix.max()))
    assert told.counts["ei"].tolist() == wanted.tolist()
    assert told.centre == pytest.approx((edges[:-1] + edges[1:]) / 2)
    assert sum(counts.sum() for counts in told.counts.values()) == (matrix >= 0).sum(), "negative ones are left out"


def test_the_second_rule_clamps_into_the_ends():
    centre = np.arange(40) + 0.5
    found = bins_of(Block(0, 1, 0, 4, matrix=np.array([[-9.0, 0.5, 20.4, 99.0]])), centre)
    assert found[0] == 2 and found[19] == 1 and found[39] == 1 and found.sum() == 4


def test_nothing_positive_is_answered_with_one_bin_of_nothing():
    told = histograms({"ee": Block(0, 2, 0, 2, weight=0.0), "ii": Block(2, 0, 2, 0)})
    assert told.centre.tolist() == [0.0, 1.0] and told.counts["ee"].tolist() == [0.0]
    assert heatmap({}, 0).shape == (0, 0)
