"""The dashboard in Debian's Chromium, before a real server: what travels, what a person waits for, what a core and memory bear.

python benchmarks/page.py                 all of it (a few minutes); needs Chromium and the `test` extra

Waits are wall time of this machine; beside them stands the main thread's own CPU time, which a busy machine lengthens little.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import secrets
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "tests" / "toylab"), str(ROOT / "tests" / "browser")]
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [sys.path[0], os.environ.get("PYTHONPATH", "")]))

import chromium  # noqa: E402  (tests/browser)
from playwright.sync_api import Browser, CDPSession, Page, Route, expect, sync_playwright  # noqa: E402
from served import Served  # noqa: E402  (tests/browser)

ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage"]
SIZE = {"width": 1440, "height": 900}
RUNS = 10_000
LOADS = {"load_erlang": [210, 250, 290]}
WAIT_MS = 120_000
COUNT_REDRAWS = """() => {
  window.redraws = 0;
  const draw = CanvasRenderingContext2D.prototype.fillRect;
  let last = 0;
  CanvasRenderingContext2D.prototype.fillRect = function (...where) {
    const frame = document.timeline.currentTime;
    if (frame !== last) window.redraws += 1;
    last = frame;
    return draw.apply(this, where);
  };
}"""
HOUR = 36_000
"""Facts of an hour in which a Run tells ten a second, the most that the page shows."""
BUDGET_KB = 350


def wait_for(page: Page, expression: str) -> None:
    """Until it is true. Playwright's own waiting evaluates text within the page, which the policy refuses."""
    end = time.monotonic() + WAIT_MS / 1000
    while not page.evaluate(expression):
        if time.monotonic() > end:
            raise TimeoutError(expression)
        page.wait_for_timeout(50)


def tell(what: str, value: str, more: str = "") -> None:
    print(f"{what:54}{value:>20}   {more}", flush=True)


@contextmanager
def opened(browser: Browser) -> Iterator[tuple[Page, CDPSession]]:
    """A page in a browser without a cache."""
    context = browser.new_context(viewport=SIZE, reduced_motion="reduce", locale="en-GB", timezone_id="UTC")
    page = context.new_page()
    page.set_default_timeout(WAIT_MS)
    session = context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    yield page, session
    context.close()


def metric(session: CDPSession, name: str) -> float:
    return float({one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}[name])


def travels(browser: Browser, url: str, ready: str) -> tuple[int, int]:
    """Bytes of scripts and of styles, compressed as they are served, until `ready` is seen."""
    sizes = {"js": 0, "css": 0}
    with opened(browser) as (page, _):
        page.on("response", lambda answer: assets.append(answer.url))
        assets: list[str] = []
        page.goto(url)
        expect(page.locator(ready).first).to_be_visible(timeout=WAIT_MS)
        for name in {address.rpartition("/")[2] for address in assets if "/assets/" in address}:
            body = ROOT / "src/quintant/server/web/dist/assets" / name
            if body.suffix[1:] in sizes:
                sizes[body.suffix[1:]] += len(gzip.compress(body.read_bytes()))
    return sizes["js"], sizes["css"]


def painting(browser: Browser, url: str) -> float:
    """Milliseconds to the first contentful paint."""
    with opened(browser) as (page, _):
        page.goto(url)
        page.get_by_role("banner").wait_for()
        script = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null"
        while (at := page.evaluate(script)) is None:
            page.wait_for_timeout(20)
        return float(at)


def table(browser: Browser, url: str) -> tuple[float, float, list[float]]:
    """Seconds to the table's first row, CPU seconds of it, milliseconds from each key typed into the filter to its answer."""
    with opened(browser) as (page, session):
        begun = time.perf_counter()
        page.goto(url)
        expect(page.get_by_role("row").nth(1)).to_be_visible(timeout=WAIT_MS)
        first = time.perf_counter() - begun
        cpu = metric(session, "TaskDuration")
        box = page.get_by_role("combobox", name="Filter runs")
        box.click()
        answered = []
        for letter in "lab:optical and blocking<3%":
            with page.expect_response(re.compile(r"/api/v2/runs\?")) as answer:
                begun = time.perf_counter()
                box.press_sequentially(letter)
            answer.value.finished()
            answered.append(1000 * (time.perf_counter() - begun))
            page.wait_for_timeout(250)
        return first, cpu, answered


