"""How every function of this engine is compiled: to machine code that is kept between processes. Integers only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba import njit


def compiled(function: Callable[..., Any]) -> Any:
    return njit(function, cache=True, nogil=True, error_model="numpy")
