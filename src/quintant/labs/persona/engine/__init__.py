"""The persona engine: days of a small cohort, one question to the language model at a time.

    chance    independent draws per purpose, persona and day      life      life events from the templates of a condition
    mind      stress, traits and mood between days                prompt    the diary that a persona answers from
    session   questionnaires scored                               alarm     when a persona's score moved too far
    cohort    whether the group changed

A step does what needs nobody, up to the next question (Ask) or the end of a day. The state between two steps is plain data:
a Run continues after a crash with the day it was in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import orjson

from quintant.config import parse
from quintant.errors import EngineError
from quintant.lab import Answer, Ask, Event, Metric, Progress, Result, Step, Streams
from quintant.labs.persona import library, rules
from quintant.labs.persona.config import PersonaConfig
from quintant.labs.persona.engine import cohort, life, prompt, session
from quintant.labs.persona.engine.alarm import Alert, Watch, run_length
from quintant.labs.persona.engine.life import World
from quintant.labs.persona.engine.mind import TRAITS, Mind
from quintant.labs.persona.results import METHOD_LIMIT, NOTICE, batch

PAST_EVENTS = 12


@dataclass
class Tally:
    """What was counted so far, for progress and metrics."""

    stress_events: int = 0
    neutral_events: int = 0
    minimal_events: int = 0
    assessments: int = 0
    invalid_assessments: int = 0
    alerts: int = 0
    replies: int = 0

    @property
    def events(self) -> int:
        return self.stress_events + self.neutral_events + self.minimal_events


@dataclass
class State:
    """Where a Run stands. `agenda` is what is still to be done today, `asked` the task whose answer is awaited."""

    config: PersonaConfig
    rng: Streams
    world: World
    instruments: list[library.Instrument]
    minds: dict[str, Mind]
    watches: dict[str, dict[str, Watch]]
    baseline_contrasts: dict[str, dict[str, float]] = field(default_factory=dict)
    latest: dict[str, dict[str, tuple[int, int]]] = field(default_factory=dict)
    """The last valid total of each persona and instrument, with its day."""
    model: dict[str, Any] | None = None
    method: str | None = None
    validity: dict[str, Any] | None = None
    day: int = 0
    agenda: list[dict[str, Any]] = field(default_factory=list)
    asked: dict[str, Any] | None = None
    asks: int = 0
    tally: Tally = field(default_factory=Tally)


class PersonaEngine:
    """See the module."""

    def init(self, config: PersonaConfig, rng: Streams) -> State:
        people = rules.cast(config)
        state = State(
            config=config,
            rng=rng,
            world=World.read(),
            instruments=[library.instrument(id) for id in config.instruments],
            minds={one.id: Mind(one) for one in people},
            watches={one.id: {id: Watch() for id in config.instruments} for one in people},
        )
        state.agenda = [{"do": "meet"}]
        for id, mind in state.minds.items():
            past = life.past(state.world, rng, id, PAST_EVENTS)
            mind.recent = past[-config.recent_events :] if config.recent_events else []
            state.agenda += [{"do": "remember", "persona": id, "events": [life.to_json(one) for one in past]}]
        state.agenda += [{"do": "look_back", "persona": id} for id in state.minds]
        state.agenda += [{"do": "mirror"}] if config.mirror_url else []
        return state

    def step(self, state: State, answers: Sequence[Answer]) -> Step[State]:
        said = _Said()
        if state.asked is not None:
            if not answers:
                raise EngineError(f"the question {state.asked['do']!r} was not answered")
            task, state.asked = state.asked, None
            getattr(self, f"_heard_{task['do']}")(state, task, answers[0].payload, said)
        while True:
            if not state.agenda:
                done = self._night(state, said)
                return said.step(state, self._progress(state, over=True), done=done)
            task = state.agenda.pop(0)
            ask = getattr(self, f"_{task['do']}")(state, task, said)
            if ask is not None:
                state.asked = task
                state.asks += 1
                return said.step(state, self._progress(state), asks=(Ask(f"ask-{state.asks}", ask[0], ask[1]),))

    # --- the language model introduces itself ---

    def _meet(self, state: State, task: dict[str, Any], said: _Said) -> tuple[str, dict[str, Any]]:
        return "model.info", {"backend": _backend(state)}

    def _heard_meet(self, state: State, task: dict[str, Any], answer: Mapping[str, Any], said: _Said) -> None:
        state.model = dict(answer)
        state.method = state.config.scoring
        if state.method == "auto":
            state.method = "statement_contrast" if "score" in answer["capabilities"] else "self_report"
        if state.method == "statement_contrast" and "score" not in answer["capabilities"]:
            raise EngineError(f"statement_contrast needs log-probabilities: {answer['unavailable'].get('score')}")
        if state.method == "self_report" and "generate" not in answer["capabilities"]:
            raise EngineError(f"self_report needs replies in words: {answer['unavailable'].get('generate')}")
        said.events.append(
            Event(
                "language_model",
                {name: answer.get(name) for name in ("name", "kind", "model", "digest", "capabilities", "unavailable")}
                | {"method": state.method},
            )
        )

    # --- a day ---

    def _live(self, state: State, task: dict[str, Any], said: _Said) -> None:
        """The events of one persona-day act on the mind at once; what is to be said about them goes on the agenda."""
        id = task["persona"]
        happened = life.events(state.world, state.config, state.rng, id, state.day)
        todo: list[dict[str, Any]] = []
        for event in happened:
            state.minds[id].live(event, state.config)
            words = state.config.replies and event.event_type != "minimal" and "generate" in _capabilities(state)
            todo.append({"do": "recall" if words else "tell", "persona": id, "event": life.to_json(event)})
        if happened and state.config.memory:
            todo.append({"do": "remember", "persona": id, "events": [life.to_json(event) for event in happened]})
        state.agenda[:0] = todo

    def _recall(self, state: State, task: dict[str, Any], said: _Said) -> tuple[str, dict[str, Any]] | None:
        if not self._remembers(state):
            state.agenda.insert(0, {**task, "do": "reply", "memories": []})
            return None
        return "memory.recall", self._query(state, task["persona"], task["event"]["diary"])

    def _heard_recall(self, state: State, task: dict[str, Any], answer: Mapping[str, Any], said: _Said) -> None:
        state.agenda.insert(0, {**task, "do": "reply", "memories": answer["memories"]})

    def _reply(self, state: State, task: dict[str, Any], said: _Said) -> tuple[str, dict[str, Any]]:
        id = task["persona"]
        return "model.reply", {
            "backend": _backend(state),
            "segments": prompt.segments(state.minds[id], state.config, state.day, task["memories"]),
            "instruction": prompt.REPLY_INSTRUCTION,
            "max_tokens": state.config.reply_tokens,
            "seed": _seed(state, "replies", task["event"]["event_id"]),
        }

    def _heard_reply(self, state: State, task: dict[str, Any], answer: Mapping[str, Any], said: _Said) -> None:
        state.tally.replies += 1
        state.agenda.insert(0, {**task, "do": "tell", "reply": dict(answer)})

    def _tell(self, state: State, task: dict[str, Any], said: _Said) -> None:
        """An event is complete: its row and its fact."""
        event, reply = task["event"], task.get("reply") or {}
        memories = [memory["event_id"] for memory in task.get("memories", [])]
        row = {**event, "response": reply.get("text"), "response_tokens": reply.get("tokens"), "memories": memories}
        row |= {"prompt_hash": reply.get("prompt_hash")}
        del row["trait_impacts"]
        said.rows("events").append(row)
        kind = event["event_type"]
        setattr(state.tally, f"{kind}_events", getattr(state.tally, f"{kind}_events") + 1)
        said.events.append(Event("life_event", {**row, "trait_impacts": event["trait_impacts"]}))

    def _remember(self, state: State, task: dict[str, Any], said: _Said) -> tuple[str, dict[str, Any]] | None:
        if not self._remembers(state):
            return None
        points = [
            {
                "event_id": event["event_id"],
                "text": event["diary"],
                "day": event["day"],
                "importance": event["intensity"],
                "kind": event["event_type"],
            }
            for event in task["events"]
        ]
        return "memory.remember", {"memory": _memory(state), "persona_id": task["persona"], "points": points}

    def _heard_remember(self, state: State, task: dict[str, Any], answer: Mapping[str, Any], said: _Said) -> None:
        if answer["count"] != len(task["events"]):
            raise EngineError(f"{len(task['events'])} memories were told, {answer['count']} were kept")

    # --- a session ---

    def _look_back(self, state: State, task: dict[str, Any], said: _Said) -> tuple[str, dict[str, Any]] | None:
        if not self._remembers(state):
            state.agenda.insert(0, {**task, "do": "assess", "memories": []})
            return None
        return "memory.recall", self._query(state, task["persona"], prompt.SELF_QUERY)

    def _heard_look_back(self, state: State, task: dict[str, Any], answer: Mapping[str, Any], said: _Said) -> None:
        state.agenda.insert(0, {**task, "do": "assess", "memories": answer["memories"]})

    def _assess(self, state: State, task: dict[str, Any], said: _Said) -> tuple[str, dict[str, Any]]:
        id, config = task["persona"], state.config
        mind, first = state.minds[id], state.day == 0
        return "model.session", {
            "backend": _backend(state),
            "method": state.method,
            "persona": {"id": id, "name": mind.persona.name},
            "day": state.day,
            "segments": prompt.segments(mind, config, state.day, task["memories"]),
            "items": session.items(state.instruments),
            "capture": {"attention": config.attention, "activations": config.activations},
            "seed": _seed(state, "sessions", f"{id}|{state.day}"),
            "noise": config.readministrations if first else 0,
            "baseline": first,
        }

    def _heard_assess(self, state: State, task: dict[str, Any], answer: Mapping[str, Any], said: _Said) -> None:
        id, config, first = task["persona"], state.config, state.day == 0
        persona = state.minds[id].persona
        if first and answer.get("contrasts"):
            state.baseline_contrasts[id] = session.contrasts(answer)
        baseline = state.baseline_contrasts.get(id)
        made = session.assess(persona, state.day, state.rng.root, state.instruments, answer, baseline, config)
        if first and baseline:
            ids = list(baseline)
            for values in answer.get("repeats") or ():
                again = dict(zip(ids, values, strict=True))
                for instrument in state.instruments:
                    total = session.contrast_score(persona, instrument, again, baseline, config).latent_total
                    state.watches[id][instrument.id].repeat_scores.append(float(total or 0.0))
        for one in made:
            state.tally.assessments += 1
            said.rows("assessments").append(one.row(state.day < config.baseline_days))
            said.rows("responses").extend(one.responses())
            alerts: list[Alert] = []
            if one.scored.total is None:
                state.tally.invalid_assessments += 1
            else:
                state.latest.setdefault(id, {})[one.instrument.id] = (state.day, one.scored.total)
                alerts = state.watches[id][one.instrument.id].see(
                    id, one.instrument, state.day, float(one.scored.total), config
                )
            shown = {name: one.row(first)[name] for name in ("assessment_id", "persona_id", "day", "instrument", "score")}
            said.events.append(Event("assessment", shown | {"severity": one.severity, "valid": one.scored.total is not None}))
            for alert in alerts:
                state.tally.alerts += 1
                said.rows("alerts").append(vars(alert))
                said.events.append(Event("drift_alert", vars(alert)))
        self._look_inside(state, id, answer, said)

    def _look_inside(self, state: State, id: str, answer: Mapping[str, Any], said: _Said) -> None:
        """Rows of what was measured inside the model, or the reason why nothing was."""
        who = {"persona_id": id, "day": state.day}
        inside = answer.get("mechanistic")
        if not inside:
            said.rows("readings").append({**who, "reason": answer.get("mechanistic_reason") or "not asked for"})
            return
        said.rows("readings").append({**who, **{name: inside.get(name) for name in READING}, "reason": inside.get("reason")})
        said.rows("attention").extend({**who, **row} for row in inside.get("attention", ()))
        said.rows("activations").extend({**who, **row} for row in inside.get("activations", ()))
        state.validity = inside.get("validity") or state.validity

    # --- the end of a day, and of a Run ---

    def _night(self, state: State, said: _Said) -> bool:
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
        state.agenda = [{"do": "live", "persona": id} for id in state.minds]
        if state.day % config.assessment_interval_days == 0 or state.day == config.duration_days:
            state.agenda += [{"do": "look_back", "persona": id} for id in state.minds]
        state.agenda += [{"do": "mirror"}] if config.mirror_url else []
        state.agenda += [{"do": "wait"}] if config.seconds_per_day > 0 else []
        return False

    def _mirror(self, state: State, task: dict[str, Any], said: _Said) -> tuple[str, dict[str, Any]]:
        told = {
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
        return "state.mirror", {"url": state.config.mirror_url, "day": state.day, "personas": told}

    def _heard_mirror(self, state: State, task: dict[str, Any], answer: Mapping[str, Any], said: _Said) -> None:
        return None

    def _wait(self, state: State, task: dict[str, Any], said: _Said) -> tuple[str, dict[str, Any]]:
        return "clock.wait", {"seconds": state.config.seconds_per_day}

    def _heard_wait(self, state: State, task: dict[str, Any], answer: Mapping[str, Any], said: _Said) -> None:
        return None

    def _progress(self, state: State, over: bool = False) -> Progress:
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

    def result(self, state: State) -> Result:
        config = state.config
        pairs: dict[str, list[tuple[float, float]]] = {id: [] for id in config.instruments}
        for persona, scores in state.latest.items():
            for id, (day, final) in scores.items():
                baseline = state.watches[persona][id].baseline
                if baseline is not None and day > 0:  # the baseline is no change from itself
                    pairs[id].append((baseline, float(final)))
        found = cohort.changes(pairs, config.glass_delta, state.rng.generator("bootstrap"))
        metrics: dict[str, Metric] = {}
        for id, change in found.items():
            metrics |= _metrics(id, change)
        tally = state.tally
        metrics |= {
            "alerts": Metric(tally.alerts, "alerts", n=len(state.minds)),
            "stress_events": Metric(tally.stress_events, "events"),
            "neutral_events": Metric(tally.neutral_events, "events"),
            "minimal_events": Metric(tally.minimal_events, "events"),
            "assessments": Metric(tally.assessments, "assessments"),
            "invalid_assessments": Metric(tally.invalid_assessments, "assessments"),
        }
        return Result(metrics, documents=self._documents(state, found))

    def _documents(self, state: State, found: Mapping[str, cohort.Change]) -> dict[str, Any]:
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
                    id: {one.id: round(watches[one.id].noise_points(one), 6) for one in state.instruments}
                    for id, watches in state.watches.items()
                },
            },
            "cohort": {id: {**vars(change), "drift_detected": change.significant} for id, change in found.items()},
            "significant_changes": [id for id, change in found.items() if change.significant],
            "alarm": {
                "slack": config.alarm_slack,
                "bound": config.alarm_bound,
                "sessions_between_false_alarms": round(length, 1),
            },
            "validity": state.validity,
            "personas": {id: mind.persona.model_dump(mode="json") for id, mind in state.minds.items()},
            "instruments": {one.id: one.model_dump(mode="json", by_alias=True) for one in state.instruments},
            "conditions": {
                name: row.model_dump(mode="json")
                for name, row in state.world.conditions.items()
                if name in (config.condition, config.recovery_condition)
            },
        }

    # --- continuing ---

    def dump(self, state: State) -> bytes:
        return orjson.dumps(
            {
                "config": state.config.model_dump(mode="json"),
                "root": state.rng.root,
                "seeds": dict(state.rng.seeds),
                "minds": {id: mind.dump() for id, mind in state.minds.items()},
                "watches": {id: {name: one.dump() for name, one in watches.items()} for id, watches in state.watches.items()},
                "baseline_contrasts": state.baseline_contrasts,
                "latest": state.latest,
                "model": state.model,
                "method": state.method,
                "validity": state.validity,
                "day": state.day,
                "agenda": state.agenda,
                "asked": state.asked,
                "asks": state.asks,
                "tally": vars(state.tally),
                "world": {
                    "templates": {kind: [one.model_dump() for one in some] for kind, some in state.world.templates.items()},
                    "conditions": {name: row.model_dump() for name, row in state.world.conditions.items()},
                },
                "instruments": [one.model_dump(by_alias=True) for one in state.instruments],
            }
        )

    def load(self, data: bytes) -> State:
        kept = orjson.loads(data)
        world = World(
            {kind: tuple(library.Template(**one) for one in some) for kind, some in kept["world"]["templates"].items()},
            {name: library.ConditionRow(**row) for name, row in kept["world"]["conditions"].items()},
        )
        plain = ("baseline_contrasts", "latest", "model", "method", "validity", "day", "agenda", "asked", "asks")
        return State(
            config=parse(PersonaConfig, kept["config"]),
            rng=Streams(kept["root"], kept["seeds"]),
            world=world,
            instruments=[library.Instrument(**one) for one in kept["instruments"]],
            minds={id: Mind.load(one) for id, one in kept["minds"].items()},
            watches={id: {name: Watch(**one) for name, one in some.items()} for id, some in kept["watches"].items()},
            tally=Tally(**kept["tally"]),
            **{name: kept[name] for name in plain},
        )

    # --- asked in several places ---

    def _remembers(self, state: State) -> bool:
        return state.config.memory and state.config.memory_limit > 0

    def _query(self, state: State, persona_id: str, text: str) -> dict[str, Any]:
        config = state.config
        return {
            "memory": _memory(state),
            "persona_id": persona_id,
            "query": text,
            "day": state.day,
            "limit": config.memory_limit,
            "window_days": config.memory_window_days,
            "least_similarity": config.memory_similarity,
            "without": [event.event_id for event in state.minds[persona_id].recent],
        }


READING = ("self_reference_score", "emotional_salience", "sink_share")


class _Said:
    """What one step tells: events and rows of tables."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._rows: dict[str, list[dict[str, Any]]] = {}

    def rows(self, table: str) -> list[dict[str, Any]]:
        return self._rows.setdefault(table, [])

    def step(self, state: State, progress: Progress, *, done: bool = False, asks: Sequence[Ask] = ()) -> Step[State]:
        tables = {name: batch(name, rows) for name, rows in self._rows.items() if rows}
        return Step(state, done, progress, tuple(self.events), tables, asks)


