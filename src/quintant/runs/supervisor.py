"""Supervisor: sees one Run through — claim, fork a Worker, watch, kill if it must, record the end — for every executor.

Whoever cancels does not live inside the Run: the Driver gets `grace_s` to stop by itself, then its process tree is killed.
Unknown is not dead: a Worker of this machine is judged by pid and birthday, one of another machine by its lease.
"""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import signal
import socket
import threading
import time
import uuid
from pathlib import Path

import psutil
from sqlalchemy.exc import SQLAlchemyError

from quintant import registry
from quintant.errors import Conflict, NotFound, QuintantError
from quintant.runs.bell import Bell
from quintant.runs.checkpoint import Checkpoint
from quintant.runs.lifecycle import State
from quintant.runs.run import Run
from quintant.runs.store import Fenced, Held, Store
from quintant.runs.workers import Nursery, Worker, alive

TERM_S = 0.25
AWAY_S = 0.5
LOOK_EVERY_S = 0.05
MOST_ATTEMPTS = 5
log = logging.getLogger("quintant.runs")


class Supervisor:
    """`folder` holds the Runs' folders. Thread-safe: `attend` and `adopt` are called from a thread each."""

    def __init__(
        self, store: Store, bell: Bell, folder: Path, cache: Path, *, lease_s: float, grace_s: float, shelf_bytes: int
    ) -> None:
        self.store, self.bell, self.folder, self.cache = store, bell, folder, cache
        self.lease_s, self.grace_s, self.shelf_bytes = lease_s, grace_s, shelf_bytes
        self.host = socket.gethostname()
        me = psutil.Process()
        self.name = f"{self.host}:{me.pid}:{me.create_time():.2f}:{uuid.uuid4().hex[:6]}"
        self._nurseries: dict[str, Nursery] = {}
        self._lock = threading.Lock()
        self._attended: set[tuple[str, int]] = set()
        self._closed = False

    # --- one Run ---

    def attend(self, run_id: str) -> None:
        """Take the Run if nobody has it, and stay until it has ended. Returns at once when somebody was faster."""
        claim = self.store.claim(run_id, self.name, self.host, self.lease_s)
        if claim is None:
            return
        key = (run_id, claim.attempt)
        self._attended.add(key)
        try:
            worker = self.nursery(claim.run.lab).fork(
                run_id, claim.attempt, lambda: self._renew(run_id, claim.attempt), self.lease_s / 3
            )
            self._watch(claim.run, claim.attempt, worker)
        except (QuintantError, RuntimeError, OSError) as error:
            with contextlib.suppress(Fenced, NotFound):
                self.store.move(run_id, "fail", attempt=claim.attempt, reason=str(error))
        finally:
            self._attended.discard(key)

    def adopt(self, held: Held) -> None:
        """Watch over a Worker whose keeper died, until its Run has ended."""
        key = (held.run.id, held.run.attempt)
        if key in self._attended or held.pid is None:
            return
        self._attended.add(key)
        try:
            self._watch(held.run, held.run.attempt, Worker(held.pid, held.pid_born))
        finally:
            self._attended.discard(key)

    def reap(self) -> list[Held]:
        """Settle Runs whose Worker is lost, and return those that live without a keeper: they want to be adopted."""
        orphans = []
        for held in self.store.held():
            if (held.run.id, held.run.attempt) in self._attended:
                continue
            here = held.host == self.host
            if here and held.pid is not None:
                if alive(held.pid, held.pid_born):
                    if not _lives(held.run.worker):
                        orphans.append(held)
                elif not _lives(held.run.worker):
                    self._settle(held.run, held.run.attempt, f"its worker process {held.pid} is gone")
            elif here and not _lives(held.run.worker):
                self._settle(held.run, held.run.attempt, "its server ended before the worker began")
            elif not here and held.lease_until is not None and held.lease_until < self.store.now():
                self._settle(held.run, held.run.attempt, f"its worker on {held.host} has not been heard of")
        return orphans

    def expire(self) -> None:
        """Delete ended Runs whose time is over (`Runs.submit(expires_in_s=…)`)."""
        for run_id in self.store.expired():
            with contextlib.suppress(NotFound, Conflict):
                self.store.delete(run_id)
                shutil.rmtree(self.folder / run_id, ignore_errors=True)

    def nursery(self, lab: str) -> Nursery:
        """The lab's warm process, started when it is first needed or has died."""
        registry.find(lab)
        with self._lock:
            if self._closed:
                raise RuntimeError("the supervisor is closed")
            found = self._nurseries.get(lab)
            if found is None or not found.alive:
                found = Nursery(lab, self.store.url, self.folder, self.cache, self.lease_s, self.shelf_bytes, self.bell.ring)
                self._nurseries[lab] = found
            return found

    def close(self) -> None:
        """End the nurseries. Workers live on, and the next Supervisor adopts them."""
        with self._lock:
            self._closed = True
            for nursery in self._nurseries.values():
                nursery.close()

    # --- inside ---

    def _renew(self, run_id: str, attempt: int) -> None:
        """Keep the lease of a Run whose Worker is not born yet: a nursery may have kernels to compile."""
        with contextlib.suppress(Fenced, NotFound, SQLAlchemyError):
            self.store.renew(run_id, attempt, self.lease_s)

    def _watch(self, run: Run, attempt: int, worker: Worker) -> None:
        asked: float | None = None
        looked = 0.0
        seen = -1
        while True:
            if worker.dead:
                break
            if (left := looked + LOOK_EVERY_S - time.monotonic()) > 0:
                seen = self.bell.wait(seen, left)
                if self._closed:
                    return
                continue
            looked = time.monotonic()
            try:
                wish = self.store.wanted(run.id, attempt)
            except SQLAlchemyError:  # the store is away: the Worker may go on, and is watched as soon as it is back
                if self._wait_closed():
                    return
                continue
            except Fenced:
                if self._over(run.id, attempt) and not worker.dead:
                    self._bury(worker)
                return
            if wish == "cancel":
                now = time.monotonic()
                asked = asked or now
                if now - asked > self.grace_s:
                    self._kill(worker)
                    reason = "cancelled on request; its process tree was killed"
                    try:
                        self.store.move(run.id, "cancel", attempt=attempt, reason=reason)
                    except (Fenced, Conflict, NotFound):
                        pass
                    except SQLAlchemyError:
                        self._settle(run, attempt, reason)
                    return
            seen = self.bell.wait(seen, LOOK_EVERY_S if asked else 0.25)
            if self._closed:
                return
        self._settle(run, attempt, worker.story())

    def _over(self, run_id: str, attempt: int) -> bool:
        try:
            run = self.store.get(run_id)
        except NotFound:
            return True
        return run.state.final or run.attempt != attempt

    def _bury(self, worker: Worker) -> None:
        """The Run has ended or belongs to another attempt: give its Worker a moment to leave, then end it."""
        end = time.monotonic() + 5.0
        while not worker.dead and time.monotonic() < end:
            time.sleep(0.02)
        if not worker.dead:
            self._kill(worker)

    def _kill(self, worker: Worker) -> None:
        worker.signal(signal.SIGTERM)
        end = time.monotonic() + TERM_S
        while not worker.dead and time.monotonic() < end:
            time.sleep(0.01)
        worker.signal(signal.SIGKILL)

    def _settle(self, run: Run, attempt: int, story: str) -> None:
        """A Worker is gone: if its Run has no end yet, give it one, or another attempt; once the store can keep it."""
        told = False
        while True:
            try:
                self._settle_now(run, attempt, story)
                return
            except SQLAlchemyError as error:
                if not told:
                    cause = getattr(error, "orig", None) or error
                    log.error("run %s: %s, which the store cannot note (%s); trying again", run.id, story, cause)
                told = True
                if self._wait_closed():
                    return

    def _wait_closed(self) -> bool:
        """Wait before the store is asked again; whether that is still wanted of us."""
        time.sleep(AWAY_S)
        return self._closed

    def _settle_now(self, run: Run, attempt: int, story: str) -> None:
        try:
            now = self.store.get(run.id)
            if now.state.final or now.attempt != attempt or now.state is State.QUEUED:
                return
            if now.want == "cancel":
                self.store.move(run.id, "cancel", attempt=attempt, reason="cancelled on request")
            elif attempt < MOST_ATTEMPTS and (now.state is State.STARTING or self._can_go_on(now)):
                self.store.move(run.id, "requeue", attempt=attempt, reason=f"tried again: {story}")
            else:
                self.store.move(run.id, "lose", attempt=attempt, reason=f"The run was lost: {story}.")
        except (Fenced, Conflict, NotFound):
            return

    def _can_go_on(self, run: Run) -> bool:
        lab = registry.labs().get(run.lab)
        return lab is not None and lab.resumable and Checkpoint(self.folder / run.id).exists()


def _lives(worker: str | None) -> bool:
    """Whether the Supervisor of this name ("host:pid:birthday:token") lives on this machine."""
    if not worker:
        return False
    host, pid, born, _ = worker.rsplit(":", 3)
    if host != socket.gethostname():
        return True
    if int(pid) == os.getpid():
        return True
    return alive(int(pid), float(born))
