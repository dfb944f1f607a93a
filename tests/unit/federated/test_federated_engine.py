"""Whole runs: the same bits whatever happens in between, strategies that share what they should, and what is told."""

import numpy as np
import pytest

from quintant.config import parse
from quintant.errors import EngineError
from quintant.lab import Answer
from quintant.labs.federated import LAB, log
from quintant.labs.federated.datasets import data_files
from quintant.labs.federated.engine import FederatedEngine
from quintant.testing import conformance

QUICK = {"model_type": "mlp", "num_of_rounds": 3, "num_of_clients": 7, "samples_per_client": 60, "learning_rate": 0.01}
REMOVAL = {
    **QUICK, "remove_clients": True, "min_fit_clients": 2, "num_std_dev": 1.0, "save_attack_snapshots": True,
    "strategies": [
        {"aggregation_strategy_keyword": "pid"}, {"aggregation_strategy_keyword": "trust"},
        {"aggregation_strategy_keyword": "krum", "remove_clients": False, "strict_mode": False, "backend": "sequential"},
    ],
    "attack_schedule": [
        {"attack_type": "label_flipping", "start_round": 1, "end_round": 3, "selection_strategy": "random",
         "malicious_client_count": 2, "random_seed": 1},
        {"attack_type": "byzantine_perturbation", "start_round": 2, "end_round": 3, "selection_strategy": "specific",
         "malicious_client_ids": [1], "noise_scale": 30.0},
    ],
}  # fmt: skip
SAMPLED = {
    **QUICK, "num_of_clients": 20, "clients_per_round": 5, "optimizer": "sgd", "partitioning_strategy": "dirichlet",
    "partitioning_params": {"min_partition_size": 5},
}  # fmt: skip


def run(config, tmp_path=None, root=1):
    """(result, tables as lists of rows, events)."""
    parsed = parse(LAB.config, config)
    engine = FederatedEngine()
    state = engine.init(parsed, LAB.seeded(parsed, root))
    answers, tables, events = [], {}, []
    while True:
        step = engine.step(state, answers)
        events += step.events
        for name, batch in step.tables.items():
            tables.setdefault(name, []).extend(batch.to_pylist())
        if step.done:
            return engine.result(state), tables, events
        answers = [Answer(ask.id, data_files(tmp_path, ask.payload["keyword"])) for ask in step.asks]


@pytest.mark.parametrize("check", conformance.checks(), ids=lambda check: check.__name__)
@pytest.mark.parametrize("config", [QUICK, REMOVAL, SAMPLED], ids=["plain", "removal", "sampled"])
def test_conformance(config, check):
    check(LAB, config)


def test_both_backends_give_the_same_run():
    """Spec: the vectorised engine equals the sequential one to 1e-5 on digits after 10 rounds."""
    config = {"num_of_rounds": 10, "num_of_clients": 5, "samples_per_client": 60, "model_keyword": "tiny_plain"}
    losses = [
        [row["test_loss"] for row in run({**config, "backend": backend})[1]["rounds"]] for backend in ("stacked", "sequential")
    ]
    assert np.abs(np.subtract(*losses)).max() < 1e-5


def test_strategies_share_data_weights_and_batches():
    """Two equal strategies in one run are one curve, and that of a run of its own."""
    _, together, _ = run({**QUICK, "strategies": [{}, {}]})
    _, alone, _ = run(QUICK)

    def curve(tables, strategy):
        return [row["test_loss"] for row in tables["rounds"] if row["strategy"] == strategy]

    assert curve(together, 0) == curve(together, 1) == curve(alone, 0)


def test_a_strategy_that_fails_does_not_take_the_others_with_it():
    broken = {"partitioning_strategy": "natural_id"}
    result, tables, events = run({**QUICK, "strategies": [broken, {"aggregation_strategy_keyword": "median"}]})
    first, second = result.documents["strategies"]
    assert "do not say whom" in first["failed"]
    assert second["failed"] is None
    assert {row["strategy"] for row in tables["rounds"]} == {1}
    assert result.metrics["test_accuracy"].value is None
    assert result.metrics["test_accuracy"].reason == first["failed"]
    assert result.metrics["test_accuracy_1"].value is not None
    assert [event.kind for event in events if event.kind == "strategy_failed"] == ["strategy_failed"]


