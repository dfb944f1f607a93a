"""Session: one administration of all items to one persona, by log-probabilities or in words, with what is seen inside
meanwhile.

Answers the Ask `model.session`. A session on day 0 is asked again in other orders: the spread of those is the measurement's
noise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from quintant.errors import EngineError
from quintant.labs.persona import prompts
from quintant.labs.persona.backends.protocol import LanguageModel, Part, Scorer
from quintant.labs.persona.mechanistic import drift
from quintant.labs.persona.scoring import contrast
from quintant.labs.persona.scoring.parser import parse

TRIES = 2
"""An answer that cannot be read is asked for once more; then the item has none."""
ANSWER_TOKENS = 24
RETRY_TEMPERATURE = 0.3
NOISE_READINGS = 6
"""Re-administrations whose residuals make the noise of the layer-wise drift; they need no item scored."""


def administer(model: LanguageModel, payload: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """One session. `folder`: the Run's, where the residuals of each persona's day 0 are kept for the later ones."""
    segments = [Part(segment["name"], segment["text"]) for segment in payload["segments"]]
    method = payload.get("method") or ("statement_contrast" if "score" in model.info().capabilities else "self_report")
    if method == "statement_contrast":
        return _by_contrast(cast(Scorer, model), payload, segments, folder)
    if method == "self_report":
        return _in_words(model, payload, segments)
    raise EngineError(f"a session by {method!r} is not known; it is statement_contrast or self_report")


def _by_contrast(model: Scorer, payload: Mapping[str, Any], segments: Sequence[Part], folder: Path) -> dict[str, Any]:
    items, capture = payload["items"], payload.get("capture") or {}
    sentences = contrast.continuations(items)
    wish = {
        "attention": bool(capture.get("attention")),
        "residual": bool(capture.get("activations")),
        "name": payload["persona"]["name"],
    }
    hidden = model.info().unavailable.get("activations")
    inside = wish if hidden is None and (wish["attention"] or wish["residual"]) else None
    prompt = prompts.assessment(segments)
    first = model.score(prompt, sentences, inside=inside)
    cpu_s = first.cpu_s
    repeats, residuals = [], []
    again = int(payload.get("noise") or 0)
    day_0 = bool(payload.get("baseline", again))
    for number in range(max(again, NOISE_READINGS if day_0 and inside and wish["residual"] else 0)):
        reordered = prompts.assessment(prompts.reordered(segments, int(payload["seed"]) + number))
        scored = sentences if number < again else sentences[:1]
        reading = model.score(reordered, scored, inside={"residual": True} if inside and wish["residual"] and day_0 else None)
        cpu_s += reading.cpu_s
        if number < again:
            repeats.append([item_contrast["c"] for item_contrast in contrast.contrasts(items, reading).values()])
        if reading.inside is not None:
            residuals.append(reading.inside)
    mechanistic = None
    if inside is not None and first.inside is not None:
        who = str(payload["persona"].get("id") or payload["persona"]["name"])
        mechanistic = drift.session_reading(first.inside, residuals, folder, who, day_0=day_0)
    return {
        "method": "statement_contrast",
        "contrasts": contrast.contrasts(items, first),
        "repeats": repeats,
        "prompt_hash": prompts.prompt_hash(prompt, *sentences),
        "prompt_tokens": first.prompt_tokens,
        "cached_tokens": first.cached_tokens,
        "mechanistic": mechanistic,
        "mechanistic_reason": None if inside is not None else hidden or "not asked for",
        "cpu_s": round(cpu_s, 4),
    }


def _in_words(model: LanguageModel, payload: Mapping[str, Any], segments: Sequence[Part]) -> dict[str, Any]:
    """Item by item; nothing that is asked leaves a trace in the prompt of the next."""
    items = payload["items"]
    orders = [segments, *(prompts.reordered(segments, int(payload["seed"]) + n) for n in range(int(payload.get("noise") or 0)))]
    said = [_answers(model, items, order, int(payload["seed"])) for order in orders]
    info = model.info()
    return {
        "method": "self_report",
        "answers": said[0],
        "repeats": [[item_answer["score"] for item_answer in answers.values()] for answers in said[1:]],
        "prompt_hash": prompts.prompt_hash(prompts.assessment(segments), *(item["question"] for item in items)),
        "mechanistic": None,
        "mechanistic_reason": info.unavailable.get("activations") or "self_report looks at words only",
        "cpu_s": None,
        "cached_tokens": None,
    }


def _answers(
    model: LanguageModel, items: Sequence[Mapping[str, Any]], segments: Sequence[Part], seed: int
) -> dict[str, dict[str, Any]]:
    answers = {}
    for item in items:
        options = item["options"]
        listed = "\n".join(f"{index}: {label}" for index, label in enumerate(options))
        task = f"{item['question']}\n{listed}\nAnswer with the number of one option and nothing else."
        raw, score, tries = "", None, 0
        while score is None and tries < TRIES:
            reply = model.generate(
                prompts.diary(segments),
                task,
                ANSWER_TOKENS,
                seed + tries,
                temperature=RETRY_TEMPERATURE if tries else 0.0,
                options=len(options),
            )
            raw, tries = reply.text, tries + 1
            score = parse(raw, options)
        answers[item["id"]] = {"raw": raw[:500], "score": score, "tries": tries}
    return answers
