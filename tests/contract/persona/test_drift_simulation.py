"""Starting, stopping, pausing and resuming over a real socket; what status and results say meanwhile."""

from __future__ import annotations

import statistics
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from drift_service import API, ended, rows, started, status, stopped, until

START = f"{API}/simulation/start"


def refusal(answer, code: int):
    """The detail of a refusal, which has the four keys."""
    told = answer.json()
    assert (answer.status_code, told["status_code"]) == (code, code), answer.text
    assert set(told) == {"error", "detail", "status_code", "timestamp"}
    assert told["timestamp"].endswith("Z")
    return told["detail"]


def test_a_start_without_a_body_means_all_defaults(client):
    answer = client.post(START)
    told = answer.json()
    assert answer.status_code == 200
    assert (told["message"], told["condition"], told["status"]) == ("Simulation started successfully", "CONTROL", "running")
    assert told["simulation_id"].startswith("sim_")
    now = ended(client)
    assert (now["simulation_id"], now["status"], now["progress_percentage"]) == (told["simulation_id"], "completed", 100.0)
    assert (now["current_day"], now["total_days"], now["active_personas"]) == (30, 30, 3)
    assert now["assessments_completed"] == 6 * 3 * 3  # days 0, 7, 14, 21, 28 and 30; three instruments; three personas
    assert not now["is_running"] and not now["is_paused"]


@pytest.mark.parametrize("word", ["TRAUMA", "trauma", "Trauma"])
def test_a_condition_is_understood_in_either_case_and_answered_in_capitals(client, word):
    answer = client.post(START, json={"experimental_condition": word, "duration_days": 2, "config_name": None})
    assert answer.json()["condition"] == "TRAUMA"
    assert ended(client)["status"] == "completed"


def test_the_days_and_both_frequencies_are_those_that_were_asked_for(client):
    """Stress on every persona-day, then neutral events on every one: independent draws per persona, none left out."""
    id = started(client, duration_days=5, stress_event_frequency=1, neutral_event_frequency=0)
    assert ended(client)["total_days"] == 5
    days = [(row["persona_id"], row["simulation_day"]) for row in rows(client, "events", simulation_id=id, event_type="stress")]
    assert len(days) == len(set(days)) == 15
    id = started(client, duration_days=5, stress_event_frequency=0, neutral_event_frequency=1)
    ended(client)
    kinds = [row["event_type"] for row in rows(client, "events", simulation_id=id)]
    assert (kinds.count("stress"), kinds.count("neutral")) == (0, 15)


def test_a_study_shorter_than_the_interval_is_assessed_on_its_first_and_last_day(client):
    answer = client.post(START, json={"duration_days": 3})
    assert answer.json()["warnings"][0]["path"] == "duration_days"
    id = answer.json()["simulation_id"]
    ended(client)
    assert {row["simulation_day"] for row in rows(client, "assessments", simulation_id=id)} == {0, 3}


def test_neutral_events_that_nobody_asked_for_give_way_to_stress(client, runs):
    answer = client.post(START, json={"duration_days": 7, "experimental_condition": "TRAUMA", "stress_event_frequency": 1})
    assert answer.json()["warnings"][0]["path"] == "neutral_event_frequency"
    run = runs.get(answer.json()["simulation_id"].removeprefix("sim_"))
    assert run.config["neutral_event_probability"] == 0
    stopped(client)
    both = {"stress_event_frequency": 0.1, "neutral_event_frequency": 0.95}
    assert "at most 0.9" in refusal(client.post(START, json=both), 400)


def test_a_key_that_is_not_known_is_ignored_aloud(client, runs):
    answer = client.post(START, json={"duration_days": 7, "duration": 9, "☃\r\n": 1})
    assert answer.status_code == 200
    told = {one["path"]: one["message"] for one in answer.json()["warnings"]}
    assert told["duration"] == told["☃\r\n"] == "is not a key of this request; it is ignored."
    id = answer.json()["simulation_id"].removeprefix("sim_")
    ended(client)
    assert "WARNING duration: is not a key of this request" in runs.log(id).data.decode()


