"""Rows of text in columns: aligned, cut to the terminal's width on a TTY, whole in a pipe."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from quintant.cli import quantity

if TYPE_CHECKING:
    from quintant.runs.run import Run

GLYPHS = {"completed": "●", "running": "◐", "starting": "◐", "queued": "○", "paused": "‖", "failed": "✕", "cancelled": "■"}
NARROWEST = 8


def show(heads: Sequence[str], rows: Sequence[Sequence[str]], *, flexible: Sequence[int] = ()) -> None:
    """Print a table. `flexible`: columns that are cut (with …) when a terminal is too narrow for all."""
    kept = [index for index, head in enumerate(heads) if any(row[index] for row in rows)]
    cells = [[row[index] for index in kept] for row in [heads, *rows]]
    widths = [max(len(row[column]) for row in cells) for column in range(len(kept))]
    if sys.stdout.isatty():
        spare = sum(widths) + 2 * (len(widths) - 1) - shutil.get_terminal_size().columns
        for index in flexible:
            if spare > 0 and index in kept:
                column = kept.index(index)
                cut = min(spare, max(0, widths[column] - NARROWEST))
                widths[column] -= cut
                spare -= cut
    for number, row in enumerate(cells):
        text = "  ".join(_cut(cell, width).ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        print(_faint(text) if number == 0 else text)


def state(run: Run) -> str:
    """◐ running 62 %"""
    word = f"{GLYPHS.get(str(run.state), ' ')} {run.state}"
    return f"{word} {int(100 * run.fraction)} %" if run.state.live else word


def states(runs: Sequence[Run]) -> str:
    """The state of several Runs as one: of a single one its own, of all the same theirs, else how many have ended."""
    if len(runs) == 1 or (len({run.state for run in runs}) == 1 and not runs[0].state.live):
        return state(runs[0])
    ended = sum(run.state.final for run in runs)
    failed = sum(str(run.state) == "failed" for run in runs)
    word = "◐ running" if any(run.state.live for run in runs) else "○ queued" if ended < len(runs) else "● ended"
    return f"{word} {ended}/{len(runs)}" + (f", {failed} failed" if failed else "")


def point(run: Run) -> str:
    from quintant.cli.explain import shown

    return " ".join(f"{key}={shown(value)}" for key, value in run.point.items())


def when(run: Run) -> str:
    return quantity.when(run.created_at)


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def _faint(text: str) -> str:
    import os

    return f"\x1b[2m{text}\x1b[0m" if sys.stdout.isatty() and not os.environ.get("NO_COLOR") else text
