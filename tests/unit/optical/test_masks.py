from __future__ import annotations

import numpy as np
import pytest

from quintant.labs.optical.engine import masks


def words(bits: np.ndarray) -> np.ndarray:
    padded = np.zeros(-(-len(bits) // 64) * 64, bool)
    padded[: len(bits)] = bits
    return np.packbits(padded, bitorder="little").view("<u8").astype(np.uint64)


def bits(x: np.ndarray) -> np.ndarray:
    return np.unpackbits(x.astype("<u8").view(np.uint8), bitorder="little").astype(bool)


@pytest.mark.parametrize("size", [1, 5, 64, 65, 128, 200, 321])
@pytest.mark.parametrize("n", [1, 2, 3, 7, 63, 64, 65, 127, 130])
def test_starts_of_runs(size: int, n: int) -> None:
    rng = np.random.default_rng(size * 1000 + n)
    for share in (0.5, 0.9, 0.99, 1.0):
        free = rng.random(size) < share
        x = words(free)
        masks.starts_of_runs(x, len(x), n)
        expected = np.array([at + n <= size and bool(free[at : at + n].all()) for at in range(len(x) * 64)])
        assert np.array_equal(bits(x), expected)
        set_bits = np.flatnonzero(expected)
        assert masks.lowest(x, len(x)) == (set_bits[0] if len(set_bits) else -1)
        assert masks.highest(x, len(x)) == (set_bits[-1] if len(set_bits) else -1)


def test_flip_touches_what_it_should() -> None:
    for start, stop in ((0, 1), (0, 64), (63, 65), (5, 200), (64, 128), (127, 256)):
        x = np.zeros(6, np.uint64)
        masks.flip(x, 1, start, stop)
        assert np.array_equal(np.flatnonzero(bits(x)), np.arange(64 + start, 64 + stop))
        assert masks.count(x, 1, 4) == stop - start
        masks.flip(x, 1, start, stop)
        assert not x.any()


def test_walking_over_blocks() -> None:
    free = np.zeros(200, bool)
    free[3:70] = free[128:130] = free[199] = True
    x, found, at = words(free), [], 0
    while (low := masks.next_set(x, 0, len(x), at)) >= 0:
        at = masks.next_clear(x, 0, len(x), low)
        found.append((low, at))
    assert found == [(3, 70), (128, 130), (199, 200)]
    full = np.full(2, masks.FULL)
    assert masks.next_clear(full, 0, 2, 5) == 128 and masks.next_set(full, 0, 2, 128) == -1
