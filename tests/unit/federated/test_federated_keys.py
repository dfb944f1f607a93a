"""Every key does what its `when` says: read, it changes what the engine does; not read, it changes nothing and is told."""

from __future__ import annotations

from typing import Any

import pytest

from quintant.config import keys_of, parse
from quintant.lab import Answer
from quintant.labs.federated import LAB
from quintant.labs.federated.config import AttackEntry
from quintant.labs.federated.datasets import data_files
from quintant.labs.federated.engine import FederatedEngine
from quintant.labs.federated.names import ATTACKS, REQUIRED
from quintant.testing import trials
from quintant.testing.trials import Trial

NOISE = {
    "attack_type": "byzantine_perturbation", "start_round": 1, "end_round": 3, "selection_strategy": "specific",
    "malicious_client_ids": [1], "noise_scale": 3.0,
}  # fmt: skip
SMALL: dict[str, Any] = {
    "model_type": "logistic", "num_of_rounds": 3, "num_of_clients": 7, "samples_per_client": 30, "learning_rate": 0.01,
    "attack_schedule": [NOISE],
}  # fmt: skip
REMOVING = {
    "remove_clients": True, "aggregation_strategy_keyword": "pid", "num_std_dev": 0.2, "min_fit_clients": 6,
    "num_of_rounds": 4, "begin_removing_from_round": 1, "attack_schedule": [],
}  # fmt: skip
CHECK = "a check of the config: everybody takes part in every round"
TRIALS: dict[str, Trial] = {
    "aggregation_strategy_keyword": Trial("median"),
    "clients_per_round": Trial(4),
    "num_of_malicious_clients": Trial(2),
    "min_fit_clients": Trial(3, {**REMOVING, "termination_policy": "strict"}),
    "min_evaluate_clients": Trial(7, unread={}),
    "min_available_clients": Trial(7, unread={}),
    "strict_mode": Trial(False, because=CHECK),
    "unmet_condition": Trial("average", because="only a config that is refused without it comes to the engine with it"),
    "dataset_keyword": Trial("mnist_5k"),
    "partitioning_strategy": Trial("dirichlet", {"samples_per_client": None}),
    "partitioning_params": Trial({"seed": 3}),
    "samples_per_client": Trial(20),
    "model_type": Trial("mlp"),
    "model_keyword": Trial("mlp_2", {"model_type": "mlp"}),
    "training_device": Trial("gpu", because="results on a GPU need one"),
    "optimizer": Trial("sgd"),
    "proximal_mu": Trial(0.5, {"num_of_client_epochs": 2}),
    "backend": Trial("sequential"),
    "num_krum_selections": Trial(4),
    "trim_ratio": Trial(0.3),
    "trust_threshold": Trial(0.9),
    "beta_value": Trial(0.7),
    "num_of_clusters": Trial(1, because="one value is known"),
    "rule_params": Trial({"x": 1}, because="rules of your own are installed apart", unread={}),
    "remove_clients": Trial(True, {"aggregation_strategy_keyword": "pid", "num_std_dev": 0.5}),
    "begin_removing_from_round": Trial(3, REMOVING, unread={}),
    "termination_policy": Trial("adaptive", {**REMOVING, "min_clients_ratio": 0.9}, unread={}),
    "min_clients_ratio": Trial(0.95, {**REMOVING, "termination_policy": "adaptive", "min_clients_ratio": 0.1}),
    "skip_removed_training": Trial(beside=REMOVING),
    "attack_schedule": Trial([]),
    "save_attack_snapshots": Trial(),
    "snapshot_max_samples": Trial(2),
    "strategies": Trial([{"aggregation_strategy_keyword": "median"}]),
}
TEXT = {
    "text_column", "label_column", "llm_task", "llm_finetuning", "llm_chunk_size", "max_seq_length", "mlm_probability",
    "lora_rank", "lora_alpha", "lora_dropout", "lora_target_modules",
}  # fmt: skip
"""Keys of texts, tried below with a file of texts."""
NEVER = {"use_llm", "llm_model", "min_evaluate_clients", "min_available_clients"}


@pytest.mark.parametrize("name", [name for name in trials.names(LAB) if name not in TEXT | NEVER])
def test_a_key_that_is_read_has_an_effect(name):
    trials.has_an_effect(LAB, SMALL, name, TRIALS.get(name, Trial()))


@pytest.mark.parametrize("name", [name for name in trials.conditional(LAB) if name not in ("use_llm", "num_of_clusters")])
def test_a_key_that_is_not_read_has_none_and_is_told(name):
    values = {"text_column": "a", "label_column": "a", "llm_task": "mlm", "llm_finetuning": "lora", "llm_model": "bert",
              "max_seq_length": 9, "lora_target_modules": ["key"]}  # fmt: skip
    trial = TRIALS.get(name) or Trial(*([values[name]] if name in values else []), unread={} if name in TEXT | NEVER else None)
    trials.has_no_effect(LAB, SMALL, name, trial)


# --- texts ---

