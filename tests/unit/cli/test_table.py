"""A table on a narrow terminal: rows stay apart, and what tells them apart is never cut."""

from __future__ import annotations

import re

import pytest

from quintant.cli import table

HEADS = ["run or sweep", "lab", "name", "state", "headline", "point", "seeds", "when"]
FLEXIBLE, WHOLE = (2,), (4, 5, 7)


def rows(points: list[str]) -> list[list[str]]:
    headline = "blocking 2.99 %  [2.91, 3.07]  n = 10"
    return [
        ["de368af17d48", "optical", "deeprmsa-nsfnet load study", "● completed", headline, point, "10", "2 min ago"]
        for point in points
    ]


@pytest.mark.parametrize("width", [40, 60, 80, 100, 120, 200])
@pytest.mark.parametrize("more", ["", " routing=k_shortest_path", " routing=k_shortest_path demand.high_gbps=200 slots=320"])
def test_the_point_is_never_cut_whatever_the_width(width, more, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    points = [f"load_erlang={load}{more}" for load in (190, 210, 230)]
    told = table.drawn(HEADS, rows(points), width, flexible=FLEXIBLE, whole=WHOLE)
    for word in {word for point in points for word in point.split()}:
        assert word in told, "no word of a point is broken, so that it can be searched and copied"
    assert all(load in told for load in ("=190", "=210", "=230"))
    assert told.count("de368af17d48") in (1, 3), "in every row, or once for all"
    if width >= 80:
        assert max(map(len, told.splitlines()[1:])) <= width


def test_a_wide_terminal_has_a_row_a_line(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    told = table.drawn(HEADS, rows(["bias=0.2", "bias=0.4"]), 200, flexible=FLEXIBLE, whole=WHOLE).splitlines()
    assert len(told) == 3 and re.split(r"  +", told[1])[-1] == "2 min ago"


def test_a_pipe_gets_every_column_whole(capsys):
    table.show(HEADS, rows(["bias=0.2 " * 40]), flexible=FLEXIBLE, whole=WHOLE)
    assert "deeprmsa-nsfnet load study" in capsys.readouterr().out
