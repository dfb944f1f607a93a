"""What the routes need of the runs facade, by shape: a lab knows no platform module by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from quintant.errors import Problem
from quintant.lab import Result

LAB = "chip"
CONTRACT = "chip"

Json = dict[str, Any]


class Run(Protocol):
    """One Run. `state` is the lifecycle's word; `record` holds the timings once it has ended."""

    id: str
    owner: str
    contract: str | None
    state: Any
    reason: str | None
    request: Mapping[str, Any] | None
    record: Mapping[str, Any]
    warnings: tuple[Mapping[str, Any], ...]
    fraction: float
    result_hash: str | None
    created_at: float
    started_at: float | None
    ended_at: float | None


class Page(Protocol):
    items: tuple[Run, ...]
    total: int


class Documents(Protocol):
    def get(self, key: str) -> Json | None: ...

    def all(self) -> dict[str, Json]: ...

    def put(self, key: str, body: Mapping[str, Any], *, unique: bool = True) -> None: ...

    def change(self, key: str, change: Callable[[Json], Json]) -> Json: ...

    def delete(self, key: str) -> None: ...


class Bell(Protocol):
    """Rings when something changed in the store; `heard` returns the count of rings once it differs from `seen`."""

    async def heard(self, seen: int, timeout_s: float = 1.0) -> int: ...


class Runs(Protocol):
    bell: Bell
    settings: Any

    def submit(
        self,
        lab: str,
        config: Any,
        *,
        root_seed: int | None = None,
        owner: str = ...,
        contract: str | None = None,
        request: Mapping[str, Any] | None = None,
        lane: str = "batch",
        warnings: Sequence[Problem] = (),
    ) -> Run: ...

    def get(self, run_id: str, *, owner: str | None = None) -> Run: ...

    def list(
        self,
        *,
        lab: str | None = None,
        contract: Any = ...,
        owner: str | None = None,
        sort: str = "-created_at",
        limit: int = 50,
        offset: int = 0,
    ) -> Page: ...

    def cancel(self, run_id: str, *, wait_s: float = 2.0, reason: str = ...) -> Run: ...

    def result(self, run_id: str) -> Result | None: ...

    def documents(self, lab: str, kind: str) -> Documents: ...

    def health(self) -> dict[str, Any]: ...