@pytest.mark.parametrize(
    ("body", "place", "words"),
    [
        ({"experimental_condition": "HAPPY"}, "experimental_condition", "must be one of CONTROL, STRESS, TRAUMA"),
        ({"duration_days": 0}, "duration_days", "greater than or equal to 1; got 0"),
        ({"duration_days": 1826}, "duration_days", "less than or equal to 1825"),
        ({"duration_days": "30"}, "duration_days", "valid integer"),
        ({"duration_days": True}, "duration_days", "valid integer"),
        ({"duration_days": 2.5}, "duration_days", "valid integer"),
        ({"stress_event_frequency": 1.01}, "stress_event_frequency", "less than or equal to 1"),
        ({"neutral_event_frequency": -0.1}, "neutral_event_frequency", "greater than or equal to 0"),
        ({"config_name": ""}, "config_name", "at least 1 character"),
        ({"config_name": ["experimental_design"]}, "config_name", "valid string"),
        ([], None, "must be a JSON object; got list"),
    ],
)
def test_what_is_out_of_range_is_422_and_starts_nothing(client, runs, body, place, words):
    before = runs.list(lab="persona").total
    (fault,) = refusal(client.post(START, json=body), 422)
    assert fault["loc"] == (["body", place] if place else ["body"])
    assert words in fault["msg"]
    assert runs.list(lab="persona").total == before


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"{", "is not JSON"),
        (b"\xff", "UTF-8"),
        (b'{"duration_days": 1, "duration_days": 2}', "twice"),
        (b'{"duration_days": ' + b"9" * 5000 + b"}", "not acceptable JSON"),
        (b"[" * 20000, "nested too deeply"),
    ],
)
def test_what_is_no_acceptable_json_is_422(client, data, words):
    (fault,) = refusal(client.post(START, content=data, headers={"Content-Type": "application/json"}), 422)
    assert words in fault["msg"]


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"-Infinity", b"1e999"])
def test_a_number_that_is_none_is_refused(client, number):
    answer = client.post(START, content=b'{"stress_event_frequency": ' + number + b"}")
    assert "finite number" in refusal(answer, 400)


def test_a_body_that_is_too_large_is_413(client):
    refusal(client.post(START, content=b'{"x": "' + b"x" * 70_000 + b'"}'), 413)


@pytest.mark.parametrize("name", ["no_such_design", "../../etc/passwd", "experimental_design.yaml", "x" * 80])
def test_an_unknown_configuration_is_404(client, name):
    assert "experimental_design" in refusal(client.post(START, json={"config_name": name}), 404)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (
            {"stress_event_frequency": 0.8, "neutral_event_frequency": 0.3},
            "neutral_event_frequency: with stress_event_frequency",
        ),
        ({"config_name": "nonsense"}, "no persona is named 'nobody'"),
        ({"config_name": "broken"}, "broken.yaml.description: Field required."),
    ],
)
def test_values_that_do_not_go_together_are_400(client, body, words):
    assert words in refusal(client.post(START, json=body), 400)


def test_a_language_model_that_cannot_be_reached_is_503_and_starts_nothing(client, runs):
    before = runs.list(lab="persona").total
    assert refusal(client.post(START, json={"config_name": "absent"}), 503).startswith("LLM connection failed")
    assert runs.list(lab="persona").total == before
    assert started(client, duration_days=1)


def test_a_second_start_is_409_and_leaves_the_first_unharmed(client):
    id = started(client, config_name="endless")
    until(lambda: status(client)["current_day"] > 2)
    assert id in refusal(client.post(START, json={}), 409)
    assert client.post(f"{API}/simulation/pause").status_code == 200
    assert "paused" in refusal(client.post(START, json={}), 409)
    assert client.post(f"{API}/simulation/resume").status_code == 200
    day = status(client)["current_day"]
    until(lambda: status(client)["current_day"] > day)
    assert status(client)["simulation_id"] == id


