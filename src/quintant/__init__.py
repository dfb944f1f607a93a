"""Quintant: run, watch, repeat, compare and keep simulations from five fields.

import quintant

sweep = quintant.run("optical", load_erlang=230, seeds=10)     # by the server of this machine, else in this process
print(sweep.wait().summary()[0].headline)                      # 0.0297 [0.0250, 0.0344]
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from quintant.client.asynchronous import AsyncClient as AsyncClient
    from quintant.client.client import Client as Client
    from quintant.session import compare as compare
    from quintant.session import connect as connect
    from quintant.session import connect_async as connect_async
    from quintant.session import get as get
    from quintant.session import rows as rows
    from quintant.typed import run as run

_SESSION = ("compare", "connect", "connect_async", "get", "rows", "run")
_HOMES = {
    "AsyncClient": "quintant.client.asynchronous",
    "Client": "quintant.client.client",
    **dict.fromkeys(_SESSION, "quintant.session"),
}


def __getattr__(name: str) -> Any:
    """Import on demand: `import quintant` alone reads nothing else."""
    if name not in _HOMES:
        raise AttributeError(f"module 'quintant' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return [*globals(), *_HOMES]
