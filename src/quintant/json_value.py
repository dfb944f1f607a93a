"""What JSON becomes in Python, by one name for each thing that functions pass on. Its parts are unknown to a type checker:
who reads one by name says with a `TypedDict`, a dataclass or a `Config` what it expects there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Json = Any
"""Any JSON value: None, a truth value, a number, a text, a list or an object of such."""
JsonObject = dict[str, Any]
"""An object that belongs to its receiver, who may change it."""
JsonMapping = Mapping[str, Any]
"""An object that is only read."""
