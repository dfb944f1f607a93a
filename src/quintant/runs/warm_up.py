"""Warm-up: what every Worker asks of the Store, asked once in the zygote and taken back.

SQLAlchemy compiles a statement when it is first sent. Workers forked from a process that has sent them all need not.
"""

from __future__ import annotations

import contextlib

from quintant.errors import NotFound
from quintant.lab import Metric
from quintant.runs.artifact import Artifact
from quintant.runs.run import LOCAL, Run, new_id
from quintant.runs.store import Fenced, NewEvent, Store, database


def warm_up(store: Store, lab: str) -> None:
    """Go the way of a Run that completes, and leave nothing of it. The Store has no open connection after this."""
    now = store.now()
    run = Run(
        id=new_id(), lab=lab, lab_version="", name="warm_up", owner=LOCAL, config={}, config_hash="", root_seed=0,
        streams={}, created_at=now,
    )  # fmt: skip
    event = NewEvent("warm_up", {}, 0)
    files = [Artifact(run.id, path, 0, "", "application/json", now) for path in ("config.json", "result.json")]
    with database.rolled_back(store.engine), contextlib.suppress(Fenced, NotFound):
        store.create([run])
        store.claim(run.id, "", "", 1.0)
        store.occupy(run.id, 1, 1, "", 1.0)
        store.get(run.id)
        store.events(run.id)
        store.move(run.id, "begin", attempt=1)
        store.wanted(run.id, 1)
        store.renew(run.id, 1, 1.0)
        store.append(run.id, 1, [event])
        store.append(run.id, 1, [event, event], fraction=0.5, values={})
        store.move(
            run.id, "finish", attempt=1, artifacts=files, metrics={"warm_up": Metric(0.0)}, fraction=1.0, record={},
            exact_hash="", result_hash="", headline=0.0, headline_low=None, headline_high=None,
        )  # fmt: skip
    store.close()
