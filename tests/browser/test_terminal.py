"""The terminal's page: a shell where the operator allows one, said how where not; only it may write style elements."""

from __future__ import annotations

import os
import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.skipif(os.name != "posix", reason="a pseudo-terminal needs POSIX")


@pytest.mark.parametrize("key", [None, "a-key-that-nobody-guesses"], ids=["open", "with a key"])
def test_a_shell_does_what_is_typed_and_can_be_left_by_keyboard(serve, tab, tmp_path, key: str | None) -> None:
    served = serve(QUINTANT_TERMINAL="on", HOME=str(tmp_path), **({"QUINTANT_API_KEY": key} if key else {}))
    one = tab(served.url)
    one.allow("401")
    page = one.open("/terminal")
    if key:
        page.get_by_label("Key", exact=True).fill(key)
        page.get_by_role("button", name="Use it").click()
    expect(page.get_by_role("status").filter(has_text="open")).to_be_visible()
    lines = page.locator(".xterm")
    expect(page.get_by_role("textbox", name="Terminal input")).to_be_focused()
    page.keyboard.type("echo a$((40 + 2))z; stty size\n")
    expect(lines).to_contain_text("a42z")
    expect(lines).to_contain_text(re.compile(r"\b\d\d+ \d\d+\b"))  # the page's size, not 0 0
    assert lines.locator(".xterm-rows").evaluate("(rows) => getComputedStyle(rows).fontFamily").startswith('"Quintant Mono"')
    page.keyboard.press("Tab")
    expect(page.get_by_role("textbox", name="Terminal input")).to_be_focused()
    page.keyboard.press("Control+`")
    expect(page.get_by_role("link", name="Quintant, all runs")).to_be_focused()
    page.get_by_role("button", name="quintant labs").click()
    # The server's key is not in the shell's environment: who types there gives it.
    expect(lines).to_contain_text("An API key is required" if key else "federated")
    page.get_by_role("textbox", name="Terminal input").focus()
    page.keyboard.type("exit\n")
    expect(page.get_by_role("alert")).to_contain_text("The shell has ended.")
    page.get_by_role("button", name="Open another one").click()
    expect(page.get_by_role("status").filter(has_text="open")).to_be_visible()


def test_where_it_is_off_the_page_says_so_and_how_it_is_turned_on(nothing, tab) -> None:
    one = tab(nothing.url)
    one.allow("403")
    page = one.open("/terminal")
    expect(page.get_by_role("heading", name="The terminal is shut")).to_be_visible()
    expect(page.get_by_text("QUINTANT_TERMINAL=on quintant serve")).to_be_visible()


def test_it_is_reached_from_the_labs_page_and_the_palette_as_a_document_of_its_own(nothing, tab) -> None:
    one = tab(nothing.url)
    one.allow("403|/page")
    page = one.open("/labs/federated")
    page.get_by_role("link", name="Terminal").click()
    expect(page.get_by_role("heading", name="The terminal is shut")).to_be_visible()
    page.get_by_role("link", name="Runs", exact=True).click()
    page.get_by_role("banner").wait_for()
    assert page.evaluate("document.querySelector('style[nonce]')") is None
