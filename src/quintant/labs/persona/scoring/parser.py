"""Parser: an answer in words to the option that it names, or None. Never a guess: what says two things says nothing.

Understood are JSON with an integer `answer`, `score` or `value`, or one that is just an integer; the option's label, the
longest first ("almost never" before "never"); an integer that stands first, or after "answer", "option" or "score". A label and
a number must mean the same. Numbers out of range, refusals and anything else are None.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

_KEYS = ("answer", "score", "value", "option")
_FENCE = re.compile(r"^```(?:json)?\s*|\s*```$")
_LEADING = re.compile(r"^[\s\"'(\[*#-]*(\d+)(?![\d.,]*\d)(?=[\s\"').:;,\]*!?–—-]|$)")
_NAMED = re.compile(
    r"\b(?:answer|option|score|number|choice|rating)\b\s*(?:is|would be|of|=|:)*\s*[\"'(*]*(\d+)(?![\d.,]*\d)", re.I
)
_LIST = re.compile(r"^\s*1[.)]\s.*?(?:^|\s)2[.)]\s", re.S)


def parse(text: str, options: Sequence[str]) -> int | None:
    """The index of the option that `text` names, 0..len(options) - 1."""
    said = _FENCE.sub("", text.strip()).strip()
    found = _from_json(said)
    if found is None:
        meant = _labels(said, options) | _numbers(said)
        found = meant.pop() if len(meant) == 1 else None
    return found if found is not None and 0 <= found < len(options) else None


def _from_json(said: str) -> int | None:
    try:
        value: Any = json.loads(said)
    except ValueError:
        return None
    if isinstance(value, dict):
        named = [value[key] for key in _KEYS if key in value]
        value = named[0] if len(named) == 1 else None
    if isinstance(value, str) and re.fullmatch(r"\d+", value.strip()):
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _labels(said: str, options: Sequence[str]) -> set[int]:
    """The options whose labels stand in the text; the longest is taken out first."""
    left, found = said.lower(), set()
    for index, label in sorted(enumerate(options), key=lambda one: -len(one[1])):
        left, times = re.subn(rf"(?<![a-z]){re.escape(label.lower())}(?![a-z])", " ", left)
        if times:
            found.add(index)
    return found


def _numbers(said: str) -> set[int]:
    """The numbers that are given as an answer; those of a list are none."""
    if _LIST.search(said):
        return set()
    return {int(one) for one in _NAMED.findall(said)} or {int(one) for one in _LEADING.findall(said)}
