"""How tools reset their neurons: each rule, written down from what the tool does, beside the engine with keys that mean it.

The recipes are those that today's exporters follow, read from runs of the tools themselves (snnTorch 1.0.0, norse 1.1.0, sinabs
3.1.3, rockpool 3.1.0, spikingjelly 2.0.0) and repeated here in integers; a decay is rounded as the chip rounds it, away from
zero, so that every number must agree exactly.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from chip_networks import fast, result

THRESHOLD, STEPS, NEURONS = 100, 80, 12
Step = Callable[[int, int, dict[str, int]], int]
"""(potential before, input) → spikes; the potential after stands in the state."""


def kept(v: int, decay: int) -> int:
    """beta × v with beta = 1 - decay / 4096."""
    magnitude = -(-abs(v) * decay // 4096)
    return v - magnitude if v >= 0 else v + magnitude


def delayed_sub(v: int, i: int, state: dict[str, int]) -> int:
    """snnTorch, Leaky: who was above takes the threshold off after this step's decay."""
    reset = v > THRESHOLD
    state["v"] = kept(v, state["decay"]) + i - reset * THRESHOLD
    return int(state["v"] > THRESHOLD)


def delayed_zero(v: int, i: int, state: dict[str, int]) -> int:
    """snnTorch with reset_mechanism="zero"."""
    state["v"] = (0 if v > THRESHOLD else kept(v, state["decay"])) + i
    return int(state["v"] > THRESHOLD)


def now_sub(v: int, i: int, state: dict[str, int]) -> int:
    """snnTorch with reset_delay=False, as it does it: subtracted before the test from who was above, and given back."""
    reset = v > THRESHOLD
    moved = kept(v, state["decay"]) + i - reset * THRESHOLD
    spike = moved > THRESHOLD
    state["v"] = moved - (int(spike) - int(reset)) * THRESHOLD
    return int(spike)


def many_sub(v: int, i: int, state: dict[str, int]) -> int:
    """sinabs and rockpool: as many spikes as thresholds fit into the potential, at the threshold too."""
    moved = kept(v, state["decay"]) + i
    spikes = moved // THRESHOLD if moved > 0 else 0
    state["v"] = moved - spikes * THRESHOLD
    return spikes


def floored_sub(v: int, i: int, state: dict[str, int]) -> int:
    """sinabs with min_v_mem: the potential is clipped after its spikes."""
    spikes = many_sub(v, i, state)
    state["v"] = max(-50, state["v"])
    return spikes


def hard_above(v: int, i: int, state: dict[str, int]) -> int:
    """norse, and NIR's own text: to zero at once, above the threshold only."""
    moved = kept(v, state["decay"]) + i
    state["v"] = 0 if moved > THRESHOLD else moved
    return int(moved > THRESHOLD)


def hard_at(v: int, i: int, state: dict[str, int]) -> int:
    """spikingjelly: to v_reset at once, at the threshold too."""
    moved = kept(v, state["decay"]) + i
    state["v"] = -20 if moved >= THRESHOLD else moved
    return int(moved >= THRESHOLD)


def silent(v: int, i: int, state: dict[str, int]) -> int:
    """A leaky read-out."""
    state["v"] = kept(v, state["decay"]) + i
    return 0


RECIPES: dict[str, tuple[Step, dict[str, Any]]] = {
    "snnTorch Leaky": (delayed_sub, {"fires": "above", "reset": "subtract", "reset_at": "next"}),
    "snnTorch zero": (delayed_zero, {"fires": "above", "reset": "zero", "reset_at": "next"}),
    "snnTorch reset_delay=False": (now_sub, {"fires": "above", "reset": "subtract", "reset_at": "both"}),
    "sinabs, rockpool": (many_sub, {"fires": "at", "reset": "subtract", "spikes_per_step": 65536}),
    "sinabs min_v_mem": (floored_sub, {"fires": "at", "reset": "subtract", "spikes_per_step": 65536, "v_min": -50}),
    "norse": (hard_above, {"fires": "above", "reset": "zero"}),
    "spikingjelly": (hard_at, {"fires": "at", "reset": "zero", "resting": -20}),
    "read-out": (silent, {"spiking": False}),
}


