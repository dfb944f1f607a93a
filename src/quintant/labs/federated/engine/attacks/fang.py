"""Fang's attacks, made for one defence each (Fang, Cao, Jia and Gong, USENIX Security 2020, arXiv 1911.11815).

Both push the global model against the direction in which the honest move it, knowing what the honest send.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from quintant.labs.federated.engine.aggregation.distances import squared_distances
from quintant.labs.federated.engine.aggregation.krum import neighbour_sums
from quintant.labs.federated.engine.attacks.attack import Distortion, Doubles, Scene
from quintant.labs.federated.engine.attacks.colluding import visible
from quintant.labs.federated.engine.attacks.weights import Generators

SMALLEST = 1e-5
"""The search for a deviation that Krum still chooses ends below this (the paper's threshold)."""
STRETCH = 2.0
"""How far beyond the honest extremes the attack on the trimmed mean draws (the paper's b)."""


@dataclass(frozen=True)
class FangKrum(Distortion):
    """All send global - λ · sign(honest change), with λ halved from the paper's bound until Krum chooses them."""

    def distort(self, sent: Doubles, scene: Scene, own: Generators) -> Doubles:
        honest, base = visible(sent, scene), scene.global_weights.astype(np.float64)
        apart = honest - base
        signs = np.sign(apart.mean(axis=0))
        deviation = largest_deviation(apart, signs, attackers=len(sent), f=scene.n_malicious)
        return np.broadcast_to(base - deviation * signs, sent.shape)


def largest_deviation(apart: Doubles, signs: Doubles, attackers: int, f: int) -> float:
    """λ of `attackers` equal vectors -λ · signs beside the honest (h, d) that Krum with this f chooses one of; the last one
    tried, below 1e-5, where it chooses none."""
    h, d = apart.shape
    n = h + attackers
    squared = np.zeros((n, n))
    squared[attackers:, attackers:] = squared_distances(apart)
    living = np.ones(n, dtype=bool)
    norms, along, length = np.einsum("hd,hd->h", apart, apart), apart @ signs, float(signs @ signs)
    near = neighbour_sums(squared[attackers:, attackers:], np.ones(h, dtype=bool), n - f - 2).min()
    # Chosen, the attackers' score is at most the best honest one. n - 2f - 1 of their neighbours are honest, each at least
    # √d λ - max |x - global| away, so (n - 2f - 1)(√d λ - max)² <= near, and λ can be no larger than this (Fang et al. 2020,
    # theorem 1). The number of neighbours stands inside of the root: outside, the search would begin too low.
    deviation = float(np.sqrt(near / (max(1, n - 2 * f - 1) * d)) + np.sqrt(norms.max() / d))
    while deviation >= SMALLEST:
        across = norms + 2 * deviation * along + deviation**2 * length
        squared[:attackers, attackers:] = across
        squared[attackers:, :attackers] = across[:, None]
        if np.argmin(neighbour_sums(squared, living, n - f - 2)) < attackers:
            return deviation
        deviation /= 2
    return deviation


@dataclass(frozen=True)
class FangTrim(Distortion):
    """Each coordinate lies beyond the honest extreme on the side they move away from, at random up to twice as far."""

    def distort(self, sent: Doubles, scene: Scene, own: Generators) -> Doubles:
        honest, base = visible(sent, scene), scene.global_weights.astype(np.float64)
        rising = honest.mean(axis=0) > base
        low, high = honest.min(axis=0), honest.max(axis=0)
        below = np.where(low > 0, low / STRETCH, low * STRETCH)
        above = np.where(high > 0, high * STRETCH, high / STRETCH)
        near, far = np.where(rising, low, high), np.where(rising, below, above)
        return np.stack([near + rng.random(len(near)) * (far - near) for rng in own])
