"""Intervals of a single Run: batch means.

Blocking comes in bursts: requests that arrive within a holding time of each other meet the same full network, so counting
them as independent (the binomial interval) is several times too narrow. The measured requests are cut into batches that
are long against a holding time; their means are nearly independent, and Student's t gives the interval
(Law & Kelton, Simulation Modeling and Analysis, 5th ed. 2015, section 9.5.3). Short Runs need more than that:

* Batches shorter than `BATCH_HOLDING_TIMES` are joined, down to `FEWEST_BATCHES` of them, and the variance is raised by what
  neighbouring batches still share (1 + 2 r for a correlation r of lag one).
* The spread of a rare event is known no better than the batches that saw one: they are what counts as degrees of freedom.
* A share is skewed where few events stand behind it. Its interval is that of a Poisson count of as many events as would give
  the half-width found, and not symmetric (Garwood 1936, doi 10.1093/biomet/28.3-4.437, by Byar's approximation: Rothman &
  Boice, Epidemiologic Analysis with a Programmable Calculator, 1979).

`tests/verification/optical/test_coverage.py` holds this to at least 94 % of simulated Runs, over loads and lengths.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from quintant import statistics
from quintant.lab import Metric

LEVEL = 0.95
NORMAL = 1.959964
"""Two-sided 95 % quantile of the normal distribution."""
BATCH_HOLDING_TIMES, FEWEST_BATCHES = 25, 8
RULE_OF_THREE = 3.0
"""With no event in n independent trials the 95 % upper limit of the probability is 3 / n (-ln 0.05 = 2.996)."""


@dataclass(frozen=True)
class Estimate:
    """A ratio of two sums over batches. `n`: what it was taken over; `effective`: how many independent observations
    carry as much information. `half_width` None with a `reason` where no interval can be given; `low` and `high` where it is
    not symmetric about the value. `upper_limit`: no event, at most `high`; `lower_limit`: nothing else, at least `low`."""

    value: float | None
    n: int
    half_width: float | None = None
    high: float | None = None
    effective: float | None = None
    batches: int = 0
    upper_limit: bool = False
    reason: str | None = None
    low: float | None = None
    lower_limit: bool = False

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
                effective=self.effective,
            )
        if self.lower_limit:
            return Metric(
                self.value, unit, self.low, self.value, self.n, "95 % lower limit, 3 / effective observations",
                reason=self.reason, effective=self.effective,
            )  # fmt: skip
        if self.half_width is None:
            return Metric(self.value, unit, n=self.n, reason=self.reason)
        low = self.value - self.half_width if self.low is None else self.low
        high = self.value + self.half_width if self.high is None else self.high
        low, high = max(0.0, low), min(ceiling, high)
        return Metric(self.value, unit, low, high, self.n, f"95 % batch means, {self.batches} batches")


def marked(metric: Metric, amount: str) -> Metric:
    """The metric of a Run that was stopped `amount` into what it was to measure: where it was measured, its method says so."""
    if metric.n is None:
        return metric
    return replace(metric, method="; ".join(filter(None, (metric.method, f"so far: {amount}"))))


def student_t(degrees: int, level: float = LEVEL) -> float:
    """Two-sided quantile of Student's t."""
    return statistics.student_t(level, degrees)


