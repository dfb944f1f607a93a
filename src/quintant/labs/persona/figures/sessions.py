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
from quintant.labs.persona.library import Instrument
from quintant.statistics import Estimate, interval


@dataclass(frozen=True)
class Scores:
    """The valid totals of one run: (persona, instrument) -> day -> points."""

    of: Mapping[tuple[str, str], Mapping[int, int]]

    def days(self, instrument: str) -> list[int]:
        return sorted({day for (_, one), scores in self.of.items() if one == instrument for day in scores})

    def mean(self, instrument: str, day: int) -> float | None:
        found = self.at(instrument, day)
        return sum(found) / len(found) if found else None

    def at(self, instrument: str, day: int) -> list[int]:
        """One score per persona who has a valid one on that day."""
        return [scores[day] for (_, one), scores in self.of.items() if one == instrument and day in scores]

    def change(self, persona: str, instrument: str) -> float | None:
        """From the first valid session to the last."""
        found = self.of.get((persona, instrument), {})
        return float(found[max(found)] - found[min(found)]) if len(found) > 1 else None


def rows(figure: str, outcome: Outcome, table: str) -> list[dict[str, Any]]:
    """The rows of a table; Conflict when the run has none (yet)."""
    return given(figure, outcome, table).to_pylist()


def rows_if_any(outcome: Outcome, table: str) -> list[dict[str, Any]]:
    found = outcome.tables.get(table)
    return [] if found is None else found.to_pylist()


def scores(figure: str, outcome: Outcome) -> Scores:
    of: dict[tuple[str, str], dict[int, int]] = {}
    for row in rows(figure, outcome, "assessments"):
        if row["valid"]:
            of.setdefault((row["persona_id"], row["instrument"]), {})[row["day"]] = row["score"]
    if not of:
        raise cannot(figure, f"run {outcome.run_id} ({outcome.state}) has no valid session yet")
    return Scores(of)


def instruments(outcome: Outcome, config: PersonaConfig) -> list[Instrument]:
    """As the run has recorded them; as the library has them while it runs."""
    kept = outcome.documents.get("instruments")
    return (
        [Instrument(**kept[id]) for id in config.instruments] if kept else [library.instrument(id) for id in config.instruments]
    )


def people(config: PersonaConfig) -> dict[str, str]:
    """Name by id, in the order of the config."""
    return {one.id: one.name for one in rules.cast(config)}


def over(figure: str, outcomes: Sequence[Outcome], instrument: str) -> tuple[dict[int, Estimate], str]:
    """The mean total by day and what its interval is over: seeds where there are several (each the mean of its personas),
    personas where there is one."""
    found = [scores(figure, one) for one in outcomes]
    days = sorted({day for one in found for day in one.days(instrument)})
    if len(found) > 1:
        means = {day: [mean for one in found if (mean := one.mean(instrument, day)) is not None] for day in days}
        return {day: interval(values) for day, values in means.items()}, "seeds"
    return {day: interval([float(value) for value in found[0].at(instrument, day)]) for day in days}, "personas"
