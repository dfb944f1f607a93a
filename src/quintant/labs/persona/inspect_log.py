"""The run as a log of Inspect (UK AISI): what its viewer and `inspect_ai.log.read_eval_log` read, version 2 of its JSON format.

One sample per call of the language model: a session (one score per questionnaire), or a reply to an event (no score). A sample
carries the prompt as its input, the answer as its output, and what else is known as metadata: persona, day, contrasts or raw
answers of the items, readings from inside. `sensitive_items` names the answers that a viewer should fold. Token usage is left
empty: sessions are scored, not generated, and no backend reports all of it.

The package inspect_ai is not needed to write this; its own reader was used to verify the format (version 0.3.285).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from quintant.lab import Outcome
from quintant.labs.persona.calls import REPLY, Call, calls
from quintant.labs.persona.results import METHOD_LIMIT, NOTICE

STATUS = {"completed": "success", "failed": "error", "cancelled": "cancelled"}
SENSITIVE = ("phq9.9",)


def name(outcome: Outcome) -> str:
    """{time}_{task}_{id}.json, which is what Inspect looks for in a folder of logs."""
    created = datetime.fromisoformat(outcome.created_at) if outcome.created_at else datetime.fromtimestamp(0, UTC)
    return f"{created.strftime('%Y-%m-%dT%H-%M-%S')}_persona_{outcome.run_id}.json"


def log(outcome: Outcome) -> bytes:
    recorded = calls(outcome.events)
    model = _model(outcome)
    samples = [_sample(call, model) for call in recorded]
    status = STATUS.get(outcome.state, "started")
    reason = next((event.payload.get("reason") for event in reversed(outcome.events) if event.kind == "state"), None)
    document: dict[str, Any] = {
        "version": 2,
        "status": status,
        "eval": {
            "eval_id": outcome.run_id,
            "run_id": outcome.run_id,
            "task_id": outcome.run_id,
            "created": outcome.created_at or _iso(None),
            "task": "quintant/persona",
            "task_version": 1,
            "task_args": outcome.config.model_dump(mode="json"),
            "tags": [outcome.config.condition],
            "dataset": {"name": "persona-calls", "samples": len(samples), "sample_ids": [sample["id"] for sample in samples]},
            "model": model,
            "model_args": outcome.config.backend.model_dump(mode="json"),
            "config": {"epochs": 1},
            "metadata": {
                "notice": NOTICE,
                "limit": METHOD_LIMIT,
                "root_seed": outcome.root_seed,
                "sensitive_items": list(SENSITIVE),
                "language_model": outcome.documents.get("language_model"),
                "validity": outcome.documents.get("validity"),
            },
        },
        "plan": {"name": "plan", "steps": [{"solver": "quintant/persona", "params": {}}]},
        "results": _results(outcome, samples),
        "stats": {"started_at": outcome.started_at or "", "completed_at": outcome.ended_at or "", "model_usage": {}},
        "samples": samples,
    }
    if status == "error":
        text = reason or "the run failed"
        document["error"] = {"message": text, "traceback": text, "traceback_ansi": text}
    return orjson.dumps(document)


def _model(outcome: Outcome) -> str:
    """provider/model, as Inspect writes it."""
    said = next((event.payload for event in outcome.events if event.kind == "language_model"), None)
    backend = outcome.config.backend
    return f"{backend.kind}/{said['model'] if said else backend.model or 'unknown'}"


def _sample(call: Call, model: str) -> dict[str, Any]:
    prompt = "\n\n".join(segment["text"] for segment in call.ask["segments"])
    reply = call.kind == REPLY
    if reply:
        prompt = f"{prompt}\n\n{call.ask['instruction']}"
        event = next((fact.payload for fact in call.facts if fact.kind == "life_event"), {})
        id, text = f"reply-{event.get('event_id', call.id)}", str(call.answer["text"])
        more = {name: event.get(name) for name in ("persona_id", "day", "event_id", "event_type", "title", "intensity")}
        more |= {"seed": call.ask["seed"], "tokens": call.answer.get("tokens")}
        scores: dict[str, Any] = {}
    else:
        persona, day = call.ask["persona"]["id"], call.ask["day"]
        id, scores = f"session-{day:04d}-{persona}", _scores(call)
        text = "\n".join(f"{name}: {score['value']}" for name, score in scores.items())
        kept = ("method", "contrasts", "answers", "repeats", "prompt_tokens", "cached_tokens", "mechanistic_reason")
        more = {"persona_id": persona, "day": day, "seed": call.ask["seed"]} | {name: call.answer.get(name) for name in kept}
        more |= {"readings": _readings(call.answer.get("mechanistic"))}
        more |= {"alerts": [dict(fact.payload) for fact in call.facts if fact.kind == "drift_alert"]}
    said = {"role": "assistant", "content": text, "source": "generate", "model": model}
    return {
        "id": id,
        "epoch": 1,
        "input": prompt,
        "target": "",
        "messages": [{"role": "user", "content": prompt, "source": "input"}, said],
        "output": {"model": model, "choices": [{"message": said, "stop_reason": "stop"}]},
        "scores": scores,
        "metadata": {
            "kind": "reply" if reply else "session",
            "prompt_hash": call.answer.get("prompt_hash"),
            "cpu_s": call.answer.get("cpu_s"),
            **more,
        },
        "store": {},
        "events": [],
        "model_usage": {},
        "attachments": {},
        "started_at": _iso(call.asked_at),
        "completed_at": _iso(call.answered_at),
        "uuid": f"{id}-{call.id}",
    }


def _scores(call: Call) -> dict[str, Any]:
    """By questionnaire; NaN where too few answers could be read, which Inspect counts as not scored."""
    scores = {}
    for fact in call.facts:
        if fact.kind == "assessment":
            said = fact.payload
            scores[said["instrument"]] = {
                "value": said["score"] if said["score"] is not None else "NaN",
                "answer": said["severity"],
                "metadata": {"assessment_id": said["assessment_id"], "valid": said["valid"]},
            }
    return scores


def _readings(inside: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """Without the rows by layer, which the run's tables `attention` and `activations` hold."""
    return inside and {name: value for name, value in inside.items() if name not in ("attention", "activations", "validity")}


def _results(outcome: Outcome, samples: list[dict[str, Any]]) -> dict[str, Any] | None:
    if not outcome.metrics:
        return None
    scores = []
    for id in outcome.config.instruments:
        kept = {
            name.removeprefix(f"{id}_"): metric
            for name, metric in outcome.metrics.items()
            if name.startswith(f"{id}_") and metric.value is not None
        }
        scores.append(
            {
                "name": id,
                "scorer": str((outcome.documents.get("notice") or {}).get("method") or "unknown"),
                "scored_samples": sum(isinstance(sample["scores"].get(id, {}).get("value"), int) for sample in samples),
                "metrics": {
                    name: {
                        "name": name,
                        "value": metric.value,
                        "params": {},
                        "metadata": {"unit": metric.unit, "n": metric.n, "low": metric.low, "high": metric.high},
                    }
                    for name, metric in kept.items()
                },
            }
        )
    return {"total_samples": len(samples), "completed_samples": len(samples), "scores": scores}


def _iso(at: float | None) -> str:
    return datetime.fromtimestamp(at or 0, UTC).isoformat()
