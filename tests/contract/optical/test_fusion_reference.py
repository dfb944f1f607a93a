"""Configs, topology, health, version: over a socket, as the contract and the original's own web client read them."""

import platform

import pytest
from fusion_service import until

from quintant.labs.optical.contract.template import NAMES


def test_the_seven_templates(client):
    found = client.get("/api/configs/templates").json()["templates"]
    assert [template["name"] for template in found] == sorted(NAMES)
    shown = {template["name"]: template for template in found}
    assert shown["default"] == {
        "name": "default",
        "description": "Full-featured production baseline",
        "path": "fusion/configs/templates/default.ini",
    }
    assert shown["minimal"]["description"] == "Quick testing configuration"


def test_one_template_as_text_and_parsed(client):
    found = client.get("/api/configs/templates/default").json()
    assert "[general_settings]\nnetwork = nsfnet\n" in found["content"]
    general = found["parsed"]["general_settings"]
    assert (general["network"], general["erlang_start"], general["max_iters"]) == ("nsfnet", 300, 4)
    answer = client.get("/api/configs/templates/nope")
    assert answer.status_code == 404 and answer.json()["detail"].startswith("Template not found: nope")


@pytest.mark.parametrize("name", NAMES)
def test_every_template_runs_to_its_end(client, runs, name):
    """The whole way, cut short to two iterations where the template asks for more."""
    made = client.post("/api/runs", json={"template": name, "config": {"general_settings": {"max_iters": 2}}})
    assert made.status_code == 201, made.text
    run = runs.wait(made.json()["id"], 120)
    assert run.state == "completed", run.reason
    shown = client.get(f"/api/runs/{run.id}").json()
    assert shown["template"] == name and shown["progress"]["percent_complete"] == 100
    assert client.get(f"/api/runs/{run.id}/topology").json()["links"][0]["slots_used"] >= 0


def test_validation_of_overrides(client):
    answer = client.post(
        "/api/configs/validate", json={"config": {"general_settings": {"network": "invalid_network", "erlang_start": -10}}}
    )
    assert answer.status_code == 200
    found = answer.json()
    assert found["valid"] is False
    assert found["errors"][0]["path"] == "general_settings.network"
    assert found["errors"][1] == {
        "path": "general_settings.erlang_start",
        "message": "Value must be positive",
        "hint": "Allowed: at least 0 Erlang; got -10.0.",
    }


def test_validation_of_a_file_as_the_originals_editor_asks_for_it(client):
    content = client.get("/api/configs/templates/minimal").json()["content"]
    found = client.post("/api/configs/validate", json={"content": content}).json()
    assert found["valid"] is True and found["errors"] == []
    found = client.post("/api/configs/validate", json={"content": content.replace("nsfnet", "nfsnet")}).json()
    assert found["valid"] is False and "Did you mean 'nsfnet'?" in found["errors"][0]
    assert client.post("/api/configs/validate", content=b"nonsense").status_code == 400


def test_the_schema_describes_what_is_accepted(client):
    schema = client.get("/api/configs/schema").json()
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["properties"]["general_settings"]["properties"]["network"]["enum"][:3] == ["nsfnet", "usnet", "cost239"]


def test_topologies(client):
    found = client.get("/api/topology").json()["topologies"]
    assert len(found) == 28
    nsfnet = found[0]
    assert (nsfnet["name"], nsfnet["nodes"], nsfnet["links"]) == ("nsfnet", 14, 22)
    assert (nsfnet["node_count"], nsfnet["link_count"]) == (14, 22) and nsfnet["description"]


@pytest.mark.parametrize("name", ["nsfnet", "NSFNet", "NSFNET"])
def test_a_topology_in_any_case(client, name):
    found = client.get(f"/api/topology/{name}").json()
    assert found["name"] == "nsfnet"
    assert {"id", "label", "x", "y"} <= set(found["nodes"][0])
    assert {"source", "target", "weight", "slots", "id", "length_km", "utilization"} <= set(found["links"][0])


def test_an_unknown_topology(client):
    answer = client.get("/api/topology/nsfnt")
    assert (answer.status_code, answer.json()) == (404, {"detail": "Topology not found: nsfnt. Did you mean 'nsfnet'?"})


def test_the_topology_of_a_run_that_has_ended_and_of_one_that_runs(client, finished, long):
    found = client.get(f"/api/runs/{finished['id']}/topology").json()
    link = found["links"][0]
    assert link["slots_total"] == 320 * 3
    assert all(link["utilization"] == pytest.approx(link["slots_used"] / 960, abs=1e-6) for link in found["links"])
    assert sum(link["slots_used"] for link in found["links"]) > 0
    until(lambda: max(link["utilization"] for link in client.get(f"/api/runs/{long}/topology").json()["links"]) > 0, 30)
    live = client.get(f"/api/runs/{long}/topology").json()
    assert all(link["utilization_percent"] == pytest.approx(100 * link["utilization"], abs=1e-3) for link in live["links"])


def test_version_and_health(client, long):
    found = client.get("/api/version").json()
    assert (found["version"], found["api_version"]) == ("6.1.0", "1")
    assert found["python_version"] == platform.python_version()
    health = client.get("/api/health").json()
    assert (health["status"], health["database"], health["active_runs"]) == ("healthy", "connected", 1)
