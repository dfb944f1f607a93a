"""A report is one file: nothing in it leaves it, nothing that people wrote is markup, its numbers are the table's."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from quintant.cli import call
from quintant.errors import ConfigError, NotFound
from quintant.precision import written
from quintant.runs.results_table import Wanted, results_table
from quintant.server.native.reports import MOST_FIGURE_BYTES, _Budget, _own_ids, report

HOSTILE = "<script src=https://evil.example/x.js></script><img src=//evil.example onerror=alert(1)> & \"'"
VOID = {"meta", "br", "img", "link", "input", "hr"}
LOADS = {"src", "href", "xlink:href", "srcset", "action", "formaction", "data", "poster", "background", "ping"}


class Reading(HTMLParser):
    """Every tag with its attributes, the text by the innermost tag, and tags that are not closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append((self.open[-1] if self.open else "", data))

    def inside(self, tag: str) -> list[str]:
        return [text for name, text in self.texts if name == tag]


def check_closed(data: bytes) -> Reading:
    assert len(data) < 5_000_000
    reading = Reading(data.decode())
    assert not {tag for tag, _ in reading.tags} & {"script", "img", "iframe", "object", "embed", "link", "base", "form"}
    for tag, attributes in reading.tags:
        for name, value in attributes.items():
            assert not name.startswith("on"), (tag, name)
            assert name not in LOADS or (value or "").startswith("#"), (tag, name, value)
            assert "url(" not in (value or "").replace("url(#", ""), (tag, name, value)
    assert "url(" not in "".join(reading.inside("style")) and "@import" not in "".join(reading.inside("style"))
    ids = [attributes["id"] for _, attributes in reading.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    policy = [a["content"] for tag, a in reading.tags if tag == "meta" and a.get("http-equiv") == "Content-Security-Policy"]
    assert policy == ["default-src 'none'; style-src 'unsafe-inline'; img-src data:"]
    return reading


@pytest.fixture(scope="module")
def grid(sdk):
    return sdk.run("toy", config={"steps": 2}, sweep={"bias": [0.2, 0.8]}, seeds=3, name=HOSTILE).wait(240)


@pytest.fixture(scope="module")
def drawn(sdk):
    return sdk.run("chip", preset=None, seeds=1, name=HOSTILE).wait(240)


def test_it_holds_the_results_the_record_and_the_way_back(grid, runs) -> None:
    reading = check_closed(report(runs, [grid.id]))
    cells, table = reading.inside("td"), results_table(runs, Wanted(grid.id))
    for at in range(table.num_rows):
        ends = (table.column(f"heads_share{part}")[at].as_py() for part in ("", "_low", "_high"))
        assert written(*ends) in cells
    assert "3" in cells
    for run in runs.runs_of(grid.id):
        assert {run.id, run.config_hash, run.result_hash} <= set(cells)
    texts = "".join(reading.inside("pre"))
    assert f"quintant verify {grid.runs[0].id}" in texts and f"--like {grid.id}" in texts
    assert "@software{quintant" in texts and '"tosses_per_step"' in texts
    assert HOSTILE in reading.inside("h1"), "a name is text"


def test_a_figure_is_drawn_in_it_and_is_a_finding(drawn, runs) -> None:
    reading = check_closed(report(runs, [drawn.id]))
    assert "svg" in {tag for tag, _ in reading.tags}
    assert set(reading.inside("h3")) & {text.removesuffix(".") for text in reading.inside("li")}
    assert [a["role"] for tag, a in reading.tags if tag == "svg"] == ["img"] * sum(tag == "svg" for tag, _ in reading.tags)
    assert not [tag for tag, a in reading.tags if (a.get("role") or "").startswith("graphics-")]
    assert any(drawn.id in text for text in reading.inside("figcaption"))


def test_what_differs_is_said(grid, sdk, runs) -> None:
    other = sdk.run("toy", config={"steps": 3}, sweep={"bias": [0.2, 0.8]}, seeds=3, name="longer").wait(240)
    reading = check_closed(report(runs, [grid.id, other.id]))
    cells = reading.inside("td")
    assert "steps" in cells and "Steps of the run." in cells
    assert reading.inside("li"), "the comparison states a finding"


def test_every_metric_is_told_and_why_it_has_no_interval(sdk, runs) -> None:
    """Also one without a value, and one of a single run: a reader must not take silence for nothing."""
    alone = sdk.run("chip", preset=None, seeds=1, fresh=True).wait(240)
    reading = check_closed(report(runs, [alone.id]))
    cells, metrics = reading.inside("td"), runs.outcome(alone.id).metrics
    assert set(metrics) <= set(cells)
    for name, metric in metrics.items():
        place = cells.index(name)
        assert cells[place + 1] == written(metric.value, metric.low, metric.high)
        if words := metric.reason or metric.method:
            assert words in cells[place : place + 6]


def test_of_two_labs_nothing_is_compared(grid, drawn, runs) -> None:
    reading = check_closed(report(runs, [grid.id, drawn.id]))
    said = " ".join(reading.inside("p"))
    assert "not compared: they are of 2 labs" in said and "parameters differ" not in said


def test_one_drawing_stands_in_it_once(drawn, sdk, runs) -> None:
    again = sdk.run("chip", preset=None, seeds=1, fresh=True, name="the same once more").wait(240)
    reading = check_closed(report(runs, [drawn.id, again.id]))
    alone = check_closed(report(runs, [drawn.id]))
    drawings = [sum(tag == "svg" for tag, _ in each.tags) for each in (reading, alone)]
    assert drawings[0] == drawings[1] > 0
    assert f"of {drawn.id}." in " ".join(reading.inside("p"))


def test_every_door_writes_the_same_file(grid, sdk, runs, client, tmp_path: Path, capsys) -> None:
    whole = undated(report(runs, [grid.id]))
    answer = client.get("/api/v2/report.html", params={"of": grid.id})
    assert answer.status_code == 200 and undated(answer.content) == whole
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "sandbox" in answer.headers["content-security-policy"]
    path = sdk.report(grid, to=tmp_path / "sdk" / "report.html")
    assert undated(path.read_bytes()) == whole
    to = tmp_path / "cli.html"
    assert call(["report", grid.id[:8], "--to", str(to), "--data-dir", str(runs.settings.data_dir)]) == 0
    assert undated(to.read_bytes()) == whole and capsys.readouterr().out == f"{to}\n"


def undated(data: bytes) -> bytes:
    text, count = re.subn(rb"Written \S+ by", b"Written by", data)
    assert count == 1
    return text


def test_what_cannot_be_reported_is_refused(grid, runs, client) -> None:
    with pytest.raises(ConfigError, match="ids of runs and sweeps"):
        report(runs, [runs.row_key(grid.runs[0].id)])
    for keys in ([], [f"{number:012x}" for number in range(9)]):
        with pytest.raises(ConfigError, match="1 to 8"):
            report(runs, keys)
    with pytest.raises(NotFound):
        report(runs, ["ffffffffffff"])
    assert client.get("/api/v2/report.html", params={"of": "ffffffffffff"}).status_code == 404
    assert client.get("/api/v2/report.html", params={"of": ","}).status_code == 422


def test_drawings_share_no_id_and_no_more_than_their_room() -> None:
    assert _own_ids('<a id="c1"/><b clip-path="url(#c1)"/><use xlink:href="#c1"/>', "f0-") == (
        '<a id="f0-c1"/><b clip-path="url(#f0-c1)"/><use xlink:href="#f0-c1"/>'
    )
    budget = _Budget(MOST_FIGURE_BYTES)
    assert [budget.takes(size) for size in (3_000_000, 3_000_000, 500_000, 1)] == [True, False, True, False]
