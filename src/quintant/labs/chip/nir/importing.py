"""A graph to a config: populations, synapses, and a report on what rounding did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from quintant.errors import ConfigError, Problem
from quintant.labs.chip.nir.linear import Array
from quintant.labs.chip.nir.lowering import Lowered, lowered
from quintant.labs.chip.nir.quantising import REGISTER_MOST, Quantised, quantised
from quintant.labs.chip.packed import pack

RELAY = {"threshold": 1, "leak": 0, "refractory_steps": 0}
"""A neuron that repeats what it is told: a current of 1 is a spike in the same step."""


@dataclass(frozen=True)
class Part:
    """A population made of a node: `neurons` are their indices in the node."""

    label: str
    node: str
    neurons: Array


@dataclass(frozen=True)
class Imported:
    """`config`: the network as config keys, with no input yet; `report`: what rounding did, node by node; `parts`: which
    populations stand for a node (several, where its neurons differ in more than their bias)."""

    config: Mapping[str, Any]
    report: Mapping[str, Any]
    parts: tuple[Part, ...]
    lowered: Lowered

    def presenting(self, spikes: Mapping[str, Array]) -> dict[str, Any]:
        """The config with input spikes: node name of an Input -> [steps, neurons], what is not 0 is a spike."""
        stimuli = list(self.config["stimuli"])
        steps = {len(one) for one in spikes.values()}
        if len(steps) != 1 or 0 in steps:
            raise ConfigError(
                Problem("spikes", "must have the same number of steps, at least 1, for each input.", sorted(steps))
            )
        for name, raster in spikes.items():
            size = self.lowered.inputs.get(name)
            flat = np.asarray(raster).reshape(len(raster), -1)
            if size is None or flat.shape[1] != size:
                known = ", ".join(f"{one} ({many})" for one, many in self.lowered.inputs.items())
                raise ConfigError(
                    Problem(f"spikes.{name}", f"must be for one of the inputs {known}; got {flat.shape[1]} values.")
                )
            events = np.argwhere(flat)
            stimuli.append({"population": name, "current": 1, "events": events.tolist()})
        return {**self.config, "stimuli": stimuli, "timesteps": steps.pop()}


def imported(graph: Any, dt_s: float | None = None, weight_bits: int = 16) -> Imported:
    """`dt_s`: what one step stands for, needed where the graph has time constants; `weight_bits`: 2 to 16."""
    if not 2 <= weight_bits <= 16:
        raise ConfigError(Problem("weight_bits", f"must be 2 to 16; got {weight_bits}.", weight_bits))
    found = lowered(graph, dt_s)
    nodes = {name: quantised(group, found.terms[name], weight_bits) for name, group in found.groups.items()}
    populations: list[dict[str, Any]] = [{"label": name, "size": size, **RELAY} for name, size in found.inputs.items()]
    parts = [Part(name, name, np.arange(size)) for name, size in found.inputs.items()]
    stimuli: list[dict[str, Any]] = []
    for name, node in nodes.items():
        for part, population in _split(name, node):
            parts.append(part)
            populations.append(population)
            if node.i_decay is None:
                stimuli += _biases(part, node)
    config: dict[str, Any] = {
        "populations": populations,
        "connections": _connections(found, nodes, parts),
        "stimuli": stimuli,
        "record_weights": "none",
    }
    if dt_s is not None:
        config["step_ms"] = dt_s * 1000
    report = {
        "exact": all(node.exact for node in nodes.values()),
        "dt_s": dt_s,
        "weight_bits": weight_bits,
        "inputs": dict(found.inputs),
        "outputs": {name: [part.label for part in parts if part.node == name] for name in found.outputs},
        "nodes": [node.report for node in nodes.values()],
        "says": "A spike arrives one step after it was sent, at every node; nothing else is delayed.",
    }
    return Imported(config, report, tuple(parts), found)


def _split(name: str, node: Quantised) -> list[tuple[Part, dict[str, Any]]]:
    """Neurons of one node that share all parameters make a population. A bias apart: without a synaptic current it can as
    well come as a stimulus."""
    columns = [node.threshold, node.reset, node.v_decay]
    if node.i_decay is not None:
        columns += [node.i_decay, node.bias]
    rows, which = np.unique(np.stack(columns, axis=1), axis=0, return_inverse=True)
    found = []
    for at, row in enumerate(rows.tolist()):
        label = name if len(rows) == 1 else f"{name}#{at}"
        neurons = np.flatnonzero(which.ravel() == at)
        population: dict[str, Any] = {
            "label": label, "size": len(neurons), "model": "decay" if node.i_decay is None else "cuba", "threshold": row[0],
            "leak": 0, "resting": row[1], "refractory_steps": 0, "voltage_decay": row[2],
            "v_min": -REGISTER_MOST - 1, "v_max": REGISTER_MOST,
        }  # fmt: skip
        if node.i_decay is not None:
            population |= {"current_decay": row[3], "bias": row[4]}
        found.append((Part(label, name, neurons), population))
    return found


def _biases(part: Part, node: Quantised) -> list[dict[str, Any]]:
    bias = node.bias[part.neurons]
    return [
        {"population": part.label, "current": int(value), "neurons": np.flatnonzero(bias == value).tolist()}
        for value in np.unique(bias)
        if value != 0
    ]


def _connections(found: Lowered, nodes: Mapping[str, Quantised], parts: list[Part]) -> list[dict[str, Any]]:
    connections = []
    for target in (part for part in parts if part.node in nodes):
        for (source_node, delay), matrix in nodes[target.node].weights.items():
            for source in (part for part in parts if part.node == source_node):
                block = matrix[target.neurons][:, source.neurons].tocoo()
                kept = block.data != 0
                if not kept.any():
                    continue
                columns = {
                    "sources": block.coords[1][kept],
                    "targets": block.coords[0][kept],
                    "weights": block.data[kept].astype(np.int64),
                }
                connections.append(
                    {
                        "source": source.label,
                        "target": target.label,
                        "topology": "explicit",
                        "delay": delay,
                        "synapses": {name: pack(values) for name, values in columns.items()},
                    }
                )
    return connections
