"""Quintant from Python without a server: `quintant.run("optical", load_erlang=230, seeds=10)`.

Where a server is named (QUINTANT_URL), or lives on the data folder, it is asked; else this process answers for itself, by the
same API into the same store, until it ends.
"""

from __future__ import annotations

import atexit
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quintant.client.client import Client
from quintant.client.rows import Rows
from quintant.client.run import RunHandle, SweepHandle
from quintant.errors import ConfigError, Problem
from quintant.lab import DEFAULT_PRESET

if TYPE_CHECKING:
    from quintant.client.asynchronous import AsyncClient
    from quintant.server.private import PrivateServer
    from quintant.settings import Settings

_servers: dict[Path, tuple[PrivateServer, Client]] = {}
_clients: dict[tuple[int, str, str | None], Client] = {}


def connect(data_dir: str | Path | None = None) -> Client:
    """The client of the server that is named or lives on the data folder (`data_dir`, else that of the settings), else of
    this process. Asked again, the same one, as long as it is still right."""
    from quintant.client.discovery import local_server, settings_of

    settings = settings_of(None if data_dir is None else Path(data_dir))
    key = settings.api_key.get_secret_value() if settings.api_key else None
    here = None if settings.url and data_dir is None else local_server(settings.folder)
    url = settings.url if settings.url and data_dir is None else here.url if here else None
    if url is None:
        return _own(settings, key)
    known = (os.getpid(), url, key)
    if known not in _clients:
        _clients[known] = Client(url, key)
    return _clients[known]


def connect_async(data_dir: str | Path | None = None) -> AsyncClient:
    """An AsyncClient of the same server as `connect`; one for each event loop, to be closed (`async with`)."""
    from quintant.client.asynchronous import AsyncClient

    beside = connect(data_dir).api
    client = AsyncClient(beside.url, socket=beside.transport.socket)
    client._mirrored.api.made = beside.made  # what has not ended when the process does is told for both
    return client


def run(
    lab: str,
    /,
    *,
    preset: str | None = DEFAULT_PRESET,
    config: Mapping[str, Any] | None = None,
    seeds: int | Sequence[int] | None = None,
    sweep: Mapping[str, Any] | Any = None,
    from_run: str | RunHandle | SweepHandle | None = None,
    root_seed: int | None = None,
    name: str | None = None,
    retries: int | None = None,
    until: str | Sequence[str] = (),
    max_seeds: int | None = None,
    fresh: bool = False,
    **keys: Any,
) -> RunHandle | SweepHandle:
    """Start a Run, or a Sweep with several seeds or swept keys: `Client.run`, with keys of the config as arguments.

    Keys with dots, and those that are called like an argument here, go into `config`. ConfigError names a key that is given
    twice, and every fault of the config; nothing is created then.
    """
    if twice := [key for key in keys if key in (config or {})]:
        raise ConfigError([Problem(key, "is given twice, as an argument and in config.", keys[key]) for key in twice])
    return connect().run(
        lab, preset=preset, config={**(config or {}), **keys}, seeds=seeds, sweep=sweep, root_seed=root_seed, name=name,
        from_run=from_run, retries=retries, until=until, max_seeds=max_seeds, fresh=fresh,
    )  # fmt: skip


def get(which: str) -> RunHandle | SweepHandle:
    """The Run or the Sweep of an id; its first characters are enough."""
    return connect().get(which)


def rows(where: str = "", **how: Any) -> Rows:
    """The table of Runs that a filter matches: `Client.rows`."""
    return connect().rows(where, **how)


def compare(*keys: str | RunHandle | SweepHandle, **how: Any) -> Mapping[str, Any]:
    """Two to eight Runs, points or Sweeps side by side: `Client.compare`."""
    return connect().compare(*keys, **how)


def _own(settings: Settings, key: str | None) -> Client:
    from quintant.server.private import PrivateServer

    folder = settings.folder
    server, client = _servers.get(folder, (None, None))
    if server is None or client is None or not server.lives:
        server = PrivateServer(settings)
        client = Client("http://127.0.0.1", key, socket=server.socket)
        if not _servers:
            atexit.register(_close)
        _servers[folder] = server, client
    return client


def _close() -> None:
    """What has not ended is told: queued Runs wait for whoever opens the folder next."""
    for folder, (server, client) in _servers.items():
        if not server.lives:
            continue
        live = sum(not server.runs.state(run_id).final for run_id in client.api.made)
        client.close()
        server.close()
        if live:
            print(
                f"quintant: {live} run{'s' if live != 1 else ''} in {folder} had not ended; wait() waits for them, "
                "`quintant serve` goes on with them.",
                file=sys.stderr,
            )
    _servers.clear()
