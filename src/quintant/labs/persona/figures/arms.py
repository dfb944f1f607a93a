"""Arms: the conditions that are compared, each one config with its replicates, by name and colour."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from quintant.config import canonical
from quintant.figure import Theme
from quintant.figure.number import SPACE
from quintant.figure.replicates import differing, fold
from quintant.lab import Outcome
from quintant.labs.persona.config import PersonaConfig
from quintant.labs.persona.results import NOTICE

MOST_ARMS = 6
MOST_NAME = 34


@dataclass(frozen=True)
class Arm:
    """One config and its outcomes, which differ in root seed."""

    name: str
    config: PersonaConfig
    outcomes: tuple[Outcome, ...]

    @property
    def condition(self) -> str:
        """CONTROL, or "TRAUMA then CONTROL"."""
        given = self.config
        return f"{given.condition} then {given.recovery_condition}" if given.recovery_condition else given.condition


def arms(outcomes: Sequence[Outcome]) -> tuple[tuple[Arm, ...], tuple[str, ...]]:
    """At most MOST_ARMS arms in the order of their first run, and badges for what was left out."""
    folded = fold(outcomes, PersonaConfig)
    badges = [badge for one in folded for badge in one.badges]
    if len(folded) > MOST_ARMS:
        badges.append(f"the first {MOST_ARMS} of {len(folded)} arms drawn")
    made = [Arm("", one.config, one.outcomes) for one in folded[:MOST_ARMS]]
    names = _names(made)
    return tuple(Arm(name, one.config, one.outcomes) for name, one in zip(names, made, strict=True)), tuple(badges)


def _names(made: Sequence[Arm]) -> list[str]:
    """By condition; by condition and the keys that differ besides, where a condition comes twice."""
    plain = [one.condition for one in made]
    if len(set(plain)) == len(plain):
        return plain
    settings = [one.config.model_dump(mode="json") for one in made]
    keys = [key for key in differing(settings) if key not in ("condition", "recovery_condition")]
    found = []
    for one, given in zip(made, settings, strict=True):
        told = ", ".join(f"{key.replace('_', ' ')} {_spoken(given[key])}" for key in keys)
        found.append(f"{one.condition}, {told}"[:MOST_NAME])
    if len(set(found)) < len(found):
        found = [f"{name} ({number})" for number, name in enumerate(found, start=1)]
    return found


def _spoken(value: Any) -> str:
    return value if isinstance(value, str) else canonical(value).decode()


def colours(made: Sequence[Arm], theme: Theme) -> list[str]:
    """Control blue, stress vermillion, trauma violet; arms of one condition take the colours in turn."""
    of = {
        "CONTROL": theme.series[0],
        "STRESS": theme.series[1],
        "TRAUMA": theme.series[3] if theme.name == "light" else theme.series[4],
        "NEUTRAL": theme.series[2],
        "MINIMAL": theme.series[4] if theme.name == "light" else theme.series[5],
    }
    firsts = [one.config.condition for one in made]
    if len(set(firsts)) == len(firsts):
        return [of[one] for one in firsts]
    return [theme.colour(place) for place in range(len(made))]


def facts(made: Sequence[Arm]) -> tuple[str, ...]:
    """The notice first, then what all arms share."""
    config = made[0].config
    told = [NOTICE.removesuffix(".")]
    shared = {"duration_days": f"{config.duration_days} days", "assessment_interval_days": _interval(config)}
    shared["backend"] = _backend(config)
    shared["contrast_gain"] = f"gain {config.contrast_gain:g} (a convention)"
    for name, words in shared.items():
        if all(getattr(one.config, name) == getattr(config, name) for one in made):
            if name == "contrast_gain" and not _contrasts(made):
                continue
            told.append(words)
    return tuple(told)


def _interval(config: PersonaConfig) -> str:
    days = config.assessment_interval_days
    return "a session a day" if days == 1 else f"sessions every {days} days"


def _backend(config: PersonaConfig) -> str:
    backend = config.backend
    return backend.model or {"embedded": "SmolLM2-135M-Instruct"}.get(backend.kind, backend.kind)


def _contrasts(made: Sequence[Arm]) -> bool:
    """Whether scores are calibrated contrasts: as the runs say, or as their configs are bound to do."""
    methods = {one.documents["notice"]["method"] for arm in made for one in arm.outcomes if "notice" in one.documents}
    if methods:
        return "statement_contrast" in methods
    return any(one.config.backend.kind in ("embedded", "folder") and one.config.scoring != "self_report" for one in made)


def listed(words: Iterable[str]) -> str:
    """ "a, b and c"."""
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def points(change: float) -> str:
    """A change in points with its sign: "+3.7", "−0.3", "0"."""
    text = f"{abs(change):.1f}".removesuffix(".0")
    return text if text == "0" else f"{'+' if change > 0 else '−'}{text}"


def many(count: int, noun: str) -> str:
    return f"{count}{SPACE}{noun}{'' if count == 1 else 's'}"
