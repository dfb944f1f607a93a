"""Presets: defences against attacks, the anchors that others have published, and how data are spread."""

from __future__ import annotations

from collections.abc import Mapping

from quintant.lab import Preset
from quintant.labs.federated.presets.anchors import ANCHORS
from quintant.labs.federated.presets.defences import DEFENCES
from quintant.labs.federated.presets.splits import SPLITS

PRESETS: Mapping[str, Preset] = {preset.name: preset for preset in (*DEFENCES, *SPLITS, *ANCHORS)}
