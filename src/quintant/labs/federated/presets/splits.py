"""How data are spread over the participants, and what that does to learning."""

from __future__ import annotations

from quintant.lab import Preset
from quintant.labs.federated.presets.defences import DIGITS, before

SPLITS: tuple[Preset, ...] = (
    Preset(
        "dirichlet",
        "Uneven classes",
        "Every participant has its own mixture of digits (Dirichlet 0.3): FedAvg learns slower than on an even split.",
        {**DIGITS, "num_of_clients": 10, "partitioning_strategy": "dirichlet", "partitioning_params": {"alpha": 0.3}},
        expected=(before("test_accuracy", 0.87, 0.08),),
        seeds=3,
    ),
    Preset(
        "pathological",
        "Two digits each",
        "Every participant has seen two of ten digits only (McMahan et al. 2017); robust rules then throw away whole classes.",
        {
            **DIGITS, "num_of_clients": 10, "partitioning_strategy": "pathological",
            "strategies": [{"aggregation_strategy_keyword": "fedavg"}, {"aggregation_strategy_keyword": "median"}],
        },
    ),
)  # fmt: skip
