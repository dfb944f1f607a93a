"""Nursery: a warm process per lab from which each Worker is forked, ready in milliseconds.

It imports the lab's engine and compiles or loads its kernels once (`Lab.warm`), then waits on its standard input:

    → {"run": id, "attempt": n}          fork a Worker
    ← {"warm": seconds}                  once, when it is ready
    ← {"born": pid, "run": id, "attempt": n}
    ← {"dead": pid, "code": exit code, negative for a signal}

A Worker leads its own session, so that its whole tree can be killed, and lives on when the server dies: the next one
adopts it. The nursery itself ends with its server (end of input).
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import selectors
import signal
import sys
import time
from collections.abc import Iterator
from importlib.abc import MetaPathFinder
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from quintant import kernels

if TYPE_CHECKING:
    from quintant.runs.store import Store

WORKER_OUTPUT = ".worker.txt"


def serve() -> None:
    """The nursery's main loop; its first line of input is its settings {lab, url, folder, lease_s, cache, shelf_bytes}."""
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
    _warm(settings["lab"])
    store = _rehearsed(settings["url"], settings["lab"])
    gc.collect()
    gc.freeze()  # a Worker's garbage collector must not walk, and so copy, what all Workers share
    read_signal, write_signal = os.pipe()
    os.set_blocking(write_signal, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.set_wakeup_fd(write_signal, warn_on_full_buffer=False)
    _tell({"warm": round(time.perf_counter() - began, 3)})
    with selectors.DefaultSelector() as selector:
        selector.register(0, selectors.EVENT_READ)
        selector.register(read_signal, selectors.EVENT_READ)
        orders, rest = _split(rest)
        for order in orders:
            _fork(settings, store, order, selector)
        while True:
            for key, _ in selector.select():
                if key.fd == read_signal:
                    os.read(read_signal, 4096)
                    _reap()
                    continue
                data = os.read(0, 65536)
                if not data:
                    return
                orders, rest = _split(rest + data)
                for order in orders:
                    _fork(settings, store, order, selector)


def _split(data: bytes) -> tuple[list[dict[str, Any]], bytes]:
    *lines, rest = data.split(b"\n")
    return [json.loads(line) for line in lines], rest


def _fork(settings: dict[str, Any], store: Store | None, order: dict[str, Any], selector: selectors.BaseSelector) -> None:
    pid = os.fork()
    if pid == 0:
        selector.close()
        _work(settings, store, order)
    _tell({"born": pid, **order})


def _warm(name: str) -> None:
    import pyarrow as pa

    from quintant import registry
    from quintant.lab import load
    from quintant.runs import driver, record  # noqa: F401  (the Driver is imported here so that every Worker has it)

    with _without_pandas():
        pa.RecordBatch.from_pydict({"one": [1]})
    try:
        lab = registry.find(name)
        load(lab.engine)
        if lab.warm:
            load(lab.warm)()
        record.versions(), record.platform_tag(lab), record.code_hash(lab)  # each is cached: Workers need not read it again
    except Exception as error:  # the Run itself will fail with this reason; a nursery that dies would hide it
        print(f"lab {name} could not be warmed: {type(error).__name__}: {error}", file=sys.stderr, flush=True)


@contextlib.contextmanager
def _without_pandas() -> Iterator[None]:
    """Arrow's first conversion imports pandas where there is one, to know its objects: 40 MB that every Worker would
    inherit. Refused once, Arrow asks for it again only when something of pandas is to be converted."""

    class Refusal(MetaPathFinder):
        def find_spec(self, name: str, path: object = None, target: object = None) -> None:
            if name == "pandas":
                raise ImportError(name)

    refusal = Refusal()
    sys.meta_path.insert(0, refusal)
    try:
        yield
    finally:
        sys.meta_path.remove(refusal)


def _rehearsed(url: str, lab: str) -> Store | None:
    """The Store that all Workers open, its statements compiled; None where it does not answer now."""
    from quintant.runs.rehearsal import rehearse
    from quintant.runs.store import Store

    try:
        store = Store(url, migrate=False)
        rehearse(store, lab)
    except Exception as error:  # Workers will open it themselves, and say what is wrong
        print(f"the store could not be rehearsed: {type(error).__name__}: {error}", file=sys.stderr, flush=True)
        return None
    return store


def _work(settings: dict[str, Any], store: Store | None, order: dict[str, Any]) -> NoReturn:
    """Become the Worker of one attempt. Never returns."""
    from quintant.runs.store import Store

    code = 1
    try:
        os.setsid()
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        folder = Path(settings["folder"]) / order["run"]
        folder.mkdir(parents=True, exist_ok=True)
        nothing, output = (
            os.open(os.devnull, os.O_RDWR),
            os.open(folder / WORKER_OUTPUT, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
        )
        os.dup2(nothing, 0)
        os.dup2(output, 1)
        os.dup2(output, 2)
        cache = Path(settings["cache"])
        code = attempt(
            store or Store(settings["url"], migrate=False),
            folder, cache, order["run"], order["attempt"], settings["lease_s"], settings["shelf_bytes"],
        )  # fmt: skip
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def attempt(store: Store, folder: Path, cache: Path, run_id: str, number: int, lease_s: float, shelf_bytes: int) -> int:
    """One attempt at a Run, in this process. Returns the exit code: 0 when the Run's end is in the Store."""
    import psutil

    from quintant.runs.driver import Driver
    from quintant.runs.store import Fenced

    try:
        store.occupy(run_id, number, os.getpid(), psutil.Process().create_time(), lease_s)
        Driver(store, run_id, number, folder, cache, lease_s, shelf_bytes).drive()
    except Fenced as error:
        print(error, flush=True)
        return 3
    finally:
        store.close()
    return 0


def _reap() -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        _tell({"dead": pid, "code": os.waitstatus_to_exitcode(status)})


def _tell(message: dict[str, Any]) -> None:
    try:
        os.write(1, json.dumps(message).encode() + b"\n")
    except BrokenPipeError:
        os._exit(0)


if __name__ == "__main__":
    serve()
