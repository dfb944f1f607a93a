"""Leaves of a config: its keys, dotted into objects, with lists whole; and what stands at a dotted path."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def leaves(config: Mapping[str, Any], path: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in config.items():
        here = f"{path}.{name}" if path else name
        found |= leaves(value, here) if isinstance(value, Mapping) and value else {here: value}
    return found


def reached(config: Any, path: str) -> Any:
    """The value at a dotted path, by index into lists; None where it leads nowhere."""
    if isinstance(config, Mapping) and path in config:
        return config[path]
    for part in path.split("."):
        if isinstance(config, Mapping):
            config = config.get(part)
        elif isinstance(config, (list, tuple)) and part.isdecimal() and int(part) < len(config):
            config = config[int(part)]
        else:
            return None
    return config
