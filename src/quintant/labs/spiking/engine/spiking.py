"""The Engine of the spiking lab: a Simulation told as steps, events, tables and metrics."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from quintant.lab import Answer, Event, Metric, Progress, Result, Step, Streams
from quintant.labs.spiking.analysis.measures import measure
from quintant.labs.spiking.config import SpikingConfig
from quintant.labs.spiking.engine import tables
from quintant.labs.spiking.engine.silence import why_silent
from quintant.labs.spiking.engine.simulation import Simulation, start

PURPOSES = ("heterogeneity", "input", "weights")
TOLD_AFTER_CHUNKS = 10
"""Runs of more chunks than this tell their spikes while they run."""


class SpikingEngine:
    def init(self, config: SpikingConfig, rng: Streams) -> Simulation:
        return start(config, rng)

    def step(self, state: Simulation, answers: Sequence[Answer]) -> Step[Simulation]:
        if state.rows is None:
            state.prepare()
            return Step(state, events=[_built(state)] if state.done == 0 else [], phase="input")
        first, events = state.done, []
        state.advance()
        done = state.done == state.steps
        if done:
            events.append(_simulated(state))
            if state.spikes == 0:
                events.append(Event("no_spikes", {"why": why_silent(state)}))
        told = {}
        if state.steps > TOLD_AFTER_CHUNKS * state.chunk:
            time_ms, neuron = state.spikes_of(first, state.done)
            told["spikes"] = tables.spikes(time_ms, neuron, state.layout).to_batches()
        tables_now = {name: parts[0] for name, parts in told.items() if parts}
        return Step(state, done, _progress(state, first), events, tables_now, phase="simulate")

    def result(self, state: Simulation) -> Result:
        config, found = state.config, state.layout
        time_ms, neuron = state.spikes_of(0, state.steps)
        measured = measure(
            time_ms, neuron, found.n_e, found.n_i, duration_ms=config.t_ms, dt_ms=config.dt_ms,
            burn_in_ms=config.burn_in_ms, rhythms=config.analyse,
        )  # fmt: skip
        metrics = dict(measured.metrics)
        if not config.analyse:
            metrics["gamma_peak_hz"] = Metric(None, "Hz", reason="not measured: `analyse` is false")
        if state.spikes == 0:
            why = f"no spikes: {why_silent(state)}"
            metrics = {name: replace(one, reason=why) if one.value is None else one for name, one in metrics.items()}
        metrics |= _by_population(state, time_ms, neuron)
        return Result(metrics, {**_tables(state, time_ms, neuron), **measured.tables}, _documents(state, time_ms, neuron))


def _built(state: Simulation) -> Event:
    return Event(
        "built",
        {
            "neurons_e": state.layout.n_e,
            "neurons_i": state.layout.n_i,
            "synapses": sum(one.synapses for one in state.projections),
            "synapse_bytes": state.pool.bytes,
            "steps": state.steps,
            "steps_at_once": state.chunk,
        },
    )


def _simulated(state: Simulation) -> Event:
    _, neuron = state.spikes_of(0, state.steps)
    e = int(np.count_nonzero(neuron < state.layout.n_e))
    return Event("simulated", {"t_ms": state.config.t_ms, "spikes": len(neuron), "spikes_e": e, "spikes_i": len(neuron) - e})


def _progress(state: Simulation, first: int) -> Progress:
    """The values worth watching: the model's time, spikes so far, and the rates of the chunk that just ended."""
    _, neuron = state.spikes_of(first, state.done)
    e = int(np.count_nonzero(neuron < state.layout.n_e))
    window_s = (state.done - first) * state.config.dt_ms / 1000
    rates = {"rate_e_hz": (e, state.layout.n_e), "rate_i_hz": (len(neuron) - e, state.layout.n_i)}
    return Progress(
        state.done / state.steps,
        {
            "time_ms": round(state.done * state.config.dt_ms, 6),
            "spikes": state.spikes,
            **{name: spikes / size / window_s if size else None for name, (spikes, size) in rates.items()},
        },
    )


def _tables(state: Simulation, time_ms: Any, neuron: Any) -> dict[str, Any]:
    kept, dt_ms = state.recorded, state.config.dt_ms
    every_ms = np.arange(state.steps) * dt_ms
    found = {"spikes": tables.spikes(time_ms, neuron, state.layout)}
    if len(kept.ids):
        at_ms = np.arange(len(kept.v_mv)) * (kept.every * dt_ms)
        found["traces"] = tables.traces(at_ms, kept.ids, kept.v_mv, kept.g_e, kept.g_i)
    if len(kept.input_mean):
        fraction = np.concatenate(kept.fraction) if kept.fraction else None
        found["input"] = tables.inputs(every_ms, kept.input_mean, fraction)
    if kept.raster:
        found["input_raster"] = tables.raster(*(np.concatenate(part) for part in zip(*kept.raster, strict=True)))
    if len(kept.currents):
        found["lfp"] = tables.field(every_ms, kept.currents, dt_ms)
    return found


def _by_population(state: Simulation, time_ms: Any, neuron: Any) -> dict[str, Metric]:
    """Count rates after the burn-in of the user's own populations, by name."""
    if state.config.populations is None:
        return {}
    begin_ms = min(state.config.burn_in_ms, max(0.0, state.config.t_ms - state.config.dt_ms))
    counted = np.bincount(neuron[time_ms >= begin_ms], minlength=state.layout.n)
    window_s = (state.config.t_ms - begin_ms) / 1000
    return {
        f"rate_{group.name}_hz": Metric(float(counted[group.ids].sum()) / group.size / window_s, "Hz", n=group.size)
        for group in state.layout.groups
    }


def _documents(state: Simulation, time_ms: Any, neuron: Any) -> dict[str, Any]:
    train = hashlib.sha256()
    train.update(np.ascontiguousarray(np.rint(time_ms / state.config.dt_ms), np.int64).tobytes())
    train.update(np.ascontiguousarray(neuron, np.int32).tobytes())
    return {
        "network": {
            "steps": state.steps,
            "spike_train_sha256": train.hexdigest(),
            "populations": [
                {"name": group.name, "kind": group.kind, "first": group.first, "size": group.size}
                for group in state.layout.groups
            ],
            "projections": [
                {
                    "source": one.source.name,
                    "target": one.target.name,
                    "form": one.form,
                    "synapses": one.synapses,
                    "delay_ms": one.delay_steps * state.config.dt_ms,
                    "mean_weight": _mean_weight(one),
                }
                for one in state.projections
            ],
        }
    }


def _mean_weight(one: Any) -> float | None:
    if one.form == "uniform" or (one.form == "sparse" and one.weights is None):
        return one.weight
    values = one.matrix if one.form == "dense" else one.weights
    mean = float(values.mean(dtype=float)) if values.size else math.nan
    return mean if math.isfinite(mean) else None
