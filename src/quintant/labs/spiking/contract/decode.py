"""From a request body to a SpikingConfig: overrides merged over the defaults, wire spellings into native keys.

Rules of the dialect: a null inside `config`, `inputs` or `weights` means "not given"; unknown keys are ignored, aloud;
types are lax (`coercion`); bounds are those of the native keys; what cannot be honoured is refused with the wire's path.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from quintant.config import parse, suggest
from quintant.errors import ConfigError, Problem
from quintant.labs.spiking.config import SpikingConfig
from quintant.labs.spiking.contract.coercion import Misfit, coerce, shown
from quintant.labs.spiking.contract.keys import KEYS, OF_WEIGHTS, PATHS, SEEDS, TOP, Key

MAX_SPIKES = 30000
LEAST_MAX_SPIKES = 1000
SAMPLED_P = {"ee": 0.02, "ei": 0.18, "ie": 0.04, "ii": 0.06}
"""Default probabilities of the older block form {p, dist}."""


@dataclass(frozen=True)
class Request:
    """A body understood. `ignored`: paths of what has no effect, in the order of the body, each with a warning."""

    config: SpikingConfig
    performance_mode: bool
    max_spikes: int | None
    ignored: tuple[str, ...]
    warnings: tuple[Problem, ...]


class Refused(ConfigError):
    """A request refused. `types`: a word per problem, the error types that clients of pydantic know."""

    def __init__(self, problems: list[Problem], types: list[str]) -> None:
        super().__init__(problems)
        self.types = types


def decode(body: Mapping[str, Any]) -> Request:
    """A body of /run."""
    return _Decoder(body, TOP).request()


def decode_weights(body: Mapping[str, Any]) -> Request:
    """A body of /weights, which knows `config` and `weights` only."""
    return _Decoder(body, OF_WEIGHTS).request()


class _Decoder:
    def __init__(self, body: Mapping[str, Any], known: tuple[str, ...]) -> None:
        self.body, self.known = body, known
        self.problems: list[Problem] = []
        self.types: list[str] = []
        self.ignored: dict[str, Problem] = {}

    def request(self) -> Request:
        if self.body.get("graph") is not None:
            self.refuse(
                Problem(
                    "graph",
                    "is not supported: this service answers the documented contract, whose requests "
                    "are config, inputs and weights.",
                    hint="Write the graph's values into those three.",
                ),
                "value_error",
            )
        for name in self.body:
            if name not in self.known and name != "graph":
                self.ignore(name, self.known)
        raw: dict[str, Any] = dict(SEEDS)
        for section in KEYS:
            if section in self.known:
                raw |= self.section(section)
        if raw.get("neuron_model", "lif") == "lif":
            raw["precision"] = "single"
        told = self.told()
        burn_in_ms = told.pop("burn_in_ms")
        if burn_in_ms is not None:
            raw["burn_in_ms"] = burn_in_ms
        if self.problems:
            raise Refused(self.problems, self.types)
        return Request(_native(raw), **told, ignored=tuple(self.ignored), warnings=tuple(self.ignored.values()))

    def section(self, section: Any) -> dict[str, Any]:
        given = self.body.get(section)
        if given is None:
            return {}
        if not isinstance(given, Mapping):
            self.refuse(Problem(section, f"must be an object or null; got {shown(given)}.", None), "dict_type")
            return {}
        raw: dict[str, Any] = {}
        table = KEYS[section]
        for name, value in given.items():
            key = table.get(name)
            if key is None or key.native is None:
                self.ignore(f"{section}.{name}", table, dead=key is not None)
            elif value is not None:
                found = self.block(key, value) if key.kind == "block" else self.coerced(key.kind, value, key.path, key.allowed)
                if found is not None:
                    raw[key.native] = found
        return raw

    def told(self) -> dict[str, Any]:
        """What stands at the top of a body of /run. A null for the bounds means none."""
        fast = self.body.get("performance_mode", True) if "performance_mode" in self.known else True
        most = self.body.get("max_spikes", MAX_SPIKES) if "max_spikes" in self.known else MAX_SPIKES
        burn = self.body.get("burn_in_ms") if "burn_in_ms" in self.known else None
        fast = self.coerced("bool", fast, "performance_mode")
        most = None if most is None else self.coerced("int", most, "max_spikes")
        burn = None if burn is None else self.coerced("float", burn, "burn_in_ms")
        if most is not None and most < LEAST_MAX_SPIKES:
            self.refuse(
                Problem(
                    "max_spikes",
                    f"must be at least {LEAST_MAX_SPIKES} or null; got {most}.",
                    most,
                    {"minimum": LEAST_MAX_SPIKES},
                ),
                "greater_than_equal",
            )
        return {"performance_mode": fast, "max_spikes": most, "burn_in_ms": burn}

    def block(self, key: Key, given: Any) -> dict[str, Any] | None:
        """A block of weights over its defaults: {mean, std}, or the older {p, dist: {name, params}}."""
        if not isinstance(given, Mapping):
            self.refuse(Problem(key.path, f"must be an object or null; got {shown(given)}.", None), "dict_type")
            return None
        assert key.native is not None
        mean = SpikingConfig.model_fields[key.native].default.mean
        given = {name: value for name, value in given.items() if value is not None}
        for name in given:
            if name not in ("mean", "std", "p", "dist"):
                self.ignore(f"{key.path}.{name}", ("mean", "std", "p", "dist"))
        sampled = [name for name in ("p", "dist") if name in given]
        plain = [name for name in ("mean", "std") if name in given]
        if sampled and plain:
            self.refuse(
                Problem(
                    key.path,
                    f"must be either {{mean, std}} or {{p, dist}}; got {', '.join(plain + sampled)}.",
                    hint='Write mean and std into dist: {"name": "normal", "params": {…}}.',
                ),
                "value_error",
            )
            return None
        numbers = {name: self.coerced("float", given[name], f"{key.path}.{name}") for name in (*plain, "p") if name in given}
        for name, most in (("std", None), ("p", 1.0)):
            self.within(f"{key.path}.{name}", numbers.get(name), 0.0, most)
        if not sampled:
            return {"mean": mean, "std": 0.0, **numbers}
        return {"p": SAMPLED_P[key.name], **numbers, "dist": self.distribution(f"{key.path}.dist", given.get("dist", {}), mean)}

    def distribution(self, path: str, given: Any, mean: float) -> dict[str, Any]:
        if not isinstance(given, Mapping):
            self.refuse(Problem(path, f"must be an object or null; got {shown(given)}.", None), "dict_type")
            return {}
        for name in given:
            if name not in ("name", "params"):
                self.ignore(f"{path}.{name}", ("name", "params"))
        name, params = given.get("name"), given.get("params")
        name = "normal" if name is None else self.coerced("word", name, f"{path}.name", tuple(PARAMETERS))
        if params is not None and not isinstance(params, Mapping):
            self.refuse(Problem(f"{path}.params", f"must be an object or null; got {shown(params)}.", None), "dict_type")
            params = None
        found = {"mean": mean, "std": 0.0} if name == "normal" else {}
        for word, value in (params or {}).items():
            if word not in PARAMETERS.get(name, ()):
                self.ignore(f"{path}.params.{word}", PARAMETERS.get(name, ()))
            elif value is not None:
                found[word] = self.coerced("float", value, f"{path}.params.{word}")
        return {"name": name, "params": found}

    def within(self, path: str, value: float | None, least: float, most: float | None) -> None:
        if value is not None and value < least:
            self.refuse(
                Problem(path, f"must be at least {least:g}; got {value!r}.", value, {"minimum": least}), "greater_than_equal"
            )
        if value is not None and most is not None and value > most:
            self.refuse(Problem(path, f"must be at most {most:g}; got {value!r}.", value, {"maximum": most}), "less_than_equal")

    def coerced(self, kind: Any, value: Any, path: str, allowed: tuple[str, ...] = ()) -> Any:
        try:
            return coerce(kind, value, path, allowed)
        except Misfit as misfit:
            self.problems += misfit.problems
            self.types += misfit.types
            return None

    def refuse(self, problem: Problem, kind: str) -> None:
        self.problems.append(problem)
        self.types.append(kind)

    def ignore(self, path: str, known: Any, *, dead: bool = False) -> None:
        message = "is accepted and has no effect." if dead else "is not a key of this contract and was ignored."
        hint = "Pulses are described in inputs." if dead else suggest(path.rpartition(".")[2], known)
        self.ignored[path] = Problem(path, message, hint=hint)


PARAMETERS = {
    "normal": ("mean", "std"),
    "lognormal": ("mean", "sigma"),
    "gamma": ("shape", "scale", "rate"),
    "exponential": ("scale", "rate"),
}


def _native(raw: Mapping[str, Any]) -> SpikingConfig:
    try:
        return parse(SpikingConfig, raw)
    except ConfigError as error:
        problems = [on_the_wire(fault) for fault in error.problems]
        raise Refused(problems, [_type(fault) for fault in problems]) from None


def on_the_wire(fault: Problem) -> Problem:
    """The fault of a native key under the name that the request gave it."""
    first, *rest = fault.path.split(".")
    return dataclasses.replace(
        fault,
        path=".".join((PATHS.get(first, first), *rest)),
        message=_NATIVE.sub(_wire_name, fault.message),
        hint=_NATIVE.sub(_wire_name, fault.hint) if fault.hint else None,
    )


_NATIVE = re.compile(rf"\b({'|'.join(sorted(PATHS, key=len, reverse=True))})\b")


def _wire_name(found: re.Match[str]) -> str:
    return PATHS[found[0]].rpartition(".")[2]


def _type(fault: Problem) -> str:
    bounds = {
        "minimum": "greater_than_equal",
        "exclusiveMinimum": "greater_than",
        "maximum": "less_than_equal",
        "exclusiveMaximum": "less_than",
    }
    allowed = fault.allowed if isinstance(fault.allowed, Mapping) else {}
    return next((word for bound, word in bounds.items() if bound in allowed), "value_error")


def ignored_header(paths: tuple[str, ...], longest: int = 2000) -> str:
    """`config.foo, inputs.bar`: plain ASCII, cut with a count when there are too many."""
    words = list(_printable(paths))
    text = ", ".join(words)
    while len(text) > longest:
        words.pop()
        text = ", ".join([*words, f"and {len(paths) - len(words)} more"])
    return text


def _printable(paths: tuple[str, ...]) -> Iterator[str]:
    for path in paths:
        yield "".join(c if c.isascii() and c.isprintable() and c != "," else "?" for c in path)[:200]
