"""Attacks and the rules that stand against them, on data that need no download."""

from __future__ import annotations

from typing import Any

from quintant.lab import Expected, Preset

DIGITS = {
    "num_of_clients": 11, "num_of_rounds": 15, "num_of_client_epochs": 3, "batch_size": 16, "learning_rate": 0.003,
    "model_keyword": "tiny_plain",
}  # fmt: skip
"""Eleven participants, so that f = 2 is allowed everywhere (n ≥ 4f + 3), that learn the digits within seconds."""


def attackers(kind: str, ids: tuple[int, ...], rounds: int, **keys: Any) -> dict[str, Any]:
    return {
        "attack_type": kind, "start_round": 1, "end_round": rounds, "selection_strategy": "specific",
        "malicious_client_ids": list(ids), **keys,
    }  # fmt: skip


THROUGHOUT = {"attack_schedule.0.end_round": "num_of_rounds"}
"""The attackers stay to the end, also of a run of other length."""


def accuracy(strategy: int) -> str:
    """The metric of the test accuracy of a run's `strategy`-th strategy."""
    return f"test_accuracy_{strategy}" if strategy else "test_accuracy"


def before(metric: str, value: float, plus_minus: float) -> Expected:
    """What this lab found itself: the middle of several root seeds, and a band that holds them all."""
    return Expected(metric, value, plus_minus, "this lab, roots 1 to 3 and 42", origin="measured")


SEVEN: tuple[dict[str, Any], ...] = (
    {"aggregation_strategy_keyword": "fedavg"},
    {"aggregation_strategy_keyword": "krum"},
    {"aggregation_strategy_keyword": "multi-krum", "num_krum_selections": 9},
    {"aggregation_strategy_keyword": "bulyan"},
    {"aggregation_strategy_keyword": "rfa"},
    {"aggregation_strategy_keyword": "trimmed_mean", "trim_ratio": 0.19},
    {"aggregation_strategy_keyword": "median"},
)
"""The rules of the robustness matrix; 0.19 of 11 cuts two at each end."""

DEFENCES: tuple[Preset, ...] = (
    Preset(
        "krum-vs-label-flip",
        "Krum against label flipping",
        "Two of eleven participants learn permuted labels; Krum takes the one update that lies closest to the others.",
        {
            **DIGITS, "aggregation_strategy_keyword": "krum",
            "attack_schedule": [attackers("label_flipping", (0, 1), 15)],
        },
        expected=(before("test_accuracy", 0.875, 0.05),),
        seeds=3,
        follows=THROUGHOUT,
    ),
    Preset(
        "fedavg",
        "FedAvg without attackers",
        "Eleven participants, fifteen rounds, nobody lies: the baseline everything else is held against.",
        {**DIGITS},
        expected=(before("test_accuracy", 0.95, 0.03),),
        seeds=3,
    ),
    Preset(
        "defences-vs-negated-update",
        "Seven rules against a negated update",
        "Two of eleven send the opposite of what they learned, boosted to half the federation; only plain averaging breaks.",
        {
            **DIGITS, "paper_exact": True, "strategies": list(SEVEN),
            "attack_schedule": [attackers("sign_flip", (0, 1), 15, attack_target="update", scale_factor=5.5)],
        },
        expected=(
            Expected("test_accuracy", 0.1, 0.03, "chance: ten classes, the average is the negated update", origin="derived"),
            *(before(accuracy(number), value, 0.05) for number, value in enumerate((0.87, 0.94, 0.93, 0.92, 0.905, 0.915), 1)),
        ),
        follows=THROUGHOUT,
    ),
    Preset(
        "pid-removes-byzantines",
        "PID removal of noisy participants",
        "Two of twenty send noise from round 3 to 8; the PID score of their distance crosses its threshold and they are out.",
        {
            **DIGITS, "num_of_clients": 20, "aggregation_strategy_keyword": "pid", "remove_clients": True, "num_std_dev": 2.5,
            "Ki": 0.05, "Kd": 0.05, "min_fit_clients": 5,
            "attack_schedule": [
                {**attackers("byzantine_perturbation", (2, 7), 8, noise_scale=3.0), "start_round": 3},
            ],
        },
        expected=(before("removed_attackers", 2, 0), before("test_accuracy", 0.885, 0.05)),
    ),
    Preset(
        "backdoor",
        "A backdoor and the median",
        "Three of eleven stamp a square onto their digits and call them 0; its success is how often the trigger works.",
        {
            **DIGITS, "strategies": [{"aggregation_strategy_keyword": "fedavg"}, {"aggregation_strategy_keyword": "median"}],
            "attack_schedule": [attackers("backdoor_trigger", (0, 1, 2), 15, target_class=0, trigger_size=2, poison_ratio=0.5)],
            "save_attack_snapshots": True,
        },
        expected=(before("test_accuracy", 0.93, 0.04), before("test_accuracy_1", 0.93, 0.04)),
        follows=THROUGHOUT,
    ),
)  # fmt: skip