def _metrics(id: str, change: cohort.Change) -> dict[str, Metric]:
    if change.pairs == 0:
        why = "no persona has both a valid baseline and a valid later session"
        return {f"{id}_change": Metric(None, "points", reason=why)}
    n = change.pairs
    method = f"95 % bootstrap over {n} personas" if change.low is not None else None
    found = {
        f"{id}_baseline": Metric(change.baseline_mean, "points", n=n),
        f"{id}_final": Metric(change.final_mean, "points", n=n),
        f"{id}_change": Metric(change.change, "points", change.low, change.high, n, method),
    }
    if change.glass_delta is None:
        why = "fewer than two personas" if n < 2 else "the baseline scores are all equal"
        found[f"{id}_glass_delta"] = Metric(None, "1", n=n, reason=why)
    else:
        found[f"{id}_glass_delta"] = Metric(change.glass_delta, "1", n=n)
    return found


def _backend(state: State) -> dict[str, Any]:
    return state.config.backend.model_dump(mode="json")


def _memory(state: State) -> dict[str, Any]:
    return {"url": state.config.memory_url}


def _capabilities(state: State) -> Sequence[str]:
    return (state.model or {}).get("capabilities", ())


def _seed(state: State, purpose: str, about: str) -> int:
    """A 31-bit seed for one call of the language model: the same for the same purpose and matter."""
    from quintant.labs.persona.engine.chance import draws

    return int(draws(state.rng[purpose], about, 0).integers(2**31))
