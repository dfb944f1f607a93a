"""Differences between two arms of one experiment: paired by root seed where they share seeds, else unpaired.

Replicates that have one root seed met the same chance (the same arrivals, the same weights), so what chance did to both
falls out of their difference: of n pairs d_i = x_i - b_i the mean has the interval mean(d) ± t s_d / √n (Student's paired test;
with shared random numbers this is the oldest variance reduction there is: Law, Simulation Modeling and Analysis, 11.2). Without
common seeds it is Welch's (doi 10.1093/biomet/34.1-2.28): t with the Welch–Satterthwaite degrees of freedom.

The relative difference R - 1, R = mean(x) / mean(b), has the interval of the ratio estimator, linearised: with
e_i = x_i - R b_i its standard error is s_e / (√n mean(b)) (Cochran, Sampling Techniques, 6.4); unpaired it is
√(s_x²/n_x + R² s_b²/n_b) / mean(b). There is none where the baseline is not above 0: a share of -65 mV says nothing.
With fewer than three pairs (or three values on each side) there is no interval.

`p` is that of the test whose interval this is. Who compares at several points meets one of twenty by chance: `corrected` gives
each difference Holm's p over all of them, and what is told apart is told apart by that.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from quintant.statistics import holm, student_t
from quintant.student import p_value


@dataclass(frozen=True)
class Difference:
    """`mean`: x less the baseline; `relative`: as a share of the baseline, None unless that is above 0. `n`: pairs, or the
    smaller side. Bounds are None where `method` says why."""

    mean: float | None
    low: float | None
    high: float | None
    relative: float | None
    relative_low: float | None
    relative_high: float | None
    n: int
    paired: bool
    method: str
    p: float | None = None
    p_holm: float | None = None
    confidence: float = 0.95

    @property
    def told_apart(self) -> bool:
        """The interval does not hold 0, and with Holm's correction over the points that were compared it would not either."""
        apart = self.low is not None and self.high is not None and not self.low <= 0 <= self.high
        return apart and (self.p_holm is None or self.p_holm < 1 - self.confidence)


def corrected(differences: Mapping[str, Difference]) -> dict[str, Difference]:
    """The same differences, of one metric at several points, with Holm's p over all of them."""
    holms = holm({name: each.p for name, each in differences.items() if each.p is not None})
    return {name: replace(each, p_holm=holms.get(name)) for name, each in differences.items()}


def difference(values: Mapping[int, float], baseline: Mapping[int, float], confidence: float = 0.95) -> Difference:
    """Between two arms, each by root seed."""
    seeds = sorted(values.keys() & baseline.keys())
    if len(seeds) >= 3 or (seeds and len(seeds) == min(len(values), len(baseline))):
        return _paired([values[seed] for seed in seeds], [baseline[seed] for seed in seeds], confidence)
    return _unpaired(list(values.values()), list(baseline.values()), confidence)


def _paired(x: list[float], b: list[float], confidence: float) -> Difference:
    n = len(x)
    d = [first - second for first, second in zip(x, b, strict=True)]
    mean, base = math.fsum(d) / n, math.fsum(b) / n
    relative = mean / base if base > 0 else None
    if n < 3:
        return Difference(mean, None, None, relative, None, None, n, True, f"n = {n} pair{'s' if n > 1 else ''}, no interval")
    t = student_t(confidence, n - 1)
    error = t * _deviation(d) / math.sqrt(n)
    bounds: tuple[float | None, float | None] = (None, None)
    if relative is not None:
        ratio = 1 + relative
        spread = t * _deviation([first - ratio * second for first, second in zip(x, b, strict=True)])
        aside = spread / (math.sqrt(n) * base)
        bounds = relative - aside, relative + aside
    method = f"{100 * confidence:g} % paired t, n = {n} common seeds"
    p = _p(mean, _deviation(d) / math.sqrt(n), n - 1)
    return Difference(mean, mean - error, mean + error, relative, *bounds, n, True, method, p, None, confidence)


def _unpaired(x: list[float], b: list[float], confidence: float) -> Difference:
    n = min(len(x), len(b))
    if n == 0:
        return Difference(None, None, None, None, None, None, 0, False, "no values on one side")
    mean, base = math.fsum(x) / len(x) - math.fsum(b) / len(b), math.fsum(b) / len(b)
    relative = mean / base if base > 0 else None
    if n < 3:
        return Difference(mean, None, None, relative, None, None, n, False, f"n = {n} on one side, no interval")
    vx, vb = _deviation(x) ** 2 / len(x), _deviation(b) ** 2 / len(b)
    variance = vx + vb
    freedom = variance**2 / (vx**2 / (len(x) - 1) + vb**2 / (len(b) - 1)) if variance else float(len(x) + len(b) - 2)
    t = student_t(confidence, freedom)
    error = t * math.sqrt(variance)
    bounds: tuple[float | None, float | None] = (None, None)
    if relative is not None:
        aside = t * math.sqrt(vx + (1 + relative) ** 2 * vb) / base
        bounds = relative - aside, relative + aside
    method = f"{100 * confidence:g} % Welch's t, no common seeds, n = {len(x)} and {len(b)}"
    p = _p(mean, math.sqrt(variance), freedom)
    return Difference(mean, mean - error, mean + error, relative, *bounds, n, False, method, p, None, confidence)


def _p(mean: float, error: float, freedom: float) -> float:
    """Of the t test whose standard error this is; without any spread there is no chance left."""
    return p_value(mean / error, freedom) if error > 0 else float(mean == 0)


def _deviation(values: list[float]) -> float:
    mean = math.fsum(values) / len(values)
    return math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1))
