"""The platform's own speed, each number beside what one would use without it, in one run. Medians; noisy machines welcome.

python benchmarks/house.py                          everything but commands
python benchmarks/house.py --against COMMIT         commands and an idle server, beside those of another commit
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "toylab"))
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [sys.path[0], os.environ.get("PYTHONPATH", "")]))

from commands import compare  # noqa: E402  (beside this file)
from quintant.runs import Runs, State, open_runs  # noqa: E402
from quintant.runs.store import NewEvent, Store  # noqa: E402
from quintant.settings import Settings  # noqa: E402

COLD = "import numpy, pyarrow, sqlalchemy, pydantic, quintant.runs.driver, quintant.testing.toy"


def median_ms(what: Callable[[], object], times: int) -> float:
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        what()
        taken.append(1000 * (time.perf_counter() - began))
    return statistics.median(taken)


def starting(runs: Runs) -> tuple[float, float]:
    """A whole tiny Run (submit → completed), and a cold Python with the same imports."""
    runs.wait(runs.submit("toy", {"steps": 1}).id)
    warm = median_ms(lambda: runs.wait(runs.submit("toy", {"steps": 1}).id), 15)
    cold = median_ms(lambda: subprocess.run([sys.executable, "-c", COLD], check=True), 5)
    return warm, cold


def cancelling(runs: Runs) -> float:
    taken = []
    for _ in range(7):
        run_id = runs.submit("toy", {"steps": 100_000, "work": 100_000}).id
        while runs.get(run_id).state is not State.RUNNING:
            time.sleep(0.005)
        began = time.perf_counter()
        runs.cancel(run_id)
        taken.append(1000 * (time.perf_counter() - began))
    return statistics.median(taken)


def storing(folder: Path) -> tuple[float, float]:
    """Events a second, batches of 20: into the Store (indexed, fenced, transactional), and appended to a JSONL file."""
    with open_runs(Settings(data_dir=folder / "events"), execute=False) as runs:
        run_id = runs.submit("toy", {}).id
        store: Store = runs.store
        claim = store.claim(run_id, "bench", "here", 600)
        assert claim is not None
        batch = [NewEvent("iteration", {"erlang": 100.0, "iteration": n, "metrics": {"blocking_prob": 0.1}}) for n in range(20)]
        began = time.perf_counter()
        for _ in range(500):
            store.append(run_id, claim.attempt, batch)
        stored = 500 * 20 / (time.perf_counter() - began)
    with (folder / "events.jsonl").open("a") as file:
        began = time.perf_counter()
        for _ in range(500):
            for event in batch:
                file.write(json.dumps({"kind": event.kind, **event.payload}) + "\n")
            file.flush()
        written = 500 * 20 / (time.perf_counter() - began)
    return stored, written


def streaming(runs: Runs, readers: int) -> tuple[float, float, float]:
    """Milliseconds from an event's time stamp to its reader, p50 and p95, and the Run's time with these readers over alone."""
    config = {"steps": 60, "work": 400_000}
    delays: list[float] = []

    async def read(run_id: str) -> None:
        async for event in runs.follow(run_id):
            if event is not None and event.kind == "progress":
                delays.append(1000 * (time.time() - event.at))

    async def watch(run_id: str) -> None:
        await asyncio.gather(*(read(run_id) for _ in range(readers)))

    alone = runs.wait(runs.submit("toy", config).id).record["timings"]["running_s"]
    run_id = runs.submit("toy", config).id
    asyncio.run(watch(run_id))
    watched = runs.wait(run_id).record["timings"]["running_s"]
    delays.sort()
    return delays[len(delays) // 2], delays[int(len(delays) * 0.95)], watched / alone


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--against", metavar="COMMIT", help="Compare commands and an idle server with this commit.")
    against = parser.parse_args().against
    if against:
        for what, value, ratio in compare(against):
            tell(what, value, ratio)
        return
    platform()


def platform() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with open_runs(Settings(data_dir=folder / "runs"), execute=True) as runs:
            warm, cold = starting(runs)
            tell("a tiny run, submitted to completed", f"{warm:.1f} ms")
            tell("  beside a cold Python with the same imports", f"{cold:.0f} ms", f"ratio {cold / warm:.1f}")
            tell("cancel of a running run", f"{cancelling(runs):.1f} ms")
            for readers in (1, 200):
                p50, p95, slower = streaming(runs, readers)
                tell(f"event to each of {readers} readers", f"{p50:.1f} ms p50, {p95:.1f} ms p95")
                tell("  the run's time, over its time alone", f"{slower:.2f}")
        stored, written = storing(folder)
        tell("events stored, batches of 20", f"{stored:.0f} /s")
        tell("  beside a plain JSONL file", f"{written:.0f} /s", f"ratio {written / stored:.1f}")


def tell(what: str, value: str, ratio: str = "") -> None:
    print(f"{what:46}{value:>28}   {ratio}", flush=True)


if __name__ == "__main__":
    main()
