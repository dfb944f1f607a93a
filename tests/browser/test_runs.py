"""Runs: one table for five sciences; filter, folds, columns, views, selection, names in place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect
from world import World

LABS = {"optical": "OP", "spiking": "SP", "chip": "CH", "federated": "FE", "persona": "PE"}


@pytest.fixture(scope="module")
def world(kept: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A copy of these tests' own: they count its runs, and tests of other pages start some."""
    yield from World.served_of(kept, tmp_path_factory)


def rows(page, name: str):
    return page.get_by_role("row", name=re.compile(name))


def test_one_table_has_all_labs_with_state_headline_trend_and_seeds(tab, world) -> None:
    page = tab(world.served.url).open("/")
    grid = page.get_by_role("grid", name="Runs")
    for tag in LABS.values():
        expect(grid.get_by_text(tag, exact=True).first).to_be_visible()
    optical = rows(page, "nsfnet ksp-ff")
    expect(optical).to_contain_text("completed")
    expect(optical).to_contain_text("blocking")
    expect(optical).to_contain_text("3 × 3")
    expect(optical.get_by_role("img")).to_be_visible()
    spiking = rows(page, "gamma")
    expect(spiking).to_contain_text(re.compile(r"rhythm\s*\d+\.\d+\s*\[\d"))
    expect(rows(page, "it refuses").first).to_contain_text("failed")
    expect(rows(page, "a sixth lab")).to_be_visible()


def test_a_failed_row_says_why_and_what_to_do(tab, world) -> None:
    page = tab(world.served.url).open("/?q=state:failed")
    expect(page.get_by_text(re.compile("^failed: "))).to_be_visible()
    page.get_by_role("button", name="Open log").click()
    expect(page.get_by_role("link", name="Log")).to_have_attribute("aria-current", "page")


def test_folds_open_to_points_and_seeds_by_mouse_and_by_keyboard(tab, world) -> None:
    page = tab(world.served.url).open("/?q=name:%22nsfnet ksp-ff%22")
    page.get_by_role("button", name="Replicates of nsfnet ksp-ff").click()
    for load in (210, 250, 290):
        expect(rows(page, f"load_erlang {load}").first).to_be_visible()
    page.get_by_role("button", name="Replicates of load_erlang 250").click()
    expect(rows(page, "^Select seed").first).to_be_visible()
    expect(rows(page, "^Select seed")).to_have_count(3)
    page.get_by_role("button", name="Replicates of nsfnet ksp-ff").click()
    expect(rows(page, "Select load_erlang")).to_have_count(0)
    page.get_by_role("main").focus()
    page.keyboard.press("j")
    page.keyboard.press("ArrowRight")
    expect(rows(page, "load_erlang 210").first).to_be_visible()
    page.keyboard.press("ArrowLeft")
    expect(rows(page, "Select load_erlang")).to_have_count(0)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("nsfnet ksp-ff")


@pytest.mark.parametrize(
    ("expression", "count"),
    [
        ("lab:optical and blocking>0", 2),
        ("lab:optical and load_erlang>250 and blocking<100%", 2),
        ("lab:spiking or lab:chip", 2),
        ("not lab:optical and state:completed and not lab:toy", 4),
        ("first=slot", 1),
    ],
)
def test_filter_expressions_are_answered(tab, world, expression: str, count: int) -> None:
    page = tab(world.served.url).open("/")
    page.get_by_role("combobox", name="Filter runs").fill(expression)
    expect(page.get_by_text(re.compile(rf"^\d+ runs? in {count} rows?$"))).to_be_visible()
    expect(page).to_have_url(re.compile(r"\?q="))


def test_a_fault_is_marked_in_place_and_its_hint_is_a_button(tab, world) -> None:
    page = tab(world.served.url).open("/")
    box = page.get_by_role("combobox", name="Filter runs")
    box.fill("lab:optical and blokking<5%")
    expect(page.get_by_text("'blokking' is neither a key nor a metric.")).to_be_visible()
    expect(page.get_by_text("Until then the table answers")).to_contain_text("lab:optical")
    expect(page.locator(".tok-bad")).to_have_text("blokking")
    page.get_by_role("button", name="Use blocking").click()
    expect(box).to_have_value("lab:optical and blocking<5%")
    expect(page.locator(".tok-bad")).to_have_count(0)


def test_the_filter_completes_from_what_there_is(tab, world) -> None:
    page = tab(world.served.url).open("/")
    box = page.get_by_role("combobox", name="Filter runs")
    box.click()
    box.press_sequentially("lab:op")
    page.get_by_role("option", name=re.compile("optical")).click()
    expect(box).to_have_value("lab:optical")
    box.press_sequentially(" and blocki")
    expect(page.get_by_role("option", name=re.compile("^blocking"))).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(box).to_have_value("lab:optical and blocking")


