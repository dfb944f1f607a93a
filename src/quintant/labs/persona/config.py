"""The persona Config: who lives through what, for how long, who answers, and what counts as drift.

Days are simulated days. Day 0 is the baseline, before anything happened; events fall on days 1..duration_days.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from quintant.config import Config, key
from quintant.errors import Problem

Condition = Literal["CONTROL", "STRESS", "TRAUMA", "NEUTRAL", "MINIMAL"]
InstrumentId = Literal["phq9", "gad7", "pss10"]
INSTRUMENTS: tuple[InstrumentId, ...] = ("phq9", "gad7", "pss10")
COHORT = ("kara", "marcus", "alfred")

Share = Annotated[float, Field(ge=0, le=1)]


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Traits(Part):
    """The Big Five, 0..1."""

    openness: Share = 0.5
    conscientiousness: Share = 0.5
    extraversion: Share = 0.5
    agreeableness: Share = 0.5
    neuroticism: Share = 0.5


class Baselines(Part):
    """Total scores that the persona starts from: they set the calibration's zero point, not the language model."""

    phq9: int = Field(default=5, ge=0, le=27)
    gad7: int = Field(default=4, ge=0, le=21)
    pss10: int = Field(default=12, ge=0, le=40)


class Style(Part):
    length: str = Field(default="conversational", max_length=40)
    communication: str = Field(default="plain", max_length=40)
    emotion: str = Field(default="open", max_length=40)


Line = Annotated[str, Field(min_length=1, max_length=400)]
Names = Annotated[tuple[Line, ...], Field(max_length=12)]


class Persona(Part):
    """One simulated person. `background` and `core_memories` are written in the first person: they enter the diary."""

    name: str = Field(min_length=1, max_length=60, pattern=r"^[^\W_][\w .'-]*$")
    age: int = Field(ge=18, le=80)
    occupation: str = Field(min_length=1, max_length=80)
    background: str = Field(default="", max_length=1200)
    traits: Traits = Traits()
    baselines: Baselines = Baselines()
    core_memories: Names = ()
    relationships: Mapping[Literal["family", "friends", "colleagues"], Names] = Field(default_factory=dict)
    values: Names = ()
    style: Style = Style()

    @property
    def id(self) -> str:
        return "persona_" + self.name.lower().replace(" ", "_")


class Backend(Part):
    """The language model that answers. Nothing falls back to anything: what a backend cannot do is absent, with the reason."""

    kind: Literal["embedded", "folder", "ollama", "openai", "scripted"] = "embedded"
    model: str | None = Field(default=None, max_length=200)
    url: str | None = Field(default=None, max_length=400, pattern=r"^https?://")
    api_key_env: str | None = Field(default=None, pattern=r"^[A-Z][A-Z0-9_]*$", max_length=80)
    timeout_s: float = Field(default=30.0, gt=0, le=600)


class Points(Part):
    """A number of points for each instrument."""

    phq9: float = Field(gt=0, le=27)
    gad7: float = Field(gt=0, le=21)
    pss10: float = Field(gt=0, le=40)


PersonaOrName = Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,60}$")] | Persona

UPSTREAM = "the AI Personality Drift project's configuration"


