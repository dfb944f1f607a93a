"""Execution: one Run in this process, without a Store."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from quintant.client.discovery import settings_of
from quintant.config import Config
from quintant.lab import Answer, AskContext, Lab, Result, Step, load

MOST_STEPS = 100_000


def run(lab: Lab, config: Config, root: int) -> tuple[list[Step[Any]], Result]:
    """One Run in this process, without a Store: all its steps and its result."""
    engine = load(lab.engine)()
    state = engine.init(config, lab.seeded(config, root))
    steps: list[Step[Any]] = []
    answers: Sequence[Answer] = ()
    with context() as here:
        while True:
            step = engine.step(state, answers)
            steps.append(step)
            state = step.state
            if step.done:
                return steps, engine.result(state)
            assert len(steps) < MOST_STEPS, "the engine does not come to an end"
            answers = answered(lab, step, here)


@contextmanager
def context() -> Iterator[AskContext]:
    with tempfile.TemporaryDirectory() as folder:
        yield AskContext("run_conformance", Path(folder), settings_of().cache)


def answered(lab: Lab, step: Step[Any], context: AskContext) -> Sequence[Answer]:
    return [load(lab.answers)(ask, context) for ask in step.asks] if lab.answers else ()
