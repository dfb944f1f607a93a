"""Patience: what a Worker needs while the store is away, its disk full or its database locked: it waits, and loses nothing.

Every call to the store that fails so is made again until it succeeds or PATIENT_S are over; events stay in memory meanwhile
and the engine stands still. A call may have been carried out although its answer was lost with the connection; then the second
one would do it twice. The row itself tells: events that were stored have moved the Run's last place, a transition its state.
"""

from __future__ import annotations

import errno
import time
from collections.abc import Callable, Sequence
from typing import Any, ParamSpec, TypeVar

from quintant.errors import StorageFull, StoreAway
from quintant.runs.event import LoggedEvent
from quintant.runs.lifecycle import TRANSITIONS
from quintant.runs.run import Run
from quintant.runs.store import Fenced, NewEvent, Store

PATIENT_S = 300.0
"""How long a Worker waits for the store; a database restarts within seconds, a person frees a disk within minutes."""
FIRST_S, LONGEST_S = 0.1, 2.0
FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
P = ParamSpec("P")
T = TypeVar("T")


GAVE_UP = 4
"""Exit code of a Worker that could reach the store no more."""


class GaveUp(Exception):
    """The store, or the disk, did not come back within PATIENT_S."""


def patiently(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """`call`, made again while the store is away or the disk full. For calls that may be made twice."""
    return _again(lambda _: call(*args, **kwargs))


def _again(call: Callable[[bool], T]) -> T:
    """`call(failed before)` until it succeeds. GaveUp after PATIENT_S."""
    began, wait_s, failed = time.monotonic(), FIRST_S, False
    while True:
        try:
            return call(failed)
        except (StoreAway, StorageFull) as error:
            cause: Exception = error
        except OSError as error:
            if error.errno not in FULL:
                raise
            cause = error
        failed = True
        if (waited := time.monotonic() - began) > PATIENT_S:
            raise GaveUp(f"the store did not answer for {waited:.0f} s: {cause}") from cause
        time.sleep(wait_s)
        wait_s = min(2 * wait_s, LONGEST_S)


class PatientStore:
    """The Store as the Driver of one attempt uses it."""

    def __init__(self, store: Store, run_id: str, attempt: int) -> None:
        self._store, self._run_id, self._attempt = store, run_id, attempt
        self._last: int | None = None

    def get(self) -> Run:
        return patiently(self._store.get, self._run_id)

    def wanted(self) -> str:
        return patiently(self._store.wanted, self._run_id, self._attempt)

    def events(self, kinds: Sequence[str] | None = None) -> Sequence[LoggedEvent]:
        """All events of the Run so far."""
        return patiently(self._store.events, self._run_id, limit=1_000_000, kinds=kinds)

    def last_step(self) -> int:
        return patiently(self._store.last_step, self._run_id)

    def append(self, new: Sequence[NewEvent], **columns: Any) -> None:
        if self._last is None:
            self._last = self.get().last_seq
        before = self._last

        def call(failed: bool) -> int:
            if failed and new and (last := self._store.get(self._run_id).last_seq) == before + len(new):
                return last  # they were stored, and only the answer was lost
            return self._store.append(self._run_id, self._attempt, new, **columns)

        self._last = _again(call)

    def move(self, verb: str, **more: Any) -> Run:
        target = TRANSITIONS[verb].target

        def call(failed: bool) -> Run:
            try:
                return self._store.move(self._run_id, verb, attempt=self._attempt, **more)
            except Fenced:
                run = self._store.get(self._run_id)
                if failed and run.state is target and run.attempt == self._attempt:
                    return run
                raise

        run = _again(call)
        self._last = run.last_seq
        return run
