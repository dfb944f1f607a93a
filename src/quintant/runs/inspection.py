"""Inspection: what stands wrong in a data folder and around it, finding by finding, each with what to do. It looks and changes
nothing: a store of an older version is not migrated, no Run is taken up."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sqlalchemy import Engine, func, make_url, select

from quintant import kernels, registry
from quintant.errors import QuintantError
from quintant.runs import artifact
from quintant.runs.store import Store, database
from quintant.runs.store.models import artifacts, runs
from quintant.settings import Settings

LEAST_FREE_BYTES = 2**30
MOST_CLOCK_S = 2.0
"""Clocks further apart than this confuse leases (10 s) and ages."""
LATE_S = 60
"""A lease that is over for so long is one that nobody looks after."""
NAMED = 5
"""So many Runs or files are named of one kind."""


@dataclass(frozen=True)
class Finding:
    """`level`: "good", "doubtful" (it works, and may not as wished) or "bad". `remedy`: what to do, a sentence or a command."""

    of: str
    level: Literal["good", "doubtful", "bad"]
    says: str
    remedy: str = ""


def inspect(settings: Settings, *, hashes: bool = True) -> Iterator[Finding]:
    """All findings. `hashes`: take the sha256 of every recorded file, which reads them all; without, only their sizes."""
    yield from _disk(settings.folder)
    yield from _clock(settings.folder)
    yield from _store(settings, hashes)
    yield from _labs(settings)


def _disk(folder: Path) -> Iterator[Finding]:
    if not folder.is_dir():
        yield Finding("folder", "good", f"{folder} is not there: nothing has run here yet.")
        return
    if (mode := folder.stat().st_mode) & 0o077:
        text = f"{folder} can be read by others (mode {mode & 0o777:o}); results, keys and the database lie in it."
        yield Finding("folder", "doubtful", text, f"chmod 700 {folder}")
    room = shutil.disk_usage(folder)
    level: Literal["good", "doubtful"] = "good" if room.free >= LEAST_FREE_BYTES else "doubtful"
    remedy = "" if level == "good" else "Delete Runs (quintant rm), or take a larger disk."
    yield Finding("disk", level, f"{_size(room.free)} of {_size(room.total)} are free.", remedy)


def _clock(folder: Path) -> Iterator[Finding]:
    """A folder on another machine has that machine's clock."""
    if not folder.is_dir():
        return
    probe = folder / ".clock"
    try:
        probe.write_bytes(b"")
        apart = abs(probe.stat().st_mtime - time.time())
        probe.unlink()
    except OSError as error:
        yield Finding("folder", "bad", f"{folder} cannot be written to: {error.strerror}.", "See to its owner and mode.")
        return
    yield _clocks("the data folder's", apart)


def _clocks(whose: str, apart: float) -> Finding:
    if apart <= MOST_CLOCK_S:
        return Finding("clock", "good", f"{whose} clock agrees with this machine's.")
    text = f"{whose} clock is {apart:.0f} s away from this machine's."
    return Finding("clock", "doubtful", text, "Let both be set by the same time server.")


def _store(settings: Settings, hashes: bool) -> Iterator[Finding]:
    url = make_url(settings.database_url)
    embedded = url.get_backend_name() == "sqlite"
    if embedded and not Path(str(url.database)).exists():
        yield Finding("store", "good", "There is no database yet.")
        return
    try:
        with database.opened(settings.database_url):
            store = Store(settings.database_url, migrate=False)
            try:
                yield from _database(store.engine, embedded)
                yield from _files(store, settings.folder, hashes)
                if database.revision(store.engine) == database.newest():
                    yield from _live(store)
            finally:
                store.close()
    except QuintantError as error:
        yield Finding("store", "bad", error.detail, "Restore a backup into an empty folder: quintant restore FILE.")


