"""Defences at work in whole runs: what theory says of them, seen in the global model's accuracy."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import numpy as np
import pytest

from quintant.config import parse
from quintant.lab import Streams, load
from quintant.labs.federated import LAB
from quintant.labs.federated.config import FederatedConfig

N, ROUNDS = 11, 8
BASE = {
    "dataset_keyword": "digits", "num_of_clients": N, "num_of_rounds": ROUNDS, "model_type": "mlp", "batch_size": 8,
    "learning_rate": 5e-3, "paper_exact": True, "num_of_malicious_clients": 2,
}  # fmt: skip
ROBUST = (
    {"aggregation_strategy_keyword": "krum"},
    {"aggregation_strategy_keyword": "multi-krum", "num_krum_selections": 9},
    {"aggregation_strategy_keyword": "bulyan"},
    {"aggregation_strategy_keyword": "rfa"},
    {"aggregation_strategy_keyword": "trimmed_mean", "trim_ratio": 0.2},
    {"aggregation_strategy_keyword": "median"},
    {"aggregation_strategy_keyword": "arkrum"},
)
RULES = ({"aggregation_strategy_keyword": "fedavg"}, *ROBUST)


def by_two(attack_type: str, **keys: Any) -> list[dict[str, Any]]:
    return [
        {
            "attack_type": attack_type, "start_round": 1, "end_round": ROUNDS, "selection_strategy": "specific",
            "malicious_client_ids": [0, 1], **keys,
        }
    ]  # fmt: skip


@cache
def _rows(text: str, seed: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    config = parse(FederatedConfig, json.loads(text))
    engine = load(LAB.engine)()
    state, rows, people = engine.init(config, Streams.derive(seed, LAB.purposes)), [], []
    while True:
        step = engine.step(state, ())
        state = step.state
        for name, kept in (("rounds", rows), ("participants", people)):
            if name in step.tables:
                kept += step.tables[name].to_pylist()
        if step.done:
            failed = [one["failed"] for one in engine.result(state).documents["strategies"]]
            assert failed == [None] * len(failed)
            return rows, people


def rows(seed: int = 1, **keys: Any) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    return _rows(json.dumps(BASE | keys, sort_keys=True), seed)


def final(column: str = "test_accuracy", seed: int = 1, **keys: Any) -> dict[str, float]:
    """The last round's value by rule."""
    found, _ = rows(seed, strategies=list(RULES), **keys)
    return {
        rule["aggregation_strategy_keyword"]: [row for row in found if row["strategy"] == at][-1][column]
        for at, rule in enumerate(RULES)
    }


CLEAN = {"attack_schedule": []}
NEGATED = {"attack_schedule": by_two("sign_flip", attack_target="update", scale_factor=5.5)}


def test_one_negated_and_boosted_update_brings_fedavg_to_chance_and_no_robust_rule():
    clean, attacked = final(**CLEAN), final(**NEGATED)
    assert clean["fedavg"] > 0.85 and attacked["fedavg"] < 0.3
    for rule in ROBUST:
        keyword = rule["aggregation_strategy_keyword"]
        assert attacked[keyword] > clean[keyword] - 0.06, keyword


@pytest.mark.parametrize(
    "attack",
    [
        by_two("byzantine_perturbation", noise_scale=10.0),
        by_two("boosted_scaling"),
        by_two("gradient_scaling", scale_factor=-20.0),
        by_two("sign_flip", attack_target="update", scale_factor=50.0),
        by_two("model_poisoning", magnitude=50.0),
    ],
    ids=lambda attack: attack[0]["attack_type"],
)
def test_multi_krum_that_drops_both_attackers_gives_the_same_bits_whatever_they_send(attack):
    rule = [{"aggregation_strategy_keyword": "multi-krum", "num_krum_selections": 9}]
    reference, _ = rows(strategies=rule, **NEGATED)
    found, people = rows(strategies=rule, attack_schedule=attack)
    assert not any(row["participated"] for row in people if row["participant"] in (0, 1))
    assert [row["test_loss"] for row in found] == [row["test_loss"] for row in reference]


