"""What wait() shows: a line in a terminal that goes again, a bar in a notebook, nothing where nobody looks."""

from __future__ import annotations

import io
import sys
from types import SimpleNamespace

import pytest

from quintant.client.progress import Progress, bar, fraction, sentence
from quintant.runs.lifecycle import State


def run(state: State, share: float = 0.0) -> SimpleNamespace:
    return SimpleNamespace(lab="<toy>", state=state, fraction=share)


RUNS = [run(State.COMPLETED, 1.0), run(State.FAILED, 0.2), run(State.RUNNING, 0.5), run(State.QUEUED)]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def no_notebook(monkeypatch):
    monkeypatch.setitem(sys.modules, "IPython", None)


def test_what_has_ended_is_done_however_it_did():
    assert fraction(RUNS) == 0.625 and fraction([]) == 1.0
    assert sentence(RUNS) == "<toy>: 2 of 4 runs ended, 62 %" and sentence(RUNS[2:3]) == "<toy>: running, 50 %"
    assert bar(RUNS).startswith('<progress value="0.625"') and "&lt;toy&gt;" in bar(RUNS)


def test_a_terminal_has_one_line_and_it_goes():
    stream = Terminal()
    with Progress(None, stream) as shown:
        shown.tell(RUNS)
        shown.tell(RUNS)
        assert stream.getvalue() == f"\r{sentence(RUNS)}"
    assert stream.getvalue().endswith(f"\r{' ' * len(sentence(RUNS))}\r")


@pytest.mark.parametrize(("shown", "stream"), [(None, io.StringIO()), (False, Terminal())])
def test_nothing_is_written_where_nobody_looks_or_wants_it(shown, stream):
    with Progress(shown, stream) as progress:
        progress.tell(RUNS)
    assert stream.getvalue() == ""


def test_a_notebook_has_one_bar_that_is_updated(monkeypatch):
    shown: list[tuple[str, str]] = []
    handle = SimpleNamespace(update=lambda bundle, raw: shown.append(("update", bundle["text/plain"])))

    def display(bundle, raw, display_id):
        shown.append(("display", bundle["text/plain"]))
        return handle

    ipython = SimpleNamespace(get_ipython=lambda: SimpleNamespace(kernel=object()))
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", SimpleNamespace(display=display))
    with Progress() as progress:
        progress.tell(RUNS[2:])
        progress.tell(RUNS)
    assert shown == [("display", sentence(RUNS[2:])), ("update", sentence(RUNS))]
