"""Backup: a data folder as one file, consistent while a server writes to it, and back again with every sha256 compared.

In it are a snapshot of the embedded database, the recorded files of Runs that had ended in it, uploads, and MANIFEST.json,
which names every file with its sha256. Runs that were going on start again from the beginning where it is restored. What can be
drawn or compiled anew (figures of sweeps, the draw cache, kernels) is left out.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import sqlite3
import tarfile
import tempfile
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

from sqlalchemy import make_url, update

from quintant import __version__
from quintant.errors import ConfigError, Conflict, NotFound, Problem, StorageFull
from quintant.runs import artifact
from quintant.runs.lifecycle import LIVE, State
from quintant.runs.store import Store, database
from quintant.runs.store.models import runs
from quintant.settings import Settings

MANIFEST = "MANIFEST.json"
DATABASE = "quintant.db"
FORMAT = 1
ENDINGS = {".tar": "w", ".tar.gz": "w:gz", ".tgz": "w:gz"}
ELSEWHERE = "a backup"
"""The host that live Runs are restored with: no machine's, so that whoever serves the folder takes them for lost, at once, and
not for those that the first folder's workers still compute."""


@dataclass(frozen=True)
class Kept:
    """`left_out`: files that were gone or changed, RUN/PATH."""

    runs: int
    live: int
    files: int
    size: int
    left_out: tuple[str, ...] = ()


def back_up(settings: Settings, target: Path) -> Kept:
    """Write the data folder to `target` (.tar, .tar.gz or .tgz), which must not exist. Conflict, ConfigError, OSError."""
    mode = next((mode for ending, mode in ENDINGS.items() if target.name.endswith(ending)), None)
    if mode is None:
        raise ConfigError(Problem("FILE", f"must end in {', '.join(ENDINGS)}; got {target.name}.", target.name, list(ENDINGS)))
    if target.exists():
        raise Conflict(f"{target} is there already; a backup overwrites nothing.")
    source = _embedded(settings)
    if not source.exists():
        raise NotFound("Database", str(source))
    if not target.parent.is_dir():
        raise ConfigError(Problem("FILE", f"{target.parent} is no folder.", str(target)))
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".quintant-") as place:
            snapshot = Path(place) / DATABASE
            with (
                closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as read,
                closing(sqlite3.connect(snapshot)) as copy,
            ):
                read.backup(copy)  # a consistent state, whoever writes meanwhile (sqlite.org/backup.html)
            with part.open("xb") as file:
                os.fchmod(file.fileno(), 0o600)  # results, keys of contracts and the database lie in it
                with tarfile.open(fileobj=file, mode=mode, format=tarfile.PAX_FORMAT) as archive:  # type: ignore[call-overload]
                    kept = _written(_Archive(archive), snapshot, settings.folder)
                file.flush()
                os.fsync(file.fileno())
        part.rename(target)
    except OSError as error:
        raise ConfigError(Problem("FILE", f"{target} cannot be written: {error.strerror or error}.", str(target))) from None
    finally:
        part.unlink(missing_ok=True)
    return kept


def restore(settings: Settings, source: Path) -> Kept:
    """Unpack a backup into the data folder, which must be empty, after every file was compared; else nothing is left behind.

    Conflict: something is there already. ConfigError: it is no backup, a file of it is missing, foreign or changed, or a newer
    version wrote it.
    """
    database_file = _embedded(settings)
    folder = settings.made_folder()
    if database_file.exists() or any((folder / "runs").iterdir()):
        raise Conflict(f"{folder} holds runs already; a backup is restored into an empty folder (--data-dir).")
    place = Path(tempfile.mkdtemp(dir=folder, prefix=".restoring-"))
    try:
        with _opened(source) as archive:
            manifest = _unpacked(archive, place, source)
        store = Store(f"sqlite:///{place / DATABASE}", runs_folder=place / "runs")  # one of an older version is migrated here
        try:
            kept = _compared(store, manifest, source)
        finally:
            store.close()
        for path in sorted(place.iterdir()):
            if path.name == "runs":
                (folder / "runs").rmdir()
            path.rename(folder / path.name)
    finally:
        shutil.rmtree(place, ignore_errors=True)
    return kept


# --- writing ---


class _Archive:
    """A tar file that remembers what was put into it."""

    def __init__(self, archive: tarfile.TarFile) -> None:
        self._archive = archive
        self.files: dict[str, dict[str, Any]] = {}

    def put(self, name: str, path: Path) -> None:
        """Add a file; the manifest's sha256 is of the bytes that went in."""
        with path.open("rb") as file:
            facts = self._archive.gettarinfo(name, name, fileobj=file)
            facts.uid = facts.gid = 0
            facts.uname = facts.gname = ""
            sieve = _Sieve(file)
            self._archive.addfile(facts, sieve)
        self.files[name] = {"size": facts.size, "sha256": sieve.sha.hexdigest()}

    def close(self, **facts: Any) -> None:
        data = json.dumps({**facts, "files": self.files}, indent=1).encode()
        entry = tarfile.TarInfo(MANIFEST)
        entry.size, entry.mtime, entry.mode = len(data), int(time.time()), 0o600
        self._archive.addfile(entry, io.BytesIO(data))


