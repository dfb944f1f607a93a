"""Artifact: a named immutable file of a Run with its size and sha256, and the rule that keeps paths inside its folder."""

from __future__ import annotations

import hashlib
import mimetypes
import os
import time
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from quintant.errors import Forbidden, NotFound

TYPES = {
    ".arrow": "application/vnd.apache.arrow.stream",
    ".parquet": "application/vnd.apache.parquet",
    ".json": "application/json",
    ".jsonl": "application/x-ndjson",
    ".csv": "text/csv",
    ".log": "text/plain",
    ".ini": "text/plain",
    ".txt": "text/plain",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".pdf": "application/pdf",
}


@dataclass(frozen=True)
class Artifact:
    run_id: str
    path: str
    size: int
    sha256: str
    media_type: str
    at: float


def media_type(path: str) -> str:
    suffix = PurePosixPath(path).suffix.lower()
    return TYPES.get(suffix) or mimetypes.guess_type(path)[0] or "application/octet-stream"


def inside(folder: Path, path: str) -> Path:
    """`folder / path` resolved, or Forbidden if it would leave the folder: decided before existence is looked at."""
    bad = "\x00" in path or "\\" in path or PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts
    if not bad:
        root = folder.resolve()
        try:
            target = (root / path).resolve()
        except (OSError, RuntimeError):  # a loop of links, or a name longer than any file's
            raise NotFound("File", path[:200]) from None
        if target == root or target.is_relative_to(root):
            return target
    raise Forbidden(f"Access denied: {path[:200]!r} is outside the run's folder.")


def existing(folder: Path, path: str) -> Path:
    """The file behind `path`. NotFound when there is none, or none can have that name."""
    target = inside(folder, path)
    try:
        exists = target.is_file()
    except OSError:
        exists = False
    if not exists:
        raise NotFound("File", path[:200])
    return target


def write(folder: Path, path: str, data: bytes) -> tuple[int, str]:
    """Write durably and atomically (temporary file, fsync, rename). Returns size and sha256 in hex."""
    target = inside(folder, path)
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.{os.getpid()}.part")
    with temporary.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(target)
    return len(data), hashlib.sha256(data).hexdigest()


def stored(run_id: str, folder: Path, path: str, data: bytes) -> Artifact:
    """`write`, and the file as it is registered."""
    size, sha256 = write(folder, path, data)
    return Artifact(run_id, path, size, sha256, media_type(path), time.time())


def described(run_id: str, folder: Path, path: str, kind: str) -> Artifact:
    """A file of media type `kind` that is there, as it is registered."""
    size, sha256 = digest(folder / path)
    return Artifact(run_id, path, size, sha256, kind, time.time())


def sweep(folder: Path) -> None:
    """Remove what was left half-written by an attempt that is over."""
    for pattern in (".*.part", "*.tmp"):
        for path in folder.rglob(pattern):
            path.unlink(missing_ok=True)


def whole(path: Path, size: int, sha256: str, *, hashed: bool = True) -> bool:
    """Whether the file is there as it was recorded; not `hashed`: by its size alone. OSError where it cannot be read."""
    return path.is_file() and path.stat().st_size == size and (not hashed or digest(path)[1] == sha256)


def digest(path: Path) -> tuple[int, str]:
    """Size and sha256 of a file, read in pieces."""
    sha = hashlib.sha256()
    size = 0
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            sha.update(piece)
            size += len(piece)
    return size, sha.hexdigest()
