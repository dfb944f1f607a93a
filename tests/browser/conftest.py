"""The page in a real browser, served by a real server. Whatever the policy refuses, the console calls an error, or is asked
of another machine fails the test that met it."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import chromium as installed
import pytest
from chromium import DESKTOP, PHONE
from served import Served
from world import World

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

HERE = Path(__file__).parent
SHOTS = Path(os.environ.get("PAGE_SHOTS") or HERE.parents[1] / "out" / "screenshots")
"""Where the screenshots of the run are kept."""
KEPT = os.environ.get("PAGE_WORLD")
"""Where the runs that are looked at are kept for the next test run, if anywhere."""
SETTLE_S = 120
ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage", "--force-color-profile=srgb", "--font-render-hinting=none"]
WATCH = """
document.addEventListener('securitypolicyviolation', (event) =>
  __told(`policy: ${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));
"""

DRAWING = """() => [...document.querySelectorAll('.fig-skel, .run-skel, .skel')].map((one) => one.getBoundingClientRect())
  .filter((at) => at.width && at.height && at.bottom > 0 && at.top < innerHeight).length"""
"""How many placeholders are in sight: what lies below is drawn when one comes near."""
SLOW_S = 900
"""A browser on a machine that does much else: a test waits for what it looks for, not for a time."""
reason = installed.missing()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.timeout(SLOW_S))
            if reason is not None:
                item.add_marker(pytest.mark.skip(reason=f"browser tests: {reason}"))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=60_000)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=installed.found(), args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the runs that are looked at are kept: one folder for all workers of a test run."""
    beside = tmp_path_factory.getbasetemp()
    if os.environ.get("PYTEST_XDIST_WORKER"):
        beside = beside.parent
    return Path(KEPT) if KEPT else beside / "browser-world"


@pytest.fixture(scope="session")
def world(kept: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A server with a few runs of every lab; tests that change things make their own."""
    yield from World.served_of(kept, tmp_path_factory)


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Served]]:
    """`serve(QUINTANT_API_KEY=…)`: a server of the test's own, with these settings."""
    started: list[Served] = []

    def start(**settings: str) -> Served:
        started.append(Served(tmp_path / f"served-{len(started)}", settings).start())
        return started[-1]

    yield start
    for one in started:
        one.stop()


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Served]:
    """A server on which nothing has run."""
    served = Served(tmp_path / "data").start()
    yield served
    served.stop()


@pytest.fixture(scope="session")
def nothing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The same, shared by tests that start nothing."""
    served = Served(tmp_path_factory.mktemp("nothing")).start()
    yield served
    served.stop()


class Tab:
    """One page of a browser, with what went wrong on it."""

    def __init__(self, context: BrowserContext, base: str) -> None:
        self.base, self.faults, self.allowed = base, [], []
        context.expose_binding("__told", lambda _, text: self.faults.append(text))
        context.add_init_script(WATCH)
        context.route(lambda url: not url.startswith((base, "data:", "blob:")), self._foreign)
        self.context, self.page = context, context.new_page()
        self.page.set_default_timeout(60_000)
        self.page.on("console", lambda message: self._said(message) if message.type == "error" else None)
        self.page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        self.asked: set[Any] = set()
        self.page.on("request", self._asked)
        self.page.on("requestfinished", self._answered)
        self.page.on("requestfailed", self._answered)

    def _asked(self, request: Any) -> None:
        if "/api/v2/events" not in request.url:  # a stream that stays open
            self.asked.add(request)

    def _answered(self, request: Any) -> None:
        self.asked.discard(request)

    def _foreign(self, route: Any) -> None:
        self.faults.append(f"asked of another machine: {route.request.url}")
        route.abort()

    def _said(self, message: Any) -> None:
        where = f"{message.text} {message.location.get('url', '')}"
        if not any(re.search(pattern, where) for pattern in self.allowed):
            self.faults.append(f"console: {where}")

    def allow(self, pattern: str) -> None:
        """An error that the test provokes: a refusal (409, 401 …) shows as one in the console."""
        self.allowed.append(pattern)

    def open(self, path: str) -> Page:
        self.page.goto(self.base + path)
        self.page.get_by_role("banner").wait_for()
        return self.page

    def settle(self) -> None:
        """Wait until nothing is asked for and what is in sight is drawn."""
        end, quiet = time.monotonic() + SETTLE_S, 0
        while quiet < 2:
            drawing = self.page.evaluate(DRAWING)
            quiet = 0 if drawing or self.asked else quiet + 1
            assert time.monotonic() < end, f"still drawing {drawing}, still asked: {[one.url for one in self.asked]}"
            self.page.wait_for_timeout(60)

    def close(self) -> list[str]:
        """What went wrong on it."""
        self.page.wait_for_timeout(50)
        self.context.close()
        return self.faults


Opener = Callable[..., Tab]


def opened(browser: Browser, base: str, theme: str = "light", phone: bool = False, motion: str = "reduce", **more: Any) -> Tab:
    """A tab in a browser of its own: nothing stored, nothing cached."""
    context = browser.new_context(
        viewport=PHONE if phone else DESKTOP, color_scheme=theme, reduced_motion=motion, locale="en-GB",
        timezone_id="UTC", has_touch=phone, accept_downloads=True, **more,
    )  # fmt: skip
    return Tab(context, base)


@pytest.fixture
def tab(browser: Browser) -> Iterator[Opener]:
    """`tab(base, theme="light", phone=False)`. Ask for it after the server: what is asked for last ends first."""
    tabs: list[Tab] = []

    def make(base: str, **how: Any) -> Tab:
        tabs.append(opened(browser, base, **how))
        return tabs[-1]

    yield make
    faults = [fault for one in tabs for fault in one.close()]
    assert faults == []


@pytest.fixture(scope="module")
def reading(browser: Browser, world: World) -> Iterator[Tab]:
    tab = opened(browser, world.served.url)
    yield tab
    tab.close()


@pytest.fixture
def reader(reading: Tab) -> Iterator[Tab]:
    """One tab before `world` for all tests of a file that only look: scripts are loaded and compiled once, as for a person."""
    reading.faults.clear()
    reading.allowed.clear()
    reading.page.set_viewport_size(DESKTOP)
    reading.page.emulate_media(color_scheme="light")
    yield reading
    reading.page.wait_for_timeout(50)
    assert reading.faults == []


@pytest.fixture(scope="session")
def axe() -> Callable[[Page], list[str]]:
    """What axe-core finds serious on a page, a line each."""
    import axe_playwright_python

    source = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()

    def faults(page: Page) -> list[str]:
        # Over the debugging protocol: a script tag would be refused by the policy, as it should.
        page.context.new_cdp_session(page).send("Runtime.evaluate", {"expression": source})
        tags = "['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']"
        found = page.evaluate(f"axe.run(document, {{runOnly: {tags}}})")["violations"]
        return [
            f"{one['impact']} {one['id']}: {node['html'][:160]} {(node.get('any') or [{}])[0].get('message', '')}"
            for one in found
            if one["impact"] in ("serious", "critical")
            for node in one["nodes"]
        ]

    return faults


@pytest.fixture(scope="session")
def shots() -> Path:
    SHOTS.mkdir(parents=True, exist_ok=True)
    return SHOTS
