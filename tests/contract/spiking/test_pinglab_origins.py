"""Pages of any origin may use the contract's two paths, without credentials; everything else stays shut to them."""

from __future__ import annotations

from pinglab_service import HEADERS, SMALL

FOREIGN = {"Origin": "https://pinglab.example"}


def test_a_foreign_page_may_run_and_read_every_header(client):
    answer = client.post("/run", json=SMALL, headers=FOREIGN)
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in answer.headers
    exposed = {name.strip() for name in answer.headers["Access-Control-Expose-Headers"].split(",")}
    assert {f"X-Pinglab-{name}" for name in HEADERS} | {"X-Quintant-Ignored-Keys"} <= exposed


def test_a_refusal_can_be_read_too(client):
    answer = client.post("/weights", json={"config": {"N_E": "x"}}, headers=FOREIGN)
    assert answer.status_code == 422 and answer.headers["Access-Control-Allow-Origin"] == "*"


def test_a_preflight_is_answered(client):
    asked = {**FOREIGN, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type, x-anything"}
    answer = client.options("/run", headers=asked)
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "POST" in answer.headers["Access-Control-Allow-Methods"]
    assert "x-anything" in answer.headers["Access-Control-Allow-Headers"]


def test_nothing_else_is_opened(client):
    answer = client.post("/api/v2/runs", json={"lab": "spiking"}, headers=FOREIGN)
    assert answer.status_code == 403 and "Access-Control-Allow-Origin" not in answer.headers
    assert "Access-Control-Allow-Origin" not in client.get("/api/v2/runs", headers=FOREIGN).headers
    assert client.post("/run/", json=SMALL, headers=FOREIGN).status_code == 403, "exact paths only"


def test_a_foreign_name_of_this_machine_stays_refused(client):
    assert client.get("/run", headers={"Host": "evil.example"}).status_code == 421
