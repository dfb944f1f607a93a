"""Simulations on a real server: launching, stopping, deleting, renaming, restarts, and what a run shows while it works."""

from __future__ import annotations

import json
import os
import re
import signal

import httpx2
import pytest
from intefl_service import LONG, SHORT, until

from quintant.runs import open_runs
from quintant.server.app import create_app
from quintant.settings import Settings
from quintant.testing.serving import quieten, serving


def test_an_id_is_of_the_moment_and_nobody_elses(client):
    ids = [client.post("/api/simulations", json=LONG).json()["simulation_id"] for _ in range(5)]
    assert len(set(ids)) == 5
    assert all(re.fullmatch(r"api_run_\d{8}_\d{6}_\d{6}", id) for id in ids)
    listed = [row["simulation_id"] for row in client.get("/api/simulations").json()]
    assert listed == sorted(listed, reverse=True)
    told = client.request("DELETE", "/api/simulations", json={"simulation_ids": [*ids, "a.b", ids[0]]}).json()
    assert told == {"deleted": ids, "failed": [{"simulation_id": "a.b", "error": "Invalid simulation ID"}]}


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"num_of_rounds": -3}, ["num_of_rounds"]),
        ({"num_of_rounds": "ten"}, ["num_of_rounds"]),
        ({"num_of_clients": 1001}, ["num_of_clients"]),
        ({"dataset_keyword": "nowhere"}, ["dataset_keyword"]),
        ({"shared_settings": {"trim_ratio": 0.5}, "simulation_strategies": [{}]}, ["shared_settings", "trim_ratio"]),
        ({"shared_settings": {}, "simulation_strategies": [{"batch_size": 0}]}, ["simulation_strategies", 0, "batch_size"]),
        ({"shared_settings": {}, "simulation_strategies": []}, ["simulation_strategies"]),
        ({"shared_settings": {}, "simulation_strategies": [5]}, ["simulation_strategies", 0]),
        ({"attack_schedule": [{"end_round": 3}]}, None),
        ({"display_name": "x" * 101}, ["display_name"]),
        ({"display_name": "a\u0007b"}, ["display_name"]),
        ({"shared_settings": {"display_name": "a\u0007b"}, "simulation_strategies": [{}]}, ["shared_settings", "display_name"]),
        ({"strict_mode": "maybe"}, ["strict_mode"]),
    ],
)
def test_what_cannot_be_run_is_refused_with_its_path_and_nothing_is_made(client, body, path):
    before = client.get("/api/simulations").json()
    answer = client.post("/api/simulations", json=body)
    assert answer.status_code == 422
    faults = answer.json()["detail"]
    assert all({"loc", "msg", "type"} <= set(fault) for fault in faults)
    if path is not None:
        assert ["body", *path] in [fault["loc"] for fault in faults]
    assert client.get("/api/simulations").json() == before
    valid = client.post("/api/validate", json=body).json()
    assert valid["valid"] is False
    assert len(valid["errors"]) == len(faults)  # one validator behind both


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"{", b"null", b"[]", b'"x"', b'{"a":1,"a":2}', b'{"learning_rate":NaN}', b'{"learning_rate":1e999}', b"\xff\xfe",
        b"[" * 9999, b'{"a":"\\ud800"}',
    ],
)  # fmt: skip
def test_a_body_that_is_no_acceptable_json_object_is_422(client, raw):
    for method, path in (("POST", "/api/simulations"), ("POST", "/api/validate"), ("POST", "/api/agent/chat")):
        answer = client.request(method, path, content=raw, headers={"Content-Type": "application/json"})
        assert answer.status_code == 422, (path, answer.text)
        assert isinstance(answer.json()["detail"], list)


def test_a_body_that_is_too_large_is_413(client, runs):
    raw = b'{"display_name":"' + b"x" * runs.settings.max_body_bytes + b'"}'
    assert client.post("/api/simulations", content=raw).status_code == 413


def test_stopping_is_for_what_is_queued_or_at_work(client, long):
    waiting = client.post("/api/simulations", json=SHORT).json()["simulation_id"]
    queue = client.get("/api/queue/status").json()
    assert (queue["queued"], queue["running"], queue["is_empty"]) == (1, 1, False)
    for id in (waiting, long):
        assert client.post(f"/api/simulations/{id}/stop").json() == {"message": "stopped", "simulation_id": id}
        assert client.get(f"/api/simulations/{id}/status").json()["status"] == "stopped"
        answer = client.post(f"/api/simulations/{id}/stop")
        assert (answer.status_code, answer.json()["detail"]) == (404, "Simulation is not running or does not exist.")
    assert client.get("/api/queue/status").json()["is_empty"] is True
    client.delete(f"/api/simulations/{waiting}")


