"""Overlay: keys that somebody gave, laid over a preset, the config of a Run, or the lab's defaults.

Who changes one key of a preset did not write the others. Those that are tied to it (`Preset.follows`) follow it; those that
no longer go with it give way to the nearest bound or to their default; both are told as warnings. What is refused all the same
says where it comes from. Only keys that nobody gave do so: a key that was given stays, or is refused.

    {"num_of_rounds": 3}           replaces a key whole
    {"demand.high_gbps": 200}      reaches into an object, whose other keys stay; into a list by index
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

from pydantic_core import PydanticUndefined

from quintant.config import Config, parse
from quintant.errors import MOST_TOLD, ConfigError, Problem, TooManyKeys
from quintant.lab import Preset
from quintant.runs.run import Run
from quintant.runs.sweep import Sweep, placed, reachable

C = TypeVar("C", bound=Config)
ABSENT: Any = object()


@dataclass(frozen=True)
class Base:
    """What keys are laid over. `name`: "preset fedavg", "run 4f2a01c93bd0", "" for the lab's defaults.

    `follows`: path -> the key whose value stands there too. `flexible`: its keys give way to those that are given."""

    name: str = ""
    config: Mapping[str, Any] = field(default_factory=dict)
    follows: Mapping[str, str] = field(default_factory=dict)
    flexible: bool = False

    @classmethod
    def of_preset(cls, preset: Preset) -> Base:
        return cls(f"preset {preset.name}", preset.config, preset.follows, True)

    @classmethod
    def of_run(cls, run: Run) -> Base:
        return cls(f"run {run.id}", run.config)


DEFAULTS = Base()


@dataclass(frozen=True)
class Overlaid(Generic[C]):
    """`notes`: what followed and what gave way, as warnings."""

    config: C
    notes: tuple[Problem, ...] = ()


def overlay(kind: type[C], base: Base, changes: Mapping[str, Any], point: Mapping[str, Any] | None = None) -> Overlaid[C]:
    """The config of `changes` over `base`, with the point of a sweep put in. ConfigError with every fault that remains."""
    own_keys = (*changes, *(point or {}))
    raw = with_point(kind, with_changes(kind, base.config, changes), point or {})
    notes = list(_followers(kind, base, raw, own_keys))
    yielded: dict[str, Problem] = {}
    while True:
        try:
            return Overlaid(parse(kind, raw), tuple(notes))
        except ConfigError as error:
            yielding = [
                (problem, now)
                for problem in error.problems
                if base.flexible and own_keys and problem.path not in yielded and not _is_given(problem.path, own_keys)
                if (now := _giving_way(kind, base, problem)) is not None
            ]
            if not yielding:
                problems = [yielded.get(problem.path, problem) for problem in error.problems]
                if isinstance(error, TooManyKeys) or len(problems) > MOST_TOLD:
                    raise
                raise ConfigError([_traced(base, kind, own_keys, problem) for problem in problems]) from None
            for problem, now in yielding:
                _put(raw, problem.path, now.value)
                yielded[problem.path] = problem
                notes.append(now)


def base_of_sweep(sweep: Sweep) -> tuple[Base, Mapping[str, Any]]:
    """What the points of a sweep were laid over, and the keys that were given beside it: a point that is added later has what
    it would have had at first."""
    kept = sweep.request.get("base")
    if kept is None:  # of a store that is older than this: what followed the preset's keys is not known any more
        return Base(f"sweep {sweep.id}", sweep.request["config"]), {}
    return Base(kept["name"], kept["config"], kept["follows"], kept["flexible"]), sweep.request["given"]


def with_changes(kind: type[Config], base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """`base` with keys replaced: whole ones first, then those that reach into objects and lists."""
    whole = {key: value for key, value in changes.items() if "." not in key}
    return with_point(kind, {**base, **whole}, {key: value for key, value in changes.items() if "." in key}, "")


def with_point(
    kind: type[Config], config: Mapping[str, Any], point: Mapping[str, Any], named: str = "sweep."
) -> dict[str, Any]:
    return placed(reachable(kind, config, point), point, named)


def refuse_twice(changes: Mapping[str, Any], axes: Mapping[str, Sequence[Any]]) -> None:
    """ConfigError for each key that is given one value and swept over others: one of the two would have no effect."""
    problems = []
    for axis in axes:
        for key, value in changes.items():
            within = axis.removeprefix(f"{key}.")
            inner = value if axis == key else _value(value, within) if within != axis else ABSENT
            if inner is not ABSENT or key.startswith(f"{axis}."):
                shown = f"{inner!r:.60}" if inner is not ABSENT else f"{value!r:.60} at {key}"
                text = f"is swept and set to {shown} as well: one of the two would have no effect."
                problems.append(Problem(f"sweep.{axis}", text, None, None, "Set it, or sweep it."))
    if problems:
        raise ConfigError(problems)


# --- what follows ---


def _followers(kind: type[Config], base: Base, raw: dict[str, Any], own_keys: Iterable[str]) -> Iterator[Problem]:
    for path, key in base.follows.items():
        before, now = _whole(kind, base.config, key), _whole(kind, raw, key)
        if before == now or _is_given(path, own_keys) or _value(raw, path) is ABSENT:
            continue
        _put(raw, path, now)
        yield Problem(path, f"follows {key}: it is {now!r:.40} here, {before!r:.40} in {base.name}.", now)


def _giving_way(kind: type[Config], base: Base, problem: Problem) -> Problem | None:
    """What takes the place of a value of the base that a rule refuses: nothing where the key is not known, the default where
    the rule takes it, and inside of a list the bound that a number lies beyond. A number of a key of its own stays: to set it
    is one word, and only who asks knows which."""
    before, allowed = _value(base.config, problem.path), problem.allowed
    if before is ABSENT:
        return None
    *parents, last = problem.path.split(".")
    had = f"here; {base.name} has {before!r:.40} ({problem.message.rstrip('.').partition('; got')[0]})."
    if parents and isinstance(allowed, Mapping) and isinstance(before, (int, float)) and not isinstance(before, bool):
        bounds = [allowed[name] for name in ("minimum", "maximum") if name in allowed]
        nearest = min(bounds, key=lambda bound: abs(bound - before), default=None)
        return None if nearest is None else Problem(problem.path, f"is {nearest} {had}", nearest)
    if not isinstance(allowed, list):
        return None
    if parents:
        unknown = isinstance(_value(base.config, ".".join(parents)), Mapping) and last not in allowed
        return Problem(problem.path, f"is left out {had}", ABSENT) if unknown else None
    default = _default(kind, last)
    if default is None or (default is not ABSENT and default in allowed):
        return Problem(problem.path, f"is {'left empty' if default is None else repr(default)} {had}", default)
    return None


def _is_given(path: str, own_keys: Iterable[str]) -> bool:
    return any(path == key or path.startswith(f"{key}.") or key.startswith(f"{path}.") for key in own_keys)


def _traced(base: Base, kind: type[Config], own_keys: Iterable[str], problem: Problem) -> Problem:
    """A refusal with the origin of its value where nobody gave it."""
    if not problem.path or problem.value is None or not own_keys or _is_given(problem.path, own_keys):
        return problem
    if _value(base.config, problem.path) == problem.value:
        return replace(problem, message=f"{problem.message} It is so in {base.name}.")
    if _value(base.config, problem.path) is ABSENT and _default(kind, problem.path) == problem.value:
        return replace(problem, message=f"{problem.message} It is so by default.")
    if _value(base.config, problem.path) in (ABSENT, None) and _default(kind, problem.path) is None:
        return replace(problem, message=f"{problem.message} Nobody gave it: it follows from other keys.")
    return problem


# --- places ---


def _default(kind: type[Config], key: str) -> Any:
    """The default of a key as JSON has it; ABSENT where there is none."""
    field = kind.model_fields.get(key)
    default = ABSENT if field is None else field.get_default(call_default_factory=True)
    return ABSENT if default is PydanticUndefined else default


def _whole(kind: type[Config], config: Mapping[str, Any], key: str) -> Any:
    return config[key] if key in config else _default(kind, key)


def _value(here: Any, path: str) -> Any:
    """What stands at a dotted path of a JSON value; ABSENT where it leads nowhere."""
    for part in path.split("."):
        if isinstance(here, Mapping) and part in here:
            here = here[part]
        elif isinstance(here, (list, tuple)) and part.isdecimal() and int(part) < len(here):
            here = here[int(part)]
        else:
            return ABSENT
    return here


def _put(raw: dict[str, Any], path: str, value: Any) -> None:
    """Put a value where one stands (ABSENT takes it out); what is on the way is copied, for it may be a preset's own."""
    top, *rest = path.split(".")
    if rest:
        raw[top] = copy.deepcopy(raw[top])
    inner: Any = raw
    for part in (top, *rest)[:-1]:
        inner = inner[int(part)] if isinstance(inner, list) else inner[part]
    last = int(rest[-1]) if rest and isinstance(inner, list) else (rest or [top])[-1]
    if value is ABSENT:
        del inner[last]
    else:
        inner[last] = value


__all__ = ["DEFAULTS", "Base", "Overlaid", "base_of_sweep", "overlay", "refuse_twice", "with_changes", "with_point"]
