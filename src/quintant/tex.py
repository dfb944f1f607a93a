"""A table of results as LaTeX (booktabs): numbers with their intervals, to the digits these support, units in the heads."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from quintant.arrow import field_note
from quintant.precision import written

if TYPE_CHECKING:
    import pyarrow as pa

_SPECIAL = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "%": r"\%", "#": r"\#", "_": r"\_",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "–": "--", "²": r"\textsuperscript{2}", "³": r"\textsuperscript{3}",
    "µ": r"\textmu{}", "μ": r"\textmu{}", "Ω": r"\textohm{}", "°": r"\textdegree{}", "·": r"\textperiodcentered{}",
}  # fmt: skip
_ANY = re.compile("|".join(map(re.escape, _SPECIAL)))
IDENTITY = ("lab", "name", "state", "root_seed")
"""Columns that are left out where all rows have the same."""


def tex(table: pa.Table) -> str:
    """Needs \\usepackage{booktabs} and, for units such as µ, a font that has them."""
    heads, columns, sides = [], [], []
    for field in table.schema:
        kind, values = field_note(field, "kind"), table.column(field.name).to_pylist()
        if kind == "row" and not (field.name in IDENTITY and len(set(values)) > 1):
            continue
        if kind in ("low", "high", "n", "unit"):
            continue
        unit = field_note(field, "unit")
        heads.append(escaped(field.name) + (f" ({escaped(unit)})" if unit not in ("", "1") else ""))
        columns.append(_cells(table, field, values) if kind == "metric" else list(map(_cell, values)))
        sides.append("l" if any(isinstance(value, str) for value in values) else "r")
    runs = sorted(set(table.column("runs").to_pylist()))
    count = f"{runs[0]}" if len(runs) == 1 else f"{runs[0]} to {runs[-1]}"
    lines = [
        f"% {count} run{'s' if runs[-1] != 1 else ''} a row; brackets: 95 % intervals. Needs \\usepackage{{booktabs}}.",
        rf"\begin{{tabular}}{{{''.join(sides)}}}", r"\toprule", _line(heads), r"\midrule",
        *(_line(row) for row in zip(*columns, strict=True)), r"\bottomrule", r"\end{tabular}", "",
    ]  # fmt: skip
    return "\n".join(lines)


def escaped(text: str) -> str:
    return _ANY.sub(lambda match: _SPECIAL[match[0]], text)


def _cells(table: pa.Table, field: pa.Field, values: Sequence[Any]) -> list[str]:
    of = field_note(field, "name")
    ends: dict[str, Sequence[Any]] = {
        field_note(other, "kind"): table.column(other.name).to_pylist()
        for other in table.schema
        if field_note(other, "name") == of and field_note(other, "kind") in ("low", "high")
    }
    nothing: Sequence[Any] = [None] * len(values)
    low, high = ends.get("low", nothing), ends.get("high", nothing)
    return [escaped(written(*numbers)) for numbers in zip(values, low, high, strict=True)]


def _cell(value: Any) -> str:
    if value is None:
        return "--"
    return escaped(f"{value:.6g}" if isinstance(value, float) and math.isfinite(value) else str(value))


def _line(cells: Sequence[str]) -> str:
    first, *others = cells
    guarded = f"{{[}}{first[1:]}" if first.startswith("[") else first  # behind a line's end [ would be its argument
    return " & ".join([guarded, *others]) + r" \\"
