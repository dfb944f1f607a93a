"""Preview: the weights of a network, before anything has run."""

from __future__ import annotations

from collections.abc import Mapping

from quintant.figure import Theme
from quintant.figure.plane import Drawing
from quintant.lab import Outcome
from quintant.labs.spiking.config import SpikingConfig
from quintant.labs.spiking.figures import weights


def build(config: SpikingConfig, root_seed: int, chosen: Mapping[str, str], theme: Theme) -> Drawing:
    """The figure `weights`, which is drawn from config and seed alone."""
    outcome = Outcome(
        run_id="", name="", state="preview", config=config, root_seed=root_seed, metrics={}, tables={}, documents={}, events=()
    )
    return weights.build([outcome], theme)
