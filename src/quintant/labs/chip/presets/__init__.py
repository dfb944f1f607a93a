"""Presets: the contract's quick start, what a single mechanism does, networks, and labelled samples."""

from __future__ import annotations

from collections.abc import Mapping

from quintant.lab import Preset
from quintant.labs.chip.presets.mechanisms import MECHANISMS
from quintant.labs.chip.presets.networks import NETWORKS

PRESETS: Mapping[str, Preset] = {preset.name: preset for preset in (*NETWORKS, *MECHANISMS)}
