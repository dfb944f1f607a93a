"""Structure: an answer that a model wraps in JSON, in tags, in \\boxed{…} or in ticked boxes. What is wrapped is read as words
again; what is wrapped in another thing than an answer, or twice, is none."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

KEYS = frozenset({"answer", "score", "value", "option", "rating", "choice", "response", "number", "selection"})
_NAMES = "|".join(sorted(KEYS))
_FENCE = re.compile(r"```[a-z]*\s*\n?(.*?)(?:```|\Z)", re.S | re.I)
_LOOSE = re.compile(rf"\{{\s*[\"']?(?:{_NAMES})[\"']?\s*:\s*[\"']?([^\"'{{}},:]+?)[\"']?\s*,?\s*\}}", re.I)
_AMID = re.compile(r"[^{}\d\[\]]+(\{[^{}]*\})[^{}\d]*", re.S)
_TAG = re.compile(rf"<({_NAMES})\s*>(.*?)</\1\s*>", re.I | re.S)
_ANY_TAG = re.compile(r"</?[a-z][^<>]*>", re.I)
_BOXED = re.compile(r"\\boxed\s*\{((?:[^{}]|\{[^{}]*\})*)\}")
_LATEX = re.compile(r"\\(?:text|mathrm|mathbf|textbf|boldsymbol)\s*\{([^{}]*)\}")
_BOX = re.compile(r"\[( |x|X|✓|✔)?\]|([☐☑☒✅◯◉○●🔘])")
_TICKED = frozenset("xX✓✔☑☒✅◉●🔘")


class Empty(Exception):
    """It has the form of an answer and nothing, or more than one thing, in it."""


def unwrapped(said: str) -> str:
    """The words within; `said` itself, without fences and tags, where nothing is wrapped. Raises Empty."""
    fenced = _FENCE.findall(said)
    if len(fenced) == 1 and fenced[0].strip():
        said = fenced[0].strip()
    if (boxed := _BOXED.findall(said)) and "\\boxed" in said:
        return _LATEX.sub(r"\1", _only(boxed))
    if tagged := [content for _, content in _TAG.findall(said)]:
        return unwrapped(_only(tagged))
    said = _ANY_TAG.sub(" ", said).strip()
    if (alone := _AMID.fullmatch(said)) is not None:
        said = alone[1]
    if said[:1] in ("{", "[") and not _BOX.match(said):
        return _of_json(said)
    if _BOX.search(said):
        return _ticked(said)
    if said.count("|") >= 2:
        return _emphasised(said)
    return said


def _only(texts: Sequence[str]) -> str:
    different = {text.strip() for text in texts}
    if len(different) != 1 or "" in different:
        raise Empty
    return different.pop()


# --- JSON ---


def _of_json(said: str) -> str:
    try:
        value: Any = json.loads(said, object_pairs_hook=_once)
    except ValueError:
        if (loose := _LOOSE.fullmatch(said)) is not None:
            return loose[1]
        if said.startswith("["):  # "[4]" and "[Kara]: 2" are words as well
            return said
        raise Empty from None
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if not isinstance(value, dict):
        return _word(value)
    answers = [_word(entry) for entry in _answers(value)]
    answers += [entry for key, entry in value.items() if key.lower() == "label" and isinstance(entry, str)]
    if not 1 <= len(answers) <= 2 or "" in answers:
        raise Empty
    return " - ".join(dict.fromkeys(answers))  # a number and a label must agree, two numbers are a range


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({key for key, _ in pairs}) < len(pairs):
        raise Empty
    return dict(pairs)


def _answers(value: Any) -> Iterator[Any]:
    """What stands under the name of an answer, at any depth."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key.lower() in KEYS and not isinstance(inner, dict):
                yield inner
            else:
                yield from _answers(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _answers(inner)


def _word(value: Any) -> str:
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise Empty
    return str(value)


# --- boxes and tables ---


def _ticked(said: str) -> str:
    """The words of the one ticked box, which stand after it up to the next box or the end of the line."""
    boxes = list(_BOX.finditer(said))
    ends = [*(box.start() for box in boxes[1:]), len(said)]
    ticked = [
        said[box.end() : end].split("\n")[0].strip(" ,;|")
        for box, end in zip(boxes, ends, strict=True)
        if (box[1] or box[2] or "") in _TICKED
    ]
    return _only(ticked)


def _emphasised(said: str) -> str:
    """The one cell of a table's row that is set apart."""
    cells = [cell.strip() for cell in said.split("|") if cell.strip()]
    marked = [cell.strip("*_") for cell in cells if re.fullmatch(r"(\*\*?|__?)[^*_]+\1", cell)]
    return _only(marked) if len(cells) > 1 else said
