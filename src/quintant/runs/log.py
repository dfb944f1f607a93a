"""The run log: a text file that grows line by line; its cursor is a byte offset."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from quintant.errors import Gone


@dataclass(frozen=True)
class LogChunk:
    """`data` from byte `offset` up to `end`; `size` is the file's length at that moment."""

    data: bytes
    offset: int
    end: int
    size: int


class LogWriter:
    """Appends lines "2026-11-22 10:00:00 INFO text"; every `flush` makes whole lines visible to readers. What the disk could
    not take is kept and written by the next flush, from the byte where it stopped."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
        self._unwritten = bytearray()

    def append(self, text: str, at: float, level: str = "INFO") -> None:
        stamp = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S")
        for part in text.splitlines() or [""]:
            self._unwritten += f"{stamp} {level} {part}\n".encode()

    def flush(self) -> None:
        while self._unwritten:
            del self._unwritten[: os.write(self._file, self._unwritten)]

    def close(self) -> None:
        self.flush()
        os.fsync(self._file)
        os.close(self._file)


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