def live(browser: Browser, served: Served) -> tuple[int, float, float]:
    """Spikes at the end, redraws a second of the raster with 30,000 of them and more, the main thread's CPU share meanwhile."""
    config = {"t_ms": 20_000, "n_e": 1600, "n_i": 400}
    made = served.run("spiking", preset="gamma-ping", config=config, seeds=1)
    with opened(browser) as (page, session):
        page.goto(f"{served.url}/runs/{made['runs'][0]['id']}")
        raster = page.get_by_role("figure", name=re.compile("spikes so far"))
        raster.wait_for()
        spikes = "Number((document.querySelector('figure.live-fig h2')?.textContent ?? '').replace(/[^0-9]/g, ''))"
        wait_for(page, f"{spikes} >= 30000")
        page.evaluate(COUNT_REDRAWS)
        cpu, begun = metric(session, "TaskDuration"), time.perf_counter()
        page.wait_for_timeout(4000)
        took = time.perf_counter() - begun
        redraws, busy = page.evaluate("window.redraws") / took, (metric(session, "TaskDuration") - cpu) / took
        count = page.evaluate(spikes)
    served.ask(f"/runs/{made['runs'][0]['id']}/cancel", {}, "POST")
    served.ended(made)
    return count, redraws, busy


def hour(browser: Browser, served: Served) -> tuple[float, float]:
    """Megabytes of JavaScript's heap with the page of a Run open: at its beginning, and after the facts of an hour."""
    made = served.run("toy", config={"steps": 100_000, "work": 2_000_000})
    run_id = made["runs"][0]["id"]
    asked = 0

    def facts(route: Route) -> None:
        nonlocal asked
        after = int(re.search(r"after=(\d+)", route.request.url)[1])  # type: ignore[index]
        last = min(HOUR, after + 2000) if asked else 1
        events = [
            {"run": run_id, "seq": seq, "at": "2026-01-01T00:00:00Z", "kind": "progress",
             "payload": {"fraction": seq / HOUR, "walk": seq % 97, "rate": seq / 7}}
            for seq in range(after + 1, last + 1)
        ]  # fmt: skip
        body = {"events": events, "next": last, "last_seq": HOUR, "state": "running", "end": False}
        route.fulfill(status=200, content_type="application/json", body=json.dumps(body))

    def heap() -> float:
        session.send("HeapProfiler.collectGarbage")
        return metric(session, "JSHeapUsedSize") / 1e6

    with opened(browser) as (page, session):
        page.route(re.compile(rf"/runs/{run_id}/events"), facts)
        silent = "event: heartbeat\ndata: {}\n\n"
        page.route(re.compile(r"/v2/events\?"), lambda route: route.fulfill(content_type="text/event-stream", body=silent))
        page.goto(f"{served.url}/runs/{run_id}")
        strip = page.get_by_role("region", name="Time and record")
        expect(strip).to_contain_text(re.compile(r"events 1 received"), timeout=WAIT_MS)
        page.wait_for_timeout(500)
        before, asked = heap(), 1
        expect(strip).to_contain_text(re.compile(r"events 36.?000 received"), timeout=WAIT_MS)
        page.wait_for_timeout(500)
        after = heap()
    served.ask(f"/runs/{run_id}/cancel", {}, "POST")
    return before, after


def sliders(browser: Browser, served: Served) -> list[float] | None:
    """Milliseconds from a move of a slider to the raster that answers it; None where the server answers none."""
    with opened(browser) as (page, _):
        page.goto(f"{served.url}/new/spiking")
        with page.expect_response(re.compile(r"/answers$")) as first:
            page.get_by_role("button", name=re.compile("slider", re.IGNORECASE)).click()
        if first.value.status == 404:
            return None
        handle = page.get_by_role("slider", name=re.compile("^tau_gaba_ms"))
        answered = page.locator("[data-answered]")
        answered.wait_for()
        handle.focus()
        taken = []
        for _ in range(20):
            with page.expect_response(re.compile(r"/answers$")) as answer:
                begun = time.perf_counter()
                page.keyboard.press("ArrowRight")
            answer.value.finished()
            taken.append(1000 * (time.perf_counter() - begun))
            page.wait_for_timeout(150)
        return taken


