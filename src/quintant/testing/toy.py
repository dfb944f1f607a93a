"""A tiny lab: tosses of a biased coin. Small enough to read in a minute, rude enough to test the platform with.

It enters by an entry point like every lab; the tests install one for it.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from quintant.config import Config, Is, Not, key
from quintant.errors import EngineError, Problem
from quintant.lab import (
    Answer,
    Ask,
    AskContext,
    Event,
    Expected,
    File,
    Headline,
    Lab,
    Metric,
    Outcome,
    Preset,
    Progress,
    Result,
    Step,
    Streams,
)
from quintant.outside import Outside
from quintant.wire.contract import Contract

MISBEHAVES = Not(Is("misbehave", "no"))


class ToyConfig(Config):
    bias: float = key(0.5, ge=0, le=1, group="Coin", essential=True, purposes=("tosses",), says="Probability of heads.")
    steps: int = key(5, ge=1, le=1_000_000, group="Coin", says="Steps of the run.")
    tosses_per_step: int = key(
        100, ge=1, le=10_000_000, unit="tosses", group="Coin", purposes=("tosses",), synonyms=("throws",),
        says="Tosses in each step.",
    )  # fmt: skip
    work: int = key(0, ge=0, le=10**9, group="Coin", says="Additions done in each step, so that it takes time.")
    asks: bool = key(False, group="Coin", says="Ask somebody outside before each step.")
    misbehave: Literal["no", "raise", "refuse", "die", "hang", "hang_with_child", "overshoot"] = key(
        "no",
        group="Coin",
        says="What goes wrong at step `misbehave_at`.",
    )
    misbehave_at: int = key(1, ge=0, group="Coin", when=MISBEHAVES, says="Step at which it misbehaves.")
    spare: str | None = key(None, group="Coin", when=MISBEHAVES, says="A file whose presence means: misbehave no more.")

    def check(self) -> Iterable[Problem]:
        if self.misbehave != "no" and self.misbehave_at >= self.steps:
            yield Problem("misbehave_at", f"must be below steps ({self.steps}); got {self.misbehave_at}.", self.misbehave_at)

    def warnings(self) -> Iterable[Problem]:
        if self.bias in (0.0, 1.0):
            yield Problem("bias", f"{self.bias:g} leaves nothing to chance.", self.bias)


@dataclass
class ToyState:
    config: ToyConfig
    generator: Any
    step: int = 0
    heads: int = 0
    tosses: int = 0
    per_step: list[int] = field(default_factory=list)


class ToyEngine:
    def init(self, config: ToyConfig, rng: Streams) -> ToyState:
        return ToyState(config, rng.generator("tosses"))

    def step(self, state: ToyState, answers: Sequence[Answer]) -> Step[ToyState]:
        import pyarrow as pa

        config = state.config
        if config.asks and state.step and not answers:
            raise EngineError("asks: the weather was not told")
        if (
            config.misbehave != "no"
            and state.step == config.misbehave_at
            and not (config.spare and Path(config.spare).exists())
        ):
            _misbehave(config.misbehave)
        sum(range(config.work))
        heads = int(state.generator.binomial(config.tosses_per_step, config.bias))
        state.heads += heads
        state.tosses += config.tosses_per_step
        state.per_step.append(heads)
        state.step += 1
        done = state.step == config.steps
        return Step(
            state,
            done=done,
            progress=Progress(
                _fraction(config, state.step), {"heads_share": state.heads / state.tosses, "tosses": state.tosses}
            ),
            events=(Event("tossed", {"step": state.step, "heads": heads}),),
            tables={"steps": pa.RecordBatch.from_pydict({"step": [state.step], "heads": [heads]})},
            asks=(Ask(f"ask-{state.step}", "weather", {"step": state.step}),) if config.asks and not done else (),
        )

    def result(self, state: ToyState) -> Result:
        share = state.heads / state.tosses
        return Result(
            {"heads_share": Metric(share, n=state.tosses), "heads": Metric(state.heads, "tosses", n=state.tosses)},
            documents={"coin": {"bias": state.config.bias, "steps": state.step}},
        )

    def so_far(self, state: ToyState) -> tuple[Result, str] | None:
        if not state.tosses:
            return None
        share = Metric(state.heads / state.tosses, n=state.tosses, method="so far")
        return Result({"heads_share": share}), f"{state.step} of {state.config.steps} steps"

    def dump(self, state: ToyState) -> bytes:
        return json.dumps(
            {
                "config": state.config.model_dump(),
                "generator": state.generator.bit_generator.state,
                "step": state.step,
                "heads": state.heads,
                "tosses": state.tosses,
                "per_step": state.per_step,
            }
        ).encode()

    def load(self, data: bytes) -> ToyState:
        import numpy as np

        saved = json.loads(data)
        generator = np.random.Generator(np.random.PCG64())
        generator.bit_generator.state = saved.pop("generator")
        return ToyState(ToyConfig(**saved.pop("config")), generator, **saved)


def answer(ask: Ask, context: AskContext) -> Answer:
    return Answer(ask.id, {"weather": "fine"})


def files(outcome: Outcome) -> Iterable[File]:
    yield File("coin.txt", f"{outcome.state}\n".encode(), "text/plain")


def contract() -> Contract:
    """A dialect without routes: it only wants a file in each Run's folder, and a time limit."""
    return Contract(files="quintant.testing.toy:files", limit_s=lambda request: (request or {}).get("limit_s"))


def _fraction(config: ToyConfig, step: int) -> float:
    """The fraction that is done; one that overshoots tells more than there is."""
    return 1.7 if config.misbehave == "overshoot" and step > config.misbehave_at else step / config.steps


def _misbehave(how: str) -> None:
    match how:
        case "raise":
            raise ZeroDivisionError("the coin stands on its edge")
        case "refuse":
            raise EngineError("bias: the coin refuses")
        case "die":
            os.kill(os.getpid(), signal.SIGKILL)
        case "hang" | "hang_with_child":
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            if how == "hang_with_child":
                subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
            while True:
                sum(range(100_000))


LAB = Lab(
    name="toy",
    title="A biased coin",
    tag="TO",
    says="Tosses a biased coin and counts heads.",
    version="1",
    config=ToyConfig,
    presets={
        "fair": Preset(
            "fair",
            "A fair coin",
            "Five steps of a hundred tosses.",
            {},
            expected=(Expected("heads_share", 0.5, 0.1, "the law of large numbers"),),
        ),
        "loaded": Preset("loaded", "A loaded coin", "Heads nine times out of ten.", {"bias": 0.9}, seeds=3),
    },
    default_preset="fair",
    engine="quintant.testing.toy:ToyEngine",
    purposes=("tosses",),
    headline=Headline("heads_share", "heads"),
    answers="quintant.testing.toy:answer",
    contract="quintant.testing.toy:contract",
    seedless=lambda config: "nothing is left to chance." if config.bias in (0.0, 1.0) else None,
    log_line=lambda event: f"step {event.payload['step']}: {event.payload['heads']} heads" if event.kind == "tossed" else None,
    resumable=os.environ.get("QUINTANT_TOY_RESUMABLE") != "no",  # for tests of what a lab without checkpoints goes through
)


def outside(config: ToyConfig, cache: Path) -> Iterable[Outside]:
    """For tests of what configs name: `spare` as a file."""
    if config.spare:
        yield Outside("spare", "file", config.spare, place=Path(config.spare))
