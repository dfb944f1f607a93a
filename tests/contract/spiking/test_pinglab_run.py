"""/run on a real socket: defaults, the contract's example, every field, both forms, headers, and what a lost client leaves."""

from __future__ import annotations

import gzip
import re
import socket
import threading

import httpx2
import orjson
import pytest
from pinglab_service import ARROW, EXAMPLE, HEADERS, LONG, SMALL, TIMES, row, until, untimed

from quintant.labs.spiking.contract import run as door
from quintant.labs.spiking.contract.schema import RUN, arrow_type

COUNTED = {"spikes", "num_steps", "num_spikes", "total_e_spikes", "total_i_spikes", "spikes_truncated", "layer_labels", *TIMES}


def test_the_default_network_fires_as_often_as_the_original_does(default):
    answer = default.json()
    assert default.status_code == 200
    assert list(answer) == list(RUN)
    assert (answer["num_steps"], answer["num_spikes"], answer["total_e_spikes"], answer["total_i_spikes"]) == (
        10000, 21811, 17811, 4000)  # fmt: skip
    assert answer["spikes_truncated"] is False
    spikes = answer["spikes"]
    assert [round(time, 9) for time in spikes["times"][:5]] == [25.1, 26.6, 26.7, 26.8, 26.9]
    assert spikes["ids"][:5] == [700, 672, 604, 334, 528]
    assert spikes["types"] == [int(id >= 800) for id in spikes["ids"]]


def test_performance_mode_leaves_everything_else_empty(default):
    answer = default.json()
    assert answer["layer_labels"] == ["L1", "I"]
    left_out = {name: value for name, value in answer.items() if name not in COUNTED}
    assert all(value == 0.0 or value == [] for value in left_out.values()), left_out
    assert answer["core_sim_ms"] == answer["runtime_ms"] > 0


@pytest.mark.parametrize("body", [b"null", b"{}", b" \n", b'{"config": null, "inputs": null, "weights": null}'])
def test_nothing_said_means_defaults(client, default, body):
    found = client.post("/run", content=body, headers={"Content-Type": "application/json"}).json()
    assert untimed(found) == untimed(default.json())


def test_get_is_the_default_run(client, default):
    assert untimed(client.get("/run").json()) == untimed(default.json())


def test_the_published_numbers_of_the_default_network(whole):
    answer = whole.json()
    numbers = {
        "mean_rate_E": 22.951311, "mean_rate_I": 20.502209, "isi_cv_E": 0.142319, "isi_mean_E_ms": 45.283153,
        "autocorr_peak": 0.938814, "xcorr_peak": 0.689202, "coherence_peak": 0.90619, "lagged_coherence": 0.0,
        "psd_peak_freq_hz": 20.0, "psd_peak_bandwidth_hz": 2.5, "psd_peak_q_factor": 8.0,
    }  # fmt: skip
    assert {name: answer[name] for name in numbers} == pytest.approx(numbers, rel=1e-6, abs=5e-7)
    assert len(answer["psd_freqs_hz"]) == 81 and answer["psd_freqs_hz"][1] == 1.25
    assert answer["autocorr_corr"][answer["autocorr_lags_ms"].index(50.0)] == answer["autocorr_peak"]
    assert answer["input_mean_E"][0] == pytest.approx(0.6849, abs=1e-4) and set(answer["input_mean_I"]) == {0.0}
    assert len(answer["membrane_V_E"]) == len(answer["membrane_t_ms"]) == len(answer["input_t_ms"]) == 10000
    assert answer["membrane_t_ms"][1] == 0.1
    assert [sum(answer[f"weights_hist_counts_{name}"]) for name in ("ee", "ei", "ie", "ii")] == [640000, 160000, 160000, 40000]
    assert len(answer["weights_heatmap"]) == 200 and {len(line) for line in answer["weights_heatmap"]} == {200}


