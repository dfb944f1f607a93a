"""Bodies of the contract: both forms, one validator, nothing dropped in silence."""

import pytest

from quintant.errors import ConfigError
from quintant.labs.federated.wire import read


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


def test_half_a_structured_body_is_refused():
    assert faults({"shared_settings": {"num_of_rounds": 2}})[0].startswith("shared_settings: must be an object, with")
    assert faults({"simulation_strategies": []})[0].startswith("simulation_strategies: must be a list, with")
    assert faults({"shared_settings": {}, "simulation_strategies": []}) == [
        "simulation_strategies: must have at least one strategy; got none."
    ]
    assert faults({"shared_settings": {}, "simulation_strategies": [3]}) == ["simulation_strategies.0: must be an object."]


def test_unknown_keys_are_ignored_aloud():
    assert told({**FLAT, "colour": "red"})["colour"] == "is not known and is ignored."
    warnings = told({"shared_settings": {"dataset_keyword": "digits"}, "simulation_strategies": [{"a": 1}], "b": 2})
    assert set(warnings) == {"simulation_strategies.0.a", "b"}


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
    assert faults({**FLAT, "attack_schedule": [attack()], "preserve_dataset": True})[0].startswith(
        "preserve_dataset: must be false"
    )


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


def test_the_old_nested_form_is_refused():
    for old in ({"type": "label_flipping", "start_round": 1}, attack(params={"x": 1})):
        assert any("old nested form" in text for text in faults({**FLAT, "attack_schedule": [old]}))


def test_names_of_the_hub_that_we_hold_under_a_keyword():
    reading = read({"dataset_source": "huggingface", "hf_dataset_name": "ylecun/mnist"})
    assert reading.config.dataset_keyword == "mnist"
    assert "hub is not reached" in faults({"dataset_source": "huggingface", "hf_dataset_name": "who/knows"})[0]
    assert "is ignored" in told({"hf_dataset_name": "ylecun/mnist"})["hf_dataset_name"]


def test_cuda_is_written_gpu():
    assert read({**FLAT, "training_device": "cuda"}).config.training_device == "gpu"


@pytest.mark.parametrize("schedule", [3, {"a": 1}, [3], ["x"], [None], [{}], [[]]])
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
