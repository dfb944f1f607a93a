"""The live bar of `quintant run`, and its plain sister for pipes.

███████████████████████████████████░░░░░   4/10   0.9 s each   blocking 3.1 %   ETA 1 s
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, TextIO

from quintant.cli import progress as reading
from quintant.lab import Headline
from quintant.runs.event import LoggedEvent
from quintant.runs.run import Run

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

FULL, EMPTY = "█", "░"
WIDEST = 40
NARROWEST = 8


def bar_parts(progress: reading.Progress, headline: Headline, columns: int) -> tuple[str, str, str]:
    """(full part, empty part, facts) of a bar that fits into `columns`; the last facts go first when it is narrow."""
    facts = reading.parts(progress, headline)
    while True:
        text = "   ".join(facts)
        room = columns - 2 - 3 - len(text) - 1
        if room >= NARROWEST or len(facts) == 1:
            break
        facts.pop()
    width = max(0, min(WIDEST, room))
    full = math.floor(width * progress.fraction)
    return FULL * full, EMPTY * (width - full), text


class Bar:
    """One line at the bottom of a terminal, redrawn at most ten times a second and gone at the end."""

    def __init__(self, console: Console, headline: Headline) -> None:
        from rich.live import Live

        self._console, self._headline = console, headline
        self._live = Live(console=console, auto_refresh=False, transient=True, redirect_stdout=False)

    def __enter__(self) -> Bar:
        self._live.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._live.stop()

    def show(self, runs: Sequence[Run], events: Sequence[LoggedEvent], elapsed_s: float) -> None:
        self._live.update(self._drawn(reading.read(runs, self._headline, elapsed_s)), refresh=True)

    def _drawn(self, progress: reading.Progress) -> Text:
        from rich.text import Text

        full, empty, facts = bar_parts(progress, self._headline, self._console.width)
        return Text.assemble("  ", (full, "cyan"), (empty, "bright_black"), "   ", facts, no_wrap=True, overflow="crop")


class Lines:
    """For pipes: a line whenever another tenth is done, or something keeps the Runs from starting."""

    def __init__(self, out: TextIO, headline: Headline) -> None:
        self._out, self._headline = out, headline
        self._tenth = 0
        self._waits: str | None = None

    def __enter__(self) -> Lines:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        return None

    def show(self, runs: Sequence[Run], events: Sequence[LoggedEvent], elapsed_s: float) -> None:
        progress = reading.read(runs, self._headline, elapsed_s)
        if progress.waits and progress.waits != self._waits:
            self._waits = progress.waits
            print(f"  {progress.waits}", file=self._out, flush=True)
        tenth = math.floor(progress.fraction * 10 + 1e-9)
        if tenth > self._tenth:
            self._tenth = tenth
            facts = reading.parts(progress, self._headline)
            if progress.total > 1:
                facts.insert(0, f"{math.floor(100 * progress.fraction + 1e-9):3d} %")
            print("  " + "   ".join(facts), file=self._out, flush=True)
