"""Statistics over replicates: one mean, one interval, and an honest word when there is none.

The rules, by the number n of independent values (replicates of a Run, which differ only in seed):

    n = 0   nothing is estimated
    n = 1   the value; no interval
    n = 2   the mean and both values; no interval (with one degree of freedom Student's t is 12.7 standard errors wide)
    n ≥ 3   the mean and its interval from Student's t with n - 1 degrees of freedom

On the linear scale the interval is `mean ± t s / √n` (Student 1908, doi 10.1093/biomet/6.1.1). Positive, skewed
quantities (a blocking probability, an energy) take theirs on the log scale by the delta method:
`mean · exp(± t s / (√n · mean))`, because Var(log m) ≈ Var(m) / m² (Casella & Berger, Statistical Inference, 5.5.4).
It never reaches zero, agrees with the linear one where s is small, and stays defined when some values are zero,
which the mean of logarithms does not.

Where every value is zero, the data bound the probability from above only. With N effective observations and no event
the bound is `1 - (1 - confidence)^(1/N)` (Clopper & Pearson 1934, doi 10.1093/biomet/26.4.404), at 95 % close to 3 / N
(the rule of three: Hanley & Lippman-Hand 1983, doi 10.1001/jama.1983.03330370053031).

Values within one Run are not independent: events in a queueing system are autocorrelated. Give this module their batch
means, or the effective number of observations, never the raw events.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Scale = Literal["linear", "log"]


@dataclass(frozen=True)
class Estimate:
    """The mean of `values` and the bounds of its interval; bounds are None where `method` says why.

    `upper_limit`: no event was seen; `mean` is 0 and `high` is the greatest probability that fits the data.
    """

    mean: float | None
    low: float | None
    high: float | None
    n: int
    method: str
    upper_limit: bool
    values: tuple[float, ...]
    confidence: float = 0.95

    @property
    def has_interval(self) -> bool:
        return self.low is not None and self.high is not None and not self.upper_limit

    @property
    def relative_half_width(self) -> float | None:
        """Half the interval's width over the mean: 0.05 is "± 5 %"."""
        if not self.has_interval or not self.mean:
            return None
        return (self.high - self.low) / 2 / abs(self.mean)  # type: ignore[operator]

    def band(self, of: str = "seeds") -> str:
        """What a figure's band is, in the words that every figure prints: "mean ± 95 % CI, n = 10 seeds"."""
        percent = f"{100 * self.confidence:g} %"
        if self.upper_limit:
            return f"no event, {percent} upper limit, n = {self.n} {_counted(self.n, of)}"
        if self.has_interval:
            return f"mean ± {percent} CI, n = {self.n} {_counted(self.n, of)}"
        if self.n == 2:
            return f"both of n = 2 {of}, no interval"
        return f"n = {self.n}"


def interval(
    values: Iterable[float],
    scale: Scale = "linear",
    confidence: float = 0.95,
    *,
    effective_observations: float | None = None,
) -> Estimate:
    """The estimate that `values` (independent replicates) support, by the rules of this module.

    `effective_observations`: over all values together, how many independent observations stand behind them; used only
    on the log scale when every value is zero, for the upper limit. ValueError for a value that is not finite, or that
    is negative on the log scale.
    """
    if scale not in ("linear", "log"):
        raise ValueError(f"scale: must be 'linear' or 'log'; got {scale!r}")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence: must lie between 0 and 1; got {confidence!r}")
    taken = tuple(float(value) for value in values)
    for index, value in enumerate(taken):
        if not math.isfinite(value):
            raise ValueError(f"values[{index}]: must be finite; got {value}")
        if scale == "log" and value < 0:
            raise ValueError(f"values[{index}]: must not be negative on the log scale; got {value}")

    n = len(taken)
    if n == 0:
        return Estimate(None, None, None, 0, "no values", False, taken, confidence)
    mean = math.fsum(taken) / n
    if scale == "log" and mean == 0.0:
        return _without_events(taken, confidence, effective_observations)
    if n < 3:
        return Estimate(mean, None, None, n, f"n = {n}, no interval", False, taken, confidence)
    error = student_t(confidence, n - 1) * _standard_deviation(taken, mean) / math.sqrt(n)
    percent = f"{100 * confidence:g} %"
    if scale == "linear":
        method = f"{percent} Student t, n = {n}"
        return Estimate(mean, mean - error, mean + error, n, method, False, taken, confidence)
    factor = math.exp(error / mean)
    method = f"{percent} Student t on the log scale (delta method), n = {n}"
    return Estimate(mean, mean / factor, mean * factor, n, method, False, taken, confidence)


def zero_event_limit(effective_observations: float, confidence: float = 0.95) -> float:
    """The greatest probability that still gives no event in so many observations with chance 1 - confidence."""
    if not effective_observations > 0:
        raise ValueError(f"effective_observations: must be greater than 0; got {effective_observations!r}")
    return -math.expm1(math.log1p(-confidence) / effective_observations)


def student_t(confidence: float, degrees_of_freedom: float) -> float:
    """The two-sided quantile: ± this many standard errors hold `confidence` of Student's t distribution."""
    from scipy.special import stdtrit

    return float(stdtrit(degrees_of_freedom, 0.5 + confidence / 2))


def _without_events(values: tuple[float, ...], confidence: float, observations: float | None) -> Estimate:
    n = len(values)
    if observations is None:
        method = "no event; an upper limit needs the effective number of observations"
        return Estimate(0.0, None, None, n, method, False, values, confidence)
    method = f"no event in {observations:,.0f} effective observations, {100 * confidence:g} % upper limit"
    return Estimate(0.0, 0.0, zero_event_limit(observations, confidence), n, method, True, values, confidence)


def _standard_deviation(values: tuple[float, ...], mean: float) -> float:
    return math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1))


def _counted(n: int, of: str) -> str:
    return of.removesuffix("s") if n == 1 else of
