"""The tables of a Result (columns: `quintant.labs.chip.seam`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from quintant.labs.chip.engine.places import Array, Places

if TYPE_CHECKING:
    import pyarrow as pa

    from quintant.labs.chip.engine.simulation import Simulation


def spikes(places: Places, step: Array, neuron: Array, payload: Array | None) -> pa.Table:
    """`neuron`: index; `payload`: of graded spikes."""
    import pyarrow as pa

    columns = {
        "step": pa.array(step, pa.int32()),
        "population": _labels(places, places.population_of[neuron]),
        "neuron": pa.array(places.local[neuron], pa.int32()),
    }
    if payload is not None:
        columns["payload"] = pa.array(payload, pa.uint8())
    return pa.table(columns)


def activity(places: Places, first: int, counts: Array) -> pa.Table:
    """`counts` [steps, populations], of the steps from `first` on."""
    import pyarrow as pa

    steps, many = counts.shape
    return pa.table(
        {
            "step": pa.array(np.repeat(np.arange(first, first + steps, dtype=np.int32), many)),
            "population": _labels(places, np.tile(np.arange(many, dtype=np.int32), steps)),
            "spikes": pa.array(counts.ravel(), pa.int32()),
        }
    )


def potentials(places: Places, rows: Array, dendrites: bool) -> pa.Table:
    """`rows` as the kernel's probes fill them."""
    import pyarrow as pa

    step, neuron, potential, total, threshold, refractory, spiked, trace, slow, *branches = rows.T
    columns = {
        "step": pa.array(step, pa.int32()),
        "population": _labels(places, places.population_of[neuron]),
        "neuron": pa.array(places.local[neuron], pa.int32()),
        "potential": pa.array(potential),
        "input": pa.array(total),
        "threshold": pa.array(threshold, mask=~_spiking(places)[neuron]),
        "refractory": pa.array(refractory, pa.int32()),
        "spiked": pa.array(spiked.astype(bool)),
        "trace": pa.array(trace, pa.int32()),
        "slow_trace": pa.array(slow, pa.int32()),
    }
    if dendrites:
        columns |= {f"dendrite_{at}": pa.array(branch) for at, branch in enumerate(branches, 1)}
    return pa.table(columns)


def _spiking(places: Places) -> Array:
    """Whether each neuron can fire, by index [neurons]: one that cannot has no threshold."""
    return np.repeat([place.population.spiking or place.population.model == "linear" for place in places.places],
                     [place.size for place in places.places])  # fmt: skip


def weights(state: Simulation, chosen: Array) -> pa.Table:
    """`chosen`: positions of the synapses in the wiring, ascending."""
    import pyarrow as pa

    wired, places, connections = state.wiring, state.places, state.config.connections
    connection = wired.connection_of()[chosen]
    pre, post = wired.source[chosen], wired.target[chosen]
    return pa.table(
        {
            "connection": pa.array(connection, pa.int32()),
            "source": _labels(places, places.population_of[pre]),
            "pre": pa.array(places.local[pre], pa.int32()),
            "target": _labels(places, places.population_of[post]),
            "post": pa.array(places.local[post], pa.int32()),
            "delay": pa.array(wired.delay[chosen], pa.int32()),
            "plastic": pa.array(np.array([connection.plastic for connection in connections], bool)[connection]),
            "initial": pa.array(wired.weight[chosen], pa.int32()),
            "final": pa.array(state.weights()[chosen], pa.int32()),
        }
    )


def weight_history(history: list[tuple[int, Array]], chosen: Array) -> pa.Table:
    import pyarrow as pa

    values = [kept[chosen] for _, kept in history] or [np.empty(0, np.int16)]
    return pa.table(
        {
            "step": pa.array(np.repeat(np.array([step for step, _ in history], np.int32), len(chosen)), pa.int32()),
            "synapse": pa.array(np.tile(np.arange(len(chosen), dtype=np.int32), len(history)), pa.int32()),
            "weight": pa.array(np.concatenate(values), pa.int32()),
        }
    )


def samples(
    labels: list[int | None], predicted: list[int | None], totals: Array, counts: Array, scores: Array | None
) -> pa.Table:
    """`totals` [samples]: spikes of each; `counts` [samples, classes]: of the readout's neurons; `scores` [samples, classes]:
    their potentials, where those decide."""
    import pyarrow as pa

    columns = {
        "sample": pa.array(np.arange(len(labels), dtype=np.int32)),
        "label": pa.array(labels, pa.int32()),
        "predicted": pa.array(predicted, pa.int32()),
        "spikes": pa.array(totals, pa.int64()),
        "counts": pa.array(counts.tolist(), pa.list_(pa.int64())),
    }
    if scores is not None:
        columns["potentials"] = pa.array(scores.tolist(), pa.list_(pa.int64()))
    return pa.table(columns)


def _labels(places: Places, at: Any) -> pa.DictionaryArray:
    import pyarrow as pa

    return pa.DictionaryArray.from_arrays(pa.array(at, pa.int32()), pa.array([place.label for place in places.places]))
