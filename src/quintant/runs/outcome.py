"""A Run as figures, and the files that a contract's clients read, see it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from quintant.lab import Event, Outcome, Result
from quintant.runs.run import Run, iso


def run_outcome(run: Run, config: Any, result: Result, events: Sequence[Event]) -> Outcome:
    """`config`: the Run's, parsed. `result`: what is there of one."""
    return Outcome(
        run_id=run.id,
        name=run.name,
        state=str(run.state),
        config=config,
        root_seed=run.root_seed,
        metrics=result.metrics,
        tables=result.tables,
        documents=result.documents,
        point=run.point,
        request=run.request,
        events=events,
        created_at=iso(run.created_at) or "",
        started_at=iso(run.started_at),
        ended_at=iso(run.ended_at),
    )