def test_of_two_starts_at_once_one_wins(client, address):
    for _ in range(3):
        with ThreadPoolExecutor(8) as pool:
            codes = list(pool.map(lambda _: client.post(START, json={"config_name": "endless"}).status_code, range(8)))
        assert sorted(codes) == [200] + [409] * 7
        stopped(client)


def test_a_pause_freezes_days_events_and_assessments(client):
    """On the wire and in the data, for longer than a simulated day takes."""
    id = started(client, config_name="endless", experimental_condition="STRESS")
    until(lambda: status(client)["current_day"] >= 8)
    answer = client.post(f"{API}/simulation/pause").json()
    assert (answer["message"], answer["simulation_id"], answer["status"]) == ("Simulation paused successfully", id, "paused")
    before = (status(client), rows(client, "events", simulation_id=id), rows(client, "assessments", simulation_id=id))
    assert (before[0]["status"], before[0]["is_paused"], before[0]["is_running"]) == ("paused", True, False)
    assert before[0]["events_processed"] == len(before[1])
    assert before[0]["assessments_completed"] == len(before[2])
    time.sleep(0.5)
    after = (status(client), rows(client, "events", simulation_id=id), rows(client, "assessments", simulation_id=id))
    assert after[1:] == before[1:]
    assert {**after[0], "estimated_completion": 0} == {**before[0], "estimated_completion": 0}
    assert refusal(client.post(f"{API}/simulation/pause"), 400) == "The simulation is already paused"
    assert client.post(f"{API}/simulation/resume").json()["status"] == "running"
    until(lambda: status(client)["current_day"] > before[0]["current_day"])


def test_a_paused_study_ends_as_one_that_was_never_paused(client, runs):
    ids = []
    for pause in (True, False):
        ids.append(started(client, config_name="slow", duration_days=10).removeprefix("sim_"))
        if pause:
            until(lambda: status(client)["current_day"] >= 1)
            client.post(f"{API}/simulation/pause")
            client.post(f"{API}/simulation/resume")
        assert ended(client)["status"] == "completed"
    assert runs.get(ids[0]).result_hash == runs.get(ids[1]).result_hash


@pytest.mark.parametrize("verb", ["stop", "pause", "resume"])
def test_without_a_simulation_nothing_can_be_stopped_paused_or_resumed(client, verb):
    assert refusal(client.post(f"{API}/simulation/{verb}"), 400) == f"No active simulation to {verb}"


def test_what_runs_cannot_be_resumed(client):
    started(client, config_name="endless")
    assert refusal(client.post(f"{API}/simulation/resume"), 400) == "The simulation is not paused"


@pytest.mark.parametrize("paused", [False, True])
def test_a_stopped_study_is_stopped_and_the_next_one_runs_to_its_end(client, paused):
    id = started(client, config_name="endless")
    until(lambda: status(client)["current_day"] >= 1)
    if paused:
        client.post(f"{API}/simulation/pause")
    answer = client.post(f"{API}/simulation/stop").json()
    assert (answer["message"], answer["simulation_id"], answer["status"]) == ("Simulation stopped successfully", id, "stopped")
    now = status(client)
    assert (now["status"], now["is_running"], now["is_paused"]) == ("stopped", False, False)
    assert 0 < now["current_day"] < now["total_days"]
    assert client.get(f"{API}/simulation/results").json()["status"] == "stopped"
    started(client, duration_days=8)
    now = ended(client)
    assert (now["status"], now["current_day"], now["assessments_completed"]) == ("completed", 8, 27)


def test_a_study_whose_language_model_breaks_is_an_error_with_the_reason(client):
    started(client, config_name="breaks")
    now = ended(client)
    assert (now["status"], now["is_running"]) == ("error", False)
    assert "LLM connection failed" in now["error"]
    assert client.get(f"{API}/simulation/results").json()["total_assessments"] == 0


