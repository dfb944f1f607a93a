"""Who is in the network: its populations with their places, and the facts that every figure prints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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
        members = [(one.name, 0 if one.kind == "E" else 1, one.size) for one in config.populations]
    found, first = [], 0
    for name, kind, size in members:
        if size:
            found.append(Block(name, kind, first, size))
        first += size
    return tuple(found)


def config(outcome: Outcome) -> SpikingConfig:
    return config_of(outcome, SpikingConfig)


def one_point(figure: str, outcomes: Sequence[Outcome]) -> Replicates[SpikingConfig]:
    """The single config of `outcomes` with its replicates, or Conflict: a mean over different networks means nothing."""
    found = fold(outcomes, SpikingConfig)
    if len(found) > 1:
        keys = ", ".join(differing([one.config.model_dump(mode="json") for one in found]))
        raise cannot(
            figure, f"it shows replicates of one config and these runs differ in {keys}; choose one point, or draw figure sweep"
        )
    return found[0]


def facts(given: SpikingConfig) -> tuple[str, ...]:
    """What changes results and is therefore printed on every figure."""
    sizes = [sum(one.size for one in blocks(given) if one.kind == kind) for kind in (0, 1)]
    parts = [
        f"{count(sizes[0])}{SPACE}E + {count(sizes[1])}{SPACE}I",
        MODELS[given.neuron_model],
        f"τ GABA {plain(given.tau_gaba_ms)}{SPACE}ms",
        f"dt {plain(given.dt_ms)}{SPACE}ms",
    ]
    if given.populations is not None:
        parts.insert(1, f"{len(given.populations)}{SPACE}population{'s' if len(given.populations) > 1 else ''}")
    if given.integrator != "euler":
        parts.append({"exponential_euler": "exponential Euler", "rk4": "RK4"}[given.integrator])
    if given.burn_in_ms:
        parts.append(f"first {plain(given.burn_in_ms)}{SPACE}ms not measured")
    return tuple(parts)


def burn_in_ms(given: SpikingConfig) -> float:
    """Where the measured part begins; a burn-in longer than the run hatches all of it."""
    return min(given.burn_in_ms, given.t_ms)


def colour(kind: int, theme: Theme) -> str:
    """Blue for excitatory, vermillion for inhibitory: the habit of the field, told apart by every kind of sight."""
    return theme.series[kind]
