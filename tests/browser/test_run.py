"""A run's page: five tabs, figures with their findings, what can be done with it, for every lab."""

from __future__ import annotations

import re
import urllib.parse
from pathlib import Path

import pytest
from playwright.sync_api import expect

LABS = ["optical", "spiking", "chip", "federated", "persona", "toy"]
TABS = ["Config", "Data", "Log", "Record"]


def heading(page):
    return page.get_by_role("heading", level=1)


@pytest.mark.parametrize("lab", LABS)
def test_every_figure_that_can_be_drawn_is_drawn_and_the_rest_says_why_not(reader, world, lab: str) -> None:
    page = reader.open(world.places[lab])
    if lab == "toy":
        expect(page.get_by_text("This lab draws no figures.")).to_be_visible()
        return
    expect(page.locator(".board")).to_have_attribute("aria-busy", "false", timeout=90_000)
    figures = page.locator("main figure[data-figure]")
    assert figures.count() >= 2
    for index in range(figures.count()):
        figure = figures.nth(index)
        figure.scroll_into_view_if_needed()
        expect(figure.locator(".vega svg, .vega canvas").first).to_be_visible()
        assert len(figure.get_by_role("heading").inner_text()) > 8
        assert figure.get_by_role("img").first.get_attribute("aria-label")
        expect(figure.locator("figcaption")).to_contain_text(re.compile("run"))


@pytest.mark.parametrize("lab", LABS)
def test_every_tab_of_every_lab_opens_without_a_fault(reader, world, lab: str) -> None:
    page = reader.open(f"/runs/{world.first(lab)}")
    main = page.get_by_role("main")
    for name in TABS:
        page.get_by_role("navigation", name="Parts of this run").get_by_role("link", name=name).click()
        expect(page).to_have_url(re.compile(f"/{name.lower()}"))
        headings = main.get_by_role("heading", level=2).or_(main.get_by_role("heading", level=3))
        expect(headings.or_(page.get_by_role("log")).first).to_be_visible()
        expect(page.locator(".note.bad")).to_have_count(0)


