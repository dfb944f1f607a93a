"""Dendrites: whether the compartments beside the soma act in a network."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from quintant.labs.chip.config import ChipConfig


def acting(config: ChipConfig) -> bool:
    """As the config says; where it says nothing, when any connection leads to a dendrite."""
    if config.dendrites is not None:
        return config.dendrites
    return any(connection.compartment > 0 for connection in config.connections)
