"""Following Runs until all have ended: rows at every tick, events too where a reader wants them."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from quintant.cli.door import Door
from quintant.runs.event import LoggedEvent
from quintant.runs.run import Run

SHARE = 5
"""A tick lasts at least this many times as long as reading it took: a large sweep is read less often."""
AT_ONCE = 500
"""Rows that one request may name."""
ENDS_WITHIN_S = 20.0
"""A Run that is cancelled has ended by then: it stops at a step, has written down what it measured, or was killed."""


@dataclass(frozen=True)
class Tick:
    """`working_s`: seconds since the first Run was taken, without the time for which kernels were compiled before."""

    runs: tuple[Run, ...]
    events: tuple[LoggedEvent, ...]
    elapsed_s: float
    working_s: float
    grows: bool = False

    @property
    def over(self) -> bool:
        return not self.grows and all(run.state.final for run in self.runs)


def follow(door: Door, runs: Sequence[Run], *, growing: str | None = None, events: bool = False) -> Iterator[Tick]:
    """A Tick at once and then whenever something has changed, the last one when every Run is final and every event was read.

    `growing`: the id of a sweep to which Runs are added; it is followed until that is over."""
    begun = time.monotonic()
    cursors = {run.id: 0 for run in runs}
    now: Sequence[Run] = runs
    taken: float | None = None
    while True:
        began = time.monotonic()
        grows = growing is not None and door.grows(growing)  # asked first: what it adds before it says no is read then
        now = door.now(now) if growing is None else door.runs_of(growing)
        if taken is None and any(run.started_at is not None for run in now):
            taken = began
        events_now = tuple(_unread(door, now, cursors)) if events else ()
        tick = Tick(tuple(now), events_now, time.monotonic() - begun, 0.0 if taken is None else time.monotonic() - taken, grows)
        yield tick
        if tick.over:
            return
        door.wait(max(door.tick_s, SHARE * (time.monotonic() - began)))


def finish(door: Door, runs: Sequence[Run]) -> Tick:
    """Follow to the end; the last Tick."""
    for tick in follow(door, runs):
        last = tick
    return last


@dataclass(frozen=True)
class Stopped:
    """How many Runs were asked to stop, and those of them that were still at it when we stopped waiting."""

    asked: int
    ending: tuple[str, ...]


def cancel(door: Door, runs: Sequence[Run], wait_s: float = ENDS_WITHIN_S) -> Stopped:
    """Cancel what has not ended, a sweep in one request, and wait for the ends."""
    from quintant.errors import NotFound

    stopped: list[str] = []
    waiting: list[str] = []
    end = time.monotonic() + wait_s
    for sweep_id in dict.fromkeys(run.sweep_id for run in runs if run.sweep_id is not None):
        with suppress(NotFound):  # deleted meanwhile
            answers = [answer for answer in door.control("cancel", sweep_id) if answer.done]
            stopped += [answer.run for answer in answers]
            waiting += [answer.run for answer in answers if answer.state is not None and not answer.state.final]
    alone = [run.id for run in runs if run.sweep_id is None]
    for first in range(0, len(alone), AT_ONCE):
        done = door.bulk("cancel", alone[first : first + AT_ONCE])
        stopped += [answer.key for answer in done if answer.done]
        waiting += [answer.key for answer in done if answer.done]
    while waiting := [run_id for run_id in waiting if _lives(door, run_id)]:
        if time.monotonic() > end:
            break
        time.sleep(0.05)
    return Stopped(len(stopped), tuple(waiting))


def _lives(door: Door, run_id: str) -> bool:
    from quintant.errors import NotFound

    try:
        return not door.run(run_id).state.final
    except NotFound:
        return False


def _unread(door: Door, runs: Sequence[Run], cursors: dict[str, int]) -> Iterator[LoggedEvent]:
    for run in runs:
        while cursors.setdefault(run.id, 0) < run.last_seq:
            page = door.events(run.id, cursors[run.id])
            if not page:
                break
            cursors[run.id] = page[-1].seq
            yield from page


def as_json(event: LoggedEvent) -> Mapping[str, object]:
    """An event as the API's streams send it."""
    from quintant.runs.run import iso

    return {
        "run": event.run_id,
        "seq": event.seq,
        "at": iso(event.at, micros=True),
        "kind": event.kind,
        "payload": event.payload,
    }
