"""How this contract reads JSON: a key that it does not know is refused, null is "not given", and 5.0 is an integer.

Bounds, defaults and meanings are those of the native keys; a fault that is found there is told under the wire's name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from quintant.config import suggest
from quintant.errors import ConfigError, Problem
from quintant.wire import reader
from quintant.wire.body import word
from quintant.wire.coercion import Kind, Mode

Array = np.ndarray[Any, Any]
NO_INTEGERS = np.zeros(0, np.int64)
LARGEST = 2**53
"""Whole numbers below this are exact in every JSON."""
LONGEST_PATH = 100


class Reading(reader.Reading):
    """Whole numbers and flags are read here; every other value goes to its native key as it is."""

    def unknown(self, path: str, known: Iterable[str], value: Any = None) -> None:
        inside, _, name = path.rpartition(".")
        if inside and value is None:
            return
        names = list(known)
        hint = self.near(name, names) or f"Known: {', '.join(names)}."
        self.refuse(Problem(path[:LONGEST_PATH], "is not a known key here.", None, names, hint))

    def object(self, value: Any, path: str) -> Mapping[str, Any] | None:
        if isinstance(value, Mapping):
            return value
        self.refuse(Problem(path, f"must be an object; got {word(value)}."))
        return None

    def coerced(self, kind: Kind, value: Any, path: str, allowed: tuple[str, ...] = (), mode: Mode | None = None) -> Any:
        match kind:
            case "int":
                return self.integer(value, path)
            case "bool" if not isinstance(value, bool):
                self.refuse(Problem(path, "must be true or false."))
                return None
        return value

    def integer(self, value: Any, path: str) -> int | None:
        """A whole number, also one that is written 5.0; None once anything else has been noted."""
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            self.refuse(Problem(path, f"must be an integer; got {_shown(value)}.", value))
        elif abs(value) >= 2**63:
            self.refuse(Problem(path, f"is beyond 64 bits: {str(value)[:40]}."))
        else:
            return value
        return None

    def integers(self, value: Any, path: str) -> Array:
        """A list of whole numbers [n] (int64); empty, and the first fault noted, when it is none."""
        if not isinstance(value, list):
            self.refuse(Problem(path, f"must be a list of integers; got {word(value)}."))
            return NO_INTEGERS
        if set(map(type, value)) == {int} and max(value) < LARGEST and min(value) > -LARGEST:
            return np.array(value, np.int64)
        for at, number in enumerate(value):
            if isinstance(number, bool) or not isinstance(number, (int, float)) or number % 1 or abs(number) >= LARGEST:
                self.refuse(Problem(f"{path}.{at}", f"must be an integer; got {_shown(number)}.", number))
                return NO_INTEGERS
        return np.array([int(number) for number in value], np.int64)

    def rows(self, value: Any, path: str) -> list[Array]:
        """A list of lists of whole numbers."""
        return [self.integers(row, f"{path}.{at}") for at, row in enumerate(self.items(value, path))]


def chosen(choices: tuple[str, ...]) -> Callable[[Reading, Any, str], str]:
    """What reads one of a few words that no native key has."""

    def read(reading: Reading, value: Any, path: str) -> str:
        if isinstance(value, str) and value in choices:
            return value
        hint = suggest(value, choices) if isinstance(value, str) else None
        raise ConfigError(Problem(path, f"must be one of {', '.join(choices)}.", None, list(choices), hint))

    return read


def _shown(value: Any) -> str:
    return str(value)[:40] if isinstance(value, (int, float)) and not isinstance(value, bool) else word(value)
