"""A config to a graph whose neurons, stepped by dt_s, do what the chip does; what NIR has no word for is refused by name.

    linear, leak 0, resting 0, no inhibition     IF: integers never fall below 0, so that its missing floor does not show
    decay, voltage_decay 0                       IF       decay    LIF with τ = dt·4096/voltage_decay and R = 4096/voltage_decay
    cuba                                         CubaLIF with both decays

v ≥ θ becomes v > θ - 1/2, the same for integers. Populations without incoming synapses that only repeat a stimulus become Input
nodes. Delays become Delay nodes of d·dt_s; the one step that every spike takes is not told: every reader adds its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from quintant.errors import ConfigError, Problem
from quintant.labs.chip.engine.places import places
from quintant.labs.chip.engine.wiring import Wiring, wiring
from quintant.labs.chip.nir.linear import Array
from quintant.labs.chip.nir.package import package

if TYPE_CHECKING:
    from quintant.labs.chip.config import ChipConfig, Population

DECAY_UNIT = 4096
MOST_ENTRIES = 50_000_000
"""Of one weight matrix: NIR keeps them dense."""


def exported(config: ChipConfig, wiring_seed: int = 0, weights: Array | None = None, dt_s: float = 1.0) -> Any:
    """A nir.NIRGraph. `weights` [synapses]: learned ones in place of the config's, in the order of the table `weights`;
    `wiring_seed`: of connections that draw their pairs without a seed of their own."""
    nir = package()
    layout = places(config)
    wired = wiring(config, layout, wiring_seed)
    carried = wired.weight.astype(np.int64) if weights is None else np.asarray(weights, np.int64)
    if len(carried) != len(wired):
        raise ConfigError(Problem("weights", f"must have one value for each of the {len(wired)} synapses; got {len(carried)}."))
    faults = [
        fault for at, population in enumerate(config.populations) for fault in _refused(at, population, config, wired, carried)
    ]
    if config.plasticity != "off" and weights is None:
        faults.append(Problem("plasticity", "has no word in NIR: export the weights that were learned.", config.plasticity))
    if faults:
        raise ConfigError(faults)
    targets = {connection.target for connection in config.connections}
    nodes: dict[str, Any] = {}
    edges: list[tuple[str, str]] = []
    neurons: list[str] = []
    for population in config.populations:
        if population.label not in targets and _repeats(population):
            nodes[population.label] = nir.Input(input_type={"input": np.array([population.size])})
            continue
        nodes[population.label] = _neurons(nir, population, dt_s)
        neurons.append(population.label)
        if population.label not in targets:
            nodes[f"{population.label}_input"] = nir.Input(input_type={"input": np.array([population.size])})
            edges.append((f"{population.label}_input", population.label))
    for at, connection in enumerate(config.connections):
        here = slice(int(wired.starts[at]), int(wired.starts[at + 1]))
        source, target = layout[connection.source], layout[connection.target]
        if source.size * target.size > MOST_ENTRIES:
            text = (
                f"would be a dense matrix of {source.size} × {target.size}; NIR's Linear is kept to {MOST_ENTRIES:,} entries."
            )
            raise ConfigError(Problem(f"connections.{at}", text))
        for delay in np.unique(wired.delay[here]).tolist():
            chosen = np.flatnonzero(wired.delay[here] == delay) + here.start
            matrix = np.zeros((target.size, source.size))
            np.add.at(matrix, (wired.target[chosen] - target.first, wired.source[chosen] - source.first), carried[chosen])
            name = f"synapses_{at}" + (f"_delay_{delay}" if connection.synapses is not None else "")
            nodes[name] = nir.Linear(weight=matrix)
            if delay:
                nodes[f"{name}_after"] = nir.Delay(delay=np.full(source.size, delay * dt_s))
                edges += [(connection.source, f"{name}_after"), (f"{name}_after", name)]
            else:
                edges.append((connection.source, name))
            edges.append((name, connection.target))
    for label in [config.readout] if config.readout else _last(config, neurons):
        nodes[f"{label}_output"] = nir.Output(output_type={"output": np.array([layout[label].size])})
        edges.append((label, f"{label}_output"))
    return nir.NIRGraph(nodes=nodes, edges=edges, type_check=False)


def _repeats(population: Population) -> bool:
    return population.model == "linear" and (
        population.threshold,
        population.leak,
        population.refractory_steps,
        population.resting,
    ) == (1, 0, 0, 0)


def _last(config: ChipConfig, neurons: list[str]) -> list[str]:
    """Of the labels `neurons`, those that drive no other, or all, where each drives one."""
    sources = {connection.source for connection in config.connections if connection.source != connection.target}
    return [label for label in neurons if label not in sources] or neurons


def _neurons(nir: Any, population: Population, dt_s: float) -> Any:
    def each(value: float) -> Array:
        return np.full(population.size, float(value))

    threshold, reset = each(population.threshold + (0.5 if population.fires == "above" else -0.5)), each(population.resting)
    if population.model == "linear" or (population.model == "decay" and population.voltage_decay == 0):
        return nir.IF(r=each(1 / dt_s), v_threshold=threshold, v_reset=reset)
    slow = DECAY_UNIT / population.voltage_decay
    leak = each(population.bias * slow)
    if population.model == "decay":
        return nir.LIF(tau=each(dt_s * slow), r=each(slow), v_leak=leak, v_threshold=threshold, v_reset=reset)
    synaptic = DECAY_UNIT / population.current_decay
    return nir.CubaLIF(
        tau_syn=each(dt_s * synaptic), tau_mem=each(dt_s * slow), r=each(slow), v_leak=leak, v_threshold=threshold,
        v_reset=reset, w_in=each(synaptic),
    )  # fmt: skip


def _refused(at: int, population: Population, config: ChipConfig, wired: Wiring, weights: Array) -> list[Problem]:
    """Everything about a population that no NIR node can say."""
    path, faults = f"populations.{at}", []

    def refuse(name: str, says: str, hint: str | None = None) -> None:
        faults.append(Problem(f"{path}.{name}", says, getattr(population, name, None), hint=hint))

    if population.refractory_steps:
        refuse("refractory_steps", "must be 0: NIR has no refractory time.")
    if population.noise_mantissa and config.noise:
        refuse("noise_mantissa", "must be 0: NIR has no noise.")
    if config.graded:
        faults.append(Problem("graded", "has no word in NIR.", True))
    if any(connection.compartment and connection.target == population.label for connection in config.connections):
        refuse("dendrite_threshold", "belongs to dendrites, which NIR has not.")
    if population.model == "linear":
        if population.leak:
            refuse("leak", "must be 0: NIR's leak is exponential, this one is constant.", "Take the model decay.")
        reached = np.repeat([connection.target == population.label for connection in config.connections], np.diff(wired.starts))
        if population.resting != 0 or bool(np.any(weights[reached] < 0)):
            refuse("resting", "must be 0 without inhibition: a linear neuron has a floor, NIR's IF has none.",
                   "Take the model decay.")  # fmt: skip
    elif (population.reset, population.reset_at) != ("zero", "now"):
        refuse("reset", "must be zero, now: NIR has no word for another.")
    elif population.spikes_per_step > 1 or not population.spiking or population.values is not None:
        name = "spiking" if not population.spiking else "values" if population.values is not None else "spikes_per_step"
        refuse(name, "has no word in NIR.")
    elif population.voltage_decay == 0 and population.bias:
        refuse("bias", "needs a voltage_decay: NIR's IF has no constant input.")
    if population.model == "cuba" and 0 in (population.voltage_decay, population.current_decay):
        refuse("voltage_decay", "and current_decay must not be 0: time constants would be infinite.")
    return faults
