"""Condition: when a key of a Config is read, said once, at the key, as `when=`.

A condition is about other keys. It is evaluated on a parsed Config, reads as a sentence (`sentence()`), and travels as JSON
(`json()`, the `x-when` of a schema), so that the page greys a field by the same words that the engine obeys.

A key is named by a dotted path from the object that the conditional key stands in; a path that begins with `/` starts at the
Config itself. Paths reach into nested parts: `demand.kind`, `/plasticity`.

    Is("neuron_model", "adex")                    neuron_model is adex
    In("input_type", "pulse", "pulses")           input_type is pulse or pulses
    Given("populations")                          populations is given (neither empty nor null)
    Above("noise_std")                            noise_std is above 0
    Not(Given("populations"))                     populations is not given
    All(Is("noise", "ou"), Above("noise_std"))    noise is ou and noise_std is above 0
    AnyOf(…)                                      … or …
    Some("populations", Is("model", "cuba"))      model is cuba in one of populations
    Has("instruments", "phq9")                    phq9 is among instruments
    Meaning("there are inhibitory cells", …)      there are inhibitory cells
    Never("nobody leaves before the end")         never: nobody leaves before the end
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from quintant.json_value import JsonObject

Scalar = str | int | float | bool | None


def value_at(path: str, part: Any, config: Any) -> Any:
    """What stands at `path` of `part` (of `config` with a leading slash); None where the path leads nowhere.

    The empty path is the part itself: an element of a list of texts or numbers."""
    here = config if path.startswith("/") else part
    if not path:
        return here
    for name in path.removeprefix("/").split("."):
        if here is None:
            return None
        if isinstance(here, Mapping):
            here = here.get(name)
        elif isinstance(here, Sequence) and not isinstance(here, str):
            here = here[int(name)] if name.isdecimal() and int(name) < len(here) else None
        else:
            here = getattr(here, name, None)
    return here


class Condition(ABC):
    """When a key is read. `part`: the object that the key stands in; `config`: the whole one, often the same."""

    @abstractmethod
    def holds(self, part: Any, config: Any) -> bool: ...

    @abstractmethod
    def sentence(self) -> str:
        """ "neuron_model is adex": goes on after "read only when"."""

    @abstractmethod
    def json(self) -> JsonObject: ...

    @abstractmethod
    def paths(self) -> Iterator[str]:
        """Every path that is looked at."""

    def reasons(self, part: Any, config: Any) -> Iterator[tuple[str, Any]]:
        """Where it does not hold: the keys with their values by which it fails."""
        if not self.holds(part, config):
            for path in self.paths():
                yield path.removeprefix("/"), value_at(path, part, config)


@dataclass(frozen=True, init=False)
class In(Condition):
    """The value at `path` is one of `values`."""

    path: str
    values: tuple[Scalar, ...]

    def __init__(self, path: str, *values: Scalar) -> None:
        object.__setattr__(self, "path", path)
        object.__setattr__(self, "values", values)

    def holds(self, part: Any, config: Any) -> bool:
        here = value_at(self.path, part, config)
        return any(here == value and isinstance(here, bool) == isinstance(value, bool) for value in self.values)

    def sentence(self) -> str:
        return f"{_name(self.path)} is {alternatives(self.values)}"

    def json(self) -> JsonObject:
        return {"key": self.path, "in": list(self.values)}

    def paths(self) -> Iterator[str]:
        yield self.path


def Is(path: str, value: Scalar) -> In:
    """The value at `path` is `value`."""
    return In(path, value)


@dataclass(frozen=True)
class Given(Condition):
    """The value at `path` is there: not null, and no empty list, object or text."""

    path: str

    def holds(self, part: Any, config: Any) -> bool:
        here = value_at(self.path, part, config)
        return here is not None and not (isinstance(here, (str, Sequence, Mapping)) and len(here) == 0)

    def sentence(self) -> str:
        return f"{_name(self.path)} is given"

    def json(self) -> JsonObject:
        return {"key": self.path, "given": True}

    def paths(self) -> Iterator[str]:
        yield self.path


@dataclass(frozen=True)
class Above(Condition):
    """The number at `path` is above `bound`."""

    path: str
    bound: float = 0

    def holds(self, part: Any, config: Any) -> bool:
        here = value_at(self.path, part, config)
        return isinstance(here, (int, float)) and here > self.bound

    def sentence(self) -> str:
        return f"{_name(self.path)} is above {self.bound:g}"

    def json(self) -> JsonObject:
        return {"key": self.path, "above": self.bound}

    def paths(self) -> Iterator[str]:
        yield self.path


@dataclass(frozen=True)
class Not(Condition):
    condition: Condition

    def holds(self, part: Any, config: Any) -> bool:
        return not self.condition.holds(part, config)

    def sentence(self) -> str:
        match self.condition:
            case In(values=(_, _, *_)):
                *before, last = map(spoken, self.condition.values)
                return f"{_name(self.condition.path)} is neither {', '.join(before)} nor {last}"
            case In() | Given() | Above() | Some(condition=In(path="")):
                return self.condition.sentence().replace(" is ", " is not ", 1)
        return f"not ({self.condition.sentence()})"

    def json(self) -> JsonObject:
        return {"not": self.condition.json()}

    def paths(self) -> Iterator[str]:
        return self.condition.paths()


class _Several(Condition):
    """Conditions joined by a word."""

    conditions: tuple[Condition, ...]
    word: str
    name: str

    def __init__(self, *conditions: Condition) -> None:
        flat = tuple(
            inner
            for condition in conditions
            for inner in (condition.conditions if isinstance(condition, type(self)) else (condition,))
        )
        if len(flat) < 2:
            raise ValueError(f"{type(self).__name__} joins two conditions or more; got {len(flat)}")
        object.__setattr__(self, "conditions", flat)

    def sentence(self) -> str:
        """ "a and b", "a, b, and c"; what is joined by the other word stands in brackets."""
        *before, last = (
            f"({inner.sentence()})" if self._needs_brackets(inner) else inner.sentence() for inner in self.conditions
        )
        return f"{', '.join(before)}{',' if len(before) > 1 else ''} {self.word} {last}"

    def _needs_brackets(self, inner: Condition) -> bool:
        return isinstance(inner, _Several) or (isinstance(inner, In) and self.word == "or" and len(inner.values) > 1)

    def json(self) -> JsonObject:
        return {self.name: [inner.json() for inner in self.conditions]}

    def paths(self) -> Iterator[str]:
        for inner in self.conditions:
            yield from inner.paths()


@dataclass(frozen=True, init=False)
class All(_Several):
    conditions: tuple[Condition, ...]
    word, name = "and", "all"

    def holds(self, part: Any, config: Any) -> bool:
        return all(inner.holds(part, config) for inner in self.conditions)

    def reasons(self, part: Any, config: Any) -> Iterator[tuple[str, Any]]:
        for inner in self.conditions:
            yield from inner.reasons(part, config)


@dataclass(frozen=True, init=False)
class AnyOf(_Several):
    conditions: tuple[Condition, ...]
    word, name = "or", "any"

    def holds(self, part: Any, config: Any) -> bool:
        return any(inner.holds(part, config) for inner in self.conditions)

    def reasons(self, part: Any, config: Any) -> Iterator[tuple[str, Any]]:
        if not self.holds(part, config):
            for inner in self.conditions:
                yield from inner.reasons(part, config)


@dataclass(frozen=True)
class Some(Condition):
    """An element of the list at `path` satisfies `condition`, whose paths start at the element."""

    path: str
    condition: Condition

    def holds(self, part: Any, config: Any) -> bool:
        elements = value_at(self.path, part, config)
        return isinstance(elements, Sequence) and any(self.condition.holds(element, config) for element in elements)

    def sentence(self) -> str:
        if isinstance(self.condition, In) and not self.condition.path:
            return f"{alternatives(self.condition.values)} is among {_name(self.path)}"
        inner = self.condition.sentence()
        return f"{f'({inner})' if isinstance(self.condition, _Several) else inner} in one of {_name(self.path)}"

    def json(self) -> JsonObject:
        return {"some": self.path, "where": self.condition.json()}

    def paths(self) -> Iterator[str]:
        yield self.path

    def reasons(self, part: Any, config: Any) -> Iterator[tuple[str, Any]]:
        if not self.holds(part, config):
            yield _name(self.path), Nowhere(self.sentence()) if value_at(self.path, part, config) else None


def Has(path: str, *values: Scalar) -> Some:
    """One of `values` is an element of the list at `path`."""
    return Some(path, In("", *values))


@dataclass(frozen=True)
class Nowhere:
    """Stands for the value of a list in none of whose elements a condition holds. `sentence`: what does not hold."""

    sentence: str


@dataclass(frozen=True)
class Never(Condition):
    """Nothing reads the key; it is kept for those who give it, and says why it does nothing."""

    why: str

    def holds(self, part: Any, config: Any) -> bool:
        return False

    def sentence(self) -> str:
        return f"never: {self.why}"

    def json(self) -> JsonObject:
        return {"any": []}

    def paths(self) -> Iterator[str]:
        return iter(())


@dataclass(frozen=True)
class Meaning(Condition):
    """A condition in words of its own, which also say by what it fails."""

    words: str
    condition: Condition

    def holds(self, part: Any, config: Any) -> bool:
        return self.condition.holds(part, config)

    def sentence(self) -> str:
        return self.words

    def json(self) -> JsonObject:
        return self.condition.json()

    def paths(self) -> Iterator[str]:
        return self.condition.paths()

    def reasons(self, part: Any, config: Any) -> Iterator[tuple[str, Any]]:
        return iter(())


def alternatives(values: Sequence[Scalar]) -> str:
    """ "a, b or c"."""
    texts = [spoken(value) for value in values]
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} or {texts[-1]}"


def spoken(value: Any) -> str:
    """A value as a sentence has it."""
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value or "empty"
    if isinstance(value, (int, float)):
        return f"{value:g}" if isinstance(value, float) else str(value)
    if isinstance(value, (Sequence, Mapping)) and len(value) == 0:
        return "empty"
    return "given"


def _name(path: str) -> str:
    return path.removeprefix("/")
