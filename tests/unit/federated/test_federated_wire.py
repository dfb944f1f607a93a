"""Bodies of the contract: both forms, one validator, nothing dropped in silence."""

import pytest

from quintant.errors import ConfigError
from quintant.labs.federated.contract.decode import read


def faults(body):
    with pytest.raises(ConfigError) as caught:
        read(body)
    return [str(problem) for problem in caught.value.problems]


def told(body):
    return {problem.path: problem.message for problem in read(body).warnings}


FLAT = {"aggregation_strategy_keyword": "fedavg", "num_of_rounds": 10, "dataset_keyword": "femnist_iid"}


def test_the_contracts_own_flat_example_runs_as_it_stands():
    reading = read(FLAT)
    assert reading.form == "flat"
    (plan,) = reading.config.plans
    assert (plan.aggregation_strategy_keyword, plan.num_of_rounds, plan.num_of_clients) == ("fedavg", 10, 7)
    assert (plan.min_fit_clients, plan.strict_mode, plan.remove_clients, plan.begin_removing_from_round) == (7, True, False, 2)


def test_the_contracts_own_structured_example_is_the_same_run():
    body = {
        "shared_settings": {"num_of_rounds": 10, "dataset_keyword": "femnist_iid"},
        "simulation_strategies": [{"aggregation_strategy_keyword": "fedavg"}],
    }
    reading = read(body)
    assert reading.form == "structured"
    assert reading.config.plans == read(FLAT).config.plans


def test_an_empty_body_means_the_defaults():
    (plan,) = read({}).config.plans
    assert (plan.aggregation_strategy_keyword, plan.dataset_keyword, plan.num_of_rounds) == ("pid", "femnist_iid", 4)


def test_both_forms_meet_the_same_rules_under_their_own_paths():
    wrong = {"num_of_rounds": -3}
    assert faults(wrong) == ["num_of_rounds: must be at least 1; got -3."]
    assert faults({"shared_settings": wrong, "simulation_strategies": [{}]}) == [
        "shared_settings.num_of_rounds: must be at least 1; got -3."
    ]
    assert faults({"shared_settings": {}, "simulation_strategies": [{}, {**wrong, "Kp": 1}]}) == [
        "simulation_strategies.1.num_of_rounds: must be at least 1; got -3."
    ]


def test_half_a_structured_body_is_one_strategy_or_refused():
    body = {"shared_settings": {"num_of_rounds": 2}}
    assert read(body).config.plans == read({"num_of_rounds": 2}).config.plans
    assert told(body)["shared_settings"].startswith("stands without simulation_strategies")
    assert faults({"simulation_strategies": []})[0].startswith("simulation_strategies: must be a list, with")
    assert faults({"shared_settings": {}, "simulation_strategies": []}) == [
        "simulation_strategies: must have at least one strategy; got none."
    ]
    assert faults({"shared_settings": {}, "simulation_strategies": [3]}) == ["simulation_strategies.0: must be an object."]


def test_unknown_keys_are_ignored_aloud():
    assert told({**FLAT, "colour": "red"})["colour"] == "is not known and is ignored."
    assert "Did you mean 'num_of_rounds'?" in [problem.hint for problem in read({**FLAT, "num_of_round": 3}).warnings]
    warnings = told({"shared_settings": {"dataset_keyword": "digits"}, "simulation_strategies": [{"a": 1}], "b": 2})
    assert set(warnings) == {"simulation_strategies.0.a", "b", "shared_settings.aggregation_strategy_keyword"}
    assert "natively the default is fedavg" in warnings["shared_settings.aggregation_strategy_keyword"]


def test_keys_without_an_effect_say_why():
    warnings = told({**FLAT, "cpus_per_client": 1, "show_plots": True, "attack_ratio": 0.2})
    assert warnings["cpus_per_client"] == "has no effect: participants are no processes of their own here."
    assert "has no effect" in warnings["show_plots"]
    assert warnings["attack_ratio"].startswith("has no effect: an old key")
    assert faults({**FLAT, "cpus_per_client": -1}) == ["cpus_per_client: must be at least 0; got -1."]
    assert faults({**FLAT, "gpus_per_client": 2}) == ["gpus_per_client: must be in 0..1; got 2."]


