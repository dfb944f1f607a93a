"""The Python SDK: clients of the native API.

client      Client: run, get, labs, validate            discovery   the server that runs on this machine
run         RunHandle, SweepHandle, FigureHandle        export      everything of a run as files
asynchronous  the same, awaited (generated)             bridge      the SDK's code on an event loop
api         one method per operation                    shapes      JSON to values
transport   the only module that knows HTTP             faults      problem answers to errors
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from quintant.client.asynchronous import AsyncClient
    from quintant.client.client import Client
    from quintant.client.run import FigureHandle, RunHandle, SweepHandle

__all__ = ["AsyncClient", "Client", "FigureHandle", "RunHandle", "SweepHandle"]


def __getattr__(name: str) -> Any:
    """Import on demand: the command line uses parts of this package without HTTP."""
    if name == "Client":
        from quintant.client.client import Client

        return Client
    if name == "AsyncClient":
        from quintant.client.asynchronous import AsyncClient

        return AsyncClient
    if name in __all__:
        from quintant.client import run

        return getattr(run, name)
    raise AttributeError(name)
