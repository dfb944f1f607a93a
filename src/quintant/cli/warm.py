"""`quintant warm`: compile the labs' kernels now, so that a first run does not wait for it."""

from __future__ import annotations

from typing import Annotated

import typer

from quintant.cli.options import DataDir


def warm(
    only: Annotated[
        list[str] | None,
        typer.Argument(metavar="[LAB…]", help="Labs to warm [default: all that are ready].", show_default=False),
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Compile the labs' kernels and keep them on disk; tells how long each took."""
    import time

    from quintant import kernels, registry
    from quintant.cli import quantity
    from quintant.client.discovery import settings_of

    settings = settings_of(data_dir)
    kernels.keep(settings.cache)
    labs = (
        [registry.find(name) for name in only]
        if only
        else [lab for lab in registry.labs(settings.labs).values() if registry.missing(lab) is None]
    )
    for lab in labs:
        if not lab.warm:
            print(f"{lab.name}  nothing to compile")
            continue
        begun = time.perf_counter()
        lab.prepare()
        print(f"{lab.name}  ready, {quantity.duration(time.perf_counter() - begun)}", flush=True)
