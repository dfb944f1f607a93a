"""Claims: the options that words name as their answer.

A number or a label in a text is an answer only by its place: alone, after the word "answer", beside the label that it belongs
to. Everything else that a person writes has numbers and labels too (time frames, scales, other items, idioms), and what
hedges, denies or takes back says no one thing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from quintant.labs.persona.scoring.phrases import (
    ABOUT_IT,
    ALOUD,
    BOUND,
    CHOSEN,
    CLAUSE,
    COUNTED,
    CUE,
    DENIED,
    ENDED,
    IDIOM,
    JOINED,
    NAMED,
    NOUN,
    NUMBERED,
    SCALE,
    SHARE,
    TAKEN_BACK,
    VERB,
    WORDS,
)


def claims(said: str, labels: Sequence[str], first: int = 0, letters: str = "") -> set[int]:
    """The values that `said` names, first … first + len(labels) − 1, and others that it names as its answer: one is an answer,
    none or several are not. Empty where the words say no one thing."""
    if ALOUD.match(said) and not ENDED.search(said):
        return set()
    marked = _masked(_labelled(_stripped(said), labels, first))
    marked = _unrestated(marked)
    top = first + len(labels) - 1
    shares = {int(share[1]): int(share[2]) for share in SHARE.finditer(marked)}
    if any(share != top for share in shares.values()):
        return set()
    marked = re.sub(r"(\d)[.,]0+(?![\d.,])", r"\1", SHARE.sub(r"\1", marked))
    if any(first_mark != other for first_mark, other in JOINED.findall(marked)) or BOUND.search(marked) or _decimal(marked):
        return set()
    mentions = {_value(mention) for mention in re.findall(r"⟦\d+⟧|(?<!⟦)\b\d+\b(?!⟧)", marked)}
    if len(mentions) > 1 and TAKEN_BACK.search(marked):
        return set()
    if any(DENIED.search(marked[: mention.start()]) for mention in re.finditer(r"⟦\d+⟧|\d+", marked)):
        return set()
    if letters and (letter := _lettered(marked, letters)) is not None:
        return {first + letter, *(_value(mark) for mark in re.findall(r"⟦\d+⟧", marked))}
    if not re.search(r"[^\W\d_]", re.sub(r"⟦\d+⟧", "", marked)):
        return set() if re.search(r"(?<![\w)\]])-\d", marked) else mentions  # nothing but numbers, labels and signs; −1 is no 1
    named = set(_by_cue(marked))
    if not named and len(set(re.findall(r"⟦\d+⟧", marked))) > 1:
        return set()
    return named | set(_by_place(marked))


def _by_cue(marked: str) -> Iterator[int]:
    """What is called the answer."""
    for cue in (NOUN, VERB, CHOSEN):
        yield from (_value(number) for number in cue.findall(marked))


def _by_place(marked: str) -> Iterator[int]:
    """What stands where an answer stands, in a text with other words."""
    for number, label in re.findall(r"(?<![\w.])(\d+)\s*[-–—=:.)\]]*\s*(⟦\d+⟧)", marked):
        yield from (int(number), _value(label))
    for label, number in re.findall(r"(⟦\d+⟧)\s*[:(\[=]+\s*(\d+)(?!\w)", marked):
        yield from (int(number), _value(label))
    for place, line in enumerate(line for line in marked.split("\n") if line.strip()):
        if re.fullmatch(r"[\W_]*(\d+)[\W_]*", line) and "⟦" not in line:
            if not re.search(r"-\d", line):
                yield int(re.sub(r"\D", "", line))
        elif place == 0 and (named := re.fullmatch(r"\W*(?:[^\W\d]+\W+){1,4}(?<=:)\s*[\"'(\[]*(\d+)[\W_]*", _colon(line))):
            yield int(named[1])
    for sentence in re.findall(r"[^.!?\n]+[.!?]*", marked):
        if not sentence.rstrip().endswith("?"):
            yield from _in_sentence(sentence)
    if re.fullmatch(rf"\W*(?:{'|'.join(WORDS)})\W*", marked, re.I):
        yield WORDS[re.sub(r"\W", "", marked).lower()]
    if (last := re.search(r"(?:[.!]\s+)(\d+)\W*\Z", marked)) is not None:
        yield int(last[1])


def _in_sentence(sentence: str) -> Iterator[int]:
    """Labels that are a whole clause, or of two words and more in a sentence about what was asked."""
    if IDIOM.search(sentence):
        return
    for clause in re.split(r"[,;:()\[\]\"“”—–…]|\s-\s|\bbut\b|\band\b", sentence):
        if (whole := CLAUSE.fullmatch(clause.strip(" .!'"))) is not None:
            yield _value(whole[1])
    if ABOUT_IT.search(sentence):
        yield from (_value(label) for label in re.findall(r"⟦0\d+⟧", sentence))


def _stripped(said: str) -> str:
    """Without emphasis, headings, quotes of code, bullets, arrows and stage directions."""
    said = re.sub(r"\A\s*(?:\*[^*\d]+\*|_[^_\d]+_|\([^()\d]+\)|\[[^\[\]]*[^\W\d][^\[\]]*\]\s*:)\s+(?=\S)", "", said)
    said = re.sub(r"[*_`$]+|\\[\[\]()]", "", said)
    said = re.sub(r"(?:=>|->|→|⇒)", " ", said)
    return re.sub(r"(?m)^\s*(?:[-•·▪◦]\s+|#+\s*)", "", said)


def _labelled(said: str, labels: Sequence[str], first: int) -> str:
    """Labels as ⟦value⟧, ⟦0value⟧ those of two words and more; the longest first ("almost never" before "never")."""
    for index, label in sorted(enumerate(labels), key=lambda entry: -len(entry[1])):
        pattern = r"[\s-]+".join(re.escape(word) for word in label.split())
        said = re.sub(rf"(?<![^\W\d_]){pattern}(?![^\W\d_])", f"⟦{_code(index, label)}{first + index}⟧", said, flags=re.I)
    if "⟦" not in said and (near := _misspelt(said, labels)) is not None:
        return f"⟦{_code(near, labels[near])}{first + near}⟧"
    return said


def _code(index: int, label: str) -> str:
    """Labels of two words and more are written with a leading 0: ⟦03⟧."""
    return "0" if len(label.split()) > 1 else ""


def _value(mention: str) -> int:
    word = mention.strip("⟦⟧").lower()
    return WORDS[word] if word in WORDS else int(word)


def _masked(said: str) -> str:
    """Without numbers that count something else."""
    for pattern in (SCALE, NUMBERED, NAMED, COUNTED):
        said = pattern.sub(" ", said)
    return said


def _unrestated(said: str) -> str:
    """Without the options, where they are said over again: two and more pairs of a number and a label."""
    pairs = list(re.finditer(r"\(?\b\d+\s*[)=:.–-]+\s*⟦\d+⟧|⟦\d+⟧\s*[=:(]+\s*\d+\)?", said))
    if len(pairs) > 1 and len({pair[0] for pair in pairs}) > 1:
        for pair in pairs:
            said = said.replace(pair[0], " ", 1)
    return said


def _decimal(said: str) -> bool:
    return re.search(r"\d[.,]\d", said) is not None


def _colon(line: str) -> str:
    """One blank after the colon, so that "Kara:2" and "Kara: 2" are one form."""
    return re.sub(r"\s*:\s*", ": ", line, count=1) if re.match(r"[^\d:]{1,40}:", line) else line


def _lettered(said: str, letters: str) -> int | None:
    """The letter of an option where the prompt had offered letters: alone, after "option", or before its label."""
    chosen = re.match(rf"\W*(?:{CUE}\s*(?:is)?\s*:?\s*)?\(?([a-z])\)?\s*(?:[).:\]-]+\s*)?(?:\Z|\W*⟦)", said, re.I)
    if chosen is None or chosen[1].upper() not in letters:
        return None
    return letters.index(chosen[1].upper())


def _misspelt(said: str, labels: Sequence[str]) -> int | None:
    """The label that the whole text is up to a slip or two (by Levenshtein's distance), if all others are far."""
    text = re.sub(r"\s+", " ", said).strip(" .!\"'").lower()
    near = sorted((_distance(text, label.lower()), index) for index, label in enumerate(labels))
    slips = 1 if len(text) < 12 else 2
    return near[0][1] if len(text) > 5 and near[0][0] <= slips and near[1][0] > near[0][0] + 1 else None


def _distance(word: str, other: str) -> int:
    """Insertions, deletions and replacements from `one` to `other` (Levenshtein 1966)."""
    row = list(range(len(other) + 1))
    for i, a in enumerate(word, 1):
        before, row[0] = row[0], i
        for j, b in enumerate(other, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (a != b))
    return row[-1]
