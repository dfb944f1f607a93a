"""Workers as their keeper sees them: a process group with a birthday, started from a nursery or adopted."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil

REPORT_S = 1.0


def alive(pid: int | None, born: float | None) -> bool:
    """Whether the process with this pid and birthday lives. A zombie is dead; another process with its pid is not it."""
    if pid is None:
        return False
    try:
        process = psutil.Process(pid)
        same = born is None or abs(process.create_time() - born) < 0.05
        return same and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


class Worker:
    """A Worker's process. `code`: its exit code once it has ended and we are its keeper's parent, else None.

    `reported`: a nursery of ours tells its end.
    """

    def __init__(self, pid: int, born: float | None, *, reported: bool = False) -> None:
        self.pid, self.born, self.reported = pid, born, reported
        self.code: int | None = None
        self._dead = threading.Event()

    def ended(self, code: int) -> None:
        self.code = code
        self._dead.set()

    @property
    def dead(self) -> bool:
        return self._dead.is_set() or not alive(self.pid, self.born)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the whole group, and to descendants that left it."""
        with contextlib.suppress(psutil.NoSuchProcess):
            for child in psutil.Process(self.pid).children(recursive=True):
                with contextlib.suppress(psutil.NoSuchProcess):
                    child.send_signal(number)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)

    def story(self) -> str:
        """How it ended, in words."""
        if self.reported:  # the process is seen to be dead a moment before its exit code is told
            self._dead.wait(REPORT_S)
        if self.code is None:
            return f"its worker process {self.pid} is gone"
        if self.code < 0:
            with contextlib.suppress(ValueError):
                return f"its worker process {self.pid} was killed by {signal.Signals(-self.code).name}"
        return f"its worker process {self.pid} ended with exit code {self.code}"


class Nursery:
    """The keeper's end of one nursery process. `on_change` is called from its reader thread at every birth and death."""

    def __init__(
        self, lab: str, url: str, folder: Path, cache: Path, lease_s: float, shelf_bytes: int, on_change: Callable[[], None]
    ) -> None:
        self.lab = lab
        self._on_change = on_change
        self._lock = threading.Lock()
        self._born: dict[tuple[str, int], Worker] = {}
        self._workers: dict[int, Worker] = {}
        self._told = threading.Condition(self._lock)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "quintant.runs.nursery"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        places = {"folder": str(folder), "cache": str(cache)}
        settings = {"lab": lab, "url": url, **places, "lease_s": lease_s, "shelf_bytes": shelf_bytes}
        self._send(settings)
        threading.Thread(target=self._listen, name=f"nursery-{lab}", daemon=True).start()

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def fork(self, run_id: str, attempt: int, waiting: Callable[[], None], every_s: float, timeout_s: float = 300.0) -> Worker:
        """A new Worker for this attempt. The first one waits until the nursery is warm; `waiting` is called meanwhile."""
        end = time.monotonic() + timeout_s
        with self._told:
            self._send({"run": run_id, "attempt": attempt})
            while (
                not (done := self._told.wait_for(lambda: (run_id, attempt) in self._born or not self.alive, every_s))
                and time.monotonic() < end
            ):
                waiting()
            worker = self._born.pop((run_id, attempt), None)
        if worker is None:
            raise RuntimeError(f"the nursery of lab {self.lab} {'did not answer in time' if not done else 'has ended'}")
        return worker

    def close(self) -> None:
        """End the nursery. Its Workers live on."""
        with contextlib.suppress(BrokenPipeError, OSError):
            assert self._process.stdin is not None
            self._process.stdin.close()
        try:
            self._process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _send(self, message: dict[str, object]) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps(message).encode() + b"\n")
            self._process.stdin.flush()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            message = json.loads(line)
            with self._told:
                if "born" in message:
                    worker = Worker(message["born"], None, reported=True)
                    with contextlib.suppress(psutil.NoSuchProcess):
                        worker.born = psutil.Process(worker.pid).create_time()
                    self._born[message["run"], message["attempt"]] = self._workers[worker.pid] = worker
                elif message.get("dead") in self._workers:
                    self._workers.pop(message["dead"]).ended(message["code"])
                self._told.notify_all()
            self._on_change()
        with self._told:
            self._told.notify_all()
        self._on_change()
