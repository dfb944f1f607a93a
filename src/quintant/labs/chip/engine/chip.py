"""The Engine of the chip lab: a Simulation told as steps, events, tables, documents and metrics."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from quintant.config import keys_of
from quintant.lab import Answer, Event, Metric, Progress, Result, Step, Streams
from quintant.labs.chip import energy, fit, seam
from quintant.labs.chip.config import Connection
from quintant.labs.chip.engine import tables
from quintant.labs.chip.engine.comparison import comparison
from quintant.labs.chip.engine.places import Array
from quintant.labs.chip.engine.silence import why_silent
from quintant.labs.chip.engine.simulation import Simulation, start

if TYPE_CHECKING:
    import pyarrow as pa

    from quintant.labs.chip.config import ChipConfig

TOLD_AFTER_CHUNKS = 5
"""Runs of more chunks than this tell their spikes and activity while they run."""
HASHED_AT_ONCE = 1 << 20


class ChipEngine:
    def init(self, config: ChipConfig, rng: Streams) -> Simulation:
        return start(config, rng)

    def step(self, state: Simulation, answers: Sequence[Answer]) -> Step[Simulation]:
        first = state.done
        events = [_built(state)] if first == 0 else []
        state.advance()
        done = state.done == state.steps
        if done:
            events.append(Event("simulated", {"steps": state.steps, "spikes": state.spikes}))
            if state.spikes == 0:
                events.append(Event("no_spikes", {"why": why_silent(state)}))
        batches = {}
        if state.steps > TOLD_AFTER_CHUNKS * state.chunk:
            for name, table in (("spikes", _spikes(state, first)), ("activity", _activity(state, first))):
                if table.num_rows:
                    batches[name] = table.to_batches()[0]
        return Step(state, done, _progress(state, first), events, batches)

    def result(self, state: Simulation) -> Result:
        counted = _counted(state)
        priced = _energy(state, counted)
        written = {"spikes": _spikes(state, 0), "activity": _activity(state, 0)}
        metrics = _metrics(state, counted, priced["total_nj"])
        if state.probe_rows:
            written["potentials"] = tables.potentials(state.places, np.concatenate(state.probe_rows), state.dendrites)
        chosen = _listed(state)
        if chosen is not None:
            written["weights"] = tables.weights(state, chosen)
            if state.config.weights_every_steps is not None:
                written["weight_history"] = tables.weight_history(state.history, chosen)
        if state.config.samples is not None:
            written["samples"], metrics["accuracy"] = _samples(state)
        documents = {
            seam.NETWORK: _network(state),
            seam.SUMMARY: _summary(state, counted),
            seam.FIT: _fit(state),
            seam.ENERGY: priced,
        }
        if state.config.reference is not None and state.done == state.steps:
            documents[seam.COMPARISON] = comparison(state, state.config.reference)
        return Result(metrics, written, documents)

    def so_far(self, state: Simulation) -> tuple[Result, str] | None:
        """What a stopped Run has simulated (see quintant.lab.Stoppable): the same Run of fewer steps, without the comparison
        with a reference, which is of the whole Run. Only samples that have ended count."""
        if state.done == 0:
            return None
        amount = f"{state.done:,} of {state.steps:,} steps"
        whole = self.result(state)
        metrics = {
            name: metric if name in BUILT else replace(metric, method=_joined(metric.method, f"so far: {amount}"))
            for name, metric in whole.metrics.items()
        }
        return replace(whole, metrics=metrics), amount


BUILT = ("neurons", "synapses")
"""Metrics of the network, which no step changes."""


def _joined(*texts: str | None) -> str:
    return "; ".join(filter(None, texts))


def _built(state: Simulation) -> Event:
    sizes = {
        "neurons": state.places.neurons,
        "populations": len(state.places.places),
        "synapses": len(state.wiring),
        "steps": state.steps,
        "steps_at_once": state.chunk,
    }
    return Event("built", sizes)


def _progress(state: Simulation, first: int) -> Progress:
    """The values worth watching: the step, spikes so far, and the rate of the chunk that just ended."""
    spikes = int(state.step_start[state.done] - state.step_start[first])
    rate = spikes / ((state.done - first) * state.places.neurons)
    return Progress(state.done / state.steps, {"step": state.done, "spikes": state.spikes, "rate": rate})


def _spikes(state: Simulation, first: int) -> pa.Table:
    step, neuron, payload = state.spikes_of(first, state.done)
    return tables.spikes(state.places, step, neuron, payload if state.config.graded else None)


def _activity(state: Simulation, first: int) -> pa.Table:
    return tables.activity(state.places, first, state.activity[first : state.done])


@dataclass(frozen=True)
class Counted:
    """What the run did; `by_population`: spikes of each."""

    synaptic_events: int
    spikes_routed: int
    learning_updates: int
    by_population: tuple[int, ...]


def _counted(state: Simulation) -> Counted:
    wiring, places = state.wiring, state.places
    routed = fit.destinations(places.ids[wiring.source], places.ids[wiring.target], places.neurons, state.config.hardware)
    return Counted(
        int(state.spike_count @ np.diff(wiring.by_source)),
        int(state.spike_count @ routed[places.ids]),
        int(state.counters[3]),
        tuple(int(state.spike_count[place.first : place.first + place.size].sum()) for place in places.places),
    )


def _metrics(state: Simulation, counted: Counted, energy_nj: float) -> dict[str, Metric]:
    neurons, steps = state.places.neurons, state.done
    per = seam.METRICS["rate"]
    metrics = {
        "spikes": Metric(state.spikes),
        "rate": Metric(state.spikes / (neurons * steps), per, n=neurons),
        "active_neurons": Metric(int(np.count_nonzero(state.spike_count)), n=neurons),
        "neurons": Metric(neurons),
        "synapses": Metric(len(state.wiring)),
        "synaptic_events": Metric(counted.synaptic_events),
        "energy_nj": Metric(energy_nj, "nJ", method="estimate: counts × published energies per operation"),
    }
    if state.config.plasticity != "off":
        changed = int(np.count_nonzero(state.weights() != state.wiring.weight))
        metrics["weights_changed"] = Metric(changed, n=len(state.wiring))
    for place, spikes in zip(state.places.places, counted.by_population, strict=True):
        metrics[f"rate_{place.label}"] = Metric(spikes / (place.size * steps), per, n=place.size)
    return metrics


def _summary(state: Simulation, counted: Counted) -> dict[str, Any]:
    rates = {
        place.label: spikes / (place.size * state.done)
        for place, spikes in zip(state.places.places, counted.by_population, strict=True)
    }
    return {
        "total_spikes": state.spikes,
        "firing_rates": rates,
        "synaptic_events": counted.synaptic_events,
        "learning_updates": counted.learning_updates,
        "steps": state.done,
    }


TOLD = tuple((key, keys_of(Connection)[key].when) for key in ("seed", "plastic", "delay"))
"""Keys of a connection that the document of the network repeats, where they are read."""


def _network(state: Simulation) -> dict[str, Any]:
    wiring, connections = state.wiring, state.config.connections
    entries = []
    for at, connection in enumerate(connections):
        weight = wiring.weight[wiring.starts[at] : wiring.starts[at + 1]]
        entries.append(
            {
                "source": connection.source,
                "target": connection.target,
                "topology": connection.topology,
                "synapses": len(weight),
                **{
                    key: getattr(connection, key) if when is None or when.holds(connection, state.config) else None
                    for key, when in TOLD
                },
                "compartment": connection.compartment,
                "weight_min": int(weight.min()) if len(weight) else None,
                "weight_max": int(weight.max()) if len(weight) else None,
            }
        )
    return {
        "neurons": state.places.neurons,
        "synapses": len(wiring),
        "timesteps": state.config.timesteps,
        "samples": state.samples,
        "dendrites": state.dendrites,
        "noise": state.noisy,
        "spikes_sha256": _spikes_sha256(state),
        "weights_sha256": hashlib.sha256(state.weights().astype("<i2").tobytes()).hexdigest(),
        "populations": [
            {"label": place.label, "size": place.size, "first": place.first_id} for place in state.places.places
        ],
        "connections": entries,
    }  # fmt: skip


def _spikes_sha256(state: Simulation) -> str:
    """Of all spikes, each as step and index, little-endian 32-bit integers, steps first."""
    sha = hashlib.sha256()
    step, neuron, payload = state.spikes_of(0, state.done)
    for values in (step, neuron, *((payload,) if state.config.graded else ())):
        for first in range(0, len(values), HASHED_AT_ONCE):
            part = values[first : first + HASHED_AT_ONCE]
            sha.update(part.astype(part.dtype.newbyteorder("<"), copy=False).tobytes())
    return sha.hexdigest()


def _fit(state: Simulation) -> dict[str, Any]:
    return fit.report(state.config, state.places, state.wiring)


def _energy(state: Simulation, counted: Counted) -> dict[str, Any]:
    config, places = state.config, state.places
    counts = energy.Counts(
        counted.synaptic_events, places.neurons * state.done, counted.spikes_routed, counted.learning_updates
    )
    joined = {(connection.source, connection.target) for connection in config.connections}
    return energy.document(
        counts, profile=config.energy_profile, own=config.energy_coefficients, neurons=places.neurons, steps=state.done,
        spikes=state.spikes, synapses=len(state.wiring), step_ms=config.step_ms,
        pairs=sum(places[source].size * places[target].size for source, target in joined),
    )  # fmt: skip


def _listed(state: Simulation) -> Array | None:
    """Positions of the synapses that the table of weights lists."""
    config = state.config
    if config.record_weights == "all":
        return np.arange(len(state.wiring))
    if config.record_weights == "none" or config.plasticity == "off":
        return None
    plastic = np.repeat(np.array([connection.plastic for connection in config.connections], bool), np.diff(state.wiring.starts))
    return np.flatnonzero(plastic)


def _samples(state: Simulation) -> tuple[pa.Table, Metric]:
    """What each sample that has ended was taken for: the class with most spikes, none if all are silent, or with the highest
    potential by `readout_by`; the lowest of equals."""
    config = state.config
    assert config.samples is not None
    t = config.timesteps
    many = state.done // t
    totals = np.diff(state.step_start[: many * t + 1 : t])
    counts = np.zeros((many, 0), np.int64)
    if config.readout is not None:
        place = state.places[config.readout]
        step, neuron, _ = state.spikes_of(0, many * t)
        here = (neuron >= place.first) & (neuron < place.first + place.size)
        flat = step[here].astype(np.int64) // t * place.size + (neuron[here] - place.first)
        counts = np.bincount(flat, minlength=many * place.size).reshape(many, place.size)
    scores = np.stack(state.read.scores) if state.read.scores else None
    evidence = counts if scores is None else scores
    predicted = [int(row.argmax()) if scores is not None or row.any() else None for row in evidence]
    labels = [sample.label for sample in config.samples[:many]]
    table = tables.samples(labels, predicted, totals, counts, scores)
    labelled = [(label, answer) for label, answer in zip(labels, predicted, strict=True) if label is not None]
    if config.readout is None or not labelled:
        reason = "accuracy needs `readout` and samples with a `label`"
        return table, Metric(None, reason=reason if many else "no sample had ended")
    right = sum(label == answer for label, answer in labelled)
    return table, Metric(right / len(labelled), n=len(labelled))
