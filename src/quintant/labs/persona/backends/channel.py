"""The Worker's end of the model process: one Unix socket per user and cache folder, in a folder nobody else may enter.

`request` starts the process when there is none (under a file lock, so that many Workers start one), and once more when it dies
under a request. Frames are a length (4 bytes, big endian) and JSON.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

import quintant
from quintant.errors import EngineError, NotInstalled, QuintantError
from quintant.lab import Setting
from quintant.labs.persona.settings import IDLE_S, THREADS

START_WITHIN_S = 30.0
LONGEST_PATH_BYTES = 100
"""A Unix socket's path holds 107 bytes; beyond this the folder is one below the system's temporary folder."""
MOST_FRAME_BYTES = 64 * 2**20
ERRORS: Mapping[str, type[QuintantError]] = {"engine": EngineError, "not_installed": NotInstalled}

_open: dict[Path, socket.socket] = {}
_turn = threading.Lock()


class Gone(Exception):
    """The other end has closed."""


def threads() -> int:
    """Threads of the model process: QUINTANT_PERSONA_THREADS, or all cores but one."""
    return _whole(THREADS, max(1, (os.cpu_count() or 1) - 1))


def idle_s() -> int:
    """How long the model process outlives its last client: QUINTANT_PERSONA_IDLE_S, or 120 s."""
    return _whole(IDLE_S, 120)


def _whole(setting: Setting, default: int) -> int:
    said = setting.read()
    if said is None:
        return default
    if not said.isdecimal() or int(said) < 1:
        raise EngineError(f"{setting.variable}: must be a whole number from 1; got {said!r}")
    return int(said)


def request(cache: Path, message: Mapping[str, Any]) -> Any:
    """Send one request to the model process and wait for its answer. One request at a time in this process."""
    with _turn:
        place = folder(cache)
        for attempt in (1, 2):
            try:
                connection = _open.get(place) or _open.setdefault(place, _connected(place, cache))
                send(connection, message)
                answer = receive(connection)
                break
            except (Gone, OSError) as error:
                _close(place)
                if attempt == 2:
                    raise EngineError(
                        f"LLM connection failed: the model process ended twice under a request ({error}){_last(place)}"
                    ) from None
        if "error" in answer:
            raise ERRORS.get(answer.get("code", ""), EngineError)(answer["error"])
        return answer["result"]


def close() -> None:
    """Let go of every connection of this process."""
    with _turn:
        for place in list(_open):
            _close(place)


def _close(place: Path) -> None:
    connection = _open.pop(place, None)
    if connection is not None:
        connection.close()


# --- where it listens ---


def folder(cache: Path) -> Path:
    """The folder of the socket, its lock and its log: below the cache, or below the temporary folder when the path is too long.

    One per cache folder, version and number of threads: processes of different versions never talk to each other.
    """
    key = hashlib.sha256(f"{cache.resolve()}|{quintant.__version__}|{threads()}|{sys.executable}".encode()).hexdigest()[:10]
    place = cache.resolve() / "persona" / f"model-{key}"
    if len(os.fsencode(place / "socket")) > LONGEST_PATH_BYTES:
        place = Path(tempfile.gettempdir()) / f"quintant-{os.getuid()}-{key}"
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = place.lstat()
    if status.st_uid != os.getuid() or status.st_mode & 0o077 or place.is_symlink():
        raise EngineError(
            f"the folder of the model process's socket is open to others: {place.name} must be yours and of mode 0700"
        )
    return place


@contextmanager
def locked(place: Path, *, wait: bool = True) -> Iterator[bool]:
    """Hold the folder's lock; False when it is taken and `wait` is not wanted."""
    with (place / "lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
            return
        yield True


def _connected(place: Path, cache: Path) -> socket.socket:
    with locked(place):
        connection = _try(place)
        if connection is not None:
            return connection
        (place / "socket").unlink(missing_ok=True)
        _start(place, cache)
        until = time.monotonic() + START_WITHIN_S
        while time.monotonic() < until:
            connection = _try(place)
            if connection is not None:
                return connection
            time.sleep(0.02)
    raise EngineError(
        f"LLM connection failed: the model process did not begin to listen within {START_WITHIN_S:.0f} s{_last(place)}"
    )


def _try(place: Path) -> socket.socket | None:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.connect(os.fspath(place / "socket"))
    except OSError:
        connection.close()
        return None
    return connection


def _start(place: Path, cache: Path) -> None:
    """Start the process; it leaves this one's session and becomes nobody's child, so that no Run's end takes it along."""
    command = [sys.executable, "-m", "quintant.labs.persona.backends.model_process", os.fspath(place), os.fspath(cache)]
    command += [str(threads()), str(idle_s())]
    with (place / "log").open("wb") as log:
        started = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, cwd="/", check=False
        )
    if started.returncode:
        raise EngineError(f"LLM connection failed: the model process could not be started{_last(place)}")


def _last(place: Path) -> str:
    """The last line of the process's log, to end an error with."""
    try:
        lines = (place / "log").read_text(errors="replace").strip().splitlines()
    except OSError:
        return ""
    return f": {lines[-1][:300]}" if lines else ""


# --- frames ---


def send(connection: socket.socket, message: Mapping[str, Any]) -> None:
    data = orjson.dumps(message)
    connection.sendall(struct.pack(">I", len(data)) + data)


def receive(connection: socket.socket) -> Any:
    """The next message; Gone when the other end has closed."""
    (size,) = struct.unpack(">I", _exactly(connection, 4))
    if size > MOST_FRAME_BYTES:
        raise Gone(f"a frame of {size} bytes")
    return orjson.loads(_exactly(connection, size))


def _exactly(connection: socket.socket, size: int) -> bytes:
    data = bytearray()
    while len(data) < size:
        piece = connection.recv(min(size - len(data), 1 << 20))
        if not piece:
            raise Gone("it closed the connection")
        data += piece
    return bytes(data)
