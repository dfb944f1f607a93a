"""Alarm: when a persona's score has moved further than its own noise explains.

Two independent rules watch each persona and instrument:

change      |score - baseline| reaches the smallest change that matters (`alert_change`) and `alert_z` times the noise.
            One alert per severity band entered; armed again once the score is back within half the smallest change.
sequential  a two-sided CUSUM (Page 1954, doi 10.2307/2333009) of the standardised change with slack k and bound h. For
            independent normal noise Siegmund's approximation gives the sessions until a false alarm (`run_length`).

The noise is the standard deviation over re-administrations of the baseline session with its prompt in another order, and
never less than the instrument's published standard error of measurement.
"""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass, field
from typing import Any, Literal

from quintant.labs.persona.config import PersonaConfig
from quintant.labs.persona.library import Instrument

Significance = Literal["low", "moderate", "high"]


@dataclass(frozen=True)
class Alert:
    """A drift alert. Scores in points; `z` in units of the persona's noise; `rule` tells which of the two spoke."""

    persona_id: str
    instrument: str
    day: int
    rule: Literal["change", "sequential"]
    baseline_score: float
    current_score: float
    change_magnitude: float
    direction: Literal["worse", "better"]
    z: float
    significance: Significance


@dataclass
class Watch:
    """What is remembered of one persona on one instrument. `noise_points` is 0 until a baseline session was scored."""

    baseline_scores: list[float] = field(default_factory=list)
    repeat_scores: list[float] = field(default_factory=list)
    alerted_band: int | None = None
    upward: float = 0.0
    downward: float = 0.0

    @property
    def baseline(self) -> float | None:
        return statistics.median(self.baseline_scores) if self.baseline_scores else None

    def noise_points(self, instrument: Instrument) -> float:
        """One standard deviation of the persona's own noise; at least the instrument's standard error."""
        again = [*self.baseline_scores[:1], *self.repeat_scores]
        own = statistics.stdev(again) if len(again) > 1 else 0.0
        return max(own, instrument.standard_error_points)

    def see(self, persona_id: str, instrument: Instrument, day: int, score: float, config: PersonaConfig) -> list[Alert]:
        """Take the total of one valid session; the alerts it raises."""
        if day < config.baseline_days or self.baseline is None:
            self.baseline_scores.append(score)
            return []
        change, noise = score - self.baseline, self.noise_points(instrument)
        z = change / noise
        rules: list[Literal["change", "sequential"]] = []
        if self._changed(instrument, score, abs(change), abs(z), config):
            rules.append("change")
        if self._accumulated(z, config):
            rules.append("sequential")
        bands = abs(instrument.band(score) - instrument.band(self.baseline))
        return [
            Alert(
                persona_id,
                instrument.id,
                day,
                rule,
                self.baseline,
                score,
                abs(change),
                "worse" if change > 0 else "better",
                round(abs(z), 4),
                significance(abs(z), bands),
            )
            for rule in rules
        ]

    def _changed(self, instrument: Instrument, score: float, change: float, z: float, config: PersonaConfig) -> bool:
        least = getattr(config.alert_change, instrument.id)
        if change < least / 2:
            self.alerted_band = None
        if change < least or z < config.alert_z:
            return False
        band = instrument.band(score)
        if band == self.alerted_band:
            return False
        self.alerted_band = band
        return True

    def _accumulated(self, z: float, config: PersonaConfig) -> bool:
        self.upward = max(0.0, self.upward + z - config.alarm_slack)
        self.downward = max(0.0, self.downward - z - config.alarm_slack)
        if max(self.upward, self.downward) <= config.alarm_bound:
            return False
        self.upward = self.downward = 0.0
        return True

    def dump(self) -> dict[str, Any]:
        return dict(vars(self))


def significance(z: float, bands_crossed: int) -> Significance:
    """high: 3 noise units or two severity bands; moderate: 2; low: less."""
    if z >= 3 or bands_crossed >= 2:
        return "high"
    return "moderate" if z >= 2 else "low"


def run_length(slack: float, bound: float) -> float:
    """Mean sessions until a two-sided CUSUM alarms without any drift (Siegmund 1985, Sequential Analysis, 2.52), one series.

    `slack` k and `bound` h in standard deviations of independent normal noise. k = 0.5, h = 5 gives 469 (exact: 465).
    """
    b = bound + 1.166
    one_sided = (math.exp(2 * slack * b) - 2 * slack * b - 1) / (2 * slack**2)
    return one_sided / 2