def multiply(folder: Path, wanted: int) -> int:
    """Copy the Runs of a store, index and all, until there are `wanted`: as many folds and families as their share."""
    with closing(sqlite3.connect(folder / "quintant.db")) as store:
        columns = {
            name: [row[1] for row in store.execute(f"PRAGMA table_info({name})")] for name in ("runs", "run_metric", "run_key")
        }
        runs = store.execute("SELECT * FROM runs").fetchall()
        step = max(row[columns["runs"].index("number")] for row in runs) + 1
        sweeps = {row[0]: row for row in store.execute("SELECT * FROM sweeps")}
        metrics, keys = (store.execute(f"SELECT * FROM {name}").fetchall() for name in ("run_metric", "run_key"))
        copies = -(-wanted // len(runs))

        def moved(table: str, row: tuple[Any, ...], by: int, **put: Any) -> list[Any]:
            shifted = {"fold"} if table == "run_key" else {"number", "fold", "family", "run"}
            named = zip(columns[table], row, strict=True)
            return [put.get(name, value + by if name in shifted else value) for name, value in named]

        def insert(table: str, rows: list[Any]) -> None:
            store.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)

        for copy in range(1, copies):
            again = {sweep: secrets.token_hex(6) for sweep in sweeps}
            insert("sweeps", [[again[sweep], *row[1:]] for sweep, row in sweeps.items()])
            place = columns["runs"].index("sweep_id")
            insert("runs", [
                moved("runs", row, copy * step, id=secrets.token_hex(6), sweep_id=again.get(row[place]), idempotency_key=None)
                for row in runs
            ])  # fmt: skip
            insert("run_metric", [moved("run_metric", row, copy * step) for row in metrics])
            insert("run_key", [moved("run_key", row, copy * step) for row in keys])
        store.commit()
        return int(store.execute("SELECT count(*) FROM runs").fetchone()[0])


def quantiles(taken: list[float]) -> str:
    ordered = sorted(taken)
    return f"{statistics.median(ordered):.0f} ms p50, {ordered[int(0.95 * (len(ordered) - 1))]:.0f} p95"


def main() -> None:
    missing = chromium.missing()
    if missing:
        raise SystemExit(missing)
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.found(), args=ARGUMENTS)
        served = Served(Path(name) / "data").start()
        try:
            small = {"requests": 5000}
            made = [
                served.run("optical", preset="deeprmsa-nsfnet", config=small, seeds=3, sweep=LOADS),
                *(served.run("toy", config={"steps": 2}, seeds=seeds) for seeds in (1, 3, 5)),
                served.run("chip", preset="two-population", seeds=1),
            ]
            for one in made:
                served.ended(one)
            sweep = f"{served.url}/sweeps/{made[0]['sweep']['id']}"
            for what, url, ready in (
                ("until the table", served.url, "[role=row] >> nth=1"),
                ("until the first figure", sweep, "figure .vega"),
            ):
                scripts, styles = travels(browser, url, ready)
                tell(
                    f"scripts, gzip, {what}",
                    f"{scripts / 1000:.0f} kB",
                    f"budget {BUDGET_KB} kB; styles {styles / 1000:.0f} kB",
                )
            paints = [painting(browser, served.url) for _ in range(5)]
            tell(
                "first contentful paint, median of 5",
                f"{statistics.median(paints):.0f} ms",
                "budget 1000 ms on a quiet machine",
            )
            count, redraws, busy = live(browser, served)
            tell(
                f"redraws a second, {count:,} spikes".replace(",", " "),
                f"{redraws:.1f} /s",
                f"main thread {busy:.0%} busy; at most 10/s are meant",
            )
            before, after = hour(browser, served)
            tell("heap after an hour of facts, ten a second", f"{after:.0f} MB", f"{before:.0f} MB before")
            taken = sliders(browser, served)
            tell("a slider's answer", quantiles(taken) if taken else "no answers here")
        finally:
            served.stop()
        total = multiply(Path(name) / "data", RUNS)
        served.start()
        try:
            first, cpu, answered = table(browser, served.url)
            tell(
                f"to the table of {total:,} runs".replace(",", " "),
                f"{first:.2f} s",
                f"budget 2 s; main thread {cpu:.2f} s CPU",
            )
            tell(
                "  a key typed into the filter, to its answer",
                quantiles(answered),
                "budget 200 ms; what follows within 120 ms is gathered",
            )
        finally:
            served.stop()
        browser.close()


if __name__ == "__main__":
    main()