def test_what_a_stopped_run_had_found_is_kept(client, long):
    until(lambda: client.get(f"/api/simulations/{long}/status").json()["current_round"] >= 4, 60)
    running = client.get(f"/api/simulations/{long}/plot-data").json()
    assert running["per_client_metrics"][0]["metrics"]["loss_history"][0] is not None
    assert client.get(f"/api/simulations/{long}").json()["result_files"] == []  # a strategy's files come when it has ended
    client.post(f"/api/simulations/{long}/stop")
    files = client.get(f"/api/simulations/{long}").json()["result_files"]
    assert {"csv/round_metrics_0.csv", "plot_data_0.json", "accuracy_history_0.pdf"} <= set(files)
    rows = client.get(f"/api/simulations/{long}/results/csv/round_metrics_0.csv").json()
    assert isinstance(rows[0]["aggregated_loss_history"], float)
    assert rows[-1]["aggregated_loss_history"] == "not collected"


def test_deleting_a_run_at_work_stops_it_first_and_leaves_nothing(client, runs, long):
    run = next(one for one in runs.list(limit=100).items if (one.request or {}).get("simulation_id") == long)
    assert client.delete(f"/api/simulations/{long}").json() == {"message": "deleted", "simulation_id": long}
    assert not runs.folder(run.id).exists()
    for path in ("", "/config", "/status", "/plot-data", "/attack-snapshots", "/results/x.json"):
        assert client.get(f"/api/simulations/{long}{path}").status_code == 404
    assert runs.documents("federated", "simulation").get(long) is None


def test_a_run_deleted_by_another_door_is_gone_here(client, runs):
    id = client.post("/api/simulations", json=LONG).json()["simulation_id"]
    run = next(one for one in runs.list(limit=100).items if (one.request or {}).get("simulation_id") == id)
    runs.cancel(run.id, wait_s=10)
    runs.delete(run.id)
    assert client.get(f"/api/simulations/{id}").status_code == 404
    assert id not in client.get("/api/simulations").text


def test_runs_of_other_doors_are_not_simulations(client, runs):
    run = runs.submit("federated", {"num_of_rounds": 1, "num_of_clients": 2})
    assert run.id not in client.get("/api/simulations").text
    assert client.get(f"/api/simulations/{run.id}").status_code == 404
    runs.cancel(run.id, wait_s=10)


def test_the_display_name_is_in_the_list_the_detail_and_the_config(client, finished):
    assert client.patch(f"/api/simulations/{finished}/rename", json={"display_name": " Größe <b>ü</b> "}).status_code == 200
    name = "Größe <b>ü</b>"
    row = next(row for row in client.get("/api/simulations").json() if row["simulation_id"] == finished)
    assert row["display_name"] == name
    assert client.get(f"/api/simulations/{finished}").json()["display_name"] == name
    assert client.get(f"/api/simulations/{finished}/config").json()["shared_settings"]["display_name"] == name
    assert client.get(f"/api/simulations/{finished}/results/config.json").json()["shared_settings"]["display_name"] == name
    refused = client.patch(f"/api/simulations/{finished}/rename", json={"display_name": "a\nb"})
    assert (refused.status_code, refused.json()["detail"]) == (400, "display_name: must not hold control characters.")


def test_a_restart_of_the_server_loses_nothing(tmp_path):
    settings = Settings(data_dir=tmp_path / "data", workers=1, grace_s=0.3)
    with open_runs(settings, execute=False) as runs, serving(create_app(runs, settings)) as address:
        id = httpx2.post(f"{address}/api/simulations", json={**SHORT}).json()["simulation_id"]
        assert httpx2.get(f"{address}/api/simulations/{id}/status").json()["status"] == "queued"
    with open_runs(settings, execute=True) as runs, serving(create_app(runs, settings)) as address:
        place = f"{address}/api/simulations/{id}"
        until(lambda: httpx2.get(f"{place}/status").json()["status"] == "completed", 280)
        assert httpx2.get(place).json()["display_name"] == "Two defences"
        quieten(runs)


def test_a_crash_between_document_and_run_leaves_nothing_to_see(client, runs):
    documents = runs.documents("federated", "simulation")
    documents.put("api_run_crashed", {"display_name": None})
    assert client.get("/api/simulations/api_run_crashed").status_code == 404
    assert "api_run_crashed" not in client.get("/api/simulations").text
    documents.delete("api_run_crashed")