def test_a_run_of_which_nothing_is_left_fails():
    with pytest.raises(EngineError, match="do not say whom"):
        run({**QUICK, "partitioning_strategy": "natural_id"})
    with pytest.raises(EngineError, match="do not say whom"):
        run({**QUICK, "partitioning_strategy": "natural_id", "strategies": [{}, {}]})


def test_data_that_are_not_here_are_an_error_that_says_how_to_get_them(tmp_path):
    with pytest.raises(EngineError, match=r"The data of mnist are not here\. Fetch it: quintant data fetch mnist"):
        run({**QUICK, "dataset_keyword": "mnist"}, tmp_path)
    with pytest.raises(EngineError, match=r"bloodmnist are not here. Put MedMNIST's own .npz at .*bloodmnist.npz"):
        run({**QUICK, "dataset_keyword": "bloodmnist"}, tmp_path)


def test_a_substitute_is_named(tmp_path):
    result, _, events = run({**QUICK, "num_of_rounds": 1, "dataset_keyword": "femnist_niid",
                             "partitioning_strategy": "natural_id"}, tmp_path)  # fmt: skip
    assert "pseudo-writers" in result.documents["strategies"][0]["dataset_actual"]
    (told,) = [event for event in events if event.kind == "substituted"]
    assert "no package carries femnist_niid" in log.event_line(told)


def test_ones_own_images_take_the_place_of_a_substitute(tmp_path):
    rng = np.random.default_rng(0)
    images, labels = rng.integers(0, 256, (60, 28, 28, 3), dtype=np.uint8), np.arange(60)[:, None] % 3
    np.savez(tmp_path / "bloodmnist.npz", train_images=images, train_labels=labels, test_images=images, test_labels=labels)
    result, _, events = run({**QUICK, "num_of_clients": 3, "num_of_rounds": 1, "dataset_keyword": "bloodmnist"}, tmp_path)
    document = result.documents["strategies"][0]
    assert document["dataset_actual"] == "bloodmnist.npz, 120 images of 28×28"
    assert len(document["sources"]["bloodmnist.npz"]) == 64
    assert document["classes"] == ["0", "1", "2"]
    assert not [event for event in events if event.kind == "substituted"]


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"train_images": np.zeros((4, 8, 8))}, "has no train_labels"),
        ({"train_images": np.zeros((4, 8, 8)), "train_labels": np.zeros(4, int)}, "must be uint8"),
        ({"train_images": np.zeros((4, 8, 8), np.uint8), "train_labels": np.zeros(3, int)}, "3 values for 4 images"),
        ({"train_images": np.zeros((4, 8, 8), np.uint8), "train_labels": np.full(4, -1)}, "whole numbers from 0 on"),
        ({"train_images": np.zeros((4, 2, 2), np.uint8), "train_labels": np.zeros(4, int)}, "sides of 4 to 256"),
    ],
)
def test_images_of_the_wrong_form_are_refused(tmp_path, arrays, said):
    np.savez(tmp_path / "mine.npz", **arrays)
    with pytest.raises(EngineError, match=said):
        run({**QUICK, "dataset_keyword": "npz:mine"}, tmp_path)


def test_pickles_are_never_opened(tmp_path):
    np.savez(tmp_path / "mine.npz", train_images=np.array([object()]), train_labels=np.zeros(1, int))
    with pytest.raises(EngineError, match="without pickles"):
        run({**QUICK, "dataset_keyword": "npz:mine"}, tmp_path)


TEXT = {
    "model_type": "transformer", "dataset_keyword": "text:mine", "num_of_clients": 2, "num_of_rounds": 2, "batch_size": 8,
    "learning_rate": 0.01, "max_seq_length": 8,
}  # fmt: skip
LLM = {"use_llm": True, "llm_model": "distilbert-base-uncased"}
REPLACED = {
    "attack_type": "token_replacement", "start_round": 1, "end_round": 2, "selection_strategy": "specific",
    "malicious_client_ids": [0], "target_token_ids": [4], "replacement_token_ids": [5], "replacement_prob": 1.0,
}  # fmt: skip


