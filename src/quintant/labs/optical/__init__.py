"""The optical lab: dynamic traffic on elastic optical networks, from a request to a blocking probability with its interval.

    config       the keys of an experiment, and the two modes: steady and replay
    rules        what no single key can know: which combinations are impossible, which are doubtful
    topology     networks by name, a user's own, GraphML            topologies/  28 of them, with their sources
    modulation   how far a format reaches and how many slots a rate takes in it
    presets/     published set-ups with the numbers they should reproduce, FUSION's model, closed forms
    engine/      the simulators, compiled and reference, and the statistics; engine/__init__.py is its map
    results      the files of a Run's folder                        figures/  what is drawn, one file per figure
    contract/    the FUSION wire dialect                            commands  `quintant optical topology …`

Equations, units, assumptions and how each was verified: docs/labs/optical.md.
"""

from __future__ import annotations

from quintant.lab import Headline, Lab
from quintant.labs.optical.config import OpticalConfig
from quintant.labs.optical.figure_list import FIGURES
from quintant.labs.optical.log import line
from quintant.labs.optical.presets import PRESETS

__all__ = ["LAB"]

LAB = Lab(
    name="optical",
    title="Elastic optical networks",
    tag="OP",
    says="Serves dynamic connection requests on an elastic optical network, slot by slot, and measures how many are blocked.",
    version="1",
    config=OpticalConfig,
    presets=PRESETS,
    default_preset="deeprmsa-nsfnet",
    engine="quintant.labs.optical.engine:OpticalEngine",
    purposes=("arrivals", "holding", "pairs", "demands"),
    headline=Headline("blocking", "blocking", scale="log"),
    figures=FIGURES,
    files="quintant.labs.optical.results:files",
    contract="quintant.labs.optical.contract:router",
    commands="quintant.labs.optical.commands:app",
    warm="quintant.labs.optical.engine:warm",
    seedless=lambda config: (
        None if config.mode == "steady" else "a replay takes FUSION's own seeds; ask for more replay_iterations instead."
    ),
    log_line=line,
    log_path="logs/sim.log",
    exact="platform",
)
