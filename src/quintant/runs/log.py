"""The run log: a text file that grows line by line; its cursor is a byte offset."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from quintant.errors import Gone


@dataclass(frozen=True)
class LogChunk:
    """`data` from byte `offset` up to `end`; `size` is the file's length at that moment."""

    data: bytes
    offset: int
    end: int
    size: int


class LogWriter:
    """Appends lines "2026-11-22 10:00:00 INFO text"; every `flush` makes whole lines visible to readers."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file: IO[bytes] = path.open("ab")

    def line(self, text: str, at: float, level: str = "INFO") -> None:
        stamp = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S")
        for part in text.splitlines() or [""]:
            self._file.write(f"{stamp} {level} {part}\n".encode())

    def flush(self) -> None:
        self._file.flush()

    def close(self) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()


def read(path: Path, offset: int, limit: int) -> LogChunk:
    """Whole lines from byte `offset` on, at most about `limit` bytes; Gone when the log is shorter than `offset`."""
    size = path.stat().st_size if path.is_file() else 0
    if offset < 0 or offset > size:
        raise Gone(f"offset: {offset} is not in the log, which has {size} bytes. Read it again from the start.")
    if offset == size:
        return LogChunk(b"", offset, offset, size)
    with path.open("rb") as file:
        file.seek(offset)
        data = file.read(limit)
    whole = data.rfind(b"\n") + 1
    data = data[:whole] if whole else data
    return LogChunk(data, offset, offset + len(data), size)
