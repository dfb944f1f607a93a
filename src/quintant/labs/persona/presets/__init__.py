"""Presets: one cohort of three in each condition, so that arms can be compared person by person."""

from __future__ import annotations

from quintant.lab import Expected, Preset

_MEASURED = "docs/labs/persona.md: embedded model, root seed 42, x86-64; ± half of Student's 95 % interval over three personas"


def _measured(**changes: tuple[float, float]) -> tuple[Expected, ...]:
    """What this lab measured before: (mean change in points, slack) by questionnaire. Other seeds and platforms differ."""
    return tuple(Expected(f"{id}_change", value, slack, _MEASURED, origin="measured") for id, (value, slack) in changes.items())


_ALL = [
    Preset(
        "stress-30d",
        "A month under stress",
        "Three personas, thirty days, a stressful event on three days in ten; sessions every week.",
        {"condition": "STRESS"},
        expected=_measured(phq9=(5.0, 7.5), gad7=(3.7, 2.9), pss10=(8.7, 11.2)),
    ),
    Preset(
        "control-30d",
        "An ordinary month",
        "The same three personas without stressful events: what drifts here is noise.",
        {"condition": "CONTROL"},
        expected=_measured(phq9=(0.7, 3.8), gad7=(0.0, 2.5), pss10=(0.3, 8.0)),
    ),
    Preset(
        "trauma-30d",
        "A month of blows",
        "The same three personas under severe events only.",
        {"condition": "TRAUMA"},
        expected=_measured(phq9=(8.7, 10.1), gad7=(3.3, 5.8), pss10=(12.7, 8.0)),
    ),
    Preset(
        "recovery-60d",
        "A bad month, then a quiet one",
        "Thirty days of severe events, then thirty ordinary ones: does the score come back?",
        {"condition": "TRAUMA", "recovery_condition": "CONTROL", "recovery_from_day": 31, "duration_days": 60},
    ),
    Preset(
        "one-week",
        "One week, one persona",
        "The smallest study: a baseline, seven days under stress, a last session.",
        {"condition": "STRESS", "duration_days": 7, "personas": ["kara"]},
    ),
]
PRESETS = {preset.name: preset for preset in _ALL}