WORDS = {
    "model_type": "transformer", "dataset_keyword": "text:mine", "num_of_clients": 2, "num_of_rounds": 2, "batch_size": 8,
    "learning_rate": 0.01, "max_seq_length": 8, "llm_task": "classification",
}  # fmt: skip
MASKED = {**WORDS, "llm_task": "mlm", "llm_chunk_size": 8}
ADAPTED = {**WORDS, "llm_finetuning": "lora"}
WITH_TEXT: dict[str, tuple[dict[str, Any], Any, dict[str, Any]]] = {
    "text_column": (WORDS, "other", SMALL),
    "label_column": (WORDS, "other", MASKED),
    "llm_task": (WORDS, "mlm", SMALL),
    "llm_finetuning": (WORDS, "lora", SMALL),
    "llm_chunk_size": (MASKED, 9, WORDS),
    "max_seq_length": (WORDS, 5, MASKED),
    "mlm_probability": (MASKED, 0.5, WORDS),
    "lora_rank": (ADAPTED, 2, WORDS),
    "lora_alpha": (ADAPTED, 4.0, WORDS),
    "lora_dropout": (ADAPTED, 0.5, WORDS),
    "lora_target_modules": (ADAPTED, ["key"], WORDS),
}
"""Key: a config in which it is read, another value, a config in which it is not."""


@pytest.fixture
def texts(tmp_path, monkeypatch):
    rows = [
        f"{'good' if i % 2 else 'bad'},{'b' if i % 3 else 'a'},"
        f"the market of that town is {'up' if i % 2 else 'down'} and the sun is out on day {i},"
        f"a duller column of number {i % 7}"
        for i in range(60)
    ]
    tmp_path.joinpath("mine.csv").write_text("\n".join(["label,other_label,text,other", *rows]) + "\n")
    monkeypatch.setattr("quintant.testing.trials.run", lambda lab, config, root: engine_run(lab, config, root, tmp_path))
    monkeypatch.setattr("quintant.testing.trials._OUTCOMES", {})  # those of another `run` are none of these


def engine_run(lab, config, root, folder):
    engine, answers, steps = FederatedEngine(), [], []
    state = engine.init(config, lab.seeded(config, root))
    while True:
        steps.append(engine.step(state, answers))
        if steps[-1].done:
            return steps, engine.result(state)
        answers = [Answer(ask.id, data_files(folder, ask.payload["keyword"])) for ask in steps[-1].asks]


@pytest.mark.parametrize("name", sorted(WITH_TEXT))
def test_a_key_of_texts_has_an_effect_where_it_is_read_alone(texts, name):
    read, value, unread = WITH_TEXT[name]
    value = "other_label" if name == "label_column" else value
    trials.has_an_effect(LAB, read, name, Trial(value, read))
    if unread is not SMALL:
        trials.has_no_effect(LAB, unread, name, Trial(value, unread=unread))


# --- attacks ---


def test_an_attack_reads_the_keys_that_its_table_has_and_tells_the_others():
    values = {"mapping": "next", "trigger_pattern": "cross", "trigger_position": "center", "target_vocabulary": "legal",
              "replacement_strategy": "positive", "target_direction": "zero", "perturbation": "unit", "against": "krum",
              "target_token_ids": [1], "replacement_token_ids": [2], "flip_ratio": 0.5, "source_class": 1, "target_class": 2,
              "poison_ratio": 0.5, "n_total": 7}  # fmt: skip
    entry = {"start_round": 1, "end_round": 2, "selection_strategy": "specific", "malicious_client_ids": [0]}
    own = {name for kind in ATTACKS.values() for name in kind.keys}
    assert own <= set(keys_of(AttackEntry))
    for attack, kind in ATTACKS.items():
        needed = {name: values.get(name, 0.5) for name, default in kind.keys.items() if default is REQUIRED}
        if attack == "token_replacement":
            continue  # of texts
        plain = {**entry, **needed, "attack_type": attack}
        for name in sorted(own - set(kind.keys)):
            field = AttackEntry.model_fields[name]
            value = values.get(name, 1 if "int" in str(field.annotation) else 0.5)
            raw = {**SMALL, "attack_schedule": [{**plain, name: value}]}
            told = [problem.path for problem in parse(LAB.config, raw).unread()]
            assert told == [f"attack_schedule.0.{name}"], (attack, name)
        assert parse(LAB.config, {**SMALL, "attack_schedule": [plain]}).unread is not None


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"malicious_client_count": 3}, "malicious_client_count"),
        ({"malicious_percentage": 0.5}, "malicious_percentage"),
        ({"random_seed": 3}, "random_seed"),
        ({"boost_factor": 3.0}, "boost_factor"),
        ({"params": {"x": 1}}, "params"),
    ],
)
def test_a_key_that_an_attack_does_not_read_changes_nothing(change, path):
    (value,) = change.values()
    trials.part_has_no_effect(LAB, SMALL, f"attack_schedule.0.{path}", value)


def test_strategies_tell_what_none_of_them_reads_and_what_they_say_for_nothing():
    shared = {**SMALL, "trim_ratio": 0.2, "num_krum_selections": 4}
    one_reads = {**shared, "strategies": [{"aggregation_strategy_keyword": "trimmed_mean"}, {"trust_threshold": 0.3}]}
    told = [problem.path for problem in parse(LAB.config, one_reads).unread()]
    assert told == ["strategies.1.trust_threshold", "num_krum_selections"]
    config = parse(LAB.config, one_reads)
    assert config.why_unread("trim_ratio") is None and config.why_unread("num_krum_selections") is not None
    assert config.why_unread("strategies.1.trust_threshold").path == "strategies.1.trust_threshold"
    assert config.why_unread("strategies.0.trim_ratio") is None


def test_no_preset_says_what_nothing_reads():
    for name, preset in LAB.presets.items():
        told = [str(problem) for problem in parse(LAB.config, preset.config).unread(tuple(preset.config))]
        assert told == [], name
