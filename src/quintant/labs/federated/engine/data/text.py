"""Texts of the user's own: a .csv or .jsonl file with a column of text and, for classification, one of labels.

Words are lower-cased runs of letters, digits and apostrophes; the most frequent of the training part make the vocabulary,
after the padding (0), the unknown word (1) and the mask (2). A text is its first `length` words.
"""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from quintant.errors import EngineError
from quintant.labs.federated.engine.data.dataset import Dataset, held_out

PADDING, UNKNOWN, MASK = 0, 1, 2
SPECIAL = ("", "", "")
MOST_WORDS = 4000
TEST_SHARE = 0.2
WORD = re.compile(r"[a-z0-9']+")


def load(
    path: Path, text_column: str, label_column: str, sources: dict[str, str], *, length: int, chunk: int | None
) -> Dataset:
    """With `chunk`, texts are cut into pieces of so many words and have no labels (masked language modelling)."""
    rows = list(_rows(path))
    if not rows:
        raise EngineError(f"{path.name} holds no texts")
    if text_column not in rows[0]:
        raise EngineError(f"{path.name} has no column {text_column!r}; it has {', '.join(map(str, rows[0]))} (key text_column)")
    labelled = chunk is None
    if labelled and label_column not in rows[0]:
        raise EngineError(
            f"{path.name} has no column {label_column!r}; it has {', '.join(map(str, rows[0]))} (key label_column; "
            "without labels there is llm_task mlm)"
        )
    texts = [WORD.findall(str(row[text_column]).lower()) for row in rows]
    names = sorted({str(row[label_column]) for row in rows}) if labelled else []
    number = {name: index for index, name in enumerate(names)}
    labels = np.array([number[str(row[label_column])] if labelled else -1 for row in rows], dtype=np.int64)
    if labelled and len(names) < 2:
        raise EngineError(f"{path.name}: column {label_column} has one value, {names[0]!r}; classes need two")
    if chunk is not None:
        pieces = [text[i : i + chunk] for text in texts for i in range(0, len(text), chunk)]
        texts = [piece for piece in pieces if len(piece) >= min(8, chunk)]
        labels = np.full(len(texts), -1, dtype=np.int64)
        length = chunk
    if len(texts) < 10:
        raise EngineError(f"{path.name} gives {len(texts)} texts; at least 10 are needed")
    train, test = held_out(labels, TEST_SHARE)
    counts = Counter(word for index in train for word in texts[index])
    vocabulary = [word for word, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:MOST_WORDS]]
    token = {word: index + len(SPECIAL) for index, word in enumerate(vocabulary)}
    inputs = np.zeros((len(texts), length), dtype=np.int64)
    for index, text in enumerate(texts):
        known = [token.get(word, UNKNOWN) for word in text[:length]]
        inputs[index, : len(known)] = known
    return Dataset(
        f"{path.name}, {len(texts)} texts of up to {length} words", "text", inputs[train], labels[train], inputs[test],
        labels[test], tuple(names), vocabulary=(*SPECIAL, *vocabulary), sources=sources,
        notes=(f"a fifth of the texts ({len(test)}) is held out as the test set",),
    )  # fmt: skip


def _rows(path: Path) -> Iterator[dict[str, object]]:
    try:
        if path.suffix == ".csv":
            csv.field_size_limit(10_000_000)
            with path.open(newline="", encoding="utf-8") as file:
                yield from csv.DictReader(file)
            return
        with path.open(encoding="utf-8") as file:
            for line_number, line in enumerate(file, 1):
                if line.strip():
                    row = json.loads(line)
                    if not isinstance(row, dict):
                        raise EngineError(f"{path.name}, line {line_number}: must be a JSON object")
                    yield row
    except (UnicodeDecodeError, json.JSONDecodeError, csv.Error) as error:
        raise EngineError(f"{path.name} cannot be read: {error}") from error
