"""The dashboard as files: who gets the page, under which policy, what is compressed and kept, what the key leaves open."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from pydantic import SecretStr
from starlette.testclient import TestClient

from quintant.server import create_app, dashboard

HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
RUN = "/runs/7f3a9c0d1e2b"
PAGES = ["/", RUN, f"{RUN}/log", "/sweeps/c41d20aa96e3", "/new", "/new/optical", "/compare", "/labs/chip"]


@pytest.mark.parametrize("path", PAGES)
def test_every_address_of_the_page_is_the_page_under_the_strict_policy(client: TestClient, path: str) -> None:
    answer = client.get(path, headers=HTML)
    assert answer.status_code == 200
    assert answer.text.startswith("<!doctype html>")
    assert answer.headers["content-security-policy"] == (
        "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
        "connect-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
    )
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_terminals_page_alone_may_write_styles_by_a_nonce_of_its_own(client: TestClient) -> None:
    answers = [client.get("/terminal", headers=HTML) for _ in range(2)]
    nonces = [re.search(r'<style nonce="([\w-]{22})"></style></head>', answer.text)[1] for answer in answers]
    assert nonces[0] != nonces[1]
    for answer, nonce in zip(answers, nonces, strict=True):
        assert answer.headers["content-security-policy"] == (
            f"default-src 'self'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data: blob:; "
            "font-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; "
            "form-action 'self'"
        )
        assert answer.headers["cache-control"] == "no-store"
    assert client.get("/terminal", headers={"Accept": "application/json"}).status_code == 404


def test_a_program_gets_no_page_in_place_of_data(client: TestClient) -> None:
    assert client.get("/runs/7f3a9c0d1e2b", headers={"Accept": "application/json"}).status_code == 404
    assert client.get("/api/v2/nothing", headers=HTML).headers["content-type"] == "application/problem+json"
    assert client.get("/assets/nothing.json", headers=HTML).status_code == 404


def test_the_page_holds_nothing_inline_and_names_nothing_elsewhere() -> None:
    html = (dashboard.DIST / "index.html").read_text()
    scripts = re.findall(r"<script[^>]*>(.*?)</script>", html, re.S)
    assert scripts
    assert all(not text.strip() for text in scripts)
    assert "<style" not in html
    assert " style=" not in html
    assert all(re.match(r"/assets/[\w.-]+$", address) for address in re.findall(r'(?:src|href)="([^"]+)"', html))
    for sheet in (dashboard.DIST / "assets").glob("*.css"):
        assert not re.findall(r"url\((?!data:|[\"']?data:|[\"']?/assets/)", sheet.read_text()), sheet.name


def test_assets_are_compressed_and_kept_for_ever(client: TestClient) -> None:
    html = client.get("/", headers=HTML).text
    names = re.findall(r'/assets/([\w.-]+\.(?:js|css))"', html)
    assert names
    for name in names:
        with client.stream("GET", f"/assets/{name}", headers={"Accept-Encoding": "gzip"}) as answer:
            raw = b"".join(answer.iter_raw())
        assert answer.headers["content-encoding"] == "gzip"
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert gzip.decompress(raw) == (dashboard.DIST / "assets" / name).read_bytes()
        plain = client.get(f"/assets/{name}", headers={"Accept-Encoding": "identity"})
        assert "content-encoding" not in plain.headers
        assert plain.content == (dashboard.DIST / "assets" / name).read_bytes()


@pytest.mark.parametrize("name", ["..%2findex.html", "%2e%2e%2findex.html", "..%5cindex.html", "nothing.js"])
def test_nothing_beside_the_assets_is_served(client: TestClient, name: str) -> None:
    assert client.get(f"/assets/{name}").status_code == 404


def test_with_a_key_the_page_that_asks_for_it_can_load_and_be_reloaded(runs, settings, tmp_path: Path) -> None:
    keyed = settings.model_copy(update={"api_key": SecretStr("a-key-of-the-server")})
    client = TestClient(create_app(runs, keyed), base_url="http://127.0.0.1")
    for path in PAGES:
        assert client.get(path, headers=HTML).status_code == 200, path
    name = re.findall(r'/assets/([\w.-]+\.js)"', client.get("/", headers=HTML).text)[0]
    assert client.get(f"/assets/{name}").status_code == 200
    assert client.get("/api/v2/runs", headers=HTML).status_code == 401
    assert client.get("/api/v2/labs").status_code == 401
