"""The figures of the persona lab by name; their builders are imported only when one is drawn."""

from __future__ import annotations

from quintant.lab import Figure

_BUILDERS = "quintant.labs.persona.figures"

FIGURES: tuple[Figure, ...] = (
    Figure(
        "timelines",
        "Assessment timelines",
        "Total score of each questionnaire by simulated day on its full scale, with severity bands, alerts and life events.",
        f"{_BUILDERS}.timelines:build",
        of="sweep",
        hero=True,
    ),
    Figure(
        "evidence",
        "Drift evidence",
        "Change from baseline of every persona on every questionnaire, with its interval and the corridor of reliable change.",
        f"{_BUILDERS}.evidence:build",
        of="sweep",
    ),
    Figure(
        "items",
        "Items by session",
        "The score of every item at every session, by persona.",
        f"{_BUILDERS}.items:build",
        of="run",
    ),
    Figure(
        "layers",
        "Change by layer and day",
        "How far the residual stream moved towards distress since the baseline, by layer and session.",
        f"{_BUILDERS}.layers:build",
        of="run",
    ),
    Figure(
        "attention",
        "Attention by part of the diary",
        "Attention of the answer, by layer and part of the prompt: at the baseline, at the last session, the difference.",
        f"{_BUILDERS}.attention:build",
        of="run",
    ),
    Figure(
        "transcript",
        "Transcript",
        "The latest events, what the persona wrote about them, and what the next session came to.",
        f"{_BUILDERS}.transcript:build",
        of="run",
    ),
    Figure(
        "stability",
        "Is the instrument stable?",
        "Baseline scores as asked and asked again with the diary in another order: what order alone does to a score.",
        f"{_BUILDERS}.stability:build",
        of="sweep",
    ),
    Figure(
        "sweep",
        "Change against a swept key",
        "Mean change of each questionnaire against what was varied, as against the condition; two keys give a heat map.",
        f"{_BUILDERS}.sweep:build",
        of="sweep",
    ),
)
"""The most asked for first."""
