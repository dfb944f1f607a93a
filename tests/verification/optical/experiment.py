"""Runs of the optical engine for the verification tests: what a Run does, without a store or a process."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from quintant.config import parse
from quintant.lab import Event, Progress, Result
from quintant.labs.optical import LAB
from quintant.labs.optical.config import OpticalConfig
from quintant.labs.optical.engine import OpticalEngine
from quintant.labs.optical.engine.estimate import student_t


def run(raw: Mapping[str, Any], root: int = 1) -> Result:
    return watched(raw, root)[0]


def watched(raw: Mapping[str, Any], root: int = 1) -> tuple[Result, list[Event], list[Progress]]:
    config = parse(OpticalConfig, raw)
    engine, events, told = OpticalEngine(), [], []
    state = engine.init(config, LAB.seeded(config, root))
    for _ in range(1_000_000):
        step = engine.step(state, ())
        state = step.state
        events += step.events
        if step.progress is not None:
            told.append(step.progress)
        if step.done:
            return engine.result(state), events, told
    raise AssertionError("the run does not end")


def preset(name: str, **changes: Any) -> dict[str, Any]:
    return {**LAB.presets[name].config, **changes}


def blocking(raw: Mapping[str, Any], roots: Sequence[int] = (1,)) -> tuple[float, float]:
    """Mean blocking over replicates and its 95 % half-width: Student's t over replicates, batch means for a single one."""
    metrics = [run(raw, root).metrics["blocking"] for root in roots]
    values = [metric.value for metric in metrics]
    mean = math.fsum(values) / len(values)
    if len(values) == 1:
        return mean, mean - (metrics[0].low or 0.0)
    spread = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1))
    return mean, student_t(len(values) - 1) * spread / math.sqrt(len(values))
