"""Feed: what happened to Runs, in one order for all of them, so that a list can be kept true without being asked again.

The log of a Run (`events`) has an order of its own; whoever shows many Runs needs one cursor over all. A row is written in
the transaction of the change that it tells of. Progress is not told here: it is read from the Runs' rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, text

from quintant.runs.feed_entry import FeedEntry
from quintant.runs.store.models import feed

KEPT_S = 86_400.0
MOST_KEPT = 200_000


def fold_key(run_id: str, sweep_id: str | None, fold: int) -> str:
    """What a fold is called outside: its Run's id where it stands alone, else "SWEEP.NUMBER"."""
    return run_id if sweep_id is None else f"{sweep_id}.{fold}"


def tell(connection: Connection, at: float, entries: Sequence[tuple[str, str, Mapping[str, Any]]]) -> None:
    """Append (run id, kind, payload) in this transaction."""
    if not entries:
        return
    if connection.dialect.name == "postgresql":
        # Cursors must become visible in their order: a reader that has seen 8 never looks for a 7 that commits later.
        connection.execute(text("SELECT pg_advisory_xact_lock(7153429)"))
    rows = [{"at": at, "run_id": run_id, "kind": kind, "payload": dict(payload)} for run_id, kind, payload in entries]
    connection.execute(insert(feed), rows)


def newest(connection: Connection) -> int:
    """The cursor of the newest entry, 0 before the first."""
    return int(connection.execute(select(func.coalesce(func.max(feed.c.cursor), 0))).scalar_one())


def oldest(connection: Connection) -> int:
    """The first cursor that is still kept, 0 when there is none."""
    return int(connection.execute(select(func.coalesce(func.min(feed.c.cursor), 0))).scalar_one())


def after(connection: Connection, cursor: int, limit: int) -> list[FeedEntry]:
    query = select(feed).where(feed.c.cursor > cursor).order_by(feed.c.cursor).limit(limit)
    return [FeedEntry(row.cursor, row.at, row.run_id, row.kind, row.payload) for row in connection.execute(query)]


def prune(connection: Connection, now: float) -> None:
    """Forget what is older than a day, and all but the newest two hundred thousand."""
    last = newest(connection)
    connection.execute(delete(feed).where(feed.c.at < now - KEPT_S, feed.c.cursor < last))
    connection.execute(delete(feed).where(feed.c.cursor <= last - MOST_KEPT))
