"""Networks: stored whole or refused with every fault; weights of one's own by matrix, list and archive."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest
from chip_service import NETWORK, ONE

TWO = [{"label": "a", "size": 3}, {"label": "b", "size": 2}]
MATRIX = [[5, 0], [0, -7], [0, 300]]
LIST = {"sources": [0, 1, 2], "targets": [0, 1, 1], "weights": [5, -7, 300]}


def npz(**arrays) -> str:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return base64.b64encode(buffer.getvalue()).decode()


def test_the_contracts_own_example(client):
    told = client.post("/v1/networks", NETWORK)
    assert told["network_id"].startswith("net_")
    assert {name: told[name] for name in ("total_neurons", "populations", "connections")} == {
        "total_neurons": 125, "populations": 2, "connections": 2,
    }  # fmt: skip


def test_a_network_is_read_back_as_it_was_given_and_understood_again(client):
    given = {
        "populations": [
            {"label": "a", "size": 3, "params": {"threshold": 500, "leak": 0, "resting": -5, "refrac": 1, "dend_threshold": 7,
                                                 "noise_config": 0x53, "tau1": 2, "tau2": 5}},
            {"label": "b", "size": 2, "params": {"model": "cuba", "voltage_decay": 128, "current_decay": 1024, "bias": 3}},
        ],
        "connections": [
            {"source": "a", "target": "b", "topology": "random_sparse", "p": 0.5, "weight": -3, "delay": 63, "compartment": 3,
             "seed": 11, "plastic": False, "w_min": -10, "w_max": 10},
            {"source": "b", "target": "a", "topology": "fixed_fan_in", "fan_in": 2},
            {"source": "a", "target": "b", "synapses": {**LIST, "delays": [0, 1, 63]}},
        ],
        "seed": 99,
    }  # fmt: skip
    network_id = client.network(given)
    told = client.get(f"/v1/networks/{network_id}")
    given["connections"][2]["topology"] = "explicit"
    assert {name: told[name] for name in ("populations", "connections", "seed")} == given
    again = client.get(f"/v1/networks/{client.network({name: told[name] for name in given})}")
    assert {name: again[name] for name in given} == given


def test_wiring_that_is_drawn_is_the_same_for_every_job_of_a_network_and_told(client):
    network_id = client.network(NETWORK)
    seed = client.get(f"/v1/networks/{network_id}")["seed"]
    assert 0 <= seed < 2**53, "exact in every JSON"
    hashes = set()
    for _ in range(2):
        job = client.ended(client.submit(network_id, 200, [{"population": "excitatory", "current": 3000}]))
        hashes.add(job["result_hash"])
    again = client.network({**NETWORK, "seed": seed})
    job = client.ended(client.submit(again, 200, [{"population": "excitatory", "current": 3000}]))
    assert hashes == {job["result_hash"]}, "the seed alone decides"
    other = client.network(NETWORK)
    assert client.get(f"/v1/networks/{other}")["seed"] != seed


@pytest.mark.parametrize(
    "own",
    [
        {"weights": MATRIX},
        {"weights": [[5.0, 0], [0, -7.0], [0, 300]], "topology": "explicit"},
        {"synapses": LIST},
        {"npz": npz(weights=np.array(MATRIX, np.int16))},
        {"npz": npz(weights=np.array(MATRIX, np.float32))},
        {"npz": npz(**{name: np.array(values) for name, values in LIST.items()})},
    ],
)
def test_own_weights_by_matrix_list_and_archive_are_the_same_network(client, own):
    network_id = client.network({"populations": TWO, "connections": [{"source": "a", "target": "b", **own}]})
    (told,) = client.get(f"/v1/networks/{network_id}")["connections"]
    assert (told["topology"], told["synapses"]) == ("explicit", LIST)


def test_own_delays_stand_beside_a_matrix(client):
    delays = np.array([[9, 0], [0, 4], [0, 63]])
    own = {"npz": npz(weights=np.array(MATRIX), delays=delays)}
    network_id = client.network({"populations": TWO, "connections": [{"source": "a", "target": "b", **own}]})
    (told,) = client.get(f"/v1/networks/{network_id}")["connections"]
    assert told["synapses"] == {**LIST, "delays": [9, 4, 63]}


def test_a_trained_network_runs_with_its_own_weights(client):
    """a0 (I = 400, leak 0, no refractory) fires at 2, 5, 8 …; its weight of 1000 fires b1 one step later, b0 has none."""
    params = {"leak": 0, "refrac": 0}
    network = {
        "populations": [{"label": "a", "size": 1, "params": params}, {"label": "b", "size": 2, "params": params}],
        "connections": [{"source": "a", "target": "b", "weights": [[0, 1000]]}],
    }
    job = client.done(network, 10, [{"population": "a", "current": 400}])
    assert client.get(f"/v1/jobs/{job}/spikes")["spike_trains"] == {"a": {"0": [2, 5, 8]}, "b": {"1": [3, 6, 9]}}


def test_networks_are_listed_newest_first_and_deleted(new):
    client = new()
    ids = [client.network(ONE) for _ in range(3)]
    job = client.submit(ids[0])
    assert [one["network_id"] for one in client.get("/v1/networks")] == ids[::-1]
    assert [one["network_id"] for one in client.get("/v1/networks?limit=1")] == ids[2:]
    assert client.ask("DELETE", f"/v1/networks/{ids[0]}").json() == {"network_id": ids[0], "deleted": True}
    assert [one["network_id"] for one in client.get("/v1/networks")] == ids[:0:-1]
    assert client.refused("GET", f"/v1/networks/{ids[0]}", status=404) == f"Network not found: {ids[0]}"
    assert client.ended(job)["result"]["total_spikes"] == 4, "its jobs stay"


def one(**params):
    return {"populations": [{"label": "n", "size": 1, "params": params}]}


def wired(**connection):
    return {"populations": TWO, "connections": [{"source": "a", "target": "b", **connection}]}


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({}, "populations: must hold at least one population."),
        ({"populations": []}, "populations: must hold at least one population."),
        ({"populations": {}}, "populations: must be a list; got an object."),
        ({"populations": [7]}, "populations.0: must be an object; got a number."),
        ({"populations": [{}]}, "populations.0.label: is required.\npopulations.0.size: is required."),
        ({"populations": [{"label": "n", "size": 0}]}, "populations.0.size: must be at least 1; got 0."),
        ({"populations": [{"label": "n", "size": 1.5}]}, "populations.0.size: must be an integer; got 1.5."),
        ({"populations": [{"label": "n", "size": True}]}, "populations.0.size: must be an integer; got true or false."),
        ({"populations": [{"label": "n", "size": "9"}]}, "populations.0.size: must be an integer; got a text."),
        ({"populations": [{"label": 5, "size": 1}]}, "populations.0.label: must be a text; got 5."),
        ({"populations": [{"label": "n", "size": 1}] * 2}, "populations.1.label: 'n' is given twice."),
        ({"populations": [{"label": "n", "size": 1, "parms": {}}]}, "populations.0.parms: is not a known key here."),
        (one(leek=1), "populations.0.params.leek: is not a known key here. Did you mean 'leak'?"),
        (one(leak=-1), "populations.0.params.leak: must be at least 0; got -1."),
        (one(leak=65536), "populations.0.params.leak: must be at most 65535; got 65536."),
        (one(threshold=0), "populations.0.params.threshold: must be at least 1 for linear neurons; got 0."),
        (one(threshold=2**31), "populations.0.params.threshold: must be at most 2147483647; got 2147483648."),
        (one(refrac=-1), "populations.0.params.refrac: must be at least 0; got -1."),
        (one(refrac=2.5), "populations.0.params.refrac: must be an integer; got 2.5."),
        (one(resting=2**31), "populations.0.params.resting: must be at most"),
        (one(dend_threshold=10**30), "populations.0.params.dend_threshold: is beyond 64 bits"),
        (one(noise_config=256), "populations.0.params.noise_config: must be from 0 to 255; got 256."),
        (one(model="lif"), "populations.0.params.model: must be one of linear, decay, cuba; got 'lif'."),
        (wired(source="c"), "connections.0.source: must be the label of a population, one of a, b; got 'c'."),
        (wired(topology="all"), "connections.0.topology: must be one of all_to_all, one_to_one, random_sparse,"),
        (wired(topology="one_to_one"), "connections.0.topology: one_to_one needs populations of one size; got 3 and 2."),
        (wired(weight=32768), "connections.0.weight: must be at most 32767; got 32768."),
        (wired(weight=0.5), "connections.0.weight: must be an integer; got 0.5."),
        (wired(p=1.1), "connections.0.p: must be at most 1; got 1.1."),
        (wired(delay=64), "connections.0.delay: must be at most 63; got 64."),
        (wired(compartment=4), "connections.0.compartment: must be at most 3; got 4."),
        (wired(fan_in=0), "connections.0.fan_in: must be at least 1; got 0."),
        (wired(weigth=1), "connections.0.weigth: is not a known key here. Did you mean 'weight'?"),
        ({"populations": TWO, "connections": 5}, "connections: must be a list; got a number."),
        ({"populations": TWO, "connection": []}, "connection: is not a known key here. Did you mean 'connections'?"),
        (wired(topology="explicit"), "connections.0: needs weights, synapses or npz with topology explicit."),
        (wired(weights=MATRIX, synapses=LIST), "connections.0: has weights and synapses; give one of them."),
        (wired(weights=MATRIX, topology="all_to_all"), "connections.0.topology: must be explicit, or left out, beside weights"),
        (wired(weights=MATRIX[:2]), "connections.0.weights: must be 3 × 2, a row for each neuron of the source; got 2 × 2."),
        (wired(weights=[[1, 2], [3], [4, 5]]), "connections.0.weights: must have rows of one length"),
        (wired(weights=[[1, 2], [3, 40000], [4, 5]]), "connections.0.weights: must be -32768 to 32767; entry 3 is 40000."),
        (wired(weights=[[1, 2], [3, 0.5], [4, 5]]), "connections.0.weights.1.1: must be an integer; got 0.5."),
        (wired(weights=[[1, True], [3, 4], [4, 5]]), "connections.0.weights.0.1: must be an integer; got true or false."),
        (wired(synapses={**LIST, "targets": [0, 1, 2]}), "connections.0.synapses.targets: must be 0 to 1; entry 2 is 2."),
        (wired(synapses={**LIST, "targets": [0, 1]}), "connections.0.synapses.targets: must have one entry per synapse, 3"),
        (wired(synapses={**LIST, "delays": [0, 1, 64]}), "connections.0.synapses.delays: must be 0 to 63; entry 2 is 64."),
        (wired(synapses={"sources": [0]}), "connections.0.synapses.targets: is required."),
        (wired(npz="%%%"), "connections.0.npz: is not a NumPy archive (.npz) in base64"),
        (wired(npz=base64.b64encode(b"PK\x03\x04 nothing").decode()), "connections.0.npz: is not a NumPy archive (.npz)"),
        (wired(npz=npz(weight=np.zeros((3, 2)))), "connections.0.npz.weight: is not a known array"),
        (wired(npz=npz(weights=np.full((3, 2), 0.5))), "connections.0.npz.weights: must be a vector or matrix of integers"),
        (wired(npz=npz(weights=np.full((3, 2), np.nan))), "connections.0.npz.weights: must be a vector or matrix of integers"),
        (wired(npz=npz(weights=np.array([{"a": 1}], object))), "connections.0.npz.weights: must be a vector or matrix"),
        (wired(npz=npz(weights=np.zeros((3, 2, 1)))), "connections.0.npz.weights: must be a vector or matrix of integers"),
        ({**ONE, "seed": -1}, "seed: must be at least 0; got -1."),
        ({**ONE, "seed": 0.5}, "seed: must be an integer; got 0.5."),
    ],
)  # fmt: skip
def test_a_network_that_is_not_understood_is_refused_and_not_kept(client, runs, body, text):
    kind = f"networks:{runs.documents('chip', 'accounts').get(client.email)['id']}"
    before = len(runs.documents("chip", kind).all())
    told = client.refused("POST", "/v1/networks", body, status=400)
    assert told.startswith(text), told
    assert len(runs.documents("chip", kind).all()) == before


def test_an_archive_may_not_grow_beyond_what_synapses_need(client, monkeypatch):
    """The bound is read before anything is unpacked: this archive of 4 kB would fill 3 MB."""
    from quintant.labs.chip import weights_file

    monkeypatch.setattr(weights_file, "MOST", 10_000)
    body = wired(npz=npz(weights=np.zeros((600, 600))))
    assert client.refused("POST", "/v1/networks", body, status=400) == "connections.0.npz: holds more than 10000 synapses."


def test_all_faults_are_told_at_once(client):
    body = {"populations": [{"label": "n", "size": 1.5, "params": {"leek": 3}}], "connections": [{"weight": "x"}]}
    assert client.refused("POST", "/v1/networks", body, status=400).splitlines() == [
        "populations.0.size: must be an integer; got 1.5.",
        "populations.0.params.leek: is not a known key here. Did you mean 'leak'?",
        "connections.0.weight: must be an integer; got a text.",
    ]


def test_whole_numbers_may_be_written_with_a_point_and_null_means_not_given(client):
    body = {"populations": [{"label": "n", "size": 2.0, "params": {"threshold": 1e3, "leak": None}}], "connections": None}
    told = client.get(f"/v1/networks/{client.network(body)}")
    assert told["populations"] == [{"label": "n", "size": 2, "params": {"threshold": 1000}}]


def test_a_network_beyond_the_tier_is_refused(new, client):
    body = {"populations": [{"label": "a", "size": 1000}, {"label": "b", "size": 25}]}
    text = new("free").refused("POST", "/v1/networks", body, status=403)
    assert text == "Tier limit exceeded: 1025 neurons, and tier free allows 1024."
    assert new("free").post("/v1/networks", {"populations": [{"label": "a", "size": 1024}]})["total_neurons"] == 1024
    huge = {"populations": [{"label": "a", "size": 10**12}]}
    assert "tier enterprise allows 131072" in client.refused("POST", "/v1/networks", huge, status=403)
    dense = {"populations": [{"label": "a", "size": 131072}], "connections": [{"source": "a", "target": "a"}]}
    assert "GiB of memory; the limit is 4 GiB" in client.refused("POST", "/v1/networks", dense, status=400)


def test_bodies_that_are_no_json_object_are_refused(client):
    for body, text in (
        (b"", "body: is empty; JSON is required."), (b"{", "body: is not JSON"), (b"[1]", "body: must be a JSON object; got"),
        (b"null", "body: must be a JSON object; got null."), (b'{"seed": NaN}', "seed: must be a finite number; got nan."),
        (b'{"a": 1, "a": 2}', "a: is given twice in one object."), (b"\xff", "body: must be UTF-8; byte 0 is not."),
        (b"[" * 60_000, "body: is nested too deeply."),
    ):  # fmt: skip
        answer = client.http.post("/v1/networks", content=body, headers={"X-API-Key": client.key})
        assert (answer.status_code, answer.json()["detail"].partition(text)[1]) == (400, text)


def test_a_body_beyond_the_servers_limit_is_refused(client):
    answer = client.http.post("/v1/networks", content=b" " * (17 << 20), headers={"X-API-Key": client.key})
    assert answer.status_code == 413 and "larger than" in answer.json()["detail"]
