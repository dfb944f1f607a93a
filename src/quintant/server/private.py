"""A server of one process alone: the whole API on a socket in a folder that nobody else may enter, for Python without a server.

It takes no port, no lock and no server.json: any number of notebooks and command lines share a data folder so. It executes what
is submitted through it, and nothing else.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from quintant.errors import QuintantError

if TYPE_CHECKING:
    import uvicorn

    from quintant.runs import Runs
    from quintant.settings import Settings

START_S, STOP_S = 60.0, 5.0


class NotStarted(QuintantError):
    code = "not_started"


class PrivateServer:
    """`socket`: where it answers. `process`: who started it; a fork of that has no server."""

    def __init__(self, settings: Settings) -> None:
        import uvicorn

        from quintant.runs import open_runs
        from quintant.server.app import create_app

        self.process = os.getpid()
        self.runs: Runs = open_runs(settings, execute=True, only_own=True)
        self._folder = Path(tempfile.mkdtemp(prefix="quintant-"))  # only its owner may enter
        self.socket = self._folder / "socket"
        config = uvicorn.Config(
            create_app(self.runs, settings), uds=str(self.socket), log_config=None, access_log=False, lifespan="on",
            server_header=False, timeout_graceful_shutdown=1,
        )  # fmt: skip
        self._server: uvicorn.Server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, name="quintant", daemon=True)
        self._thread.start()
        begun = time.monotonic()
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() - begun > START_S:
                self.close()
                raise NotStarted(f"Quintant did not start in this process; its folder is {settings.folder}.")
            time.sleep(0.005)

    @property
    def lives(self) -> bool:
        return self.process == os.getpid() and self._thread.is_alive()

    def close(self) -> None:
        """Answer nothing more. Workers that run go on, and are adopted by whoever opens the folder next."""
        if self.process != os.getpid():
            return
        self._server.should_exit = True
        self._thread.join(STOP_S)
        self.runs.close()
        shutil.rmtree(self._folder, ignore_errors=True)