def texts(path):
    rows = [
        f"{'good' if i % 2 else 'bad'},the market is {'up and bright' if i % 2 else 'down and dark'} on day {i}"
        for i in range(60)
    ]
    path.joinpath("mine.csv").write_text("\n".join(["label,text", *rows]) + "\n")


@pytest.mark.parametrize(
    "keys",
    [
        {},
        {**LLM, "llm_task": "classification", "llm_finetuning": "lora"},
        {**LLM, "llm_task": "mlm", "llm_finetuning": "full", "llm_chunk_size": 8},
        {"attack_schedule": [REPLACED], "save_attack_snapshots": True},
    ],
    ids=["classification", "lora", "mlm", "token_replacement"],
)
def test_texts_are_learned(tmp_path, keys):
    texts(tmp_path)
    result, tables, _ = run({**TEXT, **keys}, tmp_path)
    assert len(tables["rounds"]) == 2
    assert result.metrics["test_loss"].value < 5
    assert ("snapshots" in tables) == ("attack_schedule" in keys)


def test_text_files_of_the_wrong_form_are_refused(tmp_path):
    texts(tmp_path)
    with pytest.raises(EngineError, match="has no column 'topic'; it has label, text"):
        run({**TEXT, "label_column": "topic"}, tmp_path)
    tmp_path.joinpath("mine.csv").unlink()
    tmp_path.joinpath("mine.jsonl").write_text('{"text": "a"}\n[1]\n')
    with pytest.raises(EngineError, match="line 2: must be a JSON object"):
        run(TEXT, tmp_path)


def test_who_is_removed_stays_removed_and_is_told_once():
    result, tables, events = run(REMOVAL)
    for document in result.documents["strategies"]:
        gone = [removal["participant"] for removal in document["removed"]]
        assert len(gone) == len(set(gone))
        assert sorted(gone) == document["termination"]["removed_clients"]
        first = {removal["participant"]: removal["round"] for removal in document["removed"]}
        for row in tables["participants"]:
            if row["strategy"] == document["number"] and row["participant"] in first:
                assert row["removed"] == (row["round"] >= first[row["participant"]])
                assert not (row["participated"] and row["round"] > first[row["participant"]])
    assert len([e for e in events if e.kind == "removed"]) == sum(len(d["removed"]) for d in result.documents["strategies"])


def test_confusion_counts_every_test_sample_once():
    result, tables, _ = run(QUICK)
    table = tables["confusion"]
    assert len(table) == 100
    assert sum(row["count"] for row in table) == 359
    right = sum(row["count"] for row in table if row["true"] == row["predicted"])
    assert right / 359 == pytest.approx(result.metrics["test_accuracy"].value)


def test_confusion_is_told_when_its_strategy_ends():
    parsed = parse(LAB.config, {**QUICK, "strategies": [{}, {"aggregation_strategy_keyword": "median"}]})
    engine = FederatedEngine()
    state = engine.init(parsed, LAB.seeded(parsed, 1))
    told = []
    while len(told) < 2:
        step = engine.step(state, [])
        if "confusion" in step.tables:
            told.append((step.tables["confusion"].column("strategy")[0].as_py(), step.done))
    assert told == [(0, False), (1, True)]


def test_validation_parts_are_never_poisoned():
    """With a step of nothing the model stays what it was, and so does everybody's accuracy, whatever attackers train on."""
    still = {**QUICK, "num_of_rounds": 1, "learning_rate": 1e-12, "training_subset_fraction": 0.5}
    flipped = {
        "attack_type": "label_flipping", "start_round": 1, "end_round": 1, "selection_strategy": "specific",
        "malicious_client_ids": [0, 1, 2], "mapping": "next",
    }  # fmt: skip
    _, honest, _ = run(still)
    _, attacked, _ = run({**still, "attack_schedule": [flipped]})
    assert [row["is_malicious"] for row in attacked["participants"]] == [True] * 3 + [False] * 4
    assert [row["accuracy"] for row in attacked["participants"]] == [row["accuracy"] for row in honest["participants"]]
    losses = [[row["loss"] for row in one["participants"]] for one in (honest, attacked)]
    assert losses[0] == pytest.approx(losses[1], abs=1e-6)


