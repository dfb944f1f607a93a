"""Statements: for each item of the three questionnaires a pair of sentences, in two wordings.

`present` is always the sentence of *more distress* and `opposite` that of less, for the reversed items of the PSS-10 as well.
The contrast of a pair therefore grows with distress for all 26 items, and gives the *scored* value of an item: for a reversed
one the raw answer is 4 − score. The sentences are ours; the questionnaires' own wording stays in their data files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType


@dataclass(frozen=True)
class Pair:
    present: str
    opposite: str


@cache
def wordings() -> Mapping[str, tuple[Pair, ...]]:
    """All wordings of each item, by its id ("phq9.1"); the first is the one used."""
    import yaml

    raw = yaml.safe_load((Path(__file__).parent / "pairs.yaml").read_text(encoding="utf-8"))
    return MappingProxyType({item: tuple(Pair(*pair) for pair in pairs) for item, pairs in raw.items()})


def pairs(wording: int = 0) -> dict[str, Pair]:
    """The pair of each item, by its id, in the order of the questionnaires."""
    return {item: several[wording] for item, several in wordings().items()}
