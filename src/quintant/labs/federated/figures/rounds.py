"""A quantity by round over the replicates of a trial: mean, interval, n."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from quintant.labs.federated.figures.trials import Array, Trial
from quintant.statistics import Estimate, interval


@dataclass(frozen=True)
class Course:
    """`rounds` (r,) ascending; `estimates` one per round, over the replicates that have finished it."""

    rounds: tuple[int, ...]
    estimates: tuple[Estimate, ...]

    @property
    def last(self) -> Estimate:
        return self.estimates[-1]

    def rows(self, factor: float = 1.0) -> list[dict[str, float | None]]:
        """For a chart: {round, mean, low, high, n}, values times `factor`."""

        def scaled(value: float | None) -> float | None:
            return None if value is None else value * factor

        return [
            {
                "round": number,
                "mean": scaled(one.mean),
                "low": scaled(one.low if one.has_interval else None),
                "high": scaled(one.high if one.has_interval else None),
                "n": one.n,
            }
            for number, one in zip(self.rounds, self.estimates, strict=True)
        ]


def course(figure: str, trial: Trial, column: str) -> Course:
    """`column` of the table of rounds; rounds without a value in any replicate are left out."""
    found: dict[int, list[float]] = {}
    for outcome in trial.outcomes:
        columns = trial.columns(figure, outcome, "rounds")
        for number, value in zip(columns["round"], columns[column], strict=True):
            if value is not None and np.isfinite(value):
                found.setdefault(int(number), []).append(float(value))
    rounds = tuple(sorted(found))
    return Course(rounds, tuple(interval(found[number]) for number in rounds))


def final(figure: str, trial: Trial, column: str) -> Estimate:
    """`column` in the last round that every replicate has finished, its value null where it was not collected."""
    values: list[float] = []
    ends = [int(trial.columns(figure, outcome, "rounds")["round"].max()) for outcome in trial.outcomes]
    for outcome in trial.outcomes:
        columns = trial.columns(figure, outcome, "rounds")
        value = columns[column][columns["round"] == min(ends)]
        values += [float(one) for one in value if one is not None and np.isfinite(one)]
    return interval(values)


def grid(participants: Array, rounds: Array, values: Array, size: int) -> tuple[Array, list[int]]:
    """Rows of a table as (size, r) with NaN where there is none, and the r rounds."""
    numbers, place = np.unique(rounds.astype(np.int64), return_inverse=True)
    out = np.full((size, len(numbers)), np.nan)
    out[participants.astype(np.int64), place] = values.astype(np.float64)
    return out, numbers.tolist()
