"""Run: one Config, one root seed, one execution. Its identity never changes; its state follows `lifecycle`."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from quintant.runs.lifecycle import State

T = TypeVar("T")

LOCAL = "local"
"""Owner of everything that the operator of this machine starts."""


@dataclass(frozen=True)
class Run:
    """A row of the Store. Times are seconds since 1970 UTC; `config`, `request`, `values` and `record` are JSON."""

    id: str
    lab: str
    lab_version: str
    name: str
    owner: str
    contract: str | None
    lane: str
    state: State
    want: str
    attempt: int
    worker: str | None
    config: Mapping[str, Any]
    config_hash: str
    request: Mapping[str, Any] | None
    root_seed: int
    streams: Mapping[str, int]
    sweep_id: str | None
    point: Mapping[str, Any]
    replicate: int
    verify_of: str | None
    created_at: float
    started_at: float | None
    ended_at: float | None
    expires_at: float | None
    reason: str | None
    fraction: float
    values: Mapping[str, Any]
    headline: float | None
    headline_low: float | None
    headline_high: float | None
    last_seq: int
    exact_hash: str | None
    result_hash: str | None
    record: Mapping[str, Any]
    warnings: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class Page(Generic[T]):
    items: tuple[T, ...]
    total: int


def new_id() -> str:
    """12 lower hexadecimal characters."""
    return uuid.uuid4().hex[:12]


def iso(seconds: float | None, *, micros: bool = False) -> str | None:
    """ISO 8601 in UTC with a Z: 2024-01-15T10:00:00Z."""
    if seconds is None:
        return None
    text = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds" if micros else "seconds")
    return text.replace("+00:00", "Z")
