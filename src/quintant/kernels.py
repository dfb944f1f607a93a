"""Where compiled kernels are kept: one folder per state of the engines' sources, shared by all data folders of a user.

Numba keeps a compiled function as long as the file that defines it is unchanged; a function that it calls, and that was
compiled into it, may have changed in another file. The folder is therefore named by all sources of all engines: no Run ever
uses yesterday's equations. Engines without compiled code leave the name as it is.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import time
from pathlib import Path

VARIABLE = "NUMBA_CACHE_DIR"
KEPT_DAYS = 30


def folder(cache: Path) -> Path:
    """The folder below `cache` for the engines as they are now."""
    labs = Path(__file__).parent / "labs"
    sha = hashlib.sha256()
    for engine in sorted(labs.glob("*/engine")):
        sources = {path.relative_to(labs).as_posix(): path.read_bytes() for path in sorted(engine.glob("**/*.py"))}
        if not any(b"numba" in source for source in sources.values()):
            continue
        for name, source in sources.items():
            sha.update(name.encode())
            sha.update(source)
    return cache / "numba" / sha.hexdigest()[:12]


def keep(cache: Path) -> None:
    """Let numba, imported after this, keep its code there. A folder that the environment names already is left alone."""
    if VARIABLE in os.environ:
        return
    here = folder(cache)
    here.mkdir(parents=True, exist_ok=True)
    os.utime(here)
    os.environ[VARIABLE] = str(here)
    for other in here.parent.iterdir():
        if other.is_dir() and time.time() - other.stat().st_mtime > KEPT_DAYS * 86400:
            shutil.rmtree(other, ignore_errors=True)


def lightly() -> None:
    """Import numba's array functions without scipy.linalg.

    Numba asks for a BLAS when it is imported, in order to know whether correlations may use it, and the answer is all of
    scipy.linalg: 0.15 CPU s and 10 MB in every process that runs kernels. scipy is there, it is one of ours; what really calls
    BLAS (`np.dot` and its like) asks again when it is compiled and imports it then.
    """
    if "numba.np.arraymath" in sys.modules:
        return
    try:
        from numba.np import linalg

        ask = linalg.ensure_blas
    except (ImportError, AttributeError):  # another numba: it costs what it costs
        return
    linalg.ensure_blas = lambda: None
    try:
        from numba.np import arraymath

        arraymath.ensure_blas = ask
    finally:
        linalg.ensure_blas = ask