def driven(population: dict[str, Any], inputs: np.ndarray) -> dict[str, Any]:
    """A config of one population with `inputs` [steps, neurons] into its neurons."""
    stimuli = [
        {"population": "n", "current": int(current), "events": np.argwhere(inputs == current).tolist()}
        for current in np.unique(inputs)
        if current != 0
    ]
    return {
        "populations": [{"label": "n", "size": inputs.shape[1], "threshold": THRESHOLD, "refractory_steps": 0, **population}],
        "connections": [],
        "timesteps": len(inputs),
        "stimuli": stimuli,
        "probes": [{"population": "n"}],
    }


@pytest.mark.parametrize("synapse", ["none", "now", "next"])
@pytest.mark.parametrize("decay", [0, 37, 1024, 4096])
@pytest.mark.parametrize("tool", list(RECIPES))
def test_each_tools_reset_is_the_engines(tool: str, decay: int, synapse: str) -> None:
    recipe, keys = RECIPES[tool]
    draw = np.random.default_rng([decay, len(tool)])
    scale = draw.choice([5, 60, 260], NEURONS)  # some slow, some with several spikes a step
    inputs = np.round(draw.normal(0.4, 1.0, (STEPS, NEURONS)) * scale).astype(int)
    inputs[draw.random(inputs.shape) < 0.1] = THRESHOLD  # ties
    alpha = 900
    model = {"model": "decay"} if synapse == "none" else {"model": "cuba", "current_decay": alpha, "current_acts": synapse}
    state = fast(driven({**model, "voltage_decay": decay, **keys}, inputs))
    step, neuron, _ = state.spikes_of(0, state.steps)
    counts = np.zeros((STEPS, NEURONS), int)
    np.add.at(counts, (step, neuron), 1)
    potential = np.zeros((STEPS, NEURONS), int)
    for row in np.concatenate(state.probe_rows):
        potential[row[0], row[1]] = row[2]
    for k in range(NEURONS):
        now, current = {"v": 0, "decay": decay}, 0
        for t in range(STEPS):
            before, current = current, kept(current, alpha) + int(inputs[t, k])
            taken = int(inputs[t, k]) if synapse == "none" else current if synapse == "now" else before
            assert counts[t, k] == recipe(now["v"], taken, now), (tool, k, t)
            assert potential[t, k] == now["v"], (tool, k, t)
    assert counts.sum() > 100 or tool == "read-out"


def test_neurons_of_one_population_may_each_have_their_own_parameters() -> None:
    """A population with a value for each neuron is as many populations of one."""
    draw = np.random.default_rng(3)
    inputs = draw.integers(-60, 120, (STEPS, NEURONS))
    own = {
        "threshold": draw.integers(80, 300, NEURONS), "resting": draw.integers(-40, 40, NEURONS),
        "voltage_decay": draw.integers(0, 4096, NEURONS), "bias": draw.integers(-9, 30, NEURONS),
        "v_min": draw.integers(-500, -60, NEURONS),
    }  # fmt: skip
    keys = {"model": "decay", "reset": "subtract", "reset_at": "next"}
    together = fast(driven({**keys, "values": {name: value.tolist() for name, value in own.items()}}, inputs))
    step, neuron, _ = together.spikes_of(0, together.steps)
    for k in range(NEURONS):
        alone = fast(driven({**keys, **{name: int(value[k]) for name, value in own.items()}}, inputs[:, k : k + 1]))
        assert alone.spikes_of(0, alone.steps)[0].tolist() == step[neuron == k].tolist()
    assert len(step) > 50


@pytest.mark.parametrize(("by", "wins"), [("last", 0), ("mean", 1), ("highest", 2), ("spikes", None)])
def test_a_read_out_decides_by_its_potential(by: str, wins: int | None) -> None:
    """Three leaky neurons that never fire: one is highest at the end, one on average, one for a moment."""
    inputs = np.zeros((10, 3), int)
    inputs[-1, 0] = 90
    inputs[:, 1] = 40
    inputs[3, 2] = 200
    config = driven({"model": "decay", "voltage_decay": 4096, "spiking": False}, inputs)
    stimuli = config.pop("stimuli")
    samples = [{"label": wins or 0, "stimuli": stimuli}, {"label": wins or 0, "stimuli": stimuli}]
    done = result({**config, "samples": samples, "stimuli": [], "readout": "n", "readout_by": by})
    assert done.tables["samples"].column("predicted").to_pylist() == [wins, wins]
    assert done.metrics["accuracy"].value == (0.0 if wins is None else 1.0)
    if by != "spikes":
        assert len(done.tables["samples"].column("potentials").to_pylist()[0]) == 3
