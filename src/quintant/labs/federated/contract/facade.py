"""What the routes need of the runs facade, by shape: a lab knows no platform module by name."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from quintant.errors import Problem
from quintant.lab import Outcome

LAB = "federated"
CONTRACT = "federated"


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
    record: Mapping[str, Any]


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


class Documents(Protocol):
    def get(self, key: str) -> dict[str, Any] | None: ...

    def all(self) -> dict[str, dict[str, Any]]: ...

    def put(self, key: str, body: Mapping[str, Any], *, unique: bool = True) -> None: ...

    def change(self, key: str, change: Callable[[dict[str, Any]], dict[str, Any]]) -> dict[str, Any]: ...

    def delete(self, key: str) -> None: ...


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

    def list(self, *, lab: str | None = None, contract: Any = None, limit: int = 50, offset: int = 0) -> Page: ...

    def cancel(self, run_id: str, *, wait_s: float = 2.0, reason: str = "") -> Run: ...

    def delete(self, run_id: str) -> None: ...

    def events(
        self, run_id: str, after: int = 0, limit: int = 1000, kinds: Collection[str] | None = None
    ) -> Sequence[Logged]: ...

    def follow(self, run_id: str, after: int = 0, heartbeat_s: float | None = None) -> AsyncGenerator[Logged | None]: ...

    def log(self, run_id: str, offset: int = 0, limit: int = 1 << 20) -> Chunk: ...

    def follow_log(self, run_id: str, offset: int = 0, heartbeat_s: float | None = None) -> AsyncGenerator[Chunk | None]: ...

    def folder(self, run_id: str) -> Path: ...

    def outcome(self, run_id: str) -> Outcome: ...

    def documents(self, lab: str, kind: str) -> Documents: ...
