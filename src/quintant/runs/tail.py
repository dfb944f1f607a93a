"""Tail: live readings of event logs from a cursor. Any number of readers share one look at the Store per Run.

Each Run that is followed has a feed: the newest events in a ring that all its readers share. A reader takes what lies after its
own cursor from the ring, or from the Store when it is further back, so a slow one holds nothing up and loses nothing.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Mapping
from pathlib import Path
from typing import Any

from quintant.errors import Gone, NotFound
from quintant.runs import log
from quintant.runs.event import LoggedEvent
from quintant.runs.feed_entry import FeedEntry
from quintant.runs.lifecycle import State
from quintant.runs.log import LogChunk
from quintant.runs.notifier import Notifier
from quintant.runs.store import Store

RING = 4096
PAGE = 500
PROGRESS_EVERY_S = 1.0
FEED_EVERY_S = 0.1


class _Feed:
    """The newest events of one Run, for all its readers in one event loop."""

    def __init__(self) -> None:
        self.ring: deque[LoggedEvent] = deque(maxlen=RING)
        self.changed = asyncio.Event()
        self.readers = 0
        self.gone = False
        self.task: asyncio.Task[None] | None = None

    @property
    def newest(self) -> int:
        return self.ring[-1].seq if self.ring else 0

    def tell(self) -> None:
        self.changed.set()
        self.changed = asyncio.Event()


class Tail:
    def __init__(self, store: Store, notifier: Notifier) -> None:
        self._store, self._notifier = store, notifier
        self._feeds: dict[tuple[int, str], _Feed] = {}

    async def follow(self, run_id: str, after: int, heartbeat_s: float) -> AsyncGenerator[LoggedEvent | None]:
        """Every event with seq > `after`, in order, once; None whenever `heartbeat_s` passed without one.

        Ends after the event that makes the Run final, or with NotFound when the Run is deleted meanwhile.
        """
        run = await asyncio.to_thread(self._store.get, run_id)
        if run.state.final and after >= run.last_seq:
            return
        feed = self._enter(run_id)
        try:
            while True:
                changed = feed.changed
                if feed.ring and feed.ring[0].seq <= after + 1:
                    page = [event for event in feed.ring if event.seq > after][:PAGE]
                else:
                    page = await asyncio.to_thread(self._store.events, run_id, after, PAGE)
                for event in page:
                    after = event.seq
                    yield event
                    if _ends(event):
                        return
                if page:
                    continue
                if feed.gone:
                    raise NotFound("Run", run_id)
                try:
                    await asyncio.wait_for(changed.wait(), heartbeat_s)
                except TimeoutError:
                    yield None
        finally:
            self._leave(run_id, feed)

    async def everything(self, after: int, heartbeat_s: float) -> AsyncGenerator[FeedEntry | Mapping[str, Any] | None]:
        """What happens to all Runs after a cursor of the feed, in order and once; between, at most once a second, how far the
        live ones that moved are (`Store.advance`); None as a heartbeat. It has no end."""
        loop = asyncio.get_running_loop()
        seen, last_sent = self._notifier.count, loop.time()
        looked, known = 0.0, await asyncio.to_thread(self._store.advance)
        while True:
            page = await asyncio.to_thread(self._store.feed, after, PAGE)
            for entry in page:
                after, last_sent = entry.cursor, loop.time()
                yield entry
            if len(page) == PAGE:
                continue
            if loop.time() - looked >= PROGRESS_EVERY_S:
                looked = loop.time()
                now = await asyncio.to_thread(self._store.advance)
                moved = {run_id: at for run_id, at in now.items() if known.get(run_id, {}).get("seq") != at["seq"]}
                known = now
                if moved:
                    last_sent = loop.time()
                    yield moved
            if loop.time() - last_sent >= heartbeat_s:
                last_sent = loop.time()
                yield None
            await asyncio.sleep(FEED_EVERY_S)
            seen = await self._notifier.changed(seen, min(PROGRESS_EVERY_S, max(0.01, last_sent + heartbeat_s - loop.time())))

    async def follow_log(
        self, run_id: str, path: Callable[[], Path], offset: int, heartbeat_s: float
    ) -> AsyncGenerator[LogChunk | None]:
        """The log from byte `offset` on as it grows; None as a heartbeat; ends when the Run is final and all is read. Gone for
        an offset beyond it; NotFound when the Run is deleted meanwhile, whose files go before its row does."""
        quiet, there = 0.0, False
        seen = self._notifier.count
        while True:
            final = (await asyncio.to_thread(self._store.get, run_id)).state.final
            try:
                chunk = await asyncio.to_thread(log.read, path(), offset, 1 << 18)
            except Gone:
                if there:
                    raise NotFound("Run", run_id) from None
                raise
            there = True
            if chunk.data:
                offset, quiet = chunk.end, 0.0
                yield chunk
                continue
            if final:
                return
            began = asyncio.get_running_loop().time()
            seen = await self._notifier.changed(seen, heartbeat_s - quiet)
            quiet += asyncio.get_running_loop().time() - began
            if quiet >= heartbeat_s:
                quiet = 0.0
                yield None

    def _enter(self, run_id: str) -> _Feed:
        key = (id(asyncio.get_running_loop()), run_id)
        feed = self._feeds.get(key)
        if feed is None:
            feed = self._feeds[key] = _Feed()
            feed.task = asyncio.create_task(self._fill(run_id, feed))
        feed.readers += 1
        return feed

    def _leave(self, run_id: str, feed: _Feed) -> None:
        feed.readers -= 1
        if feed.readers == 0:
            self._feeds = {key: other for key, other in self._feeds.items() if other is not feed}
            if feed.task is not None:
                feed.task.cancel()

    async def _fill(self, run_id: str, feed: _Feed) -> None:
        """Read what is new of this Run whenever the store has changed, for all readers at once."""
        seen = self._notifier.count
        start = max((await asyncio.to_thread(self._store.get, run_id)).last_seq - RING, 0)
        newest = start
        while True:
            page = await asyncio.to_thread(self._store.events, run_id, newest, RING)
            if page:
                feed.ring.extend(page)
                newest = feed.newest
                feed.tell()
                if _ends(page[-1]):
                    return
                continue
            try:
                await asyncio.to_thread(self._store.get, run_id)
            except NotFound:
                feed.gone = True
                feed.tell()
                return
            seen = await self._notifier.changed(seen)


def _ends(event: LoggedEvent) -> bool:
    return event.kind == "state" and State(event.payload["to"]).final