def test_a_figure_is_enlarged_linked_shown_as_data_and_exported_by_its_keys(tab, world, tmp_path: Path) -> None:
    one = tab(world.served.url, permissions=["clipboard-read", "clipboard-write"])
    page = one.open(world.places["optical"])
    figure = page.locator("figure[data-figure=blocking]")
    plot = figure.get_by_role("img").first
    expect(figure.locator(".vega")).to_be_visible()
    plot.focus()
    page.keyboard.press("ArrowRight")
    expect(figure.locator(".readout")).to_contain_text(re.compile(r"^1 of \d+:"))
    page.keyboard.press("f")
    expect(figure.get_by_role("button", name="Enlarge")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("d")
    data = figure.get_by_role("region", name="Data behind it")
    expect(data.get_by_role("columnheader").first).to_be_visible()
    plot.focus()
    page.keyboard.press("y")
    link = page.evaluate("navigator.clipboard.readText()")
    assert urllib.parse.urlsplit(link).query == "figure=blocking"
    plot.focus()
    page.keyboard.press("e")
    for label, begin in (("SVG", b"<svg"), ("PNG", b"\x89PNG"), ("PDF", b"%PDF"), ("CSV", b"")):
        if not page.get_by_role("menuitem").first.is_visible():
            plot.focus()
            page.keyboard.press("e")
        with page.expect_download() as download:
            page.get_by_role("menuitem", name=re.compile(f"^{label}")).click()
        file = tmp_path / f"figure.{label.lower()}"
        download.value.save_as(file)
        assert file.read_bytes().startswith(begin)
        assert file.stat().st_size > 100
    page.goto(link)
    expect(figure.get_by_role("heading")).to_be_in_viewport()


def test_a_sweeps_points_and_replicates_are_chosen_below_its_figure(tab, world) -> None:
    page = tab(world.served.url).open(world.places["optical"])
    points = page.get_by_role("group", name="Point")
    points.get_by_role("button", name="290").click()
    expect(page).to_have_url(re.compile("point=2"))
    expect(page.get_by_text("1 of 3")).to_be_visible()
    page.keyboard.press(".")
    expect(page.get_by_text("2 of 3")).to_be_visible()
    page.reload()
    expect(page.get_by_text("2 of 3")).to_be_visible()
    expect(points.get_by_role("button", name="290")).to_have_attribute("aria-pressed", "true")


def test_config_says_the_differences_first_each_with_its_sentence(tab, world) -> None:
    page = tab(world.served.url).open(f"/runs/{world.first('slot')}/config")
    expect(page.get_by_role("heading", name=re.compile(r"keys? differs? from"))).to_be_visible()
    table = page.get_by_role("table").first
    expect(table).to_contain_text("first")
    expect(table).to_contain_text("slot")
    expect(table).to_contain_text("20000")
    page.get_by_role("searchbox", name="Find a key").fill("guard")
    expect(page.get_by_role("cell", name="guard_slots")).to_be_visible()
    page.get_by_role("link", name="New run from this").click()
    expect(heading(page)).to_have_text("New run")


def test_tables_are_read_by_slices_sorted_and_searched_by_the_server(tab, world) -> None:
    page = tab(world.served.url).open(f"/runs/{world.first('spiking')}/data?file=tables/spikes")
    expect(page.get_by_text(re.compile(r"^rows 0–11 of \d"))).to_be_visible()
    page.get_by_role("button", name=re.compile("12 rows ›")).click()
    expect(page.get_by_text(re.compile("^rows 12–23 of"))).to_be_visible()
    page.get_by_role("button", name=re.compile("^neuron")).click()
    expect(page.get_by_role("columnheader", name=re.compile("^neuron"))).to_have_attribute("aria-sort", "ascending")
    page.get_by_role("searchbox", name="find rows").fill("time_ms > 500")
    expect(page.get_by_text(re.compile("match"))).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV").click()
    assert download.value.suggested_filename.endswith(".csv")


def test_files_are_previewed_and_everything_comes_as_one_archive(tab, world) -> None:
    page = tab(world.served.url).open(f"/runs/{world.first('chip')}/data")
    page.get_by_role("button", name=re.compile("^record.json")).click()
    expect(page.get_by_role("group", name="record.json")).to_contain_text('"lab": "chip"')
    with page.expect_download() as download:
        page.get_by_role("button", name="All as zip").click()
    assert Path(download.value.path()).read_bytes().startswith(b"PK")


def test_the_log_is_searched_linked_and_read_in_pieces(tab, world) -> None:
    one = tab(world.served.url, permissions=["clipboard-read", "clipboard-write"])
    page = one.open(f"/runs/{world.first('federated')}/log")
    log = page.get_by_role("log", name="Log lines")
    expect(log.get_by_role("listitem").first).to_be_visible()
    page.get_by_role("searchbox", name="Search the log").fill("round")
    expect(page.get_by_text(re.compile(r"^\d+ of \d+$")).first).to_be_visible()
    expect(log.locator("mark").first).to_be_visible()
    page.get_by_role("button", name="Next match").click()
    expect(log.locator(".here")).to_be_visible()
    log.get_by_role("link", name="Link to line 1", exact=True).click()
    assert page.evaluate("navigator.clipboard.readText()").endswith("/log?line=1")
    page.get_by_role("group", name="Level").get_by_role("button", name=re.compile("^info")).click()
    expect(page).to_have_url(re.compile("level=info"))
    expect(log.get_by_role("listitem").first).to_be_visible()


def test_the_record_has_hashes_seeds_timings_versions_command_and_bibtex(tab, world) -> None:
    page = tab(world.served.url).open(f"/runs/{world.first('optical')}/record")
    record = world.served.ask(f"/runs/{world.first('optical')}/record")
    main = page.get_by_role("main")
    for text in (record["config_hash"][:12], record["result_hash"][:12], record["record"]["platform"]):
        expect(main).to_contain_text(text)
    for stream, seed in record["streams"].items():
        expect(main).to_contain_text(stream)
        expect(main).to_contain_text(seed)
    expect(page.get_by_role("img", name=re.compile("^Timings: "))).to_be_visible()
    expect(main).to_contain_text("@misc{quintant-")
    expect(main).to_contain_text("numpy")
    expect(main).to_contain_text("quintant run optical")


def test_verifying_executes_again_and_says_identical(tab, world) -> None:
    page = tab(world.served.url).open(f"/runs/{world.first('chip')}")
    page.get_by_role("button", name="Verify").click()
    expect(page.get_by_role("heading", name="Verified: identical")).to_be_visible()
    expect(page.get_by_text("config and result agree bit for bit.")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Verified: identical")).to_be_visible()
    expect(page.get_by_role("region", name="Time and record")).to_contain_text("verified, identical")


def test_a_run_that_is_there_already_is_reused_and_says_so_everywhere(tab, world) -> None:
    made = world.served.run("toy", config={}, name="the same again", fresh=False)
    page = tab(world.served.url).open(f"/runs/{made['runs'][0]['id']}")
    expect(page.get_by_text("reused from")).to_be_visible()
    page.get_by_role("link", name=world.first("toy")).click()
    expect(heading(page)).to_contain_text("a sixth lab")
    page.goto(f"{world.served.url}/runs/{made['runs'][0]['id']}/record")
    expect(page.get_by_text(f"all of it, from run {world.first('toy')}")).to_be_visible()
    page.goto(f"{world.served.url}/?q=lab:toy")
    expect(page.get_by_role("row", name="the same again")).to_contain_text("reused")
    page.goto(f"{world.served.url}/new/toy")
    aside = page.get_by_role("complementary")
    expect(aside).to_contain_text("1 of 1 are there already")
    aside.get_by_role("checkbox", name="execute them too").check()
    expect(aside).to_contain_text("--fresh")
    expect(aside).to_contain_text("0 of 1")


def test_a_run_is_paused_resumed_and_stopped_from_its_page(tab, world) -> None:
    made = world.served.run("toy", config={"steps": 400, "work": 500_000}, name="long")
    page = tab(world.served.url).open(f"/runs/{made['runs'][0]['id']}")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("main").get_by_text(re.compile(r"^paused at \d+ %"))).to_be_visible()
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_role("main").get_by_text(re.compile(r"^running"))).to_be_visible()
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("It was cancelled.")).to_be_visible()
    expect(page.get_by_role("button", name="Stop")).to_have_count(0)


