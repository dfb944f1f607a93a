"""Live: figures draw themselves; a cut line, a reload, a restarted server and a second browser lose nothing."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from served import Served

from line import Line

AWAY = "net::ERR|ERR_"
LONG = {"steps": 1500, "work": 1_600_000}
"""Longer than any test here looks: it is cancelled at the end."""


@pytest.fixture(scope="module")
def served(tmp_path_factory) -> Iterator[Served]:
    """One for all tests of this file that do not stop it."""
    server = Served(tmp_path_factory.mktemp("live") / "data").start()
    yield server
    server.stop()


def received(page: Page) -> int:
    """How many events the page says that it has received."""
    text = page.get_by_role("region", name="Time and record").inner_text()
    found = re.search(r"events ([\d\s\u202f]+) received", text)
    return int(re.sub(r"\D", "", found.group(1))) if found else 0


def nothing_lost(page: Page) -> None:
    expect(page.get_by_role("region", name="Time and record")).to_contain_text("0 lost")


def test_the_numbers_and_the_lines_move_while_it_runs(served, tab) -> None:
    made = served.run("optical", preset="deeprmsa-nsfnet", config={"requests": 300_000_000}, seeds=1)
    page = tab(served.url, motion="no-preference").open(f"/runs/{made['runs'][0]['id']}")
    progress = page.get_by_role("progressbar", name="Progress")
    expect(progress).to_be_visible()
    course = page.locator("figure[data-figure=course-blocking]")
    expect(course.get_by_role("heading")).to_contain_text(re.compile(r"Blocking \d.* so far"))
    first = course.get_by_role("heading").inner_text()
    path = course.locator("svg path[stroke='var(--s1)']").get_attribute("d")
    expect(course.get_by_role("heading")).not_to_have_text(first)
    expect(course.locator("svg path[stroke='var(--s1)']")).not_to_have_attribute("d", path or "")
    nothing_lost(page)
    # The map of the network draws itself from what is occupied now.
    expect(page.locator("figure[data-figure=topology] .vega")).to_be_visible()
    served.ask(f"/runs/{made['runs'][0]['id']}/cancel", {}, "POST")
    expect(page.get_by_text("It was cancelled.")).to_be_visible()


def test_a_raster_draws_itself_spike_by_spike(served, tab) -> None:
    made = served.run("spiking", preset="gamma-ping", config={"t_ms": 8000}, seeds=1)
    page = tab(served.url).open(f"/runs/{made['runs'][0]['id']}")
    raster = page.get_by_role("figure", name=re.compile("spikes so far"))
    expect(raster).to_be_visible()
    dark = """(canvas) => { const d = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
      let n = 0; for (let i = 3; i < d.length; i += 4) if (d[i]) n++; return n; }"""
    end = time.monotonic() + 60
    while raster.locator("canvas").evaluate(dark) == 0:
        assert time.monotonic() < end, "no spike was drawn"
        time.sleep(0.1)
    served.ended(made)
    expect(page.locator("figure[data-figure=raster] .vega")).to_be_visible()


def test_a_line_that_is_cut_three_times_loses_nothing_and_doubles_nothing(served, tab) -> None:
    line = Line(served.port)
    try:
        made = served.run("toy", config=LONG)
        one = tab(line.url)
        one.allow(AWAY)
        page = one.open(f"/runs/{made['runs'][0]['id']}")
        expect(page.get_by_role("progressbar", name="Progress")).to_be_visible()
        for _ in range(3):
            before = received(page)
            line.cut()
            time.sleep(0.7)
            line.mend()
            end = time.monotonic() + 60
            while received(page) <= before:
                assert time.monotonic() < end, "nothing came after the cut"
                time.sleep(0.1)
            nothing_lost(page)
        count = received(page)
        last = served.ask(f"/runs/{made['runs'][0]['id']}")["last_seq"]
        assert count <= last
        page.reload()
        expect(page.get_by_role("progressbar", name="Progress")).to_be_visible()
        served.ask(f"/runs/{made['runs'][0]['id']}/cancel", {}, "POST")
        expect(page.get_by_role("main").get_by_text(re.compile("^cancelled")).first).to_be_visible()
    finally:
        line.close()


def test_a_restarted_server_goes_on_where_the_page_was(serve, tab) -> None:
    served = serve()
    made = served.run("toy", config=LONG)
    one = tab(served.url)
    one.allow(AWAY)
    page = one.open(f"/runs/{made['runs'][0]['id']}")
    expect(page.get_by_role("progressbar", name="Progress")).to_be_visible()
    served.stop()
    expect(page.get_by_role("alert").filter(has_text="The server does not answer.")).to_be_visible()
    served.start()
    expect(page.get_by_role("alert").filter(has_text="The server does not answer.")).to_have_count(0)
    before = received(page)
    end = time.monotonic() + 60
    while received(page) <= before:
        assert time.monotonic() < end, "nothing came after the restart"
        time.sleep(0.1)
    nothing_lost(page)
    served.ask(f"/runs/{made['runs'][0]['id']}/cancel", {}, "POST")
    expect(page.get_by_role("main").get_by_text(re.compile("^cancelled")).first).to_be_visible()


def test_two_browsers_show_the_same_last_event_after_one_was_without_a_line_for_30_s(served, tab) -> None:
    line = Line(served.port)
    try:
        made = served.run("toy", config={"steps": 5000, "work": 1_600_000})
        cut, whole = tab(line.url), tab(served.url)
        cut.allow(AWAY)
        pages = [one.open(f"/runs/{made['runs'][0]['id']}") for one in (cut, whole)]
        for page in pages:
            expect(page.get_by_role("progressbar", name="Progress")).to_be_visible()
        line.cut()
        time.sleep(30)
        line.mend()
        before = received(pages[0])
        served.ask(f"/runs/{made['runs'][0]['id']}/pause", {}, "POST")
        for page in pages:
            expect(page.get_by_role("main").get_by_text(re.compile("^paused at"))).to_be_visible()
        end = time.monotonic() + 60
        while (counts := [received(page) for page in pages])[0] != counts[1]:
            assert time.monotonic() < end, counts
            time.sleep(0.2)
        assert counts[0] > before
        assert counts[0] == served.ask(f"/runs/{made['runs'][0]['id']}")["last_seq"]
        for page in pages:
            nothing_lost(page)
        served.ask(f"/runs/{made['runs'][0]['id']}/cancel", {}, "POST")
    finally:
        line.close()


def test_seven_tabs_of_one_browser_take_one_stream_and_none_waits(served, tab) -> None:
    made = served.run("toy", config=LONG)
    one = tab(served.url)
    pages = [one.open(f"/runs/{made['runs'][0]['id']}")]
    for _ in range(6):
        more = one.context.new_page()
        more.goto(f"{served.url}/runs/{made['runs'][0]['id']}")
        pages.append(more)
    for page in pages:
        expect(page.get_by_role("progressbar", name="Progress")).to_be_visible()
    counts = [received(page) for page in pages]
    time.sleep(2)
    after = [received(page) for page in pages]
    assert all(b > a for a, b in zip(counts, after, strict=True)), (counts, after)
    served.ask(f"/runs/{made['runs'][0]['id']}/cancel", {}, "POST")


def test_a_sweep_fills_its_band_as_its_runs_complete(served, tab) -> None:
    made = served.run("toy", config={"steps": 20, "work": 200_000}, seeds=4)
    page = tab(served.url).open(f"/sweeps/{made['sweep']['id']}")
    expect(page.get_by_role("main").get_by_text(re.compile(r"of 4 completed|completed")).first).to_be_visible()
    served.ended(made)
    expect(page.get_by_text("n = 4").first).to_be_visible()


def test_a_page_asked_for_while_the_server_is_away_opens_at_its_return(served, tab) -> None:
    """Its parts come when they are first needed: a plain `import()` would keep the failure for good."""
    made = served.ended(served.run("toy", config={}, name="opened late"))
    line = Line(served.port)
    try:
        one = tab(line.url)
        one.allow(AWAY)
        page = one.open("/")
        link = page.get_by_role("link", name="opened late")
        expect(link).to_be_visible()
        line.cut()
        link.click()
        expect(page.get_by_text("The server does not answer.")).to_be_visible()
        line.mend()
        expect(page.get_by_role("heading", level=1)).to_contain_text("opened late")
        expect(page.get_by_text("This lab draws no figures.")).to_be_visible()  # the tab, a part of its own
        assert page.url.endswith(f"/runs/{made['runs'][0]['id']}")
    finally:
        line.close()
