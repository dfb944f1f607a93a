"""Executors get Runs executed. One takes a Run id and nothing else: the Store holds the rest.

`local` runs Workers on this machine. A Celery executor sends the id to a queue whose consumer calls the same
`Supervisor.attend(run_id)`; a message delivered twice finds the claim taken and does nothing.
"""

from __future__ import annotations

from typing import Protocol


class Executor(Protocol):
    def submit(self, run_id: str) -> None:
        """A Run was queued. Only a doorbell: an executor also finds queued Runs by itself."""

    def close(self) -> None: ...
