"""Applicability: which keys of a Config are read, and what is told of those that are not.

A key has been *given* when its value is not its default, or when somebody set it by hand. One that was given and is not
read has no effect, and that is never left unsaid.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from quintant.config.annotation import models_in
from quintant.config.condition import Condition, Never, Nowhere, spoken
from quintant.config.key import keys_of
from quintant.errors import Problem

MOST_TOLD = 3
"""Of the same key in the elements of a list, so many are told one by one; the rest is counted. So many reasons are told."""


def unread(config: BaseModel, own_keys: Collection[str] = ()) -> Iterator[Problem]:
    """A Problem for each key that was given and is not read; `own_keys`: dotted paths that were set by hand."""
    times: dict[tuple[type[BaseModel], str], list[Problem]] = {}
    by_hand = dict.fromkeys(own_keys)
    for place, name, problem in _unread_below(config, config, "", by_hand):
        times.setdefault((place, name), []).append(problem)
    for problems in times.values():
        shown, rest = problems[:MOST_TOLD], len(problems) - MOST_TOLD
        yield from shown[:-1] if rest > 0 else shown
        if rest > 0:
            last = shown[-1]
            more = f"{rest} other place{'' if rest == 1 else 's'}"
            yield Problem(last.path, f"{last.message} The same holds in {more}.", last.value)


def why_unread(config: BaseModel, path: str) -> Problem | None:
    """Why the key at a dotted path (or an object that it lies in) is not read; None when it is, or when it is no key."""
    part: Any = config
    walked: list[str] = []
    for name in path.split("."):
        walked.append(name)
        if isinstance(part, BaseModel):
            known = keys_of(type(part)).get(name)
            if known is None:
                return None
            if known.when is not None and not known.when.holds(part, config):
                return _problem(".".join(walked), getattr(part, name), known.when, part, config)
            part = getattr(part, name)
        elif isinstance(part, Mapping):
            part = part.get(name)
        elif isinstance(part, (list, tuple)) and name.isdecimal() and int(name) < len(part):
            part = part[int(name)]
        else:
            return None
    return None


def because(when: Condition, part: Any, config: Any) -> str:
    """The values by which a condition fails: ", and neuron_model is lif"; nothing where its words say it, or there are many."""
    reasons = dict(when.reasons(part, config))
    phrases = [
        f"not one of {path} is so" if isinstance(value, Nowhere) else f"{path} is {spoken(value)}"
        for path, value in reasons.items()
    ]
    return f", and {' and '.join(phrases)}" if 0 < len(phrases) <= MOST_TOLD else ""


def _unread_below(
    part: BaseModel, config: BaseModel, path: str, by_hand: Mapping[str, None]
) -> Iterator[tuple[type[BaseModel], str, Problem]]:
    kind = type(part)
    for name, (when, default, deep) in _facts(kind).items():
        if path and name not in part.model_fields_set:  # of a list of many thousand objects, most keys are left out
            continue
        value, here = getattr(part, name), f"{path}{name}"
        if when is not None and not when.holds(part, config):
            if value != default or here in by_hand or any(set_path.startswith(f"{here}.") for set_path in by_hand):
                yield kind, name, _problem(here, value, when, part, config)
        elif deep:
            for inner_path, inner in _parts(value, here):
                yield from _unread_below(inner, config, f"{inner_path}.", by_hand)


def _problem(path: str, value: Any, when: Condition, part: Any, config: Any) -> Problem:
    shown = value if isinstance(value, (str, int, float, bool)) or value is None else None
    if isinstance(when, Never):
        return Problem(path, f"is never read ({when.why}): it has no effect here.", shown)
    why = because(when, part, config)
    return Problem(path, f"is read only when {when.sentence()}{why}: it has no effect here.", shown)


def _parts(value: Any, path: str) -> Iterator[tuple[str, BaseModel]]:
    """The nested objects that a value is or holds."""
    if isinstance(value, BaseModel):
        yield path, value
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _parts(inner, f"{path}.{name}")
    elif isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        if value and isinstance(value[0], (int, float)):
            return
        for at, inner in enumerate(value):
            yield from _parts(inner, f"{path}.{at}")


@cache
def _facts(kind: type[BaseModel]) -> Mapping[str, tuple[Condition | None, Any, bool]]:
    """The keys that may be unread or hold objects with such keys: condition, default, whether it may hold objects."""
    facts = {}
    for name, known in keys_of(kind).items():
        field = kind.model_fields[name]
        default = field.get_default(call_default_factory=True)
        deep = _may_hold_parts(field.annotation)
        if known.when is not None or deep:
            facts[name] = (known.when, None if default is PydanticUndefined else default, deep)
    return facts


def _may_hold_parts(annotation: Any) -> bool:
    return any(True for _ in models_in(annotation))
