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

A share lies between 0 and 1, which Student's t does not know: its interval is the linear one, cut there. No truth is cut
away with it, so that it covers as often.

Where every value is zero, the data bound the probability from above only. With N effective observations and no event
the bound is `1 - (1 - confidence)^(1/N)` (Clopper & Pearson 1934, doi 10.1093/biomet/26.4.404), at 95 % close to 3 / N
(the rule of three: Hanley & Lippman-Hand 1983, doi 10.1001/jama.1983.03330370053031).

Values within one Run are not independent: events in a queueing system are autocorrelated. Give this module their batch
means, or the effective number of observations, never the raw events.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import Literal, get_args

from quintant.precision import written
from quintant.student import quantile

Scale = Literal["linear", "log", "share"]


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

    def __float__(self) -> float:
        if self.mean is None:
            raise TypeError(f"there is no mean: {self.method}")
        return float(self.mean)

    def __str__(self) -> str:
        """0.0297 [0.0250, 0.0344], with the digits that the interval supports."""
        return written(self.mean, self.low, self.high)

    def _repr_html_(self) -> str:
        return escape(str(self))

    @property
    def has_interval(self) -> bool:
        return self.low is not None and self.high is not None and not self.upper_limit

    @property
    def relative_half_width(self) -> float | None:
        """Half the interval's width over the mean: 0.05 is "± 5 %"."""
        if not self.has_interval or not self.mean:
            return None
        return (self.high - self.low) / 2 / abs(self.mean)  # type: ignore[operator]

    def band(self, units: str = "seeds") -> str:
        """What a figure's band is, in the words that every figure prints: "mean ± 95 % CI, n = 10 seeds"."""
        percent = f"{100 * self.confidence:g} %"
        if self.upper_limit:
            return f"no event, {percent} upper limit, n = {self.n} {_counted(self.n, units)}"
        if self.has_interval:
            return f"mean ± {percent} CI, n = {self.n} {_counted(self.n, units)}"
        if self.n == 2:
            return f"both of n = 2 {units}, no interval"
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
    is negative on the log scale, or no share between 0 and 1 on that of shares.
    """
    if scale not in get_args(Scale):
        raise ValueError(f"scale: must be 'linear', 'log' or 'share'; got {scale!r}")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence: must lie between 0 and 1; got {confidence!r}")
    taken = tuple(float(value) for value in values)
    for index, value in enumerate(taken):
        if not math.isfinite(value):
            raise ValueError(f"values[{index}]: must be finite; got {value}")
        if scale == "log" and value < 0:
            raise ValueError(f"values[{index}]: must not be negative on the log scale; got {value}")
        if scale == "share" and not 0 <= value <= 1:
            raise ValueError(f"values[{index}]: must lie between 0 and 1 to be a share; got {value}")

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
    if scale == "share":
        low, high = max(0.0, mean - error), min(1.0, mean + error)
        ends = " and ".join(end for end, cut in (("0", mean - error < 0), ("1", mean + error > 1)) if cut)
        method = f"{percent} Student t, n = {n}{f', cut at {ends}' if ends else ''}"
        return Estimate(mean, low, high, n, method, False, taken, confidence)
    factor = math.exp(error / mean)
    method = f"{percent} Student t on the log scale (delta method), n = {n}"
    return Estimate(mean, mean / factor, mean * factor, n, method, False, taken, confidence)


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """p values of several tests at once, by their names, so that the chance of any false one stays that of one test: Holm's
    step-down correction (1979, Scand. J. Statist. 6, 65), monotone and at most 1."""
    corrected, highest = {}, 0.0
    for rank, (name, p) in enumerate(sorted(p_values.items(), key=lambda entry: entry[1])):
        highest = max(highest, min(1.0, p * (len(p_values) - rank)))
        corrected[name] = highest
    return corrected


def zero_event_limit(effective_observations: float, confidence: float = 0.95) -> float:
    """The greatest probability that still gives no event in so many observations with chance 1 - confidence."""
    if not effective_observations > 0:
        raise ValueError(f"effective_observations: must be greater than 0; got {effective_observations!r}")
    return -math.expm1(math.log1p(-confidence) / effective_observations)


@lru_cache(maxsize=4096)
def student_t(confidence: float, degrees_of_freedom: float) -> float:
    """The two-sided quantile: ± this many standard errors hold `confidence` of Student's t distribution."""
    return quantile(confidence, degrees_of_freedom)


def _without_events(values: tuple[float, ...], confidence: float, observations: float | None) -> Estimate:
    n = len(values)
    if observations is None:
        method = "no event; an upper limit needs the effective number of observations"
        return Estimate(0.0, None, None, n, method, False, values, confidence)
    method = f"no event in {observations:,.0f} effective observations, {100 * confidence:g} % upper limit"
    return Estimate(0.0, 0.0, zero_event_limit(observations, confidence), n, method, True, values, confidence)


def _standard_deviation(values: tuple[float, ...], mean: float) -> float:
    return math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1))


def _counted(n: int, units: str) -> str:
    return units.removesuffix("s") if n == 1 else units