def test_answers_that_nobody_can_read_are_null_and_count_nowhere(client):
    id = started(client, config_name="refuses", duration_days=7)
    assert ended(client)["status"] == "completed"
    found = rows(client, "assessments", simulation_id=id)
    assert found and all(row["score"] is None and row["valid"] is False for row in found)
    assert all(item["score"] is None for row in found for item in row["responses"])
    summary = client.get(f"{API}/data/assessments", params={"simulation_id": id}).json()["summary"]
    assert summary["phq9"] == {"mean": None, "std": None, "min": None, "max": None}
    told = client.get(f"{API}/simulation/results").json()["results_summary"]
    assert told["final_assessments"]["phq9"] == {"mean": None, "std": None}
    assert (told["drift_detected"], told["significant_changes"]) == (False, [])


def test_a_model_that_answers_in_words_says_so(client):
    id = started(client, config_name="words", duration_days=7)
    ended(client)
    assert {row["scoring_method"] for row in rows(client, "assessments", simulation_id=id)} == {"self_report"}


def test_results_are_the_arithmetic_of_the_rows(client, month):
    if status(client)["simulation_id"] != month:
        started(client, experimental_condition="STRESS")
        ended(client)
    told = client.get(f"{API}/simulation/results").json()
    found = rows(client, "assessments", simulation_id=told["simulation_id"])
    assert (told["total_personas"], told["total_assessments"]) == (3, len(found))
    assert told["total_events"] == len(rows(client, "events", simulation_id=told["simulation_id"]))
    assert told["completion_time"] and told["status"] == "completed"
    summary = told["results_summary"]
    for name in ("phq9", "gad7", "pss10"):
        for day, key in ((0, "baseline_assessments"), (30, "final_assessments")):
            scores = [row["score"] for row in found if (row["assessment_type"], row["simulation_day"]) == (name, day)]
            assert summary[key][name]["mean"] == pytest.approx(statistics.mean(scores), abs=1e-4)
            assert summary[key][name]["std"] == pytest.approx(statistics.stdev(scores), abs=1e-4)
        before, after = (summary[f"{when}_assessments"][name] for when in ("baseline", "final"))
        moved = abs(after["mean"] - before["mean"]) >= 0.8 * before["std"]
        assert (name in summary["significant_changes"]) == moved
    assert summary["drift_detected"] is True


def test_at_the_baseline_nothing_is_final(client):
    started(client, config_name="slow", experimental_condition="STRESS")
    until(lambda: status(client)["assessments_completed"] >= 3)
    assert client.post(f"{API}/simulation/pause").status_code == 200
    assert status(client)["current_day"] == 0
    told = client.get(f"{API}/simulation/results").json()["results_summary"]
    assert told["baseline_assessments"]["phq9"]["mean"] > 0
    assert told["final_assessments"]["phq9"] == {"mean": None, "std": None}
    assert (told["drift_detected"], told["significant_changes"]) == (False, [])


def test_results_are_partial_while_it_runs(client):
    started(client, config_name="endless", experimental_condition="STRESS")
    until(lambda: status(client)["current_day"] >= 8)
    told = client.get(f"{API}/simulation/results").json()
    assert (told["status"], told["completion_time"]) == ("running", None)
    assert told["results_summary"]["baseline_assessments"]["phq9"]["mean"] > 0
    assert told["total_assessments"] >= 18


def test_two_simulations_of_one_design_differ_in_nothing_but_ids_and_times(client):
    """One root seed, one result: the contract names none, so the server's is taken."""
    found = []
    for _ in range(2):
        id = started(client, duration_days=7, experimental_condition="TRAUMA")
        ended(client)
        found.append([(row["score"], row["responses"]) for row in rows(client, "assessments", simulation_id=id)])
    assert found[0] == found[1]


def test_trauma_stands_above_control(client):
    """The same three personas in both arms: the events reach the answers."""
    means = {}
    for condition in ("CONTROL", "TRAUMA"):
        started(client, experimental_condition=condition)
        ended(client)
        told = client.get(f"{API}/simulation/results").json()["results_summary"]
        means[condition] = [told["final_assessments"][name]["mean"] for name in ("phq9", "gad7", "pss10")]
    assert all(high > low + 3 for high, low in zip(means["TRAUMA"], means["CONTROL"], strict=True)), means
