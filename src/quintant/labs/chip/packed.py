"""Many integers in little room: base64 of zlib-compressed little-endian 32-bit integers."""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from quintant.labs.chip.config import Packed

Array = np.ndarray[Any, Any]
MOST = 64_000_000
"""Integers that one value may hold, so that a short text cannot fill the memory."""


def pack(values: Sequence[int] | Array) -> dict[str, str]:
    """The config value of `values`, each in the range of int32."""
    wide = np.asarray(values, np.int64)
    narrow = wide.astype("<i4")
    if not np.array_equal(wide, narrow):
        raise ValueError("values must fit into 32 bits")
    return {"int32_zlib": base64.b64encode(zlib.compress(narrow.tobytes(), 6)).decode()}


def unpack(values: tuple[int, ...] | Packed) -> Array:
    """`values` as int64 [n]; ValueError says what is wrong with a packed text."""
    if isinstance(values, tuple):
        return np.array(values, np.int64)
    try:
        inflate = zlib.decompressobj()
        data = inflate.decompress(base64.b64decode(values.int32_zlib, validate=True), 4 * MOST + 1)
    except (binascii.Error, zlib.error) as error:
        raise ValueError(f"is not base64 of zlib-compressed integers: {error}") from None
    if len(data) > 4 * MOST:
        raise ValueError(f"holds more than {MOST} integers")
    if not inflate.eof or inflate.unused_data:
        raise ValueError("is cut off, or goes on after its end")
    if len(data) % 4:
        raise ValueError(f"must hold 32-bit integers; got {len(data)} bytes")
    return np.frombuffer(data, "<i4").astype(np.int64)
