"""Sweep: an ordered set of Runs from one request. Replicates of a point differ in their root seed only."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

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


def placed(config: Mapping[str, Any], point: Mapping[str, Any]) -> dict[str, Any]:
    """`config` with the point's values put in; a dotted key reaches into nested objects."""
    whole = dict(config)
    for path, value in point.items():
        *parents, last = path.split(".")
        inner = whole
        for parent in parents:
            inner[parent] = dict(inner.get(parent) or {})
            inner = inner[parent]
        inner[last] = value
    return whole
