"""Idempotency-Key: a request that is sent twice (a lost answer, a double click) creates once.

The key is bound to the body it first came with; another body under the same key is refused. Keys do not expire.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel

from quintant.config import canonical
from quintant.errors import ConfigError, Conflict, NotFound, Problem
from quintant.runs import Run, Runs, Sweep
from quintant.runs.receipt import KIND, LAB, Receipt, Received

LONGEST = 200

Made = tuple[Sweep | None, tuple[Run, ...]]


def once(runs: Runs, key: str, body: BaseModel, create: Callable[[Receipt], Made]) -> Made:
    """What `create(receipt)` makes the first time, and afterwards what it made then."""
    if not 1 <= len(key) <= LONGEST:
        raise ConfigError(Problem("Idempotency-Key", f"must have 1 to {LONGEST} characters.", key))
    receipt = Receipt(hashlib.sha256(key.encode()).hexdigest(), hashlib.sha256(canonical(body)).hexdigest())
    receipts = runs.documents(LAB, KIND)
    if (before := receipts.get(receipt.key)) is None:
        try:
            return create(receipt)
        except Received:
            before = receipts.get(receipt.key) or {}
    return _again(runs, receipt, before, key)


def _again(runs: Runs, receipt: Receipt, before: Mapping[str, Any], key: str) -> Made:
    if before.get("body") != receipt.body:
        raise ConfigError(Problem("Idempotency-Key", "was used for another request; take a new one.", key))
    try:
        if before["sweep"] is not None:
            return runs.get_sweep(before["sweep"]), runs.runs_of(before["sweep"])
        return None, tuple(runs.get(run_id) for run_id in before["runs"])
    except NotFound:
        raise Conflict("What this Idempotency-Key created was deleted since.") from None
