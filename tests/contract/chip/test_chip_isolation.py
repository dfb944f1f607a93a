"""One account never sees another's: every id of somebody else is answered as one that is not there."""

from __future__ import annotations

import pytest
from chip_service import DRIVE, ONE, Client, detail


@pytest.fixture(scope="module")
def theirs(client) -> dict[str, str]:
    """Ids of another account, all of things that exist."""
    job = client.done(ONE, learning={"enabled": True}, probes=[{"population": "n"}])
    key = next(one for one in client.get("/v1/keys") if one["active"])
    return {"network": client.get(f"/v1/jobs/{job}")["network_id"], "job": job, "key": key["key_id"]}


MISSING = {"network": "net_0123456789abcdef", "job": "job_0123456789ab", "key": "key_01234567"}
ROUTES = [
    ("GET", "/v1/networks/{network}", None), ("DELETE", "/v1/networks/{network}", None),
    ("POST", "/v1/jobs", {"network_id": "{network}", "timesteps": 5, "stimuli": DRIVE}),
    ("POST", "/v1/jobs/estimate", {"network_id": "{network}", "timesteps": 5}),
    ("GET", "/v1/jobs/{job}", None), ("POST", "/v1/jobs/{job}/cancel", None), ("GET", "/v1/jobs/{job}/spikes", None),
    ("GET", "/v1/jobs/{job}/weights", None), ("GET", "/v1/jobs/{job}/probes", None), ("GET", "/v1/jobs/{job}/hardware", None),
    ("DELETE", "/v1/keys/{key}", None),
]  # fmt: skip


def asked(client: Client, method: str, path: str, body, ids: dict[str, str]):
    """The answer, with the ids in it blotted out."""
    filled = body and {name: value.format(**ids) if isinstance(value, str) else value for name, value in body.items()}
    answer = client.ask(method, path.format(**ids), filled)
    text = detail(answer) if answer.status_code >= 400 else ""
    for id in ids.values():
        text = text.replace(id, "ID")
    headers = sorted(name for name in answer.headers if name not in ("date", "content-length"))
    return answer.status_code, text, headers


@pytest.mark.parametrize(("method", "path", "body"), ROUTES, ids=lambda value: str(value)[:40])
def test_an_id_of_another_account_is_answered_as_one_that_is_not_there(new, theirs, method, path, body):
    stranger = new()
    found = asked(stranger, method, path, body, theirs)
    assert found == asked(stranger, method, path, body, MISSING)
    assert found[0] == 404


def test_lists_hold_ones_own_alone(new, client, theirs):
    stranger = new()
    assert stranger.get("/v1/networks") == [] and stranger.get("/v1/jobs") == []
    mine = stranger.network()
    assert [one["network_id"] for one in stranger.get("/v1/networks")] == [mine]
    assert mine not in [one["network_id"] for one in client.get("/v1/networks")]
    assert stranger.get("/v1/usage")["compute_seconds_this_month"] == 0
    assert client.get(f"/v1/jobs/{theirs['job']}")["status"] == "completed", "nothing of it was touched"
    assert client.get(f"/v1/networks/{theirs['network']}")["total_neurons"] == 1


def test_a_run_that_is_no_job_is_not_found_by_any_account(runs, client):
    native = runs.submit("chip", {"timesteps": 5})
    assert client.refused("GET", f"/v1/jobs/job_{native.id}", status=404) == f"Job not found: job_{native.id}"
    assert client.refused("GET", f"/v1/jobs/{native.id}", status=404) == f"Job not found: {native.id}"


@pytest.mark.parametrize("id", ["..", "job_", "job_%00", "x" * 300, "net_..%2f..", "job_0123456789AB"])
def test_ids_that_are_none_are_not_found(client, id):
    for path in ("/v1/jobs/", "/v1/networks/"):
        assert client.ask("GET", path + id).status_code in (404, 405)
