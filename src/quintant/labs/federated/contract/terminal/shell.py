"""A shell on a pseudo-terminal of its own, in a session of its own, which ends as a whole."""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import os
import secrets
import signal
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

import psutil

SHELLS = ("/bin/bash", "/usr/bin/bash", "/bin/sh")
KEPT = ("PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TMPDIR")
"""What the shell sees of the server's environment, besides LC_…; everything else may be a secret and is withheld."""
PIECE_BYTES = 65_536
LOOK_EVERY_S = 0.5
GRACE_S = 2.0
ROUNDS_OF_KILLING = 5
MARK = "QUINTANT_TERMINAL_MARK"
# Makes the terminal the session's own: only a session's leader can, so it is done in the child, before the shell.
LAUNCH = "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"


class Shell:
    """`open` one in an event loop; then `read`, `write`, `resize`, and always `end`."""

    def __init__(self, process: subprocess.Popen[bytes], terminal: int, mark: str) -> None:
        self._process, self._terminal, self._mark = process, terminal, mark
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.pid = process.pid

    @classmethod
    def open(cls, folder: Path) -> Shell:
        """A shell in `folder`, 24 × 80."""
        path = next(shell for shell in SHELLS if os.access(shell, os.X_OK))
        mark = secrets.token_hex(8)
        terminal, inner = os.openpty()
        try:
            process = subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", LAUNCH, path],
                stdin=inner,
                stdout=inner,
                stderr=inner,
                cwd=folder,
                env={**environment(os.environ, folder), MARK: mark},
                start_new_session=True,
            )
        except BaseException:
            os.close(terminal)
            raise
        finally:
            os.close(inner)
        os.set_blocking(terminal, False)
        shell = cls(process, terminal, mark)
        shell.resize(24, 80)
        return shell

    async def read(self) -> str | None:
        """The next piece of what it writes; None when it has ended. What is not read waits in the terminal, and so does it."""
        while True:
            try:
                data = os.read(self._terminal, PIECE_BYTES)
            except BlockingIOError:
                if self._process.poll() is not None:
                    return None
                await self._ready(writing=False, timeout_s=LOOK_EVERY_S)
                continue
            except OSError:  # the last one who held the terminal is gone
                return None
            if not data:
                return None
            if text := self._decoder.decode(data):
                return text

    async def write(self, text: str) -> None:
        """Type `text`. Waits while the terminal takes no more."""
        data = text.encode("utf-8", "replace")
        while data:
            try:
                data = data[os.write(self._terminal, data) :]
            except BlockingIOError:
                await self._ready(writing=True, timeout_s=LOOK_EVERY_S)
            except OSError:
                return

    def resize(self, rows: int, columns: int) -> None:
        import fcntl
        import struct
        import termios

        with contextlib.suppress(OSError):
            fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def end(self) -> None:
        """Hang up on everything that it started, and kill what is left of that after GRACE_S."""
        family = self._family()
        for number in (signal.SIGHUP, signal.SIGCONT, signal.SIGTERM):
            _signal(family, number)
        os.close(self._terminal)
        until = time.monotonic() + GRACE_S
        while any(map(_lives, family)) and time.monotonic() < until:
            time.sleep(0.05)
        for _ in range(ROUNDS_OF_KILLING):  # the dying may have started others
            left = [process for process in {*family, *self._family()} if _lives(process)]
            if not left:
                break
            _signal(left, signal.SIGKILL)
            psutil.wait_procs(left, timeout=0.5)
        self._process.wait()

    def _family(self) -> set[psutil.Process]:
        """Everything of its session, whatever its group, and what left the session but carries the mark of its environment."""
        family: set[psutil.Process] = set()
        for process in psutil.process_iter():
            with contextlib.suppress(OSError, psutil.Error):
                if os.getsid(process.pid) == self.pid or process.environ().get(MARK) == self._mark:
                    family.add(process)
        return family

    async def _ready(self, *, writing: bool, timeout_s: float) -> None:
        """Wait until the terminal can be read (or written), but not for ever."""
        loop = asyncio.get_running_loop()
        happened = asyncio.Event()
        add, remove = (loop.add_writer, loop.remove_writer) if writing else (loop.add_reader, loop.remove_reader)
        add(self._terminal, happened.set)
        try:
            async with asyncio.timeout(timeout_s):
                await happened.wait()
        except TimeoutError:
            pass
        finally:
            remove(self._terminal)


def environment(own: Mapping[str, str], folder: Path) -> dict[str, str]:
    """What the shell sees: an allow-list, the kind of terminal, and what makes `quintant` this installation's, on these runs:
    its scripts at the end of PATH (a server is often started without its environment being active) and QUINTANT_DATA_DIR."""
    kept = {name: value for name, value in own.items() if name in KEPT or name.startswith("LC_")}
    kept["PATH"] = os.pathsep.join(filter(None, [kept.get("PATH", os.defpath), sysconfig.get_path("scripts")]))
    return {**kept, "TERM": "xterm-256color", "COLORTERM": "truecolor", "QUINTANT_DATA_DIR": str(folder)}


def _lives(process: psutil.Process) -> bool:
    try:
        answer: bool = process.is_running() and process.status() != psutil.STATUS_ZOMBIE
        return answer
    except psutil.Error:
        return False


def _signal(processes: Iterable[psutil.Process], number: signal.Signals) -> None:
    for process in processes:
        with contextlib.suppress(psutil.Error, ProcessLookupError):
            process.send_signal(number)