def test_lengths_go_together(small):
    answer = small
    steps = {len(answer[name]) for name in ("membrane_t_ms", "membrane_V_I", "membrane_g_i_E", "input_t_ms", "input_mean_E")}
    assert steps == {answer["num_steps"]} == {3000}
    bins = len(answer["population_rate_t_ms"])
    assert bins == 60
    for name in ("population_rate_hz_E", "population_rate_hz_I", "decode_lowpass_hz_E", "decode_lowpass_hz_I"):
        assert len(answer[name]) == bins
    for name in ("population_rate_hz_layers", "decode_lowpass_hz_layers", "membrane_V_layers", "autocorr_corr_layers",
                 "autocorr_lags_layers_ms", "xcorr_corr_layers", "psd_power_layers", "input_mean_layers"):  # fmt: skip
        assert len(answer[name]) == 2, name
    assert answer["population_rate_hz_layers"][0] == answer["population_rate_hz_E"]
    assert answer["psd_power_layers"][0] == answer["psd_power"]
    assert len(answer["autocorr_corr"]) == len(answer["autocorr_lags_ms"]) == len(answer["xcorr_corr"])
    spiking = [time for time, id in zip(answer["spikes"]["times"], answer["spikes"]["ids"], strict=True) if id == 0]
    assert spiking, "the recorded cell must fire for this test to say something"
    at = {round(time, 6): v for time, v in zip(answer["membrane_t_ms"], answer["membrane_V_E"], strict=True)}
    assert {at[round(time, 6)] for time in spiking} == {-65.0}, "V is that of the end of the step: reset at a spike"


def test_the_contracts_own_example(client):
    answer = client.post("/run", json=EXAMPLE, headers={"Accept": "application/json"})
    assert answer.status_code == 200
    assert answer.json()["num_steps"] == 8000
    assert answer.json()["num_spikes"] == 0, "the documented drive is a thirtieth of rheobase"
    assert answer.headers["X-Quintant-Notice"] == "no spikes: mean drive 0.023 is below rheobase 0.75 of E cells"
    whole = client.post("/run", json={**EXAMPLE, "performance_mode": False}).json()
    fraction = whole["input_raw_spike_fraction_E"]
    assert round(sum(fraction) * 80) == 1931
    assert whole["input_spike_fraction_E"] == fraction and whole["input_raw_spike_fraction_layers"] == [fraction, [0.0] * 8000]
    assert len(whole["input_envelope_hz"]) == 8000 and len(whole["decode_envelope_hz"]) == 160
    assert whole["input_envelope_hz"][0] == 30.0
    times, ids = whole["input_raw_raster_times_ms_layers"], whole["input_raw_raster_ids_layers"]
    assert len(times) == len(ids) == 2 and times[1] == ids[1] == []
    assert len(times[0]) == len(ids[0]) > 1000 and set(ids[0]) <= set(range(64))
    assert whole["mean_rate_E"] == whole["decode_corr"] == 0.0


def test_a_driven_spike_train_is_decoded(client):
    drive = {**EXAMPLE["inputs"], "w_in": 4.0}
    answer = client.post("/run", json={**EXAMPLE, "inputs": drive, "performance_mode": False}).json()
    assert answer["num_spikes"] == 1600
    assert 0.2 < answer["decode_corr"] <= 1 and 0 <= answer["decode_rmse"] <= 1
    assert answer["decode_corr_layers"][0] == answer["decode_corr"] and answer["decode_corr_layers"][1] == 0.0


@pytest.mark.parametrize("fast", [True, False])
def test_arrow_says_what_json_says(client, fast):
    body = {**SMALL, "performance_mode": fast}
    plain = client.post("/run", json=body).json()
    arrow = client.post("/run", json=body, headers={"Accept": f"{ARROW}, application/json"})
    assert arrow.headers["content-type"].startswith(ARROW)
    schema, found = row(arrow.content)
    assert schema.names == list(RUN)
    assert [field.type for field in schema] == [arrow_type(kind) for kind in RUN.values()], "whatever is empty"
    assert untimed(found) == untimed(plain)


def test_anything_else_accepted_is_json(client):
    for accept in ("*/*", "application/json", "text/html", ""):
        assert client.post("/run", json=SMALL, headers={"Accept": accept}).headers["content-type"] == "application/json"


@pytest.mark.parametrize("accept", ["application/json", ARROW])
def test_the_eight_headers(client, accept):
    answer = client.post("/run", json=SMALL, headers={"Accept": accept, "Accept-Encoding": "identity"})
    for name in HEADERS[:-1]:
        assert re.fullmatch(r"\d+\.\d{3}", answer.headers[f"X-Pinglab-{name}"]), name
    assert answer.headers["X-Pinglab-Response-Bytes"] == str(len(answer.content))
    if accept == "application/json":
        told = answer.json()
        assert float(answer.headers["X-Pinglab-Core-Sim-Ms"]) == pytest.approx(told["core_sim_ms"], abs=6e-4)
        assert float(answer.headers["X-Pinglab-Server-Compute-Ms"]) == pytest.approx(told["server_compute_ms"], abs=6e-4)
        assert told["server_compute_ms"] > told["core_sim_ms"] + told["analysis_ms"]


