"""What the routes need of the runs facade, by shape: a lab knows no platform module by name."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Collection, Mapping, Sequence
from typing import Any, Protocol

from quintant.errors import Problem
from quintant.lab import Outcome

LAB = "persona"
CONTRACT = "persona"


class Run(Protocol):
    """One Run. Times are seconds since 1970 UTC; `state` is the lifecycle's word; `request` is what `submit` was given."""

    id: str
    lab: str
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


class Documents(Protocol):
    def get(self, key: str) -> dict[str, Any] | None: ...

    def put(self, key: str, body: Mapping[str, Any], *, unique: bool = True) -> None: ...

    def change(self, key: str, change: Callable[[dict[str, Any]], dict[str, Any]]) -> dict[str, Any]: ...


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

    def pause(self, run_id: str) -> Run: ...

    def resume(self, run_id: str) -> Run: ...

    def cancel(self, run_id: str, *, wait_s: float = 2.0) -> Run: ...

    def follow(self, run_id: str, after: int = 0, heartbeat_s: float | None = None) -> AsyncGenerator[Logged | None]: ...

    def outcome(self, run_id: str, *, kinds: Collection[str] | None = None) -> Outcome: ...

    def documents(self, lab: str, kind: str) -> Documents: ...
