"""Destination: a place of the user's own to write to. What its file system refuses is one sentence, not a traceback."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from quintant.errors import NotWritten


@contextmanager
def writing(to: str | Path) -> Iterator[Path]:
    """The path, `~` expanded. NotWritten names the file and the reason where anything in here meets an OSError."""
    path = Path(to).expanduser()
    try:
        yield path
    except OSError as error:
        raise NotWritten(refusal(error, path)) from None


def write(to: str | Path, data: bytes) -> Path:
    """Write a file whole, its folders too."""
    with writing(to) as path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path


def refusal(error: OSError, path: str | Path) -> str:
    """ "cannot write figures/a.svg: Permission denied."; of the file that the system names, where it names one."""
    named = os.fsdecode(error.filename) if isinstance(error.filename, str | bytes) else str(path)
    why = error.strerror or (os.strerror(error.errno) if error.errno else str(error) or type(error).__name__)
    return f"cannot write {named}: {why}."
