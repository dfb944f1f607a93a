"""plot_data_<n>.json: what the contract's page draws, and beside it what its own charts have no place for."""

from __future__ import annotations

from quintant.json_value import Json
from quintant.labs.federated.folder.history import PLOTTED, History


def plot_data(history: History) -> dict[str, Json]:
    thresholds = history.by_round["removal_threshold_history"]
    return {
        "strategy_number": history.number,
        "rounds": list(range(1, history.rounds + 1)),
        "removal_threshold_history": thresholds if any(value is not None for value in thresholds) else None,
        "per_client_metrics": [
            {"client_id": id, "is_malicious": id in history.attackers, "metrics": {name: histories[name] for name in PLOTTED}}
            for id, histories in enumerate(history.by_client)
        ],
        "strategy": history.keyword,
        "global": {
            "accuracy": history.by_round["test_accuracy"],
            "loss": history.by_round["test_loss"],
            "attack_success_rate": history.by_round["asr"],
        },
        "attack_phases": history.phases(),
    }
