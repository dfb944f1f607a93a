"""The contract's calendar: UTC days and months, and times as the wire writes them."""

from __future__ import annotations

from datetime import UTC, datetime

DAY_S = 86_400


def iso(at: float | None) -> str | None:
    """2026-02-18T12:00:00.123Z"""
    return None if at is None else f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%S}.{int(at * 1000) % 1000:03d}Z"


def day(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d}"


def month(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m}"


def next_day(at: float) -> float:
    """When the next day begins."""
    return at - at % DAY_S + DAY_S
