"""Shapes without a server: validation's two styles, topologies, errors, and what importing costs."""

import subprocess
import sys
from types import SimpleNamespace

import orjson
import pytest
from starlette.exceptions import HTTPException

from quintant.errors import ConfigError, Conflict, Forbidden, Gone, NotFound, Problem
from quintant.labs.optical import topology
from quintant.labs.optical.contract import configs, decode, networks, options, route, runs, template


def test_the_contracts_invalid_example():
    found = configs.verdict({"config": {"general_settings": {"network": "invalid_network", "erlang_start": -10}}})
    assert found["valid"] is False
    assert [error["path"] for error in found["errors"]] == ["general_settings.network", "general_settings.erlang_start"]
    assert found["errors"][0]["message"].startswith("Unknown network: 'invalid_network'. Available: nsfnet, usnet, ")
    assert found["errors"][1]["message"] == "Value must be positive"
    assert {"path": "general_settings.max_iters", "message": "Using default value: 4"} in found["warnings"]


def test_a_whole_configuration_is_valid_without_a_warning():
    merged = decode.decode("default", {"general_settings": {"max_segments": 1}}).merged
    assert configs.verdict({"config": merged}) == {"valid": True, "warnings": []}


def test_ini_content_is_answered_in_texts():
    found = configs.verdict({"content": "[general_settings]\nnetwork = nope\n"})
    assert found["valid"] is False
    assert found["errors"][0].startswith("general_settings.network: Unknown network: 'nope'. Available: nsfnet")
    assert all(isinstance(text, str) for text in found["warnings"])
    found = configs.verdict({"content": template.find("runtime_config").content})
    assert found["valid"] is True and found["errors"] == []
    assert found["warnings"][0].startswith("s2: This section configures a second process")


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({}, "body: must hold either config (an object) or content (INI text)."),
        ({"config": {}, "content": ""}, "body: must hold either config (an object) or content (INI text)."),
        ({"confg": {}}, "confg: is not a field of this request. Did you mean 'config'?"),
        ({"config": []}, "config: must be an object of sections; got list."),
        ({"content": 3}, "content: must be a text; got int."),
        ({"content": "", "template": "default"}, "template: goes with config; content is a whole configuration."),
    ],
)
def test_a_validation_request_must_make_sense(body, text):
    with pytest.raises(ConfigError) as caught:
        configs.verdict(body)
    assert str(caught.value) == text


def test_a_whole_file_must_name_its_network():
    found = configs.verdict({"content": "[topology_settings]\ncores_per_link = 3\n"})
    assert found["valid"] is False
    assert found["errors"] == ["general_settings.network: is required. Begin with [general_settings] and name the network."]
    assert len(found["warnings"]) == sum(option.required for option in options.OPTIONS) - 2


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"nmae": "x"}, "nmae: is not a field of this request. Did you mean 'name'?"),
        ({"name": 3}, "name: must be a text; got int."),
        ({"name": "x" * 256}, "name: must have at most 255 characters; got 256."),
        ({"template": "defualt"}, "template: must be one of default, minimal, "),
        ({"template": 1}, "template: must be a text; got int."),
        ({"config": [1]}, "config: must be an object of sections; got a list."),
        ({"config": "x"}, "config: must be an object of sections; got a text."),
    ],
)
def test_a_bad_request_creates_nothing(body, text):
    with pytest.raises(ConfigError) as caught:
        runs.submit(None, body)
    assert str(caught.value).startswith(text)


def test_a_topology_has_the_contracts_keys_and_the_clients():
    shown = networks.shape(networks.find("NSFNet"))
    assert shown["name"] == "nsfnet"
    assert (len(shown["nodes"]), len(shown["links"])) == (14, 22)
    assert {"id", "label", "x", "y", "type"} <= set(shown["nodes"][0])
    first = shown["links"][0]
    assert first == {
        "id": "0-1",
        "source": "0",
        "target": "1",
        "weight": 1000.0,
        "length_km": 1000.0,
        "slots": 320,
        "utilization": 0,
    }


@pytest.mark.parametrize("name", topology.names())
def test_every_topology_can_be_drawn(name):
    shown = networks.shape(networks.find(name))
    ids = {node["id"] for node in shown["nodes"]}
    assert all(isinstance(node["x"], (int, float)) and isinstance(node["y"], (int, float)) for node in shown["nodes"])
    assert all({link["source"], link["target"]} <= ids for link in shown["links"])


def test_an_unknown_topology_is_not_found():
    with pytest.raises(NotFound, match=r"Topology not found: nsfnt. Did you mean 'nsfnet'\?"):
        networks.find("nsfnt")


def test_a_runs_topology_counts_all_cores_and_bands():
    config = decode.decode("default", {"spectrum_settings": {"l_band": 80}}).config
    used = [0] * 22
    used[0] = 300
    run = SimpleNamespace(config=config.model_dump(mode="json"), values={"slots_used": used})
    shown = networks.state(run)
    assert {key: shown["links"][0][key] for key in ("slots_total", "slots_used", "utilization", "utilization_percent")} == {
        "slots_total": 1200,
        "slots_used": 300,
        "utilization": 0.25,
        "utilization_percent": 25.0,
    }
    assert shown["links"][1]["slots_used"] == 0
    assert networks.state(SimpleNamespace(config=run.config, values={}))["links"][0]["slots_used"] == 0


@pytest.mark.parametrize(
    ("error", "status", "detail"),
    [
        (ConfigError(Problem("k", "must be 1", None, None, "Say 1.")), 400, "k: must be 1. Say 1."),
        (NotFound("Run", "xyz123"), 404, "Run not found: xyz123"),
        (Forbidden("no"), 403, "no"),
        (Conflict("busy"), 409, "busy"),
        (Gone("stale"), 410, "stale"),
        (HTTPException(405), 405, "Method Not Allowed"),
    ],
)
def test_errors_have_the_contracts_shape(error, status, detail):
    answer = route.DIALECT.refusal(error)
    assert (answer.status_code, orjson.loads(answer.body)) == (status, {"detail": detail})


def test_an_unforeseen_error_is_logged_and_not_shown(caplog):
    answer = route.DIALECT.refusal(ZeroDivisionError("secret path"))
    assert answer.status_code == 500
    assert orjson.loads(answer.body) == {"detail": "Internal server error", "code": "INTERNAL_ERROR"}
    assert "secret path" in caplog.text


def test_importing_the_contract_loads_no_compiler_and_no_plotting():
    code = (
        "import sys; from quintant.labs.optical.contract import router; router(None); "
        "print([name for name in ('numba', 'altair', 'networkx', 'scipy') if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert found.stdout.strip() == "[]"
