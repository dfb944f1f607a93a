"""The chip lab: networks of integer neurons as neuromorphic chips run them, bit for bit.

    config       the keys of a network, its input, what is kept      rules      which combinations are impossible or doubtful
    packed       many integers in a short text                       chance     what is drawn from the root seed
    presets/     the quick start, hand-derivable cases, learning     seam       names of the tables and documents of a run
    engine/      reference and compiled engine; its __init__ is the map
    fit          would it fit the chip?                              energy     an estimate from counts and cited coefficients
    nir          import and export of NIR graphs                     log        one line per event
    contract/    the Catalyst Cloud wire dialect                     tiers      what an account may do
    settings     what the server's operator decides
    figures/     what is drawn, one file per figure                  commands   quintant chip …

Equations, sources and how each was verified: page.md.
"""

from __future__ import annotations

from quintant.lab import Headline, Lab, Preview
from quintant.labs.chip.chance import seedless
from quintant.labs.chip.config import ChipConfig
from quintant.labs.chip.figure_list import FIGURES
from quintant.labs.chip.log import log_line
from quintant.labs.chip.presets import PRESETS
from quintant.labs.chip.settings import SETTINGS

__all__ = ["LAB"]

CITE = """@misc{catalystn1,
  title = {catalyst-n1}, note = {The public simulator whose spikes this lab gives: sdk/neurocore at fbfd2e5},
}
@article{pedersen2024neuromorphic,
  author = {Pedersen, Jens E. and others},
  title = {Neuromorphic intermediate representation: A unified instruction set for interoperable brain-inspired computing},
  journal = {Nature Communications}, year = {2024}, doi = {10.1038/s41467-024-52259-9},
}"""

LAB = Lab(
    name="chip",
    title="Integer neuromorphic chips",
    tag="CH",
    says="Simulates networks of integer neurons as a neuromorphic chip runs them, with the same bits on every machine.",
    version="2",
    config=ChipConfig,
    presets=PRESETS,
    default_preset="two-population",
    engine="quintant.labs.chip.engine:ChipEngine",
    purposes=("input", "wiring"),
    headline=Headline("spikes", "spikes"),
    shares=("accuracy",),
    figures=FIGURES,
    previews=(
        Preview(
            "fit",
            "Fit",
            "Whether the network fits the chip, core by core.",
            "quintant.labs.chip.figures.preview:build",
        ),
    ),
    page="quintant.labs.chip:page.md",
    contract="quintant.labs.chip.contract:contract",
    commands="quintant.labs.chip.commands:app",
    settings=SETTINGS,
    warm="quintant.labs.chip.engine:warm",
    log_line=log_line,
    seedless=seedless,
    exact="anywhere",
    files={"populations": "quintant.labs.chip.own_files:populations"},
    cite=CITE,
)
