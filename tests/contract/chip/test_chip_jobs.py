"""Jobs: from submission to spikes, over the wire."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from chip_service import BUSY, DRIVE, LONG, NETWORK, ONE, STIMULI, Client, detail

VECTORS = json.loads((Path(__file__).parents[2] / "verification" / "chip" / "chip-vectors.json").read_text())["vectors"]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_published_vectors_come_out_of_the_wire_as_they_are_printed(client, vector):
    network_id = client.network(vector["network"])
    job = client.ended(client.post("/v1/jobs", {"network_id": network_id, **vector["job"]})["job_id"])
    expected = vector["expected"]
    assert job["status"] == "completed", job
    for name in ("total_spikes", "firing_rates", "spike_count_timeseries"):
        assert job["result"][name] == expected[name]
    assert client.get(f"/v1/jobs/{job['job_id']}/spikes")["spike_trains"] == expected["spike_trains"]
    if "final_weights" in expected:
        told = client.get(f"/v1/jobs/{job['job_id']}/weights")["weights"]
        found = [
            [one["source"], pre, one["target"], post, weight]
            for one in told
            for pre, post, weight in zip(one["pre"], one["post"], one["final"], strict=True)
        ]
        assert sorted(found) == sorted(expected["final_weights"])


def test_the_contracts_quick_start(client):
    network_id = client.network(NETWORK)
    submitted = client.post("/v1/jobs", {"network_id": network_id, "timesteps": 1000, "stimuli": STIMULI})
    assert list(submitted) == ["job_id", "status"] and submitted["status"] == "queued"
    job = client.ended(submitted["job_id"])
    assert job["status"] == "completed" and job["compute_seconds"] >= 0
    result = job["result"]
    assert list(result) == ["total_spikes", "firing_rates", "spike_count_timeseries"]
    assert len(result["spike_count_timeseries"]) == 1000 and sum(result["spike_count_timeseries"]) == result["total_spikes"]
    trains = client.get(f"/v1/jobs/{job['job_id']}/spikes")["spike_trains"]
    assert list(trains) == ["excitatory", "inhibitory"]
    counted = {label: sum(map(len, of.values())) for label, of in trains.items()}
    assert sum(counted.values()) == result["total_spikes"]
    assert result["firing_rates"] == {"excitatory": counted["excitatory"] / 1e5, "inhibitory": counted["inhibitory"] / 25e3}
    assert list(trains["excitatory"]) == ["0", "1", "2", "3", "4"], "silent neurons are left out; keys in numeric order"
    assert all(times == sorted(times) and times for of in trains.values() for times in of.values())


def test_a_job_is_answered_with_all_that_is_known_of_it(client):
    network_id = client.network(ONE)
    job = client.ended(client.submit(network_id))
    wanted = {"status": "completed", "network_id": network_id, "num_neurons": 1, "num_timesteps": 40, "tier": "enterprise"}
    assert {name: job[name] for name in wanted} == wanted
    assert job["created_at"] <= job["completed_at"] and len(job["result_hash"]) == 64
    assert job["result"] == {
        "total_spikes": 4, "firing_rates": {"n": 0.1}, "spike_count_timeseries": [int(t in (5, 14, 23, 32)) for t in range(40)],
    }  # fmt: skip
    assert "error_message" not in job and "cancelled" not in job


def test_the_same_network_and_job_give_the_same_hash(client):
    network_id = client.network(NETWORK)
    jobs = [client.ended(client.submit(network_id, 300, STIMULI, learning={"enabled": True})) for _ in range(2)]
    assert jobs[0]["result_hash"] == jobs[1]["result_hash"]
    assert jobs[0]["result"] == jobs[1]["result"]


def test_the_first_look_at_a_small_job_has_its_result(client):
    network_id = client.network(ONE)
    client.ended(client.submit(network_id))
    for _ in range(7):
        assert client.get(f"/v1/jobs/{client.submit(network_id)}", Prefer="wait=20")["status"] == "completed"


def test_a_look_at_a_long_job_is_held_for_a_moment_and_by_wish_longer(new):
    client = new()
    job_id = client.submit(client.network(BUSY), **LONG)
    began = time.monotonic()
    assert client.get(f"/v1/jobs/{job_id}")["status"] in ("queued", "running")
    held_s = time.monotonic() - began
    assert held_s > 0.3
    began = time.monotonic()
    answer = client.ask("GET", f"/v1/jobs/{job_id}", Prefer="wait=1")
    assert answer.headers["preference-applied"] == "wait=1"
    assert time.monotonic() - began > 0.9
    looks = []
    for _ in range(5):
        began = time.monotonic()
        assert 0 <= client.get(f"/v1/jobs/{job_id}", Prefer="wait=0")["progress"] <= 1
        looks.append(time.monotonic() - began)
    assert min(looks) < 0.3 < held_s, "not held"
    client.post(f"/v1/jobs/{job_id}/cancel", None)


def test_a_cancelled_job_has_failed_so_that_clients_stop_waiting(new):
    client = new()
    job_id = client.submit(client.network(BUSY), **LONG)
    while client.get(f"/v1/jobs/{job_id}")["status"] == "queued":
        pass
    told = client.post(f"/v1/jobs/{job_id}/cancel", None)
    assert (told["status"], told["error_message"], told["cancelled"]) == ("failed", "Job cancelled", True)
    assert client.get(f"/v1/jobs/{job_id}") == told
    again = client.refused("POST", f"/v1/jobs/{job_id}/cancel", status=409)
    assert again == f"Job {job_id} is failed already; only one that has not ended can be cancelled."
    text = client.refused("GET", f"/v1/jobs/{job_id}/spikes", status=409)
    assert text == f"Job {job_id} has no spikes, because it failed: Job cancelled"
    used = client.get("/v1/usage")
    assert used["jobs_today"] == 1 and used["compute_seconds_today"] == told["compute_seconds"], "what it worked is counted"


def test_spikes_before_the_end_are_a_conflict(new):
    client = new()
    job_id = client.submit(client.network(BUSY), **LONG)
    text = client.refused("GET", f"/v1/jobs/{job_id}/spikes", status=409)
    assert text.startswith(f"Job {job_id} is ") and text.endswith("its spikes can be read once it has completed.")
    client.post(f"/v1/jobs/{job_id}/cancel", None)


def test_a_job_carries_the_run_time_of_the_tier_it_was_submitted_under(runs, new):
    from quintant.labs.chip import LAB
    from quintant.wire.contract import contract_of

    for tier, limit_s in (("free", 30), ("researcher", 300), ("startup", 1800), ("enterprise", 3600)):
        client = new(tier)
        assert contract_of(LAB).limit_s(runs.get(client.submit(client.network())[4:]).request) == limit_s
    assert contract_of(LAB).limit_s(None) is None and contract_of(LAB).limit_s({}) is None, "a native run has no limit"


@pytest.mark.slow
def test_a_free_job_is_stopped_after_thirty_seconds_of_work(new):
    client = new("free")
    network = {
        "populations": [{"label": "n", "size": 1024, "params": {"threshold": 1, "leak": 0, "refrac": 0}}],
        "connections": [{"source": "n", "target": "n", "weight": 1, "delay": delay} for delay in range(3)],
    }
    job_id = client.submit(client.network(network), 1000, [{"population": "n", "current": 5}], learning={"three_factor": True})
    until = time.monotonic() + 150
    while (job := client.get(f"/v1/jobs/{job_id}", Prefer="wait=20"))["status"] in ("queued", "running"):
        assert time.monotonic() < until
    assert job["status"] == "failed", job.get("compute_seconds")
    assert job["error_message"].endswith("s of work: 30 s are allowed.") and 30 < job["compute_seconds"] < 33


def test_spike_trains_can_be_asked_for_in_part(client):
    job_id = client.done(NETWORK, 200, STIMULI)
    whole = client.get(f"/v1/jobs/{job_id}/spikes")["spike_trains"]
    part = client.get(f"/v1/jobs/{job_id}/spikes?population=excitatory&start=10&stop=20")["spike_trains"]
    wanted = {index: [t for t in times if 10 <= t < 20] for index, times in whole["excitatory"].items()}
    assert part == {"excitatory": {index: times for index, times in wanted.items() if times}}
    for query, text in (
        ("population=excitatry", "population: must be the label of a population, one of excitatory, inhibitory; got"),
        ("start=-1", "start: must be at least 0; got '-1'."), ("stop=x", "stop: must be a whole number; got 'x'."),
        ("format=csv", "format: is not a parameter of this request. Known: population, start, stop."),
    ):  # fmt: skip
        assert client.refused("GET", f"/v1/jobs/{job_id}/spikes?{query}", status=400).startswith(text)


def test_a_silent_population_is_there_and_empty(client):
    job_id = client.done(NETWORK, 50, [])
    assert client.get(f"/v1/jobs/{job_id}/spikes") == {"spike_trains": {"excitatory": {}, "inhibitory": {}}}
    assert client.get(f"/v1/jobs/{job_id}")["result"]["firing_rates"] == {"excitatory": 0.0, "inhibitory": 0.0}


def test_stimuli_may_have_a_time(client):
    """Threshold 100, leak 0, no refractory: every step with I = 200 fires."""
    network_id = client.network(
        {"populations": [{"label": "n", "size": 3, "params": {"threshold": 100, "leak": 0, "refrac": 0}}]}
    )
    for stimulus, steps in (
        ({"start": 2, "stop": 5}, [2, 3, 4]), ({"mode": "pulse"}, [0]), ({"mode": "pulse", "start": 7}, [7]),
        ({"times": [1, 8]}, [1, 8]), ({"mode": "constant", "start": 8}, [8, 9]),
    ):  # fmt: skip
        stimuli = [{"population": "n", "neurons": [1], "current": 200, **stimulus}]
        job = client.ended(client.submit(network_id, 10, stimuli))
        assert client.get(f"/v1/jobs/{job['job_id']}/spikes")["spike_trains"] == {"n": {"1": steps}}
    events = [{"population": "n", "current": 200, "events": [[0, 2], [3, 0], [9, 2]]}]
    job = client.ended(client.submit(network_id, 10, events))
    assert client.get(f"/v1/jobs/{job['job_id']}/spikes")["spike_trains"] == {"n": {"0": [3], "2": [0, 9]}}


def test_samples_are_presented_one_by_one_and_counted(client):
    params = {"threshold": 100, "leak": 0, "refrac": 0}
    network = {"populations": [{"label": "n", "size": 2, "params": params}]}
    samples = [
        {"label": neuron, "stimuli": [{"population": "n", "neurons": [0 if wrong else neuron], "current": 200}]}
        for neuron, wrong in ((0, False), (1, False), (1, True))
    ]
    job = client.ended(client.submit(client.network(network), 5, [], samples=samples, readout="n"))
    result = job["result"]
    assert (job["num_timesteps"], result["total_spikes"], len(result["spike_count_timeseries"])) == (15, 15, 15)
    assert [(one["label"], one["predicted"], one["counts"]) for one in result["samples"]] == [
        (0, 0, [5, 0]), (1, 1, [0, 5]), (1, 0, [5, 0]),
    ]  # fmt: skip
    assert result["accuracy"] == pytest.approx(2 / 3)


def test_probes_and_hardware_can_be_read(client):
    job_id = client.done(ONE, 8, DRIVE, probes=[{"population": "n"}], hardware="n1-arty", energy_profile="spinnaker2")
    probe = client.get(f"/v1/jobs/{job_id}/probes")["probes"]["n"]["0"]
    assert probe["step"] == list(range(8))
    assert probe["potential"] == [197, 394, 591, 788, 985, 0, 0, 0], "+197 a step, at the sixth it fires"
    told = client.get(f"/v1/jobs/{job_id}/hardware")
    assert told["fits_hardware"]["fits"] is True and told["energy_estimate"]["estimate"] is True
    for what, hint in (("weights", '"record_weights": "all"'), ("probes", '"probes": [')):
        text = client.refused("GET", f"/v1/jobs/{client.done()}/{what}", status=404)
        assert hint in text, text


def test_jobs_are_listed_newest_first(new):
    client = new()
    network_id = client.network(ONE)
    ids = [client.submit(network_id, 5 + at) for at in range(3)]
    for job_id in ids:
        client.ended(job_id)
    listed = client.get("/v1/jobs")
    assert [one["job_id"] for one in listed] == ids[::-1]
    assert [(one["num_timesteps"], one["num_neurons"], one["status"]) for one in listed] == [
        (7, 1, "completed"), (6, 1, "completed"), (5, 1, "completed"),
    ]  # fmt: skip
    assert list(listed[0]) == [
        "job_id", "status", "network_id", "num_neurons", "num_timesteps", "compute_seconds", "cost_gbp", "created_at",
        "completed_at",
    ]  # fmt: skip
    assert [one["job_id"] for one in client.get("/v1/jobs?limit=1&offset=1")] == [ids[1]]
    for query, text in (
        ("limit=0", "limit: must be at least 1; got '0'."),
        ("limit=101", "limit: must be at most 100; got '101'."),
    ):
        assert client.refused("GET", f"/v1/jobs?{query}", status=400) == text


def test_usage_and_cost_are_exact_to_the_job(new):
    client = new("researcher")
    network_id = client.network(NETWORK)
    jobs = [client.ended(client.submit(network_id, 1000, STIMULI)) for _ in range(3)]
    assert all(job["cost_gbp"] > 0 for job in jobs)
    used = client.get("/v1/usage")
    microseconds = sum(round(1e6 * job["compute_seconds"]) for job in jobs)
    assert used == {
        "tier": "researcher", "jobs_today": 3, "jobs_limit_today": 100, "compute_seconds_today": microseconds / 1e6,
        "compute_seconds_this_month": microseconds / 1e6, "estimated_cost_gbp": microseconds * 5 / 1e9,
        "estimated_cost": microseconds * 5 / 1e9,
    }  # fmt: skip
    assert client.get("/v1/usage") == used, "added up once"
    assert all(job["cost_gbp"] == round(1e6 * job["compute_seconds"]) * 5 / 1e9 for job in jobs)


def test_an_estimate_says_what_it_assumes_and_costs_no_quota(new):
    client = new("researcher")
    body = {"network_id": client.network(NETWORK), "timesteps": 100_000, "stimuli": STIMULI}
    told = client.post("/v1/jobs/estimate", body)
    assert told["rate_per_second"] == 0.005
    assert told["estimated_cost_gbp"] == pytest.approx(0.005 * told["estimated_compute_seconds"], abs=1e-8)
    assert 0.01 < told["estimated_compute_seconds"] < 5 and "2 %" in told["assumes"]
    assert "100001 timesteps" in client.refused("POST", "/v1/jobs/estimate", {**body, "timesteps": 100_001}, status=403)
    assert client.get("/v1/usage")["jobs_today"] == 0 and client.get("/v1/jobs") == []


def job(**changes):
    return {"timesteps": 10, "stimuli": DRIVE, **changes}


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"timesteps": None}, "timesteps: is required."),
        (job(timesteps=0), "timesteps: must be at least 1; got 0."),
        (job(timesteps=1.5), "timesteps: must be an integer; got 1.5."),
        (job(timesteps="10"), "timesteps: must be an integer; got a text."),
        (job(timesteps=True), "timesteps: must be an integer; got true or false."),
        (job(stimulus=[]), "stimulus: is not a known key here. Did you mean 'stimuli'?"),
        (job(stimuli={}), "stimuli: must be a list; got an object."),
        (job(stimuli=[{}]), "stimuli.0.population: is required.\nstimuli.0.current: is required."),
        (job(stimuli=[{"population": "m", "current": 1}]), "stimuli.0.population: must be the label of a population"),
        (job(stimuli=[{"population": "n", "current": 0.5}]), "stimuli.0.current: must be an integer; got 0.5."),
        (job(stimuli=[{"population": "n", "current": 2**31}]), "stimuli.0.current: must be at most"),
        (job(stimuli=[{"population": "n", "current": 1, "neurons": [0, 1]}]), "stimuli.0.neurons.1: must be the index"),
        (job(stimuli=[{"population": "n", "current": 1, "neurons": [-1]}]), "stimuli.0.neurons.0: must be at least 0; got -1."),
        (job(stimuli=[{"population": "n", "current": 1, "neurons": 0}]), "stimuli.0.neurons: must be a list of integers"),
        (job(stimuli=[{"population": "n", "current": 1, "mode": "once"}]), "stimuli.0.mode: must be one of constant, pulse."),
        (job(stimuli=[{"population": "n", "current": 1, "mode": "pulse", "stop": 3}]), "stimuli.0.mode: pulse acts at step"),
        (job(stimuli=[{"population": "n", "current": 1, "events": [[0]]}]), "stimuli.0.events.0: must be [step, neuron]"),
        (job(learning=[]), "learning: must be an object; got a list."),
        (job(learning={"enabled": 1}), "learning.enabled: must be true or false."),
        (job(learning={"enable": True}), "learning.enable: is not a known key here. Did you mean 'enabled'?"),
        (job(rewards=[{"timestep": 10, "value": 1}]), "rewards.0.timestep: must be below timesteps = 10; got 10."),
        (job(rewards=[{"timestep": 1, "value": 0.5}]), "rewards.0.value: must be an integer; got 0.5."),
        (job(rewards=[{"timestep": 1}]), "rewards.0.value: is required."),
        (job(chip_model="n9"), "chip_model: must be one of n1, n2."),
        (job(seed=-1), "seed: must be from 0 to 2^63 - 1; got -1."),
        (job(samples=[{"label": 3}]), "readout: is required where samples have a label."),
        (job(probes=[{"population": "x"}]), "probes.0.population: must be the label of a population"),
        (job(hardware="n7"), "hardware: must be one of n1, n1-f2, n1-arty, n1-kria; got 'n7'."),
    ],
)  # fmt: skip
def test_a_job_that_is_not_understood_is_refused_and_costs_nothing(client, runs, body, text):
    network_id = client.network(ONE)
    jobs, used = runs.list(limit=1).total, client.get("/v1/usage")["jobs_today"]
    told = client.refused("POST", "/v1/jobs", {"network_id": network_id, **body}, status=400)
    assert told.startswith(text), told
    assert (runs.list(limit=1).total, client.get("/v1/usage")["jobs_today"]) == (jobs, used)


def test_a_job_needs_a_network_that_is_there(client):
    assert client.refused("POST", "/v1/jobs", {"timesteps": 1}, status=400) == "network_id: is required."
    assert client.refused("POST", "/v1/jobs", {"network_id": 7}, status=400).startswith("network_id: must be a text")
    assert (
        client.refused("POST", "/v1/jobs", {"network_id": "net_nope", "timesteps": 1}, status=404)
        == "Network not found: net_nope"
    )


def test_a_job_beyond_the_tier_is_refused_and_costs_nothing(new, runs):
    from quintant.labs.chip.contract.accounts import Accounts

    client = new("researcher")
    big = client.network({"populations": [{"label": "n", "size": 2000}]})
    small = client.network(ONE)
    Accounts(runs).grant(client.email, "free")
    body = {"network_id": small, "timesteps": 1001}
    assert (
        client.refused("POST", "/v1/jobs", body, status=403)
        == "Tier limit exceeded: 1001 timesteps, and tier free allows 1000."
    )
    body = {"network_id": big, "timesteps": 1}
    assert (
        client.refused("POST", "/v1/jobs", body, status=403) == "Tier limit exceeded: 2000 neurons, and tier free allows 1024."
    )
    body = {"network_id": small, "timesteps": 400, "samples": [{}] * 3}
    assert "1200 timesteps" in client.refused("POST", "/v1/jobs", body, status=403), "samples count"
    assert client.get("/v1/usage")["jobs_today"] == 0


def test_the_day_ends_with_the_tiers_last_job(new):
    client = new("free")
    network_id = client.network(ONE)
    for _ in range(10):
        client.submit(network_id, 1)
    answer = client.ask("POST", "/v1/jobs", {"network_id": network_id, "timesteps": 1})
    assert answer.status_code == 429 and 0 < int(answer.headers["retry-after"]) <= 86_400
    assert detail(answer).startswith("Daily job limit reached: 10 of 10 jobs of tier free are used; the next day begins at 20")
    assert "timesteps" in client.refused("POST", "/v1/jobs", {"network_id": network_id, "timesteps": 0}, status=400), (
        "first things first"
    )


def test_what_may_surprise_is_told_with_the_job(client):
    network_id = client.network(ONE)
    told = client.post("/v1/jobs", {"network_id": network_id, **job(rewards=[{"timestep": 1, "value": 5}], chip_model="n2")})
    assert told["warnings"] == [
        "chip_model: n2 computes as n1 here: it is the one whose arithmetic is public.",
        "rewards: is read only when plasticity is three_factor, and plasticity is off: it has no effect here.",
    ]
    assert client.ended(told["job_id"])["warnings"] == told["warnings"]


def test_looking_needs_no_quota_and_is_not_limited(new):
    client = new("free")
    job_id = client.done()
    other = Client(client.http, client.email, client.key)
    assert all(other.get(f"/v1/jobs/{job_id}")["status"] == "completed" for _ in range(100))


def test_the_server_says_whether_it_can_work(http):
    told = http.get("/health").json()
    assert (told["status"], told["database"]) == ("ok", "connected") and set(told) == {
        "status", "database", "jobs_running", "jobs_queued",
    }  # fmt: skip