def test_the_removed_change_nothing_whether_they_go_on_training_or_not():
    keys = {
        "aggregation_strategy_keyword": "pid", "num_std_dev": 1.5, "Ki": 0.05, "remove_clients": True,
        "begin_removing_from_round": 3, "attack_schedule": by_two("byzantine_perturbation", noise_scale=5.0),
    }  # fmt: skip
    (training, people), (gone, fewer) = rows(**keys), rows(**keys, skip_removed_training=True)
    assert training[-1]["removed"] >= 2
    for column in ("aggregated", "removed"):
        assert [row[column] for row in training] == [row[column] for row in gone], column
    # Everybody's models are trained stacked: fewer of them are multiplied in blocks of another size, whose sums a processor
    # may round otherwise (5e-10 of the loss was seen). Of equal uploads the rules give equal bits: their own tests hold that.
    for column in ("test_accuracy", "test_loss", "removal_threshold", "aggregated_loss"):
        assert [row[column] for row in training] == pytest.approx([row[column] for row in gone], rel=1e-6), column
    assert len(fewer) < len(people)


@pytest.mark.parametrize("keyword", ["krum", "rfa", "multi-krum-based", "pid", "trust"])
def test_whoever_is_removed_stays_removed(keyword):
    _, people = rows(
        aggregation_strategy_keyword=keyword, paper_exact=False, num_krum_selections=8, remove_clients=True,
        begin_removing_from_round=2, num_std_dev=1.5, attack_schedule=by_two("gradient_scaling", scale_factor=-3.0),
    )  # fmt: skip
    removed = np.array([[r["removed"] for r in people if r["participant"] == one] for one in range(N)])
    used = np.array([[r["participated"] for r in people if r["participant"] == one] for one in range(N)])
    assert removed[:, -1].any()
    assert (np.diff(removed.astype(int), axis=1) >= 0).all(), "somebody came back"
    assert not used[:, 1:][removed[:, :-1]].any(), "somebody removed in an earlier round was aggregated"


def test_an_alie_by_its_formula_hides_among_the_honest():
    """With z from the formula (0.14) attackers lie closer to the centre than honest ones: Krum prefers them."""
    _, people = rows(strategies=[{"aggregation_strategy_keyword": "krum"}], attack_schedule=by_two("alie"))
    chosen = [row["participant"] for row in people if row["participated"]]
    assert sum(one in (0, 1) for one in chosen) >= ROUNDS - 1


def test_fang_is_chosen_by_krum_in_whole_runs_and_holds_it_back():
    keys = {"strategies": [{"aggregation_strategy_keyword": "krum"}]}
    found, people = rows(**keys, attack_schedule=by_two("fang"))
    chosen = [row["participant"] for row in people if row["participated"]]
    clean, _ = rows(**keys, attack_schedule=[])
    assert sum(one in (0, 1) for one in chosen) >= ROUNDS // 2
    assert found[-1]["test_accuracy"] < clean[-1]["test_accuracy"] - 0.04


def test_a_backdoor_works_on_fedavg_and_costs_no_accuracy():
    keys = {"num_of_rounds": 12, "num_of_malicious_clients": 3, "attack_schedule": [
        {"attack_type": "backdoor_trigger", "start_round": 1, "end_round": 12, "selection_strategy": "specific",
         "malicious_client_ids": [0, 1, 2], "target_class": 4, "trigger_size": 3, "poison_ratio": 0.5},
    ]}  # fmt: skip
    clean, _ = rows(num_of_rounds=12, num_of_malicious_clients=3)
    found, _ = rows(**keys)
    assert found[-1]["asr"] > 0.5
    assert found[-1]["test_accuracy"] > clean[-1]["test_accuracy"] - 0.03
    assert clean[-1]["asr"] is None


def test_a_vanishing_share_of_attackers_does_nothing_to_a_robust_mean():
    """ "Back to the drawing board" (arXiv 2108.10241): at realistic shares even simple defences suffice."""
    keys = {
        "num_of_clients": 60, "num_of_malicious_clients": 1, "batch_size": 4, "trim_ratio": 0.05,
        "aggregation_strategy_keyword": "trimmed_mean",
    }  # fmt: skip
    one = [{**by_two("sign_flip", attack_target="update", scale_factor=60.0)[0], "malicious_client_ids": [5]}]
    clean, attacked = (rows(**keys, attack_schedule=schedule)[0][-1]["test_accuracy"] for schedule in ([], one))
    assert abs(clean - attacked) < 0.02
