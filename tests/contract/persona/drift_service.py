"""What the contract's tests share: designs that are answered by the scripted language model, a server, and waiting."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import yaml

from quintant.labs.persona.settings import LIBRARY
from quintant.runs import open_runs
from quintant.server.app import create_app
from quintant.settings import Settings
from quintant.testing.serving import quieten, serving

API = "/api/v1"
ENDED = ("completed", "stopped", "error")
PLAIN = {"duration_days": 30, "assessment_interval_days": 7, "personas": ["kara", "marcus", "alfred"], "memory": False}
# The default design and others by what their language model does; `slow` takes some seconds, `endless` is stopped by tests.
DESIGNS: dict[str, dict[str, Any]] = {
    "experimental_design": {"backend": {"kind": "scripted"}},
    "slow": {"backend": {"kind": "scripted", "model": "slow=0.02"}, "duration_days": 40},
    "endless": {"backend": {"kind": "scripted"}, "seconds_per_day": 0.05, "duration_days": 1825},
    "words": {"backend": {"kind": "scripted", "model": "words"}},
    "refuses": {"backend": {"kind": "scripted", "model": "refuses"}},
    "breaks": {"backend": {"kind": "scripted", "model": "breaks"}},
    "absent": {"backend": {"kind": "scripted", "model": "absent"}},
    "remembers": {"backend": {"kind": "scripted"}, "memory": True},
    "nonsense": {"backend": {"kind": "scripted"}, "personas": ["nobody"]},
}


def library(folder: Path, more: dict[str, dict[str, Any]] | None = None) -> Path:
    """A library folder with those designs; the shipped personas, events and instruments stand behind it."""
    place = folder / "simulations"
    place.mkdir(parents=True, exist_ok=True)
    for name, config in (DESIGNS | (more or {})).items():
        design = {
            "name": name,
            "description": f"Design {name} of the tests.",
            "conditions": ["CONTROL", "STRESS", "TRAUMA"],
            "personas_per_condition": 3,
            "config": PLAIN | config,
        }
        (place / f"{name}.yaml").write_text(yaml.safe_dump(design))
    (place / "broken.yaml").write_text("name: broken\nsays: nothing that is needed\n")
    return folder


@contextlib.contextmanager
def environment(**values: str) -> Iterator[None]:
    """Environment variables for as long as the block lasts; workers inherit them."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextlib.contextmanager
def served(folder: Path, designs: dict[str, dict[str, Any]] | None = None, **settings: Any) -> Iterator[Any]:
    """(facade, address) of a server whose library holds DESIGNS; rate limits are off unless `settings` say on."""
    chosen = Settings(
        **{"data_dir": folder / "data", "workers": 2, "grace_s": 0.3, "lease_s": 2, "rate_limits": "off"} | settings
    )
    with (
        environment(**{LIBRARY.variable: str(library(folder / "library", designs))}),
        open_runs(chosen, execute=True) as runs,
        serving(create_app(runs, chosen)) as address,
    ):
        yield runs, address
        quieten(runs)


def until(found: Any, seconds: float = 60.0) -> Any:
    """Wait for `found()` to be true, for at most `seconds`."""
    end = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)
    return value


def started(client: httpx2.Client, **body: Any) -> str:
    answer = client.post(f"{API}/simulation/start", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()["simulation_id"]


def status(client: httpx2.Client) -> dict[str, Any]:
    answer = client.get(f"{API}/simulation/status")
    assert answer.status_code == 200, answer.text
    return answer.json()


def ended(client: httpx2.Client, seconds: float = 60.0) -> dict[str, Any]:
    """The status of the current simulation once it has ended."""
    until(lambda: status(client)["status"] in ENDED, seconds)
    return status(client)


def stopped(client: httpx2.Client) -> None:
    """Stop whatever runs."""
    if status(client)["status"] in ("running", "paused"):
        assert client.post(f"{API}/simulation/stop").status_code in (200, 400)
        ended(client)


def rows(client: httpx2.Client, what: str, **query: Any) -> list[dict[str, Any]]:
    """All rows of a list, page by page."""
    name = "mechanistic_data" if what == "mechanistic" else what
    found: list[dict[str, Any]] = []
    page = 1
    while True:
        answer = client.get(f"{API}/data/{what}", params={**query, "page": page, "size": 100})
        assert answer.status_code == 200, answer.text
        found += answer.json()[name]
        if page >= int(answer.headers["X-Page-Count"]):
            return found
        page += 1