def test_large_answers_are_gzipped_when_asked(service, client):
    url = f"{service[1]}/run"
    with (
        httpx2.Client(timeout=60) as raw,
        raw.stream("POST", url, json=SMALL, headers={"Accept-Encoding": "gzip, deflate"}) as answer,
    ):
        data = b"".join(answer.iter_raw())
    assert answer.headers["Content-Encoding"] == "gzip"
    plain = gzip.decompress(data)
    assert answer.headers["X-Pinglab-Response-Bytes"] == str(len(plain)) and len(plain) > len(data)
    assert orjson.loads(plain)["num_spikes"] > 0
    for refused in ("identity", "gzip;q=0", "br"):
        assert "Content-Encoding" not in client.post("/run", json=SMALL, headers={"Accept-Encoding": refused}).headers


def test_spikes_are_thinned_evenly_and_measured_whole(client, default):
    every = default.json()["spikes"]
    answer = client.post("/run", json={"max_spikes": 1000}).json()
    places = [int(21810 * k / 999) for k in range(1000)]
    assert answer["spikes"]["ids"] == [every["ids"][place] for place in places]
    assert (answer["spikes_truncated"], answer["num_spikes"], answer["total_e_spikes"]) == (True, 21811, 17811)


def test_no_bound_and_a_bound_as_large_as_the_count_keep_all(client, default):
    for most in (None, 21811):
        answer = client.post("/run", json={"max_spikes": most}).json()
        assert not answer["spikes_truncated"] and answer["spikes"] == default.json()["spikes"]


def test_overrides_are_merged_and_a_null_is_not_given(client):
    weights = {"ee": {"std": 0.0}, "ei": None, "clamp_min": None}
    body = {**SMALL, "weights": weights, "inputs": {**SMALL["inputs"], "seed": None}}
    one, two = client.post("/run", json=SMALL).json(), client.post("/run", json=body).json()
    assert untimed(one) == untimed(two)


def test_lax_types_pass(client):
    lax = {**SMALL, "config": {"T": "300", "N_E": 20.0, "N_I": "5", "seed": False}, "performance_mode": "yes"}
    assert untimed(client.post("/run", json=lax).json()) == untimed(client.post("/run", json=SMALL).json())


def test_unknown_keys_are_ignored_aloud(client, runs):
    config = {**SMALL["config"], "tau_gabba": 9, "pulse_onset_ms": 3, "größe": 1}
    answer = client.post("/run", json={**SMALL, "config": config, "inputs": {**SMALL["inputs"], "hue": 1}, "extra": {}})
    assert answer.status_code == 200
    assert answer.headers["X-Quintant-Ignored-Keys"].split(", ") == [
        "extra", "config.tau_gabba", "config.pulse_onset_ms", "config.gr??e", "inputs.hue"]  # fmt: skip
    told = [event.payload for event in runs.events(answer.headers["X-Quintant-Run"], kinds=["warning"])]
    assert {"path": "config.tau_gabba", "message": "is not a key of this contract and was ignored.",
            "hint": "Did you mean 'tau_gaba'?"} in told  # fmt: skip
    plain = client.post("/run", json=SMALL).headers
    assert "X-Quintant-Ignored-Keys" not in plain and "X-Quintant-Notice" not in plain


def test_the_request_is_a_run_like_any_other(client, runs):
    answer = client.post("/run", json=SMALL)
    run = runs.get(answer.headers["X-Quintant-Run"])
    assert (run.lab, run.contract, run.lane, str(run.state)) == ("spiking", "spiking", "sync", "completed")
    assert 86000 < run.expires_at - run.created_at <= 86400
    assert run.config["n_e"] == 20 and run.config["legacy_seed_config"] == 0
    result = runs.result(run.id)
    assert result.tables["spikes"].num_rows == answer.json()["num_spikes"]
    assert result.metrics["rate_e_hz"].value > 0, "measured, although performance_mode does not tell it"
    timings, told = run.record["timings"], answer.json()
    assert timings["phases_s"]["simulate"] * 1000 == pytest.approx(told["core_sim_ms"], abs=1e-3)
    assert timings["phases_s"]["input"] * 1000 == pytest.approx(told["input_prep_ms"], abs=1e-3)
    assert told["input_prep_ms"] > 0 and sum(timings["phases_s"].values()) == pytest.approx(timings["steps_s"], abs=1e-5)
    assert answer.headers["X-Pinglab-Input-Prep-Ms"] == f"{told['input_prep_ms']:.3f}"


