"""Rows of text in columns: aligned, cut to the terminal's width on a TTY, whole in a pipe."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from quintant.cli import quantity

if TYPE_CHECKING:
    from quintant.runs.rows import Row
    from quintant.runs.run import Run

GLYPHS = {"completed": "●", "running": "◐", "starting": "◐", "queued": "○", "paused": "‖", "failed": "✕", "cancelled": "■"}
ENDED, LIVE = frozenset({"completed", "failed", "cancelled"}), frozenset({"starting", "running", "paused"})
NARROWEST = 8
LONGEST_WORD = 40
GAP = 2


def show(
    heads: Sequence[str], rows: Sequence[Sequence[str]], *, flexible: Sequence[int] = (), whole: Sequence[int] = ()
) -> None:
    """Print a table. `flexible`: columns that are cut (with …) when a terminal is too narrow for all; `whole`: those that go on
    in a second line instead. A pipe gets all, however wide it is."""
    if sys.stdout.isatty():
        print(drawn(heads, rows, shutil.get_terminal_size().columns, flexible=flexible, whole=whole), end="")
        return
    kept = _kept(heads, rows)
    cells = [[row[index] for index in kept] for row in [heads, *rows]]
    widths = [max(len(row[column]) for row in cells) for column in range(len(kept))]
    for row in cells:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def drawn(
    heads: Sequence[str], rows: Sequence[Sequence[str]], width: int, *, flexible: Sequence[int] = (), whole: Sequence[int] = ()
) -> str:
    """The table as a terminal so wide shows it; on one too narrow for it, what all rows have in common stands above, once."""
    import io
    import os

    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    kept = _kept(heads, rows)
    columns = {index: [heads[index], *(row[index] for row in rows)] for index in kept}
    least = _least(columns, flexible, whole)
    above = ""
    if sum(least.values()) + GAP * (len(least) - 1) > width and len(rows) > 1:
        common = [index for index in kept if len(set(columns[index][1:])) == 1 and index not in whole]
        above = f"all: {', '.join(f'{heads[index]} {rows[0][index]}' for index in common)}\n" if common else ""
        columns = {index: cells for index, cells in columns.items() if index not in common}
    widths = _widths(columns, width, least)
    table = Table(box=None, pad_edge=False, padding=(0, GAP, 0, 0), header_style="dim")
    for index in columns:
        overflow: Literal["fold", "ellipsis"] = "fold" if index in whole else "ellipsis"
        shrinks = index in flexible or index in whole
        table.add_column(heads[index], no_wrap=not shrinks, width=widths[index], overflow=overflow)
    for row in rows:
        # A cut cell stays on one line: its column gives way, the text in it does not wrap.
        cut = {index for index in flexible if index not in whole}
        table.add_row(*(
            Text(row[index], no_wrap=True, overflow="ellipsis") if index in cut else Text(row[index]) for index in columns
        ))  # fmt: skip
    plain = bool(os.environ.get("NO_COLOR"))
    out = io.StringIO()
    Console(
        file=out,
        width=max(width, sum(widths.values()) + GAP * len(widths)),
        force_terminal=not plain,
        no_color=plain,
        highlight=False,
    ).print(table)
    return above + "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def _least(columns: Mapping[int, Sequence[str]], flexible: Sequence[int], whole: Sequence[int]) -> dict[int, int]:
    """The narrowest that each column may be: no word of one that wraps is broken."""
    least = {index: max(map(len, cells)) for index, cells in columns.items()}
    for index in columns:
        if index in whole:
            least[index] = min(LONGEST_WORD, max(len(word) for cell in columns[index] for word in cell.split() or [""]))
        elif index in flexible:
            least[index] = min(NARROWEST, least[index])
    return least


def _widths(columns: Mapping[int, Sequence[str]], width: int, least: Mapping[int, int]) -> dict[int, int]:
    """How wide each column is for all to fit: the widest of those that can give way do. Where that is not enough, the terminal
    wraps whole lines."""
    widths = {index: max(map(len, cells)) for index, cells in columns.items()}
    spare = sum(widths.values()) + GAP * (len(widths) - 1) - width
    while spare > 0 and (giving := [index for index in widths if widths[index] > least[index]]):
        widths[max(giving, key=lambda index: widths[index])] -= 1
        spare -= 1
    return widths


def _kept(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[int]:
    return [index for index in range(len(heads)) if any(row[index] for row in rows)]


def state(run: Run) -> str:
    """◐ running 62 %"""
    word = f"{GLYPHS.get(str(run.state), ' ')} {run.state}"
    return f"{word} {int(100 * run.fraction)} %" if run.state.live else word


def row_state(row: Row) -> str:
    """The state of a row of several Runs as one, like `states`."""
    total, ended = row.runs, sum(count for word, count in row.states.items() if word in ENDED)
    if total == 1 or (len(row.states) == 1 and ended == total):
        word = f"{GLYPHS.get(str(row.state), ' ')} {row.state}"
        if row.reused:
            word += ", reused" if row.reused == total else f", {row.reused} of {total} reused"
        return f"{word} {int(100 * row.fraction)} %" if row.state.live else word
    failed = row.states.get("failed", 0)
    live = any(word in LIVE for word in row.states)
    word = "◐ running" if live else "○ queued" if ended < total else "● ended"
    return f"{word} {ended}/{total}" + (f", {failed} failed" if failed else "")


def states(runs: Sequence[Run]) -> str:
    """The state of several Runs as one: of a single one its own, of all the same theirs, else how many have ended."""
    if len(runs) == 1 or (len({run.state for run in runs}) == 1 and not runs[0].state.live):
        return state(runs[0])
    ended = sum(run.state.final for run in runs)
    failed = sum(str(run.state) == "failed" for run in runs)
    word = "◐ running" if any(run.state.live for run in runs) else "○ queued" if ended < len(runs) else "● ended"
    return f"{word} {ended}/{len(runs)}" + (f", {failed} failed" if failed else "")


def point(run: Run) -> str:
    return point_text(run.point)


def point_text(point: Mapping[str, Any]) -> str:
    from quintant.config.explanation import shown

    return " ".join(f"{key}={value if isinstance(value, str) else shown(value)}" for key, value in point.items())


def when(run: Run) -> str:
    return moment(run.created_at)


def moment(at: float) -> str:
    return quantity.when(at)
