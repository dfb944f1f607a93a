"""Checkpoint: the dumped state of an engine, the step it stands before and what that step waits to be answered.

Lets a lost Run go on where it was.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from quintant.lab import Ask
from quintant.runs import artifact

NAME = ".checkpoint"


@dataclass(frozen=True)
class Saved:
    step: int
    state: bytes
    asks: tuple[Ask, ...] = ()


class Checkpoint:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, step: int, state: bytes, asks: Sequence[Ask] = ()) -> None:
        questions = json.dumps([[ask.id, ask.kind, ask.payload] for ask in asks]).encode()
        body = step.to_bytes(8, "big") + len(questions).to_bytes(8, "big") + questions + state
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
        start = 16 + int.from_bytes(body[8:16], "big")
        return Saved(
            int.from_bytes(body[:8], "big"), body[start:], tuple(Ask(*fields) for fields in json.loads(body[16:start]))
        )

    def exists(self) -> bool:
        return self.read() is not None

    def clear(self) -> None:
        (self._folder / NAME).unlink(missing_ok=True)
