"""A table of one outcome as arrays, or the reason why it cannot be drawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from quintant.figure.draw import cannot
from quintant.lab import Outcome

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    Array = np.ndarray[Any, Any]

FINAL = ("completed", "failed", "cancelled")


def columns(figure: str, outcome: Outcome, table: str, kept: Mapping[str, str] | None = None) -> Mapping[str, Array]:
    """`table` by column, nulls as NaN; Conflict when the Run has none (yet). `kept`: table -> the key of the config that has
    it kept, which is named where it was set to false."""
    rows = given(figure, outcome, table, kept)
    return {name: rows.column(name).to_numpy(zero_copy_only=False) for name in rows.column_names}


def given(figure: str, outcome: Outcome, table: str, kept: Mapping[str, str] | None = None) -> pa.Table:
    """The table itself, or the same Conflict."""
    rows = outcome.tables.get(table)
    if rows is None:
        yet = "" if outcome.state in FINAL else " yet"
        why = _why(outcome, (kept or {}).get(table))
        raise cannot(figure, f"run {outcome.run_id} ({outcome.state}) has no table {table!r}{yet}{why}")
    return rows


def _why(outcome: Outcome, key: str | None) -> str:
    if key is None or outcome.state not in FINAL:
        return ""
    config = outcome.config
    value = config.get(key, True) if isinstance(config, Mapping) else getattr(config, key, True)
    return "" if value else f"; it was run with {key} = false"
