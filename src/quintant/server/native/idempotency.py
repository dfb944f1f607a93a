"""Idempotency-Key: a request that is sent twice (a lost answer, a double click) creates once.

The key is bound to the body it first came with; another body under the same key is refused. Keys do not expire.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from typing import Any

from pydantic import BaseModel

from quintant.config import canonical
from quintant.errors import ConfigError, Conflict, NotFound, Problem
from quintant.runs import Run, Runs, Sweep

LONGEST = 200
ABANDONED_S = 60.0  # a claim without an answer this old was left by a server that died in between

Made = tuple[Sweep | None, Sequence[Run]]


def once(runs: Runs, key: str, body: BaseModel, create: Callable[[str], Made]) -> Made:
    """`create(stored_key)` the first time, what it made afterwards. Conflict while the first is still at work."""
    if not 1 <= len(key) <= LONGEST:
        raise ConfigError(Problem("Idempotency-Key", f"must have 1 to {LONGEST} characters.", key))
    stored_key = hashlib.sha256(key.encode()).hexdigest()
    sent = hashlib.sha256(canonical(body)).hexdigest()
    kept = runs.documents("native", "idempotency")
    claim: dict[str, Any] = {"body": sent, "at": time.time(), "sweep": None, "runs": None}
    try:
        kept.put(stored_key, claim)
    except Conflict:
        before = kept.get(stored_key) or claim
        if before["body"] != sent:
            raise ConfigError(Problem("Idempotency-Key", "was used for another request; take a new one.", key)) from None
        if before["runs"] is not None:
            return _again(runs, before["sweep"], before["runs"])
        if time.time() - before["at"] < ABANDONED_S:
            raise Conflict("The first request with this Idempotency-Key is still being worked on.") from None
        kept.put(stored_key, claim, unique=False)
    try:
        sweep, made = create(stored_key)
    except BaseException:
        kept.delete(stored_key)
        raise
    kept.put(stored_key, {**claim, "sweep": sweep and sweep.id, "runs": [run.id for run in made]}, unique=False)
    return sweep, made


def _again(runs: Runs, sweep_id: str | None, run_ids: Sequence[str]) -> Made:
    if sweep_id is not None:
        return runs.get_sweep(sweep_id), runs.runs_of(sweep_id)
    try:
        return None, [runs.get(run_id) for run_id in run_ids]
    except NotFound:
        raise Conflict("The run that this Idempotency-Key created was deleted since.") from None
