"""Checkpoint: the dumped state of an engine and the step it stands before; lets a lost Run go on where it was."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from quintant.runs import artifact

NAME = ".checkpoint"


@dataclass(frozen=True)
class Saved:
    step: int
    state: bytes


class Checkpoint:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, step: int, state: bytes) -> None:
        body = step.to_bytes(8, "big") + state
        artifact.write(self._folder, NAME, hashlib.sha256(body).digest() + body)

    def read(self) -> Saved | None:
        """The newest whole checkpoint, or None. A damaged one counts as none: the Run then starts anew."""
        path = self._folder / NAME
        if not path.is_file():
            return None
        data = path.read_bytes()
        check, body = data[:32], data[32:]
        if hashlib.sha256(body).digest() != check:
            return None
        return Saved(int.from_bytes(body[:8], "big"), body[8:])

    def exists(self) -> bool:
        return self.read() is not None

    def clear(self) -> None:
        (self._folder / NAME).unlink(missing_ok=True)