def test_the_neighbours_of_the_list_are_one_key_away_on_the_same_tab(tab, world) -> None:
    page = tab(world.served.url).open("/?q=lab:optical&sort=name")
    page.get_by_role("link", name="nsfnet ff-ksp").click()
    expect(page.get_by_text("1 of 2 in this list")).to_be_visible()
    page.keyboard.press("5")
    expect(page).to_have_url(re.compile("/record"))
    page.keyboard.press("]")
    expect(heading(page)).to_contain_text("nsfnet ksp-ff")
    expect(page).to_have_url(re.compile("/record"))
    page.keyboard.press("[")
    expect(heading(page)).to_contain_text("nsfnet ff-ksp")


def test_the_time_cursor_replays_a_run_that_has_ended(tab, world) -> None:
    page = tab(world.served.url, motion="no-preference").open(f"/runs/{world.first('federated')}")
    expect(page.locator("figure .vega").first).to_be_visible()
    page.get_by_role("button", name="To the beginning").click()
    expect(page.locator("figure[data-figure=course-accuracy]")).to_be_visible()
    cursor = page.get_by_role("slider", name="Time cursor")
    expect(cursor).to_have_attribute("aria-valuetext", re.compile("^round [01] of 4$"))
    page.get_by_role("main").focus()
    before = cursor.get_attribute("aria-valuetext")
    for _ in range(2):
        page.keyboard.press(".")
        expect(cursor).not_to_have_attribute("aria-valuetext", before)
        before = cursor.get_attribute("aria-valuetext")
    expect(page.locator("figure[data-figure=course-accuracy] svg")).to_be_visible()
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Pause playing")).to_be_visible()
    page.get_by_role("button", name="To the end").click()
    expect(page.locator("figure[data-figure=course-accuracy]")).to_have_count(0)


def test_a_personas_page_says_what_it_is_not_and_tells_its_days(tab, world) -> None:
    page = tab(world.served.url).open(world.places["persona"])
    expect(page.get_by_role("note")).to_contain_text("Simulated persona. Not a clinical assessment.")
    expect(page.get_by_role("heading", name=re.compile(r"^Kara: \d+ events?, "))).to_be_visible()
    expect(page.get_by_text(re.compile(r"PHQ-9 \d+")).first).to_be_visible()


def test_nothing_of_an_unknown_run_is_invented(tab, world) -> None:
    one = tab(world.served.url)
    one.allow("404")
    page = one.open("/runs/000000000000")
    expect(page.get_by_role("alert")).to_contain_text("000000000000")
