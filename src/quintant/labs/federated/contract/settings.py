"""An object of settings on its way to a strategy, and what is said and made of single values in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from quintant.json_value import Json
from quintant.wire.reader import Reading

EXACT = 2**53
"""Below it a float that is whole is that integer."""


@dataclass
class Settings(Reading):
    """An object of settings on its way to a strategy. `above`: the settings that it overrides."""

    above: Mapping[str, Json] = field(default_factory=dict)
    body: Mapping[str, Json] = field(default_factory=dict)

    def unknown(self, path: str, known: Json, value: Json = None) -> None:
        self.warn(path, "is not known and is ignored.", brief(value), self.near(path.rpartition(".")[2], known))

    def idle(self, path: str, why: str, value: Json = None) -> None:
        self.warn(path, f"has no effect: {why}.", brief(value))

    def beside(self, name: str) -> Json:
        """What the settings say of another key, here or above."""
        return self.above.get(name) if self.body.get(name) is None else self.body[name]


def whole(reading: Reading, value: Json, path: str) -> Json:
    """5.0 is 5."""
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < EXACT else value


def brief(value: Json) -> Json:
    """A value as an error may carry it: never a whole document."""
    return value if isinstance(value, (str, int, float, bool, type(None))) else type(value).__name__