def merged(cells: np.ndarray, batches: int) -> np.ndarray:
    """Sums over neighbouring cells, (cells, …) -> (at most `batches`, …): equally many in each batch, fewer in the last."""
    size = max(1, -(-len(cells) // batches))
    return np.add.reduceat(cells, np.arange(0, len(cells), size), axis=0) if len(cells) else cells


def batch_count(requests: int, load_erlang: float, most: int) -> int:
    """How many batches a Run of so many requests is cut into: `most`, fewer where they would be shorter than
    `BATCH_HOLDING_TIMES`, but not fewer than `FEWEST_BATCHES`."""
    holding_times = requests / max(load_erlang, 1e-9)
    return int(min(most, max(FEWEST_BATCHES, holding_times // BATCH_HOLDING_TIMES)))


def mean(total: np.ndarray, weight: np.ndarray, n: int, empty: str, degrees: int | None = None) -> Estimate:
    """`sum(total) / sum(weight)` over batches with the interval of a ratio estimator; `empty` says why there is no value
    when the weights are all zero. Batches of no weight are left out. `degrees`: of freedom, where fewer than batches - 1."""
    counted = weight > 0
    total, weight = total[counted], weight[counted]
    batches = len(weight)
    if batches == 0:
        return Estimate(None, n, reason=empty)
    value = float(total.sum() / weight.sum())
    if batches < 2:
        return Estimate(value, n, batches=batches, reason="one batch gives no interval")
    error = (total - value * weight) / weight.mean()
    square = float((error**2).sum())
    variance = square / (batches - 1) / batches
    if square:
        # Of independent batches the correlation about their own mean is -1 / batches on average: that is given back.
        shared = float((error[1:] * error[:-1]).sum()) / square + 1 / batches
        variance *= 1 + 2 * min(1.0, max(0.0, shared))
    freedom = batches - 1 if degrees is None else max(1, min(batches - 1, degrees))
    return Estimate(value, n, student_t(freedom) * math.sqrt(variance), batches=batches)


def share(part: np.ndarray, whole: np.ndarray, n: int, empty: str) -> Estimate:
    """`sum(part) / sum(whole)`, a share of 0..1, from batch sums. The interval is that of the rarer of the two, the part or
    what is left of the whole: batches without it tell nothing of its spread, and it is skewed."""
    rare = part if 2 * part.sum() <= whole.sum() else whole - part
    interval = mean(rare, whole, n, empty, degrees=int((rare > 0).sum()) - 1)
    if interval.value is None:
        return interval
    low, high, half = None, None, interval.half_width
    if half and interval.value:
        events = (NORMAL * interval.value / half) ** 2
        low, high = (interval.value * bound / events for bound in poisson_interval(events))
        half = (high - low) / 2
    if rare is not part:
        low, high = (None, None) if low is None or high is None else (1.0 - high, 1.0 - low)
    return replace(interval, value=float(part.sum() / whole.sum()), half_width=half, low=low, high=high)


def poisson_interval(events: float) -> tuple[float, float]:
    """95 % interval of the mean of a Poisson count of `events`, which need not be whole (Byar's approximation)."""
    more = events + 1.0
    low = events * max(0.0, 1 - 1 / (9 * events) - NORMAL / (3 * math.sqrt(events))) ** 3
    return low, more * (1 - 1 / (9 * more) + NORMAL / (3 * math.sqrt(more))) ** 3


def probability(events: np.ndarray, trials: np.ndarray, stand_in: np.ndarray, load_erlang: float) -> Estimate:
    """Probability of an event per trial, from batch counts.

    Effective observations: as many independent trials as would give the variance that the batches show. With no event at
    all, the bursts of `stand_in` (requests that their first candidate could not serve: the same kind of congestion, only
    milder) tell how many trials are worth one; if there were none of those either, one mean holding time counts as one
    observation, which is safe. If every trial was an event there is nothing to tell bursts from either, and the same holds
    of the share that got through: it is at most 3 / effective observations.
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
    if count == n:
        effective = max(n / max(1.0, load_erlang), 1.0)
        reason = f"everything was blocked; {effective:.0f} effective observations, one per mean holding time"
        low = max(0.0, 1.0 - RULE_OF_THREE / effective)
        return Estimate(1.0, n, effective=effective, batches=len(trials), reason=reason, low=low, lower_limit=True)
    estimate = share(events.astype(np.float64), trials.astype(np.float64), n, "")
    if estimate.half_width is None:
        return estimate
    return replace(estimate, effective=float(n) if estimate.half_width == 0 else _effective(events, trials))


def weighed(none: Estimate, largest: float, offered: np.ndarray) -> Estimate:
    """The share of the bit rate that is blocked where no request was: `none` is the upper limit for requests, `asked` the
    bit rate asked for by batch. The limit holds even if all that could have been blocked were of the `largest` rate."""
    factor = largest * none.n / float(offered.sum())
    high = None if none.high is None else min(1.0, factor * none.high)
    reason = f"{none.reason}; times {factor:.3g}, the largest bit rate over the mean one"
    effective = None if none.effective is None else none.effective / factor
    return replace(none, high=high, reason=reason, effective=effective)


def weighed_share(all_: Estimate, largest: float, offered: np.ndarray) -> Estimate:
    """The same where every request was blocked: the limit holds even if all that could have got through were of the `largest`
    rate."""
    factor = largest * all_.n / float(offered.sum())
    low = None if all_.low is None else max(0.0, 1.0 - factor * (1.0 - all_.low))
    reason = f"{all_.reason}; times {factor:.3g}, the largest bit rate over the mean one"
    return replace(all_, low=low, reason=reason, effective=None if all_.effective is None else all_.effective / factor)


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
