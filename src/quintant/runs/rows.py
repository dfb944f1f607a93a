"""Rows: lists of Runs as people read them, one line per Run, per fold of replicates, or per sweep.

What is asked (`Query`) and what is found (`RowPage`). How it is found in the Store: `store/listing.py`.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import orjson

from quintant.config import suggest
from quintant.errors import ConfigError, Problem
from quintant.runs.filter import EVERYTHING, Expression, written
from quintant.runs.lifecycle import State
from quintant.statistics import Estimate

Fold = Literal["none", "point", "sweep"]
SORTS = ("created_at", "started_at", "ended_at", "took_s", "name", "lab", "state", "headline", "seeds")
COUNTED = 10_000
"""So far matches are counted exactly; beyond it is only said that there are more."""
MOST_SORTS = 4
MOST_COLUMNS = 40

# From the furthest from its end to the nearest: the state that a row of several Runs shows.
URGENCY = (
    State.QUEUED, State.STARTING, State.RUNNING, State.PAUSED, State.FAILED, State.CANCELLED, State.COMPLETED,
)  # fmt: skip


@dataclass(frozen=True)
class Column:
    """A value beside a row: `kind` config or metric, `name` of the key (dots reach inside) or metric."""

    kind: Literal["config", "metric"]
    name: str

    @classmethod
    def read(cls, text: str, where: str) -> Column:
        kind, colon, name = text.partition(":")
        if kind not in ("config", "metric") or not colon or not name:
            hint = "Write config:KEY or metric:NAME."
            raise ConfigError(Problem(where, f"must be config:KEY or metric:NAME; got {text!r}.", text, None, hint))
        return cls(kind, name)  # type: ignore[arg-type]

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"


@dataclass(frozen=True)
class Sort:
    by: str | Column
    descending: bool = False

    @classmethod
    def read(cls, text: str) -> Sort:
        word = text.strip()
        descending, name = word.startswith("-"), word.removeprefix("-")
        if ":" in name:
            return cls(Column.read(name, "sort"), descending)
        if name not in SORTS:
            allowed = [*SORTS, "config:KEY", "metric:NAME"]
            message = f"must be one of {', '.join(allowed)}, with - before it for descending; got {text!r}."
            raise ConfigError(Problem("sort", message, text, allowed, suggest(name, SORTS)))
        return cls(name, descending)

    def __str__(self) -> str:
        return f"{'-' if self.descending else ''}{self.by}"


def read_sorts(text: str) -> tuple[Sort, ...]:
    """ "-metric:blocking,config:load_erlang" as its parts."""
    parts = [part for part in text.split(",") if part.strip()]
    if not 1 <= len(parts) <= MOST_SORTS:
        raise ConfigError(Problem("sort", f"must name 1 to {MOST_SORTS} keys; got {len(parts)}.", text))
    return tuple(Sort.read(part) for part in parts)


def read_columns(text: str) -> tuple[Column, ...]:
    """ "config:k_paths,metric:blocking" as its parts."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if len(parts) > MOST_COLUMNS:
        raise ConfigError(Problem("cols", f"must name at most {MOST_COLUMNS}; got {len(parts)}.", len(parts)))
    return tuple(Column.read(part, "cols") for part in dict.fromkeys(parts))


@dataclass(frozen=True)
class Query:
    """Which Runs, as which rows, in which order. `expression` is bound; a row matches where one of its Runs does."""

    fold: Fold = "none"
    expression: Expression = EVERYTHING
    lab: str | None = None
    states: Collection[State] | None = None
    contract: str | None = None
    """Name of a dialect; "native" for none."""
    sweep_id: str | None = None
    owner: str | None = None
    text: str | None = None
    of: str | None = None
    """A sweep's id or a fold's key: only what stands below it."""
    sort: tuple[Sort, ...] = (Sort("created_at", True),)
    limit: int = 50
    cursor: str | None = None

    def fingerprint(self) -> str:
        """What a cursor belongs to: everything but where it stands."""
        identity = [
            self.fold, written(self.expression), self.lab, sorted(map(str, self.states)) if self.states is not None else None,
            self.contract, self.sweep_id, self.owner, self.text, self.of, [str(sort) for sort in self.sort],
        ]  # fmt: skip
        return hashlib.sha256(orjson.dumps(identity)).hexdigest()[:12]

    def cursor_at(self, values: Sequence[Any]) -> str:
        """The cursor behind a row that has these values in the order, the last of them its number."""
        return base64.urlsafe_b64encode(orjson.dumps([self.fingerprint(), *values])).decode().rstrip("=")

    def position(self) -> list[Any] | None:
        """The values behind which the page begins; None: at the first row."""
        if self.cursor is None:
            return None
        try:
            padded = self.cursor + "=" * (-len(self.cursor) % 4)
            fingerprint, *values = orjson.loads(base64.urlsafe_b64decode(padded.encode("ascii")))
        except (ValueError, TypeError):
            raise ConfigError(Problem("cursor", "is none of ours; take `next` of the page before.", self.cursor)) from None
        if fingerprint != self.fingerprint() or not values or not isinstance(values[-1], int):
            text = "belongs to another filter, order or fold; begin again without it."
            raise ConfigError(Problem("cursor", text, self.cursor))
        place: list[Any] | None = values
        return place


@dataclass(frozen=True)
class End:
    """What a sweep says at its first or last point."""

    point: Mapping[str, Any]
    estimate: Estimate


@dataclass(frozen=True)
class Cell:
    """A column's value: of a config key the value, of a metric its mean over the row's completed Runs with interval.

    `least` and `most`: over the points of a sweep's row, where they differ.
    """

    value: Any = None
    low: float | None = None
    high: float | None = None
    n: int | None = None
    unit: str | None = None
    least: float | None = None
    most: float | None = None


@dataclass(frozen=True)
class Row:
    """One line. `key` names it; `lead` is the Run that stands for it; `headline` is over its completed Runs.

    `headline` of a row that is one Run has the Run's own interval; None: no Run of the row has completed, or the row is a
    sweep of several points, whose `ends` are told instead.
    """

    key: str
    kind: Literal["run", "point", "sweep"]
    lead: str
    sweep_id: str | None
    lab: str
    name: str
    state: State
    states: Mapping[str, int]
    want: str
    fraction: float
    runs: int
    reused: int
    points: int
    seeds: int
    point: Mapping[str, Any]
    axes: Mapping[str, Mapping[str, Any]]
    headline: Estimate | None
    ends: tuple[End, End] | None
    config: Mapping[str, Any]
    config_hash: str
    root_seed: int
    created_at: float
    started_at: float | None
    ended_at: float | None
    took_s: float | None
    reason: str | None
    warnings: int
    contract: str | None
    verify_of: str | None
    values: Mapping[str, Any]
    tags: tuple[str, ...] = ()
    note: str | None = None
    version: int = 0
    cells: Mapping[str, Cell] = field(default_factory=dict)


@dataclass(frozen=True)
class RowPage:
    """`total` rows and `runs` match, counted to COUNTED (`more`: there are more of one); None on pages after the first.

    `cursor`: the feed's, from which this page can be kept true.
    """

    rows: tuple[Row, ...]
    next: str | None
    total: int | None
    runs: int | None
    more: bool
    cursor: int
