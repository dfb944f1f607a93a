"""How far a set of Runs is, read from their rows: what every way of showing it shows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from quintant.cli import quantity
from quintant.lab import Headline
from quintant.runs.lifecycle import State
from quintant.runs.run import Run

ALMOST = 0.999
"""A Run whose work is done and whose files are not yet stored has not ended."""


@dataclass(frozen=True)
class Progress:
    """`fraction` is the mean over all Runs. `value`: mean of the headline metric over the `values` Runs that have one,
    None when the Runs differ in more than their seed. `each_s`: mean seconds of a completed Run. `elapsed_s`: since the
    first Run was taken. `waits`: why none has been taken yet, where that is known."""

    total: int
    ended: int
    failed: int
    fraction: float
    value: float | None
    values: int
    each_s: float | None
    elapsed_s: float
    waits: str | None = None

    @property
    def left_s(self) -> float | None:
        """Seconds to go if it goes on like this; None while it is too early to say."""
        if self.fraction >= 1 or self.fraction < 0.02 or self.elapsed_s < 0.5:
            return None
        return self.elapsed_s * (1 - self.fraction) / self.fraction


def read(runs: Sequence[Run], headline: Headline, elapsed_s: float) -> Progress:
    ended = [run for run in runs if run.state.final]
    spent = [
        run.ended_at - run.started_at
        for run in ended
        if run.state is State.COMPLETED and run.ended_at is not None and run.started_at is not None
    ]
    known = (
        []
        if len({tuple(sorted(map(str, run.point.items()))) for run in runs}) > 1
        else [value for run in runs if (value := _headline(run, headline)) is not None]
    )
    return Progress(
        total=len(runs),
        ended=len(ended),
        failed=sum(run.state is State.FAILED for run in runs),
        fraction=sum(1.0 if run.state.final else min(ALMOST, max(0.0, run.fraction)) for run in runs) / max(1, len(runs)),
        value=sum(known) / len(known) if known else None,
        values=len(known),
        each_s=sum(spent) / len(spent) if spent else None,
        elapsed_s=elapsed_s,
        waits=next((run.reason for run in runs if run.reason), None) if all(r.started_at is None for r in runs) else None,
    )


def parts(progress: Progress, headline: Headline) -> list[str]:
    """The facts behind the bar, in the order of their weight: "4/10", "0.9 s each", "blocking 3.1 %", "ETA 1 s"."""
    if progress.waits:
        return [progress.waits]
    facts = [f"{progress.ended}/{progress.total}" if progress.total > 1 else f"{math.floor(100 * progress.fraction):3d} %"]
    if progress.failed:
        facts.append(f"{progress.failed} failed")
    if progress.each_s is not None and progress.total > 1:
        facts.append(f"{quantity.duration(progress.each_s)} each")
    if progress.value is not None:
        facts.append(f"{headline.label} {quantity.rough(progress.value, headline.unit)}")
    if progress.left_s is not None:
        facts.append(f"ETA {quantity.remaining(progress.left_s)}")
    return facts


def _headline(run: Run, headline: Headline) -> float | None:
    value = run.headline if run.headline is not None else run.values.get(headline.metric)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) else None
