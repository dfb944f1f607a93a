"""Who is in the network: its populations with their places, and the facts that every figure prints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from quintant.figure import Theme, cannot
from quintant.figure.number import SPACE, count, plain
from quintant.figure.replicates import Replicates, config_of, differing, fold
from quintant.lab import Outcome
from quintant.labs.spiking.config import SpikingConfig

MODELS = {
    "lif": "leaky integrate-and-fire",
    "hh": "Hodgkin-Huxley",
    "adex": "AdEx",
    "connor_stevens": "Connor-Stevens",
    "fitzhugh": "FitzHugh-Nagumo",
    "mqif": "mqif",
    "qif": "quadratic integrate-and-fire",
    "izhikevich": "Izhikevich",
}


@dataclass(frozen=True)
class Block:
    """A population with its ids first … first + size - 1. `kind`: 0 excitatory, 1 inhibitory."""

    name: str
    kind: int
    first: int
    size: int

    @property
    def label(self) -> str:
        return self.name if self.size == 1 else f"{self.name}{SPACE}{count(self.size)}"


def blocks(config: SpikingConfig) -> tuple[Block, ...]:
    """The populations that have neurons, E before I, as ids run."""
    if config.populations is None:
        members = [("E", 0, config.n_e), ("I", 1, config.n_i)]
    else:
        members = [(population.name, int(population.kind != "E"), population.size) for population in config.populations]
    firsts = accumulate((size for _, _, size in members), initial=0)
    pairs = zip(members, firsts, strict=False)
    return tuple(Block(name, kind, first, size) for (name, kind, size), first in pairs if size)


def config(outcome: Outcome) -> SpikingConfig:
    return config_of(outcome, SpikingConfig)


def one_point(figure: str, outcomes: Sequence[Outcome]) -> Replicates[SpikingConfig]:
    """The single config of `outcomes` with its replicates, or Conflict: a mean over different networks means nothing."""
    points = fold(outcomes, SpikingConfig)
    if len(points) > 1:
        keys = ", ".join(differing([point.config.model_dump(mode="json") for point in points]))
        raise cannot(
            figure, f"it shows replicates of one config and these runs differ in {keys}; choose one point, or draw figure sweep"
        )
    return points[0]


def facts(config: SpikingConfig) -> tuple[str, ...]:
    """What changes results and is therefore printed on every figure."""
    n_e, n_i = (sum(block.size for block in blocks(config) if block.kind == kind) for kind in (0, 1))
    populations = config.populations or ()
    parts = (
        f"{count(n_e)}{SPACE}E + {count(n_i)}{SPACE}I",
        f"{len(populations)}{SPACE}population{'s' if len(populations) > 1 else ''}" if config.populations is not None else "",
        MODELS[config.neuron_model],
        f"τ GABA {plain(config.tau_gaba_ms)}{SPACE}ms",
        f"dt {plain(config.dt_ms)}{SPACE}ms",
        {"euler": "", "exponential_euler": "exponential Euler", "rk4": "RK4"}[config.integrator],
        f"first {plain(config.burn_in_ms)}{SPACE}ms not measured" if config.burn_in_ms else "",
    )
    return tuple(filter(None, parts))


def burn_in_ms(config: SpikingConfig) -> float:
    """Where the measured part begins; a burn-in longer than the run hatches all of it."""
    return min(config.burn_in_ms, config.t_ms)


def colour(kind: int, theme: Theme) -> str:
    """Blue for excitatory, vermillion for inhibitory: the habit of the field, told apart by every kind of sight."""
    return theme.series[kind]