def test_a_crash_between_run_and_pointer_is_healed(client, runs):
    id = client.post("/api/simulations", json=LONG).json()["simulation_id"]
    documents = runs.documents("federated", "simulation")
    documents.put(id, {"display_name": "kept"}, unique=False)
    assert client.get(f"/api/simulations/{id}").json()["display_name"] == "kept"
    assert client.delete(f"/api/simulations/{id}").status_code == 200


def test_health_tells_truly_how_runs_are_executed(client):
    """The contract would have "degraded" without Redis; another contract on this path shows that as a fault, and it is none
    here: the one documented departure (docs/contracts/federated.md)."""
    told = client.get("/api/health").json()
    assert {name: told[name] for name in ("status", "redis", "celery_workers", "execution_mode")} == {
        "status": "healthy", "redis": "disconnected", "celery_workers": 0, "execution_mode": "subprocess",
    }  # fmt: skip


def test_the_agent_says_who_was_removed_and_never_invents(client, finished):
    def ask(text: str) -> str:
        body = {
            "messages": [{"role": "assistant", "content": "hi"}, {"role": "user", "content": [{"type": "text", "text": text}]}]
        }
        return client.post("/api/agent/chat", json=body).json()["message"]

    told = ask(f"Who was removed in {finished}, and why?")
    rows = client.get(f"/api/simulations/{finished}/results/csv/round_metrics_0.csv").json()
    assert "participant 0 (an attacker) was removed in round" in told
    assert f"{rows[-1]['tp_history']} benign kept" in told
    accuracy = re.search(r"test accuracy (0\.\d{4})", ask(f"accuracy of {finished}"))
    plot = client.get(f"/api/simulations/{finished}/plot-data").json()
    assert accuracy
    assert float(accuracy[1]) == pytest.approx(plot["global"]["accuracy"][-1], abs=5e-5)
    assert "label_flipping in rounds 1 to 3 by participants 0" in ask(f"attacks of {finished}")
    assert ask("status of api_run_nowhere") == "There is no simulation api_run_nowhere."
    assert json.dumps(ask("tell me a joke"))  # answered with facts, whatever is asked


def test_a_worker_killed_outright_does_not_lose_the_run_or_lie_about_it(client, runs, long):
    """`kill -9` in the middle: the run goes on from its checkpoint; at no time does anything say that it is completed."""
    until(lambda: client.get(f"/api/simulations/{long}/status").json()["current_round"] >= 3, 60)
    run = next(one for one in runs.list(limit=100).items if (one.request or {}).get("simulation_id") == long)
    runs.pause(run.id)  # writes a checkpoint
    until(lambda: str(runs.get(run.id).state) == "paused", 20)
    assert client.get(f"/api/simulations/{long}/status").json()["status"] == "running"
    runs.resume(run.id)
    until(lambda: str(runs.get(run.id).state) == "running", 20)
    os.kill(next(held for held in runs.store.held() if held.run.id == run.id).pid, signal.SIGKILL)
    words = set()

    def again() -> bool:
        told = client.get(f"/api/simulations/{long}/status").json()
        words.add(told["status"])
        return runs.get(run.id).attempt > 1 and told["status"] == "running"

    until(again, 60)
    assert words <= {"running", "queued"}


def test_a_strategy_that_fails_leaves_the_others_and_the_run_is_not_called_completed(client):
    body = {
        "shared_settings": {"dataset_keyword": "digits", "model_type": "mlp", "num_of_rounds": 2, "num_of_clients": 3},
        "simulation_strategies": [{"dataset_keyword": "bloodmnist"}, {"aggregation_strategy_keyword": "rfa"}],
    }
    id = client.post("/api/simulations", json=body).json()["simulation_id"]
    told = until(
        lambda: (one := client.get(f"/api/simulations/{id}/status").json())["status"] in ("failed", "completed") and one, 60
    )
    assert told["status"] == "failed"
    assert told["error"].startswith("1 of 2 strategies failed: strategy 0:")
    assert "bloodmnist" in told["error"]
    row = next(row for row in client.get("/api/simulations").json() if row["simulation_id"] == id)
    assert row["status"] == "failed"
    plots = client.get(f"/api/simulations/{id}/all-plot-data").json()["strategies"]
    assert [one["strategy_number"] for one in plots] == [1]
    assert client.get(f"/api/simulations/{id}/results/csv/round_metrics_1.csv").status_code == 200
    client.delete(f"/api/simulations/{id}")


