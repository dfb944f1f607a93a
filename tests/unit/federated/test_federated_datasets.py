"""Data sets are what they say when they are made; tables are real; a share of classes is drawn by the convention asked for."""

import numpy as np
import pytest

from quintant.errors import EngineError
from quintant.lab import Streams
from quintant.labs.federated.config import StrategyConfig
from quintant.labs.federated.engine.attackers import Attackers
from quintant.labs.federated.engine.data import Dataset
from quintant.labs.federated.engine.data.partition import Pool, partition
from quintant.labs.federated.engine.federation import Federation, device_of
from quintant.labs.federated.engine.models import network
from quintant.labs.federated.engine.strategy import Strategy

RNG = np.random.default_rng(3)
LABELS = np.arange(240, dtype=np.int64) % 3
TABLE = (RNG.normal(size=(240, 6)) + 3.0 * (LABELS[:, None] == np.arange(6) % 3)).astype(np.float32)
CLASSES = ("a", "b", "c")


def made(kind="table", inputs=TABLE, labels=LABELS, tests=None):
    test, told = tests or (inputs[:60], labels[:60])
    return Dataset("sensors", kind, inputs, labels, test, told, CLASSES)


@pytest.mark.parametrize(
    ("kind", "inputs", "labels", "said"),
    [
        ("images", RNG.random((9, 1, 8, 8)).astype(np.float32), LABELS[:9], "must be uint8 of 4 axes; got float32"),
        ("images", TABLE, LABELS, "take kind table"),
        ("images", np.zeros((9, 8, 8), np.uint8), LABELS[:9], "must be uint8 of 4 axes"),
        ("text", TABLE, LABELS, "must be int64 of 2 axes"),
        ("table", TABLE.astype(np.float64), LABELS, "must be float32 of 2 axes; got float64"),
        ("table", TABLE * np.float32(np.nan), LABELS, "not finite"),
        ("table", TABLE, LABELS.astype(np.int32), "labels of inputs must be int64"),
        ("table", TABLE, LABELS[:9], "labels of inputs must be int64"),
        ("table", TABLE, LABELS + 1, "must be within 0..2"),
        ("table", TABLE[:0], LABELS[:0], "inputs are (0, 6)"),
    ],
)
def test_a_data_set_of_the_wrong_shape_is_refused_when_it_is_made(kind, inputs, labels, said):
    with pytest.raises(EngineError, match="sensors") as caught:
        made(kind, inputs, labels)
    assert said in str(caught.value)


def test_test_samples_must_look_like_training_samples():
    with pytest.raises(EngineError, match="test_inputs are"):
        made(tests=(TABLE[:9, :5], LABELS[:9]))


@pytest.mark.parametrize("model", ["logistic", "mlp"])
def test_a_table_is_learned_attacked_and_told(model):
    entry = {"attack_type": "label_flipping", "start_round": 1, "selection_strategy": "specific", "malicious_client_ids": (0,)}
    plan = StrategyConfig(
        model_type=model, num_of_clients=4, num_of_rounds=6, learning_rate=0.05, attack_schedule=(entry,),
        aggregation_strategy_keyword="median", save_attack_snapshots=True, partitioning_strategy="continuous",
    ).filled()  # fmt: skip
    dataset = made()
    federation = Federation(plan, dataset, np.random.default_rng(1), device_of(plan))
    streams = Streams(1, dict.fromkeys(("attacks", "participants", "partition", "training", "weights"), 1))
    strategy = Strategy(0, plan, federation, network(plan, dataset), streams)
    told = []
    while not strategy.ended:
        told.append(strategy.advance())
    assert strategy.history[-1]["test_accuracy"] > 0.8
    assert strategy.document()["dataset_actual"] == "sensors"
    assert any(row["attack_type"] == "label_flipping" for step in told for row in step.tables.get("snapshots", ()))


def test_what_reads_images_says_so_of_a_table():
    with pytest.raises(EngineError, match="cnn reads images; sensors holds a table; take mlp or logistic"):
        network(StrategyConfig(model_type="cnn"), made())
    entry = {"attack_type": "brightness", "brightness_delta": 0.5, "start_round": 1, "selection_strategy": "specific",
             "malicious_client_ids": (0,)}  # fmt: skip
    plan = StrategyConfig(model_type="mlp", num_of_clients=4, attack_schedule=(entry,)).filled()
    federation = Federation(plan, made(), np.random.default_rng(1), device_of(plan))
    with pytest.raises(EngineError, match="brightness changes images; sensors holds a table"):
        Attackers(plan, federation, Streams(1, {"attacks": 1}))


# --- the two conventions that are called Dirichlet ---


def shares(over, alpha, seed, labels):
    keys = {"alpha": alpha, "over": over, "min_partition_size": 0}
    parts = partition("dirichlet", Pool(labels, None, labels.astype(float)), 20, keys, np.random.default_rng(seed))
    return np.array([np.bincount(labels[part], minlength=10) for part in parts])


def test_dirichlet_over_classes_gives_equal_parts_with_mixtures_around_the_prior():
    """Hsu et al. 2019: q ~ Dirichlet(alpha p); a share varies by p (1 - p) / (alpha + 1), less where classes run out."""
    labels = np.repeat(np.arange(10), 2000).astype(np.int64)
    spread = {}
    for alpha in (1.0, 10.0):
        counts = np.concatenate([shares("classes", alpha, seed, labels) for seed in range(3)])
        assert np.ptp(counts.sum(axis=1)) == 0
        mixture = counts / counts.sum(axis=1, keepdims=True)
        assert mixture.mean(axis=0) == pytest.approx(np.full(10, 0.1), abs=0.02)
        spread[alpha] = mixture.var(axis=0).mean()
    assert spread[10.0] == pytest.approx(0.09 / 11, rel=0.3)
    assert 2 * spread[10.0] < spread[1.0] < 0.09 / 2


def test_dirichlet_over_participants_spreads_every_class():
    """Yurochkin et al. 2019: a class's shares ~ Dirichlet(alpha) over n; their variance is (1/n)(1 - 1/n) / (n alpha + 1)."""
    labels = np.repeat(np.arange(10), 2000).astype(np.int64)
    counts = np.stack([shares("participants", 0.5, seed, labels) for seed in range(4)])
    assert np.ptp(counts.sum(axis=2)) > 0
    share = counts / counts.sum(axis=1, keepdims=True)
    assert share.var(axis=1).mean() == pytest.approx(0.05 * 0.95 / 11, rel=0.3)
