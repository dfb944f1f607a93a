"""Notifier: tells this process that something in the database changed, so that nobody has to poll row by row.

SQLite: one thread reads `PRAGMA data_version` (a few microseconds) on its own connection. PostgreSQL: LISTEN. A lost one only
delays: every waiter looks again after a second anyway.
"""

from __future__ import annotations

import asyncio
import threading
from typing import Any

from sqlalchemy import Engine

LOOK_EVERY_S = 0.02
FALLBACK_S = 1.0


class Notifier:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._changed = threading.Condition()
        self._count = 0
        self._waiters: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()
        self._closed = threading.Event()
        listen = self._listen_postgres if engine.dialect.name == "postgresql" else self._watch_sqlite
        self._thread = threading.Thread(target=listen, name="notifier", daemon=True)
        self._thread.start()

    @property
    def count(self) -> int:
        return self._count

    def notify(self) -> None:
        """Wake everybody who waits in this process."""
        with self._changed:
            self._count += 1
            self._changed.notify_all()
            for loop, event in list(self._waiters):
                if not loop.is_closed():
                    loop.call_soon_threadsafe(event.set)

    def wait(self, seen: int, timeout_s: float = FALLBACK_S) -> int:
        """Block until the count of notifications differs from `seen`, or the time is over; returns the count."""
        with self._changed:
            self._changed.wait_for(lambda: self._count != seen or self._closed.is_set(), min(timeout_s, FALLBACK_S))
            return self._count

    async def changed(self, seen: int, timeout_s: float = FALLBACK_S) -> int:
        """`wait` for coroutines."""
        event = asyncio.Event()
        waiter = (asyncio.get_running_loop(), event)
        with self._changed:
            if self._count != seen:
                return self._count
            self._waiters.add(waiter)
        try:
            async with asyncio.timeout(min(timeout_s, FALLBACK_S)):
                await event.wait()
        except TimeoutError:
            return self._count
        finally:
            self._waiters.discard(waiter)
        return self._count

    def close(self) -> None:
        self._closed.set()
        self.notify()
        self._thread.join(timeout=2)

    def _watch_sqlite(self) -> None:
        connection: Any = self._engine.raw_connection()
        try:
            last = None
            while not self._closed.wait(LOOK_EVERY_S):
                version = connection.cursor().execute("PRAGMA data_version").fetchone()[0]
                if version != last:
                    last = version
                    self.notify()
        finally:
            connection.close()

    def _listen_postgres(self) -> None:
        import psycopg

        url = self._engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        while not self._closed.is_set():
            try:
                with psycopg.connect(url, autocommit=True) as connection:
                    connection.execute("LISTEN quintant")
                    self.notify()
                    while not self._closed.is_set():
                        for _ in connection.notifies(timeout=0.5, stop_after=1):
                            self.notify()
            except psycopg.OperationalError:
                self._closed.wait(FALLBACK_S)
