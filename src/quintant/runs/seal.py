"""Seal: what a Run left is what was recorded. A file that was changed since is refused by every reader, never served.

Looked at are a file's time of change, size and inode; its sha256 is taken when they are new to this process. What ends a Run
registers its files with their sha256 in the same transaction (`Store.move`), so a Run that has ended has no others to show.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from quintant.errors import Changed, NotFound
from quintant.runs import artifact
from quintant.runs.artifact import Artifact
from quintant.runs.store import Store

MOST_RUNS = 4096
"""Runs whose recorded files are remembered: some kilobytes each."""


class Seals:
    """Thread-safe. `folder` holds the Runs' folders."""

    def __init__(self, store: Store, folder: Path) -> None:
        self._store, self._folder = store, folder
        self._recorded: OrderedDict[str, Mapping[str, Artifact]] = OrderedDict()
        self._whole: dict[tuple[str, str], tuple[int, int, int]] = {}
        """Of files that were found whole: their time of change in ns, size and inode then."""
        self._lock = threading.Lock()

    def opened(self, run_id: str, path: str, *, ended: bool) -> Path:
        """The file behind a relative path. NotFound when the Run shows none by that name, Forbidden when the path leaves the
        Run's folder, Changed when the file is not what was recorded. `ended`: the Run is final."""
        target = artifact.existing(self._folder / run_id, path)
        if any(part.startswith(".") for part in PurePosixPath(path).parts):  # checkpoints, parts, what is being written
            raise NotFound("File", path[:200])
        if not ended:
            return target
        item = self.recorded(run_id).get(PurePosixPath(path).as_posix())
        if item is None:
            raise NotFound("File", path[:200])
        self._check(target, item)
        return target

    def recorded(self, run_id: str) -> Mapping[str, Artifact]:
        """The files of an ended Run by path."""
        with self._lock:
            known = self._recorded.get(run_id)
        if known is None:
            known = {item.path: item for item in self._store.artifacts(run_id)}
            with self._lock:
                self._recorded[run_id] = known
                while len(self._recorded) > MOST_RUNS:
                    self.forget(self._recorded.popitem(last=False)[0])
        return known

    def forget(self, run_id: str) -> None:
        """The Run was deleted."""
        self._recorded.pop(run_id, None)
        for key in [key for key in self._whole if key[0] == run_id]:
            self._whole.pop(key, None)

    def _check(self, target: Path, item: Artifact) -> None:
        facts = target.stat()
        seen = (facts.st_mtime_ns, facts.st_size, facts.st_ino)
        if self._whole.get((item.run_id, item.path)) == seen:
            return
        if not artifact.whole(target, item.size, item.sha256):
            text = f"{item.path} of run {item.run_id} was changed after it was recorded: its sha256 is not {item.sha256}."
            raise Changed(text)
        self._whole[item.run_id, item.path] = seen
