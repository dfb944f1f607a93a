"""Outcome: metrics and documents of a study that is over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from quintant.lab import Metric, Result
from quintant.labs.persona.engine import cohort
from quintant.labs.persona.engine.alarm import run_length
from quintant.labs.persona.engine.night import closed_days
from quintant.labs.persona.engine.state import State
from quintant.labs.persona.results import METHOD_LIMIT, NOTICE


def result(state: State) -> Result:
    config = state.config
    pairs: dict[str, list[tuple[float, float]]] = {id: [] for id in config.instruments}
    for persona, scores in state.latest.items():
        for id, (day, final) in scores.items():
            baseline = state.watches[persona][id].baseline
            if baseline is not None and day >= config.baseline_days:  # the baseline is no change from itself
                pairs[id].append((baseline, float(final)))
    changes = cohort.changes(pairs, config.glass_delta)
    metrics: dict[str, Metric] = {}
    for id, change in changes.items():
        metrics |= _metrics(id, change, config.baseline_days)
    tally = state.tally
    metrics |= {
        "alerts": Metric(tally.alerts, "alerts", n=len(state.minds)),
        "stress_events": Metric(tally.stress_events, "events"),
        "neutral_events": Metric(tally.neutral_events, "events"),
        "minimal_events": Metric(tally.minimal_events, "events"),
        "assessments": Metric(tally.assessments, "assessments"),
        "invalid_assessments": Metric(tally.invalid_assessments, "assessments"),
    }
    return Result(metrics, documents=_documents(state, changes))


def so_far(state: State) -> tuple[Result, str] | None:
    """What a stopped study has measured, each persona by its last valid session, and after how many whole days (see
    quintant.lab.Stoppable). None before the first session: nothing was measured."""
    if state.tally.assessments == 0:
        return None
    amount = f"{closed_days(state)} of {state.config.duration_days} days"
    whole = result(state)
    metrics = {
        name: metric
        if metric.value is None
        else replace(metric, method="; ".join(filter(None, (metric.method, f"so far: {amount}"))))
        for name, metric in whole.metrics.items()
    }
    return replace(whole, metrics=metrics), amount


def _documents(state: State, changes: Mapping[str, cohort.Change]) -> dict[str, Any]:
    config = state.config
    length = run_length(config.alarm_slack, config.alarm_bound)
    contrast = state.method == "statement_contrast"
    model = {name: value for name, value in (state.model or {}).items() if name != "threads"}
    return {
        "notice": {"text": NOTICE, "method": state.method, "limit": METHOD_LIMIT if contrast else None},
        "language_model": model,
        "calibration": {
            "gain": config.contrast_gain if contrast else None,
            "zero_points": {id: mind.persona.baselines.model_dump() for id, mind in state.minds.items()},
            "noise_points": {
                id: {
                    instrument.id: round(watches[instrument.id].noise_points(instrument), 6) for instrument in state.instruments
                }
                for id, watches in state.watches.items()
            },
        },
        "cohort": {id: {**vars(change), "drift_detected": change.significant} for id, change in changes.items()},
        "significant_changes": [id for id, change in changes.items() if change.significant],
        "alarm": {
            "slack": config.alarm_slack,
            "bound": config.alarm_bound,
            "sessions_between_false_alarms": round(length, 1),
        },
        "validity": state.validity,
        "personas": {id: mind.persona.model_dump(mode="json") for id, mind in state.minds.items()},
        "instruments": {instrument.id: instrument.model_dump(mode="json", by_alias=True) for instrument in state.instruments},
        "conditions": {
            name: row.model_dump(mode="json")
            for name, row in state.world.conditions.items()
            if name in (config.condition, config.recovery_condition)
        },
    }


def _metrics(id: str, change: cohort.Change, baseline_days: int) -> dict[str, Metric]:
    if change.pairs == 0:
        why = "no persona has both a valid baseline and a valid session after it"
        if baseline_days > 1:
            why += f"; sessions before day {baseline_days} are the baseline"
        return {f"{id}_change": Metric(None, "points", reason=why)}
    n = change.pairs
    least = cohort.LEAST_PAIRS_FOR_INTERVAL
    if change.low is not None:
        method = f"95 % Student's t of {n} paired differences"
    else:
        method = f"no interval: fewer than {least} personas" if n < least else "no interval: all differences are equal"
    metrics = {
        f"{id}_baseline": Metric(change.baseline_mean, "points", n=n),
        f"{id}_final": Metric(change.final_mean, "points", n=n),
        f"{id}_change": Metric(change.change, "points", change.low, change.high, n, method),
    }
    if change.glass_delta is None:
        why = "fewer than two personas" if n < 2 else "the baseline scores are all equal"
        metrics[f"{id}_glass_delta"] = Metric(None, "1", n=n, reason=why)
    else:
        metrics[f"{id}_glass_delta"] = Metric(change.glass_delta, "1", n=n)
    return metrics
