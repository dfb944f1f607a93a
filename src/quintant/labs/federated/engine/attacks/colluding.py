"""Attacks that know what the honest send: as far out as a defence lets pass.

All attackers of an entry send the same vector. Where nobody is honest they go by what they trained themselves.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

import numpy as np

from quintant.labs.federated.engine.aggregation.distances import squared_distances
from quintant.labs.federated.engine.attacks.attack import Distortion, Doubles, Scene
from quintant.labs.federated.engine.attacks.weights import Generators


def visible(sent: Doubles, scene: Scene) -> Doubles:
    """(h, d) the honest vectors, or the attackers' own where there are none."""
    return scene.honest.astype(np.float64) if len(scene.honest) else sent


def alie_z(n_total: int, n_malicious: int) -> float:
    """ALIE's z: how many deviations s = floor(n / 2 + 1) - f supporters allow, the normal quantile of (n - f - s) / (n - f).

    With half of all or more no supporter is needed; the formula then counts one.
    """
    honest = n_total - n_malicious
    supporters = max(1, n_total // 2 + 1 - n_malicious)
    share = (honest - supporters) / honest if honest else 0.0
    return NormalDist().inv_cdf(share) if 0 < share < 1 else 0.0


@dataclass(frozen=True)
class ALittleIsEnough(Distortion):
    """mean - z · std of the honest, per coordinate (Baruch, Baruch and Goldberg, NeurIPS 2019, arXiv 1902.06156).

    z by their formula from n and f of the round unless `z_max` is given.
    """

    z_max: float | None = None

    def distort(self, sent: Doubles, scene: Scene, own: Generators) -> Doubles:
        honest = visible(sent, scene)
        z = alie_z(scene.n_total, scene.n_malicious) if self.z_max is None else self.z_max
        return np.broadcast_to(honest.mean(axis=0) - z * honest.std(axis=0), sent.shape)


@dataclass(frozen=True)
class Pushed(Distortion):
    """mean + γ · p with the largest γ that a bound on distances allows (Shejwalkar and Houmansadr, NDSS 2021).

    p is -std of the honest ("std"), minus the unit vector of their mean ("unit"), or minus its signs ("sign"). The bound is
    quadratic in γ, so γ is exact where the paper halves intervals.
    """

    perturbation: Literal["std", "unit", "sign"] = "std"

    def distort(self, sent: Doubles, scene: Scene, own: Generators) -> Doubles:
        honest = visible(sent, scene)
        mean = honest.mean(axis=0)
        push = self.direction(honest, mean)
        length = float(push @ push)
        if length == 0.0:
            return np.broadcast_to(mean, sent.shape)
        return np.broadcast_to(mean + self.reach(mean - honest, push, length, squared_distances(honest)) * push, sent.shape)

    def direction(self, honest: Doubles, mean: Doubles) -> Doubles:
        if self.perturbation == "std":
            result: Doubles = -honest.std(axis=0)
            return result
        if self.perturbation == "sign":
            return -np.sign(mean)
        norm = float(np.linalg.norm(mean))
        return -mean / norm if norm else np.zeros_like(mean)

    @abstractmethod
    def reach(self, apart: Doubles, push: Doubles, length: float, squared: Doubles) -> float:
        """γ, with apart (h, d) = mean - honest, |push|² = length and the squared distances (h, h) of the honest."""


@dataclass(frozen=True)
class MinMax(Pushed):
    """No farther from any honest update than the two honest ones farthest apart."""

    def reach(self, apart: Doubles, push: Doubles, length: float, squared: Doubles) -> float:
        slopes, gaps = apart @ push, squared.max() - np.einsum("hd,hd->h", apart, apart)
        return float(((np.sqrt(np.maximum(slopes**2 + length * gaps, 0.0)) - slopes) / length).min())


@dataclass(frozen=True)
class MinSum(Pushed):
    """The sum of squared distances to the honest no larger than that of any honest update."""

    def reach(self, apart: Doubles, push: Doubles, length: float, squared: Doubles) -> float:
        count = len(apart)
        slope = float(apart.sum(axis=0) @ push) / count
        gap = (float(squared.sum(axis=1).max()) - float(np.einsum("hd,hd->", apart, apart))) / count
        return (float(np.sqrt(max(slope**2 + length * gap, 0.0))) - slope) / length