def _database(engine: Engine, embedded: bool) -> Iterator[Finding]:
    with database.reading(engine) as connection:
        if embedded:
            faults = [str(row[0]) for row in connection.exec_driver_sql("PRAGMA integrity_check(10)") if row[0] != "ok"]
            faults += [f"{row[0]} row {row[1]} names a row of {row[2]} that is not there"
                       for row in connection.exec_driver_sql("PRAGMA foreign_key_check")]  # fmt: skip
            if faults:
                remedy = "Restore a backup into an empty folder: quintant restore FILE."
                yield Finding("store", "bad", f"The database is damaged: {'; '.join(faults[:NAMED])}.", remedy)
                return
        else:
            there = connection.exec_driver_sql("SELECT extract(epoch FROM clock_timestamp())").scalar()
            yield _clocks("the database's", abs(float(there or 0.0) - time.time()))
        count = connection.execute(select(func.count()).select_from(runs)).scalar_one()
    if (revision := database.revision(engine)) != database.newest():
        text = f"The database is of revision {revision}; this version writes {database.newest()}."
        yield Finding("store", "doubtful", text, "Back it up; whatever opens it next migrates it.")
    yield Finding("store", "good", f"The database is whole; it holds {count} run{'' if count == 1 else 's'}.")


def _live(store: Store) -> Iterator[Finding]:
    lost = [held.run.id for held in store.held() if held.lease_left_s is None or held.lease_left_s < -LATE_S]
    if lost:
        text = f"{len(lost)} runs have lost their worker: {_some(lost)}."
        yield Finding("runs", "doubtful", text, "A server on this folder takes them up: quintant serve")


def _files(store: Store, folder: Path, hashes: bool) -> Iterator[Finding]:
    """Rows without folders, folders without rows, and files that are not what was recorded."""
    states = store.states()
    ended = {run for run, state in states.items() if state.final}
    with database.reading(store.engine) as connection:
        recorded = connection.execute(
            select(artifacts.c.run_id, artifacts.c.path, artifacts.c.size, artifacts.c.sha256).order_by(artifacts.c.run_id)
        ).all()
    folders = {path.name for path in (folder / "runs").iterdir() if path.is_dir()} if (folder / "runs").is_dir() else set()
    if strangers := sorted(folders - states.keys()):
        text = f"{len(strangers)} folders below {folder / 'runs'} belong to no run: {_some(strangers)}."
        yield Finding("files", "doubtful", text, "They are of no use to Quintant; delete them if you know them.")
    owners = {row.run_id for row in recorded}
    if missing := sorted((owners & ended) - folders):
        text = f"{len(missing)} runs have lost their folder: {_some(missing)}."
        yield Finding("files", "bad", text, "Restore them from a backup, or forget them: quintant rm RUN")
    changed, size = [], 0
    for row in recorded:
        if row.run_id in missing or row.run_id not in ended:
            continue
        path = folder / "runs" / row.run_id / row.path
        size += row.size
        try:
            whole = artifact.whole(path, row.size, row.sha256, hashed=hashes)
        except OSError:
            whole = False
        if not whole:
            changed.append(f"{row.run_id}/{row.path}")
    if changed:
        text = f"{len(changed)} files are gone or not what was recorded: {_some(changed)}."
        yield Finding("files", "bad", text, "Restore them from a backup; until then their readers are refused.")
    else:
        compared = "have the sha256 that was recorded" if hashes else "have the size that was recorded"
        yield Finding("files", "good", f"All {len(recorded)} files ({_size(size)}) {compared}.")


def _labs(settings: Settings) -> Iterator[Finding]:
    ready = []
    for lab in registry.labs(settings.labs).values():
        if (missing := registry.missing(lab)) is None:
            ready.append(lab)
        else:
            yield Finding("labs", "doubtful", f"{lab.name} cannot run: {missing}")
    yield Finding("labs", "good", f"Ready: {', '.join(lab.name for lab in ready) or 'none'}.")
    if any(lab.warm for lab in ready) and not any(kernels.folder(settings.cache).rglob("*.nbc")):
        text = "No kernel is compiled: the first run of a lab waits for it (once, about a minute)."
        yield Finding("kernels", "doubtful", text, "quintant warm")


def _some(names: list[str]) -> str:
    return ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")


def _size(count: float) -> str:
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} TB"
