"""Presets: one cohort of three in each condition, so that arms can be compared person by person."""

from __future__ import annotations

from quintant.lab import Preset

_ALL = [
    Preset(
        "stress-30d",
        "A month under stress",
        "Three personas, thirty days, a stressful event on three days in ten; sessions every week.",
        {"condition": "STRESS"},
    ),
    Preset(
        "control-30d",
        "An ordinary month",
        "The same three personas without stressful events: what drifts here is noise.",
        {"condition": "CONTROL"},
    ),
    Preset(
        "trauma-30d",
        "A month of blows",
        "The same three personas under severe events only.",
        {"condition": "TRAUMA"},
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
