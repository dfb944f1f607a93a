"""Supervisor: sees one Run through — claim, fork a Worker, watch, kill if it must, record the end — for every executor.

Whoever cancels does not live inside the Run: the Driver gets `grace_s` to stop by itself, then its process tree is killed.
Unknown is not dead: a Worker of this machine is judged by its process, one of another machine by its lease.
"""

from __future__ import annotations

import contextlib
import logging
import math
import os
import shutil
import signal
import socket
import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from quintant import registry
from quintant.errors import Conflict, NotFound, QuintantError, StorageFull, StoreAway
from quintant.process import alive, birth
from quintant.runs import artifact, footstep, worker_log
from quintant.runs.checkpoint import Checkpoint
from quintant.runs.footstep import LEAVING
from quintant.runs.lifecycle import State
from quintant.runs.loss import Loss, verdict
from quintant.runs.notifier import Notifier
from quintant.runs.prefork import Forked
from quintant.runs.reuse import Reuse
from quintant.runs.run import Run
from quintant.runs.store import Claim, Fenced, Held, NewEvent, Store
from quintant.runs.workers import Worker, Zygote, memory

TERM_S = 0.25
PRUNE_EVERY_S = 600.0
AWAY_S = 0.5
LEAVING_S = 15.0
"""How long a Worker that was asked to stop may take to write down what was measured."""
LOOK_EVERY_S = 0.05
PREPARE_S = 0.25
ABOUT_S = 30
COMPILING = f"compiling kernels (once, about {ABOUT_S} s)"
IDLE_BYTES = 280 * 2**20
"""What a server and an idle zygote may take together."""
WEIGH_EVERY_S = 10.0
log = logging.getLogger("quintant.runs")


