"""The persona lab: language-model personas that live through events, answer questionnaires and are looked into while they do.

    config       the keys of a study               rules       which combinations are impossible or doubtful
    library      personas, events, instruments and conditions, read from data/ (YAML, each with its notice)
    presets/     one cohort in each condition      engine/     days, events, state, sessions, alerts; its __init__ is the map
    answers      who answers the engine's questions: the language model (backends/) and the memory
    statements/  pairs of sentences for each item  scoring/    from contrasts or answers to scores
    mechanistic/ what is measured inside           results     names and columns of the tables
    contract/    the Personality Drift wire dialect            figures/    what is drawn
    calls        a run's log as language-model calls            transcript, inspect_log, files    what a run leaves to be read
    commands     quintant persona …                log         one line per event

Simulated persona. Not a clinical assessment. Sources, measurements and limits: docs/labs/persona.md.
"""

from __future__ import annotations

from quintant.lab import Headline, Lab
from quintant.labs.persona.config import PersonaConfig
from quintant.labs.persona.figure_list import FIGURES
from quintant.labs.persona.log import line
from quintant.labs.persona.presets import PRESETS

__all__ = ["LAB"]

LAB = Lab(
    name="persona",
    title="Persona drift of language models",
    tag="PD",
    says="Lets language-model personas live through events, asks them clinical questionnaires and measures whether they drift.",
    version="1",
    config=PersonaConfig,
    presets=PRESETS,
    default_preset="stress-30d",
    engine="quintant.labs.persona.engine:PersonaEngine",
    purposes=("events", "templates", "past", "replies", "sessions", "bootstrap"),
    headline=Headline("phq9_change", "ΔPHQ-9", "points"),
    figures=FIGURES,
    files="quintant.labs.persona.files:files",
    contract="quintant.labs.persona.contract:router",
    commands="quintant.labs.persona.commands:app",
    answers="quintant.labs.persona.answers:answer",
    log_line=line,
    resumable=True,
    extra="persona",
    needs=("torch", "transformers", "gguf", "qdrant_client", "yaml"),
    exact="platform",
)
