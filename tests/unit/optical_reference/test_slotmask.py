from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from quintant.labs.optical.engine import slotmask

MASKS = st.integers(0, 2**150 - 1)


def free_at(mask: int, slot: int) -> bool:
    return bool(mask >> slot & 1)


@given(MASKS, st.integers(1, 40))
def test_starts_are_where_the_run_fits(mask, width):
    found = slotmask.starts(mask, width)
    assert [slot for slot in range(150) if free_at(found, slot)] == [
        slot for slot in range(150) if all(free_at(mask, slot + step) for step in range(width))
    ]


@given(MASKS)
def test_blocks_are_the_maximal_runs(mask):
    text = format(mask, "0150b")[::-1]
    runs = text.replace("0", " ").split()
    found = list(slotmask.blocks(mask))
    assert [length for _, length in found] == [len(run) for run in runs]
    assert sum(slotmask.window(start, length) for start, length in found) == mask
    assert slotmask.largest_block(mask) == max(map(len, runs), default=0)


@given(MASKS)
def test_a_mirror_twice_is_the_mask(mask):
    assert slotmask.mirrored(slotmask.mirrored(mask, 150), 150) == mask
    assert slotmask.mirrored(1, 150) == 1 << 149


def test_ends_of_a_mask():
    assert slotmask.lowest(0b10100) == 2 and slotmask.highest(0b10100) == 4
    assert slotmask.lowest(0) == -1 and slotmask.highest(0) == -1
    assert slotmask.window(3, 2) == 0b11000