class Supervisor:
    """`folder` holds the Runs' folders. Thread-safe: `attend` and `adopt` are called from a thread each.

    `spare`: a process that becomes the first zygote, of a command that executes its own Runs and no others.
    """

    def __init__(
        self,
        store: Store,
        notifier: Notifier,
        folder: Path,
        cache: Path,
        *,
        lease_s: float,
        grace_s: float,
        draw_cache_bytes: int,
        idle_s: float = math.inf,
        spare: Forked | None = None,
    ) -> None:
        self.store, self.notifier, self.folder, self.cache = store, notifier, folder, cache
        self.lease_s, self.grace_s, self.draw_cache_bytes, self.idle_s = lease_s, grace_s, draw_cache_bytes, idle_s
        self.host = socket.gethostname()
        self.reuse = Reuse(store, folder)
        self.name = f"{self.host}:{os.getpid()}:{birth()}:{uuid.uuid4().hex[:6]}"
        self._zygotes: dict[str, Zygote] = {}
        self._lock = threading.Lock()
        self._attended: set[tuple[str, int]] = set()
        self._closed = False
        self._pruned = time.monotonic()
        self._spare = spare
        self._few = spare is not None
        self._weighed, self._stays = -WEIGH_EVERY_S, False

    # --- one Run ---

    def attend(self, run_id: str) -> None:
        """Take the Run if nobody has it, and stay until it has ended. Returns at once when somebody was faster."""
        if not self._prepared(run_id):
            return
        claim = self._claimed(run_id)
        if claim is None:
            return
        key = (run_id, claim.attempt)
        self._attended.add(key)
        try:
            zygote, batch = self.zygote(claim.run.lab), claim.run.sweep_id
            worker = zygote.fork(
                run_id, claim.attempt, lambda: self._renew(run_id, claim.attempt), self.lease_s / 3, batch=batch
            )
            self._watch(claim.run, claim.attempt, worker)
            zygote.release(worker, batch)
        except (RuntimeError, OSError) as error:  # the zygote is gone, which says nothing of the Run
            self._settle(claim.run, claim.attempt, Loss(str(error)))
        except QuintantError as error:
            with contextlib.suppress(Fenced, NotFound):
                self.store.move(run_id, "fail", attempt=claim.attempt, reason=str(error))
        except Exception as error:  # a fault of ours must not leave a Run that nobody looks after
            log.exception("run %s could not be attended", run_id)
            self._settle(claim.run, claim.attempt, Loss(f"its server met an error of its own: {type(error).__name__}: {error}"))
        finally:
            self._attended.discard(key)

    def _claimed(self, run_id: str) -> Claim | None:
        """The claim, or None when somebody else has the Run. A claim whose answer was lost with the connection is found
        again: nobody else would ever take that Run."""
        try:
            return self.store.claim(run_id, self.name, self.host, self.lease_s)
        except (StoreAway, StorageFull):
            while not self._wait_closed():
                with contextlib.suppress(StoreAway, StorageFull):
                    run = self.store.get(run_id)
                    mine = run.state is State.STARTING and run.worker == self.name
                    return Claim(run, run.attempt, self.name) if mine and (run_id, run.attempt) not in self._attended else None
            return None

    def adopt(self, held: Held) -> None:
        """Watch over a Worker whose keeper died, until its Run has ended."""
        key = (held.run.id, held.run.attempt)
        if key in self._attended or held.pid is None:
            return
        self._attended.add(key)
        try:
            self._watch(held.run, held.run.attempt, Worker(held.pid, held.birth))
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
                if alive(held.pid, held.birth):
                    if not _lives(held.run.worker):
                        orphans.append(held)
                elif not _lives(held.run.worker):
                    self._settle(held.run, held.run.attempt, Loss(f"its worker process {held.pid} is gone"))
            elif here and not _lives(held.run.worker):
                self._settle(held.run, held.run.attempt, Loss("its server ended before the worker began"))
            elif not here and held.lease_left_s is not None and held.lease_left_s < 0:
                self._settle(held.run, held.run.attempt, Loss(f"its worker on {held.host} has not been heard of"))
        return orphans

    def expire(self) -> None:
        """Delete ended Runs whose time is over (`Runs.submit(expires_in_s=…)`), or that were deleted and not asked back."""
        if time.monotonic() - self._pruned > PRUNE_EVERY_S:
            self._pruned = time.monotonic()
            self.store.prune_feed()
        for run_id in self.store.expired():
            with contextlib.suppress(NotFound, Conflict):
                sweep_id = self.store.delete(run_id)
                shutil.rmtree(self.folder / run_id, ignore_errors=True)
                if sweep_id is not None:
                    shutil.rmtree(self.folder.parent / "sweeps" / sweep_id, ignore_errors=True)

    def zygote(self, lab: str, config: Mapping[str, Any] | None = None) -> Zygote:
        """The lab's warm process, started when it is first needed or has died; for one `config` only, if it is given."""
        registry.find(lab)
        with self._lock:
            if self._closed:
                raise RuntimeError("the supervisor is closed")
            zygote = self._zygotes.get(lab)
            if zygote is None or not zygote.alive:
                zygote = Zygote(
                    lab, self.store.url, self.folder, self.cache, self.lease_s, self.draw_cache_bytes, self.notifier.notify,
                    config=config, process=self._spare,
                )  # fmt: skip
                self._spare = None
                self._zygotes[lab] = zygote
            zygote.used = time.monotonic()
            zygote.asked += 1
            return zygote

    def rest(self) -> None:
        """Let go the zygotes that have had nothing to do for `idle_s`. The one that had Runs last stays while it and this
        process are small together: who works with one lab goes on where he was."""
        with self._lock:
            idle = {lab: zygote for lab, zygote in self._zygotes.items() if zygote.idle_s() > self.idle_s}
            last = max((n for n in self._zygotes.values() if n.runs), key=lambda n: n.used, default=None)
            if last in idle.values() and last is not None and time.monotonic() - self._weighed > WEIGH_EVERY_S:
                self._weighed = time.monotonic()
                self._stays = last.alive and memory(os.getpid()) + last.memory() <= IDLE_BYTES
            left = {lab: zygote for lab, zygote in idle.items() if zygote is not last or not self._stays}
            for lab in left:
                del self._zygotes[lab]
        for zygote in left.values():
            zygote.close()

    def dismiss(self, lab: str) -> None:
        """Let a zygote go that was warmed ahead, where it is too much beside the others and nobody has asked for it since. Its
        kernels are compiled now and what it imports lies in the system's cache: most of what a first Run waits for."""
        with self._lock:
            zygote = self._zygotes.get(lab)
            weight = memory(os.getpid()) + sum(other.memory() for other in self._zygotes.values())
            if zygote is None or zygote.asked > 1 or weight <= IDLE_BYTES:
                return
            del self._zygotes[lab]
        zygote.close()

    def close(self) -> None:
        """End the zygotes. Workers live on, and the next Supervisor adopts them."""
        with self._lock:
            self._closed = True
            for zygote in self._zygotes.values():
                zygote.close()
            if self._spare is not None:
                self._spare.stdin.close()  # nobody needed it: it ends
                self._spare.wait()

    # --- inside ---

    def _prepared(self, run_id: str) -> bool:
        """Wait until the lab's zygote is warm. The Run stays queued until then, can be cancelled at once, and says why it
        waits; False when it is not queued any more, as one that takes over the result of an identical Run."""
        announced = False
        try:
            run = self.store.get(run_id)
            run = self.reuse.take(run) or run
            if run.state is not State.QUEUED:
                return False
            zygote = self.zygote(run.lab, run.config if self._few else None)
            while not zygote.warm(PREPARE_S):
                if zygote.compiling and not announced:
                    announced = True
                    self.store.note(run_id, NewEvent("compiling", {"lab": zygote.lab, "about_s": ABOUT_S}), COMPILING)
                if self._closed or self.store.state(run_id) is not State.QUEUED:
                    return False
        except NotFound:
            return False
        except (QuintantError, RuntimeError, OSError):
            return not self._closed  # claimed, it fails with this reason
        return True

    def _renew(self, run_id: str, attempt: int) -> None:
        """Keep the lease of a Run whose Worker is not born yet: a zygote may have kernels to compile."""
        with contextlib.suppress(Fenced, NotFound, StoreAway, StorageFull):
            self.store.renew(run_id, attempt, self.lease_s)

    def _watch(self, run: Run, attempt: int, worker: Worker) -> None:
        cancelled_at: float | None = None
        looked = 0.0
        seen = -1
        while True:
            if worker.dead:
                break
            if (left := looked + LOOK_EVERY_S - time.monotonic()) > 0:
                seen = self.notifier.wait(seen, left)
                if self._closed:
                    return
                continue
            looked = time.monotonic()
            try:
                wish = self.store.wanted(run.id, attempt)
            except (StoreAway, StorageFull):  # the store is away: the Worker may go on, and is watched as soon as it is back
                if self._wait_closed():
                    return
                continue
            except Fenced:
                if self._over(run.id, attempt) and not worker.dead:
                    self._bury(worker)
                return
            if wish == "cancel":
                now = time.monotonic()
                cancelled_at = cancelled_at or now
                leaving = (self.folder / run.id / LEAVING).exists()
                if now - cancelled_at > (LEAVING_S if leaving else self.grace_s):
                    self._kill(worker)
                    reason = "cancelled on request; its process tree was killed"
                    try:
                        self.store.move(run.id, "cancel", attempt=attempt, reason=reason)
                    except (Fenced, Conflict, NotFound):
                        pass
                    except (StoreAway, StorageFull):
                        self._settle(run, attempt, Loss(reason))
                    return
            seen = self.notifier.wait(seen, LOOK_EVERY_S if cancelled_at else 0.25)
            if self._closed:
                return
        self._settle(run, attempt, Loss(worker.story(), worker.killed_by))

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

    def _settle(self, run: Run, attempt: int, loss: Loss) -> None:
        """A Worker is gone: if its Run has no end yet, give it one, or another attempt; once the store can keep it."""
        logged = False
        while True:
            try:
                self._settle_now(run, attempt, loss)
                return
            except (StoreAway, StorageFull) as error:
                if not logged:
                    log.error("run %s: %s, which cannot be noted (%s); trying again", run.id, loss.story, error)
                logged = True
                if self._wait_closed():
                    return

    def _wait_closed(self) -> bool:
        """Wait before the store is asked again; whether that is still wanted of us."""
        time.sleep(AWAY_S)
        return self._closed

    def _settle_now(self, run: Run, attempt: int, loss: Loss) -> None:
        try:
            now = self.store.get(run.id)
            if now.state.final or now.attempt != attempt or now.state is State.QUEUED:
                return
            loss = replace(loss, step=-1 if now.state is State.STARTING else footstep.last(self.folder / run.id))
            earlier = self.store.losses(run.id)
            verb, reason = verdict(now, loss, earlier, checkpoint=self._can_go_on(now))
            folder = self.folder / run.id
            artifact.sweep(folder)
            said = worker_log.kept(run.id, folder) if verb == "lose" else []
            self.store.move(run.id, verb, attempt=attempt, reason=reason, artifacts=said, noted=loss.noted)
        except (Fenced, Conflict, NotFound):
            return

    def _can_go_on(self, run: Run) -> bool:
        lab = registry.labs().get(run.lab)
        return lab is not None and lab.resumable and Checkpoint(self.folder / run.id).exists()


def _lives(worker: str | None) -> bool:
    """Whether the Supervisor of this name ("host:pid:birth:token") lives on this machine."""
    if not worker:
        return False
    host, pid, born, _ = worker.rsplit(":", 3)
    if host != socket.gethostname():
        return True
    if int(pid) == os.getpid():
        return True
    return alive(int(pid), born)
