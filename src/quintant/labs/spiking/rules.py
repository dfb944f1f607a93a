"""What no single key can know: which combinations are impossible, and which are doubtful."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from quintant.errors import Problem

if TYPE_CHECKING:
    from quintant.labs.spiking.config import SpikingConfig


def broken(config: SpikingConfig) -> Iterator[Problem]:
    if config.populations is None and config.n_e + config.n_i == 0:
        yield Problem("n_e", "n_e and n_i must not both be 0; got 0 and 0.", 0)


    if config.precision == "single" and (config.neuron_model != "lif" or config.integrator != "euler"):
        yield Problem(
            "precision", "single is for neuron_model lif with integrator euler; got "
            f"{config.neuron_model} with {config.integrator}.", "single", ["double"],
        )  # fmt: skip


def doubtful(config: SpikingConfig) -> Iterator[Problem]:
    return iter(())
