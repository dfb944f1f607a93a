"""The server of a data folder: it writes `server.json` with its address and its process, and we check that it lives."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from quintant.settings import Settings

NAME = "server.json"
CLOCK_S = 2.0
"""How far the recorded start of a process may lie from the measured one."""


@dataclass(frozen=True)
class LocalServer:
    url: str
    pid: int


def local_server(folder: Path) -> LocalServer | None:
    """The server that serves `folder` on this machine, None when there is none or it died without a word."""
    try:
        told = orjson.loads((folder / NAME).read_bytes())
        server = LocalServer(str(told["url"]), int(told["pid"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return server if _alive(server.pid, told.get("pid_born")) else None


def settings_of(data_dir: Path | None = None, **more: Any) -> Settings:
    """The settings, with what the command line says on top. ConfigError names a bad environment variable."""
    from pydantic import ValidationError

    from quintant.errors import ConfigError, Problem
    from quintant.settings import Settings

    given: dict[str, Any] = {name: value for name, value in {"data_dir": data_dir, **more}.items() if value is not None}
    try:
        return Settings(**given)
    except ValidationError as error:
        raise ConfigError(
            [
                Problem(f"QUINTANT_{'_'.join(map(str, fault['loc'])).upper()}", f"{fault['msg']}; got {fault.get('input')!r}.")
                for fault in error.errors(include_url=False)
            ]
        ) from None


def _alive(pid: int, born: float | None) -> bool:
    """A process of that id exists and, when its start was recorded, is the same one (ids are used again)."""
    import psutil

    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        return born is None or abs(process.create_time() - born) < CLOCK_S
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True
