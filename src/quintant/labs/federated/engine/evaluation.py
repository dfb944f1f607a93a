"""How good the global model is: per participant on its own validation part, on the central test set, and for the attackers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from quintant.labs.federated.engine.models import Batch, Network
from quintant.labs.federated.engine.training import Shard

CHUNK = 256
"""Samples evaluated at once: more leave the processor's cache."""
Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True)
class PerParticipant:
    """loss, accuracy (n,): NaN for whoever has no validation sample; samples (n,)."""

    loss: Doubles
    accuracy: Doubles
    samples: npt.NDArray[np.int64]


def scores(network: Network, weights: Tensor, shard: Shard) -> tuple[Doubles, Doubles]:
    """Loss and rightness of every sample under weights (d,)."""
    p = network.views(weights[None])
    losses, rights = [np.zeros(0)], [np.zeros(0)]
    with torch.no_grad():
        for begin in range(0, len(shard), CHUNK):
            batch = Batch(shard.inputs[None, begin : begin + CHUNK], shard.labels[None, begin : begin + CHUNK].clamp(min=0))
            loss, right = network.scores(p, batch)
            losses.append(loss[0].double().cpu().numpy())
            rights.append(right[0].double().cpu().numpy())
    return np.concatenate(losses), np.concatenate(rights)


def predictions(network: Network, weights: Tensor, inputs: Tensor) -> npt.NDArray[np.int64]:
    """(N,) the class that weights (d,) choose for each input."""
    p = network.views(weights[None])
    with torch.no_grad():
        chunks = [
            network.outputs(p, inputs[None, begin : begin + CHUNK])[0].argmax(-1) for begin in range(0, len(inputs), CHUNK)
        ]
    return torch.cat(chunks).cpu().numpy()


def per_participant(
    network: Network, weights: Tensor, validation: Shard, owner: npt.NDArray[np.int64], participants: int
) -> PerParticipant:
    loss, right = scores(network, weights, validation)
    samples = np.bincount(owner, minlength=participants)
    with np.errstate(invalid="ignore"):
        return PerParticipant(
            np.bincount(owner, loss, participants) / samples, np.bincount(owner, right, participants) / samples, samples
        )
