"""What the routes need of the runs facade, by shape: a lab knows no platform module by name."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from quintant.errors import NotFound, Problem
from quintant.lab import Result

LAB = "optical"
CONTRACT = "optical"


class Run(Protocol):
    """One Run. Times are seconds since 1970 UTC; `state` is the lifecycle's word; `request` is what `submit` was given."""

    id: str
    state: Any
    want: str
    name: str
    contract: str | None
    config: Mapping[str, Any]
    request: Mapping[str, Any] | None
    created_at: float
    started_at: float | None
    ended_at: float | None
    reason: str | None
    fraction: float
    values: Mapping[str, Any]
    last_seq: int


class Page(Protocol):
    items: Sequence[Run]
    total: int


class Logged(Protocol):
    """An event with its place in the Run's log; `at` in seconds since 1970 UTC."""

    seq: int
    at: float
    kind: str
    payload: Mapping[str, Any]


class Chunk(Protocol):
    """A piece of the run log: `data` from byte `offset` to `end` of `size`."""

    data: bytes
    offset: int
    end: int
    size: int


class Runs(Protocol):
    settings: Any

    def submit(
        self,
        lab: str,
        config: Any,
        *,
        name: str | None = None,
        contract: str | None = None,
        request: Mapping[str, Any] | None = None,
        warnings: Sequence[Problem] = (),
    ) -> Run: ...

    def get(self, run_id: str) -> Run: ...

    def list(
        self, *, states: Collection[Any] | None = None, contract: Any = None, limit: int = 50, offset: int = 0
    ) -> Page: ...

    def cancel(self, run_id: str, *, wait_s: float = 2.0) -> Run: ...

    def delete(self, run_id: str) -> None: ...

    def follow(self, run_id: str, after: int = 0, heartbeat_s: float | None = None) -> AsyncGenerator[Logged | None]: ...

    def log(self, run_id: str, offset: int = 0, limit: int = 1 << 20) -> Chunk: ...

    def follow_log(self, run_id: str, offset: int = 0, heartbeat_s: float | None = None) -> AsyncGenerator[Chunk | None]: ...

    def folder(self, run_id: str) -> Path: ...

    def result(self, run_id: str) -> Result | None: ...


def own(runs: Runs, run_id: str) -> Run:
    """The Run if it came through this contract; to this door others do not exist."""
    run = runs.get(run_id)
    if run.contract != CONTRACT:
        raise NotFound("Run", run_id)
    return run
