"""Reaper: Workers outlive their server, and servers a test run that was killed. When pytest has ended, however it did, a
process of its own kills what still works in the run's temporary folders.

It knows such a process by where it writes (a Worker's output is a file in its Run's folder) or by its environment (a server is
given its data folder there); pytest's own end it learns from the kernel. Linux only.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

WITHIN_S = 5.0
"""How long to look for more: what is killed may just have started something."""


def pytest_sessionstart(session: object) -> None:
    config = session.config  # type: ignore[attr-defined]
    if sys.platform != "linux" or hasattr(config, "workerinput"):  # workers' folders lie below that of their controller
        return
    folder = config._tmp_path_factory.getbasetemp()
    subprocess.Popen(
        [sys.executable, "-S", "-E", __file__, str(os.getpid()), str(folder)],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True, cwd="/",
    )  # fmt: skip


def reap(folder: str) -> int:
    """Kill every process of ours that works in the folder; how many there were."""
    count = 0
    for place in Path("/proc").iterdir():
        if place.name.isdecimal() and int(place.name) != os.getpid() and _works_in(place, folder):
            try:
                os.kill(int(place.name), signal.SIGKILL)
                count += 1
            except ProcessLookupError:
                continue
    return count


def _works_in(place: Path, folder: str) -> bool:
    try:
        if place.stat().st_uid != os.getuid() or (place / "stat").read_text().rpartition(")")[2].split()[0] == "Z":
            return False
        if any(str((place / "fd" / end).readlink()).startswith(f"{folder}/") for end in ("1", "2")):
            return True
    except OSError:  # it has ended, or has no such files
        pass
    try:
        return f"={folder}/".encode() in (place / "environ").read_bytes()
    except OSError:
        return False


def main(pid: int, folder: str) -> None:
    with contextlib.suppress(ProcessLookupError):
        select.select([os.pidfd_open(pid)], [], [])  # readable when that process has ended
    end = time.monotonic() + WITHIN_S
    while reap(folder) or time.monotonic() < end:
        time.sleep(0.2)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
