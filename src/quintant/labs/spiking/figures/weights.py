"""P6, weights: the matrix as means of patches with its blocks' borders, and the weights of each block counted.

The weights are drawn again from the config and the Run's seed, by the code that drew them for the Run; a Run keeps no
matrix. This also shows them before anything has run.
"""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import numpy as np

from quintant.figure import Caption, Theme, cannot, captioned
from quintant.figure.histogram import histogram
from quintant.figure.inline import inline
from quintant.figure.number import SPACE, count, percent
from quintant.figure.plane import Drawing, Plane, Style, across, linear, upward
from quintant.figure.tooltip import tip
from quintant.lab import Outcome, Streams
from quintant.labs.spiking.analysis.weights import Block, Histograms, heatmap, histograms
from quintant.labs.spiking.config import SpikingConfig
from quintant.labs.spiking.engine.layout import Layout, layout
from quintant.labs.spiking.engine.weights import projections
from quintant.labs.spiking.figures.circuit import colour, config, facts
from quintant.labs.spiking.figures.spikes import Array

NAME = "weights"
SIDE = 300
CELLS = 100
MOST_PAIRS = 50_000_000
"""A block of different weights is drawn whole, in float32: 200 MB."""
MOST_HISTOGRAMS = 8


def build(outcomes: Sequence[Outcome], theme: Theme) -> Drawing:
    (outcome,) = outcomes
    circuit = config(outcome)
    network = layout(circuit)
    blocks, kinds = _blocks(circuit, network, outcome.root_seed)
    counts = histograms(blocks)
    cells = heatmap(blocks, network.n, CELLS)
    largest = float(counts.centre[-1] + (counts.centre[1] - counts.centre[0]) / 2) if cells.any() else 0.0
    named = list(blocks.items())[:MOST_HISTOGRAMS]
    sides = [_histogram(name, block, counts, colour(kinds[name][0], theme)) for name, block in named]
    chart = alt.hconcat(_map(cells, network, theme), alt.vconcat(*sides, spacing=12), spacing=34)
    step = -(-network.n // CELLS)
    caption = Caption(
        sentence=_sentence(blocks),
        what="weights from pre- to postsynaptic neuron, as they are added to a conductance",
        n=sum(block.size for block in blocks.values()),
        of="pairs",
        units={"x": "1", "y": "µS" if circuit.neuron_model == "lif" else "1"},
        minimum=float(cells.min()),
        maximum=largest,
        badges=(
            f"each cell of the map is the mean of {step} × {step} pairs" if step > 1 else "",
            f"histograms of {MOST_HISTOGRAMS} of {len(blocks)} projections" if len(blocks) > MOST_HISTOGRAMS else "",
        ),
        facts=facts(circuit),
        keeps_aspect=True,
    )
    return captioned(chart.resolve_scale(color="independent"), caption)


def _blocks(circuit: SpikingConfig, network: Layout, root_seed: int) -> tuple[dict[str, Block], dict[str, tuple[int, int]]]:
    """Blocks by name "E→I" and the kinds (source, target) of each; Conflict where there is nothing to show."""
    if network.n == 0:
        raise cannot(NAME, "the network has no neurons")
    seed = Streams.derive(root_seed, ("weights",))["weights"]
    pairs = sum(group.size for group in network.groups) ** 2
    if pairs > MOST_PAIRS:
        text = f"the matrix of {count(network.n)} neurons has {count(pairs)} pairs, more than {count(MOST_PAIRS)}"
        raise cannot(NAME, text)
    blocks: dict[str, Block] = {}
    kinds: dict[str, tuple[int, int]] = {}
    for projection in projections(circuit, network, seed):
        source, target = projection.source, projection.target
        name = f"{source.name}{'' if len(source.name) == len(target.name) == 1 else ' → '}{target.name}"
        name = name if name not in blocks else f"{name} ({len(blocks) + 1})"
        place = (target.first, target.size, source.first, source.size)
        uniform = projection.form == "uniform"
        blocks[name] = Block(*place, weight=projection.weight) if uniform else Block(*place, matrix=projection.full())
        kinds[name] = (0 if source.kind == "E" else 1, 0 if target.kind == "E" else 1)
    if not blocks:
        raise cannot(NAME, "the network has no connections")
    return blocks, kinds


def mean(block: Block) -> float:
    if block.matrix is None:
        return block.weight
    return float(block.matrix.mean(dtype=float)) if block.size else 0.0


def _sentence(blocks: dict[str, Block]) -> str:
    means = sorted(((mean(block), name) for name, block in blocks.items()), reverse=True)
    if means[0][0] == 0.0:
        return "All weights are 0"
    silent = [name for value, name in means if value == 0.0]
    none = f"; no {' and no '.join(sorted(silent))}" if 0 < len(silent) <= 3 else ""
    return f"{means[0][1]} is strongest, {means[0][0]:.2g} on average{none}"


def _map(cells: Array, network: Layout, theme: Theme) -> Drawing:
    """Postsynaptic neuron to the right, presynaptic upwards; E before I on both."""
    m, n, step = len(cells), network.n, -(-network.n // CELLS)
    target, source = (axis.ravel() for axis in np.meshgrid(np.arange(m), np.arange(m), indexing="ij"))
    right, top = np.minimum((target + 1) * step, n), np.minimum((source + 1) * step, n)
    data = inline(x=target * step, x2=right, y=source * step, y2=top, w=cells.ravel())
    numbers: Style = {"grid": False, "format": "d", "tickMinStep": 1, "tickCount": 5}
    x = across(linear(0, n), alt.Axis(title="Postsynaptic neuron", **numbers))
    plane = Plane(x, upward(linear(0, n), alt.Axis(title="Presynaptic neuron", **numbers)), SIDE, SIDE)
    ramp = alt.Scale(domain=[min(0.0, float(cells.min())), float(cells.max()) or 1.0], **dict(theme.fill_ramp))
    size = {"gradientLength": SIDE - 20, "gradientThickness": 10}
    legend = alt.Legend(title="mean weight", orient="bottom", direction="horizontal", tickCount=4, format="~g", **size)
    tiles = (
        plane.on(data, ("x", "x2"), ("y", "y2"))
        .mark_rect(strokeWidth=0.6)
        .encode(
            x=plane.x("x", True),
            y=plane.y("y", True),
            color=alt.Color("w:Q", scale=ramp, legend=legend),
            stroke=alt.Stroke("w:Q", scale=ramp, legend=None),
            tooltip=[tip("x:Q", "post from"), tip("y:Q", "pre from"), tip("w:Q", "mean weight", ".4g")],
        )
    )
    layers = [tiles]
    for group in network.groups:
        if group.first and group.size:
            edge = {"at": group.first}
            for wide, hue in ((2.6, theme.surface), (1.0, theme.text)):
                layers += [
                    plane.on(edge, "at").mark_rule(color=hue, strokeWidth=wide),
                    plane.on(edge, y="at").mark_rule(color=hue, strokeWidth=wide),
                ]
    named = [group for group in network.groups if group.size >= n / 40]
    names = [{"at": group.first + group.size / 2, "name": group.name} for group in named]
    style = {"fontSize": 11, "fontWeight": "bold"}
    above, beside = plane.on(names, "at").encode(text="name:N"), plane.on(names, y="at").encode(text="name:N")
    layers += [above.mark_text(y=-4, baseline="bottom", **style), beside.mark_text(x=SIDE + 5, align="left", **style)]
    return plane.layered(layers)


def _histogram(name: str, block: Block, counted: Histograms, colour: str) -> Drawing:
    """Counts by weight on the axis that all blocks share, pairs of weight 0 told in words; the colour is the source's."""
    centre, counts = counted.centre, counted.counts[name].copy()
    connected = block.size if block.matrix is None else int(np.count_nonzero(block.matrix))
    counts[0] = max(0.0, counts[0] - (block.size - connected))
    half = (centre[1] - centre[0]) / 2
    pairs = [(c, n) for c, n in zip(centre, counts, strict=False) if n > 0]
    bins = [{"low": float(c - half), "high": float(c + half), "n": float(n)} for c, n in pairs]
    x = across(linear(0, float(centre[-1] + half)), alt.Axis(title=None, tickCount=4, grid=False, format="~g"))
    scale = alt.Scale(domain=[0, float(counts.max()) or 1.0], nice=True)
    plane = Plane(x, upward(scale, alt.Axis(title=None, tickCount=2, grid=True, format="~s")), 190, 48)
    heading = f"{name}   mean {mean(block):.2g}, {count(block.size)}{SPACE}pairs"
    if 0 < connected < block.size:
        share = percent(connected / block.size)
        heading = f"{name}   mean {mean(block) * block.size / connected:.2g} in {share} of {count(block.size)}{SPACE}pairs"
    tips = [tip("low:Q", format=".4g"), tip("high:Q", format=".4g"), tip("n:Q", "pairs")]
    return histogram(plane, bins, heading, colour, tips)
