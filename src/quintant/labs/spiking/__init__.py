"""The spiking lab: circuits of excitatory and inhibitory neurons, their gamma rhythms, and what makes them.

    config       the keys of a network, its input and what is kept      rules      which combinations are impossible
    doubts       what is accepted but should be known
    conditions   when each key is read                                  parts      nested parts: weights, populations, own input
    chance       what is drawn from the root seed
    presets/     rhythms, irregular states, each neuron model as its paper has it
    engine/      the compiled simulator; engine/__init__.py is its map  analysis/  what is measured from spikes
    contract/    the Pinglab wire dialect                               figures/   what is drawn, one file per figure
    preview      weights before anything runs                           log        one line per event
    nwb          a run as an NWB file                                   commands   quintant spiking …

Equations, units, sources and how each was verified: page.md.
"""

from __future__ import annotations

from quintant.lab import Headline, Lab, Preview
from quintant.labs.spiking.chance import seedless
from quintant.labs.spiking.config import SpikingConfig
from quintant.labs.spiking.figure_list import FIGURES
from quintant.labs.spiking.log import log_line
from quintant.labs.spiking.presets import PRESETS

__all__ = ["LAB"]

CITE = """@article{vogels2005signal,
  author = {Vogels, Tim P. and Abbott, L. F.},
  title = {Signal Propagation and Logic Gating in Networks of Integrate-and-Fire Neurons},
  journal = {Journal of Neuroscience}, year = {2005}, doi = {10.1523/JNEUROSCI.3508-05.2005},
}
@article{mazzoni2015computing,
  author = {Mazzoni, Alberto and Lind{\\'e}n, Henrik and Cuntz, Hermann and Lansner, Anders and Panzeri, Stefano and
            Einevoll, Gaute T.},
  title = {Computing the Local Field Potential ({LFP}) from Integrate-and-Fire Network Models},
  journal = {PLOS Computational Biology}, year = {2015}, doi = {10.1371/journal.pcbi.1004584},
}"""

LAB = Lab(
    name="spiking",
    title="Spiking networks and gamma rhythms",
    tag="SP",
    says="Simulates networks of excitatory and inhibitory neurons, step by step, and measures the rhythm they make.",
    version="3",
    config=SpikingConfig,
    presets=PRESETS,
    default_preset="gamma-ping",
    engine="quintant.labs.spiking.engine:SpikingEngine",
    purposes=("heterogeneity", "input", "weights"),
    headline=Headline("rhythm_peak_hz", "rhythm", "Hz", course="rate_e_hz"),
    shares=("coherence_peak", "lagged_coherence"),
    figures=FIGURES,
    previews=(
        Preview(
            "weights",
            "Weights",
            "The weights of every pair of populations, as this seed draws them.",
            "quintant.labs.spiking.figures.preview:build",
        ),
    ),
    page="quintant.labs.spiking:page.md",
    contract="quintant.labs.spiking.contract:contract",
    commands="quintant.labs.spiking.commands:app",
    warm="quintant.labs.spiking.engine:warm",
    log_line=log_line,
    seedless=seedless,
    exact="platform",
    files={
        "own_spikes": "quintant.labs.spiking.own_files:own_spikes",
        "own_current": "quintant.labs.spiking.own_files:own_current",
    },
    cite=CITE,
    citations="quintant.labs.spiking.citations:citations",
)
