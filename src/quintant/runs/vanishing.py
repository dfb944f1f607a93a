"""Vanishing: a Run's folder that is not there any more. Whatever its Worker still does is done for nobody.

The data folder was deleted, a test's temporary folder cleared away, a disk taken out. The database may lie in that folder too:
SQLite's file lives on without a name for those who have it open, so that the store is no witness.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import NoReturn

VANISHED = 5
"""Exit code of a Worker whose folder was gone."""
LOOKS = 2
"""In a row: a folder on a network may be away for a moment."""


class Vanishing:
    def __init__(self, folder: Path) -> None:
        self._folder, self._missing = folder, 0

    def seen(self) -> bool:
        """Look; whether the folder was missing the last LOOKS times."""
        try:
            self._folder.stat()
        except (FileNotFoundError, NotADirectoryError):
            self._missing += 1
        except OSError:  # it cannot be seen, which does not mean that it is gone
            pass
        else:
            self._missing = 0
        return self._missing >= LOOKS


def leave() -> NoReturn:
    """End this process at once, and what it started: there is nowhere to write a last word."""
    import psutil

    for child in psutil.Process().children(recursive=True):
        try:
            child.kill()
        except psutil.NoSuchProcess:
            continue
    os._exit(VANISHED)
