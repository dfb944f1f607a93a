"""Figures over HTTP, with the optical lab: every one it has, in every format, from one run and from a sweep."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from quintant import registry

V2 = "/api/v2"
BEGINS = {"json": b"{", "svg": b"<svg", "png": b"\x89PNG", "pdf": b"%PDF", "html": b"<!doctype html"}
SMALL = {"lab": "optical", "preset": "deeprmsa-nsfnet", "config": {"requests": 2000, "warmup_requests": 500}}


@pytest.fixture
def blocked(client: TestClient, runs) -> tuple[str, list[str]]:
    """A sweep of two loads with three seeds."""
    made = client.post(f"{V2}/runs", json={**SMALL, "sweep": {"load_erlang": [250.0, 400.0]}, "seeds": 3})
    assert made.status_code == 201, made.text
    ids = [run["id"] for run in made.json()["runs"]]
    for run_id in ids:
        ended = runs.wait(run_id, 120)
        assert ended.state == "completed", ended.reason
    return made.json()["sweep"]["id"], ids


@pytest.mark.skipif("optical" not in registry.labs(), reason="the optical lab is not installed")
def test_every_figure_in_every_format(client: TestClient, blocked: tuple[str, list[str]]) -> None:
    sweep_id, (run_id, *_) = blocked
    names = {figure.name for figure in registry.labs()["optical"].figures}
    listed = client.get(f"{V2}/runs/{run_id}/figures").json()["figures"]
    assert {figure["name"] for figure in listed} == names
    for figure in listed:
        for format, address in figure["links"].items():
            answer = client.get(address)
            assert answer.status_code == 200, (address, answer.text)
            assert answer.content.lstrip()[:20].lower().startswith(BEGINS[format].lower()), address
    of_sweep = client.get(f"{V2}/sweeps/{sweep_id}/figures").json()["figures"]
    assert {figure["name"] for figure in of_sweep} == {figure["name"] for figure in listed if figure["of"] == "sweep"}
    drawn = client.get(next(figure for figure in of_sweep if figure["hero"])["links"]["json"]).json()
    assert {run["id"] for run in drawn["usermeta"]["quintant"]["runs"]} == set(blocked[1])

    page = client.get(f"{V2}/runs/{run_id}/figures/blocking.html")
    assert page.headers["content-security-policy"].startswith("sandbox allow-scripts")
    assert client.get(f"{V2}/runs/{run_id}/figures/blocking.svg").headers["content-security-policy"].startswith("sandbox;")
    light = client.get(f"{V2}/runs/{run_id}/figures/blocking.svg").content
    assert client.get(f"{V2}/runs/{run_id}/figures/blocking.svg?theme=dark").content != light
    for query, path in (("theme=drak", "theme"), ("width_mm=1", "width_mm"), ("dpi=9999", "dpi")):
        answer = client.get(f"{V2}/runs/{run_id}/figures/blocking.png?{query}")
        assert (answer.status_code, answer.json()["problems"][0]["path"]) == (422, path)
    wrong = client.get(f"{V2}/runs/{run_id}/figures/bloking.svg")
    assert (wrong.status_code, "Did you mean 'blocking'?" in wrong.json()["detail"]) == (404, True)
    one_of_many = client.get(f"{V2}/sweeps/{sweep_id}/figures/spectrum.svg")
    assert (one_of_many.status_code, one_of_many.json()["code"]) == (409, "conflict")


@pytest.mark.skipif("optical" not in registry.labs(), reason="the optical lab is not installed")
def test_the_printed_example_of_a_request_is_acceptable(client: TestClient) -> None:
    shapes = client.get("/openapi.json").json()["components"]["schemas"]
    body = shapes["CreateBody"]["examples"][0]
    made = client.post(f"{V2}/runs", json={**body, "sweep": {"load_erlang": [190]}, "seeds": 1})
    assert made.status_code == 201, made.text
    judged = client.post(f"{V2}/labs/optical/validate", json=shapes["ValidateBody"]["examples"][0]).json()
    assert (judged["valid"], judged["changed"]) == (True, ["k_paths"])
