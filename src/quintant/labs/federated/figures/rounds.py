"""A quantity by round over the replicates of a trial: mean, interval, n."""

from __future__ import annotations

from collections.abc import Sequence
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

        rows = []
        for number, estimate in zip(self.rounds, self.estimates, strict=True):
            low, high = (estimate.low, estimate.high) if estimate.has_interval else (None, None)
            bounds = {"mean": scaled(estimate.mean), "low": scaled(low), "high": scaled(high)}
            rows.append({"round": number, **bounds, "n": estimate.n})
        return rows


def course(figure: str, trial: Trial, column: str) -> Course:
    """`column` of the table of rounds; rounds without a value in any replicate are left out."""
    values: dict[int, list[float]] = {}
    for outcome in trial.outcomes:
        columns = trial.columns(figure, outcome, "rounds")
        for number, value in zip(columns["round"], columns[column], strict=True):
            if value is not None and np.isfinite(value):
                values.setdefault(int(number), []).append(float(value))
    rounds = tuple(sorted(values))
    return Course(rounds, tuple(_of(column, values[number]) for number in rounds))


def final(figure: str, trial: Trial, column: str) -> Estimate:
    """`column` in the last round that every replicate has finished, its value null where it was not collected."""
    values: list[float] = []
    ends = [int(trial.columns(figure, outcome, "rounds")["round"].max()) for outcome in trial.outcomes]
    for outcome in trial.outcomes:
        columns = trial.columns(figure, outcome, "rounds")
        last = columns[column][columns["round"] == min(ends)]
        values += [float(value) for value in last if value is not None and np.isfinite(value)]
    return _of(column, values)


SHARES = ("test_accuracy", "average_accuracy", "asr")


def _of(column: str, values: Sequence[float]) -> Estimate:
    return interval(values, "share" if column in SHARES else "linear")


def grid(participants: Array, rounds: Array, values: Array, size: int) -> tuple[Array, list[int]]:
    """Rows of a table as (size, r) with NaN where there is none, and the r rounds."""
    numbers, place = np.unique(rounds.astype(np.int64), return_inverse=True)
    out = np.full((size, len(numbers)), np.nan)
    out[participants.astype(np.int64), place] = values.astype(np.float64)
    return out, numbers.tolist()
