"""Utterance: what a model said as its answer, without what is no answer: thoughts, markers of chat templates, the next turn
that it goes on to write, and typography that only looks different."""

from __future__ import annotations

import re
import unicodedata

_THOUGHT = "think|thinking|thought|thoughts|reasoning|reflection|scratchpad|analysis"
_OPEN = re.compile(rf"(?:<|◁)\s*(?:{_THOUGHT})\s*(?:>|▷)|\[THINK\]", re.I)
_CLOSE = re.compile(rf"(?:<|◁)\s*/\s*(?:{_THOUGHT})\s*(?:>|▷)|\[/THINK\]", re.I)
_CHANNEL = re.compile(r"<\|channel\|>\s*(\w+)[^<]*<\|message\|>(.*?)(?=<\||\Z)", re.S)
_MARKER = re.compile(
    r"<\|[^|<>]{0,40}\|>|</?s>|<(?:bos|eos|pad|unk|start_of_turn|end_of_turn)>|\[/?INST\]|\[/?TOOL_CALLS\]|\[/?AVAILABLE_TOOLS\]",
    re.I,
)
_ROLE = re.compile(r"\A\s*(?:assistant|model|ai|bot)\s*(?::|\n)\s*(?=\S)", re.I)
_ECHO = re.compile(r"\A\s*q(?:uestion)?\s*:[^\n]*?\?\s*(?:a|answer)\s*:\s*", re.I)
_NEXT_TURN = re.compile(r"\n\s*(?:#+\s*)?(?:question|q|item|user|human|system|next item|next question)\b[^\n]*(?::|\?)", re.I)
_ITEM = re.compile(r"\s*(?:item|question|q)\s*\d", re.I)
_NEXT_QUESTION = re.compile(r"\n\s*\n[^\n]*\?[^\n]*(?:\n|\Z)")


def utterance(text: str) -> str | None:
    """The answer's own text in plain characters; None where a thought was begun and never closed: nothing was answered then."""
    if any(unicodedata.category(sign) == "No" and unicodedata.numeric(sign, 0.0) % 1 for sign in text):
        return None  # ½ and its like: NFKC would make 2½ to 21⁄2
    said = _plain(text)
    if "<|channel|>" in said:
        final = [body for channel, body in _CHANNEL.findall(said) if channel == "final"]
        if not final:
            return None
        said = final[-1]
    closes = list(_CLOSE.finditer(said))
    if closes:
        said = said[closes[-1].end() :]
    if _OPEN.search(said):
        return None
    said = _ECHO.sub("", _ROLE.sub("", _MARKER.sub("\n", said)).strip())
    return _first_turn(said)


def _plain(text: str) -> str:
    """Digits of all scripts as 0 to 9, compatible forms as one, nothing invisible, one kind of hyphen and of space."""
    signs = []
    for sign in unicodedata.normalize("NFKC", text):
        category = unicodedata.category(sign)
        if category == "Nd":
            signs.append(str(unicodedata.decimal(sign)))
        elif category == "Zs":
            signs.append(" ")
        elif sign in "‐‑−":
            signs.append("-")
        elif sign in "’‘":
            signs.append("'")
        elif category != "Cf":
            signs.append(sign)
    return "".join(signs)


def _first_turn(said: str) -> str:
    """Up to where the model writes a turn that is not its own: the answer that stands before it counts. Numbered items from the
    first on are no next turn, but several answers."""
    if _ITEM.match(said):
        return said
    for boundary in (_NEXT_TURN, _NEXT_QUESTION):
        if (turn := boundary.search(said)) is not None and said[: turn.start()].strip():
            said = said[: turn.start()].strip()
    return said
