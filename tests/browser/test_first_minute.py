"""The first sixty seconds: open, one click runs an example, its figure draws itself, ten seeds make a band, a value is
changed, the two are compared. The time is told, not asserted."""

from __future__ import annotations

import re
import time

from playwright.sync_api import expect


def test_by_mouse(empty, tab, record_property) -> None:
    page = tab(empty.url, motion="no-preference").open("/")
    begun = time.monotonic()
    expect(page.get_by_role("heading", level=1)).to_have_text("Nothing has run yet")
    cards = page.get_by_role("article")
    expect(cards).to_have_count(5)
    for index in range(5):
        expect(cards.nth(index).get_by_role("img").first).to_be_visible()
        expect(cards.nth(index).get_by_role("button", name="Run this")).to_be_visible()
    page.get_by_role("article").filter(has_text="gamma-ping").get_by_role("button", name="Run this").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("spiking")
    expect(page.locator("figure[data-figure=raster] .vega")).to_be_visible(timeout=90_000)
    page.get_by_role("button", name=re.compile("^Repeat with more seeds")).click()
    page.get_by_label("Seeds in all").fill("10")
    page.get_by_role("button", name="Repeat with 10 seeds").click()
    expect(page.get_by_text("n = 10").first).to_be_visible(timeout=120_000)
    page.get_by_role("button", name="Change a value").click()
    page.get_by_role("textbox", name="tau_gaba_ms").fill("9")
    page.get_by_role("button", name=re.compile("^Start")).first.click()
    expect(page.locator("figure .vega").first).to_be_visible(timeout=90_000)
    page.get_by_role("button", name="Compare").click()
    page.get_by_role("button", name="Add, up to 8").click()
    page.get_by_role("searchbox", name="Name or id of a run or sweep").fill("spiking")
    page.locator(".small-form").get_by_role("button", name=re.compile("spiking")).last.click()
    expect(page.get_by_role("heading", name=re.compile(r"Differs in \d+ of"))).to_be_visible()
    expect(page.get_by_text("tau_gaba_ms").first).to_be_visible()
    took = time.monotonic() - begun
    record_property("first minute, s", round(took, 1))
    print(f"\nfrom the empty page to a changed, replicated, compared figure: {took:.0f} s on this machine")


def test_by_keyboard_alone(empty, tab) -> None:
    """Every step by keys: Tab, Enter, letters, arrows; the mouse is never used."""
    page = tab(empty.url).open("/")
    chip = page.get_by_role("article").filter(has_text="two-population").get_by_role("button", name="Run this")
    expect(chip).to_be_visible()
    for _ in range(40):
        page.keyboard.press("Tab")
        if chip.evaluate("(one) => one === document.activeElement"):
            break
    expect(chip).to_be_focused()
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    expect(page.locator("figure .vega").first).to_be_visible(timeout=90_000)
    page.keyboard.press("r")
    expect(page.get_by_label("Seeds in all")).to_be_focused()
    page.keyboard.press("Control+a")
    page.keyboard.type("4")
    page.keyboard.press("Enter")
    expect(page.get_by_text("n = 4").first).to_be_visible()
    page.keyboard.press("n")
    expect(page.get_by_role("heading", level=1)).to_have_text("New run")
    page.keyboard.press("/")
    page.keyboard.type("timesteps")
    expect(page.get_by_role("textbox", name="timesteps")).to_be_visible()
    box = page.get_by_role("textbox", name="timesteps")
    for _ in range(6):
        page.keyboard.press("Tab")
        if box.evaluate("(one) => one === document.activeElement"):
            break
    expect(box).to_be_focused()
    page.keyboard.press("Control+a")
    page.keyboard.type("500")
    expect(page.get_by_role("complementary")).to_contain_text("--set timesteps=500")
    page.keyboard.press("Control+Enter")
    expect(page.locator("figure .vega").first).to_be_visible()
    page.keyboard.press("g")
    page.keyboard.press("r")
    rows = page.get_by_role("grid").get_by_role("row")
    expect(rows.nth(2)).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.get_by_text(re.compile("^1 selected"))).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.get_by_text(re.compile("^2 selected"))).to_be_visible()
    page.keyboard.press("c")
    expect(page.get_by_role("heading", name=re.compile(r"Differs in \d+ of"))).to_be_visible()
