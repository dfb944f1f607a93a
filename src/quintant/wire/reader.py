"""Reader: a table of every key of a contract with the native key that it sets, by which bodies are read.

A contract says with one `Wire` per key what its wire alone knows: spelling, place, strictness, what has no effect here and why.
Type, bounds, unit and meaning are those of the native key. What no table can say (an object with forms of its own) is read by a
function that the `Wire` names; it gets the `Reading`, notes its faults there, and gives the native value.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any, Generic, Literal, Self, TypeVar

from quintant.config import Config, Part, Suggestions, parse
from quintant.errors import ConfigError, Problem
from quintant.wire.body import word
from quintant.wire.coercion import Kind, Misfit, Mode, coerce, kind_of, shown

LEFT_OUT: Any = object()
BOUNDS = {
    "minimum": "greater_than_equal", "exclusiveMinimum": "greater_than",
    "maximum": "less_than_equal", "exclusiveMaximum": "less_than",
}  # fmt: skip
"""What a bound of ours is called by services written with pydantic."""


@dataclass(frozen=True)
class Wire:
    """One key of a contract.

    path      where it stands in the body: `config.dt`, or `max_spikes` at the top
    key       the native key that it sets; None: none
    kind      what it takes, where that is not what the native key takes; `words`: which, where it takes words
    mode      `strict` or `lax` (`quintant.wire.coercion`); the reading's where it is None
    idle      why it has no effect here: accepted, and told; with `read` only what that takes
    aliases   other places where it may stand; what stands at `path` itself wins
    default   what a body without it means, where that is not the native default (or where there is no native key)
    null      what null means: that the key is left out ("absent"), a value of its own, or nothing that is taken ("refused")
    least     the smallest value, where no native key has the bound
    read      (reading, value, path) -> the native value, for what no table can say; None leaves the key out, and a
              ConfigError is noted
    items     the table of each object of a list
    sets      native keys made of it, where that is not one: `read` gives them by name, or the contract makes them of `own`
    required  whether a body without it is refused
    """

    path: str
    key: str | None = None
    kind: Kind | None = None
    words: tuple[str, ...] = ()
    mode: Mode | None = None
    idle: str | None = None
    aliases: tuple[str, ...] = ()
    default: Any = LEFT_OUT
    null: Literal["absent", "value", "refused"] = "absent"
    least: float | None = None
    read: Callable[[Any, Any, str], Any] | None = None
    items: Table[Any] | None = None
    sets: tuple[str, ...] = ()
    required: bool = False

    @property
    def name(self) -> str:
        return self.path.rpartition(".")[2]


@dataclass
class Reading:
    """A body on its way to a config: native values, values that no native key has, faults, and what should be known.

    `types` holds a word per fault: the error types that clients of pydantic know. `ignored`: the paths of what has no effect;
    `warnings` tells of these and of whatever else a client should know. `places`: path of a key -> where this body has it.
    A contract with words of its own overrides the methods.
    """

    mode: Mode = "lax"
    raw: dict[str, Any] = field(default_factory=dict)
    own: dict[str, Any] = field(default_factory=dict)
    given: list[str] = field(default_factory=list)
    faults: list[Problem] = field(default_factory=list)
    types: list[str] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    near: Suggestions = field(default_factory=Suggestions)
    places: dict[str, str] = field(default_factory=dict)

    def part(self) -> Self:
        """A reading of another object of the same body: values of its own; faults and warnings are those of the body."""
        return dataclasses.replace(self, raw={}, own={}, given=[], places={})

    def refuse(self, problem: Problem, kind: str = "value_error") -> None:
        self.faults.append(problem)
        self.types.append(kind)

    def note(self, error: ConfigError) -> None:
        """Note every fault of a value."""
        for problem in error.problems:
            self.refuse(problem)

    def settle(self) -> None:
        """Refused with every fault, if there is any."""
        if self.faults:
            raise Refused(self.faults, self.types)

    def warn(self, path: str, message: str, value: Any = None, hint: str | None = None) -> None:
        self.warnings.append(Problem(path, message, value, hint=hint))

    def unknown(self, path: str, known: Iterable[str], value: Any = None) -> None:
        """A key that the contract does not know: ignored, aloud."""
        self.ignored.append(path)
        self.warn(path, "is not a key of this contract and was ignored.", hint=self.near(path.rpartition(".")[2], known))

    def idle(self, path: str, why: str, value: Any = None) -> None:
        """A key that is known and does nothing: accepted, aloud."""
        self.ignored.append(path)
        self.warn(path, "is accepted and has no effect.", hint=why)

    def coerced(self, kind: Kind, value: Any, path: str, allowed: tuple[str, ...] = (), mode: Mode | None = None) -> Any:
        """The value, None where it does not fit, which is noted."""
        try:
            return coerce(kind, value, path, allowed, mode or self.mode)
        except Misfit as misfit:
            self.faults += misfit.problems
            self.types += misfit.types
            return None

    def object(self, value: Any, path: str) -> Mapping[str, Any] | None:
        """An object, None for anything else, which is noted."""
        if isinstance(value, Mapping):
            return value
        self.refuse(Problem(path, f"must be an object or null; got {shown(value)}.", None), "dict_type")
        return None

    def items(self, value: Any, path: str) -> list[Any]:
        """A list, an empty one for anything else, which is noted; null is empty."""
        if isinstance(value, list):
            return value
        if value is not None:
            self.refuse(Problem(path, f"must be a list; got {word(value)}.", None), "list_type")
        return []

    def within(self, path: str, value: float | None, least: float | None, most: float | None = None, also: str = "") -> None:
        """Note a number outside its bounds; `also`: what else is taken."""
        if value is None:
            return
        if least is not None and value < least:
            self.refuse(
                Problem(path, f"must be at least {least:g}{also}; got {value!r}.", value, {"minimum": least}),
                "greater_than_equal",
            )
        if most is not None and value > most:
            self.refuse(
                Problem(path, f"must be at most {most:g}{also}; got {value!r}.", value, {"maximum": most}), "less_than_equal"
            )


R = TypeVar("R", bound=Reading)
C = TypeVar("C", bound=Part)


class Refused(ConfigError):
    """A request refused. `types`: a word per problem, the error types that clients of pydantic know."""

    def __init__(self, problems: list[Problem], types: list[str]) -> None:
        super().__init__(problems)
        self.types = types


@dataclass(frozen=True)
class Table(Generic[C]):
    """All keys of a contract, or of an object within its bodies. `config`: what they make, `Part` itself where that is nothing
    native; `made`: native keys that several of them make together, and the path to name for each; `rewords`: whether native
    names within a message are the wire's own (not where they are plain words)."""

    config: type[C]
    wires: tuple[Wire, ...]
    made: Mapping[str, str] = field(default_factory=dict)
    rewords: bool = True

    @cached_property
    def by_path(self) -> Mapping[str, Wire]:
        return {path: wire for wire in self.wires for path in (wire.path, *wire.aliases)}

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Keys and sections of the body itself, in the order of the table."""
        return tuple(dict.fromkeys(path.partition(".")[0] for path in self.by_path))

    @cached_property
    def sections(self) -> Mapping[str, Mapping[str, Wire]]:
        """Section -> name -> key; the section "" is the body itself."""
        sections: dict[str, dict[str, Wire]] = {}
        for path, wire in self.by_path.items():
            section, _, name = path.rpartition(".")
            sections.setdefault(section, {})[name] = wire
        return sections

    @cached_property
    def paths(self) -> Mapping[str, str]:
        """Native key -> where it stands on the wire."""
        return {wire.key: wire.path for wire in self.wires if wire.key is not None} | dict(self.made)

    @cached_property
    def _makers(self) -> Mapping[str, Wire]:
        """Native key -> what it is made of."""
        return {key: wire for wire in self.wires for key in (wire.key, *wire.sets) if key is not None}

    def kind(self, wire: Wire) -> tuple[Kind, tuple[str, ...]]:
        """What a key takes on the wire, with its words where it takes words."""
        if wire.key is None:
            return wire.kind or "any", wire.words
        kind, words = kind_of(self.config.model_fields[wire.key].annotation)
        return wire.kind or kind, wire.words or words

    def read(self, body: Mapping[str, Any], reading: R, sections: Iterable[str] | None = None, at: str = "") -> R:
        """Go through a body. `sections`: those that this request knows, all of the table's without; `at`: what its paths
        begin with, where it is an object within a body."""
        known = [section for section in self.sections if section and (sections is None or section in sections)]
        top = self.sections.get("", {}) if sections is None or "" in sections else {}
        for name, value in body.items():
            if name not in known and name not in top:
                reading.unknown(f"{at}{name}", [name for name in self.names if name in known or name in top], value)
        for name, value in body.items():
            if name in top:
                self._take(name, value, reading, at)
            elif name in known and value is not None:
                self._section(name, reading.object(value, f"{at}{name}") or {}, reading, at)
        for wire in self.wires:
            if wire.default is not LEFT_OUT and wire.name not in reading.own and (wire.key or "") not in reading.raw:
                (reading.raw if wire.key else reading.own)[wire.key or wire.name] = wire.default
            if wire.required and not any(_holds(body, place) for place in (wire.path, *wire.aliases)):
                reading.refuse(Problem(f"{at}{wire.path}", "is required."), "missing")
        return reading

    def each(self, value: Any, reading: R, path: str) -> Iterator[tuple[str, R]]:
        """The path and the reading of each object of a list; what is no list and no object is noted."""
        for number, item in enumerate(reading.items(value, path)):
            place, part = f"{path}.{number}", reading.part()
            if (inner := reading.object(item, place)) is not None:
                self.read(inner, part, at=f"{place}.")
            yield place, part

    def _section(self, section: str, part: Mapping[str, Any], reading: Reading, at: str) -> None:
        for name, value in part.items():
            if name in self.sections[section]:
                self._take(f"{section}.{name}", value, reading, at)
            else:
                reading.unknown(f"{at}{section}.{name}", self.sections[section], value)

    def _take(self, place: str, value: Any, reading: Reading, at: str) -> None:
        wire, path = self.by_path[place], f"{at}{place}"
        if wire.idle is not None:
            if wire.read is None or wire.read(reading, value, path) is not None:
                reading.idle(path, wire.idle, value)
            return
        if value is None and wire.null == "absent":
            return
        if value is not None or wire.null == "refused":
            if wire.read is not None:
                try:
                    value = wire.read(reading, value, path)
                except ConfigError as error:
                    reading.note(error)
                    return
            elif wire.items is not None:
                value = [part.raw for _, part in wire.items.each(value, reading, path)]
            else:
                kind, words = self.kind(wire)
                value = reading.coerced(kind, value, path, words, wire.mode)
                reading.within(path, value, wire.least, also=" or null" if wire.null == "value" else "")
            if value is None:
                return
        if wire.sets and isinstance(value, Mapping):
            reading.raw |= value
        elif wire.key is None:
            reading.own[wire.name] = value
        elif place == wire.path or wire.key not in reading.raw:
            reading.raw[wire.key] = value
            reading.places[wire.path] = path
            reading.given += [wire.key] if wire.key not in reading.given else []

    def config_of(self, reading: Reading) -> C:
        """The config that a reading means; Refused with every fault, under the names of the wire."""
        reading.settle()
        return self.parsed(reading.raw, reading.places)

    def parsed(self, raw: Mapping[str, Any], places: Mapping[str, str] = MappingProxyType({})) -> C:
        """The config of native values; Refused with every fault, under the names of the wire."""
        assert issubclass(self.config, Config), "a table of an object within a body makes no config"
        try:
            return parse(self.config, raw)
        except ConfigError as error:
            faults = [self.on_the_wire(fault, places) for fault in error.problems]
            raise Refused(faults, [_type(fault) for fault in faults]) from None

    def on_the_wire(self, fault: Problem, places: Mapping[str, str] = MappingProxyType({})) -> Problem:
        """The fault of a native key under the name that a request gave it; `places`: where the request had which path."""
        hint = self._reworded(fault.hint) if fault.hint else None
        path = self.place(fault.path, places)
        return dataclasses.replace(fault, path=path, message=self._reworded(fault.message), hint=hint)

    def place(self, path: str, places: Mapping[str, str] = MappingProxyType({})) -> str:
        """Where a native path stands on the wire."""
        parts = path.split(".")
        for end in range(len(parts), 0, -1):
            native, rest = ".".join(parts[:end]), parts[end:]
            wire = self._makers.get(native)
            here = self.paths.get(native) or (wire.path if wire else None)
            if here is None:
                continue
            if wire is not None and wire.items is not None and len(rest) > 1:
                rest = [rest[0], wire.items.place(".".join(rest[1:]))]
            return ".".join((places.get(here, here), *rest))
        return path

    def _reworded(self, text: str) -> str:
        return self._natives.sub(lambda match: self.paths[match[0]].rpartition(".")[2], text) if self.rewords else text

    @cached_property
    def _natives(self) -> re.Pattern[str]:
        return re.compile(rf"\b({'|'.join(sorted(self.paths, key=len, reverse=True))})\b")


def _type(fault: Problem) -> str:
    allowed = fault.allowed if isinstance(fault.allowed, Mapping) else {}
    return next((word for bound, word in BOUNDS.items() if bound in allowed), "value_error")


def _holds(body: Mapping[str, Any], place: str) -> bool:
    """Whether a body has something there that is not null."""
    section, _, name = place.rpartition(".")
    part = body.get(section) if section else body
    return isinstance(part, Mapping) and part.get(name) is not None
