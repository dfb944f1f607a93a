"""Zygote: a warm process per lab from which each Worker is forked, ready in milliseconds.

It imports the lab's engine and compiles or loads its kernels once (`Lab.warm`), then waits on its standard input:

    → {"run": id, "attempt": n, "batch": sweep or null}    fork a Worker
    → {…, "pid": n}                      let that Worker take it, which has just left another Run of the batch
    ← {"compiling": lab}                 once, if there is something to compile: what follows takes long
    ← {"warm": seconds}                  once, when it is ready
    ← {"born": pid, "run": id, "attempt": n}
    ← {"left": pid, "run": id, "attempt": n}    its Run has ended, and it waits a moment for another of the batch
    ← {"dead": pid, "code": exit code, negative for a signal}

A Worker leads its own session, so that its whole tree can be killed, and lives on when the server dies: the next one
adopts it. The zygote itself ends with its server (end of input).

It has one thread. A fork copies only the thread that calls it: a lock that another one holds at that moment is never
released in the child (Python 3.12 and newer warn of it). Arrow and OpenBLAS start theirs when they are imported, unless
`ONE_THREAD` stands in the environment.
"""

from __future__ import annotations

import gc
import json
import os
import select
import selectors
import signal
import socket
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from quintant import garbage, kernels

if TYPE_CHECKING:
    from quintant.runs.lifecycle import State
    from quintant.runs.store import Store

ONE_THREAD = {"JE_ARROW_MALLOC_CONF": "background_thread:false", "OPENBLAS_NUM_THREADS": "1"}
"""Before numpy and pyarrow are imported. One BLAS thread is also what Workers compute with: sums over more threads are
grouped otherwise, and a result must not depend on how many cores a machine has."""

SHORT_S = 10.0
"""A Run that took longer gains nothing from the process of the one before it: it gets a fresh one."""
MOST_IN_ONE = 100
WAIT_S = 2.0
"""How long a Worker that has left its Run waits for another."""


def serve() -> None:
    """The zygote's main loop; its first line of input is its settings {lab, config, url, folder, lease_s, cache,
    draw_cache_bytes}; `config` is that of the only kind of Run it will see, null where there are others."""
    rest = b""
    while b"\n" not in rest:  # unbuffered: what follows the settings belongs to the loop below
        data = os.read(0, 65536)
        if not data:
            return
        rest += data
    line, _, rest = rest.partition(b"\n")
    settings = json.loads(line)
    kernels.keep(Path(settings["cache"]))
    began = time.perf_counter()
    garbage.seldom()
    _warm(settings["lab"], settings["config"])
    store = _warm_store(settings["url"], settings["lab"])
    gc.collect()
    gc.freeze()  # a Worker's garbage collector must not walk, and so copy, what all Workers share
    garbage.usual()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _tell({"warm": round(time.perf_counter() - began, 3)})
    _Keeper(settings, store).keep(rest)


