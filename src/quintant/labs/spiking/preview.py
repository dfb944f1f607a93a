"""The weights of a config to look at before anything runs: the contract's histograms and heat map."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from quintant.labs.spiking.analysis.weights import Block, Histograms, bins_of, heatmap, histograms
from quintant.labs.spiking.analysis.window import Array

if TYPE_CHECKING:
    from quintant.labs.spiking.config import SpikingConfig

BLOCKS = {"ee": ("E", "E"), "ei": ("E", "I"), "ie": ("I", "E"), "ii": ("I", "I")}
"""Name of a block -> its source and target: "ei" is from E to I."""


@dataclass(frozen=True)
class Preview:
    """`bins`: per block [40] by Pinglab's second rule, None for a block without sources or targets of kind E.
    `heatmap` [m, m]: targets × sources, all E before all I."""

    histograms: Histograms
    bins: Mapping[str, Array]
    heatmap: Array


def blocks(config: SpikingConfig, weights_seed: int) -> tuple[dict[str, Block], int]:
    """The four blocks of a two-population network, drawn as its Run draws them, and how many neurons it has."""
    from quintant.labs.spiking.engine.layout import layout
    from quintant.labs.spiking.engine.weights import projections

    places = layout(config)
    e, i = places["E"], places["I"]
    groups = {"E": e, "I": i}
    made = {
        name: Block(groups[target].first, groups[target].size, groups[source].first, groups[source].size)
        for name, (source, target) in BLOCKS.items()
    }
    names = {pair: name for name, pair in BLOCKS.items()}
    for projection in projections(config, places, weights_seed):
        name = names[projection.source.name, projection.target.name]
        place = (projection.target.first, projection.target.size, projection.source.first, projection.source.size)
        made[name] = (
            Block(*place, weight=projection.weight) if projection.form == "uniform" else Block(*place, matrix=projection.full())
        )
    return made, places.n


def preview(config: SpikingConfig, weights_seed: int = 0) -> Preview:
    """`weights_seed`: the Run's stream "weights", used where the config has no legacy seed."""
    made, n = blocks(config, weights_seed)
    shown = histograms(made)
    return Preview(shown, {name: bins_of(block, shown.centre) for name, block in made.items()}, heatmap(made, n))
