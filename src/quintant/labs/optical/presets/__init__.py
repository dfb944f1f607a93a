"""Presets: named configs, each with the number it should reproduce where one is known.

published   the set-ups that the field compares itself on, as tabulated with doi 10.1364/JOCN.559990
fusion      FUSION's own model, measured in steady state, and one replay
textbook    networks whose blocking has a closed form
"""

from __future__ import annotations

from collections.abc import Mapping

from quintant.lab import Preset
from quintant.labs.optical.presets import fusion, published, textbook

PRESETS: Mapping[str, Preset] = {preset.name: preset for preset in (*published.PRESETS, *fusion.PRESETS, *textbook.PRESETS)}
