"""A line of a run log as the contract's log entry: {timestamp, level, message}."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from quintant.wire.times import iso

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
    fields = next((met.groupdict() for pattern in FORMATS if (met := pattern.fullmatch(line))), {"message": line})
    return {
        "timestamp": fields.get("timestamp") or iso(datetime.now(UTC).timestamp()),
        "level": fields.get("level") or "INFO",
        "message": fields["message"],
    }
