"""From a template and overrides to a Run's Config: FUSION's keys in, `OpticalConfig` in replay mode out.

Rules of the dialect: overrides win over the template; a known key is understood in any section; within one document
`general_settings` wins over a key's own section, and that over any other; unknown sections and keys are left out aloud,
as warnings; what the engine cannot honour is refused, with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from quintant.config import parse, suggest
from quintant.errors import ConfigError, Problem
from quintant.labs.optical.config import OpticalConfig
from quintant.labs.optical.contract import ini, template
from quintant.labs.optical.contract.option import Option, Unreadable, problem
from quintant.labs.optical.contract.options import BY_PATH, OPTIONS, SECTIONS, locate
from quintant.labs.optical.contract.translate import from_engine, to_engine

Nested = dict[str, dict[str, Any]]
NETWORK = "general_settings.network"
PROCESS_SECTION = re.compile(r"s\d+")


@dataclass(frozen=True)
class Document:
    """What one document says: values by option path with the path where each stood, and what is wrong or doubtful."""

    values: Mapping[str, Any]
    places: Mapping[str, str]
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]


@dataclass(frozen=True)
class Decoded:
    """A request understood. `merged` is the frozen configuration by section, typed, as the wire and config.ini show it.

    `dialect`: warnings about FUSION's keys; `doubts`: those of the Config itself, under the names of FUSION's keys.
    """

    template: str
    config: OpticalConfig
    merged: Nested
    dialect: tuple[Problem, ...]
    doubts: tuple[Problem, ...]

    @property
    def warnings(self) -> tuple[Problem, ...]:
        return (*self.dialect, *self.doubts)


@dataclass(frozen=True)
class Examination:
    """What came of looking at a configuration: `decoded` unless there are problems, and the warnings either way."""

    decoded: Decoded | None
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]


def decode(name: str, overrides: Mapping[str, Any]) -> Decoded:
    """The Run that `overrides` on the template `name` ask for, or ConfigError with every fault."""
    found = _merge(name, read_ini(template.find(name).content), read_json(overrides))
    if found.decoded is None:
        raise ConfigError(found.problems)
    return found.decoded


def examine(name: str, overrides: Mapping[str, Any]) -> Examination:
    """The same without raising, and with a warning for each essential key that the overrides leave to the template."""
    base, given = read_ini(template.find(name).content), read_json(overrides)
    missing = _missing(given, (option for option in OPTIONS if option.essential), base.values)
    return _and(_merge(name, base, given), missing)


def examine_ini(text: str) -> Examination:
    """A whole configuration as INI, without a template, and with a warning for each missing key that the original needs."""
    given = read_ini(text)
    if any(fault.path.startswith("line ") for fault in given.problems):
        return Examination(None, given.problems, ())
    missing = tuple(_missing(given, (option for option in OPTIONS if option.required)))
    if any(doubt.path == NETWORK for doubt in missing):
        lacking = Problem(NETWORK, "is required.", None, None, "Begin with [general_settings] and name the network.")
        return Examination(
            None, (lacking, *given.problems), (*given.warnings, *(doubt for doubt in missing if doubt.path != NETWORK))
        )
    return _and(_merge("", Document({}, {}, (), ()), given), missing)


def _and(found: Examination, more: Iterable[Problem]) -> Examination:
    return Examination(found.decoded, found.problems, (*found.warnings, *more))


def read_ini(text: str) -> Document:
    try:
        sections: Mapping[str, Any] = ini.parse(text)
    except ConfigError as error:
        return Document({}, {}, error.problems, ())
    return _read(sections, Option.read_text)


def read_json(sections: Any) -> Document:
    if not isinstance(sections, Mapping):
        return Document({}, {}, (Problem("config", f"must be an object of sections; got {_kind(sections)}.", sections),), ())
    return _read(sections, Option.read)


def typed(text: str) -> Nested:
    """INI text as typed nested values, section by section as it stands. For texts that are known to be valid."""
    nested: Nested = {}
    for section, keys in ini.parse(text).items():
        for key, value in keys.items():
            option = locate(section, key)
            nested.setdefault(section, {})[key] = option.read_text(value, f"{section}.{key}") if option else value
    return nested


def _read(sections: Mapping[str, Any], read: Any) -> Document:
    found: dict[str, tuple[int, str, Any]] = {}
    problems: list[Problem] = []
    warnings: list[Problem] = []
    for section, keys in sections.items():
        if PROCESS_SECTION.fullmatch(section):
            warnings.append(
                Problem(
                    section,
                    "This section configures a second process of the original's runner; it has no "
                    "effect here, as in the original's batch runner.",
                )
            )
            continue
        if not isinstance(keys, Mapping):
            meant = locate("", section)
            problems.append(
                Problem(
                    section,
                    f"must be an object of keys; got {_kind(keys)}.",
                    keys,
                    list(SECTIONS),
                    f'Did you mean {{"{meant.section}": {{"{section}": …}}}}?'
                    if meant
                    else None
                    if section in SECTIONS
                    else suggest(section, SECTIONS),
                )
            )
            continue
        if section not in SECTIONS:
            warnings.append(
                Problem(section, f"Unknown section: {section!r}.", None, list(SECTIONS), suggest(section, SECTIONS))
            )
        for key, value in keys.items():
            path = f"{section}.{key}"
            option = locate(section, key)
            if option is None:
                own = [known.name for known in OPTIONS]
                warnings.append(Problem(path, f"Unknown key: {key!r}; it has no effect.", None, None, suggest(key, own)))
                continue
            try:
                value = read(option, value, path)
            except Unreadable as fault:
                problems.append(problem(path, value, fault))
                continue
            rank = 0 if section == "general_settings" else 1 if (section, key) in BY_PATH else 2
            earlier = found.get(option.path)
            if earlier and earlier[2] != value:
                loser, winner = (earlier[1], path) if rank < earlier[0] else (path, earlier[1])
                warnings.append(Problem(loser, f"Overruled by {winner}, which gives the same key another value."))
            if earlier is None or rank < earlier[0]:
                found[option.path] = (rank, path, value)
    return Document(
        {path: value for path, (_, _, value) in found.items()},
        {path: place for path, (_, place, _) in found.items()},
        tuple(problems),
        tuple(warnings),
    )


def _merge(name: str, base: Document, given: Document) -> Examination:
    if base.problems:
        raise RuntimeError(f"template {name}: {base.problems[0]}")
    if given.problems:
        return Examination(None, given.problems, given.warnings)
    values = {option.path: option.default for option in OPTIONS} | dict(base.values) | dict(given.values)
    places = {option.path: option.path for option in OPTIONS} | dict(given.places)
    raw, problems, warnings = to_engine(values, given.values, places)
    if problems:
        return Examination(None, problems, (*given.warnings, *warnings))
    try:
        config = parse(OpticalConfig, raw)
    except ConfigError as error:
        problems = tuple(from_engine(fault, places) for fault in error.problems)
        return Examination(None, problems, (*given.warnings, *warnings))
    idle = tuple(
        Problem(places[option.path], f"Has no effect: {option.idle}.", given.values[option.path])
        for option in OPTIONS
        if option.idle
        and option.path in given.values
        and given.values[option.path] != option.default
        and given.values[option.path] != base.values.get(option.path, option.default)
    )
    stated = {path: values[path] for path in values if path in base.values or path in given.values or _always(path)}
    doubts = tuple(from_engine(doubt, places) for doubt in config.warnings())
    decoded = Decoded(name, config, _nested(stated, places), (*given.warnings, *warnings, *idle), doubts)
    return Examination(decoded, (), decoded.warnings)


def _always(path: str) -> bool:
    """Keys that a frozen configuration always states: what the original needs to start, and what a result depends on."""
    return next(
        option.required or option.essential or path == "rl_settings.is_training" for option in OPTIONS if option.path == path
    )


def _nested(values: Mapping[str, Any], places: Mapping[str, str]) -> Nested:
    """By section, in the order of the table; a key that was given in another known section stands there too."""
    nested: Nested = {section: {} for section in SECTIONS}
    for option in OPTIONS:
        if option.path in values:
            for section in (option.section, *option.also):
                nested[section][option.name] = values[option.path]
    for path, place in places.items():
        section, _, key = place.rpartition(".")
        if path in values and section in nested and key not in nested[section]:
            nested[section][key] = values[path]
    return {section: keys for section, keys in nested.items() if keys}


def _missing(given: Document, options: Iterable[Option], values: Mapping[str, Any] | None = None) -> Iterator[Problem]:
    failed = {fault.path.rpartition(".")[2] for fault in given.problems}
    for option in options:
        if option.path not in given.values and option.name not in failed:
            value = (values or {}).get(option.path, option.default)
            yield Problem(option.path, f"Using default value: {option.text(value)}")


def _kind(value: Any) -> str:
    return {
        "dict": "an object",
        "list": "a list",
        "str": "a text",
        "NoneType": "null",
        "bool": "true or false",
        "int": "a number",
        "float": "a number",
    }.get(type(value).__name__, type(value).__name__)
