"""The published client of the cloud, unmodified, against `quintant serve`: catalyst-cloud 0.1.0, with its own way of polling.

`RECORDED` holds what it puts on the wire, header by header; those requests are also sent where the client is not installed. The
release is yanked from the package index, so it has to be asked for by its exact version: `pip install catalyst-cloud==0.1.0`.
"""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import unquote

import pytest
from quintant_command import Command, serving

POPULATIONS = [
    {"label": "input", "size": 100, "params": {"threshold": 1000}},
    {"label": "hidden", "size": 50},
]
CONNECTIONS = [{"source": "input", "target": "hidden", "topology": "random_sparse", "weight": 500, "p": 0.3}]
STIMULI = [{"population": "input", "current": 5000}]
"""The quick start of the client's own README."""
RECORDED: list[tuple[str, str, dict[str, Any] | None]] = [
    ("POST", "/v1/signup", {"email": "you@lab.example", "tier": "free"}),
    ("POST", "/v1/networks", {"populations": POPULATIONS, "connections": CONNECTIONS}),
    ("POST", "/v1/networks", {"populations": POPULATIONS, "connections": []}),
    ("POST", "/v1/jobs", {"network_id": "{network}", "timesteps": 1000, "stimuli": STIMULI, "rewards": []}),
    ("GET", "/v1/jobs/{job}", None),
    ("POST", "/v1/jobs", {"network_id": "{network}", "timesteps": 50, "stimuli": [], "rewards": [{"timestep": 3, "value": 10}],
                          "learning": {"three_factor": True}}),
    ("GET", "/v1/jobs/{job}", None),
    ("GET", "/v1/jobs/{job}/spikes", None),
    ("GET", "/v1/usage", None),
]  # fmt: skip
"""Method, path and JSON of each request of `conversation`, in its order. Every one but the signup carries X-API-Key and
Content-Type: application/json, the GETs too."""


def conversation(catalyst_cloud: Any, url: str) -> None:
    """Every method of the client, so that it sends what is recorded."""
    key = catalyst_cloud.Client.signup("you@lab.example", base_url=url + "/")["api_key"]
    client = catalyst_cloud.Client(key, base_url=url + "/")
    network = client.create_network(POPULATIONS, CONNECTIONS)
    client.create_network(POPULATIONS)
    client.simulate(network["network_id"], 1000, STIMULI)
    job = client.submit_job(network["network_id"], 50, learning={"three_factor": True}, rewards=[{"timestep": 3, "value": 10}])
    client.get_job(job["job_id"])
    client.get_spikes(job["job_id"])
    client.usage()


@pytest.fixture(scope="module")
def url(tmp_path_factory) -> Iterator[str]:
    command = Command(tmp_path_factory.mktemp("data"), {"QUINTANT_LABS": "chip"})
    with serving(command) as address:
        yield address


@pytest.fixture(scope="module")
def catalyst_cloud() -> Any:
    return pytest.importorskip("catalyst_cloud", reason="catalyst-cloud 0.1.0 is not installed")


@pytest.fixture(scope="module")
def client(catalyst_cloud, url) -> Any:
    return catalyst_cloud.Client(catalyst_cloud.Client.signup("first@lab.example", base_url=url)["api_key"], base_url=url)


def test_signup_and_the_first_network(catalyst_cloud, url):
    account = catalyst_cloud.Client.signup("new@lab.example", tier="researcher", base_url=url)
    assert account["tier"] == "researcher" and account["limits"]["max_neurons"] == 32768
    told = catalyst_cloud.Client(account["api_key"], base_url=url).create_network(POPULATIONS, CONNECTIONS)
    assert (told["total_neurons"], told["populations"], told["connections"]) == (150, 2, 1)


def test_simulate_returns_results_and_spikes(client):
    network = client.create_network(POPULATIONS, CONNECTIONS)
    job = client.simulate(network["network_id"], timesteps=1000, stimuli=STIMULI)
    assert job["status"] == "completed" and job["result"]["total_spikes"] > 0
    assert set(job["result"]["firing_rates"]) == {"input", "hidden"}
    assert job["result"]["firing_rates"]["input"] == 0.25, "one spike, three steps of silence"
    trains = client.get_spikes(job["job_id"])["spike_trains"]
    assert len(trains["input"]) == 100 and trains["input"]["0"][:3] == [0, 4, 8]


def test_simulate_has_its_result_at_the_first_look(client, monkeypatch):
    network = client.create_network([{"label": "n", "size": 100}])["network_id"]
    client.simulate(network, 10)
    looks: list[str] = []
    look = client.get_job
    monkeypatch.setattr(client, "get_job", lambda job_id: (looks.append(job_id), look(job_id))[1])
    for _ in range(5):
        client.simulate(network, 1000, [{"population": "n", "current": 200}])
    assert min(looks.count(job_id) for job_id in set(looks)) == 1, looks