class _Keeper:
    """Forks Workers, hands Runs on to those that wait for one, and tells of births, leavings and deaths."""

    def __init__(self, settings: dict[str, Any], store: Store | None) -> None:
        self._settings, self._store = settings, store
        self._lines: dict[int, _Line] = {}
        """To Workers that may take another Run, by pid."""
        self._offered: dict[int, dict[str, Any]] = {}
        """What a waiting Worker was given and has not taken yet."""
        self._selector = selectors.DefaultSelector()

    def keep(self, rest: bytes) -> None:
        """Until the end of input. `rest`: what came with the settings."""
        woken, wake = os.pipe()
        os.set_blocking(wake, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        self._selector.register(0, selectors.EVENT_READ)
        self._selector.register(woken, selectors.EVENT_READ)
        orders, rest = _split(rest)
        while True:
            for order in orders:
                self._obey(order)
            orders = []
            for key, _ in self._selector.select():
                if key.fd == woken:
                    os.read(woken, 4096)
                    self._reap()
                elif key.fd != 0:
                    self._hear(key.data)
                elif data := os.read(0, 65536):
                    orders, rest = _split(rest + data)
                else:
                    return

    def _obey(self, order: dict[str, Any]) -> None:
        pid = order.pop("pid", None)
        if pid in self._lines and self._lines[pid].say(order):
            self._offered[pid] = order
        else:
            self._fork(order)

    def _fork(self, order: dict[str, Any]) -> None:
        if (count := threads()) != 1:
            print(f"forking from {count} threads; it should be one", file=sys.stderr, flush=True)
        ours, theirs = _Line.pair() if order.get("batch") else (None, None)
        pid = os.fork()
        if pid == 0:
            self._selector.close()
            for channel in (*self._lines.values(), *filter(None, [ours])):
                channel.close()  # the other end belongs to a sibling, who would not see that we have gone
            _work(self._settings, self._store, order, theirs)
        if ours is not None and theirs is not None:
            theirs.close()
            self._lines[pid] = ours
            self._selector.register(ours, selectors.EVENT_READ, pid)
        _tell({"born": pid, "run": order["run"], "attempt": order["attempt"]})

    def _hear(self, pid: int) -> None:
        messages = self._lines[pid].messages()
        for message in messages or ():
            if "born" in message:
                self._offered.pop(pid, None)
            _tell(message)
        if messages is None:
            self._hang_up(pid)

    def _hang_up(self, pid: int) -> None:
        if channel := self._lines.pop(pid, None):
            self._selector.unregister(channel)
            channel.close()

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if pid in self._lines:
                self._hear(pid)  # what it said last comes before its death
                self._hang_up(pid)
            _tell({"dead": pid, "code": os.waitstatus_to_exitcode(status)})
            if order := self._offered.pop(pid, None):  # it went before it took what it was given
                self._fork(order)


class _Line:
    """One end of the line between the zygote and a Worker: JSON, a message a line."""

    def __init__(self, end: socket.socket) -> None:
        self._end, self._rest = end, b""

    @classmethod
    def pair(cls) -> tuple[_Line, _Line]:
        ours, theirs = socket.socketpair()
        return cls(ours), cls(theirs)

    def fileno(self) -> int:
        return self._end.fileno()

    def say(self, message: dict[str, Any]) -> bool:
        """Whether there is still somebody to hear it."""
        try:
            self._end.sendall(json.dumps(message).encode() + b"\n")
        except OSError:
            return False
        return True

    def messages(self, wait_s: float = 0.0) -> list[dict[str, Any]] | None:
        """What has been said, waiting for it so long; None when the other end has gone."""
        if not select.select([self._end], [], [], wait_s)[0]:
            return []
        try:
            data = self._end.recv(65536)
        except OSError:
            return None
        messages, self._rest = _split(self._rest + data)
        return messages if data else None

    def close(self) -> None:
        self._end.close()


def threads() -> int:
    """How many threads the operating system sees in this process; 1 where it does not tell."""
    tasks = Path("/proc/self/task")
    return sum(1 for _ in tasks.iterdir()) if tasks.is_dir() else 1


def _split(data: bytes) -> tuple[list[dict[str, Any]], bytes]:
    *lines, rest = data.split(b"\n")
    return [json.loads(line) for line in lines], rest


def _warm(name: str, config: Mapping[str, Any] | None = None) -> None:
    from quintant import arrow, registry
    from quintant.config import parse
    from quintant.lab import load
    from quintant.runs import driver, record  # noqa: F401  (the Driver is imported here so that every Worker has it)

    arrow.settle()
    try:
        lab = registry.find(name)
        if lab.warm:
            kernels.lightly()
        load(lab.engine)
        if lab.warm:
            _tell_of_compiling(name)
            lab.prepare(None if config is None else parse(lab.config, config))
        record.versions(), record.platform_tag(lab), record.code_hash(lab)  # each is cached: Workers need not read it again
    except Exception as error:  # the Run itself will fail with this reason; a zygote that dies would hide it
        print(f"lab {name} could not be warmed: {type(error).__name__}: {error}", file=sys.stderr, flush=True)


def _tell_of_compiling(lab: str) -> None:
    """Tell once when numba begins to compile: what it finds in its cache it only loads."""
    try:
        from numba.core import event
    except ImportError:  # nothing is compiled by it then
        return

    class FirstTime(event.Listener):  # type: ignore[misc]
        announced = False

        def on_start(self, event: object) -> None:
            if not self.announced:
                self.announced = True
                _tell({"compiling": lab})

        def on_end(self, event: object) -> None: ...

    event.register("numba:compile", FirstTime())


def _warm_store(url: str, lab: str) -> Store | None:
    """The Store that all Workers open, its statements compiled; None where it does not answer now."""
    from quintant.runs.store import Store
    from quintant.runs.warm_up import warm_up

    try:
        store = Store(url, migrate=False)
        warm_up(store, lab)
    except Exception as error:  # Workers will open it themselves, and say what is wrong
        print(f"the store could not be warmed up: {type(error).__name__}: {error}", file=sys.stderr, flush=True)
        return None
    return store


def _work(settings: dict[str, Any], store: Store | None, order: dict[str, Any], channel: _Line | None) -> NoReturn:
    """Become the Worker of one attempt and then, where there is a `channel`, of others of its batch. Never returns."""
    from quintant.runs import worker_log
    from quintant.runs.store import Store

    code = 1
    try:
        os.setsid()
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        cache = Path(settings["cache"])
        taken = 0
        while True:
            folder = Path(settings["folder"]) / order["run"]
            folder.mkdir(parents=True, exist_ok=True)
            nothing, output = (
                os.open(os.devnull, os.O_RDWR),
                os.open(folder / worker_log.OUTPUT, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
            )
            os.dup2(nothing, 0)
            os.dup2(output, 1)
            os.dup2(output, 2)
            os.close(nothing)
            os.close(output)
            begun = time.monotonic()
            state = attempt(
                store or Store(settings["url"], migrate=False),
                folder, cache, order["run"], order["attempt"], settings["lease_s"], settings["draw_cache_bytes"],
            )  # fmt: skip
            taken += 1
            code = 3 if state is None else 0
            if channel is None or not may_stay(state, time.monotonic() - begun, taken):
                break
            channel.say({"left": os.getpid(), "run": order["run"], "attempt": order["attempt"]})
            orders = channel.messages(WAIT_S)
            if not orders:
                break
            order = orders[0]
            channel.say({"born": os.getpid(), "run": order["run"], "attempt": order["attempt"]})
    except BaseException as error:
        import traceback

        from quintant.runs.patience import GAVE_UP, GaveUp

        code = GAVE_UP if isinstance(error, GaveUp) else 1
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def may_stay(state: State | None, took_s: float, taken: int) -> bool:
    """Whether a Worker may take another Run after one that ended so. One that failed may leave anything behind."""
    from quintant.runs.lifecycle import State

    return state is State.COMPLETED and took_s <= SHORT_S and taken < MOST_IN_ONE


def attempt(
    store: Store, folder: Path, cache: Path, run_id: str, number: int, lease_s: float, draw_cache_bytes: int
) -> State | None:
    """One attempt at a Run, in this process. Its end, which is in the Store; None when another attempt owns the Run."""
    from quintant import process
    from quintant.runs.driver import Driver
    from quintant.runs.store import Fenced

    try:
        store.occupy(run_id, number, os.getpid(), process.birth(), lease_s)
        return Driver(store, run_id, number, folder, cache, lease_s, draw_cache_bytes).drive()
    except Fenced as error:
        print(error, flush=True)
        return None
    finally:
        store.close()


def _tell(message: dict[str, Any]) -> None:
    try:
        os.write(1, json.dumps(message).encode() + b"\n")
    except BrokenPipeError:
        os._exit(0)


if __name__ == "__main__":
    serve()
