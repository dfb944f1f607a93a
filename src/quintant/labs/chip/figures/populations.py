"""Who is in the network: its populations with their places and colours, and the facts that every figure prints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from quintant.figure import Theme
from quintant.figure.number import SPACE, count, plain
from quintant.figure.replicates import config_of
from quintant.lab import Outcome
from quintant.labs.chip.config import ChipConfig

RULES = {"stdp": "STDP", "three_factor": "three-factor learning"}


@dataclass(frozen=True)
class Block:
    """The population at `place` in the config: rows first … first + size - 1 of a figure, the first declared lowest."""

    label: str
    place: int
    first: int
    size: int

    @property
    def title(self) -> str:
        return shortened(self.label) if self.size == 1 else f"{shortened(self.label)}{SPACE}{count(self.size)}"

    def colour(self, theme: Theme) -> str:
        return theme.colour(self.place)


def blocks(given: ChipConfig) -> tuple[Block, ...]:
    found, first = [], 0
    for place, one in enumerate(given.populations):
        found.append(Block(one.label, place, first, one.size))
        first += one.size
    return tuple(found)


def config(outcome: Outcome) -> ChipConfig:
    return config_of(outcome, ChipConfig)


def steps(given: ChipConfig) -> int:
    """All steps of the run, of all its samples together."""
    return given.timesteps * len(given.samples or (None,))


def facts(given: ChipConfig) -> tuple[str, ...]:
    """What changes results and is therefore printed on every figure."""
    neurons = sum(one.size for one in given.populations)
    parts = [f"{count(neurons)}{SPACE}{'neuron' if neurons == 1 else 'neurons'}"]
    if given.samples is None:
        parts.append(f"{count(given.timesteps)}{SPACE}steps")
    else:
        parts.append(f"{count(len(given.samples))}{SPACE}samples of {count(given.timesteps)}{SPACE}steps")
    if given.step_ms is not None:
        parts.append(f"{plain(given.step_ms)}{SPACE}ms a step")
    if given.plasticity in RULES:
        parts.append(RULES[given.plasticity])
    if given.graded:
        parts.append("graded spikes")
    models = {one.model for one in given.populations}
    if models != {"linear"}:
        parts.append(f"{' and '.join(sorted(models))} neurons")
    return tuple(parts)


def shortened(text: str, most: int = 24) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def listed(words: Sequence[str], most: int = 3) -> str:
    """ "a, b, c and 4 more"."""
    if len(words) <= most:
        return ", ".join(words)
    return f"{', '.join(words[:most])} and {len(words) - most} more"
