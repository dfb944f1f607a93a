"""A process that will become a zygote, forked from a command while it has one thread and nothing but imports.

A command that executes its own Runs needs the database, the configs and the Driver in both processes; the fork has them
already. Elsewhere than on Linux, and once there are threads, a zygote is a new Python (`workers.Zygote`).
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from typing import IO


class Forked:
    """Our end of it, with what is needed of `subprocess.Popen`."""

    def __init__(self, pid: int, stdin: IO[bytes], stdout: IO[bytes]) -> None:
        self.pid, self.stdin, self.stdout = pid, stdin, stdout
        self.returncode: int | None = None
        self._lock = threading.Lock()

    def poll(self) -> int | None:
        with self._lock:  # two threads may ask, and a process is waited for once
            if self.returncode is None:
                pid, status = os.waitpid(self.pid, os.WNOHANG)
                if pid:
                    self.returncode = os.waitstatus_to_exitcode(status)
            return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        end = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            if end is not None and time.monotonic() > end:
                raise subprocess.TimeoutExpired("zygote", timeout or 0.0)
            time.sleep(0.005)
        return code

    def kill(self) -> None:
        if self.poll() is None:
            os.kill(self.pid, signal.SIGKILL)


def fork() -> Forked | None:
    """The process; it waits for its settings. None where that would not be safe."""
    if sys.platform != "linux":
        return None
    from quintant.runs import zygote

    os.environ.update(zygote.ONE_THREAD)
    import pyarrow  # noqa: F401  (what both need is imported once)

    from quintant.runs import driver, warm_up  # noqa: F401

    if zygote.threads() != 1:
        return None
    (theirs_in, ours_in), (ours_out, theirs_out) = os.pipe(), os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid == 0:
        try:
            os.setsid()
            os.dup2(theirs_in, 0)
            os.dup2(theirs_out, 1)
            for end in (theirs_in, ours_in, ours_out, theirs_out):
                os.close(end)
            zygote.serve()
        finally:
            os._exit(0)
    os.close(theirs_in)
    os.close(theirs_out)
    return Forked(pid, os.fdopen(ours_in, "wb"), os.fdopen(ours_out, "rb"))
