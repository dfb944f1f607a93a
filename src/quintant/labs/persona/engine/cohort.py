"""Cohort: did the group change between its baseline and its last session?

Paired per persona, the same ones before and after. Per instrument: means and sample deviations, Glass's Δ (change over the
baseline's deviation), Hedges' g (over the pooled one, with the small-sample factor), the paired t test and from six pairs on
Wilcoxon's signed ranks, Holm's correction over the instruments, and Student's interval of the mean of the paired differences.

No bootstrap: over three personas its 95 % percentile interval is from the least to the largest difference and holds the mean of
normal differences three times in four; Student's holds it as often as it says (a test simulates both).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from quintant.statistics import holm
from quintant.student import quantile

LEAST_PAIRS_FOR_RANKS = 6
LEAST_PAIRS_FOR_INTERVAL = 3


@dataclass(frozen=True)
class Change:
    """What one instrument says of the cohort, in points. None where the pairs do not allow the number."""

    pairs: int
    baseline_mean: float | None
    baseline_sd: float | None
    final_mean: float | None
    final_sd: float | None
    change: float | None
    low: float | None = None
    high: float | None = None
    glass_delta: float | None = None
    hedges_g: float | None = None
    p_value: float | None = None
    p_holm: float | None = None
    test: str | None = None
    significant: bool = False


def changes(pairs: Mapping[str, Sequence[tuple[float, float]]], glass_delta: float) -> dict[str, Change]:
    """The Change of each instrument. `pairs` holds (baseline, final) totals, one per persona with both."""
    made = {
        name: _change(np.array(differences, dtype=float).reshape(-1, 2), glass_delta) for name, differences in pairs.items()
    }
    corrected = holm({name: change.p_value for name, change in made.items() if change.p_value is not None})
    return {name: Change(**{**vars(change), "p_holm": corrected.get(name)}) for name, change in made.items()}


def glass(baseline_mean: float, baseline_sd: float, final_mean: float) -> float | None:
    """Glass's Δ; None without spread at baseline."""
    return float((final_mean - baseline_mean) / baseline_sd) if baseline_sd > 0 else None


def _change(pairs: np.ndarray, threshold: float) -> Change:
    n = len(pairs)
    if n == 0:
        return Change(0, None, None, None, None, None)
    before, after = pairs[:, 0], pairs[:, 1]
    sd_before, sd_after = (float(value.std(ddof=1)) if n > 1 else None for value in (before, after))
    low, high = _interval(after - before)
    delta = glass(before.mean(), sd_before, after.mean()) if sd_before else None
    p, test = _test(before, after)
    return Change(
        pairs=n,
        baseline_mean=float(before.mean()),
        baseline_sd=sd_before,
        final_mean=float(after.mean()),
        final_sd=sd_after,
        change=float((after - before).mean()),
        low=low,
        high=high,
        glass_delta=delta,
        hedges_g=_hedges(before, after),
        p_value=p,
        test=test,
        significant=delta is not None and bool(abs(delta) >= threshold),
    )


def _hedges(before: np.ndarray, after: np.ndarray) -> float | None:
    n = len(before)
    if n < 2:
        return None
    pooled = math.sqrt((before.var(ddof=1) + after.var(ddof=1)) / 2)
    return float((after.mean() - before.mean()) / pooled * (1 - 3 / (8 * n - 9))) if pooled > 0 else None


def _test(before: np.ndarray, after: np.ndarray) -> tuple[float | None, str | None]:
    from scipy import stats

    if len(before) < 2 or np.ptp(after - before) == 0:
        return None, None
    if len(before) >= LEAST_PAIRS_FOR_RANKS:
        return float(stats.wilcoxon(after, before, zero_method="zsplit").pvalue), "Wilcoxon signed-rank"
    return float(stats.ttest_rel(after, before).pvalue), "paired t"


def _interval(change: np.ndarray) -> tuple[float | None, float | None]:
    """Student's 95 % interval of the mean difference; none below three, or where all are equal: no spread is no certainty."""
    n = len(change)
    if n < LEAST_PAIRS_FOR_INTERVAL or np.ptp(change) == 0:
        return None, None
    reach = quantile(0.95, n - 1) * float(change.std(ddof=1)) / math.sqrt(n)
    return float(change.mean() - reach), float(change.mean() + reach)
