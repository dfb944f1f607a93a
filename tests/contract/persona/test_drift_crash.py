"""kill -9 in the middle of a study: it goes on from its last checkpoint, and ends as one that nothing happened to."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from drift_service import API, ended, library, rows, started, status, until

from quintant.labs.persona.settings import LIBRARY

pytestmark = pytest.mark.skipif(os.name != "posix", reason="ends processes by POSIX signals")
PROGRAM = "from quintant.server import serve; from quintant.settings import Settings; serve(Settings())"
BODY = {"config_name": "slow", "duration_days": 14, "experimental_condition": "STRESS"}


def killed_worker(runs, id: str) -> None:
    """End the run's worker process the hard way."""
    held = until(lambda: next((one for one in runs.store.held() if one.run.id == id and one.pid), None))
    os.kill(held.pid, signal.SIGKILL)


def undone(client: httpx2.Client, id: str) -> list[tuple]:
    """What the study says, without ids and times."""
    events = [
        (row["persona_id"], row["simulation_day"], row["title"], row["response"])
        for row in rows(client, "events", simulation_id=id)
    ]
    found = rows(client, "assessments", simulation_id=id)
    return sorted(events) + sorted(
        (row["persona_id"], row["simulation_day"], row["assessment_type"], row["score"]) for row in found
    )


def test_a_study_whose_worker_is_killed_goes_on_and_ends_as_if_nothing_had_happened(client, runs):
    whole = started(client, **BODY)
    assert ended(client)["status"] == "completed"
    id = started(client, **BODY)
    until(lambda: status(client)["current_day"] >= 4)
    assert client.post(f"{API}/simulation/pause").status_code == 200  # which keeps a checkpoint
    day = status(client)["current_day"]
    assert client.post(f"{API}/simulation/resume").status_code == 200
    until(lambda: status(client)["current_day"] >= day + 2)
    killed_worker(runs, id.removeprefix("sim_"))
    now = ended(client)
    assert (now["simulation_id"], now["status"], now["current_day"]) == (id, "completed", 14)
    assert undone(client, id) == undone(client, whole)
    again, once = (runs.get(one.removeprefix("sim_")) for one in (id, whole))
    assert (again.attempt, once.attempt) == (2, 1)
    assert again.result_hash == once.result_hash
    facts = [one.payload for one in runs.events(again.id, limit=100_000, kinds=["life_event", "assessment", "day"])]
    assert len(facts) == len({json.dumps(one, sort_keys=True) for one in facts})  # each was told once


class Server:
    """`serve` in a process of its own, on one data folder."""

    def __init__(self, folder: Path) -> None:
        environment = os.environ | {LIBRARY.variable: str(folder / "library"), "QUINTANT_DATA_DIR": str(folder / "data")}
        environment |= {
            "QUINTANT_PORT": "0",
            "QUINTANT_WORKERS": "1",
            "QUINTANT_RATE_LIMITS": "off",
            "QUINTANT_LABS": "persona",
        }
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM], env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        assert self.process.stdout is not None
        address = next(found[0] for line in self.process.stdout if (found := re.search(r"http://127\.0\.0\.1:\d+", line)))
        self.client = httpx2.Client(base_url=address, timeout=60)
        until(self._answers)

    def _answers(self) -> bool:
        try:
            return self.client.get(f"{API}/health").status_code == 200
        except httpx2.TransportError:
            return False

    def kill(self) -> None:
        self.client.close()
        self.process.kill()
        self.process.communicate()

    def end(self) -> None:
        self.client.close()
        self.process.send_signal(signal.SIGINT)
        self.process.communicate(timeout=60)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    library(tmp_path / "library")
    yield tmp_path


def test_a_study_survives_its_server_and_then_its_worker(folder):
    """kill -9 of the server and of the worker at once: the next server takes both up where they stood."""
    from quintant.runs import open_runs
    from quintant.settings import Settings

    server = Server(folder)
    id = started(server.client, **BODY)
    until(lambda: status(server.client)["current_day"] >= 3)
    assert server.client.post(f"{API}/simulation/pause").status_code == 200
    before = status(server.client)
    server.kill()
    with open_runs(Settings(data_dir=folder / "data"), execute=False) as watch:
        killed_worker(watch, id.removeprefix("sim_"))
    server = Server(folder)
    try:
        now = until(lambda: (found := status(server.client))["status"] != "running" and found, 60)
        assert (now["simulation_id"], now["status"], now["current_day"]) == (id, "paused", before["current_day"])
        assert server.client.post(f"{API}/simulation/start", json={}).status_code == 409
        assert server.client.post(f"{API}/simulation/resume").status_code == 200
        now = ended(server.client)
        assert (now["status"], now["current_day"]) == ("completed", 14), now
        found = undone(server.client, id)
        whole = started(server.client, **BODY)
        assert ended(server.client)["status"] == "completed"
        assert found == undone(server.client, whole)
    finally:
        server.end()
