"""What `wait()` shows meanwhile: a line in a terminal, a bar in a notebook, nothing in a script whose output goes elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from html import escape
from importlib import import_module
from types import TracebackType
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from quintant.runs.run import Run


class Progress:
    """A context manager; `tell` it the Runs whenever they have been asked. `shown` None: where somebody sees it."""

    def __init__(self, shown: bool | None = None, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._notebook = _notebook()
        self._shown = shown if shown is not None else self._notebook is not None or self._stream.isatty()
        self._display: Any = None
        self._text = ""

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """The line goes, what was shown in a notebook stays."""
        if self._text and self._notebook is None:
            self._stream.write(f"\r{' ' * len(self._text)}\r")
            self._stream.flush()

    def tell(self, runs: Sequence[Run]) -> None:
        text = sentence(runs)
        if not self._shown or text == self._text:
            return
        if self._notebook is None:
            self._stream.write(f"\r{text.ljust(len(self._text))}")
            self._stream.flush()
        else:
            self._show({"text/html": bar(runs), "text/plain": text})
        self._text = text

    def _show(self, bundle: dict[str, str]) -> None:
        if self._display is None:
            self._display = import_module("IPython.display").display(bundle, raw=True, display_id=True)
        else:
            self._display.update(bundle, raw=True)


def fraction(runs: Sequence[Run]) -> float:
    """How much is done: a Run that has ended, however it did, is done."""
    return sum(1.0 if run.state.final else run.fraction for run in runs) / len(runs) if runs else 1.0


def sentence(runs: Sequence[Run]) -> str:
    """ "optical: 3 of 10 runs ended, 42 %"; of one Run its state."""
    percent = f"{int(100 * fraction(runs))} %"
    lab = runs[0].lab if runs else ""
    if len(runs) == 1:
        return f"{lab}: {runs[0].state}, {percent}"
    return f"{lab}: {sum(run.state.final for run in runs)} of {len(runs)} runs ended, {percent}"


def bar(runs: Sequence[Run]) -> str:
    return f'<progress value="{fraction(runs):.3f}" max="1"></progress> {escape(sentence(runs))}'


def _notebook() -> Any:
    """IPython's shell where a kernel runs it: a terminal's has no page to show anything on."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None and hasattr(ipython, "get_ipython") else None
    return shell if shell is not None and getattr(shell, "kernel", None) is not None else None
