"""The Engine of the spiking lab: a Simulation told as steps, events, tables and metrics."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from quintant.lab import Answer, Event, Metric, Progress, Result, Step, Streams
from quintant.labs.spiking.analysis.measures import Place, measure
from quintant.labs.spiking.config import SpikingConfig
from quintant.labs.spiking.engine import tables
from quintant.labs.spiking.engine.silence import why_silent
from quintant.labs.spiking.engine.simulation import Simulation, start

PURPOSES = ("heterogeneity", "input", "weights")
TOLD_AFTER_CHUNKS = 10
"""Runs of more chunks than this tell their spikes while they run."""
NOT_WANTED = "not measured: `analyse` is false"
MOST_AT_A_STOP = 1_000_000
"""Spikes whose rhythms are analysed when a Run is stopped: some 8 CPU seconds, of the 15 s that a Worker has to leave."""


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
        parts_of = {}
        if state.steps > TOLD_AFTER_CHUNKS * state.chunk:
            time_ms, neuron = state.spikes_of(first, state.done)
            parts_of["spikes"] = tables.spikes(time_ms, neuron, state.layout).to_batches()
        tables_now = {name: parts[0] for name, parts in parts_of.items() if parts}
        return Step(state, done, _progress(state, first), events, tables_now, phase="simulate")

    def result(self, state: Simulation) -> Result:
        return _result(state, state.config.t_ms, None if state.config.analyse else NOT_WANTED)

    def so_far(self, state: Simulation) -> tuple[Result, str] | None:
        """What a stopped Run has measured (see quintant.lab.Stoppable): the spikes of the time that was simulated, and of them
        what so short a window can tell; the reasons of the metrics say what it cannot. Of very many spikes the counts and rates
        alone, as a stop must not take long. Nothing within the burn-in."""
        config = state.config
        duration_ms = min(config.t_ms, state.done * config.dt_ms)
        if duration_ms <= config.burn_in_ms:
            return None
        amount = f"{duration_ms:,.10g} of {config.t_ms:,.10g} ms"
        why_not = None if config.analyse else NOT_WANTED
        if state.spikes > MOST_AT_A_STOP:
            limit = f"when a run is stopped at most {MOST_AT_A_STOP:,} spikes are analysed"
            why_not = f"not measured: {limit}, here are {state.spikes:,}"
        result = _result(state, duration_ms, why_not)
        metrics = {name: metric.so_far(amount) for name, metric in result.metrics.items()}
        return replace(result, metrics=metrics), amount


def _result(state: Simulation, duration_ms: float, why_not: str | None) -> Result:
    """Of the steps that were simulated, which last `duration_ms`; `why_not`: why their rhythms are not analysed."""
    config, layout = state.config, state.layout
    time_ms, neuron = state.spikes_of(0, state.done)
    measured = measure(
        time_ms, neuron, layout.n_e, layout.n_i, duration_ms=duration_ms, dt_ms=config.dt_ms,
        burn_in_ms=config.burn_in_ms, rhythms=why_not is None,
        own=[Place(group.name, group.first, group.size) for group in layout.groups] if config.populations is not None else (),
    )  # fmt: skip
    metrics = dict(measured.metrics)
    if why_not is not None:
        not_measured = Metric(None, "Hz", reason=why_not)
        metrics |= {"rhythm_peak_hz": not_measured, "gamma_peak_hz": not_measured}
    if state.spikes == 0:
        why = f"no spikes: {why_silent(state)}"
        metrics = {name: replace(metric, reason=why) if metric.value is None else metric for name, metric in metrics.items()}
    return Result(metrics, {**_tables(state, time_ms, neuron), **measured.tables}, _documents(state, time_ms, neuron))


def _built(state: Simulation) -> Event:
    return Event(
        "built",
        {
            "neurons_e": state.layout.n_e,
            "neurons_i": state.layout.n_i,
            "synapses": sum(projection.synapses for projection in state.projections),
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
    """Of the steps that were simulated: the input may have been prepared beyond them."""
    kept, dt_ms, steps = state.recorded, state.config.dt_ms, state.done
    every_ms = np.arange(steps) * dt_ms
    made = {"spikes": tables.spikes(time_ms, neuron, state.layout)}
    if len(kept.ids):
        rows = math.ceil(steps / kept.every)
        at_ms = np.arange(rows) * (kept.every * dt_ms)
        made["traces"] = tables.traces(at_ms, kept.ids, kept.v_mv[:rows], kept.g_e[:rows], kept.g_i[:rows])
    if len(kept.input_mean):
        fraction = np.concatenate(kept.fraction)[:steps] if kept.fraction else None
        made["input"] = tables.inputs(every_ms, kept.input_mean[:steps], fraction)
    if kept.raster:
        at_ms, source = (np.concatenate(part) for part in zip(*kept.raster, strict=True))
        simulated = at_ms < steps * dt_ms
        made["input_raster"] = tables.raster(at_ms[simulated], source[simulated])
    if len(kept.currents):
        made["lfp"] = tables.field(every_ms, kept.currents[:steps], dt_ms)
    return made


def _documents(state: Simulation, time_ms: Any, neuron: Any) -> dict[str, Any]:
    train = hashlib.sha256()
    train.update(np.ascontiguousarray(np.rint(time_ms / state.config.dt_ms), np.int64).tobytes())
    train.update(np.ascontiguousarray(neuron, np.int32).tobytes())
    return {
        "network": {
            "steps": state.done,
            "spike_train_sha256": train.hexdigest(),
            "populations": [
                {"name": group.name, "kind": group.kind, "first": group.first, "size": group.size}
                for group in state.layout.groups
            ],
            "projections": [
                {
                    "source": projection.source.name,
                    "target": projection.target.name,
                    "form": projection.form,
                    "synapses": projection.synapses,
                    "delay_ms": projection.delay_steps * state.config.dt_ms,
                    "mean_weight": _mean_weight(projection),
                }
                for projection in state.projections
            ],
        }
    }


def _mean_weight(projection: Any) -> float | None:
    if projection.form == "uniform" or (projection.form == "sparse" and projection.weights is None):
        value: float | None = projection.weight
        return value
    values = projection.matrix if projection.form == "dense" else projection.weights
    mean = float(values.mean(dtype=float)) if values.size else math.nan
    return mean if math.isfinite(mean) else None
