"""Annotation: what people write beside a Run: another name, tags, a note. It stands in no hash, no record and no event log."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, Final

from quintant.errors import ConfigError, Problem

LONGEST_TAG = 40
MOST_TAGS = 20
LONGEST_NOTE = 10_000
CONTROLS = frozenset({"Cc", "Cs", "Zl", "Zp"})
LINES = frozenset("\n\t")


@dataclass(frozen=True)
class Annotation:
    """`version` counts the changes: 0 where nobody has written anything. `by` wrote the last one `at` that time."""

    run: str
    name: str
    tags: tuple[str, ...] = ()
    note: str | None = None
    version: int = 0
    at: float | None = None
    by: str | None = None
    changed: tuple[str, ...] = ()


class Unset(Enum):
    """Means "leave it" where None has a meaning of its own."""

    UNSET = "unset"


UNSET: Final = Unset.UNSET


@dataclass(frozen=True)
class Change:
    """What to write; UNSET is left as it is. `add` and `remove` change single tags."""

    name: str | Unset = UNSET
    tags: tuple[str, ...] | Unset = UNSET
    note: str | Unset | None = UNSET
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()

    def apply(self, now: Annotation) -> Annotation:
        tags = now.tags if self.tags is UNSET else self.tags
        tags = tuple(sorted({*tags, *self.add} - set(self.remove)))
        name = now.name if self.name is UNSET else self.name
        note = now.note if self.note is UNSET else self.note
        pairs = (("name", name, now.name), ("tags", tags, now.tags), ("note", note, now.note))
        changed = tuple(word for word, new, old in pairs if new != old)
        return replace(now, name=name, tags=tags, note=note, changed=changed)


@dataclass(frozen=True)
class Done:
    """What became of one key in `Runs.bulk`: of its `runs` so many are `done`, the others skipped for the `reason`."""

    key: str
    runs: int = 0
    done: int = 0
    reason: str | None = None
    undo_until: float | None = None


def checked_tags(tags: Sequence[Any], where: str = "tags") -> tuple[str, ...]:
    """The tags, each once and in order; ConfigError for one that can't be filtered by as a word."""
    if len(tags) > MOST_TAGS:
        raise ConfigError(Problem(where, f"must hold at most {MOST_TAGS} tags; got {len(tags)}.", len(tags)))
    checked: dict[str, None] = {}
    for index, tag in enumerate(tags):
        path = f"{where}.{index}"
        if not isinstance(tag, str):
            raise ConfigError(Problem(path, f"must be text; got {tag!r}.", tag))
        tag = tag.strip()
        if not 1 <= len(tag) <= LONGEST_TAG:
            raise ConfigError(Problem(path, f"must have 1 to {LONGEST_TAG} characters; got {len(tag)}.", tag[:60]))
        if "," in tag or any(unicodedata.category(letter) in CONTROLS for letter in tag):
            raise ConfigError(Problem(path, f"must hold no comma and no control character; got {tag!r}.", tag))
        checked[tag] = None
    return tuple(sorted(checked))


def checked_note(note: str | None) -> str | None:
    """The note without blanks around it; an empty one is none."""
    if note is None or not note.strip():
        return None
    if len(note) > LONGEST_NOTE:
        raise ConfigError(Problem("note", f"must have at most {LONGEST_NOTE} characters; got {len(note)}.", len(note)))
    if any(unicodedata.category(letter) in CONTROLS and letter not in LINES for letter in note):
        raise ConfigError(Problem("note", "must hold no control characters but tabs and new lines."))
    return note.strip()


def body_of(annotation: Annotation) -> Mapping[str, Any]:
    return {
        "name": annotation.name, "tags": list(annotation.tags), "note": annotation.note, "changed": list(annotation.changed),
    }  # fmt: skip
