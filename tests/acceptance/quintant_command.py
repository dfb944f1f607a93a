"""The installed command line in a process of its own, as a person or a script meets it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

COMMAND = [sys.executable, "-m", "quintant.cli"]
SLOW = ("--set", "steps=4000", "--set", "work=1000000")
"""A toy run of a minute and more: nothing here waits for its end."""


@dataclass(frozen=True)
class Answer:
    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Standard output as JSON lines."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def json(self) -> Any:
        assert self.out, self.err
        return json.loads(self.out)


@dataclass(frozen=True)
class Command:
    """`quintant` with a data folder of its own and nothing else in its environment."""

    data_dir: Path
    more: Mapping[str, str]

    @property
    def environment(self) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if not name.startswith("QUINTANT_")}
        return own | {"QUINTANT_DATA_DIR": str(self.data_dir), "QUINTANT_WORKERS": "2", **self.more}

    def __call__(self, *arguments: str, code: int | None = 0, timeout_s: float = 60, **how: Any) -> Answer:
        """Run to the end. `code` None: any exit code will do."""
        done = subprocess.run(
            [*COMMAND, *arguments], capture_output=True, text=True, timeout=timeout_s, env=self.environment,
            stdin=subprocess.DEVNULL, **how,
        )  # fmt: skip
        answer = Answer(done.returncode, done.stdout, done.stderr)
        assert code is None or answer.code == code, f"exit {answer.code}\n{answer.out}\n{answer.err}"
        return answer

    def start(self, *arguments: str, **how: Any) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=self.environment,
            stdin=subprocess.DEVNULL, **how,
        )  # fmt: skip


@contextmanager
def serving(command: Command) -> Iterator[str]:
    """A server on a free port and this data folder, for as long as the block runs; its address."""
    server = command.start("serve", "--port", "0")
    try:
        yield _address(command, server)
    finally:
        server.terminate()
        server.communicate(timeout=20)


def _address(command: Command, server: subprocess.Popen[str]) -> str:
    import urllib.error
    import urllib.request

    end = time.monotonic() + 30
    while time.monotonic() < end:
        assert server.poll() is None, server.stderr.read() if server.stderr else ""
        try:
            url = json.loads((command.data_dir / "server.json").read_text())["url"]
            with urllib.request.urlopen(f"{url}/api/v2/labs", timeout=5) as answer:
                assert answer.status == 200
            return url
        except (OSError, ValueError, KeyError, urllib.error.URLError):
            time.sleep(0.05)
    raise AssertionError("the server did not answer within 30 s")
