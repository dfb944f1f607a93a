"""Rows: the table of Runs, page by page as it is read, and the results of all of them at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from quintant.client.api import Api
from quintant.client.framed import Framed
from quintant.errors import ConfigError, Problem
from quintant.runs.rows import Row

if TYPE_CHECKING:
    import pyarrow as pa


class Rows(Iterator[Row], Framed):
    """Read once, like any iterator; the tables are asked for apart and hold every row, whatever has been read."""

    def __init__(self, api: Api, where: str, fold: str, sort: str, columns: Sequence[str], limit: int) -> None:
        self._api, self._where, self._fold, self._sort = api, where, fold, sort
        self._columns, self._limit = columns, limit
        self._pages = self._read()

    def __next__(self) -> Row:
        return next(self._pages)

    def to_arrow(self) -> pa.Table:
        """The results of the Runs or points that match; ConfigError for whole sweeps (`fold="sweep"`), which have many."""
        if self._fold == "sweep":
            raise ConfigError(Problem("fold", "must be point or none for a table of results.", "sweep", ["point", "none"]))
        return self._api.results_table(None, self._where, fold=self._fold, sort=self._sort)

    def _read(self) -> Iterator[Row]:
        cursor, columns = None, ",".join(self._columns)
        while True:
            page = self._api.rows(self._where, fold=self._fold, sort=self._sort, cols=columns, limit=self._limit, cursor=cursor)
            yield from page.rows
            cursor = page.next
            if cursor is None:
                return
