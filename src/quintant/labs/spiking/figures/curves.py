"""A curve measured in every replicate: its mean and interval at each abscissa."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from quintant.figure import cannot
from quintant.lab import Outcome
from quintant.labs.spiking.figures.spikes import Array, columns
from quintant.statistics import Scale, interval


@dataclass(frozen=True)
class Curves:
    """`x` [m], `values` [runs, m], `mean` [m]; `low` and `high` [m], None with fewer than three runs. `outcomes`: those
    that have the curve; `badges`: what was left out; `band`: what the interval is."""

    x: Array
    values: Array
    mean: Array
    low: Array | None
    high: Array | None
    outcomes: tuple[Outcome, ...]
    badges: tuple[str, ...]
    band: str | None


def curves(
    figure: str,
    outcomes: Sequence[Outcome],
    table: str,
    at: str,
    name: str,
    within: tuple[float, float],
    metric: str,
    scale: Scale = "linear",
) -> Curves:
    """Column `name` by column `at` of one table of replicates. Conflict when no run has any value of it, with the reason
    that `metric` has."""
    found: list[tuple[Outcome, Array, Array]] = []
    for outcome in outcomes:
        if len(outcomes) > 1 and table not in outcome.tables:
            continue
        read = columns(figure, outcome, table)
        x, y = read[at], read[name].astype(float)
        chosen = (x >= within[0] - 1e-9) & (x <= within[1] + 1e-9) & np.isfinite(y)
        if chosen.any():
            found.append((outcome, x[chosen], y[chosen]))
    if not found:
        reasons = (m.reason for o in outcomes for m in (o.metrics.get(metric),) if m is not None and m.reason)
        raise cannot(figure, f"table {table!r} is empty: {next(reasons, 'nothing was measured')}")
    x = found[0][1]
    alike = [one for one in found if np.array_equal(one[1], x)]
    values = np.array([y for _, _, y in alike])
    badges: tuple[str, ...] = ()
    if len(alike) < len(outcomes):
        badges = (f"{len(alike)} of {len(outcomes)} runs drawn; the others have nothing to draw (yet)",)
    if len(alike) < 3:
        band = "both of n = 2 seeds, mean thick, no interval" if len(alike) == 2 else None
        return Curves(x, values, values.mean(axis=0), None, None, tuple(o for o, _, _ in alike), badges, band)
    told = [interval(column, scale) for column in values.T]
    low, high = (
        np.array([getattr(one, end) if getattr(one, end) is not None else one.mean for one in told]) for end in ("low", "high")
    )
    mean = np.array([one.mean for one in told])
    return Curves(x, values, mean, low, high, tuple(o for o, _, _ in alike), badges, told[0].band())
