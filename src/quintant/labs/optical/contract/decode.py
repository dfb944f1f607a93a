"""From a template and overrides to a Run's Config: FUSION's keys in, `OpticalConfig` in replay mode out.

Rules of the dialect: overrides win over the template; a known key is understood in any section; within one document
`general_settings` wins over a key's own section, and that over any other; unknown sections and keys are left out aloud,
as warnings; what the engine cannot honour is refused, with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from quintant.errors import ConfigError, Problem, first_told
from quintant.json_value import Json
from quintant.labs.optical.config import OpticalConfig
from quintant.labs.optical.contract import effect, ini, template
from quintant.labs.optical.contract.option import Option, Unreadable
from quintant.labs.optical.contract.options import ANYWHERE, OPTIONS, OWN, SECTIONS, TABLE, locate
from quintant.labs.optical.contract.translate import Translation
from quintant.wire.body import word
from quintant.wire.reader import Reading

Nested = dict[str, dict[str, Json]]
NETWORK = "general_settings.network"
PROCESS_SECTION = re.compile(r"s\d+")


@dataclass
class Document(Reading):
    """What one document says: values by option path (`own`) with the path where each stood, and what is wrong or doubtful."""

    ranks: dict[str, int] = field(default_factory=dict)

    def read_section(self, section: str, keys: Json, read: Callable[[Option, Json], Json]) -> None:
        if PROCESS_SECTION.fullmatch(section):
            text = "This section configures a second process of the original's runner; it has no effect here,"
            self.warn(section, f"{text} as in the original's batch runner.")
            return
        if not isinstance(keys, Mapping):
            meant = ANYWHERE.get(section)
            hint = f'Did you mean {{"{meant.section}": {{"{section}": …}}}}?' if meant else None
            hint = hint or (None if section in SECTIONS else self.near(section, SECTIONS))
            text = f"must be an object of keys; got {word(keys)}."
            self.refuse(Problem(section, text, keys, list(SECTIONS), hint))
            return
        if section not in SECTIONS:
            hint = self.near(section, SECTIONS)
            self.warnings.append(Problem(section, f"Unknown section: {section!r}.", None, list(SECTIONS), hint))
        for name, value in keys.items():
            path, option = f"{section}.{name}", locate(section, name)
            if option is None:
                self.warn(path, f"Unknown key: {name!r}; it has no effect.", hint=self.near(name, ANYWHERE))
                continue
            try:
                self.take(option, read(option, value), section, path)
            except Unreadable as fault:
                self.refuse(fault.problem(path, value))

    def take(self, option: Option, value: Json, section: str, path: str) -> None:
        """One value for a key may win over another, aloud."""
        rank = 0 if section == "general_settings" else 1 if path in OWN else 2
        first, wins = option.path not in self.own, rank < self.ranks.get(option.path, 3)
        if not first and self.own[option.path] != value:
            loser, winner = (self.places[option.path], path) if wins else (path, self.places[option.path])
            self.warn(loser, f"Overruled by {winner}, which gives the same key another value.")
        if wins:
            self.ranks[option.path], self.places[option.path], self.own[option.path] = rank, path, value


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
        return first_told((*self.dialect, *self.doubts))


@dataclass(frozen=True)
class Examination:
    """What came of looking at a configuration: `decoded` unless there are problems, and the warnings either way."""

    decoded: Decoded | None
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]


def decode(name: str, overrides: Mapping[str, Json]) -> Decoded:
    """The Run that `overrides` on the template `name` ask for, or ConfigError with every fault."""
    examination = _merge(name, read_ini(template.find(name).content), read_json(overrides))
    if examination.decoded is None:
        raise ConfigError(examination.problems)
    return examination.decoded


def examine(name: str, overrides: Mapping[str, Json]) -> Examination:
    """The same without raising, and with a warning for each essential key that the overrides leave to the template."""
    base, stated = read_ini(template.find(name).content), read_json(overrides)
    missing = _missing(stated, (option for option in OPTIONS if option.essential), base.own)
    return _and(_merge(name, base, stated), missing)


def examine_ini(text: str) -> Examination:
    """A whole configuration as INI, without a template, and with a warning for each missing key that the original needs."""
    stated = read_ini(text)
    if any(fault.path.startswith("line ") for fault in stated.faults):
        return Examination(None, tuple(stated.faults), ())
    missing = tuple(_missing(stated, (option for option in OPTIONS if option.required), {}))
    others = tuple(doubt for doubt in missing if doubt.path != NETWORK)
    if others != missing:
        lacking = Problem(NETWORK, "is required.", None, None, "Begin with [general_settings] and name the network.")
        return Examination(None, (lacking, *stated.faults), (*stated.warnings, *others))
    return _and(_merge("", Document(), stated), missing)


def _and(examination: Examination, more: Iterable[Problem]) -> Examination:
    return Examination(examination.decoded, examination.problems, (*examination.warnings, *more))


def read_ini(text: str) -> Document:
    try:
        return _read(ini.parse(text), Option.read_text)
    except ConfigError as error:
        return Document(faults=list(error.problems))


def read_json(sections: Json) -> Document:
    if not isinstance(sections, Mapping):
        return Document(faults=[Problem("config", f"must be an object of sections; got {word(sections)}.", sections)])
    return _read(sections, Option.read_json)


def typed(text: str) -> Nested:
    """INI text as typed nested values, section by section as it stands. For texts that are known to be valid."""
    nested: Nested = {}
    for section, keys in ini.parse(text).items():
        for key, value in keys.items():
            option = locate(section, key)
            nested.setdefault(section, {})[key] = option.read_text(value) if option else value
    return nested


def _read(sections: Mapping[str, Json], read: Callable[[Option, Json], Json]) -> Document:
    document = Document()
    for section, keys in sections.items():
        document.read_section(section, keys, read)
    return document


def _merge(name: str, base: Document, stated: Document) -> Examination:
    if base.faults:
        raise RuntimeError(f"template {name}: {base.faults[0]}")
    if stated.faults:
        return Examination(None, tuple(stated.faults), tuple(stated.warnings))
    values = {option.path: option.default for option in OPTIONS} | base.own | stated.own
    places = {option.path: option.path for option in OPTIONS} | stated.places
    translation = Translation(values=values, stated=stated.own, places=places)
    warnings = (*stated.warnings, *translation.warnings)
    try:
        config = TABLE.config_of(translation)
    except ConfigError as error:
        return Examination(None, error.problems, warnings)
    idle = effect.unread(config, stated.own, base.own, places)
    shown = {option.path: values[option.path] for option in OPTIONS if _is_shown(option, base, stated)}
    doubts = tuple(TABLE.on_the_wire(doubt, places) for doubt in config.warnings())
    decoded = Decoded(name, config, _nested(shown, places), (*warnings, *idle), doubts)
    return Examination(decoded, (), decoded.warnings)


def _is_shown(option: Option, base: Document, stated: Document) -> bool:
    """Whether a frozen configuration states a key: where it was given, where the original needs it to start, and where a
    result depends on it."""
    stated_somewhere = option.path in base.own or option.path in stated.own
    return stated_somewhere or option.required or option.essential or option.path == "rl_settings.is_training"


def _nested(values: Mapping[str, Json], places: Mapping[str, str]) -> Nested:
    """By section, in the order of the table; a key that was given in another known section stands there too."""
    nested: Nested = {section: {} for section in SECTIONS}
    for option in OPTIONS:
        if option.path in values:
            for section in option.sections:
                nested[section][option.name] = values[option.path]
    for path, place in places.items():
        section, _, key = place.rpartition(".")
        if path in values and section in nested and key not in nested[section]:
            nested[section][key] = values[path]
    return {section: keys for section, keys in nested.items() if keys}


def _missing(stated: Document, options: Iterable[Option], values: Mapping[str, Json]) -> Iterator[Problem]:
    failed = {fault.path.rpartition(".")[2] for fault in stated.faults}
    for option in options:
        if option.path not in stated.own and option.name not in failed:
            yield Problem(option.path, f"Using default value: {option.text(values.get(option.path, option.default))}")
