"""An application on a real socket of this process: in-process transports buffer streams, so tests of streams need one."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from quintant.errors import Conflict

if TYPE_CHECKING:
    from quintant.runs import Runs


@contextmanager
def serving(app: Any, *, timeout_s: float = 20.0) -> Iterator[str]:
    """Its address, http://127.0.0.1:PORT, until the block ends."""
    import uvicorn

    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=2, proxy_headers=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    end = time.monotonic() + timeout_s
    while not server.started:
        assert time.monotonic() < end, "the server did not start"
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout_s)
        listener.close()


def quieten(runs: Runs) -> None:
    """Cancel every Run that has not ended, and wait until it has."""
    for run in runs.list(limit=1000).items:
        with suppress(Conflict):  # it has ended meanwhile
            if not run.state.final:
                runs.cancel(run.id, wait_s=10)
