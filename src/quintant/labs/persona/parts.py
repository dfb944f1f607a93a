"""Parts: the nested objects of a persona Config: personas, what they are made of, the language model that answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from quintant.config import In, Is, Not, Part, key

Condition = Literal["CONTROL", "STRESS", "TRAUMA", "NEUTRAL", "MINIMAL"]
InstrumentId = Literal["phq9", "gad7", "pss10"]
INSTRUMENTS: tuple[InstrumentId, ...] = ("phq9", "gad7", "pss10")
COHORT = ("kara", "marcus", "alfred")

Share = Annotated[float, Field(ge=0, le=1)]


class Traits(Part):
    """The Big Five, 0..1."""

    openness: Share = key(0.5, says="Curiosity, liking for what is new.")
    conscientiousness: Share = key(0.5, says="Order, reliability.")
    extraversion: Share = key(0.5, says="Liking for company and stir.")
    agreeableness: Share = key(0.5, says="Warmth, trust in others.")
    neuroticism: Share = key(0.5, says="Proneness to worry and low mood.")


class Baselines(Part):
    """Total scores that the persona starts from: they set the calibration's zero point, not the language model."""

    phq9: int = key(5, ge=0, le=27, unit="points", says="Depression (PHQ-9).")
    gad7: int = key(4, ge=0, le=21, unit="points", says="Anxiety (GAD-7).")
    pss10: int = key(12, ge=0, le=40, unit="points", says="Perceived stress (PSS-10).")


class Style(Part):
    """How the persona speaks, each in a word or two."""

    length: str = key("conversational", max_length=40, says="How long its answers are.")
    communication: str = key("plain", max_length=40, says="Its tone.")
    emotion: str = key("open", max_length=40, says="How it shows what it feels.")


Line = Annotated[str, Field(min_length=1, max_length=400)]
Names = Annotated[tuple[Line, ...], Field(max_length=12)]


class Persona(Part):
    """One simulated person. `background` and `core_memories` are written in the first person: they enter the diary."""

    name: str = key(min_length=1, max_length=60, pattern=r"^[^\W_][\w .'-]*$", says="First name; the id is made of it.")
    age: int = key(ge=18, le=80, unit="years", says="Age.")
    occupation: str = key(min_length=1, max_length=80, says="What it does for a living.")
    background: str = key("", max_length=1200, says="Its life so far, in the first person.")
    traits: Traits = key(Traits(), says="The Big Five before anything happened.")
    baselines: Baselines = key(Baselines(), says="Total scores that it starts from.")
    core_memories: Names = key((), says="What it never forgets, in the first person.")
    relationships: Mapping[Literal["family", "friends", "colleagues"], Names] = key({}, says="Who is close to it.")
    values: Names = key((), says="What matters to it.")
    style: Style = key(Style(), says="How it speaks.")

    @property
    def id(self) -> str:
        return "persona_" + self.name.lower().replace(" ", "_")


class Backend(Part):
    """The language model that answers. Nothing falls back to anything: what a backend cannot do is absent, with the reason."""

    kind: Literal["embedded", "folder", "ollama", "openai", "scripted"] = key(
        "embedded", says="Which kind of model, and where it runs.",
    )  # fmt: skip
    model: str | None = key(
        None, max_length=200, when=Not(Is("kind", "embedded")),
        says="Its folder, or its name at the server; empty: the kind's own.",
    )  # fmt: skip
    url: str | None = key(
        None, max_length=400, pattern=r"^https?://", when=In("kind", "ollama", "openai"),
        says="Address of the server that answers.",
    )  # fmt: skip
    api_key_env: str | None = key(
        None, pattern=r"^[A-Z][A-Z0-9_]*$", max_length=80, when=Is("kind", "openai"),
        says="Variable that holds the key of the server.",
    )  # fmt: skip
    timeout_s: float = key(
        30.0, gt=0, le=600, unit="s", when=In("kind", "ollama", "openai"),
        says="Longest wait for an answer.",
    )  # fmt: skip


class Points(Part):
    """A number of points for each instrument."""

    phq9: float = key(gt=0, le=27, unit="points", says="Of the PHQ-9.")
    gad7: float = key(gt=0, le=21, unit="points", says="Of the GAD-7.")
    pss10: float = key(gt=0, le=40, unit="points", says="Of the PSS-10.")


PersonaOrName = Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,60}$")] | Persona
