"""The same network in floating point, step by step as the chip steps it, and where the integer run leaves it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from quintant.labs.chip.nir.linear import Array
from quintant.labs.chip.packed import pack

if TYPE_CHECKING:
    from quintant.labs.chip.nir.conventions import Conventions
    from quintant.labs.chip.nir.importing import Imported
    from quintant.labs.chip.nir.lowering import Group, Lowered


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
    """Spikes of every node [steps, neurons], counted, and potentials of the groups before their resets [steps, neurons]."""
    fired = {name: np.zeros((steps, size), int) for name, size in network.inputs.items()}
    for name, raster in spikes.items():
        fired[name][:] = np.asarray(raster).reshape(steps, -1)
    groups = network.groups.values()
    fired |= {group.name: np.zeros((steps, group.size), int) for group in groups}
    potentials = {group.name: np.zeros((steps, group.size)) for group in groups}
    v = {group.name: np.zeros(group.size) for group in groups}
    i = {group.name: np.zeros(group.size) for group in groups}
    for t in range(steps):
        for group in groups:
            name, arrived = group.name, np.zeros(group.size)
            if t < group.first_step:
                continue
            for (source, delay), matrix in network.terms[name].items():
                if t - 1 - delay >= 0:
                    arrived += matrix @ fired[source][t - 1 - delay].astype(float)
            if group.i_decay is not None:
                before, i[name] = i[name], i[name] - group.i_decay * i[name] + arrived + group.drive
                arrived = i[name] if network.conventions.current == "now" else before
            last = fired[name][t - 1] if t > 0 else np.zeros(group.size, int)
            potentials[name][t], fired[name][t], v[name] = _stepped(group, network.conventions, v[name], arrived, last)
    return fired, potentials


def _stepped(group: Group, rules: Conventions, v: Array, arrived: Array, last: Array) -> tuple[Array, Array, Array]:
    """The potentials that are tested, the spikes, and the potentials that are left. `last`: the spikes of the step before."""
    theta, late = group.threshold, rules.reset_at == "next"

    def above(x: Array) -> Array:
        return np.asarray(x > theta if rules.fires == "above" else x >= theta)

    kind = rules.reset_of(group.i_decay is not None)
    before = np.where(last > 0, group.reset, v) if late and kind == "zero" else v
    moved = before - group.v_decay * before + arrived + group.bias
    if kind == "clear":
        moved = np.where(last > 0, group.reset, moved)
    if late and rules.reset == "subtract":
        moved = moved - last * theta
    tested = moved - theta * above(v) if rules.reset_at == "both" and rules.reset == "subtract" else moved
    spikes = (above(tested) & group.spiking).astype(int)
    if rules.spikes_per_step > 1:
        spikes = np.where(spikes > 0, np.minimum(np.floor_divide(tested, theta), rules.spikes_per_step), 0).astype(int)
    if not late:
        moved = np.where(spikes > 0, group.reset, moved) if rules.reset == "zero" else moved - spikes * theta
    return tested, spikes, np.maximum(moved, -theta) if rules.floor else moved


def reference(network: Imported, spikes: Mapping[str, Array]) -> dict[str, Any]:
    """The float run's spikes as the config key `reference`, by population."""
    fired, _ = simulated(network.lowered, spikes, len(next(iter(spikes.values()))))
    trains = []
    for part in network.parts:
        if part.node in network.lowered.groups:
            raster = fired[part.node][:, part.neurons]
            step, neuron = (np.repeat(at, raster[raster > 0]) for at in np.nonzero(raster))
            trains.append({"population": part.label, "steps": pack(step), "neurons": pack(neuron)})
    return {"title": "the NIR graph in floating point", "spikes": trains}


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
    rasters = {name: np.zeros((state.steps, size), int) for name, size in sizes.items()}
    for part, place in zip(network.parts, state.places.places, strict=True):
        here = (neuron >= place.first) & (neuron < place.first + place.size)
        np.add.at(rasters[part.node], (step[here], part.neurons[neuron[here] - place.first]), 1)
    return rasters


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
    agreed = sum(int(np.minimum(whole[label][:step], real[label][:step]).sum()) for label in whole)
    return Divergence(
        step, name, neuron, "integer" if whole[name][step, neuron] > real[name][step, neuron] else "float",
        float(potentials[name][step, neuron]),
        float(network.lowered.groups[name].threshold[neuron]), agreed,
    )  # fmt: skip
