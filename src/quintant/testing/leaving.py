"""A file that an ended Run left, for tests of how such files are shown: written and registered as its Driver would have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quintant.runs import artifact
from quintant.runs.artifact import Artifact
from quintant.runs.store import database

if TYPE_CHECKING:
    from quintant.runs import Runs


def leave(runs: Runs, run_id: str, path: str, data: bytes) -> Artifact:
    item = artifact.stored(run_id, runs.folder(run_id), path, data)
    with database.writing(runs.store.engine) as connection:
        runs.store._registered(connection, [item])
    runs.seals.forget(run_id)
    return item