class _Sieve(io.RawIOBase):
    """A file that is read through a digest."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self.sha = file, hashlib.sha256()

    def read(self, count: int = -1, /) -> bytes:
        data = self._file.read(count)
        self.sha.update(data)
        return data


def _written(archive: _Archive, snapshot: Path, folder: Path) -> Kept:
    store = Store(f"sqlite:///{snapshot}", migrate=False)
    left_out = []
    try:
        states = store.states()
        for run in [run for run, state in states.items() if state.final]:
            recorded = store.artifacts(run)
            if recorded and not (folder / "runs" / run).is_dir():
                store.delete(run)  # it was deleted since the snapshot was taken
                del states[run]
                continue
            for item in recorded:
                path = folder / "runs" / run / item.path
                try:
                    whole = artifact.whole(path, item.size, item.sha256)
                except OSError:
                    whole = False
                if whole:
                    archive.put(f"runs/{run}/{item.path}", path)
                else:
                    left_out.append(f"{run}/{item.path}")
        with database.writing(store.engine) as connection:
            free = {"host": ELSEWHERE, "worker": None, "pid": None, "birth": None, "lease_until": -1.0}
            connection.execute(update(runs).where(runs.c.state.in_([str(state) for state in LIVE])).values(**free))
        revision = database.revision(store.engine)
    finally:
        store.close()
    with closing(sqlite3.connect(snapshot)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")  # all of it in the one file
    for path in sorted((folder / "uploads").rglob("*")):
        if path.is_file() and not path.is_symlink():
            archive.put(path.relative_to(folder).as_posix(), path)
    archive.put(DATABASE, snapshot)
    archive.close(format=FORMAT, version=__version__, revision=revision, created_at=time.time(), left_out=left_out)
    size = sum(int(file["size"]) for file in archive.files.values())
    return Kept(len(states), _live(states), len(archive.files), size, tuple(left_out))


# --- reading ---


@contextmanager
def _opened(source: Path) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(source, "r:*") as archive:
            yield archive
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise _no_backup(source, f"it cannot be read to its end ({error})") from None
    except OSError as error:  # gzip's own faults are of this kind too
        raise _no_backup(source, error.strerror or str(error)) from None


def _unpacked(archive: tarfile.TarFile, place: Path, source: Path) -> dict[str, Any]:
    """All files at `place`, each as the manifest has it."""
    digests: dict[str, str] = {}
    manifest: dict[str, Any] | None = None
    for entry in archive:
        parts = PurePosixPath(entry.name).parts
        known = entry.name in (DATABASE, MANIFEST) or (len(parts) > 1 and parts[0] in ("runs", "uploads"))
        if not known or not entry.isfile() or ".." in parts or entry.name in digests:
            raise _no_backup(source, f"{entry.name!r} has no place in one")
        content = archive.extractfile(entry)
        assert content is not None
        if entry.name == MANIFEST:
            manifest = _manifest(content.read(), source)
            continue
        if entry.size > shutil.disk_usage(place).free:
            raise StorageFull(f"{entry.name} of {source.name} needs {entry.size} bytes, more than are free.")
        target = artifact.inside(place, entry.name)
        target.parent.mkdir(parents=True, exist_ok=True)
        sieve = _Sieve(content)
        with target.open("xb") as file:
            shutil.copyfileobj(sieve, file)
        digests[entry.name] = sieve.sha.hexdigest()
    if manifest is None:
        raise _no_backup(source, f"it has no {MANIFEST}")
    named = {name: file["sha256"] for name, file in manifest["files"].items()}
    if wrong := sorted(name for name in named.keys() | digests.keys() if named.get(name) != digests.get(name)):
        raise _no_backup(source, f"{wrong[0]} is not what its {MANIFEST} names")
    if DATABASE not in digests:
        raise _no_backup(source, f"it has no {DATABASE}")
    return manifest


def _manifest(data: bytes, source: Path) -> dict[str, Any]:
    try:
        manifest = json.loads(data)
        if manifest["format"] > FORMAT:
            raise _no_backup(source, f"Quintant {manifest['version']} wrote it, in a newer form; this is {__version__}")
        assert all(isinstance(file["sha256"], str) for file in manifest["files"].values())
    except (ValueError, KeyError, TypeError, AttributeError, AssertionError):
        raise _no_backup(source, f"its {MANIFEST} cannot be read") from None
    return dict(manifest)


def _compared(store: Store, manifest: dict[str, Any], source: Path) -> Kept:
    """What the database says that Runs left is what was unpacked."""
    left_out = set(manifest["left_out"])
    states, files = store.states(), manifest["files"]
    for run in (run for run, state in states.items() if state.final):
        for item in store.artifacts(run):
            name = f"{run}/{item.path}"
            if name not in left_out and files.get(f"runs/{name}", {}).get("sha256") != item.sha256:
                raise _no_backup(source, f"runs/{name} is not what its database recorded")
    return Kept(
        len(states), _live(states), len(files), sum(int(file["size"]) for file in files.values()), tuple(sorted(left_out))
    )


def _live(states: Mapping[str, State]) -> int:
    return sum(state.live for state in states.values())


def _no_backup(source: Path, why: str) -> ConfigError:
    return ConfigError(
        Problem("FILE", f"{source} is no backup that can be restored: {why}. Nothing was restored.", str(source))
    )


def _embedded(settings: Settings) -> Path:
    """The file of the embedded database. Conflict where the store is another one."""
    url = make_url(settings.database_url)
    if url.get_backend_name() != "sqlite":
        raise Conflict(
            "The store is PostgreSQL: back it up with pg_dump, and the files below "
            f"{settings.folder / 'runs'} with it, files after the database."
        )
    return Path(str(url.database))
