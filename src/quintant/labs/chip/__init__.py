"""The chip lab: networks of integer neurons as neuromorphic chips run them, bit for bit.

    config       the keys of a network, its input, what is kept      rules      which combinations are impossible or doubtful
    packed       many integers in a short text                       chance     what is drawn from the root seed
    presets/     the quick start, hand-derivable cases, learning     seam       names of the tables and documents of a run
    engine/      reference and compiled engine; its __init__ is the map
    fit          would it fit the chip?                              energy     an estimate from counts and cited coefficients
    nir          import and export of NIR graphs                     log        one line per event
    contract/    the Catalyst Cloud wire dialect                     tiers      what an account may do
    figures/     what is drawn, one file per figure                  commands   quintant chip …

Equations, sources and how each was verified: docs/labs/chip.md.
"""

from __future__ import annotations

from quintant.lab import Headline, Lab
from quintant.labs.chip.chance import seedless
from quintant.labs.chip.config import ChipConfig
from quintant.labs.chip.figure_list import FIGURES
from quintant.labs.chip.log import line
from quintant.labs.chip.presets import PRESETS
from quintant.labs.chip.tiers import limit_s

__all__ = ["LAB"]

LAB = Lab(
    name="chip",
    title="Integer neuromorphic chips",
    tag="NE",
    says="Simulates networks of integer neurons as a neuromorphic chip runs them, with the same bits on every machine.",
    version="1",
    config=ChipConfig,
    presets=PRESETS,
    default_preset="two-population",
    engine="quintant.labs.chip.engine:ChipEngine",
    purposes=("input", "wiring"),
    headline=Headline("spikes", "spikes"),
    figures=FIGURES,
    contract="quintant.labs.chip.contract:router",
    commands="quintant.labs.chip.commands:app",
    limit_s=limit_s,
    warm="quintant.labs.chip.engine:warm",
    log_line=line,
    seedless=seedless,
    exact="anywhere",
)
