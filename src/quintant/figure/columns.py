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
    found = given(figure, outcome, table, kept)
    return {name: found.column(name).to_numpy(zero_copy_only=False) for name in found.column_names}


def given(figure: str, outcome: Outcome, table: str, kept: Mapping[str, str] | None = None) -> pa.Table:
    """The table itself, or the same Conflict."""
    found = outcome.tables.get(table)
    if found is None:
        yet = "" if outcome.state in FINAL else " yet"
        why = _why(outcome, (kept or {}).get(table))
        raise cannot(figure, f"run {outcome.run_id} ({outcome.state}) has no table {table!r}{yet}{why}")
    return found


def _why(outcome: Outcome, key: str | None) -> str:
    if key is None or outcome.state not in FINAL:
        return ""
    given = outcome.config
    value = given.get(key, True) if isinstance(given, Mapping) else getattr(given, key, True)
    return "" if value else f"; it was run with {key} = false"
