"""Who is in the network: its populations with their places and colours, and the facts that every figure prints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

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


def blocks(network: ChipConfig) -> tuple[Block, ...]:
    firsts = accumulate((population.size for population in network.populations), initial=0)
    pairs = zip(network.populations, firsts, strict=False)
    return tuple(Block(own.label, place, first, own.size) for place, (own, first) in enumerate(pairs))


def config(outcome: Outcome) -> ChipConfig:
    return config_of(outcome, ChipConfig)


def steps(network: ChipConfig) -> int:
    """All steps of the run, of all its samples together."""
    return network.timesteps * len(network.samples or (None,))


def facts(network: ChipConfig) -> tuple[str, ...]:
    """What changes results and is therefore printed on every figure."""
    neurons = sum(population.size for population in network.populations)
    length = f"{count(network.timesteps)}{SPACE}steps"
    models = {population.model for population in network.populations}
    parts = (
        f"{count(neurons)}{SPACE}{'neuron' if neurons == 1 else 'neurons'}",
        length if network.samples is None else f"{count(len(network.samples))}{SPACE}samples of {length}",
        f"{plain(network.step_ms)}{SPACE}ms a step" if network.step_ms is not None else "",
        RULES.get(network.plasticity, ""),
        "graded spikes" if network.graded else "",
        f"{' and '.join(sorted(models))} neurons" if models != {"linear"} else "",
    )
    return tuple(filter(None, parts))


def shortened(text: str, most: int = 24) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def listed(words: Sequence[str], most: int = 3) -> str:
    """ "a, b, c and 4 more"."""
    if len(words) <= most:
        return ", ".join(words)
    return f"{', '.join(words[:most])} and {len(words) - most} more"