def test_strategies_are_in_the_order_of_their_numbers(client):
    """Ten comes after two: the original sorts file names as texts."""
    body = {
        "shared_settings": {"dataset_keyword": "digits", "model_type": "logistic", "num_of_rounds": 1, "num_of_clients": 2},
        "simulation_strategies": [{"aggregation_strategy_keyword": "fedavg"}] * 11,
    }
    id = client.post("/api/simulations", json=body).json()["simulation_id"]
    until(lambda: client.get(f"/api/simulations/{id}/status").json()["status"] == "completed", 60)
    plots = client.get(f"/api/simulations/{id}/all-plot-data").json()["strategies"]
    assert [one["strategy_number"] for one in plots] == list(range(11))
    assert client.get(f"/api/simulations/{id}/plot-data").json()["strategy_number"] == 0
    client.delete(f"/api/simulations/{id}")


@pytest.mark.parametrize("port", range(5173, 5179))
@pytest.mark.parametrize("name", ["localhost", "127.0.0.1"])
def test_the_pages_that_the_contract_was_written_for_may_do_everything(client, name, port):
    origin = f"http://{name}:{port}"
    for method in ("POST", "PATCH", "DELETE"):
        answer = client.options(
            "/api/simulations/x/rename",
            headers={
                "Origin": origin,
                "Access-Control-Request-Method": method,
                "Access-Control-Request-Headers": "content-type",
            },
        )
        assert answer.status_code == 200
        assert answer.headers["access-control-allow-origin"] == origin
        assert answer.headers["access-control-allow-credentials"] == "true"


@pytest.mark.parametrize("origin", ["http://localhost:5179", "https://evil.example", "null"])
def test_pages_of_other_origins_change_and_read_nothing(client, origin):
    answer = client.post("/api/simulations", json={}, headers={"Origin": origin})
    assert answer.status_code == 403
    answer = client.get("/api/simulations", headers={"Origin": origin})
    assert "access-control-allow-origin" not in answer.headers


def test_faults_of_strategies_are_told_beside_those_they_share(client):
    body = {"shared_settings": {"num_of_rounds": -3}, "simulation_strategies": [{}, {"batch_size": "many", "trim_ratio": -0.5}]}
    told = client.post("/api/validate", json=body).json()["errors"]
    assert told == [
        "shared_settings.num_of_rounds: must be at least 1; got -3.",
        "simulation_strategies.1.batch_size: must be an integer; got 'many'.",
        "simulation_strategies.1.trim_ratio: must be at least 0; got -0.5.",
    ]


UNTOUCHED = {
    "display_name": "", "num_of_rounds": 4, "num_of_clients": 7, "num_of_malicious_clients": 1, "attack_ratio": 1.0,
    "dataset_source": "local", "dataset_keyword": "digits", "model_type": "cnn", "use_llm": False, "num_std_dev": 2,
    "attack_type": "gaussian_noise", "gaussian_noise_mean": 0, "gaussian_noise_std": 75, "attack_schedule": [],
    "aggregation_strategy_keyword": "pid", "remove_clients": True, "begin_removing_from_round": 2, "strict_mode": True,
    "llm_model": "distilbert-base-uncased", "llm_finetuning": "lora", "llm_task": "mlm", "llm_chunk_size": 256,
    "lora_target_modules": ["query", "value"], "learning_rate": None, "preserve_dataset": True,
}  # fmt: skip
"""What the original's page sends when nobody touched its form, on a smaller data set."""


def test_the_untouched_form_and_a_bulyan_that_cannot_be_applied_run_and_say_so(client):
    labels = {"start_round": 1, "end_round": 2, "attack_type": "label_flipping", "selection_strategy": "specific",
              "malicious_client_ids": [0]}  # fmt: skip
    bodies = (
        {**UNTOUCHED, "attack_schedule": [labels]},
        {"aggregation_strategy_keyword": "bulyan", "num_of_clients": 6, "num_of_rounds": 2, "dataset_keyword": "digits"},
    )
    told = []
    for body in bodies:
        id = client.post("/api/simulations", json=body).json()["simulation_id"]
        until(lambda id=id: client.get(f"/api/simulations/{id}/status").json()["status"] in ("completed", "failed"), 280)
        told.append((client.get(f"/api/simulations/{id}/status").json(), client.get(f"/api/simulations/{id}/logs").text))
    (form, _), (bulyan, log) = told
    assert (form["status"], form["current_round"]) == ("completed", 4) and "undefended" not in form
    assert bulyan["undefended"] == [
        "strategy 0: bulyan cannot be applied (n = 6 and m = 2 do not satisfy m <= n and n > 2(n - m) + 2); every round is "
        "averaged without a defence"
    ]
    assert log.count("the round was averaged without a defence") == 2  # in every round
