"""The persona Config: who lives through what, for how long, who answers, and what counts as drift.

Days are simulated days. Day 0 is the baseline, before anything happened; events fall on days 1..duration_days.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Literal

from pydantic import Field

from quintant.config import Above, All, Config, In, Is, Not, key
from quintant.errors import Problem
from quintant.labs.persona.parts import COHORT, INSTRUMENTS, Backend, Condition, InstrumentId, PersonaOrName, Points

CONTRASTED = Not(Is("scoring", "self_report"))
"""Scores are made of log-probabilities: what the model says in words has neither slope nor order."""
RECALLED = All(Is("memory", True), Above("memory_limit"))
SEEN_INSIDE = All(In("backend.kind", "embedded", "folder"), CONTRASTED)
"""The model runs here, and its log-probabilities are read: servers show nothing of their inside."""
UPSTREAM = "the AI Personality Drift project's configuration"


class PersonaConfig(Config):
    # --- experiment ---
    condition: Condition = key(
        "CONTROL",
        group="Experiment",
        essential=True,
        synonyms=("scenario",),
        says="What kind of life the personas live: how often events come and how severe they are.",
    )
    duration_days: int = key(
        30, ge=1, le=1825, unit="days", group="Experiment", essential=True, synonyms=("days", "duration"),
        says="Simulated days, after the baseline on day 0."
    )  # fmt: skip
    personas: tuple[PersonaOrName, ...] = key(
        COHORT,
        min_length=1,
        max_length=10,
        group="Experiment",
        essential=True,
        synonyms=("persona", "cohort", "people"),
        says="Who takes part: names of shipped personas, or personas written out. "
        "The same ones in every arm make comparisons paired.",
    )
    recovery_condition: Condition | None = key(
        None,
        group="Experiment",
        synonyms=("recovery",),
        says="The condition that follows `condition` from `recovery_from_day` on; empty means that one lasts.",
    )
    recovery_from_day: int | None = key(
        None, ge=2, le=1825, unit="day", group="Experiment", synonyms=("recovery_day",),
        says="First day of `recovery_condition`."
    )  # fmt: skip
    stress_event_probability: float | None = key(
        None,
        ge=0,
        le=1,
        unit="per persona-day",
        group="Events",
        essential=True,
        synonyms=("stress_probability", "p_stress"),
        says="Chance of a stressful event per persona and day; empty takes the condition's.",
    )
    neutral_event_probability: float | None = key(
        None,
        ge=0,
        le=1,
        unit="per persona-day",
        group="Events",
        synonyms=("neutral_probability",),
        says="Chance of a neutral event on a day without a stressful one; empty takes the condition's.",
    )
    minimal_event_probability: float | None = key(
        None,
        ge=0,
        le=1,
        unit="per persona-day",
        group="Events",
        synonyms=("minimal_probability", "routine_probability"),
        says="Chance of a routine event per persona and day; empty takes the condition's.",
    )
    intensity_low: float | None = key(
        None, ge=0, le=1, group="Events", synonyms=("min_intensity",),
        says="Lowest intensity of an event (stress impact / 10); empty takes the condition's."
    )  # fmt: skip
    intensity_high: float | None = key(
        None, ge=0, le=1, group="Events", synonyms=("max_intensity",),
        says="Highest intensity of an event; empty takes the condition's."
    )  # fmt: skip
    category_weights: Mapping[str, Annotated[float, Field(ge=0)]] = key(
        {},
        group="Events",
        synonyms=("categories",),
        says="Relative weight of event categories ({'death': 2}); categories that are not named weigh 1, 0 excludes.",
    )
    # --- language model ---
    backend: Backend = key(
        Backend(),
        group="Language model",
        essential=True,
        synonyms=("model", "llm", "language_model"),
        says="embedded: SmolLM2-135M-Instruct on this machine. folder: a local folder of transformers weights (`model`). "
        "ollama, openai: a server (`url`, `model`).",
    )
    scoring: Literal["auto", "statement_contrast", "self_report"] = key(
        "auto",
        group="Language model",
        synonyms=("scorer",),
        says="How answers become scores. statement_contrast reads log-probabilities of statement pairs, self_report parses "
        "what the model says; auto takes the first where the backend can.",
    )
    contrast_gain: float = key(
        3.0,
        gt=0,
        le=50,
        group="Language model",
        when=CONTRASTED,
        synonyms=("gain",),
        says="Slope of the calibration from a change in contrast (nats per token) to a change in score; a convention.",
        source="a convention: on the embedded model other ordinary days move a total by .8 points (rms), bad ones 5 to 14",
    )
    replies: bool = key(
        True, group="Language model", synonyms=("answers",),
        says="Let each persona answer its stressful and neutral events in words.",
    )  # fmt: skip
    reply_tokens: int = key(
        40, ge=1, le=500, unit="tokens", group="Language model", when=Is("replies", True), synonyms=("max_tokens",),
        says="Longest answer to an event.",
    )  # fmt: skip
    # --- memory and state ---
    memory: bool = key(
        True, group="Memory", synonyms=("use_memory",),
        says="Keep events in a vector memory and bring the relevant ones back into the prompt."
    )  # fmt: skip
    memory_limit: int = key(
        5, ge=0, le=20, group="Memory", when=Is("memory", True), synonyms=("top_k",),
        says="Most memories brought back into one prompt.", source=UPSTREAM,
    )  # fmt: skip
    memory_window_days: int = key(
        30, ge=1, le=1825, unit="days", group="Memory", when=RECALLED, synonyms=("memory_window",),
        says="Memories older than this are forgotten.", source=UPSTREAM
    )  # fmt: skip
    memory_similarity: float = key(
        0.1,
        ge=-1,
        le=1,
        group="Memory",
        when=RECALLED,
        synonyms=("similarity",),
        says="Least cosine similarity of a memory to what is asked.",
        source="mean cosine of unrelated texts is .2 with this embedder",
    )
    memory_url: str | None = key(
        None,
        max_length=400,
        pattern=r"^https?://",
        group="Memory",
        when=RECALLED,
        synonyms=("qdrant", "qdrant_url"),
        says="A Qdrant server; empty keeps the memory in the run's own folder.",
    )
    mirror_url: str | None = key(
        None,
        max_length=400,
        pattern=r"^rediss?://[^@]+$",
        group="Memory",
        synonyms=("redis", "redis_url"),
        says="A Redis server that is told each persona's state at the end of a day; its password is REDIS_PASSWORD.",
    )
    recent_events: int = key(6, ge=0, le=30, group="Memory", says="Latest events written out in the prompt.")
    stress_decay_per_day: float = key(
        0.1, ge=0, le=1, group="State", synonyms=("stress_decay",),
        says="Share of the stress level that fades in a day.", source=UPSTREAM
    )  # fmt: skip
    stress_most: float = key(
        10.0, gt=0, le=10, group="State", synonyms=("max_stress",),
        says="Highest stress level.", source=UPSTREAM,
    )  # fmt: skip
    trait_change_most: float = key(
        0.2, ge=0, le=1, group="State", synonyms=("max_trait_change",),
        says="Largest change of one trait by one event.", source=UPSTREAM
    )  # fmt: skip
    trait_decay_per_day: float = key(
        0.02, ge=0, le=1, group="State", synonyms=("trait_decay",),
        says="Share of a trait's change that fades in a day.", source=UPSTREAM
    )  # fmt: skip
    # --- assessment ---
    instruments: tuple[InstrumentId, ...] = key(
        INSTRUMENTS, min_length=1, max_length=3, group="Assessment", synonyms=("questionnaires", "scales"),
        says="Questionnaires of a session."
    )  # fmt: skip
    assessment_interval_days: int = key(
        7,
        ge=1,
        le=30,
        unit="days",
        group="Assessment",
        essential=True,
        synonyms=("interval", "session_interval"),
        says="Days between sessions; there is one on day 0 and one on the last day besides.",
    )
    readministrations: int = key(
        3,
        ge=0,
        le=10,
        group="Assessment",
        when=CONTRASTED,
        synonyms=("retests", "repeats"),
        says="Times the baseline session is asked again with its prompt in another order: the persona's own measurement noise.",
    )
    # --- looking inside ---
    attention: bool = key(
        True,
        group="Looking inside",
        when=SEEN_INSIDE,
        says="Record attention from the answer to each part of the prompt, where the backend shows it.",
    )
    activations: bool = key(
        True,
        group="Looking inside",
        when=SEEN_INSIDE,
        synonyms=("hidden_states",),
        says="Record how far the residual stream moved from the persona's baseline, layer by layer.",
    )
    # --- drift ---
    alert_change: Points = key(
        Points(phq9=5, gad7=4, pss10=8),
        unit="points",
        group="Drift",
        synonyms=("alert_threshold",),
        says="Smallest change from baseline that can raise an alert.",
        source="PHQ-9 and GAD-7: usual conventions; PSS-10: its reliable change (5 points gave false alarms in 2 of 10 runs)",
    )
    reliable_change: Points = key(
        Points(phq9=5, gad7=6, pss10=8),
        unit="points",
        group="Drift",
        synonyms=("rci",),
        says="Half width of the corridor of reliable change in figures.",
        source="PHQ-9 ± 5; GAD-7 ± 6, Bischoff et al. 2020; PSS-10 by its standard error",
    )
    alert_z: float = key(
        1.5, gt=0, le=10, group="Drift", synonyms=("z_threshold",),
        says="Least change in units of the persona's own noise that can raise an alert."
    )  # fmt: skip
    baseline_days: int = key(
        7, ge=1, le=365, unit="days", group="Drift", synonyms=("baseline",),
        says="Sessions before this day form a persona's baseline."
    )  # fmt: skip
    glass_delta: float = key(
        0.8, gt=0, le=10, group="Drift", synonyms=("effect_size",),
        says="Least cohort effect (Glass's Δ) that counts as a significant change."
    )  # fmt: skip
    alarm_slack: float = key(
        0.5, gt=0, le=5, group="Drift", synonyms=("cusum_k",),
        says="Slack of the sequential alarm (CUSUM k), in units of noise.",
    )  # fmt: skip
    alarm_bound: float = key(
        5.0, gt=0, le=50, group="Drift", synonyms=("cusum_h",),
        says="Bound of the sequential alarm (CUSUM h), in units of noise."
    )  # fmt: skip
    # --- pace ---
    seconds_per_day: float = key(
        0.0,
        ge=0,
        le=60,
        unit="s",
        group="Pace",
        synonyms=("pace",),
        says="Wall time of a simulated day at least; 0 runs as fast as the model allows.",
    )

    def check(self) -> Iterable[Problem]:
        from quintant.labs.persona import rules

        return rules.problems(self)

    def warnings(self) -> Iterable[Problem]:
        from quintant.labs.persona import rules

        return rules.warnings(self)
