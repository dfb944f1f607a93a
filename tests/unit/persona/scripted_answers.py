"""Answers for the engine's tests: a language model that only counts dark words, and a memory that is a list."""

from __future__ import annotations

import hashlib
import re

from quintant.lab import Answer

DARK = re.compile(r"\b(died|dead|dismissed|terrified|attacked|knife|burned|ruined|blamed|buried|killed|sick|shaking|crying)\b")


class Answers:
    """Keeps what was asked (`log`) and what was remembered (`memories`)."""

    def __init__(self, capabilities=("generate", "score"), scores=None):
        self.capabilities, self.scores = list(capabilities), scores
        self.log, self.memories = [], {}

    def __call__(self, ask):
        self.log.append(ask)
        return Answer(ask.id, getattr(self, ask.kind.replace(".", "_"))(ask.payload))

    def model_info(self, payload):
        missing = {name: "the script cannot" for name in ("generate", "score", "activations") if name not in self.capabilities}
        who = {"name": "script", "kind": "scripted", "model": "dark-words", "digest": "1", "threads": 1}
        return {**who, "capabilities": self.capabilities, "unavailable": missing}

    def model_session(self, payload):
        text = " ".join(one["text"] for one in payload["segments"])
        told = {
            "method": payload["method"],
            "prompt_hash": hashlib.sha256(text.encode()).hexdigest()[:16],
            "mechanistic": None,
            "mechanistic_reason": "the script has no layers",
        }
        if payload["method"] == "self_report":
            given = self.scores if self.scores is not None else {}
            answers = {one["id"]: {"raw": "…", "score": given.get(one["id"], 1), "tries": 1} for one in payload["items"]}
            return {**told, "answers": answers}
        c = 0.2 * len(DARK.findall(text))
        return {
            **told,
            "contrasts": {one["id"]: {"c": c} for one in payload["items"]},
            "repeats": [[c + 0.01 * k] * len(payload["items"]) for k in range(payload["noise"])],
        }

    def model_reply(self, payload):
        return {"text": f"said with seed {payload['seed']}", "tokens": 5, "prompt_hash": "r"}

    def memory_remember(self, payload):
        kept = self.memories.setdefault(payload["persona_id"], {})
        kept.update({point["event_id"]: point for point in payload["points"]})
        return {"count": len(payload["points"])}

    def memory_recall(self, payload):
        kept = self.memories.get(payload["persona_id"], {}).values()
        found = [one for one in kept if one["day"] <= payload["day"] and one["event_id"] not in payload["without"]]
        return {"memories": sorted(found, key=lambda one: (-one["importance"], one["event_id"]))[: payload["limit"]]}

    def clock_wait(self, payload):
        return {}
