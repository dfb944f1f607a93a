"""plot_data_<n>.json: what the contract's page draws, and beside it what its own charts have no place for."""

from __future__ import annotations

from typing import Any

from quintant.labs.federated.folder.history import PLOTTED, History


def of(one: History) -> dict[str, Any]:
    thresholds = one.by_round["removal_threshold_history"]
    return {
        "strategy_number": one.number,
        "rounds": list(range(1, one.rounds + 1)),
        "removal_threshold_history": thresholds if any(value is not None for value in thresholds) else None,
        "per_client_metrics": [
            {"client_id": id, "is_malicious": id in one.attackers, "metrics": {name: histories[name] for name in PLOTTED}}
            for id, histories in enumerate(one.by_client)
        ],
        "strategy": one.keyword,
        "global": {
            "accuracy": one.by_round["test_accuracy"],
            "loss": one.by_round["test_loss"],
            "attack_success_rate": one.by_round["asr"],
        },
        "attack_phases": one.phases(),
    }
