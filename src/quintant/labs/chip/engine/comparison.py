"""The spikes of a Run against those of a reference, usually the same network in floating point: where they first differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from quintant.labs.chip.packed import unpack

if TYPE_CHECKING:
    from quintant.labs.chip.config import Reference
    from quintant.labs.chip.engine.simulation import Simulation

Array = np.ndarray[Any, Any]


def comparison(state: Simulation, reference: Reference) -> dict[str, Any]:
    """The document `comparison`. Populations that the reference does not name are not compared."""
    places, n = state.places, state.places.neurons
    theirs = [unpack(train.steps) * n + places[train.population].first + unpack(train.neurons) for train in reference.spikes]
    compared = np.zeros(n, bool)
    for train in reference.spikes:
        place = places[train.population]
        compared[place.first : place.first + place.size] = True
    step, neuron, _ = state.spikes_of(0, state.steps)
    here = compared[neuron]
    ours = step[here].astype(np.int64) * n + neuron[here]
    other = np.unique(np.concatenate([np.empty(0, np.int64), *theirs]))
    alone = np.setdiff1d(ours, other, assume_unique=True)
    missing = np.setdiff1d(other, ours, assume_unique=True)
    return {
        "title": reference.title,
        "populations": list(dict.fromkeys(train.population for train in reference.spikes)),
        "spikes": len(ours),
        "reference_spikes": len(other),
        "agreed": len(ours) - len(alone),
        "run_alone": len(alone),
        "reference_alone": len(missing),
        "first": _first(state, alone, missing),
    }


def _first(state: Simulation, alone: Array, missing: Array) -> dict[str, Any] | None:
    """The first spike, by step and then by index, that only one of the two has."""
    if not len(alone) and not len(missing):
        return None
    code = int(np.concatenate([alone, missing]).min())
    step, index = divmod(code, state.places.neurons)
    place = state.places.places[int(state.places.population_of[index])]
    fired_in = "run" if code in alone else "reference"
    return {"step": step, "population": place.label, "neuron": index - place.first, "fired_in": fired_in}
