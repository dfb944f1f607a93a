"""Summary: what the replicates of a Sweep's points say together, as a sequence and as a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, overload

from quintant.client.framed import Framed
from quintant.runs.statistics import PointSummary

if TYPE_CHECKING:
    import pyarrow as pa


class Summary(Sequence[PointSummary], Framed):
    """One PointSummary a point, in the order of the Sweep."""

    def __init__(self, points: Sequence[PointSummary], headline: str, table: Callable[[], pa.Table]) -> None:
        self._points, self.headline, self._table = tuple(points), headline, table

    @overload
    def __getitem__(self, at: int) -> PointSummary: ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[PointSummary]: ...

    def __getitem__(self, at: int | slice) -> PointSummary | Sequence[PointSummary]:
        return self._points[at]

    def __len__(self) -> int:
        return len(self._points)

    def __eq__(self, other: object) -> bool:
        return list(self) == list(other) if isinstance(other, Sequence) else NotImplemented

    def __hash__(self) -> int:
        return id(self)

    def __repr__(self) -> str:
        return f"<summary of {len(self)} point{'s' if len(self) != 1 else ''}>"

    def _repr_html_(self) -> str:
        from quintant.client import html

        return html.summary(self)

    def to_arrow(self) -> pa.Table:
        return self._table()
