"""Compare and Labs: what differs, by how much, paired; what each lab simulates, from its own text."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

LABS = ["chip", "federated", "optical", "persona", "spiking"]


def test_two_sweeps_are_overlaid_with_their_paired_difference_in_words_and_numbers(tab, world) -> None:
    page = tab(world.served.url).open(f"/compare?series={world.id('optical')},{world.id('slot')}")
    expect(page.get_by_role("heading", name=re.compile(r"Differs in 1 of \d+ keys"))).to_be_visible()
    expect(page.get_by_text("path → slot")).to_be_visible()
    expect(page.locator("figure[data-figure=overlay] .vega")).to_be_visible()
    expect(page.locator("figure[data-figure=difference] .vega")).to_be_visible()
    table = page.get_by_role("group", name="Metrics").get_by_role("table")
    row = table.get_by_role("row", name=re.compile("^blocking", re.IGNORECASE)).first
    expect(row).to_contain_text(re.compile(r"\[.*\].*\[.*\].*[+−]"))
    page.get_by_role("radio", name="290").click()
    expect(page.get_by_role("heading", name=re.compile("Metrics at load_erlang 290"))).to_be_visible()
    expect(page).to_have_url(re.compile("at=290"))


def test_the_baseline_is_swapped_and_a_series_is_left_out_and_added(tab, world) -> None:
    page = tab(world.served.url).open(f"/compare?series={world.id('optical')},{world.id('slot')}")
    page.get_by_role("button", name="Compare with nsfnet ff-ksp").click()
    expect(page).to_have_url(re.compile(f"baseline={world.id('slot')}"))
    expect(page.get_by_text("slot → path")).to_be_visible()
    page.get_by_role("button", name="Leave nsfnet ksp-ff out").click()
    expect(page.get_by_text("One more is needed")).to_be_visible()
    page.get_by_role("button", name="Add, up to 8").click()
    page.get_by_role("searchbox", name="Name or id of a run or sweep").fill("no such run")
    expect(page.get_by_text("No run has “no such run” in its name or id.")).to_be_visible()
    page.get_by_role("searchbox", name="Name or id of a run or sweep").fill("nsfnet ksp")
    page.get_by_role("button", name="nsfnet ksp-ff").click()
    expect(page.get_by_role("heading", name=re.compile("Differs in"))).to_be_visible()


def test_parallel_coordinates_are_brushed_by_pointer_and_by_numbers(tab, world) -> None:
    page = tab(world.served.url).open(f"/compare?series={world.id('optical')},{world.id('slot')}")
    plot = page.get_by_role("img", name=re.compile("points over what differs"))
    plot.scroll_into_view_if_needed()
    page.get_by_label("load_erlang, least").fill("240")
    expect(page.get_by_text(re.compile("keeps 4 of 6"))).to_be_visible()
    page.get_by_role("button", name="Keep all of load_erlang").click()
    expect(page.get_by_text(re.compile("keeps"))).to_have_count(0)


def test_across_labs_only_what_is_comparable_is_compared(tab, world) -> None:
    page = tab(world.served.url).open(f"/compare?series={world.id('optical')},{world.id('chip')}")
    expect(page.get_by_text("These are of different labs.")).to_be_visible()
    expect(page.get_by_role("table")).to_contain_text("completed")
    expect(page.locator("figure[data-figure]")).to_have_count(0)


@pytest.mark.parametrize("lab", LABS)
def test_a_labs_page_has_its_text_formulas_presets_parameters_and_citation(reader, world, lab: str) -> None:
    page = reader.open(f"/labs/{lab}")
    card = world.served.ask(f"/labs/{lab}")
    expect(page.get_by_role("heading", level=1)).to_have_text(card["title"])
    expect(page.locator("math").first).to_be_attached()
    presets = page.get_by_role("group", name="Presets")
    for preset in card["presets"]:
        expect(presets.get_by_role("button", name=f"Run {preset['name']}", exact=True)).to_have_count(1)
    parameters = page.get_by_role("group", name="Parameters A–Z")
    keys = sorted(world.served.ask(f"/labs/{lab}/schema")["properties"])
    expect(parameters.get_by_role("row")).to_have_count(len(keys) + 1)
    page.get_by_role("searchbox", name=re.compile("^Find a parameter")).fill(keys[0])
    expect(parameters.get_by_role("cell", name=re.compile(f"^{keys[0]}")).first).to_be_visible()
    expect(page.get_by_role("heading", name=re.compile("verified", re.IGNORECASE)).first).to_be_visible()


def test_a_lab_without_panels_of_its_own_has_a_page_too(reader) -> None:
    page = reader.open("/labs/toy")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_role("group", name="Parameters A–Z")).to_be_visible()


def test_the_example_runs_from_the_labs_page(tab, world) -> None:
    page = tab(world.served.url).open("/labs/chip")
    page.get_by_role("button", name=re.compile("^Run the example")).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("chip")
