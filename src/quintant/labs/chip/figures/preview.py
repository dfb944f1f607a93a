"""Preview: whether a network would fit the chip, before anything has run."""

from __future__ import annotations

from collections.abc import Mapping

from quintant.figure import Theme
from quintant.figure.plane import Drawing
from quintant.lab import Outcome, Streams
from quintant.labs.chip import fit, seam
from quintant.labs.chip.config import ChipConfig
from quintant.labs.chip.engine.places import places
from quintant.labs.chip.engine.wiring import wiring
from quintant.labs.chip.figures import fit as figure


def build(config: ChipConfig, root_seed: int, chosen: Mapping[str, str], theme: Theme) -> Drawing:
    """The figure `fit` of the network that this seed wires."""
    placed = places(config)
    wired = wiring(config, placed, Streams.derive(root_seed, ("wiring",))["wiring"])
    documents = {seam.FIT: fit.report(config, placed, wired)}
    outcome = Outcome(
        run_id="", name="", state="preview", config=config, root_seed=root_seed, metrics={}, tables={}, documents=documents,
        events=(),
    )  # fmt: skip
    return figure.build([outcome], theme)