@pytest.mark.parametrize(("text", "value"), [("true", True), ("ON", True), ("1", True), ("no", False), ("Off", False)])
def test_texts_for_true_and_false_are_taken_with_a_warning(text, value):
    reading = read({**FLAT, "remove_clients": text})
    assert reading.config.remove_clients is value
    assert any("deprecated" in problem.message for problem in reading.warnings)


def test_other_texts_are_not_coerced():
    assert "remove_clients: Cannot coerce 'perhaps' to a boolean." in faults({**FLAT, "remove_clients": "perhaps"})
    assert "save_csv: Cannot coerce 'perhaps' to a boolean." in faults({**FLAT, "save_csv": "perhaps"})
    assert faults({**FLAT, "num_of_rounds": "10"}) == ["num_of_rounds: must be an integer; got '10'."]
    assert read({**FLAT, "num_of_rounds": 10.0}).config.num_of_rounds == 10


def test_output_keys_shape_files_only():
    reading = read({**FLAT, "save_csv": False, "display_name": "mine"})
    assert (reading.output["save_csv"], reading.output["save_plots"], reading.output["display_name"]) == (False, True, "mine")
    assert faults({**FLAT, "display_name": "x" * 101}) == ["display_name: must be a text of at most 100 characters."]
    assert "NumPy archives" in told({**FLAT, "attack_snapshot_format": "pickle"})["attack_snapshot_format"]


def attack(**keys):
    return {"start_round": 1, "end_round": 2, "attack_type": "label_flipping", "selection_strategy": "specific",
            "malicious_client_ids": [0], **keys}  # fmt: skip


def test_poisoned_data_are_not_preserved():
    reading = read({**FLAT, "attack_schedule": [attack()], "preserve_dataset": True})
    assert reading.output["preserve_dataset"] is False
    said = [problem.message for problem in reading.warnings if problem.path == "preserve_dataset"]
    assert any(text.startswith("counts as false with an attack_schedule") for text in said)


def test_what_a_form_sends_along_is_ignored_aloud():
    body = {**FLAT, "attack_schedule": [attack(scale_factor=3, malicious_client_count=2, _selected_clients=[5], colour=1)]}
    (entry,) = read(body).config.attack_schedule
    assert entry.malicious_client_ids == (0,)
    assert {path.rpartition(".")[2] for path in told(body)} >= {
        "scale_factor", "malicious_client_count", "_selected_clients", "colour",
    }  # fmt: skip


def test_other_spellings_of_a_schedule():
    body = {**FLAT, "attack_schedule": [
        {"start_round": 1, "end_round": 2, "attack_type": "label_flipping", "selection_strategy": "count", "count": 2},
    ]}  # fmt: skip
    (entry,) = read(body).config.attack_schedule
    assert (entry.selection_strategy, entry.malicious_client_count) == ("random", 2)


def test_the_old_nested_form_and_older_names_are_read():
    flat = attack(attack_type="gradient_scaling", scale_factor=3.0)
    nested = {**attack(), "type": "gradient_scaling", "params": {"scale_factor": 3.0}}
    del nested["attack_type"]
    for old in (nested, {**flat, "params": {"scale_factor": 3.0}}):
        body = {**FLAT, "attack_schedule": [old]}
        assert read(body).config.attack_schedule == read({**FLAT, "attack_schedule": [flat]}).config.attack_schedule
        assert "old nested form" in told(body)["attack_schedule.0"]
    body = {**FLAT, "num_of_malicious_clients": 2, "attack_schedule": [{"attack_type": "label_flipping", "rounds": [2, 3, 5]}]}
    (entry,) = read(body).config.attack_schedule
    assert (entry.start_round, entry.end_round, entry.selection_strategy, entry.malicious_client_count) == (2, 5, "random", 2)
    assert {"attack_schedule.0.rounds", "attack_schedule.0.selection_strategy"} <= set(told(body))


def test_names_of_the_hub_that_we_hold_under_a_keyword():
    reading = read({"dataset_source": "huggingface", "hf_dataset_name": "ylecun/mnist"})
    assert reading.config.dataset_keyword == "mnist"
    assert "hub is not reached" in faults({"dataset_source": "huggingface", "hf_dataset_name": "who/knows"})[0]
    assert "is ignored" in told({"hf_dataset_name": "ylecun/mnist"})["hf_dataset_name"]


