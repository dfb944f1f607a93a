"""The optical lab: dynamic traffic on elastic optical networks, from a request to a blocking probability with its interval.

    config       the keys of an experiment, and the two modes: steady and replay
    rules        what no single key can know: which combinations are impossible, which are doubtful
    topology     networks by name, a user's own, GraphML            topologies/  28 of them, with their sources
    modulation   how far a format reaches and how many slots a rate takes in it
    presets/     published set-ups with the numbers they should reproduce, FUSION's model, closed forms
    engine/      the simulators, compiled and reference, and the statistics; engine/__init__.py is its map
    results      the files of a Run's folder                        figures/  what is drawn, one file per figure
    contract/    the FUSION wire dialect                            commands  `quintant optical topology …`

Equations, units, assumptions and how each was verified: page.md, docs/labs/optical.md.
"""

from __future__ import annotations

from quintant.lab import Headline, Lab, Preview
from quintant.labs.optical.config import OpticalConfig
from quintant.labs.optical.figure_list import FIGURES
from quintant.labs.optical.log import event_line
from quintant.labs.optical.presets import PRESETS

__all__ = ["LAB"]

CITE = """@article{chen2019deeprmsa,
  author = {Chen, Xiaoliang and Li, Baojia and Proietti, Roberto and Lu, Hongbo and Zhu, Zuqing and Yoo, S. J. Ben},
  title = {{DeepRMSA}: A Deep Reinforcement Learning Framework for Routing, Modulation and Spectrum Assignment in
           Elastic Optical Networks},
  journal = {Journal of Lightwave Technology}, year = {2019}, doi = {10.1109/JLT.2019.2923615},
}
@article{doherty2025reinforcement,
  author = {Doherty, Michael and Matzner, Robin and Sadeghi, Rasoul and Bayvel, Polina and Beghelli, Alejandra},
  title = {Reinforcement learning for dynamic resource allocation in optical networks: hype or hope?},
  journal = {Journal of Optical Communications and Networking}, year = {2025}, doi = {10.1364/JOCN.559990},
}"""

LAB = Lab(
    name="optical",
    title="Elastic optical networks",
    tag="OP",
    says="Serves dynamic connection requests on an elastic optical network, slot by slot, and measures how many are blocked.",
    version="2",
    config=OpticalConfig,
    presets=PRESETS,
    default_preset="deeprmsa-nsfnet",
    engine="quintant.labs.optical.engine:OpticalEngine",
    purposes=("arrivals", "holding", "pairs", "demands"),
    headline=Headline("blocking", "blocking", scale="log"),
    shares=("blocking", "bitrate_blocking", "fragmentation", "utilization"),
    figures=FIGURES,
    previews=(
        Preview(
            "paths",
            "Candidate paths",
            "The network with the paths that requests between two nodes may take.",
            "quintant.labs.optical.figures.preview:build",
            choices="quintant.labs.optical.figures.preview:choices",
        ),
    ),
    page="quintant.labs.optical:page.md",
    contract="quintant.labs.optical.contract:contract",
    commands="quintant.labs.optical.commands:app",
    warm="quintant.labs.optical.engine:warm",
    seedless=lambda config: (
        None if config.mode == "steady" else "a replay takes FUSION's own seeds; ask for more replay_iterations instead."
    ),
    log_line=event_line,
    exact="platform",
    files={"topology": "quintant.labs.optical.own_files:topology"},
    cite=CITE,
)
