"""A graph to a config: populations, synapses, and a report on what rounding did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from quintant.errors import ConfigError, Problem
from quintant.labs.chip.nir.conventions import Conventions
from quintant.labs.chip.nir.linear import Array
from quintant.labs.chip.nir.lowering import Group, Lowered, lowered
from quintant.labs.chip.nir.quantising import REGISTER_MOST, Quantised, quantised
from quintant.labs.chip.packed import pack

MOST_COUNT = 65536
RELAY = {"threshold": 1, "leak": 0, "refractory_steps": 0}
"""A neuron that repeats what it is told: a current of 1 is a spike in the same step."""
COUNTING = {
    "model": "decay", "threshold": 1, "leak": 0, "refractory_steps": 0, "reset": "subtract", "spikes_per_step": MOST_COUNT,
}  # fmt: skip
"""The same for counts: a current of 3 is three spikes."""


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
        """The config with input spikes: node name of an Input -> [steps, neurons], how many spikes at each step."""
        stimuli = list(self.config["stimuli"])
        populations = list(self.config["populations"])
        steps = {len(raster) for raster in spikes.values()}
        if len(steps) != 1 or 0 in steps:
            raise ConfigError(
                Problem("spikes", "must have the same number of steps, at least 1, for each input.", sorted(steps))
            )
        for name, raster in spikes.items():
            size = self.lowered.inputs.get(name)
            flat = np.asarray(raster).reshape(len(raster), -1)
            if size is None or flat.shape[1] != size:
                known = ", ".join(f"{label} ({many})" for label, many in self.lowered.inputs.items())
                raise ConfigError(
                    Problem(f"spikes.{name}", f"must be for one of the inputs {known}; got {flat.shape[1]} values.")
                )
            _refuse_fractions(name, flat)
            for count in np.unique(flat[flat != 0]).tolist() or [1]:
                stimuli.append({"population": name, "current": int(count), "events": np.argwhere(flat == count).tolist()})
            if flat.max(initial=0) > 1:
                at = next(at for at, population in enumerate(populations) if population["label"] == name)
                populations[at] = {"label": name, "size": size, **COUNTING}
        return {**self.config, "populations": populations, "stimuli": stimuli, "timesteps": steps.pop()}


def _refuse_fractions(name: str, raster: Array) -> None:
    wrong = np.argwhere((raster != np.rint(raster)) | (raster < 0) | (raster > MOST_COUNT))
    if len(wrong):
        step, neuron = wrong[0].tolist()
        value = float(raster[step, neuron])
        text = f"must hold whole numbers of spikes, 0 to {MOST_COUNT}; got {value:g} at step {step}, neuron {neuron}."
        raise ConfigError(Problem(f"spikes.{name}", text, value))


def imported(graph: Any, dt_s: float | None = None, weight_bits: int = 16, conventions: Conventions | None = None) -> Imported:
    """`dt_s`: what one step stands for, needed where the graph has time constants; `weight_bits`: 2 to 16; `conventions`: what
    the file does not say (None: the text of NIR)."""
    if not 2 <= weight_bits <= 16:
        raise ConfigError(Problem("weight_bits", f"must be 2 to 16; got {weight_bits}.", weight_bits))
    rules = conventions or Conventions()
    lowering = lowered(graph, dt_s, rules)
    nodes = {name: quantised(group, lowering.terms[name], weight_bits, rules) for name, group in lowering.groups.items()}
    populations: list[dict[str, Any]] = [{"label": name, "size": size, **RELAY} for name, size in lowering.inputs.items()]
    parts = [Part(name, name, np.arange(size)) for name, size in lowering.inputs.items()]
    stimuli: list[dict[str, Any]] = []
    for name, node in nodes.items():
        for part, population in _split(name, node, rules, lowering.groups[name]):
            parts.append(part)
            populations.append(population)
            stimuli += _currents(part, node.bias if node.i_decay is None else node.drive)
    config: dict[str, Any] = {
        "populations": populations,
        "connections": _connections(lowering, nodes, parts),
        "stimuli": stimuli,
        "record_weights": "none",
    }
    if silent := [part.label for part in parts if part.node in lowering.groups and not lowering.groups[part.node].spiking]:
        config["probes"] = [{"population": label} for label in silent]
    if dt_s is not None:
        config["step_ms"] = dt_s * 1000
    report = {
        "exact": all(node.exact for node in nodes.values()),
        "dt_s": dt_s,
        "weight_bits": weight_bits,
        "inputs": dict(lowering.inputs),
        "outputs": {name: [part.label for part in parts if part.node == name] for name in lowering.outputs},
        "conventions": asdict(rules),
        "nodes": [node.report for node in nodes.values()],
        "says": "A spike arrives one step after it was sent, at every node; nothing else is delayed.",
    }
    return Imported(config, report, tuple(parts), lowering)


def _split(name: str, node: Quantised, rules: Conventions, group: Group) -> list[tuple[Part, dict[str, Any]]]:
    """Neurons of one node that share all parameters make a population. A bias apart: without a synaptic current it can as
    well come as a stimulus."""
    columns = [node.threshold, node.reset, node.v_decay]
    if node.i_decay is not None:
        columns += [node.i_decay, node.bias]
    rows, which = np.unique(np.stack(columns, axis=1), axis=0, return_inverse=True)
    parts = []
    for at, row in enumerate(rows.tolist()):
        label = name if len(rows) == 1 else f"{name}#{at}"
        neurons = np.flatnonzero(which.ravel() == at)
        population: dict[str, Any] = {
            "label": label, "size": len(neurons), "model": "decay" if node.i_decay is None else "cuba", "threshold": row[0],
            "leak": 0, "resting": row[1], "refractory_steps": 0, "voltage_decay": row[2],
            "v_min": -row[0] if rules.floor else -REGISTER_MOST - 1, "v_max": REGISTER_MOST, "first_step": group.first_step,
            "reset": rules.reset_of(node.i_decay is not None), "reset_at": rules.reset_at,
            "spikes_per_step": rules.spikes_per_step,
            # a threshold that is only compared has become the least potential that fires; one that is subtracted is itself
            "fires": rules.fires if rules.reset == "subtract" else "at",
        }  # fmt: skip
        if rules.reset == "subtract":
            population["resting"] = 0
        if not group.spiking:
            population |= {"spiking": False, "v_min": -REGISTER_MOST - 1}
        if node.i_decay is not None:
            population |= {"current_decay": row[3], "bias": row[4], "current_acts": rules.current}
        parts.append((Part(label, name, neurons), population))
    return parts


def _currents(part: Part, constant: Array) -> list[dict[str, Any]]:
    """What each neuron of a node gets at every step, as stimuli."""
    currents = constant[part.neurons]
    return [
        {"population": part.label, "current": int(value), "neurons": np.flatnonzero(currents == value).tolist()}
        for value in np.unique(currents)
        if value != 0
    ]


def _connections(lowering: Lowered, nodes: Mapping[str, Quantised], parts: list[Part]) -> list[dict[str, Any]]:
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
