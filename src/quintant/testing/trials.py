"""Trials of keys: whether each one does what its `when` says.

A key that is read changes the config's hash and something that the engine does; one that is not read changes nothing that
the engine does, and is told. Configs in which a key is read, and in which it is not, are found from its condition.

    @pytest.mark.parametrize("name", trials.names(LAB))
    def test_a_key_that_is_read_has_an_effect(name):
        trials.has_an_effect(LAB, SMALL, name, TRIALS.get(name, Trial()))
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import NoneType
from typing import Any, Literal, get_args, get_origin

import orjson
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from quintant.config import (
    Above,
    All,
    AnyOf,
    Condition,
    Config,
    Given,
    In,
    Meaning,
    Not,
    Some,
    canonical,
    config_hash,
    keys_of,
    parse,
)
from quintant.config.annotation import alternatives, models_reached
from quintant.errors import ConfigError, EngineError
from quintant.lab import Lab, Preset
from quintant.runs.overlay import Base, overlay
from quintant.runs.sweep import placed
from quintant.testing.execution import run

Raw = dict[str, Any]
UNKNOWN: Any = object()
MOST_PATCHES = 200
MOST_READINGS = 8


@dataclass(frozen=True)
class Trial:
    """How a key is tried where what can be found by itself does not do.

    `value`: another value than the config's. `beside`: what else the config holds while the key is read. `unread`: what it
    holds while it is not, where that cannot be found from the condition. `because`: why the key changes nothing that a
    result shows.
    """

    value: Any = UNKNOWN
    beside: Mapping[str, Any] = field(default_factory=dict)
    unread: Mapping[str, Any] | None = None
    because: str | None = None


def names(lab: Lab) -> list[str]:
    return list(keys_of(lab.config))


def conditional(lab: Lab) -> list[str]:
    return [name for name, known in keys_of(lab.config).items() if known.when is not None]


def has_an_effect(lab: Lab, config: Mapping[str, Any], name: str, trial: Trial, echoes: tuple[str, ...] = ()) -> None:
    """Where the key is read, another value of it changes the hash of the config, and what the engine does.

    `echoes`: documents of the result that say the config again, and are no effect.
    """
    tried = 0
    for raw in readings(lab.config, {**config, **trial.beside}, name, read=True):
        before = parse(lab.config, raw)
        after = changed(lab.config, raw, name, trial)
        if after is None:
            continue
        assert config_hash(before) != config_hash(after)
        assert [problem.path for problem in after.unread([name]) if problem.path == name] == []
        if trial.because is not None:
            return
        (was, stopped), (came, stopped_too) = done(lab, before, echoes), done(lab, after, echoes)
        tried += not stopped
        if not stopped and not stopped_too and was != came:
            return
    if trial.because is not None:
        return
    assert tried, f"{name}: no config was found in which it is read and takes another value"
    raise AssertionError(f"{name}: another value changed nothing in {tried} configs in which it is read")


def has_no_effect(lab: Lab, config: Mapping[str, Any], name: str, trial: Trial) -> int:
    """Where the key is not read, another value changes nothing that the engine does, and is told. Returns the configs tried."""
    tried = 0
    bases = [{**config, **trial.unread}] if trial.unread is not None else [{**config, **trial.beside}, dict(config)]
    seen: set[bytes] = set()
    for raw in (raw for base in bases for raw in readings(lab.config, base, name, read=False)):
        before = parse(lab.config, raw)
        after = changed(lab.config, raw, name, trial)
        if after is None or canonical(before) in seen:
            continue
        seen.add(canonical(before))
        messages = [problem.message for problem in after.unread([name]) if problem.path == name]
        assert len(messages) == 1 and messages[0].endswith("it has no effect here."), f"{name}: nothing was told in {raw}"
        assert after.why_unread(name) is not None
        outcome = done(lab, before)
        assert outcome == done(lab, after), f"{name} has an effect where it is said to be not read: {raw}"
        tried += not outcome[1]
    assert tried, f"{name}: no config was found in which it is not read"
    return tried


def nested(lab: Lab) -> set[str]:
    """`Part.key` of every conditional key of a nested part."""
    return {
        f"{kind.__name__}.{name}"
        for kind in models_reached(lab.config)
        if kind is not lab.config
        for name, known in keys_of(kind).items()
        if known.when is not None
    }


def part_has_no_effect(lab: Lab, config: Mapping[str, Any], path: str, value: Any) -> None:
    """The key at a dotted path, in a nested part that does not read it: set to `value`, it changes nothing and is told."""
    before, after = parse(lab.config, config), parse(lab.config, placed(config, {path: value}))
    assert config_hash(before) != config_hash(after)
    assert path in [problem.path for problem in after.unread()], f"{path}: nothing was told"
    assert done(lab, before) == done(lab, after), f"{path} has an effect where it is said to be not read"


def readings(kind: type[Config], base: Mapping[str, Any], name: str, *, read: bool) -> Iterator[Raw]:
    """Configs beside `base` in which the key is read (or is not), the nearest first."""
    when = keys_of(kind)[name].when
    if when is None:
        if read:
            yield dict(base)
        return
    made = 0
    for patch in itertools.islice(patches(when, read, kind), MOST_PATCHES):
        raw = {**base, **patch}
        try:
            config = parse(kind, raw)
        except ConfigError:
            continue
        if (config.why_unread(name) is None) is read:
            yield raw
            made += 1
            if made == MOST_READINGS:
                return


def patches(when: Condition, wanted: bool, kind: type[Config]) -> Iterator[Raw]:
    """Top-level keys that make a condition hold, or fail; nothing first, for where it is so already."""
    yield {}
    yield from _patches(when, wanted, kind)


def _patches(when: Condition, wanted: bool, kind: type[Config]) -> Iterator[Raw]:
    match when:
        case Meaning():
            yield from _patches(when.condition, wanted, kind)
        case Not():
            yield from _patches(when.condition, not wanted, kind)
        case All() if wanted:
            yield from _together(when.conditions, True, kind)
        case AnyOf() if not wanted:
            yield from _together(when.conditions, False, kind)
        case All() | AnyOf():
            for inner in when.conditions:
                yield from _patches(inner, wanted, kind)
        case In():
            if "." not in when.path:
                for value in when.values if wanted else _others(kind, when.path, when.values):
                    yield {when.path.removeprefix("/"): value}
        case Above():
            if "." not in when.path:
                whole = int in alternatives_of(kind.model_fields[when.path].annotation)
                above = int(when.bound) + 1 if whole else when.bound + 1.0
                yield {when.path: above if wanted else (int(when.bound) if whole else float(when.bound))}
        case Given():
            if not wanted and "." not in when.path:
                field = kind.model_fields[when.path]
                yield {when.path: None if NoneType in alternatives_of(field.annotation) else _json(field.get_default())}
        case Some():
            return


def _together(conditions: tuple[Condition, ...], wanted: bool, kind: type[Config]) -> Iterator[Raw]:
    ways = [[{}, *itertools.islice(_patches(inner, wanted, kind), 4)] for inner in conditions]
    several = list(itertools.islice(itertools.product(*ways), 1, 2000))
    for patch_of_each in sorted(several, key=lambda patches: sum(map(bool, patches))):
        yield {key: value for patch in patch_of_each for key, value in patch.items()}


def _others(kind: type[Config], path: str, values: tuple[Any, ...]) -> Iterator[Any]:
    for annotation in alternatives_of(kind.model_fields[path].annotation):
        if annotation is bool:
            yield from (value for value in (True, False) if value not in values)
        elif get_origin(annotation) is Literal:
            yield from (value for value in get_args(annotation) if value not in values)
        elif annotation is NoneType and None not in values:
            yield None


def alternatives_of(annotation: Any) -> list[Any]:
    return list(alternatives(annotation))


def changed(kind: type[Config], raw: Raw, name: str, trial: Trial) -> Config | None:
    """The config with another value of the key, None where none is taken."""
    field = kind.model_fields[name]
    current = raw.get(name, UNKNOWN)
    if current is UNKNOWN:
        current = _json(field.get_default(call_default_factory=True))
    for value in [trial.value] if trial.value is not UNKNOWN else other_values(field, current):
        if value == current:
            continue
        try:
            return parse(kind, {**raw, name: value})
        except ConfigError:
            continue
    return None


def other_values(field: FieldInfo, current: Any) -> Iterator[Any]:
    """Values that a key might take beside its current one."""
    for annotation in alternatives_of(field.annotation):
        if annotation is bool:
            yield not current
        elif annotation is int:
            yield from (current + 1, current - 1, 2 * current) if isinstance(current, int) else (1, 2, 7)
        elif annotation is float:
            yield from (current * 1.5 + 0.25, current / 2, -current) if isinstance(current, (int, float)) else (0.5, 1.0, 3.0)
        elif get_origin(annotation) is Literal:
            yield from get_args(annotation)
        elif annotation is NoneType:
            yield None


def preset_takes(lab: Lab, preset: Preset, name: str) -> tuple[int, int]:
    """Whether a preset takes other values of one of its lab's keys: each is accepted, or refused for its own sake, or the
    refusal says where the other value comes from. Returns how many were tried, and accepted."""
    base, field = Base.of_preset(preset), lab.config.model_fields[name]
    current = preset.config.get(name, _json(field.get_default(call_default_factory=True)) if not field.is_required() else None)
    values = [value for value in other_values(field, current) if value != current]
    accepted = 0
    for value in values:
        try:
            config = overlay(lab.config, base, {name: value}).config
        except ConfigError as error:
            strangers = [problem for problem in error.problems if not f"{problem.path}.".startswith(f"{name}.")]
            lost = [str(problem) for problem in strangers if not re.search(ORIGINS, problem.message)]
            assert lost == [], f"{preset.name} with {name} = {value!r}: nobody wrote that, and nothing says where it is from"
        else:
            accepted += 1
            assert _json(getattr(config, name)) == value
    return len(values), accepted


ORIGINS = r"It is so (in preset|by default)|it follows from other keys\.|is required"


def _json(value: Any) -> Any:
    return orjson.loads(canonical(value)) if isinstance(value, (BaseModel, tuple, list, dict)) else value


_OUTCOMES: dict[tuple[str, bytes, tuple[str, ...]], tuple[bytes, bool]] = {}


def done(lab: Lab, config: Config, echoes: tuple[str, ...] = ()) -> tuple[bytes, bool]:
    """All that the engine tells of a config with one root seed: its facts, tables, metrics and documents; and whether it
    refused to go on. `echoes`: documents that are left out."""
    key = (lab.engine, canonical(config), echoes)
    if key not in _OUTCOMES:
        _OUTCOMES[key] = _done(lab, config, echoes)
    return _OUTCOMES[key]


def _done(lab: Lab, config: Config, echoes: tuple[str, ...]) -> tuple[bytes, bool]:
    import pyarrow as pa

    from quintant.runs.record import result_hash

    try:
        steps, result = run(lab, config, 1)
    except EngineError as error:
        return str(error).encode(), True
    facts = [(event.kind, event.payload) for step in steps for event in step.events]
    batches: dict[str, list[pa.RecordBatch]] = {}
    for name, batch in ((name, batch) for step in steps for name, batch in step.tables.items()):
        batches.setdefault(name, []).append(batch)
    tables = {name: pa.Table.from_batches(parts) for name, parts in batches.items()}
    documents = {name: body for name, body in result.documents.items() if name not in echoes}
    result = replace(result, tables={**tables, **result.tables}, documents=documents)
    return result_hash(result).encode() + canonical(facts), False


__all__ = ["Trial", "conditional", "has_an_effect", "has_no_effect", "names", "nested", "part_has_no_effect", "preset_takes"]
