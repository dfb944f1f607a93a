"""Arms: the conditions that are compared, each one config with its replicates, by name and colour."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from quintant.config import canonical
from quintant.figure import Theme
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
        recovery = self.config.recovery_condition
        return f"{self.config.condition} then {recovery}" if recovery else self.config.condition


def arms(outcomes: Sequence[Outcome]) -> tuple[tuple[Arm, ...], tuple[str, ...]]:
    """At most MOST_ARMS arms in the order of their first run, and badges for what was left out."""
    folded = fold(outcomes, PersonaConfig)
    badges = [badge for replicates in folded for badge in replicates.badges]
    if len(folded) > MOST_ARMS:
        badges.append(f"the first {MOST_ARMS} of {len(folded)} arms drawn")
    unnamed = [Arm("", replicates.config, replicates.outcomes) for replicates in folded[:MOST_ARMS]]
    return tuple(replace(arm, name=name) for name, arm in zip(_names(unnamed), unnamed, strict=True)), tuple(badges)


def _names(arms: Sequence[Arm]) -> list[str]:
    """By condition; by condition and the keys that differ besides, where a condition comes twice."""
    plain = [arm.condition for arm in arms]
    if len(set(plain)) == len(plain):
        return plain
    settings = [arm.config.model_dump(mode="json") for arm in arms]
    keys = [key for key in differing(settings) if key not in ("condition", "recovery_condition")]
    names = []
    for condition, setting in zip(plain, settings, strict=True):
        values = ", ".join(f"{key.replace('_', ' ')} {_spoken(setting[key])}" for key in keys)
        names.append(f"{condition}, {values}"[:MOST_NAME])
    return names if len(set(names)) == len(names) else [f"{name} ({number})" for number, name in enumerate(names, start=1)]


def _spoken(value: Any) -> str:
    return value if isinstance(value, str) else canonical(value).decode()


def colours(arms: Sequence[Arm], theme: Theme) -> list[str]:
    """Control blue, stress vermillion, trauma violet; arms of one condition take the colours in turn."""
    dark = theme.name == "dark"
    hues = {
        "CONTROL": theme.series[0],
        "STRESS": theme.series[1],
        "TRAUMA": theme.series[4 if dark else 3],
        "NEUTRAL": theme.series[2],
        "MINIMAL": theme.series[5 if dark else 4],
    }
    firsts = [arm.config.condition for arm in arms]
    if len(set(firsts)) == len(firsts):
        return [hues[condition] for condition in firsts]
    return [theme.colour(place) for place in range(len(arms))]


def facts(arms: Sequence[Arm]) -> tuple[str, ...]:
    """The notice first, then what all arms share."""
    config = arms[0].config
    shared = {
        "duration_days": f"{config.duration_days} days",
        "assessment_interval_days": _interval(config),
        "backend": _backend(config),
        "contrast_gain": f"gain {config.contrast_gain:g} (a convention)" if _contrasts(arms) else "",
    }
    same = [text for key, text in shared.items() if all(getattr(arm.config, key) == getattr(config, key) for arm in arms)]
    return NOTICE.removesuffix("."), *filter(None, same)


def run_facts(outcome: Outcome, config: PersonaConfig) -> tuple[str, ...]:
    """The same of a single run, with its condition."""
    return *facts([Arm("", config, (outcome,))]), config.condition


def _interval(config: PersonaConfig) -> str:
    days = config.assessment_interval_days
    return "a session a day" if days == 1 else f"sessions every {days} days"


def _backend(config: PersonaConfig) -> str:
    backend = config.backend
    return backend.model or {"embedded": "SmolLM2-135M-Instruct"}.get(backend.kind, backend.kind)


def _contrasts(arms: Sequence[Arm]) -> bool:
    """Whether scores are calibrated contrasts: as the runs say, or as their configs are bound to do."""
    documents = [outcome.documents for arm in arms for outcome in arm.outcomes]
    methods = {document["notice"]["method"] for document in documents if "notice" in document}
    if methods:
        return "statement_contrast" in methods
    configs = [arm.config for arm in arms]
    return any(config.backend.kind in ("embedded", "folder") and config.scoring != "self_report" for config in configs)


def listed(parts: Iterable[str]) -> str:
    """ "a, b and c"."""
    *most, last = parts
    return f"{', '.join(most)} and {last}" if most else last


def points(change: float) -> str:
    """A change in points with its sign: "+3.7", "−0.3", "0"."""
    text = f"{abs(change):.1f}".removesuffix(".0")
    return text if text == "0" else f"{'+' if change > 0 else '−'}{text}"
