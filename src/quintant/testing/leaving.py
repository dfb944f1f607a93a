"""A file that an ended Run left, for tests of how such files are shown: written and registered as its Driver would have."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from quintant.runs import artifact
from quintant.runs.artifact import Artifact
from quintant.runs.store import database

if TYPE_CHECKING:
    from quintant.runs import Runs


def leave(runs: Runs, run_id: str, path: str, data: bytes) -> Artifact:
    size, sha256 = artifact.write(runs.folder(run_id), path, data)
    item = Artifact(run_id, path, size, sha256, artifact.media_type(path), time.time())
    with database.writing(runs.store.engine) as connection:
        runs.store._registered(connection, [item])
    runs.seals.forget(run_id)
    return item
