"""The contract's calendar: UTC days and months."""

from __future__ import annotations

from datetime import UTC, datetime

DAY_S = 86_400


def day(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d}"


def month(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m}"


def next_day(at: float) -> float:
    """When the next day begins."""
    return at - at % DAY_S + DAY_S
