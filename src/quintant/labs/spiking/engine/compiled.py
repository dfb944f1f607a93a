"""How every function of this engine is compiled: to machine code that is kept between processes.

Numba keeps a compiled function as long as the file that defines it is unchanged; a function that it calls, and that is
compiled into it, may have changed in another file. So that no run ever uses yesterday's equations, all functions here are
stamped with the sources of the whole engine: a change anywhere compiles everything anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from numba import njit


def _stamp() -> str:
    here = Path(__file__).parent
    text = hashlib.sha256()
    for path in sorted(here.rglob("*.py")):
        text.update(path.read_bytes())
    return text.hexdigest()


STAMP = _stamp()


def compiled(function: Callable[..., Any]) -> Any:
    """No reordering of floating-point sums, IEEE division, and without the interpreter's lock."""
    dispatcher = njit(function, cache=True, nogil=True, error_model="numpy")
    dispatcher._cache._cache_file._source_stamp = STAMP
    return dispatcher
