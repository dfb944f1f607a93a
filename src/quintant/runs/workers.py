"""Workers as their keeper sees them: a process group with a birthday, started from a zygote or adopted."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import psutil

from quintant.process import alive, birth
from quintant.runs.patience import GAVE_UP
from quintant.runs.prefork import Forked
from quintant.runs.vanishing import VANISHED
from quintant.runs.zygote import ONE_THREAD

REPORT_S = 1.0


def memory(pid: int) -> int:
    """Bytes that this machine would have more without the process, as far as the system tells: what it shares with others is
    shared out among them. 0 when it is gone."""
    with contextlib.suppress(psutil.Error):
        usage = psutil.Process(pid).memory_full_info()
        return int(getattr(usage, "pss", usage.rss))
    return 0


class Worker:
    """A Worker's process while it is at one attempt. `code`: its exit code once it has ended and we are its keeper's parent,
    else None.

    `reported`: a zygote of ours tells its end. `waits`: it has left the attempt and waits for another of its batch.
    """

    def __init__(self, pid: int, born: str | None, *, reported: bool = False) -> None:
        self.pid, self.born, self.reported = pid, born, reported
        self.code: int | None = None
        self.waits = False
        self._dead = threading.Event()

    def ended(self, code: int, *, waits: bool = False) -> None:
        self.code, self.waits = code, waits
        self._dead.set()

    @property
    def dead(self) -> bool:
        return self._dead.is_set() or not alive(self.pid, self.born)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the whole group, and to descendants that left it. Not to a process that is at another attempt."""
        if self.waits:
            return
        with contextlib.suppress(psutil.NoSuchProcess):
            for child in psutil.Process(self.pid).children(recursive=True):
                with contextlib.suppress(psutil.NoSuchProcess):
                    child.send_signal(number)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)

    @property
    def killed_by(self) -> str | None:
        """The name of the signal that ended it, where one did and we know."""
        with contextlib.suppress(ValueError):
            return signal.Signals(-self.code).name if self.code is not None and self.code < 0 else None
        return f"signal {-self.code}" if self.code is not None else None

    def story(self) -> str:
        """How it ended, in words."""
        if self.reported:  # the process is seen to be dead a moment before its exit code is told
            self._dead.wait(REPORT_S)
        if self.code is None:
            return f"its worker process {self.pid} is gone"
        if self.killed_by:
            return f"its worker process {self.pid} was killed by {self.killed_by}"
        if self.code == GAVE_UP:
            return f"its worker process {self.pid} gave up, because the store did not answer for minutes"
        if self.code == VANISHED:
            return f"its worker process {self.pid} ended, because the run's folder was gone"
        return f"its worker process {self.pid} ended with exit code {self.code}"


class Zygote:
    """The keeper's end of one zygote process. `on_change` is called from its reader thread at every birth and death.

    `config`: of the only Runs that it will see. `process`: becomes the zygote, in the place of a new one.
    """

    def __init__(
        self,
        lab: str,
        url: str,
        folder: Path,
        cache: Path,
        lease_s: float,
        draw_cache_bytes: int,
        on_change: Callable[[], None],
        *,
        config: Mapping[str, Any] | None = None,
        process: Forked | None = None,
    ) -> None:
        self.lab = lab
        self._on_change = on_change
        self._lock = threading.Lock()
        self._born: dict[tuple[str, int], Worker] = {}
        self._workers: dict[int, Worker] = {}
        self._waiting: dict[int, str] = {}
        """Pids of Workers that have left a Run of a batch, with the batch."""
        self._told = threading.Condition(self._lock)
        self._warm = False
        self.compiling = False
        """Whether it compiles, or has compiled, kernels that no cache had."""
        self.runs = 0
        """How many it was given."""
        self.asked = 0
        """How often it was asked for."""
        self.used = time.monotonic()
        """When it was last asked for, warm or left by a Worker."""
        self._process: Forked | subprocess.Popen[bytes] = process or subprocess.Popen(
            [sys.executable, "-m", "quintant.runs.zygote", lab],  # the lab is for whoever looks at the process list
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
            env={**os.environ, **ONE_THREAD},
        )
        places = {"folder": str(folder), "cache": str(cache)}
        settings = {
            "lab": lab,
            "config": config,
            "url": url,
            **places,
            "lease_s": lease_s,
            "draw_cache_bytes": draw_cache_bytes,
        }
        self._send(settings)
        threading.Thread(target=self._listen, name=f"zygote-{lab}", daemon=True).start()

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def warm(self, timeout_s: float) -> bool:
        """Wait so long for it to be warm; True also when it has ended instead, which the next `fork` tells."""
        with self._told:
            return self._told.wait_for(lambda: self._warm or not self.alive, timeout_s)

    def idle_s(self) -> float:
        """Seconds without a Worker at a Run; 0 while there is one, or it is not warm yet."""
        with self._lock:
            busy = any(not worker.waits for worker in self._workers.values())
            return 0.0 if busy or (not self._warm and self.alive) else time.monotonic() - self.used

    def memory(self) -> int:
        """Bytes of the warm process."""
        return memory(self._process.pid)

    def fork(
        self,
        run_id: str,
        attempt: int,
        waiting: Callable[[], None],
        every_s: float,
        timeout_s: float = 300.0,
        batch: str | None = None,
    ) -> Worker:
        """A Worker for this attempt: one that waits for another Run of the same `batch` (its sweep), else a new one. The first
        one waits until the zygote is warm; `waiting` is called meanwhile."""
        end = time.monotonic() + timeout_s
        with self._told:
            self.runs += 1
            self.used = time.monotonic()
            pids = [pid for pid, left in self._waiting.items() if left == batch]
            self._send({"run": run_id, "attempt": attempt, "batch": batch, "pid": pids[0] if pids else None})
            for pid in pids[:1]:
                del self._waiting[pid]
            while (
                not (done := self._told.wait_for(lambda: (run_id, attempt) in self._born or not self.alive, every_s))
                and time.monotonic() < end
            ):
                waiting()
            worker = self._born.pop((run_id, attempt), None)
        if worker is None:
            raise RuntimeError(f"the zygote of lab {self.lab} {'did not answer in time' if not done else 'has ended'}")
        return worker

    def release(self, worker: Worker, batch: str | None) -> None:
        """Nobody watches over `worker` any more: where it waits, the next Run of its batch may have it."""
        with self._told:
            if worker.waits and batch is not None and worker.pid in self._workers:
                self._waiting[worker.pid] = batch

    def close(self) -> None:
        """End the zygote. Its Workers live on."""
        with contextlib.suppress(BrokenPipeError, OSError):
            assert self._process.stdin is not None
            self._process.stdin.close()
        try:
            self._process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _send(self, message: Mapping[str, object]) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps(message).encode() + b"\n")
            self._process.stdin.flush()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            message = json.loads(line)
            with self._told:
                pid = message.get("born") or message.get("left") or message.get("dead")
                self.used = time.monotonic()
                self._warm = self._warm or "warm" in message
                self.compiling = self.compiling or "compiling" in message
                if "born" in message:
                    worker = Worker(pid, None, reported=True)
                    worker.born = birth(pid)
                    self._born[message["run"], message["attempt"]] = self._workers[pid] = worker
                elif "left" in message:
                    self._workers[pid].ended(0, waits=True)
                elif pid in self._workers:
                    self._workers.pop(pid).ended(message["code"])
                    self._waiting.pop(pid, None)
                self._told.notify_all()
            self._on_change()
        with self._told:
            self._told.notify_all()
        self._on_change()