def test_refusals_arrive_as_the_clients_error(catalyst_cloud, client, url):
    def refused(call) -> tuple[int, str]:
        with pytest.raises(catalyst_cloud.CatalystCloudError) as caught:
            call()
        assert str(caught.value) == f"HTTP {caught.value.status_code}: {caught.value.detail}"
        return caught.value.status_code, caught.value.detail

    signup = catalyst_cloud.Client.signup
    assert refused(lambda: signup("first@lab.example", base_url=url)) == (409, "This e-mail address is already registered.")
    assert refused(lambda: signup("nobody", base_url=url))[0] == 400
    assert refused(lambda: catalyst_cloud.Client("cn_live_x", base_url=url).usage()) == (401, "Invalid API key.")
    status, detail = refused(lambda: client.create_network([{"label": "n", "size": 5000}]))
    assert (status, "Tier limit exceeded" in detail) == (403, True)
    assert refused(lambda: client.create_network([]))[0] == 400
    assert refused(lambda: client.submit_job("net_none", 10)) == (404, "Network not found: net_none")
    assert refused(lambda: client.get_job("job_none")) == (404, "Job not found: job_none")


def test_a_blocked_client_hears_of_a_cancelled_job(catalyst_cloud, url):
    """It waits for completed or failed, whatever else a job may be."""
    account = catalyst_cloud.Client.signup("blocked@lab.example", tier="enterprise", base_url=url)
    client = catalyst_cloud.Client(account["api_key"], base_url=url)
    network = client.create_network([{"label": "n", "size": 20000, "params": {"leak": 0}}])["network_id"]
    said: list[Exception] = []

    def wait() -> None:
        try:
            client.simulate(network, 1_000_000, [{"population": "n", "current": 1}], max_wait=60)
        except Exception as error:
            said.append(error)

    blocked = threading.Thread(target=wait)
    blocked.start()
    until = time.monotonic() + 20
    while not (jobs := client._request("GET", "/v1/jobs")):
        assert time.monotonic() < until
        time.sleep(0.05)
    client._request("POST", f"/v1/jobs/{jobs[0]['job_id']}/cancel")
    blocked.join(30)
    assert [str(error) for error in said] == ["HTTP 500: Job cancelled"]


def test_the_quota_is_an_error_of_its_own(catalyst_cloud, url):
    client = catalyst_cloud.Client(catalyst_cloud.Client.signup("ten@lab.example", base_url=url)["api_key"], base_url=url)
    network = client.create_network([{"label": "n", "size": 1}])["network_id"]
    for _ in range(10):
        client.submit_job(network, 1)
    with pytest.raises(catalyst_cloud.CatalystCloudError) as caught:
        client.submit_job(network, 1)
    assert caught.value.status_code == 429
    used = client.usage()
    assert (used["jobs_today"], used["jobs_limit_today"]) == (10, 10)
    assert {"compute_seconds_today", "estimated_cost", "compute_seconds_this_month", "estimated_cost_gbp"} <= set(used)


def test_own_weights_and_learned_ones_pass_through_the_unmodified_client(client):
    params = {"leak": 0, "refrac": 0}
    network = client.create_network(
        [{"label": "a", "size": 1, "params": params}, {"label": "b", "size": 2, "params": params}],
        [{"source": "a", "target": "b", "weights": [[0, 1000]]}],
    )
    job = client.simulate(network["network_id"], 10, [{"population": "a", "current": 400}], learning={"enabled": True})
    assert client.get_spikes(job["job_id"])["spike_trains"] == {"a": {"0": [2, 5, 8]}, "b": {"1": [3, 6, 9]}}
    (told,) = client._request("GET", f"/v1/jobs/{job['job_id']}/weights")["weights"]
    assert told["initial"] == [1000] and told["final"] != [1000]


def test_what_is_recorded_is_what_the_client_sends(catalyst_cloud):
    sent: list[tuple[str, str, Any]] = []

    class Scribe(BaseHTTPRequestHandler):
        def answer(self) -> None:
            data = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            sent.append((self.command, unquote(self.path), json.loads(data) if data else None))
            keyed = (self.headers.get("X-API-Key"), self.headers.get("Content-Type"))
            assert keyed == ((None if self.path == "/v1/signup" else "KEY"), "application/json"), self.path
            said = {"api_key": "KEY", "network_id": "{network}", "job_id": "{job}", "status": "completed", "spike_trains": {}}
            body = json.dumps(said).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = answer

        def log_message(self, *_: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Scribe) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        conversation(catalyst_cloud, f"http://127.0.0.1:{server.server_port}")
        server.shutdown()
    assert sent == RECORDED