def test_every_event_has_a_line():
    _, _, events = run(REMOVAL)
    assert {"strategy_started", "round", "attack_started", "removed", "strategy_ended"} <= {event.kind for event in events}
    assert all(log.event_line(event) for event in events)


def test_a_strict_policy_ends_the_run_early():
    """multi-krum-based removes one per round: two rounds after the begin fewer than six of seven are left."""
    config = {
        **QUICK, "aggregation_strategy_keyword": "multi-krum-based", "num_krum_selections": 4, "remove_clients": True,
        "termination_policy": "strict", "min_fit_clients": 6, "num_of_rounds": 8,
    }  # fmt: skip
    result, tables, events = run(config)
    termination = result.documents["strategies"][0]["termination"]
    assert termination["terminated_early"] is True
    assert termination["termination_round"] == len(tables["rounds"]) < 8
    assert "fewer than min_fit_clients = 6 (policy strict)" in termination["termination_reason"]
    assert [event.kind for event in events].count("terminated") == 1


def test_the_fraction_never_falls_however_small_the_pieces_are(monkeypatch):
    """Between two rounds nobody trains: the fraction once fell back to the begin of the round that had ended."""
    monkeypatch.setattr("quintant.labs.federated.engine.training.LocalTraining.steps_per_piece", 1)
    for config in (QUICK, REMOVAL, SAMPLED):
        parsed = parse(LAB.config, {**config, "backend": "sequential", "batch_size": 10})
        engine = FederatedEngine()
        state, told = engine.init(parsed, LAB.seeded(parsed, 1)), [0.0]
        while not (step := engine.step(state, [])).done:
            told.append(step.progress.fraction)
        assert told == sorted(told) and len(set(told)) > 20
        assert step.progress.fraction == 1.0


def test_metrics_and_the_figure_agree_on_who_was_left_out():
    """The default preset: Krum leaves both attackers and eight of nine others out, and removes nobody for good."""
    attack = [{"attack_type": "sign_flip", "start_round": 1, "selection_strategy": "specific", "malicious_client_ids": [0, 1]}]
    config = {**QUICK, "num_of_clients": 9, "aggregation_strategy_keyword": "krum", "attack_schedule": attack}
    result, tables, _ = run(config)
    last = tables["rounds"][-1]
    out = {name: result.metrics[name] for name in ("left_out_attackers", "left_out_benign")}
    assert (out["left_out_attackers"].value, out["left_out_attackers"].n) == (last["tn"], last["tn"] + last["fn"]) == (2, 2)
    assert (out["left_out_benign"].value, out["left_out_benign"].n) == (last["fp"], last["fp"] + last["tp"]) == (6, 7)
    for name in ("removed_attackers", "removed_benign"):
        assert result.metrics[name].value is None and "nobody is removed" in result.metrics[name].reason
    removing, tables, _ = run({**REMOVAL, "strategies": [{"aggregation_strategy_keyword": "pid"}]})
    removed = removing.metrics["removed_attackers"].value + removing.metrics["removed_benign"].value
    assert removed == tables["rounds"][-1]["removed"]


def test_a_nan_is_told_in_the_rounds_and_the_result_says_what_the_rule_promises():
    attack = [{"attack_type": "gradient_scaling", "scale_factor": 1e42, "start_round": 2, "end_round": 2,
               "selection_strategy": "specific", "malicious_client_ids": [0, 1]}]  # fmt: skip
    config = {**QUICK, "num_of_clients": 11, "aggregation_strategy_keyword": "bulyan", "paper_exact": True,
              "attack_schedule": attack}  # fmt: skip
    result, tables, events = run(config)
    assert [(row["outcome"], row["set_aside"]) for row in tables["rounds"]] == [
        ("aggregated", 0),
        ("aggregated", 2),
        ("aggregated", 0),
    ]
    assert any(event.kind == "note" and event.payload["text"].endswith(": 0, 1") for event in events)
    (document,) = result.documents["strategies"]
    assert document["bound"] == "near the honest values of each coordinate while at most 2 of 11 lie"
