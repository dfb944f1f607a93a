"""Presets: the contract's default, rhythms, an irregular state, and each neuron model as its paper has it."""

from __future__ import annotations

from collections.abc import Mapping

from quintant.lab import Preset
from quintant.labs.spiking.presets.cells import CELLS
from quintant.labs.spiking.presets.rhythms import RHYTHMS

PRESETS: Mapping[str, Preset] = {preset.name: preset for preset in (*RHYTHMS, *CELLS)}
