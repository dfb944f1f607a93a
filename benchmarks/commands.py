"""What commands and an idle server cost, beside another commit: CPU seconds and memory, each pair measured in turn.

CPU seconds are those of the command and of every process that it started, the ones that outlive it included: a Worker may wait
a moment for more to do. Both commits run in the same virtual
environment, with their own data folder and with kernels that are compiled beforehand; the least of some runs counts, since
other programs on a machine only ever add to it.
"""

from __future__ import annotations

import contextlib
import ctypes
import itertools
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[1]
MAIN_JOB = ("run", "optical", "--preset", "deeprmsa-nsfnet")
IDLE_AFTER_S = 60.0
ROOTS = itertools.count(1000, 100)


@dataclass(frozen=True)
class Version:
    """A commit's sources, and a data folder that its commands use."""

    name: str
    source: Path
    data: Path

    @property
    def environment(self) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if not name.startswith(("QUINTANT_", "PYTHONDONTWRITE"))}
        return own | {"PYTHONPATH": str(self.source / "src"), "QUINTANT_DATA_DIR": str(self.data)}

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "quintant.cli", *arguments]

    def cpu_s(self, *arguments: str) -> float:
        if arguments[0] == "run":  # seeds of its own: what has been executed before is not executed again
            arguments = (*arguments, "--root-seed", str(next(ROOTS)))
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(self.command(*arguments), env=self.environment, check=True, stdout=subprocess.DEVNULL)
        with contextlib.suppress(ChildProcessError):  # what it left behind is ours now (`adopting`)
            while True:
                os.wait()
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    def prepare(self) -> str:
        """Kernels compiled, bytecode written, a sweep stored: the id of one of its runs."""
        self.cpu_s("warm")
        self.cpu_s(*MAIN_JOB, "--seeds", "3")
        self.cpu_s("labs")
        told = subprocess.run(
            self.command("list", "--each", "--json"), env=self.environment, check=True, capture_output=True
        ).stdout
        return json.loads(told)["runs"][0]["id"]


def adopting() -> None:
    """Make this process the parent of what its children leave behind, so that its CPU seconds are counted. Linux only."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER


@contextmanager
def checked_out(commit: str) -> Iterator[Path]:
    """The sources of a commit in a folder of their own."""
    with tempfile.TemporaryDirectory() as name:
        archive = subprocess.run(["git", "-C", str(ROOT), "archive", commit, "src"], check=True, capture_output=True).stdout
        subprocess.run(["tar", "-x", "-C", name], input=archive, check=True)
        yield Path(name)


def commands(run: str) -> Iterator[tuple[str, tuple[str, ...], int]]:
    """(what, arguments, how often)."""
    yield "quintant --help", ("--help",), 5
    yield "quintant labs", ("labs",), 5
    yield "quintant explain optical", ("explain", "optical"), 5
    yield "quintant list", ("list",), 5
    yield "quintant show RUN", ("show", run), 5
    yield "one seed, no figure", (*MAIN_JOB, "--seeds", "1", "--no-figure"), 3
    yield "one seed with its figure", (*MAIN_JOB, "--seeds", "1"), 3
    yield "ten seeds with their figure", (*MAIN_JOB, "--seeds", "10"), 3


@dataclass(frozen=True)
class Idle:
    """`answered_s`: from the start of the process to the first answer of /api/health, `cpu_s` of the server until then.
    `bytes`: of the server and all its processes, `IDLE_AFTER_S` after its last run; shared pages shared out."""

    answered_s: float
    cpu_s: float
    bytes: int


def idle(version: Version) -> Idle:
    """A server that has executed one run, left alone."""
    begun = time.perf_counter()
    command = version.command("serve", "--port", "0")
    with subprocess.Popen(command, env=version.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            url = _address(version.data / "server.json", server.pid)
            _get(f"{url}/api/health")
            answered, process = time.perf_counter() - begun, psutil.Process(server.pid)
            cpu = sum(process.cpu_times()[:2])
            body = json.dumps({"lab": "optical", "config": {}, "preset": "deeprmsa-nsfnet", "seeds": 1}).encode()
            request = urllib.request.Request(f"{url}/api/v2/runs", body, {"Content-Type": "application/json"})
            run = json.load(urllib.request.urlopen(request))["runs"][0]["id"]
            while json.loads(_get(f"{url}/api/v2/runs/{run}"))["state"] not in ("completed", "failed", "cancelled"):
                time.sleep(0.2)
            time.sleep(IDLE_AFTER_S)
            memory = sum(one.memory_full_info().pss for one in [process, *process.children(recursive=True)])
        finally:
            server.terminate()
    return Idle(answered, cpu, memory)


def _address(path: Path, pid: int) -> str:
    end = time.monotonic() + 120
    while time.monotonic() < end:
        if path.exists() and (told := json.loads(path.read_bytes()))["pid"] == pid:
            return str(told["url"])
        time.sleep(0.02)
    raise TimeoutError("the server did not start")


def _get(url: str) -> bytes:
    end = time.monotonic() + 120
    while True:
        try:
            return urllib.request.urlopen(url, timeout=60).read()
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.02)


def compare(commit: str, *, servers: bool = True) -> Iterator[tuple[str, str, str]]:
    """(what, value here, ratio to the commit) for every command, then for an idle server."""
    adopting()
    with checked_out(commit) as source, tempfile.TemporaryDirectory() as data:
        versions = [Version(commit[:8], source, Path(data) / "then"), Version("here", ROOT, Path(data) / "now")]
        runs = [version.prepare() for version in versions]
        for (what, then, times), (_, now, _) in zip(commands(runs[0]), commands(runs[1]), strict=True):
            taken: list[Sequence[float]] = [
                (versions[0].cpu_s(*then), versions[1].cpu_s(*now)) for _ in range(times)
            ]  # in turn: whatever else the machine does meets both
            before, after = (min(column) for column in zip(*taken, strict=True))
            yield what, f"{after:.2f} CPU s", f"{after / before:.2f} of {before:.2f} at {commit[:8]}"
        if servers and sys.platform == "linux":
            before, after = idle(versions[0]), idle(versions[1])
            for what, unit, one, other in (
                ("server: first answer", "s", after.answered_s, before.answered_s),
                ("server: CPU until then", "CPU s", after.cpu_s, before.cpu_s),
                (f"server: memory, {IDLE_AFTER_S:.0f} s after its last run", "MB", after.bytes / 1e6, before.bytes / 1e6),
            ):
                yield what, f"{one:.2f} {unit}", f"{one / other:.2f} of {other:.2f} at {commit[:8]}"
