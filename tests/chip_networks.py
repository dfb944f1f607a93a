"""Runs of the chip engines without a platform, random networks, and the published vectors, for the chip lab's tests."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from quintant.config import parse
from quintant.lab import Result, Streams
from quintant.labs.chip import LAB
from quintant.labs.chip.config import ChipConfig
from quintant.labs.chip.engine import ChipEngine, reference
from quintant.labs.chip.engine.places import places
from quintant.labs.chip.engine.simulation import Simulation, start
from quintant.labs.chip.engine.wiring import wiring

VECTORS = Path(__file__).parent / "verification" / "chip" / "chip-vectors.json"
NATIVE_NAMES = {
    "refrac": "refractory_steps",
    "dend_threshold": "dendrite_threshold",
    "tau1": "trace_shift",
    "tau2": "slow_trace_shift",
}


def alone(current: int, timesteps: int, **population: Any) -> dict[str, Any]:
    """A config of one neuron under a constant current."""
    return {
        "populations": [{"label": "n", "size": 1, **population}],
        "connections": [],
        "timesteps": timesteps,
        "stimuli": [{"population": "n", "current": current}],
    }


def fast(raw: Mapping[str, Any], root: int = 0, chunk: int | None = None) -> Simulation:
    config = parse(ChipConfig, raw)
    state = start(config, LAB.seeded(config, root))
    state.chunk = chunk or state.chunk
    while state.done < state.steps:
        state.advance()
    return state


def told_by_reference(raw: Mapping[str, Any], root: int = 0) -> reference.Told:
    config = parse(ChipConfig, raw)
    seeds, found = Streams.derive(root, LAB.purposes), places(config)
    return reference.simulate(config, found, wiring(config, found, seeds["wiring"]), seeds["input"])


def result(raw: Mapping[str, Any], root: int = 0) -> Result:
    config, engine = parse(ChipConfig, raw), ChipEngine()
    step = engine.step(engine.init(config, LAB.seeded(config, root)), ())
    while not step.done:
        step = engine.step(step.state, ())
    return engine.result(step.state)


def trains(found: Result) -> dict[str, dict[str, list[int]]]:
    """Population -> neuron -> steps, as the vectors have them."""
    told: dict[str, dict[str, list[int]]] = {one["label"]: {} for one in found.documents["network"]["populations"]}
    for row in found.tables["spikes"].to_pylist():
        told[row["population"]].setdefault(str(row["neuron"]), []).append(row["step"])
    return told


def steps_of(raw: Mapping[str, Any], population: str = "n", neuron: int = 0) -> list[int]:
    return trains(result(raw))[population].get(str(neuron), [])


def vectors() -> list[dict[str, Any]]:
    return list(json.loads(VECTORS.read_text())["vectors"])


def native(vector: Mapping[str, Any]) -> dict[str, Any]:
    """A vector's network and job as a config."""
    network, job = vector["network"], vector["job"]
    learning = job.get("learning") or {}
    populations = []
    for one in network["populations"]:
        given = dict(one.get("params") or {})
        noise = given.pop("noise_config", 0)
        named = {NATIVE_NAMES.get(name, name): value for name, value in given.items()}
        populations.append(
            {"label": one["label"], "size": one["size"], "noise_mantissa": noise & 15, "noise_exponent": noise >> 4, **named}
        )
    plasticity = "three_factor" if learning.get("three_factor") else "stdp" if learning.get("enabled") else "off"
    return {
        "populations": populations,
        "connections": network["connections"],
        "timesteps": job["timesteps"],
        "stimuli": job.get("stimuli", []),
        "rewards": job.get("rewards", []),
        "plasticity": plasticity,
        "graded": learning.get("graded", False),
        "dendrites": learning.get("dendritic"),
        "noise": learning.get("noise", "learning" not in job),
        "record_weights": "all",
    }


def _reset(draw: Any, own: Mapping[str, Any], size: int, one_of: Any) -> dict[str, Any]:
    """How a leaky population fires and is reset, and parameters of single neurons."""
    found = {
        "fires": one_of("at", "above"), "reset": one_of("zero", "subtract", "none", "clear"),
        "reset_at": one_of("now", "next", "both"),
        "current_acts": one_of("now", "next"), "spikes_per_step": one_of(1, 1, 3, 65536), "spiking": one_of(*[True] * 7, False),
        "threshold": own["threshold"] + 60,
    }  # fmt: skip
    if one_of(True, False):
        ranges = {"threshold": (70, 400), "resting": (-60, 60), "voltage_decay": (0, 4096), "current_decay": (0, 4096),
                  "bias": (-9, 30), "v_min": (-500, -60)}  # fmt: skip
        found["values"] = {
            name: draw.integers(low, high, size).tolist() for name, (low, high) in ranges.items() if one_of(True, False)
        }
    return found


