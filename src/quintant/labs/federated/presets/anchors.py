"""Set-ups that others have published or measured, to hold this engine against."""

from __future__ import annotations

from quintant.lab import Expected, Preset
from quintant.labs.federated.presets.defences import SEVEN, THROUGHOUT, accuracy, attackers

MATRIX = {
    "dataset_keyword": "mnist", "model_keyword": "small_plain", "num_of_clients": 11, "samples_per_client": 600,
    "training_subset_fraction": 1.0, "num_of_rounds": 8, "batch_size": 32, "paper_exact": True,
}  # fmt: skip

ANCHORS: tuple[Preset, ...] = (
    Preset(
        "robustness-matrix",
        "Seven rules against ALIE on MNIST",
        "Eleven participants of 600 digits each, two of which shift what they send just within what looks normal.",
        {
            **MATRIX, "num_of_malicious_clients": 2, "strategies": list(SEVEN),
            "attack_schedule": [attackers("alie", (0, 1), 8, z_max=1.5)],
        },
        expected=tuple(
            Expected(accuracy(number), value, 0.03, "a second implementation, one seed", origin="reference")
            for number, value in enumerate((0.872, 0.842, 0.876, 0.866, 0.873, 0.871, 0.871))
        ),
        follows=THROUGHOUT,
    ),
    Preset(
        "flute-lr-mnist",
        "FLUTE's logistic regression",
        "A thousand participants, ten a round, a hundred rounds: FLUTE's published benchmark against FedML and Flower.",
        {
            "dataset_keyword": "mnist", "model_type": "logistic", "num_of_clients": 1000, "clients_per_round": 10,
            "num_of_rounds": 100, "batch_size": 10, "optimizer": "sgd", "learning_rate": 0.03,
            "partitioning_strategy": "pathological", "partitioning_params": {"num_classes_per_partition": 2},
        },
        expected=(Expected("test_accuracy", 0.81, 0.05, "FLUTE's README, LR_MNIST; its split is LEAF's, ours by two digits"),),
    ),
)  # fmt: skip
