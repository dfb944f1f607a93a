"""RFA: the geometric median of the updates (Pillutla, Kakade and Harchaoui, IEEE TSP 2022, arXiv 1912.13445).

Its breakdown point is 1/2. Weiszfeld's iteration runs on the shares of the rows, not on the d coordinates: with D the squared
distances and shares λ that sum to 1, the squared distance of Σ λ_i x_i to x_j is (Dλ)_j - λᵀDλ / 2, so that a step costs
k² whatever d is.
"""

from __future__ import annotations

import numpy as np

from quintant.labs.federated.engine.aggregation.average import mixture
from quintant.labs.federated.engine.aggregation.distances import distances_to, squared_distances
from quintant.labs.federated.engine.aggregation.inapplicable import by_loss
from quintant.labs.federated.engine.aggregation.krum import may_remove_one
from quintant.labs.federated.engine.aggregation.ranking import suspect
from quintant.labs.federated.engine.aggregation.rule import Aggregate, ClientUpdates, Doubles, Floats, Memory, RuleSettings

FEW = 2
"""Of so many points the geometric median is their mean."""
STEPS, CLOSE = 1000, 1e-5
"""At most so many steps, at an end when the point moves less (Euclidean), from the mean on (InteFL). Three to five steps are
said to suffice in a benign round; a sum of distances that no longer falls is no sign of an end when one update is far out."""
SMOOTHING = 1e-5
"""Distances below this count as this (ν of the paper), so that the point may lie on an update."""
FAR = 1e7
"""Where the largest distance exceeds the median one so many times, k² arithmetic loses the small ones: steps run on d."""
HUGE = 1e300


def rfa(updates: ClientUpdates, settings: RuleSettings, memory: Memory) -> Aggregate:
    """The geometric median, in the contract's form of equal updates, in the paper's counted by samples. Score: distance to it.

    With `remove_clients`, from `begin_removing_from_round` the farthest of each round is removed for good, until f are gone
    (one, where f is 0). The paper removes nobody.
    """
    if updates.lost and int(updates.living.sum()) <= FEW:
        return by_loss("The geometric median", updates)
    rows = updates.weights[updates.living]
    samples = updates.samples[updates.living] if settings.paper_exact else np.ones(len(rows), dtype=np.int64)
    point, converged = geometric_median(rows, samples.astype(np.float64))
    far = distances_to(point, updates.weights)
    removed, reason = None, None
    if (
        not settings.paper_exact
        and updates.round >= settings.begin_removing_from_round
        and may_remove_one(updates, settings, max(1, settings.num_of_malicious_clients))
    ):
        removed, reason = suspect(far, updates.living, updates.weights), "farthest from the geometric median"
    notes = () if converged else ("the geometric median had not settled after the last step",)
    return Aggregate(point, updates.living.copy(), far, removed=removed, reason=reason, notes=notes)


def geometric_median(rows: Floats, samples: Doubles) -> tuple[Doubles, bool]:
    """(d,) point with the least sum of distances to the rows (k, d), weighted by samples, and whether it settled."""
    weights = samples / samples.sum() if samples.any() else np.full(len(rows), 1 / len(rows))
    squared = squared_distances(rows)
    typical = np.median(squared[squared > 0]) if (squared > 0).any() else 1.0
    doubles = rows.astype(np.float64, copy=False) if squared.max() > typical * FAR**2 else None
    shares, unit = weights, 1.0
    if doubles is not None and np.abs(doubles).max() > HUGE:
        # A distance beyond the largest number would pull with 0; in a larger unit, a power of two, it pulls as it should.
        unit = 2.0 ** -np.ceil(np.log2(np.sqrt(rows.shape[1])) + 2)
    for _ in range(STEPS):
        far = _to_rows(squared, shares) if doubles is None else distances_to(shares @ doubles * unit, doubles * unit)
        # Weiszfeld: the gradient of Σ w_i |x - x_i| vanishes where x is the mean of the x_i weighted by w_i / |x - x_i|; taking
        # that mean again and again descends. The floor ν bounds the pull of an update that x lies on (the smoothed
        # Weiszfeld algorithm of Pillutla et al. 2022).
        pulls = weights / np.maximum(far, SMOOTHING * unit)
        following = pulls / pulls.sum()
        step = following - shares
        shares = following
        moved = -0.5 * step @ squared @ step if doubles is None else np.square(step @ doubles).sum()
        if moved < CLOSE**2:
            return mixture(rows, shares), True
    return mixture(rows, shares), False


def _to_rows(squared: Doubles, shares: Doubles) -> Doubles:
    """(k,) distance of the point of these shares to every row, from the (k, k) squared distances alone."""
    sums = squared @ shares
    return np.sqrt(np.maximum(sums - 0.5 * shares @ sums, 0.0))
