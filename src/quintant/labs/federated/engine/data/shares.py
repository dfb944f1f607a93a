"""Shares: which rows of a data set each participant trains on, and which it keeps to validate with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from quintant.labs.federated.engine.data.dataset import Dataset
from quintant.labs.federated.engine.data.partition import Pool, partition

if TYPE_CHECKING:
    from quintant.labs.federated.config import StrategyConfig

Ints = npt.NDArray[np.int64]


def shares(plan: StrategyConfig, dataset: Dataset, rng: np.random.Generator) -> tuple[list[Ints], list[Ints]]:
    """Rows of the data by participant: what each trains on, and what it keeps to validate with."""
    train: list[Ints] = []
    validation: list[Ints] = []
    for part in partition(plan.partitioning_strategy, _pool(dataset), plan.num_of_clients, plan.partitioning_params, rng):
        kept = part if plan.samples_per_client is None else part[: plan.samples_per_client]
        count = max(1, int(len(kept) * plan.training_subset_fraction))
        train.append(kept[:count])
        validation.append(kept[count:])
    return train, validation


def _pool(dataset: Dataset) -> Pool:
    inputs = dataset.inputs
    if dataset.kind != "text":
        property = inputs.reshape(len(inputs), -1).mean(axis=1, dtype=np.float64)
    else:
        property = np.count_nonzero(inputs, axis=1).astype(np.float64)
    return Pool(dataset.labels, dataset.groups, property)
