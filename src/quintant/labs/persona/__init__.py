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
    settings     what the operator decides         outside     what a config names beyond itself

Simulated persona. Not a clinical assessment. Sources, measurements and limits: page.md, docs/labs/persona.md.
"""

from __future__ import annotations

from quintant.lab import Headline, Lab, Preview
from quintant.labs.persona.config import PersonaConfig
from quintant.labs.persona.figure_list import FIGURES
from quintant.labs.persona.log import log_line
from quintant.labs.persona.presets import PRESETS
from quintant.labs.persona.settings import SETTINGS
from quintant.labs.persona.unsteady import unsteady

__all__ = ["LAB"]

SMOLLM2 = """@misc{smollm2,
  title = {{SmolLM2-135M-Instruct}}, author = {{Hugging Face}}, note = {The embedded language model, Apache-2.0},
}"""
INSTRUMENTS = """@article{kroenke2001phq,
  author = {Kroenke, Kurt and Spitzer, Robert L. and Williams, Janet B. W.},
  title = {The {PHQ-9}: Validity of a Brief Depression Severity Measure},
  journal = {Journal of General Internal Medicine}, year = {2001}, doi = {10.1046/j.1525-1497.2001.016009606.x},
}
@article{spitzer2006gad,
  author = {Spitzer, Robert L. and Kroenke, Kurt and Williams, Janet B. W. and L{\\"o}we, Bernd},
  title = {A Brief Measure for Assessing Generalized Anxiety Disorder: The {GAD-7}},
  journal = {Archives of Internal Medicine}, year = {2006}, doi = {10.1001/archinte.166.10.1092},
}
@article{cohen1983global,
  author = {Cohen, Sheldon and Kamarck, Tom and Mermelstein, Robin},
  title = {A Global Measure of Perceived Stress},
  journal = {Journal of Health and Social Behavior}, year = {1983}, doi = {10.2307/2136404},
}"""
CITE = f"{SMOLLM2}\n{INSTRUMENTS}"

LAB = Lab(
    name="persona",
    title="Persona drift of language models",
    tag="PE",
    says="Lets language-model personas live through events, asks them clinical questionnaires and measures whether they drift.",
    version="1",
    config=PersonaConfig,
    presets=PRESETS,
    default_preset="stress-30d",
    engine="quintant.labs.persona.engine:PersonaEngine",
    purposes=("events", "templates", "past", "replies", "sessions"),
    headline=Headline("phq9_change", "ΔPHQ-9", "points", course="phq9_mean"),
    figures=FIGURES,
    previews=(
        Preview(
            "calendar",
            "Calendar of events",
            "What happens to each persona on which day.",
            "quintant.labs.persona.figures.preview:build",
        ),
    ),
    page="quintant.labs.persona:page.md",
    contract="quintant.labs.persona.contract:contract",
    commands="quintant.labs.persona.commands:app",
    answers="quintant.labs.persona.answers:answer",
    settings=SETTINGS,
    outside="quintant.labs.persona.outside:outside",
    log_line=log_line,
    unsteady=unsteady,
    resumable=True,
    extra="persona",
    needs=("torch", "transformers", "gguf", "qdrant_client", "yaml"),
    exact="platform",
    notice="Simulated persona. Not a clinical assessment.",
    cite=CITE,
    citations="quintant.labs.persona.citations:citations",
)
