"""The diary: how a persona's segments become the prompt that a language model goes on with.

Everything is written in the first person, and a statement stands in it as the next line: no question, no chat. Parts keep their
names, so that attention can be told part by part; the persona stands first, because it stays the same from day to day, and the
events last.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Sequence

from quintant.labs.persona.backends.protocol import Part

QUESTION = "question"
SELF_WORDS = ("I", "me", "my", "My", "Me", "mine", "myself")
"""What counts as self in the self-reference score, besides the persona's name."""
PROBE = "I feel"
"""What stands in place of a statement when the model is looked into, and how a model without chat is led into a reply."""
_SENTENCE = re.compile(r"(?<=[.!?])\s+")


def assessment(segments: Sequence[Part]) -> tuple[Part, ...]:
    """The prompt before a statement: the diary, and a new line."""
    return (*diary(segments), Part(QUESTION, "\n"))


def diary(segments: Sequence[Part]) -> tuple[Part, ...]:
    """The segments that say anything, an empty line before each but the first."""
    said = [Part(part.name, part.text.strip()) for part in segments if part.text.strip()]
    return (*said[:1], *[Part(part.name, f"\n\n{part.text}") for part in said[1:]])


def reordered(segments: Sequence[Part], seed: int) -> tuple[Part, ...]:
    """The same content in another order: a re-administration, whose spread is the noise of the measurement.

    Lines (or, of a single paragraph, sentences) change places within their segment, and the segments after the persona theirs;
    the persona's first sentence and a segment's heading stay in front.
    """
    chance = random.Random(seed)
    shuffled = [Part(part.name, _shuffled(part.text, chance, keep_first=part.name == "persona")) for part in segments]
    head, rest = shuffled[:1], shuffled[1:]
    chance.shuffle(rest)
    return (*head, *rest)


def _shuffled(text: str, chance: random.Random, *, keep_first: bool) -> str:
    lines = [line for line in text.strip().splitlines() if line.strip()]
    glue = "\n"
    if len(lines) < 2:
        lines, glue = [piece for piece in _SENTENCE.split(text.strip()) if piece], " "
    heading = lines[0].endswith(":") if lines else False
    kept, moved = (lines[:1], lines[1:]) if keep_first or heading else ([], lines)
    chance.shuffle(moved)
    return glue.join((*kept, *moved))


def prompt_hash(prompt: Sequence[Part], *more: str) -> str:
    """sha256 over the names and texts of a prompt and what else shaped the request."""
    digest = hashlib.sha256()
    for text in (piece for part in prompt for piece in (part.name, part.text)):
        digest.update(text.encode() + b"\0")
    for text in more:
        digest.update(text.encode() + b"\1")
    return digest.hexdigest()
