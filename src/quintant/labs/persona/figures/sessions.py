"""Sessions of a run: its instruments, who takes part, and their scores by day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from quintant.figure import cannot
from quintant.figure.columns import given
from quintant.lab import Outcome
from quintant.labs.persona import library, rules
from quintant.labs.persona.config import PersonaConfig
from quintant.labs.persona.figures.arms import Arm
from quintant.labs.persona.library import Instrument
from quintant.statistics import Estimate, interval


@dataclass(frozen=True)
class Scores:
    """The valid totals of one run: (persona, instrument) -> day -> points."""

    points: Mapping[tuple[str, str], Mapping[int, int]]

    def days(self, instrument: str) -> list[int]:
        return sorted({day for (_, id), scores in self.points.items() if id == instrument for day in scores})

    def mean(self, instrument: str, day: int) -> float | None:
        scores = self.at(instrument, day)
        return sum(scores) / len(scores) if scores else None

    def at(self, instrument: str, day: int) -> list[int]:
        """One score per persona who has a valid one on that day."""
        return [scores[day] for (_, id), scores in self.points.items() if id == instrument and day in scores]

    def change(self, persona: str, instrument: str) -> float | None:
        """From the first valid session to the last."""
        scores = self.points.get((persona, instrument), {})
        return float(scores[max(scores)] - scores[min(scores)]) if len(scores) > 1 else None


def rows(figure: str, outcome: Outcome, table: str) -> list[dict[str, Any]]:
    """The rows of a table; Conflict when the run has none (yet)."""
    rows: list[dict[str, Any]] = given(figure, outcome, table).to_pylist()
    return rows


def rows_if_any(outcome: Outcome, table: str) -> list[dict[str, Any]]:
    return outcome.tables[table].to_pylist() if table in outcome.tables else []


def scores(figure: str, outcome: Outcome) -> Scores:
    points: dict[tuple[str, str], dict[int, int]] = {}
    for row in rows(figure, outcome, "assessments"):
        if row["valid"]:
            points.setdefault((row["persona_id"], row["instrument"]), {})[row["day"]] = row["score"]
    if not points:
        raise cannot(figure, f"run {outcome.run_id} ({outcome.state}) has no valid session yet")
    return Scores(points)


def instruments(outcome: Outcome, config: PersonaConfig) -> list[Instrument]:
    """As the run has recorded them; as the library has them while it runs."""
    kept = outcome.documents.get("instruments")
    return [Instrument(**kept[id]) if kept else library.instrument(id) for id in config.instruments]


def shared(arms: Sequence[Arm]) -> list[Instrument]:
    """The questionnaires that all arms ask."""
    every = instruments(arms[0].outcomes[0], arms[0].config)
    return [instrument for instrument in every if all(instrument.id in arm.config.instruments for arm in arms)]


def people(config: PersonaConfig) -> dict[str, str]:
    """Name by id, in the order of the config."""
    return {persona.id: persona.name for persona in rules.cast(config)}


def over(figure: str, outcomes: Sequence[Outcome], instrument: str) -> tuple[dict[int, Estimate], str]:
    """The mean total by day and what its interval is over: seeds where there are several (each the mean of its personas),
    personas where there is one."""
    runs = [scores(figure, outcome) for outcome in outcomes]
    days = sorted({day for run in runs for day in run.days(instrument)})
    if len(runs) > 1:
        means = {day: [mean for run in runs if (mean := run.mean(instrument, day)) is not None] for day in days}
        return {day: interval(values) for day, values in means.items()}, "seeds"
    return {day: interval([float(value) for value in runs[0].at(instrument, day)]) for day in days}, "personas"
