"""Process: which process of this machine somebody was, told so that no other can be mistaken for it.

A process is known by its pid, the moment it was started in the kernel's own ticks since boot, and the boot itself.
None of these moves with the wall clock. A creation time as a date does: it is boot time plus ticks, and the boot time is
computed from a clock that somebody may set (`btime` in /proc/stat, proc(5)). Where the system has no /proc (macOS), its own
record of the creation stands instead, which the clock does not change either.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import psutil

PROC = Path("/proc")
STARTED = 19
"""Of the fields of /proc/PID/stat behind the command's closing bracket, the index of `starttime` (field 22, proc(5))."""
STATE = 0
DEAD = frozenset({"Z", "X", "x"})


@cache
def _boot() -> str:
    """What changes with every start of the system, and only then: 48 random bits are enough to tell two boots apart."""
    try:
        return (PROC / "sys" / "kernel" / "random" / "boot_id").read_text().strip()[:13]
    except OSError:
        return "boot"


def _fields(pid: int) -> list[str] | None:
    """What /proc/PID/stat says behind the command's name, which may itself hold blanks and brackets; None: no such process."""
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None


def birth(pid: int | None = None) -> str | None:
    """By what the process (this one by default) is told from all others that ever had its pid; None when there is none."""
    number = os.getpid() if pid is None else pid
    if PROC.joinpath("self").exists():
        facts = _fields(number)
        return None if facts is None else f"{_boot()}.{facts[STARTED]}"
    try:
        return f"{_boot()}.{psutil.Process(number).create_time():.6f}"
    except psutil.NoSuchProcess:
        return None


def alive(pid: int | None, born: str | None) -> bool:
    """Whether the process with this pid and birth lives. A zombie is dead; another process with its pid is not it. `born`
    None: whoever has the pid is taken for it."""
    if pid is None:
        return False
    if PROC.joinpath("self").exists():
        facts = _fields(pid)
        return facts is not None and facts[STATE] not in DEAD and born in (None, f"{_boot()}.{facts[STARTED]}")
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE and born in (None, birth(pid))
    except psutil.NoSuchProcess:
        return False