def test_no_match_says_which_part_to_drop(tab, world) -> None:
    page = tab(world.served.url).open("/?q=lab:optical and blocking<0.0001%")
    expect(page.get_by_role("heading", name=re.compile("No run matches"))).to_be_visible()
    page.get_by_text("2 match without").get_by_role("button", name="Drop it").click()
    expect(page.get_by_text("18 runs in 2 rows")).to_be_visible()


def test_any_key_and_any_metric_can_be_a_column_and_sorts(tab, world) -> None:
    page = tab(world.served.url).open("/?q=lab:optical")
    page.get_by_role("button", name="Columns").click()
    page.get_by_role("searchbox", name="Find a key or a metric").fill("utiliz")
    page.get_by_role("checkbox", name=re.compile("utilization")).check()
    page.keyboard.press("Escape")
    expect(page.get_by_role("columnheader", name="utilization")).to_be_visible()
    expect(page).to_have_url(re.compile("cols=metric%3Autilization"))
    page.get_by_role("button", name="Sort by Name").or_(page.get_by_role("button", name="Name", exact=True)).first.click()
    header = page.get_by_role("columnheader", name=re.compile("^Name"))
    expect(header).to_have_attribute("aria-sort", "ascending")
    names = page.get_by_role("gridcell").get_by_role("link").all_inner_texts()
    assert names == sorted(names)
    page.reload()
    expect(page.get_by_role("columnheader", name="utilization")).to_be_visible()


def test_a_view_is_saved_under_a_name_and_is_an_address(tab, world) -> None:
    page = tab(world.served.url).open("/?q=lab:chip")
    expect(page.get_by_text(re.compile("in 1 row$"))).to_be_visible()
    page.get_by_role("button", name="+ Save this view").click()
    page.get_by_role("textbox", name="Name of the view").fill("Chips")
    page.keyboard.press("Enter")
    views = page.get_by_role("navigation", name="Saved views")
    views.get_by_role("link", name="All").click()
    expect(page.get_by_role("combobox", name="Filter runs")).to_have_value("")
    views.get_by_role("link", name="Chips").click()
    expect(page.get_by_role("combobox", name="Filter runs")).to_have_value("lab:chip")
    expect(page).to_have_url(re.compile("q=lab"))


def test_name_tags_and_note_are_edited_in_place(tab, world) -> None:
    world.served.ended(world.served.run("toy", config={}, name="to be renamed"))
    page = tab(world.served.url).open("/?q=name:renamed")
    row = rows(page, "to be renamed")
    row.hover()
    row.get_by_role("button", name="Edit to be renamed").click()
    page.get_by_label("Name", exact=True).fill("renamed at last")
    page.get_by_label(re.compile("^Tags")).fill("fig-9 scratch")
    page.get_by_label("Note").fill("kept for the paper")
    page.get_by_role("button", name="Save", exact=True).click()
    row = rows(page, "renamed at last")
    expect(row).to_contain_text("fig-9")
    expect(row).to_contain_text("scratch")
    box = page.get_by_role("combobox", name="Filter runs")
    box.fill("tag:fig-9")
    expect(page.get_by_text("1 run in 1 row")).to_be_visible()


def test_the_selection_is_compared_tagged_stopped_and_deleted_with_undo(tab, world) -> None:
    served = world.served
    served.ended(served.run("toy", config={}, seeds=2, name="to be deleted"))
    page = tab(served.url).open("/?q=name:deleted or lab:optical")
    expect(rows(page, "to be deleted")).to_be_visible()
    rows(page, "nsfnet ksp-ff").get_by_role("checkbox").check()
    rows(page, "nsfnet ff-ksp").get_by_role("checkbox").check()
    expect(page.get_by_role("button", name=re.compile("^Stop"))).to_be_disabled()
    page.get_by_role("button", name=re.compile("^Compare")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Compare")
    page.go_back()
    row = rows(page, "to be deleted")
    row.get_by_role("checkbox").check()
    page.get_by_role("button", name="Delete", exact=True).click()
    question = page.get_by_role("dialog")
    expect(question).to_contain_text("It can be taken back for ten seconds.")
    question.get_by_role("button", name="Delete", exact=True).click()
    expect(row).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(row).to_be_visible()
    row.get_by_role("checkbox").check()
    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_text("Gone for good in")).to_be_visible()
    expect(page.get_by_text("Gone for good in")).to_have_count(0)
    expect(row).to_have_count(0)


def test_a_run_started_elsewhere_appears_lives_and_ends_in_its_row(tab, world) -> None:
    page = tab(world.served.url).open("/")
    expect(page.get_by_role("grid")).to_be_visible()
    made = world.served.run("toy", config={"steps": 600, "work": 300_000}, name="from a script")
    row = rows(page, "from a script")
    expect(row).to_be_visible()
    expect(row).to_contain_text(re.compile(r"running \d+ %"))
    world.served.ended(made)
    expect(row).to_contain_text("completed")


def test_the_phone_has_the_same_words_in_one_column(tab, world) -> None:
    page = tab(world.served.url, phone=True).open("/")
    expect(rows(page, "nsfnet ksp-ff")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
