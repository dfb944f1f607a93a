"""The JSON of a request: nothing, null and {} mean defaults; anything but an object is refused, with the place."""

from __future__ import annotations

from typing import Any

from quintant.errors import ConfigError, Problem
from quintant.wire.body import read_json, word


def read(data: bytes) -> dict[str, Any]:
    value = read_json(data) if data.strip() else None
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ConfigError(Problem("", f"The body must be a JSON object; got {word(value)}."))
    return value
