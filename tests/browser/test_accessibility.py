"""axe-core on every page, in both themes, on desktop and phone: nothing serious. A picture of each is kept for eyes."""

from __future__ import annotations

import pytest
from chromium import DESKTOP, PHONE
from playwright.sync_api import expect

PAGES = {
    "runs": "/",
    "runs-filter": "/?q=not tag:scratch and blokking<5%25",
    "new-optical": "/new/optical?set={\"k_paths\":500}&sweep={\"load_erlang\":\"150:250:20\"}",
    "new-chip": "/new/chip",
    "new-spiking": "/new/spiking",
    "new-federated": "/new/federated",
    "new-persona": "/new/persona",
    "new-json": "/new/optical?view=json",
    "run-optical": "{optical}",
    "run-spiking": "{spiking}",
    "run-chip": "{chip}",
    "run-federated": "{federated}",
    "run-persona": "{persona}",
    "run-toy": "{toy}",
    "run-failed": "{failed}",
    "run-config": "{optical}/config",
    "run-data": "{optical}/data",
    "run-log": "{federated}/log",
    "run-record": "{optical}/record",
    "compare": "/compare?series={optical.id},{slot.id}",
    "compare-nothing": "/compare",
    "labs": "/labs",
    "lab-chip": "/labs/chip",
    "lab-federated": "/labs/federated",
    "lab-optical": "/labs/optical",
    "lab-persona": "/labs/persona",
    "lab-spiking": "/labs/spiking",
    "terminal": "/terminal",
}  # fmt: skip


def place(world, address: str) -> str:
    for name, path in world.places.items():
        address = address.replace(f"{{{name}.id}}", world.id(name)).replace(f"{{{name}}}", path)
    return address


def looked_at(one, axe, shots, name: str) -> list[str]:
    """Pictures of the page in both themes, wide and as on a phone; what is serious, and whether it scrolls sideways."""
    page, faults = one.page, []
    for wide, theme in ((True, "light"), (False, "light"), (False, "dark"), (True, "dark")):
        page.set_viewport_size(DESKTOP if wide else PHONE)
        page.emulate_media(color_scheme=theme)
        one.settle()
        where = f"{name}{'' if wide else '-phone'}-{theme}"
        page.screenshot(path=shots / f"{where}.png", animations="disabled")
        if not wide and page.evaluate("document.documentElement.scrollWidth") > PHONE["width"]:
            faults.append(f"{where} scrolls sideways")
        if wide == (theme == "light"):  # both themes and both layouts: colours are the theme's, structure is the layout's
            faults += [f"{where}: {fault}" for fault in axe(page)]
    return faults


@pytest.mark.parametrize("name", PAGES)
def test_nothing_serious_on(reader, world, axe, shots, name: str) -> None:
    if name == "terminal":
        reader.allow("403")  # it is shut
    page = reader.open(place(world, PAGES[name]))
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    assert looked_at(reader, axe, shots, name) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_serious_on_what_floats(tab, world, axe, shots, theme: str) -> None:
    one = tab(world.served.url, theme=theme)
    page = one.open("/")
    expect(page.get_by_role("row", name="nsfnet ksp-ff")).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    one.settle()
    page.screenshot(path=shots / f"runs-selection-{theme}.png", animations="disabled")
    assert axe(page) == []
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox", name="Find a run or a command")).to_be_focused()  # until then letters are the page's
    page.keyboard.type("re")
    expect(page.get_by_role("option").first).to_be_visible()
    one.settle()
    page.screenshot(path=shots / f"palette-{theme}.png", animations="disabled")
    assert axe(page) == []
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    one.settle()
    page.screenshot(path=shots / f"keys-{theme}.png", animations="disabled")
    assert axe(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Columns").click()
    expect(page.get_by_role("searchbox", name="Find a key or a metric")).to_be_visible()
    one.settle()
    page.screenshot(path=shots / f"columns-{theme}.png", animations="disabled")
    assert axe(page) == []


def test_nothing_serious_before_anything_has_run(tab, nothing, axe, shots) -> None:
    one = tab(nothing.url)
    page = one.open("/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Nothing has run yet")
    expect(page.get_by_role("article").get_by_role("img")).to_have_count(5)
    assert looked_at(one, axe, shots, "empty") == []


def test_four_hundred_percent_lose_nothing(tab, world) -> None:
    """WCAG 1.4.10: 1280 pixels at 400 % are 320."""
    one = tab(world.served.url, phone=True)
    one.page.set_viewport_size({"width": 320, "height": 640})
    for address in ("/", "/new/optical", world.places["chip"], "/labs/optical", "/compare"):
        page = one.open(address)
        one.settle()
        page.mouse.wheel(0, 100_000)
        one.settle()
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, address