def test_an_older_name_gives_way_to_the_present_one():
    base = {**FLAT, "dataset_keyword": "lexglue", "model_type": "transformer", "use_llm": True, "use_lora": True}
    assert read({**base, "transformer_model": "a"}).config.llm_model == "a"
    for keys in ({"transformer_model": "a", "llm_model": "b"}, {"llm_model": "b", "transformer_model": "a"}):
        assert read({**base, **keys}).config.llm_model == "b"
    assert read(base).config.llm_finetuning == "lora"
    assert read({**base, "llm_finetuning": "full"}).config.llm_finetuning == "full"


def test_words_of_the_wire_are_among_its_own():
    assert faults({**FLAT, "dataset_source": "ftp"}) == ["dataset_source: must be one of local, huggingface; got 'ftp'."]
    assert faults({**FLAT, "evaluate_metrics_aggregation_fn": "median"}) == [
        "evaluate_metrics_aggregation_fn: must be weighted_average; got 'median'."
    ]
    assert "attack_snapshot_format: must be one of pickle, visual, pickle_and_visual; got 'raw'." in faults(
        {**FLAT, "attack_snapshot_format": "raw"}
    )


def test_cuda_is_written_gpu():
    assert read({**FLAT, "training_device": "cuda"}).config.training_device == "gpu"


@pytest.mark.parametrize(
    "schedule",
    [3, {"a": 1}, [3], ["x"], [None], [{}], [[]], [{"attack_type": ["label_flipping"], "start_round": 1}],
     [{"type": {"a": 1}, "params": {}}]],
)  # fmt: skip
def test_a_schedule_of_the_wrong_shape_is_refused(schedule):
    assert faults({**FLAT, "attack_schedule": schedule})


@pytest.mark.parametrize("value", [[], {}, "x", -1, 1e300, True, [1]])
@pytest.mark.parametrize(
    "key", ["num_of_clients", "learning_rate", "partitioning_params", "aggregation_strategy_keyword", "batch_size"]
)
def test_wrong_types_are_refused_or_understood(key, value):
    try:
        read({**FLAT, key: value})
    except ConfigError as error:
        assert all(problem.path.startswith(key) for problem in error.problems)


SWITCHES = [
    ({"use_llm": False}, {"llm_task": "mlm", "llm_finetuning": "lora", "llm_chunk_size": 1, "lora_target_modules": ["x"]}),
    ({"use_llm": False, "dataset_keyword": "lexglue", "model_type": "transformer"}, {"llm_task": "mlm", "lora_rank": 3}),
    ({"remove_clients": False}, {"begin_removing_from_round": 99, "termination_policy": "strict", "num_std_dev": 99}),
    (
        {"aggregation_strategy_keyword": "fedavg"},
        {"num_of_malicious_clients": 7, "num_krum_selections": 99, "trim_ratio": 0.49},
    ),
    ({"aggregation_strategy_keyword": "multi-krum"}, {"num_of_malicious_clients": 7}),
    ({"attack_schedule": []}, {"save_attack_snapshots": True, "snapshot_max_samples": 50}),
]


@pytest.mark.parametrize(("switch", "keys"), SWITCHES)
def test_a_key_without_its_switch_decides_nothing(switch, keys):
    flip = {} if "attack_schedule" in switch or switch.get("model_type") else {"attack_schedule": [attack()]}
    plain, sent = read({**FLAT, **flip, **switch}), read({**FLAT, **flip, **switch, **keys})
    ignored = {problem.path for problem in sent.warnings}
    assert set(keys) <= ignored
    (before,), (after,) = plain.config.plans, sent.config.plans
    assert before.attack_schedule == after.attack_schedule
    if after.model_type == "transformer":
        assert after.llm_task == before.llm_task == "classification"


