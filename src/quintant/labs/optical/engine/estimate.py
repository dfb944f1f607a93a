"""Intervals of a single Run: batch means.

Blocking comes in bursts: requests that arrive within a holding time of each other meet the same full network, so counting
them as independent (the binomial interval) is several times too narrow. The measured requests are cut into batches that
are long against a holding time; their means are nearly independent, and Student's t gives the interval
(Law & Kelton, Simulation Modeling and Analysis, 5th ed. 2015, section 9.5.3).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import stdtrit

from quintant.lab import Metric

LEVEL = 0.95
RULE_OF_THREE = 3.0
"""With no event in n independent trials the 95 % upper limit of the probability is 3 / n (-ln 0.05 = 2.996)."""


@dataclass(frozen=True)
class Estimate:
    """A ratio of two sums over batches. `n`: what it was taken over; `effective`: how many independent observations
    carry as much information. `half_width` None with a `reason` where no interval can be given."""

    value: float | None
    n: int
    half_width: float | None = None
    high: float | None = None
    effective: float | None = None
    batches: int = 0
    upper_limit: bool = False
    reason: str | None = None

    @property
    def relative_half_width(self) -> float | None:
        if self.half_width is None or not self.value:
            return None
        return self.half_width / self.value

    def metric(self, unit: str = "1", ceiling: float = math.inf) -> Metric:
        """As a Metric; the interval is cut at 0 and at `ceiling`, where values end."""
        if self.value is None:
            return Metric(None, unit, n=self.n, reason=self.reason)
        if self.upper_limit:
            return Metric(
                self.value,
                unit,
                0.0,
                self.high,
                self.n,
                upper_limit=True,
                reason=self.reason,
                method="95 % upper limit, 3 / effective observations",
            )
        if self.half_width is None:
            return Metric(self.value, unit, n=self.n, reason=self.reason)
        low, high = max(0.0, self.value - self.half_width), min(ceiling, self.value + self.half_width)
        return Metric(self.value, unit, low, high, self.n, f"95 % batch means, {self.batches} batches")


def student_t(degrees: int, level: float = LEVEL) -> float:
    """Two-sided quantile of Student's t."""
    return float(stdtrit(degrees, 0.5 + level / 2))


def merged(cells: np.ndarray, batches: int) -> np.ndarray:
    """Sums over neighbouring cells, (cells, …) -> (at most `batches`, …): equally many in each batch, fewer in the last."""
    size = max(1, -(-len(cells) // batches))
    return np.add.reduceat(cells, np.arange(0, len(cells), size), axis=0) if len(cells) else cells


def mean(total: np.ndarray, weight: np.ndarray, n: int, empty: str) -> Estimate:
    """`sum(total) / sum(weight)` over batches with the interval of a ratio estimator; `empty` says why there is no value
    when the weights are all zero. Batches of no weight are left out."""
    counted = weight > 0
    total, weight = total[counted], weight[counted]
    batches = len(weight)
    if batches == 0:
        return Estimate(None, n, reason=empty)
    value = float(total.sum() / weight.sum())
    if batches < 2:
        return Estimate(value, n, batches=batches, reason="one batch gives no interval")
    error = (total - value * weight) / weight.mean()
    variance = float((error**2).sum() / (batches - 1) / batches)
    return Estimate(value, n, student_t(batches - 1) * math.sqrt(variance), batches=batches)


def probability(events: np.ndarray, trials: np.ndarray, stand_in: np.ndarray, load_erlang: float) -> Estimate:
    """Probability of an event per trial, from batch counts.

    Effective observations: as many independent trials as would give the variance that the batches show. With no event at
    all, the bursts of `stand_in` (requests that their first candidate could not serve: the same kind of congestion, only
    milder) tell how many trials are worth one; if there were none of those either, one mean holding time counts as one
    observation, which is safe.
    """
    n, count = int(trials.sum()), int(events.sum())
    if n == 0:
        return Estimate(None, 0, reason="no request was measured")
    if count == 0:
        effective = _effective(stand_in, trials)
        from_what = "from the bursts of requests that their first candidate could not serve"
        if effective is None:
            effective, from_what = n / max(1.0, load_erlang), "one per mean holding time"
        effective = max(effective, 1.0)
        high = min(1.0, RULE_OF_THREE / effective)
        return Estimate(
            0.0,
            n,
            None,
            high,
            effective,
            len(trials),
            True,
            f"nothing was blocked; {effective:.0f} effective observations, {from_what}",
        )
    estimate = mean(events.astype(np.float64), trials.astype(np.float64), n, "")
    if estimate.half_width is None:
        return estimate
    if estimate.half_width == 0:
        return Estimate(estimate.value, n, 0.0, effective=float(n), batches=estimate.batches)
    return Estimate(estimate.value, n, estimate.half_width, effective=_effective(events, trials), batches=estimate.batches)


def weighed(none: Estimate, largest: float, asked: np.ndarray) -> Estimate:
    """The share of the bit rate that is blocked where no request was: `none` is the upper limit for requests, `asked` the
    bit rate asked for by batch. The limit holds even if all that could have been blocked were of the `largest` rate."""
    factor = largest * none.n / float(asked.sum())
    high = None if none.high is None else min(1.0, factor * none.high)
    reason = f"{none.reason}; times {factor:.3g}, the largest bit rate over the mean one"
    return replace(none, high=high, reason=reason)


def _effective(events: np.ndarray, trials: np.ndarray) -> float | None:
    """Trials divided by how much larger the variance of the batches is than that of independent trials (at least 1)."""
    n, p = float(trials.sum()), float(events.sum() / trials.sum())
    counted = trials > 0
    if p in (0.0, 1.0) or counted.sum() < 2:
        return None
    error = events[counted] - p * trials[counted]
    batches = int(counted.sum())
    inflation = float((error**2).sum() / (batches - 1) * batches) / (n * p * (1 - p))
    return n / max(1.0, inflation)
