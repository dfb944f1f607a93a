"""Current: the contract's "current simulation", a pointer to the last Run started through it.

Starting is a compare-and-set on one document: of two starts at the same moment one wins and the other gets 409. A start that
never came to its end (a killed server) frees the place after CLAIM_S.
"""

from __future__ import annotations

import contextlib
import time
import uuid
from collections.abc import Callable
from typing import Any

from quintant.errors import Conflict, NotFound
from quintant.labs.persona.contract import words
from quintant.labs.persona.contract.name import LAB
from quintant.wire.facade import Run, Runs

KEY = "current"
CLAIM_S = 60.0
RUNNING = "A simulation is already running"


class Current:
    def __init__(self, runs: Runs) -> None:
        self._runs = runs
        self._documents = runs.documents(LAB, "contract")

    def run(self) -> Run | None:
        """The current Run, whether it has ended or not; None before the first start, or when it was deleted."""
        pointer = self._documents.get(KEY)
        return self._run(pointer.get("run_id")) if pointer else None

    def active(self, verb: str) -> Run:
        """The current Run while it lives. `Idle` names what cannot be done without one."""
        run = self.run()
        if run is None or words.is_final(run):
            raise Idle(f"No active simulation to {verb}")
        return run

    def start(self, submit: Callable[[], Run]) -> Run:
        """Submit a Run and point at it. Conflict while another lives or is being started."""
        token = uuid.uuid4().hex
        if self._documents.get(KEY) is None:
            with contextlib.suppress(Conflict):  # somebody else made it in this moment
                self._documents.put(KEY, {"run_id": None})
        self._documents.change(KEY, lambda pointer: self._claimed(pointer, token))
        try:
            run = submit()
        except BaseException:
            self._documents.change(KEY, lambda pointer: _released(pointer, token))
            raise
        try:
            self._documents.change(KEY, lambda pointer: _pointed(pointer, token, run.id))
        except Conflict:  # starting took longer than a claim holds, and another start came first
            self._runs.cancel(run.id)
            raise
        return run

    def _claimed(self, pointer: dict[str, Any], token: str) -> dict[str, Any]:
        claim = pointer.get("claim")
        if claim and time.time() - claim["at"] < CLAIM_S:
            raise Conflict(RUNNING)
        run = self._run(pointer.get("run_id"))
        if run is not None and not words.is_final(run):
            raise Conflict(f"{RUNNING}: {words.simulation_id(run)} is {words.status(run)}.")
        return {**pointer, "claim": {"token": token, "at": time.time()}}

    def _run(self, run_id: str | None) -> Run | None:
        try:
            return self._runs.get(run_id) if run_id else None
        except NotFound:
            return None


class Idle(Conflict):
    """Nothing runs that could be stopped, paused or resumed: 400 in this contract."""

    status = 400


def _pointed(pointer: dict[str, Any], token: str, run_id: str) -> dict[str, Any]:
    if (pointer.get("claim") or {}).get("token") != token:
        raise Conflict(RUNNING)
    return {"run_id": run_id}


def _released(pointer: dict[str, Any], token: str) -> dict[str, Any]:
    claim = pointer.get("claim") or {}
    return {"run_id": pointer.get("run_id")} if claim.get("token") == token else pointer
