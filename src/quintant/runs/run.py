"""Run: one Config, one root seed, one execution. Its identity never changes; its state follows `lifecycle`."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from quintant.runs.lifecycle import State
from quintant.wire import times

T = TypeVar("T")

LOCAL = "local"
"""Owner of everything that the operator of this machine starts."""


DEFAULT_RETRIES = 2
"""How often a Run that was lost without a checkpoint starts again from the beginning."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """A row of the Store; what has a default is how a new Run begins. Times are seconds since 1970 UTC; `config`, `request`,
    `values` and `record` are JSON. `fresh`: it is executed whatever is there; else the result of an identical Run may become
    its own, and `reused_from` is that Run."""

    # what it is
    id: str
    lab: str
    lab_version: str
    name: str
    owner: str
    contract: str | None = None
    lane: str = "batch"
    config: Mapping[str, Any]
    config_hash: str
    outside: tuple[Mapping[str, str], ...] = ()
    retries: int = DEFAULT_RETRIES
    fresh: bool = True
    request: Mapping[str, Any] | None = None
    root_seed: int
    streams: Mapping[str, int]
    sweep_id: str | None = None
    point: Mapping[str, Any] = field(default_factory=dict)
    replicate: int = 0
    verify_of: str | None = None
    warnings: tuple[Mapping[str, Any], ...] = ()
    created_at: float
    expires_at: float | None = None
    hidden_until: float | None = None
    reused_from: str | None = None
    # what it does, and who does it
    state: State = State.QUEUED
    want: str = "run"
    attempt: int = 0
    worker: str | None = None
    started_at: float | None = None
    fraction: float = 0.0
    values: Mapping[str, Any] = field(default_factory=dict)
    last_seq: int = 0
    # what became of it
    ended_at: float | None = None
    reason: str | None = None
    headline: float | None = None
    headline_low: float | None = None
    headline_high: float | None = None
    exact_hash: str | None = None
    result_hash: str | None = None
    record: Mapping[str, Any] = field(default_factory=dict)


def stopped_after(run: Run) -> str | None:
    """After how much a Run was stopped whose result so far was kept; None for every other."""
    amount = run.record.get("stopped_after")
    return str(amount) if amount is not None and run.state is State.CANCELLED else None


@dataclass(frozen=True)
class Page(Generic[T]):
    items: tuple[T, ...]
    total: int


def new_id() -> str:
    """12 lower hexadecimal characters."""
    return uuid.uuid4().hex[:12]


def iso(seconds: float | None, *, micros: bool = False) -> str | None:
    """ISO 8601 in UTC with a Z: 2024-01-15T10:00:00Z, or to the microsecond."""
    return times.iso(seconds, 6 if micros else 0)
