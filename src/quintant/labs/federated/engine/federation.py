"""The data of a federation: what each participant trains and validates on, and the central test set.

Strategies of one run that agree on the data share one Federation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from quintant.errors import EngineError
from quintant.labs.federated.engine.data import Dataset
from quintant.labs.federated.engine.data.shares import shares
from quintant.labs.federated.engine.data.text import WORD
from quintant.labs.federated.engine.training import Shard

if TYPE_CHECKING:
    from quintant.labs.federated.config import StrategyConfig

Ints = npt.NDArray[np.int64]
DATA_KEYS = (
    "dataset_keyword", "partitioning_strategy", "partitioning_params", "num_of_clients", "samples_per_client",
    "training_subset_fraction", "text_column", "label_column", "llm_task", "llm_chunk_size", "max_seq_length",
    "training_device",
)  # fmt: skip
"""Strategies that agree on these share their data."""


class Federation:
    def __init__(self, plan: StrategyConfig, dataset: Dataset, rng: np.random.Generator, device: torch.device) -> None:
        self.dataset, self.device = dataset, device
        self.train, validation = shares(plan, dataset, rng)
        rows = np.concatenate(validation)
        self.validation_owner = np.repeat(np.arange(len(validation)), [len(part) for part in validation])
        self.validation = self.shard(rows)
        self.test = Shard(
            torch.from_numpy(np.ascontiguousarray(dataset.floats(dataset.test_inputs))).to(device),
            torch.from_numpy(dataset.test_labels).to(device),
        )
        self._own: dict[int, Shard] = {}

    @property
    def participants(self) -> int:
        return len(self.train)

    def shard(self, rows: Ints) -> Shard:
        inputs = np.ascontiguousarray(self.dataset.floats(self.dataset.inputs[rows]))
        return Shard(torch.from_numpy(inputs).to(self.device), torch.from_numpy(self.dataset.labels[rows]).to(self.device))

    def own(self, participant: int) -> Shard:
        """What this participant trains on, as long as nobody poisons it."""
        if participant not in self._own:
            self._own[participant] = self.shard(self.train[participant])
        return self._own[participant]

    def split(self) -> list[dict[str, int]]:
        """How many training samples of which label each participant has."""
        return [
            {"participant": participant, "label": int(label), "samples": int(count)}
            for participant, rows in enumerate(self.train)
            for label, count in zip(*np.unique(self.dataset.labels[rows], return_counts=True), strict=True)
        ]

    def tokenize(self, term: str) -> Sequence[int] | None:
        """The tokens of a term, None when one of its words is not in the vocabulary."""
        if not self._token:
            self._token = {word: index for index, word in enumerate(self.dataset.vocabulary) if word}
        words = WORD.findall(term.lower())
        tokens = [self._token[word] for word in words if word in self._token]
        return tokens if words and len(tokens) == len(words) else None

    _token: Mapping[str, int] = {}


def data_key(plan: StrategyConfig) -> tuple[Any, ...]:
    return tuple(repr(getattr(plan, name)) for name in DATA_KEYS)


def device_of(plan: StrategyConfig) -> torch.device:
    if plan.training_device == "cpu":
        return torch.device("cpu")
    if not torch.cuda.is_available():
        raise EngineError("training_device is gpu, and PyTorch finds none here; take cpu")
    return torch.device("cuda")


def numbers(tensor: Tensor) -> npt.NDArray[np.float64]:
    array: npt.NDArray[np.float64] = tensor.detach().cpu().numpy().astype(np.float64)
    return array
