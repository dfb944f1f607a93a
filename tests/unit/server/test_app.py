"""The one port: greeting, health, docs without a network, the description of every shape, the doors in front."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from jsonschema_rs import validator_for
from starlette.testclient import TestClient

from quintant import __version__, registry
from quintant.server import create_app, dashboard
from quintant.settings import Settings

FEDERATED = {"redis": "disconnected", "celery_workers": 0, "execution_mode": "subprocess"}
OPTICAL = {"database": "connected", "active_runs": 0}


def test_the_greeting_is_the_contracts_and_browsers_get_the_dashboard(client: TestClient) -> None:
    answer = client.get("/")
    assert answer.json() == {"message": "Federated Learning Simulation Framework API"}
    assert "Accept" in answer.headers["vary"]
    browser = client.get("/", headers={"Accept": "text/html,*/*;q=0.8"}, follow_redirects=False)
    assert browser.status_code == 200
    assert browser.headers["content-type"].startswith("text/html")
    assert "Accept" in browser.headers["vary"]


def test_browsers_are_sent_to_the_docs_while_the_dashboard_is_not_built(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(dashboard, "DIST", tmp_path)
    browser = client.get("/", headers={"Accept": "text/html"}, follow_redirects=False)
    assert (browser.status_code, browser.headers["location"]) == (307, "/docs")
    assert client.get("/runs/7f3a9c0d1e2b", headers={"Accept": "text/html"}).status_code == 404


def test_health_answers_both_contracts_and_is_healthy_while_the_store_answers(client: TestClient) -> None:
    """The one departure from a contract that is documented: docs/contracts/federated.md."""
    assert client.get("/api/health").json() == {"status": "healthy", **FEDERATED, **OPTICAL}
    shape = client.get("/openapi.json").json()["paths"]["/api/health"]["get"]["responses"]["200"]["content"]
    validator_for(shape["application/json"]["schema"]).validate(client.get("/api/health").json())


def test_health_says_what_is_wrong_with_the_store(runs, settings, monkeypatch) -> None:
    def broken() -> None:
        raise OSError("gone")

    monkeypatch.setattr(runs.store, "count_live", broken)
    told = TestClient(create_app(runs, settings), base_url="http://127.0.0.1:8000").get("/api/health").json()
    assert (told["status"], told["database"], told["active_runs"]) == ("degraded", "error: OSError", 0)


@pytest.mark.parametrize(
    ("labs", "greeting", "health"),
    [
        ("toy", None, {"database": "connected"}),
        ("optical", None, OPTICAL),
        ("chip,federated", {"message": "Federated Learning Simulation Framework API"}, {**FEDERATED, "database": "connected"}),
    ],
)
def test_the_entrance_and_health_are_made_of_the_contracts_that_are_served(runs, settings, labs, greeting, health) -> None:
    app = create_app(runs, settings.model_copy(update={"labs": labs}))
    client = TestClient(app, base_url="http://127.0.0.1:8000")
    entrance = {"name": "quintant", "version": __version__, "api": "/api/v2", "docs": "/docs", "health": "/api/health"}
    assert client.get("/").json() == (greeting or entrance)
    assert client.get("/api/health").json() == {"status": "healthy", **health}
    for path in (entrance["api"], entrance["docs"], entrance["health"]):
        assert client.get(path).status_code == 200


def test_unknown_paths(client: TestClient) -> None:
    assert client.get("/api/nothing").json() == {"detail": "Not found: /api/nothing"}
    native = client.get("/api/v2/nothing")
    assert (native.status_code, native.headers["content-type"]) == (404, "application/problem+json")
    wrong = client.put("/api/v2/runs")
    assert (wrong.status_code, wrong.json()["code"]) == (405, "method_not_allowed")
    assert "allow" in wrong.headers


@pytest.mark.parametrize("place", ["/docs", "/redoc"])
def test_the_docs_ask_nobody_else(client: TestClient, place: str) -> None:
    page = client.get(place)
    addresses = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert addresses
    for address in addresses:
        assert address.startswith(("/docs/", f"{place}/"))
        assert client.get(address).status_code == 200
    assert "default-src 'none'" in page.headers["content-security-policy"]
    start = client.get(f"{place}/start.js").text
    assert "http" not in start
    assert '"/openapi.json"' in start


def test_the_entrance_leads_on(client: TestClient) -> None:
    for address in client.get("/api/v2").json()["links"].values():
        assert client.get(address).status_code == 200, address


def native_operations(client: TestClient):
    schema = client.get("/openapi.json").json()
    for path, item in schema["paths"].items():
        if path.startswith("/api/v2"):
            for method, operation in item.items():
                yield schema, f"{method.upper()} {path}", operation


def test_every_native_operation_has_a_summary_an_example_and_refusals(client: TestClient) -> None:
    names = []
    for schema, name, operation in native_operations(client):
        names.append(name)
        assert operation.get("summary"), name
        assert "4XX" in operation["responses"], name
        for media in operation["responses"].get("200", operation["responses"].get("201", {})).get("content", {}).values():
            assert example_of(schema, media), f"{name} has no example"
        body = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if body:
            assert example_of(schema, body), f"{name} has no example of its body"
    assert len(names) >= 28, names


def test_every_example_fits_its_shape(client: TestClient) -> None:
    schema = client.get("/openapi.json").json()
    checked = 0
    for name, shape in schema["components"]["schemas"].items():
        for example in shape.get("examples", []):
            whole = {"$ref": f"#/components/schemas/{name}", "components": schema["components"]}
            validator_for(whole).validate(example)
            checked += 1
    assert checked >= 20


def example_of(schema: dict, media: dict) -> object:
    if "example" in media:
        return media["example"]
    shape = media["schema"]
    shapes = [shape, *shape.get("anyOf", [])]
    found = [schema["components"]["schemas"][one["$ref"].rpartition("/")[2]] for one in shapes if "$ref" in one]
    return found and all(one.get("examples") for one in found)


def test_operation_ids_are_unique(client: TestClient) -> None:
    ids = [operation["operationId"] for _, _, operation in native_operations(client)]
    assert len(ids) == len(set(ids))


# --- the doors in front ---


def test_a_large_body_creates_nothing(runs, settings) -> None:
    small = settings.model_copy(update={"max_body_bytes": 2048})
    with TestClient(create_app(runs, small), base_url="http://127.0.0.1") as client:
        answer = client.post("/api/v2/runs", json={"lab": "toy", "name": "x" * 4096})
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large")

        def pieces():
            yield b'{"lab": "toy", "name": "'
            for _ in range(100):
                yield b"x" * 1000

        chunked = client.post("/api/v2/runs", content=pieces(), headers={"Content-Type": "application/json"})
        assert (chunked.status_code, chunked.json()["code"]) == (413, "too_large")
        assert client.post("/api/elsewhere", content=b"x" * 4096).json() == {
            "detail": "The request body is larger than 2048 bytes (QUINTANT_MAX_BODY_BYTES)."
        }
        assert client.get("/api/v2/runs", params={"text": "xxxx"}).json()["total"] == 0


def test_cors_lets_development_pages_in_and_no_others(client: TestClient) -> None:
    headers = {"Origin": "http://localhost:5173", "Access-Control-Request-Method": "POST"}
    preflight = client.options("/api/v2/runs", headers=headers)
    assert preflight.headers["access-control-allow-origin"] == "http://localhost:5173"
    foreign = client.options("/api/v2/runs", headers={**headers, "Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in foreign.headers
    read = client.get("/api/v2/runs", headers={"Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in read.headers
    write = client.post("/api/v2/runs", json={"lab": "toy", "name": "foreign"}, headers={"Origin": "https://evil.example"})
    assert (write.status_code, write.json()["code"]) == (403, "foreign_origin")
    assert client.get("/api/v2/runs", params={"text": "foreign"}).json()["total"] == 0


def test_credentials_never_go_with_every_origin(runs, settings) -> None:
    every = settings.model_copy(update={"cors_origins": "*"})
    with TestClient(create_app(runs, every), base_url="http://127.0.0.1") as client:
        answer = client.get("/api/v2/runs", headers={"Origin": "https://any.example"})
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in answer.headers


def test_a_foreign_host_name_is_refused(client: TestClient) -> None:
    answer = client.get("/api/v2/runs", headers={"Host": "evil.example"})
    assert (answer.status_code, answer.json()["code"]) == (421, "foreign_host")


@pytest.fixture
def locked(runs, settings) -> TestClient:
    from pydantic import SecretStr

    app = create_app(runs, settings.model_copy(update={"api_key": SecretStr("a-secret-key-of-24-chars")}))
    return TestClient(app, base_url="http://127.0.0.1")


def test_with_a_key_set_every_door_asks_for_it(locked: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    for path in ("/api/v2/runs", "/api/v2/labs", "/api/runs", "/api/v2/nothing"):
        assert locked.get(path).status_code == 401, path
    refused = locked.get("/api/v2/runs", headers={"Authorization": "Bearer wrong"})
    assert (refused.status_code, refused.json()["code"]) == (401, "unauthorized")
    assert refused.headers["www-authenticate"].startswith("Bearer")
    assert locked.get("/api/v2/runs", headers={"Authorization": "Bearer a-secret-key-of-24-chars"}).status_code == 200
    assert locked.get("/api/v2/runs", headers={"X-API-Key": "a-secret-key-of-24-chars"}).status_code == 200
    assert locked.get("/api/v2/runs?key=a-secret-key-of-24-chars").status_code == 401, "addresses land in logs"
    for path in ("/", "/api/health", "/docs", "/openapi.json", "/docs/assets/swagger-ui.css"):
        assert locked.get(path).status_code == 200, path
    assert "a-secret-key-of-24-chars" not in caplog.text


def test_settings_are_not_exposed(client: TestClient) -> None:
    assert client.get("/api/v2/settings").status_code == 404
    assert "a-secret-key-of-24-chars" not in repr(Settings(api_key="a-secret-key-of-24-chars"))


def test_every_native_operation_stands_in_the_docs(client: TestClient) -> None:
    from pathlib import Path

    page = (Path(__file__).parents[3] / "docs" / "api.md").read_text()
    section = page.split("## What there is")[1].split("## Creating")[0]
    for _, name, operation in native_operations(client):
        method, path = name.split(" ")
        path = path.removeprefix("/api/v2")
        if set(operation["tags"]) & set(registry.labs()):  # a lab's own verb
            told = (Path(__file__).parents[3] / "docs" / "contracts" / f"{operation['tags'][0]}.md").read_text()
            assert f"`{method} /api/v2{path}`" in told, f"{method} {path} is not in its contract's page"
            continue
        assert path in section or f"…{'/' + path.split('/', 3)[3]}" in section, f"{method} {path} is not in docs/api.md"


def test_every_code_stands_in_the_docs() -> None:
    from pathlib import Path

    from quintant import errors

    page = (Path(__file__).parents[3] / "docs" / "api.md").read_text()
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.QuintantError)]
    for kind in kinds:
        if kind not in (errors.QuintantError, errors.EngineError, errors.Unreachable):  # these never reach the wire
            assert f"| {kind.status} | `{kind.code}`" in page, kind.code
