"""Times as wires write them: ISO 8601 in UTC with a Z, to the second, millisecond or microsecond."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal, overload

SPECS = {0: "seconds", 3: "milliseconds", 6: "microseconds"}


@overload
def iso(seconds: float, digits: Literal[0, 3, 6] = 0) -> str: ...


@overload
def iso(seconds: float | None, digits: Literal[0, 3, 6] = 0) -> str | None: ...


def iso(seconds: float | None, digits: Literal[0, 3, 6] = 0) -> str | None:
    """2024-01-15T10:00:00Z; `digits` of the second's fraction. None stays None. Fractions are cut, never rounded up."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec=SPECS[digits]).replace("+00:00", "Z")
