"""DrawCache: arrays that outlive a Run, as files that later Runs map into their memory (`quintant.lab.DrawCache`).

    <data folder>/shelf/<host and boot>/<sha256 of the key>/        one entry: entry.json, and NAME.bin per array
                                        .<sha256>.<pid>.<token>     a draft; renamed when sealed, swept when its pid is gone

An entry appears whole or not at all, and is never changed. It is not synced to the disk, which would cost more than it
saves; instead it holds for the boot it was written in: after a crash of the machine nothing of before is read.
Whoever seals removes the entries unused for longest until the draw cache is within its size again; a Run that has one mapped
keeps it until it ends. Any failure to write (a full disk) ends the draft alone.
"""

from __future__ import annotations

import contextlib
import hashlib
import mmap
import os
import shutil
import socket
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np
import orjson

from quintant.config import canonical
from quintant.process import alive

NAME = "entry.json"
LARGEST_SHARE = 0.25
"""Of the draw cache that one entry may take, so that a large Run does not clear it for the others."""
LEFT_AFTER_S = 7 * 86400.0
Array = np.ndarray[Any, Any]


class FileDrawCache:
    """`stamp`: what else an array depends on (platform, code). `most_bytes`: what all entries together may take."""

    def __init__(self, folder: Path, stamp: str, most_bytes: int) -> None:
        self._folder, self._stamp, self._most_bytes = folder / boot(), stamp, most_bytes
        self._drafts: list[FileDraft] = []
        self.found = self.added = 0

    def find(self, key: Mapping[str, Any]) -> dict[str, Array] | None:
        entry = self._folder / self._name(key)
        try:
            layouts = orjson.loads((entry / NAME).read_bytes())
            arrays = {
                name: _mapped(entry / f"{name}.bin", layout["dtype"], layout["shape"]) for name, layout in layouts.items()
            }
            os.utime(entry)
        except (OSError, ValueError, KeyError):  # none, or another Run is just removing it
            return None
        self.found += 1
        return arrays

    def draft(self, key: Mapping[str, Any], size: int) -> FileDraft | None:
        if size > self._most_bytes * LARGEST_SHARE:
            return None
        name = self._name(key)
        temporary = self._folder / f".{name}.{os.getpid()}.{uuid.uuid4().hex[:8]}"
        try:
            self._made()
            temporary.mkdir()
        except OSError:
            return None
        draft = FileDraft(temporary, self._folder / name, self._sealed)
        self._drafts.append(draft)
        return draft

    def close(self) -> None:
        """Drop what was not sealed."""
        for draft in self._drafts:
            draft.drop()

    def _name(self, key: Mapping[str, Any]) -> str:
        return hashlib.sha256(canonical({"key": key, "stamp": self._stamp})).hexdigest()

    def _made(self) -> None:
        """The folder of this boot. Whoever makes it removes those of earlier boots of this machine, and those of other
        machines (a container has another name each time) in which nothing was put for long."""
        self._folder.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            self._folder.mkdir()
            host = self._folder.name.rpartition("-")[0]
            for other in self._folder.parent.iterdir():
                left = time.time() - other.stat().st_mtime > LEFT_AFTER_S
                if other != self._folder and (left or other.name.rpartition("-")[0] == host):
                    shutil.rmtree(other, ignore_errors=True)

    def _sealed(self) -> None:
        """Count it; sweep drafts of the dead, then the entries unused for longest until the rest is small enough."""
        self.added += 1
        entries = []
        for path in self._folder.iterdir():
            if path.name.startswith("."):
                _, _, pid, *_ = f"{path.name}..".split(".")
                if pid.isdecimal() and not alive(int(pid), None):
                    shutil.rmtree(path, ignore_errors=True)
                continue
            with contextlib.suppress(OSError):
                size = sum(file.stat().st_size for file in path.iterdir())
                entries.append((path.stat().st_mtime, size, path))
        total = sum(size for _, size, _ in entries)
        for _, size, path in sorted(entries):
            if total <= self._most_bytes:
                return
            total -= size
            gone = path.with_name(f".{path.name}.{os.getpid()}.{uuid.uuid4().hex[:8]}")
            with contextlib.suppress(OSError):  # another Run was faster
                path.rename(gone)
                shutil.rmtree(gone, ignore_errors=True)


class FileDraft:
    """A folder of its own that takes its place when it is sealed; `sealed` is called then."""

    def __init__(self, temporary: Path, place: Path, sealed: Callable[[], None]) -> None:
        self._temporary, self._place, self._sealed = temporary, place, sealed
        self._files: dict[str, IO[bytes]] = {}
        self._told: dict[str, dict[str, Any]] = {}
        self._open = True

    def append(self, name: str, rows: Array) -> None:
        if not self._open:
            return
        with self._or_drop():
            if name not in self._files:
                self._files[name] = (self._temporary / f"{name}.bin").open("wb", buffering=0)
                self._told[name] = {"dtype": rows.dtype.str, "shape": [0, *rows.shape[1:]]}
            layout = self._told[name]
            assert (layout["dtype"], layout["shape"][1:]) == (rows.dtype.str, list(rows.shape[1:])), name
            layout["shape"][0] += len(rows)
            rows = np.ascontiguousarray(rows)
            left = rows.data.cast("B") if rows.size else memoryview(b"")
            while len(left):
                left = left[self._files[name].write(left) :]

    def seal(self) -> None:
        if not self._open:
            return
        with self._or_drop():
            for file in self._files.values():
                file.close()
            (self._temporary / NAME).write_bytes(orjson.dumps(self._told))
            self._temporary.rename(self._place)  # fails when another Run drew the same meanwhile: the first one stands
            self._open = False
            self._sealed()

    def drop(self) -> None:
        """Forget what was appended, unless it was sealed."""
        if not self._open:
            return
        self._open = False
        for file in self._files.values():
            file.close()
        shutil.rmtree(self._temporary, ignore_errors=True)

    @contextlib.contextmanager
    def _or_drop(self) -> Iterator[None]:
        """A full disk ends the draft, not the Run."""
        try:
            yield
        except OSError:
            self.drop()


def boot() -> str:
    """This machine and the boot it is in: "host-3f2a9c1d"."""
    try:
        identity = Path("/proc/sys/kernel/random/boot_id").read_text()
    except OSError:  # not Linux
        import psutil

        identity = str(round(psutil.boot_time(), -1))
    return f"{socket.gethostname()}-{hashlib.sha256(identity.encode()).hexdigest()[:12]}"


def _mapped(path: Path, dtype: str, shape: list[int]) -> Array:
    """The file as an array. Private to this process: writing to it would change nothing on disk."""
    kind = np.dtype(dtype)
    count = int(np.prod(shape))
    if count == 0:
        return np.empty(shape, kind)
    with path.open("rb") as file:
        whole = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
    if len(whole) != count * kind.itemsize:
        raise ValueError(f"{path.name} has {len(whole)} bytes")
    return np.frombuffer(whole, kind).reshape(shape)
