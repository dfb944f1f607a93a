"""Footstep: the step that a Worker is at, where its keeper can read it after the Worker's death.

Events reach the store ten times a second; a process that dies in the middle of a step takes the last ones with it. Whether two
attempts died at the same step is told by these eight bytes, written before each step.
"""

from __future__ import annotations

import os
from pathlib import Path

NAME = ".step"
LEAVING = ".leaving"
"""A file that says: this Worker was asked to stop, and is writing down what was measured."""


class Footstep:
    def __init__(self, folder: Path) -> None:
        self._file = os.open(folder / NAME, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)

    def at(self, step: int) -> None:
        os.pwrite(self._file, step.to_bytes(8, "big"), 0)

    def close(self) -> None:
        os.close(self._file)


def last(folder: Path) -> int:
    """The step that the newest attempt was at; -1 when it had not begun one."""
    try:
        return int.from_bytes((folder / NAME).read_bytes() or b"\xff", "big", signed=True)
    except OSError:
        return -1
