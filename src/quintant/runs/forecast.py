"""Forecast: how long Runs will take here, from those that were completed on this machine. Always a range.

Of the lab's two hundred newest completed Runs of one platform those are taken that agree with the new config in most keys that
are no numbers. The logarithm of their time is fitted to the logarithms of the numeric keys in which they differ, by least
squares with a small penalty (ridge: Hoerl & Kennard 1970, doi 10.1080/00401706.1970.10488634), so that a key that costs nothing
gets an exponent near 0 and one that multiplies the work one near 1. The range is that of the fit's residuals, at least 15 % to
each side. A number that no earlier Run varied widens it: from "costs nothing" to "costs in proportion".
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from quintant.runs.store.index import leaves

LOOKED_AT = 200
MOST_KEYS = 4
LEAST_SPREAD = 0.15
QUANTILE = 1.645
"""Of the normal distribution: nine of ten lie within so many standard deviations."""
RIDGE = 0.05


@dataclass(frozen=True)
class Past:
    """One completed Run: its config and the seconds from its start to its end."""

    config: Mapping[str, Any]
    seconds: float


@dataclass(frozen=True)
class Forecast:
    low: float
    high: float
    from_runs: int


def forecast(config: Mapping[str, Any], past: Sequence[Past]) -> Forecast | None:
    """The seconds of one Run; None where nothing was completed here yet."""
    known = [(run, dict(leaves(run.config))) for run in past if run.seconds > 0]
    if not known:
        return None
    wanted = dict(leaves(config))
    apart = [_apart(wanted, other) for _, other in known]
    least = min(apart)
    near = [pair for pair, distance in zip(known, apart, strict=True) if distance == least]
    logs = [math.log(run.seconds) for run, _ in near]
    varied, unknown = _varied(wanted, [other for _, other in near])
    mean, spread = _fitted(wanted, [other for _, other in near], logs, varied)
    down = up = QUANTILE * max(spread, LEAST_SPREAD)
    for key in unknown:
        ratio = math.log(_positive(wanted[key]) / _positive(near[0][1][key]))
        down, up = down + max(0.0, -ratio), up + max(0.0, ratio)
    if least:  # other words in the config: another algorithm, another model
        down, up = down + math.log(2), up + math.log(2)
    return Forecast(math.exp(mean - down), math.exp(mean + up), len(near))


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _positive(value: Any) -> float:
    return max(abs(float(value)), 1e-9)


def _apart(mine: Mapping[str, Any], other: Mapping[str, Any]) -> int:
    """In how many keys that are no numbers two configs differ, or one has what the other has not."""
    return sum(
        1
        for key in {*mine, *other}
        if not (_number(mine.get(key)) and _number(other.get(key))) and mine.get(key) != other.get(key)
    )


def _varied(wanted: Mapping[str, Any], others: Sequence[Mapping[str, Any]]) -> tuple[list[str], list[str]]:
    """The numeric keys in which earlier Runs differ (a few, most spread first), and those in which only the new one does."""
    spreads: dict[str, float] = {}
    unknown = []
    for key, value in wanted.items():
        if not _number(value):
            continue
        values = [math.log(_positive(other[key])) for other in others if _number(other.get(key))]
        if not values:
            continue
        spread = max(values) - min(values)
        if spread > 1e-9:
            spreads[key] = spread
        elif abs(math.log(_positive(value)) - values[0]) > 1e-9:
            unknown.append(key)
    return sorted(spreads, key=lambda key: -spreads[key])[:MOST_KEYS], unknown


def _fitted(
    wanted: Mapping[str, Any], others: Sequence[Mapping[str, Any]], logs: Sequence[float], varied: Sequence[str]
) -> tuple[float, float]:
    """The logarithm of the seconds at `wanted`, and the standard deviation of what the fit leaves."""
    import numpy as np

    keys = list(varied)[: max(0, len(logs) - 2)]
    y = np.array(logs)
    rows = [[math.log(_positive(other.get(key, 1.0))) for key in keys] for other in others]
    x = np.array(rows, float).reshape(len(logs), len(keys))
    centre = x.mean(axis=0) if keys else np.zeros(0)
    shifted = x - centre
    slopes = (
        np.linalg.solve(shifted.T @ shifted + RIDGE * np.eye(len(keys)), shifted.T @ (y - y.mean())) if keys else np.zeros(0)
    )
    left = y - y.mean() - shifted @ slopes
    spread = float(np.sqrt((left**2).sum() / max(1, len(logs) - len(keys) - 1)))
    at = np.array([math.log(_positive(wanted[key])) for key in keys]) - centre
    return float(y.mean() + at @ slopes), spread
