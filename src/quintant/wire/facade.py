"""What contracts need of the runs facade, by shape: a lab knows no platform module by name."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from quintant.config import Config
from quintant.errors import Problem
from quintant.json_value import JsonObject
from quintant.lab import Outcome, Result


class State(Protocol):
    """A word of the lifecycle, which `str` gives."""

    @property
    def final(self) -> bool: ...


class Run(Protocol):
    """One Run. Times are seconds since 1970 UTC; `state` is the lifecycle's word; `request` is what `submit` was given;
    `record` holds the timings once it has ended."""

    @property
    def id(self) -> str: ...

    @property
    def lab(self) -> str: ...

    @property
    def owner(self) -> str: ...

    @property
    def state(self) -> State: ...

    @property
    def want(self) -> str: ...

    @property
    def name(self) -> str: ...

    @property
    def contract(self) -> str | None: ...

    @property
    def config(self) -> Mapping[str, Any]: ...

    @property
    def request(self) -> Mapping[str, Any] | None: ...

    @property
    def warnings(self) -> tuple[Mapping[str, Any], ...]: ...

    @property
    def created_at(self) -> float: ...

    @property
    def started_at(self) -> float | None: ...

    @property
    def ended_at(self) -> float | None: ...

    @property
    def reason(self) -> str | None: ...

    @property
    def fraction(self) -> float: ...

    @property
    def values(self) -> Mapping[str, Any]: ...

    @property
    def last_seq(self) -> int: ...

    @property
    def result_hash(self) -> str | None: ...

    @property
    def record(self) -> Mapping[str, Any]: ...


class Page(Protocol):
    @property
    def items(self) -> tuple[Run, ...]: ...

    @property
    def total(self) -> int: ...


class Logged(Protocol):
    """An event with its place in the Run's log; `at` in seconds since 1970 UTC."""

    @property
    def seq(self) -> int: ...

    @property
    def at(self) -> float: ...

    @property
    def kind(self) -> str: ...

    @property
    def payload(self) -> Mapping[str, Any]: ...


class Chunk(Protocol):
    """A piece of the run log: `data` from byte `offset` to `end` of `size`."""

    @property
    def data(self) -> bytes: ...

    @property
    def offset(self) -> int: ...

    @property
    def end(self) -> int: ...

    @property
    def size(self) -> int: ...


class Documents(Protocol):
    def get(self, key: str) -> JsonObject | None: ...

    def all(self) -> dict[str, JsonObject]: ...

    def put(self, key: str, body: Mapping[str, Any], *, unique: bool = True) -> None: ...

    def change(self, key: str, change: Callable[[JsonObject], JsonObject]) -> JsonObject: ...

    def delete(self, key: str) -> None: ...


class Artifact(Protocol):
    """A named file of a Run."""

    @property
    def path(self) -> str: ...

    @property
    def size(self) -> int: ...

    @property
    def sha256(self) -> str: ...

    @property
    def media_type(self) -> str: ...


class Settings(Protocol):
    """What contracts need to know of the server."""

    @property
    def heartbeat_s(self) -> float: ...

    @property
    def rate_limits(self) -> str: ...

    @property
    def folder(self) -> Path: ...

    @property
    def cache(self) -> Path: ...


class Notifier(Protocol):
    """Knows when the store changed; `changed` returns the count of notifications once it differs from `seen`."""

    async def changed(self, seen: int, timeout_s: float = 1.0) -> int: ...


class Runs(Protocol):
    @property
    def notifier(self) -> Notifier: ...

    @property
    def settings(self) -> Settings: ...

    def submit(
        self,
        lab: str,
        config: Mapping[str, Any] | Config,
        *,
        name: str | None = None,
        root_seed: int | None = None,
        owner: str = ...,
        contract: str | None = None,
        request: Mapping[str, Any] | None = None,
        lane: str = "batch",
        expires_in_s: float | None = None,
        warnings: Sequence[Problem] = (),
        own_keys: Collection[str] = (),
    ) -> Run: ...

    def get(self, run_id: str, *, owner: str | None = None) -> Run: ...

    def list(
        self,
        *,
        lab: str | None = None,
        states: Collection[Any] | None = None,
        contract: str | None = ...,
        owner: str | None = None,
        sort: str = "-created_at",
        limit: int = 50,
        offset: int = 0,
    ) -> Page: ...

    def state(self, run_id: str) -> State: ...

    def pause(self, run_id: str) -> Run: ...

    def resume(self, run_id: str) -> Run: ...

    def cancel(self, run_id: str, *, wait_s: float = 2.0, reason: str = ...) -> Run: ...

    def delete(self, run_id: str) -> None: ...

    def events(
        self, run_id: str, after: int = 0, limit: int = 1000, kinds: Collection[str] | None = None
    ) -> Sequence[Logged]: ...

    def follow(self, run_id: str, after: int = 0, heartbeat_s: float | None = None) -> AsyncGenerator[Logged | None]: ...

    def log(self, run_id: str, offset: int = 0, limit: int = 1 << 20) -> Chunk: ...

    def follow_log(self, run_id: str, offset: int = 0, heartbeat_s: float | None = None) -> AsyncGenerator[Chunk | None]: ...

    def folder(self, run_id: str) -> Path: ...

    def artifacts(self, run_id: str) -> Sequence[Artifact]: ...

    def open_artifact(self, run_id: str, path: str) -> Path: ...

    def result(self, run_id: str, *, tables: Collection[str] | None = None) -> Result | None: ...

    def outcome(self, run_id: str, *, kinds: Collection[str] | None = None) -> Outcome: ...

    def documents(self, lab: str, kind: str) -> Documents: ...

    def health(self) -> dict[str, Any]: ...
