"""Figures over HTTP, with the optical lab: every one it has, in every format, from one run and from a sweep."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from quintant import registry

V2 = "/api/v2"
BEGINS = {"json": b"{", "svg": b"<svg", "png": b"\x89PNG", "pdf": b"%PDF", "html": b"<!doctype html", "csv": b""}
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


def test_the_printed_example_of_a_request_is_acceptable(client: TestClient) -> None:
    shapes = client.get("/openapi.json").json()["components"]["schemas"]
    body = shapes["CreateBody"]["examples"][0]
    made = client.post(f"{V2}/runs", json={**body, "seeds": 1})
    assert made.status_code == 201, made.text
    judged = client.post(f"{V2}/labs/{body['lab']}/validate", json=shapes["ValidateBody"]["examples"][0]).json()
    assert (judged["valid"], judged["changed"]) == (True, [])


@pytest.mark.skipif("optical" not in registry.labs(), reason="the optical lab is not installed")
def test_a_figure_in_parts_is_drawn_once_and_known_by_its_tag(client: TestClient, blocked: tuple[str, list[str]]) -> None:
    sweep_id, (run_id, *_) = blocked
    address = f"{V2}/runs/{run_id}/figures/topology.json"
    asked = {"as": "vega", "parts": "plot", "width_mm": 120}
    answer = client.get(address, params=asked)
    told = answer.json()
    assert (told["kind"], told["theme"], told["width_mm"], told["live"]) == ("vega", "light", 120, False)
    assert told["spec"]["$schema"].startswith("https://vega.github.io/schema/vega/") and "title" not in told["spec"]
    assert told["words"]["finding"] and told["words"]["runs"][0]["id"] == run_id
    assert {data["name"] for data in told["spec"]["data"]} >= {"data-1"}
    tag = answer.headers["etag"]
    assert client.get(address, params=asked, headers={"If-None-Match": tag}).status_code == 304
    assert client.get(address, params=asked).content == answer.content
    dark = client.get(address, params={**asked, "theme": "dark"})
    assert dark.headers["etag"] != tag and dark.json()["spec"]["background"] != told["spec"]["background"]
    lite = client.get(address, params={"parts": "plot"}).json()
    assert lite["kind"] == "vega-lite" and lite["spec"]["datasets"]["data-1"] and lite["width_mm"] is None
    whole = client.get(address, params={"data": "rows"}).json()
    assert whole["title"]["text"] and whole["datasets"]["data-1"]
    swept = client.get(f"{V2}/sweeps/{sweep_id}/figures/blocking.json", params=asked).json()
    assert len(swept["words"]["runs"]) == 6 and swept["words"]["of"] == "seeds"
    plain = client.get(f"{V2}/runs/{run_id}/figures/topology.svg", params={"parts": "plot"}).text
    assert told["words"]["provenance"] not in plain.split("</desc>")[1] and "<text" in plain
    data = client.get(f"{V2}/runs/{run_id}/figures/topology.csv")
    assert data.headers["x-datasets"].startswith("data-1") and data.text.splitlines()[0].count(",") >= 1
    for query, path in (("dataset=data-99", None), ("as=vega", "as"), ("data=rows", "data")):
        wrong = client.get(f"{V2}/runs/{run_id}/figures/topology.csv?{query}")
        assert wrong.status_code == (422 if path else 404)
    assert client.get(f"{V2}/runs/{run_id}/figures/topology.html?parts=plot").status_code == 422


@pytest.mark.skipif("optical" not in registry.labs(), reason="the optical lab is not installed")
def test_what_can_be_drawn_is_told_beforehand_also_while_a_run_goes_on(client: TestClient, runs) -> None:
    body = {**SMALL, "config": {"requests": 30_000_000, "warmup_requests": 500}}
    run_id = client.post(f"{V2}/runs", json={**body, "seeds": 1}).json()["runs"][0]["id"]
    address = f"{V2}/runs/{run_id}/figures"
    while not client.get(f"{V2}/runs/{run_id}").json()["values"].get("requests"):
        assert runs.get(run_id).state.final is False
    listed = client.get(address, params={"drawable": True}).json()
    figures = {figure["name"]: figure for figure in listed["figures"]}
    assert listed["live"] and figures["topology"]["drawable"] and figures["topology"]["finding"]
    assert not figures["spectrum"]["drawable"] and "cannot be drawn" in figures["spectrum"]["reason"]
    drawn = client.get(f"{address}/topology.json", params={"parts": "plot"})
    assert drawn.status_code == 200 and drawn.json()["live"]
    refused = client.get(f"{address}/spectrum.json", params={"parts": "plot"})
    assert refused.status_code == 409 and refused.json()["detail"] == figures["spectrum"]["reason"]
    client.post(f"{V2}/runs/{run_id}/cancel")
    assert str(runs.wait(run_id, 30).state) == "cancelled"
    assert client.get(f"{address}/topology.json", params={"parts": "plot"}).headers["etag"] != drawn.headers["etag"]
