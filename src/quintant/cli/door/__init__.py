"""Door: what a verb asks for. One interface, so that each verb is written once.

    local   the runs facade, in this process, into the store of the data folder
    remote  a server, over its native API

A server that runs on this data folder is always asked instead of opening the store beside it.
"""

from __future__ import annotations

from pathlib import Path

from quintant.cli.door.door import Compared, Door, Listed
from quintant.runs.request import Request


def open_door(url: str | None = None, data_dir: Path | None = None, *, execute: bool = False) -> Door:
    """The door that these options lead to: `url`, else QUINTANT_URL, else the server of the data folder, else in-process.

    `execute`: without a server this process also executes what it starts.
    """
    from quintant.cli.problems import Refused
    from quintant.client.discovery import local_server, settings_of

    if url and data_dir:
        raise Refused("--url and --data-dir exclude each other: a server has its own data folder.")
    settings = settings_of(data_dir)
    chosen = url or (None if data_dir else settings.url)
    here = None if chosen else local_server(settings.folder)
    address = chosen or (here.url if here else None)
    if address:
        from quintant.cli.door.remote import RemoteDoor

        key = settings.api_key.get_secret_value() if settings.api_key else None
        return RemoteDoor(address, key, settings.folder if here else None)
    from quintant.cli.door.local import LocalDoor

    return LocalDoor(settings, execute=execute)


__all__ = ["Compared", "Door", "Listed", "Request", "open_door"]
