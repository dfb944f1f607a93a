"""Which network a plan trains on a data set.

`network` says what one is; `dense`, `convolution` and `transformer` are the kinds.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from quintant.errors import EngineError
from quintant.labs.federated.engine.models.convolution import Convolution, Plan
from quintant.labs.federated.engine.models.dense import Dense
from quintant.labs.federated.engine.models.network import Batch, Network

if TYPE_CHECKING:
    from quintant.labs.federated.config import StrategyConfig
    from quintant.labs.federated.engine.data import Dataset

__all__ = ["Batch", "Network", "network"]

CONVOLUTIONS = {
    "small": Plan((6, 16), 5, 0, (64, 32), (0.3, 0.2)),
    "medium": Plan((16, 32), 5, 0, (128, 64), (0.3, 0.2)),
    "small_plain": Plan((6, 16), 5, 0, (64, 32), (0.0, 0.0), plain=True),
    "tiny": Plan((6, 16), 3, 1, (64, 32), (0.3, 0.2)),
    "tiny_plain": Plan((6, 16), 3, 1, (64, 32), (0.0, 0.0), plain=True),
    "generic": Plan((32, 64), 5, 2, (512,), (0.5,)),
}
"""InteFL's two for 28×28, one for smaller images, and its generic one. "plain": without dropout and
with PyTorch's default initial values, as benchmarks have them."""
SMALL_KEYWORDS = ("breastmnist", "pneumoniamnist", "femnist_iid", "femnist_niid", "mnist", "mnist_5k", "fashion_mnist")
HOLDS = {"images": "images", "text": "text", "table": "a table"}
PERCEPTRONS = {"mlp": (64,), "mlp_2": (128, 64)}


def network(plan: StrategyConfig, dataset: Dataset) -> Network:
    """The network of `plan`; EngineError when its keyword is not known or does not fit the data."""
    if plan.model_type == "transformer":
        from quintant.labs.federated.engine.models.transformer import transformer

        if dataset.kind != "text":
            raise EngineError(f"a transformer reads text; {dataset.actual} holds {HOLDS[dataset.kind]}")
        return transformer(plan, dataset)
    classes = len(dataset.classes)
    if dataset.kind != "text" and plan.model_type == "logistic":
        return Dense(math.prod(dataset.shape), (), classes)
    if dataset.kind != "text" and plan.model_type == "mlp":
        return Dense(math.prod(dataset.shape), PERCEPTRONS[plan.model_keyword or "mlp"], classes)
    if dataset.kind != "images":
        hint = "; take mlp or logistic" if dataset.kind == "table" else ""
        raise EngineError(f"{plan.model_type} reads images; {dataset.actual} holds {HOLDS[dataset.kind]}{hint}")
    channels, height, width = dataset.shape
    return Convolution((channels, height, width), classes, _convolution(plan, height, width))


def _convolution(plan: StrategyConfig, height: int, width: int) -> Plan:
    if plan.model_keyword is not None:
        chosen = CONVOLUTIONS[plan.model_keyword]
        if chosen.padding == 0 and min(height, width) < 16:
            raise EngineError(f"model_keyword {plan.model_keyword} needs images of 16×16; here they are {height}×{width}")
        return chosen
    if min(height, width) < 16:
        return CONVOLUTIONS["tiny"]
    if (height, width) != (28, 28):
        return CONVOLUTIONS["generic"]
    return CONVOLUTIONS["small" if plan.dataset_keyword in SMALL_KEYWORDS else "medium"]
