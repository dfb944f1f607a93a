"""Every request that cannot be honoured: 422 with a path in FastAPI's shape, our words, and nothing created."""

from __future__ import annotations

import pytest

BODIES = {
    "an integer with a fraction": ({"config": {"N_E": 12.5}}, "config.N_E: must be a whole number; got 12.5."),
    "a number that is a text": ({"config": {"dt": "fast"}}, "config.dt: must be a number; got 'fast'."),
    "a number that is a list": ({"inputs": {"noise_std": [1]}}, "inputs.noise_std: must be a number; got a list of 1."),
    "a truth that is a number": ({"performance_mode": 2}, "performance_mode: must be true or false; got 2."),
    "no truth at all": ({"performance_mode": None}, "performance_mode: must be true or false; got null."),
    "an unknown neuron": ({"config": {"neuron_model": "LIFF"}}, "config.neuron_model: must be one of lif, hh, adex, "
                          "connor_stevens, fitzhugh, mqif, qif, izhikevich; got 'LIFF'. Did you mean 'lif'?"),
    "an unknown input": ({"inputs": {"input_type": "tonic"}}, "inputs.input_type: must be one of ramp, sine, "
                         "external_spike_train, pulse, pulses; got 'tonic'."),
    "an unknown population": ({"inputs": {"target_population": "x"}},
                              "inputs.target_population: must be one of all, e, i; got 'x'."),
    "no time step": ({"config": {"dt": 0}}, "config.dt: must be greater than 0; got 0.0."),
    "a negative duration": ({"config": {"T": -1}}, "config.T: must be greater than 0; got -1.0."),
    "a negative size": ({"config": {"N_I": -5}}, "config.N_I: must be at least 0; got -5."),
    "negative noise": ({"inputs": {"noise_std_E": -0.1}}, "inputs.noise_std_E: must be at least 0; got -0.1."),
    "a fraction beyond one": ({"inputs": {"target_fraction": 1.5}}, "inputs.target_fraction: must be at most 1; got 1.5."),
    "a seed too large": ({"weights": {"seed": 2**32}}, "weights.seed: must be at most 4294967295; got 4294967296."),
    "an integer beyond 64 bits": ({"config": {"N_E": 10**30}},
                                  "config.N_E: must fit in 64 bits; got 1000000000000000000000000000000."),
    "too few spikes asked for": ({"max_spikes": 999}, "max_spikes: must be at least 1000 or null; got 999."),
    "a negative burn-in": ({"burn_in_ms": -1}, "burn_in_ms: must be at least 0; got -1.0."),
    "a section that is a list": ({"config": []}, "config: must be an object or null; got a list of 0."),
    "a block that is a number": ({"weights": {"ee": 0.02}}, "weights.ee: must be an object or null; got 0.02."),
    "a block in both forms": ({"weights": {"ei": {"mean": 1, "p": 0.1}}}, "weights.ei: must be either {mean, std} or {p, "
                              'dist}; got mean, p. Write mean and std into dist: {"name": "normal", "params": {…}}.'),
    "a probability beyond one": ({"weights": {"ie": {"p": 2}}}, "weights.ie.p: must be at most 1; got 2.0."),
    "a negative spread": ({"weights": {"ie": {"std": -1}}}, "weights.ie.std: must be at least 0; got -1.0."),
    "an unknown distribution": ({"weights": {"ii": {"dist": {"name": "gama"}}}}, "weights.ii.dist.name: must be one of normal, "
                                "lognormal, gamma, exponential; got 'gama'. Did you mean 'gamma'?"),
    "a list with a text": ({"config": {"mqif_a": [0.1, "x"]}}, "config.mqif_a.1: must be a number; got 'x'."),
    "a graph": ({"graph": {"nodes": []}}, "graph: is not supported: this service answers the documented contract, whose "
                "requests are config, inputs and weights. Write the graph's values into those three."),
}  # fmt: skip


@pytest.mark.parametrize("name", BODIES)
def test_what_cannot_be_honoured_is_refused_with_its_place(client, runs, name):
    body, text = BODIES[name]
    before = runs.list(lab="spiking").total
    answer = client.post("/run", json=body)
    assert answer.status_code == 422
    fault = answer.json()["detail"][0]
    assert fault["msg"] == text
    path = text.split(":")[0]
    assert fault["loc"] == ["body", *(int(part) if part.isdecimal() else part for part in path.split("."))]
    assert fault["type"]
    assert runs.list(lab="spiking").total == before