def random_network(seed: int) -> dict[str, Any]:
    """A small config that may use everything there is, busy enough that most things happen."""
    draw = np.random.default_rng(seed)

    def number(low: int, high: int) -> int:
        return int(draw.integers(low, high, endpoint=True))

    def one_of(*choices: Any) -> Any:
        return choices[number(0, len(choices) - 1)]

    populations = []
    for at in range(number(1, 4)):
        model = one_of("linear", "linear", "decay", "cuba")
        own: dict[str, Any] = {"threshold": number(50, 400), "refractory_steps": number(0, 4), "resting": number(-60, 60)}
        own |= {"leak": number(0, 8)} if model == "linear" else {"voltage_decay": number(0, 4096), "bias": number(-9, 9)}
        own |= {"current_decay": number(0, 4096)} if model == "cuba" else {}
        own |= {"v_min": -number(60, 500)} if model != "linear" else {}
        size = number(1, 9)
        if model != "linear":
            own |= _reset(draw, own, size, one_of)
        own |= {"first_step": number(0, 20)} if one_of(True, False, False) else {}
        own |= {"noise_mantissa": number(0, 15), "noise_exponent": number(0, 5)} if one_of(True, False) else {}
        own |= {"dendrite_threshold": number(-50, 200), "trace_shift": number(0, 8), "slow_trace_shift": number(0, 8)}
        populations.append({"label": f"p{at}", "size": size, "model": model, **own})
    sizes = {one["label"]: one["size"] for one in populations}
    connections = []
    for _ in range(number(0, 5)):
        pre, post = one_of(*sizes), one_of(*sizes)
        topology = one_of("all_to_all", "random_sparse", "fixed_fan_in", "fixed_fan_out", "explicit")
        one: dict[str, Any] = {"source": pre, "target": post, "topology": topology, "weight": number(-150, 400)}
        one |= {"p": float(draw.random()), "fan_in": number(1, 5), "fan_out": number(1, 5)}
        one |= {"delay": one_of(0, 0, 1, 7, 63), "compartment": one_of(0, 0, 0, 1, 2, 3), "plastic": one_of(True, True, False)}
        one |= {"w_min": number(-200, 0), "w_max": number(100, 900)} if one_of(True, False) else {}
        one |= {"seed": number(0, 99)} if one_of(True, False) else {}
        if topology == "explicit":
            many = number(0, 20)
            one["synapses"] = {
                "sources": draw.integers(0, sizes[pre], many).tolist(),
                "targets": draw.integers(0, sizes[post], many).tolist(),
                "weights": draw.integers(-200, 300, many).tolist(),
                "delays": draw.integers(0, 5, many).tolist() if one_of(True, False) else None,
            }
        connections.append(one)
    timesteps = number(1, 90)

    def stimulus() -> dict[str, Any]:
        label = one_of(*sizes)
        one: dict[str, Any] = {"population": label, "current": number(-50, 300)}
        match one_of("whole", "window", "times", "events", "chance"):
            case "window":
                begin = number(0, timesteps - 1)
                one |= {"start": begin, "stop": number(begin + 1, timesteps + 3), "neurons": [number(0, sizes[label] - 1)]}
            case "times":
                one |= {"times": draw.integers(0, timesteps, number(0, 9)).tolist()}
            case "events":
                one |= {"events": [[number(0, timesteps - 1), number(0, sizes[label] - 1)] for _ in range(number(0, 9))]}
            case "chance":
                one |= {"probability": float(draw.random())}
        return one

    graded = one_of(True, False, False)
    if graded:
        for population in populations:
            population.pop("spikes_per_step", None)
    readout = one_of(None, *sizes)
    rewards = [{"timestep": number(0, timesteps - 1), "value": number(-900, 900)} for _ in range(number(0, 9))]
    samples = [{"stimuli": [stimulus() for _ in range(number(0, 2))]} for _ in range(number(1, 3))]
    return {
        "populations": populations,
        "connections": connections,
        "timesteps": timesteps,
        "stimuli": [stimulus() for _ in range(number(1, 5))],
        "samples": one_of(None, None, samples),
        "plasticity": one_of("off", "stdp", "three_factor"),
        "rewards": rewards,
        "readout": readout,
        "readout_by": one_of("spikes", "last", "mean", "highest"),
        "graded": graded,
        "dendrites": one_of(None, True, False),
        "noise": one_of(True, True, False),
        "network_seed": one_of(None, 7),
        "record_weights": "all",
        "probes": [{"population": label, "every_steps": one_of(1, 1, 3)} for label in sizes],
    }
