"""serve: open the Store, take the port, say where, run until a signal.

`server.json` in the data folder names the living server (address, process, version); command lines find it there. A lock keeps
a second server off the same folder.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import logging
import os
import shutil
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import orjson

from quintant import __version__, garbage, registry
from quintant.errors import ConfigError, Conflict, Problem
from quintant.process import alive, birth
from quintant.runs.run import iso
from quintant.server.guard import WILDCARD, is_loopback

if TYPE_CHECKING:
    from quintant.runs import Runs
    from quintant.settings import Settings

NAME = "server.json"
LOCK = ".server.lock"
BACKLOG = 2048
SHUTDOWN_S = 5
LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


def serve(settings: Settings, *, out: TextIO | None = None, started: Callable[[str], None] | None = None) -> None:
    """Serve `settings.folder` until SIGINT or SIGTERM. `started` is called with the address once requests are answered.

    ConfigError: an address beyond this machine without an API key. Conflict: the port is taken, or another server
    lives on this data folder.
    """
    check_exposure(settings)
    settings.made_folder()
    _log_to_stderr(settings.log_level)
    listener = bind(settings.host, settings.port)
    try:
        url = address(settings.host, listener.getsockname()[1])
        with announced(settings.folder, url):
            _run(settings, listener, url, out or sys.stdout, started)
    finally:
        listener.close()


def check_exposure(settings: Settings) -> None:
    if not is_loopback(settings.host) and settings.api_key is None:
        raise ConfigError(
            Problem(
                "host", f"{settings.host} can be reached from other machines; that needs an API key.", settings.host,
                ["127.0.0.1", "::1", "localhost"], "Set QUINTANT_API_KEY, or listen on 127.0.0.1.",
            )
        )  # fmt: skip


def bind(host: str, port: int) -> socket.socket:
    """A listening socket; clients may connect from now on and are answered when the server has started."""
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(
            host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except socket.gaierror as error:
        raise ConfigError(Problem("host", f"'{host}' is not an address of this machine: {error.strerror}.", host)) from None
    listener = socket.socket(family, kind, protocol)
    try:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(place)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise Conflict(
            f"Cannot listen on {host}:{port}: {error.strerror or error}. Another program may hold the port; "
            "choose one with --port, 0 takes a free one."
        ) from None
    listener.set_inheritable(False)
    return listener


def address(host: str, port: int) -> str:
    name = "127.0.0.1" if host in WILDCARD else host
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


# --- server.json ---


def living(folder: Path) -> dict[str, Any] | None:
    """What server.json says, if the process that wrote it still lives."""
    try:
        card = orjson.loads((folder / NAME).read_bytes())
        return card if alive(int(card["pid"]), card["birth"]) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


@contextlib.contextmanager
def announced(folder: Path, url: str) -> Iterator[None]:
    """Hold the data folder as its only server while the block runs, and tell command lines where to find it (server.json).

    The folder is held by a lock on an open file, which ends with the process however it ends; nothing has to be judged by
    what a dead one left. Command lines and notebooks take no lock: any number of them share the folder.
    """
    card = {
        "url": url,
        "pid": os.getpid(),
        "birth": birth(),
        "version": __version__,
        "started_at": iso(time.time(), micros=True),
    }
    path, mine = folder / NAME, folder / f".{NAME}.{os.getpid()}"
    with _held(folder):
        try:
            mine.write_bytes(orjson.dumps(card))
            mine.replace(path)
        except OSError as error:
            raise _unwritable(folder, error) from None
        try:
            yield
        finally:
            with contextlib.suppress(OSError):
                path.unlink()


@contextlib.contextmanager
def _held(folder: Path) -> Iterator[None]:
    try:
        lock = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise _unwritable(folder, error) from None
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _second(folder) from None
        yield
    finally:
        os.close(lock)  # the file stays: removing it would let two servers lock two files of one name


def _second(folder: Path) -> Conflict:
    card = living(folder)
    who = f": {card['url']} (process {card['pid']})" if card else ""
    return Conflict(f"A server already works on {folder}{who}. Stop it, or choose another folder with --data-dir.")


def _unwritable(folder: Path, error: OSError) -> ConfigError:
    hint = "Mend that, or take another with --data-dir (QUINTANT_DATA_DIR)."
    return ConfigError(Problem("data_dir", f"{folder} cannot be written: {error.strerror}.", str(folder), None, hint))


# --- running ---


def _run(settings: Settings, listener: socket.socket, url: str, out: TextIO, started: Callable[[str], None] | None) -> None:
    import uvicorn

    from quintant.runs import open_runs
    from quintant.server import descriptors
    from quintant.server.app import create_app
    from quintant.server.protocol import PatientProtocol

    descriptors.raise_limit()
    with open_runs(settings, execute=True, warm=True) as runs:
        app = create_app(runs, settings)
        garbage.usual()
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=settings.log_level == "debug",
            timeout_graceful_shutdown=SHUTDOWN_S,
            lifespan="on",
            server_header=False,
            http=PatientProtocol,
            proxy_headers="FORWARDED_ALLOW_IPS" in os.environ,  # nobody names his own address unless a proxy was named
        )

        class Server(uvicorn.Server):
            async def startup(self, sockets: list[socket.socket] | None = None) -> None:
                await super().startup(sockets)
                self.watching = asyncio.create_task(descriptors.watch())
                if not self.should_exit:
                    print(banner(settings, runs, url, app.state.broken), file=out, flush=True)
                    if started is not None:
                        started(url)

        with _signals_are_the_servers():
            Server(config).run(sockets=[listener])


@contextlib.contextmanager
def _signals_are_the_servers() -> Iterator[None]:
    """The server ends by itself on SIGINT and SIGTERM and then raises them again, which must not skip our clean-up."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, lambda *_: None) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _log_to_stderr(level: str) -> None:
    root = logging.getLogger()
    if not root.handlers:
        logging.basicConfig(stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("quintant").setLevel(LEVELS[level])
    # What uvicorn tells at level info (process ids, start-up) is in the banner.
    logging.getLogger("uvicorn").setLevel(logging.DEBUG if level == "debug" else max(LEVELS[level], logging.WARNING))


# --- the banner ---


def banner(settings: Settings, runs: Runs, url: str, broken_contracts: dict[str, str]) -> str:
    """What the terminal shows once: where, with what, how much, and what to do next."""
    labs = registry.labs(settings.labs)
    states = {name: registry.missing(lab) for name, lab in labs.items()}
    ready = [name for name, reason in states.items() if reason is None]
    lines = [
        f"Quintant {__version__}",
        "",
        f"  dashboard   {url}",
        f"  api         {url}/api/v2      to try at /docs",
        f"  data        {_home(settings.folder)}      {_counted(runs)}, {_free(settings.folder)} free",
        "",
    ]
    if ready:
        lines.append("  " + "     ".join(f"{name}  ready" for name in ready))
    lines += [f"  {name}  {reason}" for name, reason in states.items() if reason is not None]
    if not settings.labs:
        lines += [f"  {name}  broken ({reason})" for name, reason in registry.broken().items()]
    lines += [f"  {name}  its contract cannot be served ({reason})" for name, reason in broken_contracts.items()]
    example = f"quintant run {ready[0]}" if ready else "quintant labs"
    lines += ["", f"Try:  {example}          Stop: Ctrl-C"]
    return "\n".join(lines)


def _counted(runs: Runs) -> str:
    total = runs.list(limit=1).total
    return f"{total} run" if total == 1 else f"{total} runs"


def _free(folder: Path) -> str:
    return f"{shutil.disk_usage(folder).free / 1e9:.1f} GB"


def _home(folder: Path) -> str:
    with contextlib.suppress(ValueError, RuntimeError):
        return str(Path("~") / folder.relative_to(Path.home()))
    return str(folder)
