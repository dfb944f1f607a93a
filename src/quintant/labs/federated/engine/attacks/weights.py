"""Weight attacks of one attacker: what it trained is distorted before it is sent.

On the full weights as the contract has them, or with target "update" on w - global as the papers mean it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from quintant.labs.federated.engine.attacks.attack import Distortion, Doubles, Scene

Generators = Sequence[np.random.Generator]


def drawing(seed: int | None, own: Generators) -> Generators:
    """The attackers' own generators, or with a `seed` of the entry one alike for each."""
    return own if seed is None else [np.random.default_rng(seed) for _ in own]


@dataclass(frozen=True)
class ModelPoisoning(Distortion):
    """`poison_ratio` of each layer's values, at least one, become sign(w) · magnitude · std(layer) (Bhagoji et al. 2019,
    arXiv 1811.12470)."""

    poison_ratio: float = 0.1
    magnitude: float = 5.0
    seed: int | None = None

    def distort(self, sent: Doubles, scene: Scene, own: Generators) -> Doubles:
        sent = sent.copy()
        for row, rng in zip(sent, drawing(self.seed, own), strict=True):
            for layer in scene.layers:
                values = row[layer]
                hit = rng.choice(len(values), max(1, int(len(values) * self.poison_ratio)), replace=False)
                values[hit] = np.sign(values[hit]) * (self.magnitude * values.std())
        return sent


@dataclass(frozen=True)
class GradientScaling(Distortion):
    """Everything times `scale_factor` (Bagdasaryan et al. 2020, arXiv 1807.00459)."""

    scale_factor: float = 2.0

    def distort(self, sent: Doubles, scene: Scene, own: Generators) -> Doubles:
        return sent * self.scale_factor


@dataclass(frozen=True)
class SignFlip(Distortion):
    """Everything times -scale_factor; on the update this is gradient ascent."""

    scale_factor: float = 1.0

    def distort(self, sent: Doubles, scene: Scene, own: Generators) -> Doubles:
        return sent * -self.scale_factor


@dataclass(frozen=True)
class FreeRider(Distortion):
    """Sends the global weights back without training, with noise of `noise_scale` standard deviations of the true change
    to look alive (Fraboni et al. 2021, arXiv 2006.11901)."""

    noise_scale: float = 0.0

    def distort(self, sent: Doubles, scene: Scene, own: Generators) -> Doubles:
        base = scene.global_weights.astype(np.float64)
        noise = np.stack([rng.standard_normal(sent.shape[1]) for rng in own]) if self.noise_scale else np.zeros_like(sent)
        result: Doubles = base + noise * (self.noise_scale * (sent - base).std(axis=1, keepdims=True))
        return result


@dataclass(frozen=True)
class ByzantinePerturbation(Distortion):
    """Each layer gets noise of `noise_scale` standard deviations of itself; the whole change is cut to the L2 norm
    `clip_norm` (Sun et al. 2019, arXiv 1911.07963)."""

    noise_scale: float = 3.0
    clip_norm: float | None = None
    seed: int | None = None

    def distort(self, sent: Doubles, scene: Scene, own: Generators) -> Doubles:
        change = np.zeros_like(sent)
        for row, values, rng in zip(change, sent, drawing(self.seed, own), strict=True):
            for layer in scene.layers:
                row[layer] = rng.standard_normal(len(values[layer])) * (self.noise_scale * values[layer].std())
        if self.clip_norm is not None:
            norms = np.linalg.norm(change, axis=1, keepdims=True)
            change *= np.minimum(1.0, self.clip_norm / np.maximum(norms, np.finfo(np.float64).tiny))
        return sent + change


@dataclass(frozen=True)
class BoostedScaling(Distortion):
    """Everything times n_total / n_malicious · boost_factor; both counts are those of the round unless given.

    On the update this is model replacement: with equal samples FedAvg's aggregate becomes the attacker's model
    (Bagdasaryan et al. 2020, arXiv 1807.00459).
    """

    n_total: int | None = None
    n_malicious: int | None = None
    boost_factor: float = 1.0

    def distort(self, sent: Doubles, scene: Scene, own: Generators) -> Doubles:
        return sent * (boost(self.n_total, self.n_malicious, scene) * self.boost_factor)


@dataclass(frozen=True)
class InnerProductManipulation(Distortion):
    """Turns against the honest direction (Xie, Koyejo and Gupta 2020, arXiv 1903.03936).

    negative: times 1 - 2s; zero: times 1 - s; random: plus noise whose norm is s times each layer's.
    """

    perturbation_strength: float = 0.5
    target_direction: Literal["negative", "zero", "random"] = "negative"

    def distort(self, sent: Doubles, scene: Scene, own: Generators) -> Doubles:
        if self.target_direction == "negative":
            return sent * (1 - 2 * self.perturbation_strength)
        if self.target_direction == "zero":
            return sent * (1 - self.perturbation_strength)
        turned = sent.copy()
        for row, rng in zip(turned, own, strict=True):
            for layer in scene.layers:
                noise = rng.standard_normal(len(row[layer]))
                row[layer] += noise * (self.perturbation_strength * np.linalg.norm(row[layer]) / np.linalg.norm(noise))
        return turned


@dataclass(frozen=True)
class AlternatingMinPoisoning(Distortion):
    """Goes against its own update, as far as a ball of radius tau allows (Bhagoji et al. 2019; Fang et al. 2020).

    From -v in `pgd_steps` steps of pgd_step_size · tau along -v / |v|, projected onto the ball of radius
    tau = tau_factor · n_total / n_malicious · |v|. As every step lies on one ray, the end is known without walking it.
    v is the update with target "update"; on "weights" it is the weights themselves, as if the global ones were 0.
    """

    n_total: int | None = None
    n_malicious: int | None = None
    tau_factor: float = 1.0
    pgd_steps: int = 20
    pgd_step_size: float = 0.1

    def distort(self, sent: Doubles, scene: Scene, own: Generators) -> Doubles:
        ball = self.tau_factor * boost(self.n_total, self.n_malicious, scene)
        return sent * -min(ball, 1 + self.pgd_steps * self.pgd_step_size * ball)


def boost(n_total: int | None, n_malicious: int | None, scene: Scene) -> float:
    """n_total / n_malicious, each from the scene where it is not given."""
    return (n_total or scene.n_total) / (n_malicious or scene.n_malicious)
