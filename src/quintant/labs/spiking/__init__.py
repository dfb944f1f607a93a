"""The spiking lab: circuits of excitatory and inhibitory neurons, their gamma rhythms, and what makes them.

    config       the keys of a network, its input and what is kept      rules      which combinations are impossible or doubtful
    chance       what is drawn from the root seed
    presets/     rhythms, irregular states, each neuron model as its paper has it
    engine/      the compiled simulator; engine/__init__.py is its map  analysis/  what is measured from spikes
    contract/    the Pinglab wire dialect                               figures/   what is drawn, one file per figure
    preview      weights before anything runs                           log        one line per event
    nwb          a run as an NWB file                                   commands   quintant spiking …

Equations, units, sources and how each was verified: docs/labs/spiking.md.
"""

from __future__ import annotations

from quintant.lab import Headline, Lab
from quintant.labs.spiking.chance import seedless
from quintant.labs.spiking.config import SpikingConfig
from quintant.labs.spiking.figure_list import FIGURES
from quintant.labs.spiking.log import line
from quintant.labs.spiking.presets import PRESETS

__all__ = ["LAB"]

LAB = Lab(
    name="spiking",
    title="Spiking networks and gamma rhythms",
    tag="SP",
    says="Simulates networks of excitatory and inhibitory neurons, step by step, and measures the rhythm they make.",
    version="1",
    config=SpikingConfig,
    presets=PRESETS,
    default_preset="gamma-ping",
    engine="quintant.labs.spiking.engine:SpikingEngine",
    purposes=("heterogeneity", "input", "weights"),
    headline=Headline("gamma_peak_hz", "γ peak", "Hz"),
    figures=FIGURES,
    contract="quintant.labs.spiking.contract:router",
    commands="quintant.labs.spiking.commands:app",
    warm="quintant.labs.spiking.engine:warm",
    log_line=line,
    seedless=seedless,
    exact="platform",
)
