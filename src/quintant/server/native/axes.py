"""Swept keys as a request gives them; `quintant.runs.request` reads them, for every door."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from quintant.server.native.shapes import Range


def plain(sweep: Mapping[str, list[Any] | Range | str]) -> dict[str, Any]:
    """The axes of a body as JSON has them."""
    return {
        key: axis_value.model_dump(exclude_none=True) if isinstance(axis_value, Range) else axis_value
        for key, axis_value in sweep.items()
    }
