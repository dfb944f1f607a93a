"""P6, weights: the matrix as means of patches with its blocks' borders, and the weights of each block counted.

The weights are drawn again from the config and the Run's seed, by the code that drew them for the Run; a Run keeps no
matrix. This also shows them before anything has run.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np

from quintant.figure import Caption, Theme, cannot, captioned
from quintant.figure.inline import inline
from quintant.figure.number import SPACE, count, percent
from quintant.lab import Outcome, Streams
from quintant.labs.spiking.analysis.weights import Block, Histograms, heatmap, histograms
from quintant.labs.spiking.config import SpikingConfig
from quintant.labs.spiking.engine.layout import Layout, layout
from quintant.labs.spiking.engine.weights import projections
from quintant.labs.spiking.figures.circuit import colour, config, facts

NAME = "weights"
SIDE = 300
CELLS = 100
MOST_PAIRS = 50_000_000
"""A block of different weights is drawn whole, in float32: 200 MB."""
MOST_HISTOGRAMS = 8


def build(outcomes: Sequence[Outcome], theme: Theme) -> Any:
    (outcome,) = outcomes
    given = config(outcome)
    network = layout(given)
    made, pairs = _blocks(given, network, outcome.root_seed)
    told = histograms(made)
    cells = heatmap(made, network.n, CELLS)
    largest = float(told.centre[-1] + (told.centre[1] - told.centre[0]) / 2) if cells.any() else 0.0
    sides = [_histogram(name, made[name], told, pairs[name], theme) for name in list(made)[:MOST_HISTOGRAMS]]
    chart = alt.hconcat(_map(cells, network, made, theme), alt.vconcat(*sides, spacing=12), spacing=34).resolve_scale(
        color="independent"
    )
    step = -(-network.n // CELLS)
    badges = []
    if step > 1:
        badges.append(f"each cell of the map is the mean of {step} × {step} pairs")
    if len(made) > MOST_HISTOGRAMS:
        badges.append(f"histograms of {MOST_HISTOGRAMS} of {len(made)} projections")
    total = sum(block.size for block in made.values())
    return captioned(
        chart,
        Caption(
            sentence=_sentence(made),
            what="weights from pre- to postsynaptic neuron, as they are added to a conductance",
            n=total,
            of="pairs",
            units={"x": "1", "y": "µS" if given.neuron_model == "lif" else "1"},
            minimum=float(cells.min()),
            maximum=largest,
            badges=tuple(badges),
            facts=facts(given),
            keeps_aspect=True,
        ),
    )


def _blocks(given: SpikingConfig, network: Layout, root_seed: int) -> tuple[dict[str, Block], dict[str, tuple[int, int]]]:
    """Blocks by name "E→I" and the kinds (source, target) of each; Conflict where there is nothing to show."""
    if network.n == 0:
        raise cannot(NAME, "the network has no neurons")
    seed = Streams.derive(root_seed, ("weights",))["weights"]
    pairs = sum(one.size for one in network.groups) ** 2
    if pairs > MOST_PAIRS:
        text = f"the matrix of {count(network.n)} neurons has {count(pairs)} pairs, more than {count(MOST_PAIRS)}"
        raise cannot(NAME, text)
    made: dict[str, Block] = {}
    kinds: dict[str, tuple[int, int]] = {}
    for one in projections(given, network, seed):
        plain = len(one.source.name) == len(one.target.name) == 1
        name = f"{one.source.name}{'' if plain else ' → '}{one.target.name}"
        place = (one.target.first, one.target.size, one.source.first, one.source.size)
        name = name if name not in made else f"{name} ({len(made) + 1})"
        made[name] = Block(*place, weight=one.weight) if one.form == "uniform" else Block(*place, matrix=one.full())
        kinds[name] = (0 if one.source.kind == "E" else 1, 0 if one.target.kind == "E" else 1)
    if not made:
        raise cannot(NAME, "the network has no connections")
    return made, kinds


def mean(block: Block) -> float:
    if block.matrix is None:
        return block.weight
    return float(block.matrix.mean(dtype=float)) if block.size else 0.0


def _sentence(made: dict[str, Block]) -> str:
    means = sorted(((mean(block), name) for name, block in made.items()), reverse=True)
    if means[0][0] == 0.0:
        return "All weights are 0"
    told = f"{means[0][1]} is strongest, {means[0][0]:.2g} on average"
    silent = [name for value, name in means if value == 0.0]
    return told + (f"; no {' and no '.join(sorted(silent))}" if 0 < len(silent) <= 3 else "")


def _map(cells: Any, network: Layout, made: dict[str, Block], theme: Theme) -> Any:
    """Postsynaptic neuron to the right, presynaptic upwards; E before I on both."""
    m = len(cells)
    step = -(-network.n // CELLS)
    target, source = (axis.ravel() for axis in np.meshgrid(np.arange(m), np.arange(m), indexing="ij"))
    data = inline(
        x=target * step,
        x2=np.minimum((target + 1) * step, network.n),
        y=source * step,
        y2=np.minimum((source + 1) * step, network.n),
        w=cells.ravel(),
    )
    scale = alt.Scale(domain=[0, network.n], nice=False)

    def x(field: str, axis: bool = False) -> alt.X:
        shown = alt.Axis(title="Postsynaptic neuron", grid=False, format="d", tickMinStep=1, tickCount=5) if axis else None
        return alt.X(f"{field}:Q", axis=shown, scale=scale)

    def y(field: str, axis: bool = False) -> alt.Y:
        shown = alt.Axis(title="Presynaptic neuron", grid=False, format="d", tickMinStep=1, tickCount=5) if axis else None
        return alt.Y(f"{field}:Q", axis=shown, scale=scale)

    low, high = min(0.0, float(cells.min())), float(cells.max()) or 1.0
    colours = alt.Color(
        "w:Q",
        scale=alt.Scale(domain=[low, high], **dict(theme.fill_ramp)),
        legend=alt.Legend(
            title="mean weight",
            orient="bottom",
            direction="horizontal",
            gradientLength=SIDE - 20,
            gradientThickness=10,
            tickCount=4,
            format="~g",
        ),
    )
    stroke = alt.Stroke("w:Q", scale=alt.Scale(domain=[low, high], **dict(theme.fill_ramp)), legend=None)
    edges = [group.first for group in network.groups if group.first and group.size]
    names = [
        {"at": group.first + group.size / 2, "name": group.name} for group in network.groups if group.size >= network.n / 40
    ]
    layers: list[Any] = [
        alt.Chart(data)
        .mark_rect(strokeWidth=0.6)
        .encode(
            x=x("x", axis=True),
            x2="x2:Q",
            y=y("y", axis=True),
            y2="y2:Q",
            color=colours,
            stroke=stroke,
            tooltip=[
                alt.Tooltip("x:Q", title="post from"),
                alt.Tooltip("y:Q", title="pre from"),
                alt.Tooltip("w:Q", title="mean weight", format=".4g"),
            ],
        ),
    ]
    for edge in edges:
        base = alt.Chart(alt.Data(values=[{"at": edge}]))
        for wide, hue in ((2.6, theme.surface), (1.0, theme.text)):
            layers.append(base.mark_rule(color=hue, strokeWidth=wide).encode(x=x("at")))
            layers.append(base.mark_rule(color=hue, strokeWidth=wide).encode(y=y("at")))
    base = alt.Chart(alt.Data(values=names))
    layers += [
        base.mark_text(y=-4, baseline="bottom", fontSize=11, fontWeight="bold").encode(x=x("at"), text="name:N"),
        base.mark_text(x=SIDE + 5, align="left", fontSize=11, fontWeight="bold").encode(y=y("at"), text="name:N"),
    ]
    return alt.layer(*layers, width=SIDE, height=SIDE).resolve_axis(x="independent", y="independent")


def _histogram(name: str, block: Block, told: Histograms, kinds: tuple[int, int], theme: Theme) -> Any:
    """Counts by weight on the axis that all blocks share, pairs of weight 0 told in words; the colour is the source's."""
    centre, counts = told.centre, told.counts[name].copy()
    connected = block.size if block.matrix is None else int(np.count_nonzero(block.matrix))
    counts[0] = max(0.0, counts[0] - (block.size - connected))
    half = (centre[1] - centre[0]) / 2
    rows = [
        {"low": float(c - half), "high": float(c + half), "n": float(n)} for c, n in zip(centre, counts, strict=False) if n > 0
    ]
    scale = alt.Scale(domain=[0, float(centre[-1] + half)], nice=False)
    top = float(counts.max()) or 1.0
    frame = alt.Chart(alt.Data(values=[{"low": 0, "n": 0}]))
    y = alt.Y("n:Q", scale=alt.Scale(domain=[0, top], nice=True))
    base = frame.mark_point(opacity=0).encode(
        x=alt.X("low:Q", scale=scale, axis=alt.Axis(title=None, tickCount=4, grid=False, format="~g")),
        y=y.axis(title=None, tickCount=2, grid=True, format="~s"),
    )
    bars = (
        alt.Chart(alt.Data(values=rows))
        .mark_rect(color=colour(kinds[0], theme))
        .encode(
            x=alt.X("low:Q", scale=scale, axis=None),
            x2="high:Q",
            y=y.axis(None),
            y2=alt.datum(0),
            tooltip=[
                alt.Tooltip("low:Q", format=".4g"),
                alt.Tooltip("high:Q", format=".4g"),
                alt.Tooltip("n:Q", title="pairs"),
            ],
        )
    )
    words = f"{name}   mean {mean(block):.2g}, {count(block.size)}{SPACE}pairs"
    if 0 < connected < block.size:
        share = percent(connected / block.size)
        words = f"{name}   mean {mean(block) * block.size / connected:.2g} in {share} of {count(block.size)}{SPACE}pairs"
    title = frame.mark_text(
        text=words,
        align="left",
        baseline="bottom",
        x=0,
        y=-3,
        fontSize=11,
        fontWeight="bold",
        color=colour(kinds[0], theme),
    )
    return alt.layer(base, bars, title, width=190, height=48).resolve_axis(x="independent", y="independent")
