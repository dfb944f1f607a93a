"""The local executor: takes queued Runs in order and attends each in a thread; the work itself is in Workers.

Two lanes: long Runs share `workers` slots, short synchronous requests have `sync_workers` of their own, and borrow those
of the long ones while nobody queues for them. Long Runs borrow nothing: a short request never waits behind one.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Collection, Mapping
from functools import partial

from quintant.errors import QuintantError
from quintant.runs.notifier import Notifier
from quintant.runs.supervisor import Supervisor

REAP_EVERY_S = 1.0
LOOK_EVERY_S = 0.05
"""How often at most the Store is looked through for what somebody else queued there; own Runs are taken at once."""
log = logging.getLogger("quintant.runs")


class LocalExecutor:
    """`only_own` restricts it to the Runs submitted to it (a command line without a server); else it takes every queued one of
    the `labs` that are ready at that moment (None: it does not look)."""

    def __init__(
        self,
        supervisor: Supervisor,
        notifier: Notifier,
        slots: Mapping[str, int],
        *,
        labs: Callable[[], Collection[str]] | None,
        only_own: bool = False,
    ) -> None:
        self.supervisor, self.notifier, self.slots, self.labs = supervisor, notifier, dict(slots), labs
        self._own: set[str] | None = set() if only_own else None
        self._busy: dict[str, set[str]] = {lane: set() for lane in slots}
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._mine = threading.Event()
        """Something of ours changed: a Run was submitted here, or a slot became free."""
        self._thread = threading.Thread(target=self._take, name="executor", daemon=True)

    def start(self, *, warm: bool = False) -> None:
        """`warm`: get the labs' zygotes warm, one after another and beside everything else."""
        self._thread.start()
        if warm and self.labs is not None:
            threading.Thread(target=self._warm, args=(tuple(self.labs()),), name="warmer", daemon=True).start()

    def submit(self, run_id: str) -> None:
        if self._own is not None:
            self._own.add(run_id)
        self._mine.set()
        self.notifier.notify()

    def close(self) -> None:
        """Take no more Runs. Those that run go on in their Workers and are adopted by the next executor."""
        self._closed.set()
        self._mine.set()
        self.notifier.notify()
        if self._thread.is_alive():
            self._thread.join(timeout=5)
        self.supervisor.close()

    def _warm(self, labs: Collection[str]) -> None:
        for lab in labs:
            with contextlib.suppress(QuintantError, RuntimeError, OSError):  # whoever needs it is told
                zygote = self.supervisor.zygote(lab)
                while not self._closed.is_set() and not zygote.warm(REAP_EVERY_S):
                    pass
                self.supervisor.dismiss(lab)

    def _take(self) -> None:
        self._reaped = -REAP_EVERY_S
        seen = -1
        logged = False
        while not self._closed.is_set():
            try:
                self._look()
                logged = False
            except Exception:  # a store that is away for a while (restarted, full, locked) must not end the taking
                if not logged:
                    log.exception("queued runs cannot be taken; trying again")
                logged = True
                self._closed.wait(REAP_EVERY_S)
            seen = self.notifier.wait(seen, 0.5)
            self._mine.wait(LOOK_EVERY_S)
            self._mine.clear()

    def _look(self) -> None:
        """Adopt what lives without a keeper, and take queued Runs into the free slots of each lane."""
        if time.monotonic() - self._reaped >= REAP_EVERY_S:
            self._reaped = time.monotonic()
            self.supervisor.expire()
            self.supervisor.rest()
            for held in self.supervisor.reap():
                self._spawn(held.run.lane, held.run.id, partial(self.supervisor.adopt, held))
        lanes = self.supervisor.store.queued_lanes()
        labs = self.labs() if self.labs is not None and lanes else None
        for lane, free in self._free(lanes).items():
            if free <= 0 or lane not in lanes:
                continue
            for run_id in self.supervisor.store.queued(lane, free + len(self._busy[lane]), self._own, labs):
                if free > 0 and self._spawn(lane, run_id, partial(self.supervisor.attend, run_id)):
                    free -= 1

    def _free(self, queued: Collection[str]) -> dict[str, int]:
        """How many Runs each lane may take; `queued`: the lanes in which some wait."""
        own = self.slots["sync"] - len(self._busy["sync"])
        long = self.slots["batch"] - len(self._busy["batch"]) + min(own, 0)  # less what short Runs have borrowed
        lent = 0 if "batch" in queued else max(long, 0)
        return {"batch": long, "sync": max(own, 0) + lent}

    def _spawn(self, lane: str, run_id: str, work: Callable[[], None]) -> bool:
        busy = self._busy.setdefault(lane, set())
        with self._lock:
            if run_id in busy:
                return False
            busy.add(run_id)

        def body() -> None:
            try:
                work()
            finally:
                with self._lock:
                    busy.discard(run_id)
                self._mine.set()
                self.notifier.notify()

        threading.Thread(target=body, name=f"run-{run_id}", daemon=True).start()
        return True