def test_the_recorded_requests_are_answered(url):
    """Byte by byte over a plain socket, as the client's library writes them."""
    ids = {"network": "", "job": ""}
    key = ""
    for method, path, body in RECORDED:
        filled = json.dumps(body).replace("{network}", ids["network"]).encode() if body is not None else b""
        headers = [f"Host: {url[7:]}", "User-Agent: python-requests/2.34.2", "Accept-Encoding: gzip, deflate", "Accept: */*",
                   "Connection: keep-alive", "Content-Type: application/json"]  # fmt: skip
        headers += [f"X-API-Key: {key}"] if key else []
        headers += [f"Content-Length: {len(filled)}"] if filled else []
        head = f"{method} {path.format(**ids)} HTTP/1.1\r\n" + "\r\n".join(headers) + "\r\n\r\n"
        status, told = exchanged(url, head, filled)
        until = time.monotonic() + 60
        while path == "/v1/jobs/{job}" and told["status"] != "completed":
            assert told["status"] in ("queued", "running") and time.monotonic() < until, told
            status, told = exchanged(url, head, filled)
        assert status == 200, told
        key = told.get("api_key", key)
        ids = {"network": ids["network"] or told.get("network_id", ""), "job": told.get("job_id", ids["job"])}
    assert told["jobs_today"] == 2


def exchanged(url: str, head: str, body: bytes) -> tuple[int, dict[str, Any]]:
    host, port = url[7:].split(":")
    with socket.create_connection((host, int(port)), 30) as connection:
        connection.sendall(head.encode() + body)
        data = b""
        while b"\r\n\r\n" not in data:
            data += connection.recv(65536)
        top, _, rest = data.partition(b"\r\n\r\n")
        names = dict(line.lower().split(": ", 1) for line in top.decode().split("\r\n")[1:])
        while len(rest) < int(names["content-length"]):
            rest += connection.recv(65536)
    return int(top.split()[1]), json.loads(rest)


# --- the operator's verbs ---


def test_the_operator_grants_a_tier_to_a_server_that_runs(url, tmp_path, catalyst_cloud):
    key = catalyst_cloud.Client.signup("granted@lab.example", base_url=url)["api_key"]
    command = Command(tmp_path, {"QUINTANT_LABS": "chip"})
    told = command("chip", "grant", "Granted@lab.example", "startup", "--url", url)
    assert told.out.splitlines() == [
        "granted@lab.example   free → startup", "500 jobs a day, 131072 neurons, 1000000 timesteps",
    ]  # fmt: skip
    assert catalyst_cloud.Client(key, base_url=url).usage()["jobs_limit_today"] == 500
    missing = command("chip", "grant", "nobody@lab.example", "startup", "--url", url, code=2)
    assert "Account not found: nobody@lab.example" in missing.err
    wrong = command("chip", "grant", "granted@lab.example", "gold", "--url", url, code=2)
    assert "tier: must be one of free, researcher, startup, enterprise; got 'gold'." in wrong.err


def test_the_operator_of_a_server_for_others_grants_with_its_key_and_without_a_server(tmp_path, catalyst_cloud):
    command = Command(
        tmp_path, {"QUINTANT_LABS": "chip", "QUINTANT_API_KEY": "the-operator-of-this-server", "QUINTANT_SIGNUP": "on"}
    )
    with serving_with_key(command) as address:
        with pytest.raises(catalyst_cloud.CatalystCloudError, match="HTTP 403: The tier startup is granted by the operator"):
            catalyst_cloud.Client.signup("me@lab.example", tier="startup", base_url=address)
        key = catalyst_cloud.Client.signup("me@lab.example", base_url=address)["api_key"]
        assert "free → researcher" in command("chip", "grant", "me@lab.example", "researcher").out, "the server here is found"
        assert catalyst_cloud.Client(key, base_url=address).usage()["tier"] == "researcher"
    assert "researcher → enterprise" in command("chip", "grant", "me@lab.example", "enterprise").out
    assert command("chip", "accounts").out == "me@lab.example  enterprise  0 jobs today   0.000 s this month   £0.00000\n"


def serving_with_key(command: Command) -> Any:
    """`serving` looks at a route that needs the server's key; this looks at one that needs none."""
    from contextlib import contextmanager

    @contextmanager
    def running() -> Iterator[str]:
        import urllib.request

        server = command.start("serve", "--port", "0")
        try:
            until = time.monotonic() + 30
            while True:
                assert time.monotonic() < until and server.poll() is None, "the server did not start"
                try:
                    address = json.loads((command.data_dir / "server.json").read_text())["url"]
                    with urllib.request.urlopen(f"{address}/health", timeout=5):
                        break
                except (OSError, ValueError):
                    time.sleep(0.05)
            yield address
        finally:
            server.terminate()
            server.communicate(timeout=20)

    return running()
