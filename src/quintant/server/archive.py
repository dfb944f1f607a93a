"""Archive: the files of a Run as one ZIP, made while it is sent. Files are read in pieces: its size is nobody's memory."""

from __future__ import annotations

import time
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

PIECE_BYTES = 1 << 20


class _Sink:
    """What was written since it was last taken. It cannot be sought in, so that ZIP writes sizes behind each file."""

    def __init__(self) -> None:
        self._written = bytearray()

    def write(self, data: Any) -> int:
        self._written += data
        return len(data)

    def flush(self) -> None:
        pass

    def take(self) -> bytes:
        taken, self._written = bytes(self._written), bytearray()
        return taken


def archive(files: Sequence[tuple[str, Path]], at: float) -> Iterator[bytes]:
    """`files`: names in the archive and where they lie. `at` is the time that each is said to be from: the same files give the
    same bytes."""
    sink: Any = _Sink()
    year, *rest = time.gmtime(max(at, 315_532_800.0))[:6]  # ZIP begins with 1980
    stamp = (year, rest[0], rest[1], rest[2], rest[3], rest[4])
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, compresslevel=4) as whole:
        for name, file in files:
            entry = zipfile.ZipInfo(name, stamp)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            with file.open("rb") as opened, whole.open(entry, "w", force_zip64=True) as written:
                while piece := opened.read(PIECE_BYTES):
                    written.write(piece)
                    yield sink.take()
            yield sink.take()
    yield sink.take()
