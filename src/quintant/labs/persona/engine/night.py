"""Night: a day is closed and the next one opened; how far the study is, and who else is told of it."""

from __future__ import annotations

import numpy as np

from quintant.lab import Event, Progress
from quintant.labs.persona.engine.mind import TRAITS
from quintant.labs.persona.engine.said import Question, Said
from quintant.labs.persona.engine.state import State
from quintant.labs.persona.engine.task import Live, LookBack, Mirror, Wait


def close(state: State, said: Said) -> bool:
    """Close the day and open the next one. True when it was the last."""
    config, day = state.config, state.day
    for id, mind in state.minds.items():
        said.rows("days").append(
            {"persona_id": id, "day": day, "condition": state.world.condition(config, max(day, 1)), "mood": mind.mood}
            | {"stress": round(mind.stress(config), 6), "drift_magnitude": round(mind.drift_magnitude, 6)}
            | {name: round(mind.trait(name), 6) for name in TRAITS}
        )
        if day > 0:
            mind.sleep(config)
    said.events.append(Event("day", {"day": day, "of": config.duration_days}))
    if day >= config.duration_days:
        return True
    state.day = day + 1
    state.agenda = [Live(id) for id in state.minds]
    if state.day % config.assessment_interval_days == 0 or state.day == config.duration_days:
        state.agenda += [LookBack(id) for id in state.minds]
    state.agenda += [Mirror()] if config.mirror_url else []
    state.agenda += [Wait()] if config.seconds_per_day > 0 else []
    return False


def mirror(state: State) -> Question:
    personas = {
        id: {
            "persona_id": id,
            "simulation_day": state.day,
            "stress_level": round(mind.stress(state.config), 6),
            "emotional_state": mind.mood,
            "trait_changes": mind.trait_changes,
            "drift_magnitude": round(mind.drift_magnitude, 6),
            **{f"current_{name}": score for name, (_, score) in state.latest.get(id, {}).items()},
        }
        for id, mind in state.minds.items()
    }
    return "state.mirror", {"url": state.config.mirror_url, "day": state.day, "personas": personas}


def closed_days(state: State) -> int:
    """Whole days after the baseline."""
    return max(state.day - 1, 0)


def progress(state: State, over: bool = False) -> Progress:
    """How far the study is; `over`: a day has just been closed. `day` counts whole days after the baseline."""
    tally, config = state.tally, state.config
    closed = config.duration_days + 1 if over and not state.agenda else state.day
    means = {
        f"{id}_mean": round(float(np.mean(values)), 3)
        for id in config.instruments
        if (values := [scores[id][1] for scores in state.latest.values() if id in scores])
    }
    return Progress(
        closed / (config.duration_days + 1),
        {
            "day": max(closed - 1, 0),
            "days": config.duration_days,
            "personas": len(state.minds),
            "events": tally.events,
            "assessments": tally.assessments,
            "alerts": tally.alerts,
            **means,
        },
    )
