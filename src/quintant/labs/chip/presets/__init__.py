"""Presets."""

from __future__ import annotations

from collections.abc import Mapping

from quintant.lab import Preset

PRESETS: Mapping[str, Preset] = {
    "two-population": Preset("two-population", "Two populations: the quick start", "100 excitatory, 25 inhibitory.", {})
}
