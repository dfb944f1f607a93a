"""Statement contrast: how much likelier a model finds the sentence of more distress than that of less, per token.

    c = log p(present | diary) / tokens(present) - log p(opposite | diary) / tokens(opposite)        (nats per token)

What options and free text do not show on a small model, this does; the mean per token keeps sentences of different length
comparable. c grows with distress for every item (see `statements`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from quintant.labs.persona.backends.protocol import Reading


def continuations(items: Sequence[Mapping[str, Any]]) -> list[str]:
    """The sentences to score, both of each item in turn."""
    return [item[side] for item in items for side in ("present", "opposite")]


def contrasts(items: Sequence[Mapping[str, Any]], reading: Reading) -> dict[str, dict[str, Any]]:
    """By item id: `c`, and the two log-probabilities and token numbers that it was made of."""
    by_item = {}
    for index, item in enumerate(items):
        (present, opposite), (many, few) = (
            reading.logprobs[2 * index : 2 * index + 2],
            reading.tokens[2 * index : 2 * index + 2],
        )
        by_item[item["id"]] = {
            "c": round(present / many - opposite / few, 6),
            "logprob_present": round(present, 6),
            "tokens_present": many,
            "logprob_opposite": round(opposite, 6),
            "tokens_opposite": few,
        }
    return by_item
