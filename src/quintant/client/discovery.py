"""The server of a data folder: it writes `server.json` with its address and its process, and we check that it lives."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from quintant.process import alive

if TYPE_CHECKING:
    from quintant.errors import Problem
    from quintant.settings import Settings

NAME = "server.json"


@dataclass(frozen=True)
class LocalServer:
    url: str
    pid: int


def local_server(folder: Path) -> LocalServer | None:
    """The server that serves `folder` on this machine, None when there is none or it died without a word."""
    try:
        announcement = orjson.loads((folder / NAME).read_bytes())
        server = LocalServer(str(announcement["url"]), int(announcement["pid"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return server if alive(server.pid, announcement.get("birth")) else None


def settings_of(data_dir: Path | None = None, **more: Any) -> Settings:
    """The settings, with what the command line says on top. ConfigError names a bad environment variable."""
    from pydantic import ValidationError

    from quintant.errors import ConfigError
    from quintant.settings import Settings

    own_settings: dict[str, Any] = {name: value for name, value in {"data_dir": data_dir, **more}.items() if value is not None}
    try:
        return Settings(**own_settings)
    except ValidationError as error:
        raise ConfigError([_setting_problem(Settings, fault) for fault in error.errors(include_url=False)]) from None


def _setting_problem(kind: type[Settings], fault: Any) -> Problem:
    """What is wrong with one setting, without the value of one that is secret or may hold a password."""
    from quintant.errors import Problem

    name = "_".join(map(str, fault["loc"]))
    message = fault["msg"].removeprefix("Value error, ")
    shown = "" if name in kind.SECRET else f"; got {fault.get('input')!r}"
    return Problem(f"QUINTANT_{name.upper()}", f"{message}{shown}.")
