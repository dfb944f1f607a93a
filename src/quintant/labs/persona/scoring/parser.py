"""Parser: an answer in words to the option that it names, or None. Never a guess: what says two things says nothing.

    utterance   the answer's own text: thoughts, markers and the next turn are none
    structure   what is wrapped in JSON, tags, \\boxed{…} or ticked boxes
    claims      the options that words name, by their place

Tested against shapes of answers of chat models, class by class (tests/data/persona/answers.json): no wrong number is the first
rule; to read what a careful reader could read is the second.
"""

from __future__ import annotations

from collections.abc import Sequence

from quintant.labs.persona.scoring.claims import claims
from quintant.labs.persona.scoring.structure import Empty, unwrapped
from quintant.labs.persona.scoring.utterance import utterance


def parse(text: str, options: Sequence[str], *, first: int = 0, letters: str = "") -> int | None:
    """The index of the option that `text` names, 0..len(options) - 1, or None.

    `first`: the number of the first option as the prompt listed it. `letters`: of the options, where the prompt offered any
    ("ABCD"); elsewhere a letter says nothing.
    """
    said = utterance(text)
    if not said:
        return None
    try:
        named = claims(unwrapped(said), options, first, letters)
    except Empty:
        return None
    index = named.pop() - first if len(named) == 1 else -1
    return index if 0 <= index < len(options) else None
