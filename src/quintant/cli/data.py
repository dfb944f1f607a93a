"""`quintant data …`: data sets that labs can fetch from public package indexes, checked by sha256."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from quintant.cli.options import DataDir

if TYPE_CHECKING:
    from quintant.lab import Fetchable

app = typer.Typer(help="Data sets that labs can fetch.", no_args_is_help=True, add_completion=False)


@app.command("list")
def available(data_dir: DataDir = None) -> None:
    """List what can be fetched: name, lab, what it is."""
    for lab, name, fetchable in _all(data_dir):
        print(f"{name:16} {lab:10} {fetchable.says}")


@app.command()
def fetch(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A name of `quintant data list`.")],
    force: Annotated[bool, typer.Option("--force", help="Replace files that are there.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Fetch a data set into the user's cache folder, where its lab finds it."""
    from quintant.client.discovery import settings_of
    from quintant.config import suggest
    from quintant.errors import NotFound

    known = {each: fetchable for _, each, fetchable in _all(data_dir)}
    if name not in known:
        near = suggest(name, known)
        raise NotFound("data set", name, near or f"Known: {', '.join(sorted(known))}.")
    for path in known[name].fetch(settings_of(data_dir).cache, force):
        print(path)
    print(f"{name} is here; every file has the expected sha256.")


def _all(data_dir: DataDir) -> Iterator[tuple[str, str, Fetchable]]:
    """(lab, name, what) of everything that the labs offer."""
    from quintant import registry
    from quintant.client.discovery import settings_of
    from quintant.lab import load

    for lab in registry.labs(settings_of(data_dir).labs).values():
        if lab.data:
            for name, fetchable in load(lab.data)().items():
                yield lab.name, name, fetchable
