"""A place that cannot be written to is one sentence, whichever door was to write there."""

from __future__ import annotations

import pytest

from quintant.cli import call
from quintant.client.run import FigureHandle
from quintant.destination import write, writing
from quintant.errors import NotWritten


class OneFigure:
    def figure(self, target, name, format, **how):
        return b"<svg/>"


@pytest.fixture
def blocked(tmp_path):
    """A path below something that is a file, which no right makes writable."""
    (tmp_path / "file").write_text("")
    return tmp_path / "file" / "below"


def test_a_refused_path_is_named_with_the_reason(blocked, tmp_path):
    with pytest.raises(NotWritten, match=r"^cannot write .*file.*: (Not a directory|File exists)\.$"):
        write(blocked / "a.svg", b"")
    with pytest.raises(NotWritten, match=r": Is a directory\.$"):
        write(tmp_path, b"")
    with pytest.raises(NotWritten, match="No space left on device"), writing("a.nwb"):
        raise OSError(28, None)  # as libraries in C raise it: a number, no words
    assert write(tmp_path / "new" / "a.svg", b"1").read_bytes() == b"1"


def test_a_figure_of_the_sdk_is_refused_in_the_same_words(blocked):
    with pytest.raises(NotWritten, match="cannot write"):
        FigureHandle(OneFigure(), None, "raster").save(blocked / "a.svg")


def test_the_command_line_tells_one_sentence_and_leaves_with_2(blocked, capsys, tmp_path):
    assert call(["lab", "new", "mine", "--to", str(blocked)]) == 2
    told = capsys.readouterr().err
    assert told.startswith("error: cannot write ") and told.count("\n") == 1
