"""Sweep: an ordered set of Runs from one request. Replicates of a point differ in their root seed only."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from quintant.config import Config
from quintant.errors import ConfigError, Problem

MOST_RUNS = 10_000


@dataclass(frozen=True)
class Sweep:
    """`axes`: swept key → its values in order. Replicate i has root seed `root_seed + i` at every point (paired)."""

    id: str
    lab: str
    name: str
    owner: str
    created_at: float
    root_seed: int
    seeds: int
    axes: Mapping[str, Sequence[Any]]
    request: Mapping[str, Any]


def points(axes: Mapping[str, Sequence[Any]]) -> Iterator[dict[str, Any]]:
    """Every combination, the last axis running fastest; one empty point without axes."""
    for values in itertools.product(*axes.values()):
        yield dict(zip(axes, values, strict=True))


def check_size(axes: Mapping[str, Sequence[Any]], seeds: int) -> None:
    if not isinstance(seeds, int) or isinstance(seeds, bool) or not 1 <= seeds <= MOST_RUNS:
        raise ConfigError(Problem("seeds", f"must be an integer from 1 to {MOST_RUNS}; got {seeds!r}.", seeds))
    for name, values in axes.items():
        if not values:
            raise ConfigError(Problem(f"sweep.{name}", "must hold at least one value; got none.", list(values)))
    runs = seeds
    for values in axes.values():
        runs *= len(values)
    if runs > MOST_RUNS:
        raise ConfigError(Problem("sweep", f"would make {runs} runs; at most {MOST_RUNS} are allowed.", runs))


def reachable(kind: type[Config], config: Mapping[str, Any], axes: Iterable[str]) -> dict[str, Any]:
    """`config` with the defaults of `kind` for what dotted axes reach into and it leaves out: their other parts stay."""
    reached = {top for top, dot, _ in (path.partition(".") for path in axes) if dot and top not in config}
    return {**(kind.model_construct().model_dump(mode="json", include=reached) if reached else {}), **config}


def placed(config: Mapping[str, Any], point: Mapping[str, Any]) -> dict[str, Any]:
    """`config` with the point's values put in; a dotted key reaches into nested objects, and into lists by index."""
    whole = dict(config)
    for path, value in point.items():
        *parents, last = path.split(".")
        inner: Any = whole
        for parent in parents:
            key = _key(inner, parent, path)
            deeper = inner[key] if isinstance(inner, list) else inner.get(key)
            deeper = {} if deeper is None else deeper
            if not isinstance(deeper, (Mapping, list, tuple)):
                text = f"reaches into {parent!r}, which has no parts; it is {deeper!r:.60}."
                raise ConfigError(Problem(f"sweep.{path}", text, deeper))
            inner[key] = dict(deeper) if isinstance(deeper, Mapping) else list(deeper)
            inner = inner[key]
        inner[_key(inner, last, path)] = value
    return whole


def _key(inner: Any, part: str, path: str) -> Any:
    if not isinstance(inner, list):
        return part
    if part.isdecimal() and int(part) < len(inner):
        return int(part)
    what = "the list that it reaches into is empty" if not inner else f"must have an index below {len(inner)} there"
    raise ConfigError(Problem(f"sweep.{path}", f"leads nowhere at {part!r}: {what}.", part, list(range(len(inner)))))
