"""Suggestion: the word that was probably meant, or none. No suggestion is better than a wrong one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

SHORTEST_PART = 3
LONGEST_WORD = 100
"""Characters of a word that can be a misspelt one: comparing costs the product of the lengths."""


class Suggestions:
    """`suggest` for the first few words that one input gets wrong: comparing costs a millisecond a word, and who has got
    hundreds wrong has another mistake than a misspelling."""

    MOST = 20

    def __init__(self) -> None:
        self._left = self.MOST

    def __call__(self, word: str, known: Iterable[str], synonyms: Mapping[str, str] | None = None) -> str | None:
        if self._left == 0:
            return None
        self._left -= 1
        return suggest(word, known, synonyms)


def suggest(word: str, known: Iterable[str], synonyms: Mapping[str, str] | None = None) -> str | None:
    """ "Did you mean 'nsfnet'?" when a known word is close, else None. `synonyms`: other words for known ones.

    Close is: the same but for case and separators; a synonym; a slip of the finger (one in every four letters, in three where
    the words begin alike, neighbours exchanged counting as one; or the same letters in another order); or all parts of the
    word among the parts of exactly one known word (`epochs` of `num_of_client_epochs`).
    """
    meant = closest(word, known, synonyms)
    return f"Did you mean '{meant}'?" if meant is not None else None


def closest(word: str, known: Iterable[str], synonyms: Mapping[str, str] | None = None) -> str | None:
    names = list(known)
    spellings = {plain(name): name for name in names}
    others = {plain(other): name for other, name in (synonyms or {}).items() if name in names}
    wanted = plain(word)
    if not wanted or len(word) > LONGEST_WORD:
        return None
    if wanted in spellings or wanted in others:
        return spellings.get(wanted) or others[wanted]
    slips = sorted(
        (slips, name)
        for spelled, name in {**others, **spellings}.items()
        if (slips := _slips(wanted, spelled, _most_slips(wanted, spelled))) is not None
    )
    if slips:
        nearest = [name for count, name in slips if count == slips[0][0]]
        return min(nearest, key=names.index)
    parts = _parts(word)
    holders = [name for name in names if parts and parts < _parts(name)]
    return holders[0] if len(holders) == 1 and max(map(len, parts)) >= SHORTEST_PART else None


def plain(word: str) -> str:
    """A word without what people spell differently: case and separators."""
    return re.sub(r"[\s_.-]+", "_", word.strip().lower())


def _parts(word: str) -> frozenset[str]:
    return frozenset(filter(None, re.split(r"[\s_.-]+", word.strip().lower())))


def _most_slips(word: str, other: str) -> int:
    """One in four letters, in three where the words begin alike. None in words of one or two letters, which would be others,
    but for the third that is missing."""
    shorter = min(len(word), len(other))
    if shorter < SHORTEST_PART:
        return int(shorter == SHORTEST_PART - 1 and (word.startswith(other) or other.startswith(word)))
    return max(1, shorter // (3 if word[:3] == other[:3] else 4))


def _slips(word: str, other: str, most: int) -> int | None:
    """How many letters must be put in, left out, replaced or exchanged with a neighbour; None above `most` (twice of it where
    the letters are the same).

    The optimal string alignment distance (Boytsov 2011, doi 10.1145/1963190.1963191), a row at a time.
    """
    if abs(len(word) - len(other)) > most:
        return None
    most *= 1 + (sorted(word) == sorted(other))
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(word, 1):
        earlier, before, row = before, row, [i]
        for j, theirs in enumerate(other, 1):
            least = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != theirs))
            if i > 1 and j > 1 and letter == other[j - 2] and word[i - 2] == theirs:
                least = min(least, earlier[j - 2] + 1)
            row.append(least)
        if min(row) > most and min(before) > most:
            return None
    return row[-1] if row[-1] <= most else None
