"""What a stopped run keeps: its whole rounds, with the numbers of a run that was to have no more of them."""

import pytest

from quintant.config import parse
from quintant.labs.federated import LAB
from quintant.labs.federated.engine import FederatedEngine
from quintant.testing import conformance

BRIEF = {
    "model_type": "logistic", "num_of_rounds": 4, "num_of_clients": 5, "samples_per_client": 40, "learning_rate": 0.01,
    "attack_schedule": [{"attack_type": "label_flipping", "start_round": 1, "selection_strategy": "specific",
                         "malicious_client_ids": [1]}],
}  # fmt: skip
THREE = {**BRIEF, "num_of_rounds": 2, "strategies": [{}, {"aggregation_strategy_keyword": "median"}, {"num_of_rounds": 3}]}
UNDER_WAY = ("test_accuracy", "test_loss", "aggregated_loss", "average_accuracy", "best_test_accuracy", "left_out_attackers")


def stopped(config, rounds):
    """(result so far, rows of "rounds") of a run that is stopped once it has told so many rounds, in the middle of the next."""
    parsed = parse(LAB.config, config)
    engine = FederatedEngine()
    state = engine.init(parsed, LAB.seeded(parsed, 1))
    rows = []
    while len(rows) < rounds:
        step = engine.step(state, ())
        rows += step.tables["rounds"].to_pylist() if "rounds" in step.tables else []
        state = step.state
    state = engine.step(state, ()).state
    return engine.so_far(state), rows


def whole(config):
    parsed = parse(LAB.config, config)
    engine = FederatedEngine()
    step = engine.step(engine.init(parsed, LAB.seeded(parsed, 1)), ())
    while not step.done:
        step = engine.step(step.state, ())
    return engine.result(step.state)


@pytest.mark.parametrize("rounds", [1, 3])
def test_a_stopped_run_has_the_numbers_of_a_run_of_that_many_rounds(rounds):
    (result, amount), rows = stopped(BRIEF, rounds)
    assert amount == f"{rounds} of 4 rounds"
    shorter = whole({**BRIEF, "num_of_rounds": rounds})
    for name in UNDER_WAY:
        metric = result.metrics[name]
        assert metric.value == shorter.metrics[name].value, name
        assert metric.method.endswith(f"so far: {amount}")
    assert result.metrics["test_accuracy"].value == rows[-1]["test_accuracy"]
    assert (result.metrics["rounds_done"].value, result.metrics["rounds_done"].n) == (rounds, 4)
    assert result.metrics["removal_f1"].value is None and result.metrics["removal_f1"].reason == "participants are not removed"
    (document,) = result.documents["strategies"]
    assert (document["rounds_done"], document["failed"], document["termination"]["terminated_early"]) == (rounds, None, False)


def test_nothing_is_kept_before_a_round_has_ended():
    assert stopped(BRIEF, 0)[0] is None


@pytest.mark.parametrize(
    ("rounds", "amount"),
    [(1, "1 of 2 rounds of the first"), (2, "1 of 3 strategies"), (5, "2 of 3 strategies and 1 of 3 rounds of the next")],
)
def test_strategies_that_ended_stand_and_those_to_come_say_that_they_had_not_begun(rounds, amount):
    (result, said), _ = stopped(THREE, rounds)
    assert said == amount
    full = whole(THREE).metrics
    assert set(result.metrics) == set(full)
    ended = {1: 0, 2: 1, 5: 2}[rounds]
    under_way = rounds in (1, 5)
    for number, tail in enumerate(("", "_1", "_2")):
        metric = result.metrics[f"test_accuracy{tail}"]
        if number < ended:
            assert metric == full[f"test_accuracy{tail}"]
        elif number == ended and under_way:
            assert metric.method == f"after the last round; so far: {amount}"
        else:
            assert (metric.value, metric.reason) == (None, "this strategy had not begun when the run was stopped")
    assert len(result.documents["strategies"]) == ended + under_way


def test_a_stopped_run_passes_what_every_lab_must():
    conformance.a_stopped_run_says_what_it_measured(LAB, BRIEF)
