"""The log by lines: against a plain reading of the whole text, while it grows, and without loading it."""

from __future__ import annotations

import random
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quintant.runs import log_lines
from quintant.runs.log import LogWriter
from quintant.runs.log_lines import LEVELS, LinePage, LogLines

WORDS = ("alpha", "Beta", "gamma 7", "Größe", "😀 done", "", "x" * 300, "2026-11-22", "info", "ÄRGER")


def plain(path: Path, query: str, levels: tuple[str, ...]) -> list[tuple[int, str, str | None]]:
    """Number, text and level of the lines asked for, read as a whole."""
    found = []
    for number, line in enumerate(path.read_bytes().decode().split("\n")[:-1], 1):
        parts = line.split(" ", 3)
        stamped = len(parts) == 4 and parts[2].lower() in LEVELS and len(parts[0]) == 10
        text, level = (parts[3], parts[2].lower()) if stamped else (line, None)
        lowered = text.encode().lower()
        if query.encode().lower() in lowered and (not levels or level in levels):
            found.append((number, text, level))
    return found


def shown(page: LinePage) -> list[tuple[int, str, str | None]]:
    return [(line.line, line.text, line.level) for line in page.lines]


lines = st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from(("INFO", "WARNING", "ERROR", "DEBUG", "raw"))), max_size=150)


@settings(max_examples=60, deadline=None)
@given(
    lines,
    lines,
    st.sampled_from(("", "a", "GAMMA", "ö", "😀", "info", "nix")),
    st.sets(st.sampled_from(LEVELS)),
    st.integers(1, 300),
)
def test_pages_are_those_of_a_plain_reading_also_when_it_grows(tmp_path_factory, first, more, query, levels, line) -> None:
    path = tmp_path_factory.mktemp("log") / "run.log"
    logs, asked = LogLines(), tuple(sorted(levels))
    for written in (first, more):
        writer = LogWriter(path)
        with path.open("ab") as raw:
            for text, level in written:
                if level == "raw":
                    raw.write(text.encode() + b"\n")
                    raw.flush()
                else:
                    writer.append(text, 1.8e9, level)
                    writer.flush()
        writer.close()
        wanted = plain(path, query, asked)
        page = logs.page(path, line=line, limit=40, query=query, levels=asked)
        assert shown(page) == [one for one in wanted if one[0] >= line][:40]
        assert (page.matches, page.total) == (len(wanted), len(plain(path, "", ())))
        assert page.size == path.stat().st_size and sum(page.levels.values()) <= page.total
        assert shown(logs.page(path, line=-7, limit=40, query=query, levels=asked)) == wanted[-7:]
        walked, at = [], 1
        while at <= page.total:
            step = logs.page(path, line=at, limit=11, query=query, levels=asked)
            walked += shown(step)
            at = step.next
        assert walked == wanted, "`next` leads through all of them, each once"


def test_bytes_and_spans_are_where_they_are_said_to_be(tmp_path) -> None:
    path = tmp_path / "run.log"
    writer = LogWriter(path)
    for text in ("one", "😀 phq9 and PHQ9", "INFO phq"):
        writer.append(text, 1.8e9)
    writer.close()
    [line] = LogLines().page(path, query="phq9").lines
    assert path.read_bytes()[line.at : line.at + line.length].decode() == "2027-01-15 08:00:00 INFO 😀 phq9 and PHQ9"
    assert (line.time, line.level, line.spans) == ("2027-01-15 08:00:00", "info", ((3, 4), (12, 4)))
    assert LogLines().page(path, query="2027").matches == 0, "time and level are no text"
    assert [one.line for one in LogLines().page(path, query="info").lines] == [3]


def test_a_half_written_line_is_one_once_nothing_is_written_any_more(tmp_path) -> None:
    path = tmp_path / "run.log"
    path.write_bytes(b"2027-01-15 08:00:00 INFO a\n2027-01-15 08:00:00 ERR")
    logs = LogLines()
    assert logs.page(path).total == 1
    assert [line.text for line in logs.page(path, whole=True).lines] == ["a", "2027-01-15 08:00:00 ERR"]
    assert logs.page(tmp_path / "none.log").total == 0


def test_a_long_line_is_cut_and_says_so(tmp_path) -> None:
    path = tmp_path / "run.log"
    path.write_bytes(b"x" * (log_lines.PIECE_BYTES + 9) + b"\nshort\n")
    first, second = LogLines().page(path).lines
    assert first.cut and len(first.text) == log_lines.LONGEST_TEXT and first.length == log_lines.PIECE_BYTES + 9
    assert (second.text, second.cut, second.at) == ("short", False, first.length + 1)
    assert [line.line for line in LogLines().page(path, query="SHORT").lines] == [2]


def test_a_log_that_is_begun_anew_is_indexed_anew(tmp_path) -> None:
    path, logs = tmp_path / "run.log", LogLines()
    path.write_bytes(b"a\nb\nc\n")
    assert logs.page(path, query="b").matches == 1
    path.write_bytes(b"z\n")
    assert shown(logs.page(path, query="z")) == [(1, "z", None)] and logs.page(path, query="b").matches == 0


def test_a_hundred_megabytes_are_never_in_memory(tmp_path) -> None:
    path = tmp_path / "run.log"
    rng = random.Random(1)
    block = "".join(
        f"2027-01-15 08:00:00 {rng.choice(('INFO', 'INFO', 'WARNING'))} day {i} of it {rng.random():.6f}\n"
        for i in range(20_000)
    )
    copies = 100 * 2**20 // len(block) + 1
    with path.open("w") as file:
        for _ in range(copies):
            file.write(block)
        file.write("2027-01-15 08:00:00 ERROR the needle\n")
    logs = LogLines()
    tracemalloc.start()
    page = logs.page(path, line=-50)
    needle = logs.page(path, query="needle", levels=("error",))
    often = logs.page(path, query="day 7 ")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert path.stat().st_size > 100 * 2**20 and peak < 60 * 2**20
    assert page.total == 20_000 * copies + 1 and len(page.lines) == 50
    assert shown(needle) == [(page.total, "the needle", "error")] and needle.levels["error"] == 1
    assert often.matches == copies and len(often.marks) == min(copies, log_lines.MOST_MARKS)


@pytest.mark.parametrize("count", [log_lines.STRIDE - 1, log_lines.STRIDE, log_lines.STRIDE + 1, 5 * log_lines.STRIDE])
def test_lines_at_the_edges_of_the_index(tmp_path, count) -> None:
    path, logs = tmp_path / "run.log", LogLines()
    path.write_bytes(b"".join(b"%d\n" % number for number in range(1, count + 1)))
    for first in (1, count // 2, count, count + 1):
        assert [line.text for line in logs.page(path, line=first).lines] == [
            str(n) for n in range(first, min(count, first + 199) + 1)
        ]
