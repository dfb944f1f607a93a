"""`quintant serve`, and `quintant` alone: the server on this machine."""

from __future__ import annotations

from typing import Annotated

import typer

from quintant.cli.options import DataDir


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on [default: 127.0.0.1].", show_default=False)] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port; 0 takes a free one [default: 8000].", show_default=False)
    ] = None,
    data_dir: DataDir = None,
    labs: Annotated[
        str | None, typer.Option(metavar="A,B", help="Labs to offer [default: all that are installed].", show_default=False)
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Runs executed at the same time [default: one per core].", show_default=False)
    ] = None,
) -> None:
    """Serve the API and execute runs, until Ctrl-C."""
    from quintant.client.discovery import settings_of
    from quintant.server import serve as run

    run(settings_of(data_dir, host=host, port=port, labs=labs, workers=workers))
