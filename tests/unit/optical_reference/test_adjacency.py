from __future__ import annotations

import pytest

from quintant.errors import ConfigError
from quintant.labs.optical.engine.adjacency import KNOWN, neighbours


@pytest.mark.parametrize("cores", KNOWN)
def test_neighbourhood_is_mutual(cores):
    near = neighbours(cores)
    assert len(near) == cores
    assert all(core in near[other] and core != other for core, others in enumerate(near) for other in others)


def test_maps_of_the_original():
    assert neighbours(4) == ((1, 2), (0, 3), (0, 3), (1, 2))
    assert neighbours(7) == ((1, 5, 6), (0, 2, 6), (1, 3, 6), (2, 4, 6), (3, 5, 6), (0, 4, 6), (0, 1, 2, 3, 4, 5))


def test_larger_fibres_are_hexagonal():
    assert len(neighbours(13)[6]) == len(neighbours(19)[6]) == 6, "six around the centre"
    assert [len(near) for near in neighbours(13)[:6]] == [5] * 6, "two in the ring, the centre, two further out"
    assert [len(near) for near in neighbours(13)[7:]] == [2] * 6
    assert sorted(len(near) for near in neighbours(19)) == [3] * 6 + [4] * 6 + [6] * 7


def test_unknown_numbers_of_cores_are_refused():
    with pytest.raises(ConfigError, match="must be one of 1, 3, 4, 7, 13, 19"):
        neighbours(5)
