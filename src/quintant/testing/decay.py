"""The decay lab: radioactive atoms that are left after a while.

The gentlest whole lab there is, to be read before any other; `quintant lab new NAME` writes a package around a copy of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from quintant.config import Config, key
from quintant.lab import Answer, Headline, Lab, Metric, Preset, Progress, Result, Step, Streams

STEPS = 60


class DecayConfig(Config):
    atoms: int = key(
        1000, ge=1, le=10**9, unit="atoms", group="Sample", essential=True, purposes=("decays",), says="Atoms at the beginning."
    )
    half_life_s: float = key(
        10.0,
        gt=0,
        unit="s",
        group="Sample",
        essential=True,
        purposes=("decays",),
        says="Time in which an atom decays with chance 1/2.",
    )
    duration_s: float = key(
        30.0, gt=0, unit="s", group="Observation", purposes=("decays",), says="How long the sample is watched."
    )


@dataclass
class DecayState:
    config: DecayConfig
    generator: Any
    left: int
    number: int = 0


class DecayEngine:
    def init(self, config: DecayConfig, rng: Streams) -> DecayState:
        return DecayState(config, rng.generator("decays"), config.atoms)

    def step(self, state: DecayState, answers: Sequence[Answer]) -> Step[DecayState]:
        config, step_s = state.config, state.config.duration_s / STEPS
        state.left -= int(state.generator.binomial(state.left, 1 - 0.5 ** (step_s / config.half_life_s)))
        state.number += 1
        row = pa.RecordBatch.from_pydict({"time_s": [state.number * step_s], "left": [state.left]})
        progress = Progress(state.number / STEPS, {"left": state.left})
        return Step(state, done=state.number == STEPS, progress=progress, tables={"course": row})

    def result(self, state: DecayState) -> Result:
        share = state.left / state.config.atoms
        return Result({"left_share": Metric(share, n=state.config.atoms), "left": Metric(state.left, "atoms")})


LAB = Lab(
    name="decay",
    title="Radioactive decay",
    tag="DC",
    says="Counts the atoms of a sample that have not decayed yet.",
    version="1",
    config=DecayConfig,
    presets={"three-half-lives": Preset("three-half-lives", "Three half-lives", "An eighth is left on average.", {}, seeds=5)},
    default_preset="three-half-lives",
    engine="quintant.testing.decay:DecayEngine",
    purposes=("decays",),
    headline=Headline("left_share", "share left"),
)
