"""What the routes need of the runs facade, by shape: a lab knows no platform module by name."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol

from quintant.errors import Problem
from quintant.lab import Result

LAB = "spiking"
CONTRACT = "spiking"


class Run(Protocol):
    """One Run. `state` is the lifecycle's word; `record` holds the timings once it has ended."""

    id: str
    state: Any
    reason: str | None
    record: Mapping[str, Any]


class Bell(Protocol):
    """Rings when something changed in the store; `heard` returns the count of rings once it differs from `seen`."""

    async def heard(self, seen: int, timeout_s: float = 1.0) -> int: ...


class Runs(Protocol):
    bell: Bell

    def submit(
        self,
        lab: str,
        config: Any,
        *,
        name: str | None = None,
        contract: str | None = None,
        request: Mapping[str, Any] | None = None,
        lane: str = "batch",
        expires_in_s: float | None = None,
        warnings: Sequence[Problem] = (),
    ) -> Run: ...

    def get(self, run_id: str) -> Run: ...

    def state(self, run_id: str) -> Any: ...

    def cancel(self, run_id: str, *, wait_s: float = 2.0) -> Run: ...

    def result(self, run_id: str, *, tables: Collection[str] | None = None) -> Result | None: ...
