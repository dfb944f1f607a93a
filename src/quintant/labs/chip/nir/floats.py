"""The same network in floating point, step by step as the chip steps it, and where the integer run leaves it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from quintant.labs.chip.nir.linear import Array
from quintant.labs.chip.packed import pack

if TYPE_CHECKING:
    from quintant.labs.chip.nir.importing import Imported
    from quintant.labs.chip.nir.lowering import Lowered


@dataclass(frozen=True)
class Divergence:
    """The first wrong bit: at `step` neuron `neuron` of `node` fires in one run alone. `potential` and `threshold` are the
    float run's, just before it would fire; `agreed`: spikes of neurons up to then that both runs have."""

    step: int
    node: str
    neuron: int
    fired_as: str
    potential: float
    threshold: float
    agreed: int


def simulated(network: Lowered, spikes: Mapping[str, Array], steps: int) -> tuple[dict[str, Array], dict[str, Array]]:
    """Spikes of every node [steps, neurons] and potentials of the groups before their resets [steps, neurons]."""
    fired = {name: np.zeros((steps, size), bool) for name, size in network.inputs.items()}
    for name, raster in spikes.items():
        fired[name][:] = np.asarray(raster).reshape(steps, -1) != 0
    groups = network.groups.values()
    fired |= {group.name: np.zeros((steps, group.size), bool) for group in groups}
    potentials = {group.name: np.zeros((steps, group.size)) for group in groups}
    v = {group.name: np.zeros(group.size) for group in groups}
    i = {group.name: np.zeros(group.size) for group in groups}
    for t in range(steps):
        for group in groups:
            name, arrived = group.name, np.zeros(group.size)
            for (source, delay), matrix in network.terms[name].items():
                if t - 1 - delay >= 0:
                    arrived += matrix @ fired[source][t - 1 - delay].astype(float)
            if group.i_decay is not None:
                i[name], arrived = i[name] - group.i_decay * i[name] + arrived, i[name]
            moved = v[name] - group.v_decay * v[name] + arrived + group.bias
            potentials[name][t] = moved
            fired[name][t] = moved > group.threshold
            v[name] = np.where(fired[name][t], group.reset, moved)
    return fired, potentials


def reference(network: Imported, spikes: Mapping[str, Array]) -> dict[str, Any]:
    """The float run's spikes as the config key `reference`, by population."""
    fired, _ = simulated(network.lowered, spikes, len(next(iter(spikes.values()))))
    told = []
    for part in network.parts:
        if part.node in network.lowered.groups:
            step, neuron = np.nonzero(fired[part.node][:, part.neurons])
            told.append({"population": part.label, "steps": pack(step), "neurons": pack(neuron)})
    return {"title": "the NIR graph in floating point", "spikes": told}


def integer_spikes(network: Imported, spikes: Mapping[str, Array]) -> dict[str, Array]:
    """Spikes of every node [steps, neurons] as the chip engine gives them."""
    from quintant.config import parse
    from quintant.lab import Streams
    from quintant.labs.chip.config import ChipConfig
    from quintant.labs.chip.engine.simulation import start

    config = parse(ChipConfig, network.presenting(spikes))
    state = start(config, Streams.derive(0, ("input", "wiring")))
    while state.done < state.steps:
        state.advance()
    step, neuron, _ = state.spikes_of(0, state.steps)
    sizes = {**network.lowered.inputs, **{name: group.size for name, group in network.lowered.groups.items()}}
    found = {name: np.zeros((state.steps, size), bool) for name, size in sizes.items()}
    for part, place in zip(network.parts, state.places.places, strict=True):
        here = (neuron >= place.first) & (neuron < place.first + place.size)
        found[part.node][step[here], part.neurons[neuron[here] - place.first]] = True
    return found


def first_wrong_bit(network: Imported, spikes: Mapping[str, Array]) -> Divergence | None:
    """None where the integer run has every spike of the float run, and no other."""
    steps = len(next(iter(spikes.values())))
    whole = integer_spikes(network, spikes)
    real, potentials = simulated(network.lowered, spikes, steps)
    wrong = {name: np.argwhere(whole[name] != real[name]) for name in network.lowered.groups}
    first = min(((int(at[0, 0]), order, name) for order, (name, at) in enumerate(wrong.items()) if len(at)), default=None)
    if first is None:
        return None
    step, _, name = first
    neuron = int(wrong[name][0, 1])
    agreed = sum(int(np.count_nonzero(whole[one][:step] & real[one][:step])) for one in whole)
    return Divergence(
        step, name, neuron, "integer" if whole[name][step, neuron] else "float", float(potentials[name][step, neuron]),
        float(network.lowered.groups[name].threshold[neuron]), agreed,
    )  # fmt: skip