def test_a_client_that_goes_away_frees_the_worker(service, runs, client):
    body = orjson.dumps(LONG)
    address = service[1].removeprefix("http://").split(":")
    before = {run.id for run in runs.list(lab="spiking", limit=200).items}
    with socket.create_connection((address[0], int(address[1]))) as raw:
        raw.sendall(b"POST /run HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
                    % len(body) + body)  # fmt: skip
        made = until(lambda: [run for run in runs.list(lab="spiking", limit=5).items if run.id not in before], 20)[0]
        until(lambda: str(runs.get(made.id).state) == "running", 30)
    assert str(until(lambda: (run := runs.get(made.id)).state.final and run, 20).state) == "cancelled"
    assert client.post("/run", json=SMALL).status_code == 200, "the only worker is free again"


def test_without_a_free_slot_a_request_is_told_to_come_back(service, runs, client, monkeypatch):
    monkeypatch.setattr(door, "QUEUED_S", 0.5)
    before = {run.id for run in runs.list(lab="spiking", limit=200).items}
    with httpx2.Client(base_url=service[1], timeout=60) as other:
        answers: list[httpx2.Response] = []
        busy = [threading.Thread(target=lambda: answers.append(other.post("/run", json=LONG))) for _ in range(2)]
        for thread in busy:  # one in the slot of short requests, one in the worker's
            thread.start()
        held = until(lambda: len(at_work := [r for r in runs.list(lab="spiking", limit=5).items if r.id not in before
                                             and str(r.state) == "running"]) == 2 and at_work, 30)  # fmt: skip
        refused = client.post("/run", json=SMALL)
        assert refused.status_code == 503 and refused.headers["Retry-After"] == "5"
        assert refused.json()["detail"].startswith("No slot became free within 0.5 s")
        assert runs.health()["queued"] == {}, "what was refused is not run later"
        for run in held:
            runs.cancel(run.id, wait_s=10)
        for thread in busy:
            thread.join(20)
    assert [answer.status_code for answer in answers] == [409] * 2 and "cancelled" in answers[0].json()["detail"]


def test_a_simulation_that_fails_says_why(client):
    answer = client.post("/run", json={"config": {"neuron_model": "fitzhugh", "N_E": 4, "N_I": 1, "T": 50}})
    assert answer.status_code == 500
    assert "finite" in answer.json()["detail"], "the default potentials do not fit FitzHugh's equations"


def test_a_queue_of_requests_does_not_stop_the_server(service, runs, client):
    """More requests than the server has threads wait for the one worker; streams, cancelling and the rest go on."""
    body, address = orjson.dumps(LONG), ("127.0.0.1", int(service[1].rpartition(":")[2]))
    head = b"POST /run HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
    before = {run.id for run in runs.list(lab="spiking", limit=200).items}

    def made():
        return [run for run in runs.list(lab="spiking", limit=200).items if run.id not in before]

    sockets = [socket.create_connection(address) for _ in range(50)]
    try:
        for raw in sockets:
            raw.sendall(head + body)
        until(lambda: len(made()) == 50, 30)
        assert client.get("/api/health", timeout=5).status_code == 200
        assert client.get("/weights", timeout=10).status_code == 200
    finally:
        for raw in sockets:
            raw.close()
    until(lambda: all(run.state.final for run in made()), 60)
    assert {str(run.state) for run in made()} == {"cancelled"}


@pytest.mark.parametrize(
    ("body", "warnings"),
    [
        ({}, None),
        (
            {"inputs": {"input_type": "sine", "sine_amp": 1.0}},
            "inputs.I_E_base: takes the input to -0.3, and it is cut at 0, as in the original.",
        ),
        ({"config": {"delay_ie": 1.23}}, "config.delay_ie: is 1.2 on the grid of dt = 0.1; got 1.23."),
        ({"config": {"izh_a": 0.02}}, None),  # the original's page sends every key
        ({"config": {"izh_a": 0.1}}, "config.izh_a: is read only when neuron_model is izhikevich"),
        (
            {"weights": {"ee": {"mean": 0.01}, "clamp_min": 0.015}},
            "weights.ee.mean: is below clamp_min = 0.015, which takes the place of every weight; got 0.01.",
        ),
    ],
)
def test_what_is_not_done_as_it_is_said_stands_in_a_header(client, body, warnings):
    small = {**body, "config": {"T": 300, "N_E": 8, "N_I": 2, **body.get("config", {})}}
    answer = client.post("/run", json=small)
    assert answer.status_code == 200
    found = answer.headers.get("x-quintant-warnings")
    assert (found is None) if warnings is None else found.startswith(warnings), found
    other = client.post("/weights", json={name: part for name, part in small.items() if name != "inputs"})
    assert other.status_code == 200 and ("x-quintant-warnings" in other.headers) == bool(warnings and "inputs" not in body)
