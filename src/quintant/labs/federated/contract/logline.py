"""A line of a run log as the contract's log entry: {timestamp, level, message}."""

from __future__ import annotations

import re
from datetime import UTC, datetime

LEVELS = "DEBUG|INFO|WARNING|ERROR|CRITICAL"
STAMP = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?Z?"
FORMATS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?P<timestamp>{STAMP}) \| (?P<level>{LEVELS}) \| [^|]* \| (?P<message>.*)",
        rf"(?P<timestamp>{STAMP}) - (?P<level>{LEVELS}) - (?P<message>.*)",
        rf"(?P<timestamp>{STAMP}) (?P<level>{LEVELS}):? (?P<message>.*)",
        rf"\[(?P<timestamp>[^\]]+)\] (?P<level>{LEVELS}): (?P<message>.*)",
        rf"(?P<level>{LEVELS}): (?P<message>.*)",
        rf"(?P<level>{LEVELS}):[\w.]+:(?P<message>.*)",
    )
)
"""Our own lines are the third; the others are those of logs that the contract knows."""


def entry(line: str) -> dict[str, str]:
    """What is not recognised is INFO, at the present time."""
    told = next((met.groupdict() for pattern in FORMATS if (met := pattern.fullmatch(line))), {"message": line})
    return {
        "timestamp": told.get("timestamp") or datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "level": told.get("level") or "INFO",
        "message": told["message"],
    }
