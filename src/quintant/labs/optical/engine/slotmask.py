"""Spectrum as Python integers: bit s of a mask is slot s, and an integer is as long as the band.

The readable twin of `masks`, which does the same on arrays of machine words. A run of n free slots is found by doubling:
`m & m >> 1` marks runs of two, that with itself shifted by two marks runs of four, and so on.
"""

from __future__ import annotations

from collections.abc import Iterator


def starts(free: int, width: int) -> int:
    """Mask of every slot at which `width` free slots begin."""
    have = 1
    while have < width:
        step = min(have, width - have)
        free &= free >> step
        have += step
    return free


def lowest(mask: int) -> int:
    """Number of the lowest set bit; -1 for an empty mask."""
    return (mask & -mask).bit_length() - 1


def highest(mask: int) -> int:
    """Number of the highest set bit; -1 for an empty mask."""
    return mask.bit_length() - 1


def window(start: int, width: int) -> int:
    """Mask of the slots start .. start + width - 1."""
    return ((1 << width) - 1) << start


def blocks(free: int) -> Iterator[tuple[int, int]]:
    """(start, length) of every maximal run of set bits, ascending."""
    start = 0
    while free:
        skip = lowest(free)
        free >>= skip
        start += skip
        length = lowest(~free)
        yield start, length
        free >>= length
        start += length


def largest_block(free: int) -> int:
    """Length of the longest run of set bits."""
    return max((length for _, length in blocks(free)), default=0)


def mirrored(mask: int, slots: int) -> int:
    """The mask read from the other end of a band of `slots` slots."""
    return int(format(mask, f"0{slots}b")[::-1], 2)
