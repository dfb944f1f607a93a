"""The frame: four destinations, keyboard map, palette, theme, the key, and a server that goes away and comes back."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import expect


def test_the_four_destinations_say_what_they_are_and_back_works(tab, world) -> None:
    page = tab(world.served.url).open("/")
    expect(page).to_have_title("Runs · Quintant")
    for name, heading in (("New", "New run"), ("Compare", "Compare"), ("Labs", "Labs")):
        page.get_by_role("navigation", name="Destinations").get_by_role("link", name=name).click()
        expect(page.get_by_role("heading", level=1)).to_have_text(heading)
        link = page.get_by_role("navigation", name="Destinations").get_by_role("link", name=name)
        expect(link).to_have_attribute("aria-current", "page")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Compare")


def test_an_address_that_is_none_says_so(tab, world) -> None:
    page = tab(world.served.url).open("/labs/nothing/here")
    expect(page.get_by_role("heading", level=1)).to_have_text("Nothing is here")
    page.get_by_role("link", name="All runs", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Runs")


def test_the_keyboard_map_is_searchable_and_letters_can_rest(tab, world) -> None:
    page = tab(world.served.url).open("/")
    expect(page.get_by_role("grid")).to_be_visible()
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keyboard")
    expect(keys.get_by_text("repeat with more seeds")).to_be_visible()
    page.keyboard.type("fold")
    expect(keys.get_by_text("unfold, fold replicates")).to_be_visible()
    expect(keys.get_by_text("repeat with more seeds")).to_have_count(0)
    keys.get_by_role("checkbox", name="Single letters act as keys").uncheck()
    page.keyboard.press("Escape")
    expect(keys).to_have_count(0)
    page.keyboard.press("?")
    page.keyboard.press("g")
    page.keyboard.press("n")
    expect(page.get_by_role("heading", level=1)).to_have_text("Runs")
    page.get_by_role("button", name="Keyboard and help").click()
    page.get_by_role("checkbox", name="Single letters act as keys").check()
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("n")
    expect(page.get_by_role("heading", level=1)).to_have_text("New run")


def test_the_palette_has_the_verbs_of_the_command_line(tab, world) -> None:
    page = tab(world.served.url).open("/")
    expect(page.get_by_role("grid")).to_be_visible()
    page.keyboard.press("Control+k")
    palette = page.get_by_role("dialog", name="Find a run or a command")
    expect(palette.get_by_role("combobox")).to_be_focused()
    for verb in ("run", "list", "compare", "labs", "explain"):
        expect(palette.get_by_role("option", name=re.compile(f"^{verb} ")).first).to_be_visible()
    page.keyboard.type("krum")
    expect(palette.get_by_role("option", name=re.compile("^krum")).first).to_be_visible()
    expect(palette.get_by_role("option", name=re.compile("New run: krum-vs-label-flip"))).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("krum")
    # On a run's page its own commands come first.
    page.keyboard.press("Control+k")
    page.keyboard.type("verify")
    expect(palette.get_by_role("option").first).to_contain_text("verify")


def test_a_parameter_found_in_the_palette_opens_the_form_on_it(tab, world) -> None:
    page = tab(world.served.url).open("/")
    page.get_by_role("button", name="Find a run or a command").click()
    expect(page.get_by_role("combobox", name="Find a run or a command")).to_be_focused()
    page.keyboard.type("tau_gaba_ms")
    option = page.get_by_role("option", name=re.compile("^tau_gaba_ms"))
    expect(option).to_be_visible()
    option.click()
    expect(page.get_by_role("textbox", name="tau_gaba_ms")).to_be_visible()
    expect(page.get_by_role("textbox", name="n_i", exact=True)).to_have_count(0)


@pytest.mark.parametrize("system", ["light", "dark"])
def test_three_themes_and_figures_are_drawn_anew_for_each(tab, world, system: str) -> None:
    page = tab(world.served.url, theme=system).open(world.places["chip"])
    background = "getComputedStyle(document.body).backgroundColor"
    dark, light = "rgb(20, 23, 28)", "rgb(250, 250, 247)"
    assert page.evaluate(background) == (dark if system == "dark" else light)
    expect(page.locator("figure .vega").first).to_be_visible()
    themes = page.get_by_role("radiogroup", name="Theme")
    with (
        page.expect_response(re.compile(r"/figures/\w+\.json\?.*theme=dark"))
        if system == "light"
        else page.expect_response(re.compile(r"/figures/\w+\.json\?.*theme=light"))
    ):
        themes.get_by_role("radio", name="Dark" if system == "light" else "Light").click()
    assert page.evaluate(background) == (light if system == "dark" else dark)
    page.reload()
    page.get_by_role("banner").wait_for()
    assert page.evaluate(background) == (light if system == "dark" else dark)
    themes.get_by_role("radio", name="System").click()
    assert page.evaluate(background) == (dark if system == "dark" else light)


def test_a_server_that_goes_away_leaves_the_table_usable_and_comes_back_by_itself(serve, tab) -> None:
    served = serve()
    served.ended(served.run("toy", config={}, seeds=2, name="before"))
    one = tab(served.url)
    one.allow("ERR_CONNECTION_REFUSED|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET|ERR_INCOMPLETE_CHUNKED|net::ERR")
    page = one.open("/")
    expect(page.get_by_role("row", name=re.compile("before"))).to_be_visible()
    served.stop()
    banner = page.get_by_role("alert").filter(has_text="The server does not answer.")
    expect(banner).to_be_visible()
    row = page.get_by_role("row", name=re.compile("before"))
    expect(row).to_be_visible()
    row.get_by_role("checkbox").check()
    expect(page.get_by_text("1 selected, 2 runs")).to_be_visible()
    served.start()
    expect(banner).to_have_count(0)
    made = served.run("toy", config={}, name="after")
    expect(page.get_by_role("row", name=re.compile("after"))).to_be_visible()
    served.ended(made)


def test_a_401_asks_for_the_key_once_and_never_puts_it_into_an_address(serve, tab) -> None:
    key = "a-key-that-nobody-guesses"
    served = serve(QUINTANT_API_KEY=key)
    made = served.ended(served.run("toy", config={}, name="guarded"))
    one = tab(served.url)
    one.allow("401")
    page = one.open(f"/runs/{made['runs'][0]['id']}")
    asked = page.get_by_text("This server wants a key.")
    expect(asked).to_be_visible()
    assert page.url.endswith(made["runs"][0]["id"])
    page.get_by_label("Key", exact=True).fill("another-key-altogether")
    page.get_by_role("button", name="Use it").click()
    expect(page.get_by_text("That is not this server’s key.")).to_be_visible()
    page.get_by_label("Key", exact=True).fill(key)
    page.get_by_role("button", name="Use it").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("guarded")
    page.get_by_role("link", name="Data").click()
    expect(page.get_by_role("heading", name=re.compile("files?, "))).to_be_visible()
    # Live updates come with the key too.
    page.get_by_role("link", name="Quintant, all runs").click()
    served.run("toy", config={}, name="later")
    expect(page.get_by_role("row", name=re.compile("later"))).to_be_visible()
    assert key not in page.url
    assert page.evaluate("localStorage.getItem('quintant.key')") is None
    page.reload()
    expect(asked).to_be_visible()  # kept in memory only, for it was not asked to be kept
    page.get_by_label("Key", exact=True).fill(key)
    page.get_by_role("checkbox", name="keep it in this browser").check()
    page.get_by_role("button", name="Use it").click()
    expect(page.get_by_role("grid")).to_be_visible()
    page.reload()
    expect(page.get_by_role("grid")).to_be_visible()


def test_reduced_motion_stops_what_moves(tab, world) -> None:
    page = tab(world.served.url).open("/")
    moving = page.evaluate(
        "[...document.querySelectorAll('*')].filter((e) => getComputedStyle(e).animationName !== 'none').length"
    )
    assert moving == 0


def test_a_screen_reader_is_told_the_page_and_not_more_than_every_ten_seconds(tab, world) -> None:
    page = tab(world.served.url).open("/")
    page.get_by_role("navigation", name="Destinations").get_by_role("link", name="Labs").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Labs")
    time.sleep(0.2)
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("t")
    expect(page.locator("[aria-live=polite]").last).to_have_text("Theme: Light")
