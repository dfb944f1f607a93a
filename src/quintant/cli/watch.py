"""Following Runs until all have ended: rows at every tick, events too where a reader wants them."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from quintant.cli.door import Door
from quintant.runs.event import LoggedEvent
from quintant.runs.run import Run
from quintant.runs.sweep import Sweep

SHARE = 5
"""A tick lasts at least this many times as long as reading it took: a large sweep is read less often."""


@dataclass(frozen=True)
class Tick:
    runs: tuple[Run, ...]
    events: tuple[LoggedEvent, ...]
    elapsed_s: float

    @property
    def over(self) -> bool:
        return all(run.state.final for run in self.runs)


def follow(door: Door, sweep: Sweep | None, runs: Sequence[Run], *, events: bool = False) -> Iterator[Tick]:
    """A Tick at once and then again and again, the last one when every Run is final and every event was read."""
    begun = time.monotonic()
    cursors = {run.id: 0 for run in runs}
    while True:
        asked = time.monotonic()
        now = door.runs_of(sweep.id) if sweep else tuple(door.run(run.id) for run in runs)
        told = tuple(_unread(door, now, cursors)) if events else ()
        tick = Tick(now, told, time.monotonic() - begun)
        yield tick
        if tick.over:
            return
        time.sleep(max(door.tick_s, SHARE * (time.monotonic() - asked)))


def finish(door: Door, runs: Sequence[Run]) -> Tick:
    """Follow to the end; the last Tick."""
    for tick in follow(door, None, runs):
        last = tick
    return last


def cancel(door: Door, runs: Sequence[Run], wait_s: float = 5.0) -> int:
    """Cancel what has not ended; returns how many were. All are asked before any is waited for."""
    from quintant.errors import Conflict, NotFound

    asked: list[str] = []
    for run in runs:
        try:
            if not door.run(run.id).state.final:
                door.cancel(run.id, wait_s=0)
                asked.append(run.id)
        except (Conflict, NotFound):  # it ended, or was deleted, in between
            continue
    end = time.monotonic() + wait_s
    waiting = list(asked)
    while waiting and time.monotonic() < end:
        waiting = [run_id for run_id in waiting if not door.run(run_id).state.final]
        if waiting:
            time.sleep(0.05)
    return len(asked)


def _unread(door: Door, runs: Sequence[Run], cursors: dict[str, int]) -> Iterator[LoggedEvent]:
    for run in runs:
        while cursors[run.id] < run.last_seq:
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