CLASHES = [
    ({"remove_clients": True, "strict_mode": True}, "strict_mode", False),
    ({"remove_clients": True, "num_of_rounds": 3, "begin_removing_from_round": 3}, "remove_clients", False),
    ({"min_fit_clients": 3, "strict_mode": True}, "strict_mode", False),
    ({"min_available_clients": 99}, "min_available_clients", 7),
    ({"aggregation_strategy_keyword": "krum", "num_of_malicious_clients": 5}, "num_of_malicious_clients", 2),
    ({"aggregation_strategy_keyword": "multi-krum", "num_krum_selections": 9}, "num_krum_selections", 7),
    ({"aggregation_strategy_keyword": "bulyan"}, "unmet_condition", "average"),
    ({"use_llm": True}, "use_llm", False),
    ({"model_type": "transformer"}, "model_type", "cnn"),
    ({"dataset_keyword": "lexglue", "model_type": "cnn"}, "model_type", "transformer"),
    ({"model_keyword": "resnet"}, "model_keyword", None),
    ({"dataset_keyword": "medquad", "model_type": "transformer", "use_llm": True, "llm_task": "classification"},
     "llm_task", "mlm"),
    ({"dataset_keyword": "lexglue", "model_type": "transformer", "use_llm": True, "llm_finetuning": "lora",
      "lora_target_modules": ["attention", "query"]}, "lora_target_modules", ("query",)),
]  # fmt: skip


@pytest.mark.parametrize("form", ["flat", "shared", "own"])
@pytest.mark.parametrize(("body", "key", "value"), CLASHES)
def test_a_rule_between_keys_has_a_substitution_in_every_form(form, body, key, value):
    body = {**FLAT, **body}
    if form == "shared":
        body = {"shared_settings": body, "simulation_strategies": [{}, {}]}
    elif form == "own":
        body = {"shared_settings": {}, "simulation_strategies": [body, FLAT]}
    reading = read(body)
    assert getattr(reading.config.plans[0], key) == value
    assert any((problem.path.endswith(key) and "counts as" in problem.message) or "not known" in problem.message
               or "ignored" in problem.message for problem in reading.warnings)  # fmt: skip
    if form == "own":
        assert reading.config.plans[1] == read(FLAT).config.plans[0]


SCHEDULES = [
    ([attack(malicious_client_ids=[99])], []),
    ([attack(malicious_client_ids=[0, 99])], [(0, 1, 2)]),
    ([attack(malicious_client_ids=[])], []),
    ([attack(start_round=3, end_round=2)], []),
    ([attack(start_round=99, end_round=99)], []),
    ([attack(end_round=99)], [(0, 1, 10)]),
    ([attack(), attack(start_round=2, end_round=5)], [(0, 1, 2), (0, 3, 5)]),
    ([attack(start_round=3, end_round=5), attack(start_round=1, end_round=4)], [(0, 3, 5), (0, 1, 2)]),
    ([attack(end_round=9), attack(start_round=2, end_round=5), attack(start_round=9, end_round=10)],
     [(0, 1, 9), (0, 10, 10)]),
    ([attack(attack_type="token_replacement", target_vocabulary="legal"), attack()], [(0, 1, 2)]),
]  # fmt: skip


@pytest.mark.parametrize(("schedule", "kept"), SCHEDULES)
def test_entries_that_cannot_be_are_cut_or_left_out_aloud(schedule, kept):
    reading = read({**FLAT, "attack_schedule": schedule})
    entries = reading.config.attack_schedule
    assert [(entry.malicious_client_ids[0], entry.start_round, entry.end_round) for entry in entries] == kept
    assert any(problem.path.startswith("attack_schedule.") for problem in reading.warnings)


@pytest.mark.parametrize(
    ("keys", "name", "value"),
    [
        ({"attack_type": "backdoor_trigger"}, "target_class", 0),
        ({"attack_type": "backdoor_trigger", "target_class": 10}, "target_class", 9),
        ({"attack_type": "backdoor_trigger", "target_class": 1, "trigger_size": 99}, "trigger_size", 28),
        ({"attack_type": "targeted_label_flipping", "source_class": 0}, "target_class", 1),
        ({"attack_type": "targeted_label_flipping", "source_class": 9, "target_class": 9}, "target_class", 0),
        ({"attack_type": "boosted_scaling", "n_total": 1, "n_malicious": 2}, "n_total", 2),
    ],
)
def test_keys_of_an_attack_that_do_not_fit_are_put_right_aloud(keys, name, value):
    body = {**FLAT, "attack_schedule": [attack(**keys)]}
    (entry,) = read(body).config.attack_schedule
    assert getattr(entry, name) == value
    assert told(body)[f"attack_schedule.0.{name}"]
