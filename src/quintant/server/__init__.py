"""The server: thin doors to `quintant.runs` over HTTP. They only translate.

app         create_app(runs, settings): every lab's contract at the root of one port, the native API below /api/v2
serve       serve(settings): open the Store, take the port, write server.json, print the banner, run
private     the same on a socket of one process alone: `quintant.run` without a server
native/     the uniform API, a module per noun (labs, runs, events, files, figures, sweeps), shapes beside them
streams     readings of a Run's log from a cursor: SSE and WebSocket
problems    RFC 9457 answers, strict JSON, unknown keys refused
limits      the largest request body, counted while it arrives
guard       which hosts and origins are answered, and the headers every answer carries
keys        the API key
swagger     /docs from the package, no outside request
web/        what browsers load
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fastapi import FastAPI

    from quintant.runs import Runs
    from quintant.settings import Settings


def create_app(runs: Runs, settings: Settings, **options: Any) -> FastAPI:
    """The ASGI application; see `quintant.server.app.create_app`."""
    from quintant.server.app import create_app as create

    return create(runs, settings, **options)


def serve(settings: Settings, **options: Any) -> None:
    """Open the Store, listen and run until a signal; see `quintant.server.serve.serve`."""
    from quintant.server.serve import serve as run

    run(settings, **options)
