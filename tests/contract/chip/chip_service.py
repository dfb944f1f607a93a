"""What the contract's tests share: its own examples, small requests, and clients with keys."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import httpx2

from quintant.labs.chip.contract.accounts import Accounts
from quintant.labs.chip.tiers import TIERS

NETWORK: dict[str, Any] = {
    "populations": [
        {"label": "excitatory", "size": 100, "params": {"threshold": 1000, "leak": 10}},
        {"label": "inhibitory", "size": 25, "params": {"threshold": 800, "leak": 5}},
    ],
    "connections": [
        {"source": "excitatory", "target": "inhibitory", "topology": "random_sparse", "p": 0.2, "weight": 600},
        {"source": "inhibitory", "target": "excitatory", "weight": -400},
    ],
}
"""The contract's own example."""
STIMULI = [{"population": "excitatory", "neurons": [0, 1, 2, 3, 4], "current": 8000}]
ONE: dict[str, Any] = {"populations": [{"label": "n", "size": 1}], "connections": []}
DRIVE = [{"population": "n", "current": 200}]
"""One neuron under I = 200 fires at 5, 14, 23, 32 … (+197 a step, six steps to 1000, then three in silence)."""
LONG: dict[str, Any] = {"timesteps": 1_000_000, "stimuli": [{"population": "n", "current": 1}]}
BUSY: dict[str, Any] = {"populations": [{"label": "n", "size": 20_000, "params": {"leak": 0}}], "connections": []}
"""With LONG: minutes of work; what tests give up."""


@dataclass(frozen=True)
class Client:
    """Requests of one account."""

    http: httpx2.Client
    email: str
    key: str

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> httpx2.Response:
        return self.http.request(method, path, json=body, headers={"X-API-Key": self.key, **headers})

    def get(self, path: str, **headers: str) -> Any:
        return right(self.ask("GET", path, None, **headers))

    def post(self, path: str, body: Any) -> Any:
        return right(self.ask("POST", path, body))

    def network(self, body: Any = ONE) -> str:
        return self.post("/v1/networks", body)["network_id"]

    def submit(self, network_id: str, timesteps: int = 40, stimuli: Any = DRIVE, **more: Any) -> str:
        body = {"network_id": network_id, "timesteps": timesteps, "stimuli": stimuli, **more}
        return self.post("/v1/jobs", body)["job_id"]

    def ended(self, job_id: str) -> dict[str, Any]:
        """The job once it has completed or failed."""
        until = time.monotonic() + 60
        while (job := self.get(f"/v1/jobs/{job_id}", Prefer="wait=20"))["status"] not in ("completed", "failed"):
            assert time.monotonic() < until, job
        return job

    def done(self, network: Any = ONE, timesteps: int = 40, stimuli: Any = DRIVE, **more: Any) -> str:
        """The id of a completed job on a new network."""
        job = self.ended(self.submit(self.network(network), timesteps, stimuli, **more))
        assert job["status"] == "completed", job
        return job["job_id"]

    def refused(self, method: str, path: str, body: Any = None, *, status: int) -> str:
        answer = self.ask(method, path, body)
        assert answer.status_code == status, answer.text[:400]
        return detail(answer)


def right(answer: httpx2.Response) -> Any:
    assert answer.status_code == 200, answer.text[:400]
    return answer.json()


def detail(answer: httpx2.Response) -> str:
    """The text of a refusal, whose shape is always the same."""
    body = answer.json()
    assert list(body) == ["detail"] and isinstance(body["detail"], str) and body["detail"], body
    return body["detail"]


def account(runs: Any, http: httpx2.Client, email: str, tier: str = "free") -> Client:
    _, secret = Accounts(runs).signup(email, TIERS[tier])
    return Client(http, email, secret)
