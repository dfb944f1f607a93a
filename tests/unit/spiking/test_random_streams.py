"""The contract's random numbers: equal to NumPy's legacy generator bit for bit, however they are cut up."""

from __future__ import annotations

import numpy as np
import pytest

from quintant.labs.spiking.engine.mersenne import Mersenne


@pytest.mark.parametrize("seed", [0, 1, 12345, 2**32 - 1])
def test_normals_and_skips_are_those_of_randomstate(seed):
    ours, numpys = Mersenne(seed), np.random.RandomState(seed)
    for count in (1, 2, 3, 7, 1000, 1001, 5, 100_003, 1):
        assert np.array_equal(ours.normals(np.empty(count)), numpys.normal(0.0, 1.0, count))
    for count in (1, 1001, 1000, 0, 4095):
        ours.skip(count)
        numpys.normal(0.0, 1.0, count)
        assert np.array_equal(ours.normals(np.empty(77)), numpys.normal(0.0, 1.0, 77))


def test_uniforms_are_those_of_randomstate():
    ours, numpys = Mersenne(7), np.random.RandomState(7)
    for count in (1, 999, 1247):
        assert np.array_equal(ours.uniforms(np.empty(count)), numpys.random_sample(count))