@pytest.mark.parametrize(("body", "path"), [
    ({"config": {"mqif_a": [0.1, 0.2]}}, "config.mqif_Vr"),
    ({"config": {"mqif_w_a": [0.1], "mqif_w_Vr": [-50, -40]}}, "config.mqif_w_Vr"),
    ({"config": {"N_E": 0, "N_I": 0}}, "config.N_E"),
    ({"inputs": {"input_type": "pulses", "pulse_interval_ms": 0}}, "inputs.pulse_interval_ms"),
    ({"config": {"N_E": 100000}, "weights": {"ee": {"std": 0.01}}}, "config.N_E"),
    ({"config": {"T": 10_000_000, "dt": 0.001}}, "config.N_E"),
    ({"config": {"dt": 5e-324}}, "config.dt"),
    ({"inputs": {"input_type": "pulse", "pulse_t_ms": 1e308}}, "inputs.pulse_t_ms"),
    ({"inputs": {"I_E_start": -1e300}}, "inputs.I_E_start"),
    ({"weights": {"ee": {"mean": 1e308}}}, "weights.ee.mean"),
    ({"weights": {"ie": {"p": 0.1, "dist": {"name": "lognormal", "params": {"mean": 700}}}}}, "weights.ie.dist.params"),
])  # fmt: skip
def test_what_does_not_go_together_is_refused(client, body, path):
    answer = client.post("/run", json=body)
    assert answer.status_code == 422, answer.text[:300]
    fault = answer.json()["detail"][0]
    assert ".".join(map(str, fault["loc"][1:])).startswith(path), fault


def test_an_impossible_size_is_told_with_what_it_needs_and_the_limit(client):
    for path in ("/run", "/weights"):
        answer = client.post(path, json={"config": {"N_E": 100000}, "weights": {"ee": {"std": 0.01}}})
        assert answer.status_code == 422
        text = answer.json()["detail"][0]["msg"]
        assert "GiB of memory; the limit is" in text, text


def test_all_faults_of_one_kind_are_told_at_once(client):
    answer = client.post("/run", json={"config": {"N_E": "x", "dt": []}, "inputs": {"seed": 1.5}, "max_spikes": 1})
    assert [fault["loc"] for fault in answer.json()["detail"]] == [
        ["body", "config", "N_E"], ["body", "config", "dt"], ["body", "inputs", "seed"], ["body", "max_spikes"]]  # fmt: skip


@pytest.mark.parametrize("path", ["/run", "/weights"])
@pytest.mark.parametrize(("data", "kind"), [
    (b"{", "json_invalid"), (b"{} {}", "json_invalid"), (b'{"config": {"N_E": 1, "N_E": 2}}', "json_invalid"),
    (b"\xff\xfe", "json_invalid"), (b"[" * 100_000, "json_invalid"), (b'{"config": {"x": "\\ud800"}}', "json_invalid"),
    (b"[]", "value_error"), (b"3", "value_error"), (b'"run"', "value_error"), (b"true", "value_error"),
    (b'{"config": {"dt": NaN}}', "value_error"), (b'{"config": {"T": 1e999}}', "value_error"),
    (b'{"inputs": {"unknown": -Infinity}}', "value_error"),
])  # fmt: skip
def test_what_is_no_object_of_json_is_refused(client, path, data, kind):
    answer = client.post(path, content=data, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["type"] == kind
    assert answer.json()["detail"][0]["loc"][0] == "body"


def test_a_number_that_is_none_is_told_with_its_path(client):
    answer = client.post("/run", content=b'{"config": {"mqif_a": [1, NaN]}}')
    assert answer.json()["detail"][0]["msg"] == "config.mqif_a.1: must be a finite number; got nan."


def test_a_body_beyond_the_limit_is_refused(client):
    answer = client.post("/run", content=b'{"config": "' + b"x" * (17 << 20) + b'"}')
    assert answer.status_code == 413


def test_other_verbs_are_not_allowed(client):
    assert client.put("/run", json={}).status_code == 405
    assert client.delete("/weights").status_code == 405
