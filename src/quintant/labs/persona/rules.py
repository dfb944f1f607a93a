"""Which combinations of a PersonaConfig are impossible, and which are doubtful."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from quintant.errors import NotFound, Problem
from quintant.labs.persona import library
from quintant.labs.persona.parts import Persona

if TYPE_CHECKING:
    from quintant.labs.persona.config import PersonaConfig


def cast(config: PersonaConfig) -> list[Persona]:
    """The personas of a config, written out. NotFound when a name is not known."""
    return [library.persona(persona) if isinstance(persona, str) else persona for persona in config.personas]


def problems(config: PersonaConfig) -> Iterable[Problem]:
    yield from _cast_problems(config)
    if config.assessment_interval_days > config.duration_days:
        yield Problem(
            "assessment_interval_days",
            f"must not be above duration_days ({config.duration_days}); got {config.assessment_interval_days}.",
            config.assessment_interval_days,
        )
    if (config.recovery_condition is None) != (config.recovery_from_day is None):
        yield Problem(
            "recovery_from_day",
            "recovery_condition and recovery_from_day need each other; give both or neither.",
            config.recovery_from_day,
        )
    elif config.recovery_from_day is not None and config.recovery_from_day > config.duration_days:
        yield Problem(
            "recovery_from_day",
            f"must not be above duration_days ({config.duration_days}); got {config.recovery_from_day}.",
            config.recovery_from_day,
        )
    if len(set(config.instruments)) < len(config.instruments):
        yield Problem("instruments", "names one instrument twice.", list(config.instruments))
    for condition, row in _arms(config):
        stress, neutral, minimal = probabilities(config, row)
        if stress + neutral > 1:
            yield Problem(
                "neutral_event_probability",
                f"with stress_event_probability {stress:g} (condition {condition}) it must be at most {1 - stress:g}; "
                f"got {neutral:g}.",
                neutral,
            )
        for kind, probability in zip(library.EVENT_TYPES, (stress, neutral, minimal), strict=True):
            if probability > 0 and not pool(config, row, library.templates()[kind], kind):
                yield Problem(
                    "category_weights",
                    f"leave no {kind} event to draw in condition {condition}.",
                    dict(config.category_weights),
                )
        low, high = intensities(config, row)
        if low > high:
            yield Problem(
                "intensity_low", f"must not be above intensity_high ({high:g}, condition {condition}); got {low:g}.", low
            )
    known = {template.category for group in library.templates().values() for template in group}
    for name in config.category_weights:
        if name not in known:
            yield Problem(f"category_weights.{name}", "is no category of any event template.", name, sorted(known))
    yield from _backend_problems(config)


def warnings(config: PersonaConfig) -> Iterable[Problem]:
    if len(config.personas) < 3:
        yield Problem("personas", f"{len(config.personas)} personas allow no interval at cohort level.", len(config.personas))
    if config.duration_days < config.baseline_days:
        yield Problem(
            "baseline_days",
            "covers the whole run: every session is baseline, and no persona alert can be raised.",
            config.baseline_days,
        )
    elif config.baseline_days > config.assessment_interval_days:
        days = f"days {config.assessment_interval_days} to {config.baseline_days - 1}"
        yield Problem(
            "baseline_days",
            f"takes sessions of {days} into the baseline, when the condition's events have begun: changes come out too small.",
            config.baseline_days,
            hint=f"Take {config.assessment_interval_days} or less: then the baseline is day 0.",
        )
    if config.backend.kind in ("ollama", "openai"):
        yield Problem(
            "backend.kind",
            f"{config.backend.kind} shows no activations: mechanistic data will be absent, with this reason.",
            config.backend.kind,
        )


def intensities(config: PersonaConfig, row: library.ConditionRow) -> tuple[float, float]:
    """The range that intensities (stress impact / 10) are kept in."""
    low, high = row.intensity
    return (
        low if config.intensity_low is None else config.intensity_low,
        high if config.intensity_high is None else config.intensity_high,
    )


def _arms(config: PersonaConfig) -> list[tuple[str, library.ConditionRow]]:
    rows = library.conditions()
    return [(name, rows[name]) for name in dict.fromkeys([config.condition, config.recovery_condition]) if name is not None]


def probabilities(config: PersonaConfig, row: library.ConditionRow) -> tuple[float, float, float]:
    """Daily probabilities of a stressful, a neutral and a routine event."""
    own = (config.stress_event_probability, config.neutral_event_probability, config.minimal_event_probability)
    usual = (row.stress_event_probability, row.neutral_event_probability, row.minimal_event_probability)
    stress, neutral, minimal = (theirs if mine is None else mine for mine, theirs in zip(own, usual, strict=True))
    return stress, neutral, minimal


def pool(
    config: PersonaConfig, row: library.ConditionRow, templates: Iterable[library.Template], kind: library.EventType
) -> list[tuple[library.Template, float]]:
    """The templates that can be drawn, with their weights: stressful ones as severe as the condition allows."""
    weighed = [
        (template, config.category_weights.get(template.category, 1.0))
        for template in templates
        if kind != "stress" or template.within(row.severity)
    ]
    return [(template, weight) for template, weight in weighed if weight > 0]


def _cast_problems(config: PersonaConfig) -> Iterable[Problem]:
    seen: dict[str, int] = {}
    for number, entry in enumerate(config.personas):
        try:
            person = library.persona(entry) if isinstance(entry, str) else entry
        except NotFound:
            yield Problem(f"personas.{number}", f"no persona is named {entry!r}.", entry, library.persona_names())
            continue
        if person.id in seen:
            yield Problem(f"personas.{number}", f"{person.id} is there already (personas.{seen[person.id]}).", person.name)
        seen[person.id] = number


def _backend_problems(config: PersonaConfig) -> Iterable[Problem]:
    backend = config.backend
    if backend.kind in ("ollama", "openai", "folder") and not backend.model:
        what = "the folder of the weights" if backend.kind == "folder" else "the model to ask"
        yield Problem("backend.model", f"backend {backend.kind} needs it: {what}.", backend.model)
    if backend.kind == "openai" and not backend.url:
        yield Problem(
            "backend.url", "backend openai needs it: the address of a server that speaks /v1/chat/completions.", backend.url
        )
    if backend.kind in ("embedded", "folder", "scripted") and backend.url:
        yield Problem("backend.url", f"backend {backend.kind} asks no server.", backend.url)
    if config.scoring == "statement_contrast" and backend.kind in ("ollama", "openai"):
        yield Problem(
            "scoring",
            f"statement_contrast needs log-probabilities of a prompt, which {backend.kind} does not show; use self_report.",
            config.scoring,
        )