class PersonaConfig(Config):
    # --- experiment ---
    condition: Condition = key(
        "CONTROL",
        group="Experiment",
        essential=True,
        says="What kind of life the personas live: how often events come and how severe they are.",
    )
    duration_days: int = key(
        30, ge=1, le=1825, unit="days", group="Experiment", essential=True, says="Simulated days, after the baseline on day 0."
    )
    personas: tuple[PersonaOrName, ...] = key(
        COHORT,
        min_length=1,
        max_length=10,
        group="Experiment",
        essential=True,
        says="Who takes part: names of shipped personas, or personas written out. "
        "The same ones in every arm make comparisons paired.",
    )
    recovery_condition: Condition | None = key(
        None,
        group="Experiment",
        says="The condition that follows `condition` from `recovery_from_day` on; empty means that one lasts.",
    )
    recovery_from_day: int | None = key(
        None, ge=2, le=1825, unit="day", group="Experiment", says="First day of `recovery_condition`."
    )
    stress_event_probability: float | None = key(
        None,
        ge=0,
        le=1,
        unit="per persona-day",
        group="Events",
        essential=True,
        says="Chance of a stressful event per persona and day; empty takes the condition's.",
    )
    neutral_event_probability: float | None = key(
        None,
        ge=0,
        le=1,
        unit="per persona-day",
        group="Events",
        says="Chance of a neutral event on a day without a stressful one; empty takes the condition's.",
    )
    minimal_event_probability: float | None = key(
        None,
        ge=0,
        le=1,
        unit="per persona-day",
        group="Events",
        says="Chance of a routine event per persona and day; empty takes the condition's.",
    )
    intensity_low: float | None = key(
        None, ge=0, le=1, group="Events", says="Lowest intensity of an event (stress impact / 10); empty takes the condition's."
    )
    intensity_high: float | None = key(
        None, ge=0, le=1, group="Events", says="Highest intensity of an event; empty takes the condition's."
    )
    category_weights: Mapping[str, Annotated[float, Field(ge=0)]] = key(
        {},
        group="Events",
        says="Relative weight of event categories ({'death': 2}); categories that are not named weigh 1, 0 excludes.",
    )
    # --- language model ---
    backend: Backend = key(
        Backend(),
        group="Language model",
        essential=True,
        says="embedded: SmolLM2-135M-Instruct on this machine. folder: a local folder of transformers weights (`model`). "
        "ollama, openai: a server (`url`, `model`).",
    )
    scoring: Literal["auto", "statement_contrast", "self_report"] = key(
        "auto",
        group="Language model",
        says="How answers become scores. statement_contrast reads log-probabilities of statement pairs, self_report parses "
        "what the model says; auto takes the first where the backend can.",
    )
    contrast_gain: float = key(
        3.0,
        gt=0,
        le=50,
        group="Language model",
        says="Slope of the calibration from a change in contrast (nats per token) to a change in score; a convention.",
        source="a convention: on the embedded model other ordinary days move a total by .8 points (rms), bad ones 5 to 14",
    )
    replies: bool = key(True, group="Language model", says="Let each persona answer its stressful and neutral events in words.")
    reply_tokens: int = key(40, ge=1, le=500, unit="tokens", group="Language model", says="Longest answer to an event.")
    # --- memory and state ---
    memory: bool = key(
        True, group="Memory", says="Keep events in a vector memory and bring the relevant ones back into the prompt."
    )
    memory_limit: int = key(5, ge=0, le=20, group="Memory", says="Most memories brought back into one prompt.", source=UPSTREAM)
    memory_window_days: int = key(
        30, ge=1, le=1825, unit="days", group="Memory", says="Memories older than this are forgotten.", source=UPSTREAM
    )
    memory_similarity: float = key(
        0.1,
        ge=-1,
        le=1,
        group="Memory",
        says="Least cosine similarity of a memory to what is asked.",
        source="mean cosine of unrelated texts is .2 with this embedder",
    )
    memory_url: str | None = key(
        None,
        max_length=400,
        pattern=r"^https?://",
        group="Memory",
        says="A Qdrant server; empty keeps the memory in the run's own folder.",
    )
    mirror_url: str | None = key(
        None,
        max_length=400,
        pattern=r"^rediss?://[^@]+$",
        group="Memory",
        says="A Redis server that is told each persona's state at the end of a day; its password is REDIS_PASSWORD.",
    )
    recent_events: int = key(6, ge=0, le=30, group="Memory", says="Latest events written out in the prompt.")
    stress_decay_per_day: float = key(
        0.1, ge=0, le=1, group="State", says="Share of the stress level that fades in a day.", source=UPSTREAM
    )
    stress_most: float = key(10.0, gt=0, le=10, group="State", says="Highest stress level.", source=UPSTREAM)
    trait_change_most: float = key(
        0.2, ge=0, le=1, group="State", says="Largest change of one trait by one event.", source=UPSTREAM
    )
    trait_decay_per_day: float = key(
        0.02, ge=0, le=1, group="State", says="Share of a trait's change that fades in a day.", source=UPSTREAM
    )
    # --- assessment ---
    instruments: tuple[InstrumentId, ...] = key(
        INSTRUMENTS, min_length=1, max_length=3, group="Assessment", says="Questionnaires of a session."
    )
    assessment_interval_days: int = key(
        7,
        ge=1,
        le=30,
        unit="days",
        group="Assessment",
        essential=True,
        says="Days between sessions; there is one on day 0 and one on the last day besides.",
    )
    readministrations: int = key(
        3,
        ge=0,
        le=10,
        group="Assessment",
        says="Times the baseline session is asked again with its prompt in another order: the persona's own measurement noise.",
    )
    # --- looking inside ---
    attention: bool = key(
        True,
        group="Looking inside",
        says="Record attention from the answer to each part of the prompt, where the backend shows it.",
    )
    activations: bool = key(
        True,
        group="Looking inside",
        says="Record how far the residual stream moved from the persona's baseline, layer by layer.",
    )
    # --- drift ---
    alert_change: Points = key(
        Points(phq9=5, gad7=4, pss10=8),
        unit="points",
        group="Drift",
        says="Smallest change from baseline that can raise an alert.",
        source="PHQ-9 and GAD-7: usual conventions; PSS-10: its reliable change (5 points gave false alarms in 2 of 10 runs)",
    )
    reliable_change: Points = key(
        Points(phq9=5, gad7=6, pss10=8),
        unit="points",
        group="Drift",
        says="Half width of the corridor of reliable change in figures.",
        source="PHQ-9 ± 5; GAD-7 ± 6, Bischoff et al. 2020; PSS-10 by its standard error",
    )
    alert_z: float = key(
        1.5, gt=0, le=10, group="Drift", says="Least change in units of the persona's own noise that can raise an alert."
    )
    baseline_days: int = key(
        7, ge=1, le=365, unit="days", group="Drift", says="Sessions before this day form a persona's baseline."
    )
    glass_delta: float = key(
        0.8, gt=0, le=10, group="Drift", says="Least cohort effect (Glass's Δ) that counts as a significant change."
    )
    alarm_slack: float = key(0.5, gt=0, le=5, group="Drift", says="Slack of the sequential alarm (CUSUM k), in units of noise.")
    alarm_bound: float = key(
        5.0, gt=0, le=50, group="Drift", says="Bound of the sequential alarm (CUSUM h), in units of noise."
    )
    # --- pace ---
    seconds_per_day: float = key(
        0.0,
        ge=0,
        le=60,
        unit="s",
        group="Pace",
        says="Wall time of a simulated day at least; 0 runs as fast as the model allows.",
    )

    def check(self) -> Iterable[Problem]:
        from quintant.labs.persona import rules

        return rules.problems(self)

    def warnings(self) -> Iterable[Problem]:
        from quintant.labs.persona import rules

        return rules.warnings(self)
