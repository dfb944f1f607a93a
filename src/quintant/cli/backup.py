"""`quintant backup FILE`, `quintant restore FILE`: a data folder as one file, and back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from quintant.cli.options import DataDir

if TYPE_CHECKING:
    from quintant.runs.backup import Kept


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to: a new .tar, .tar.gz or .tgz.")],
    data_dir: DataDir = None,
) -> None:
    """Write the data folder into one file, while a server may use it."""
    from quintant.client.discovery import settings_of
    from quintant.runs.backup import back_up

    kept = back_up(settings_of(data_dir), file)
    print(f"backed up {_told(kept)} to {file}")
    _warn(kept)


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that `quintant backup` wrote.")],
    data_dir: DataDir = None,
) -> None:
    """Unpack a backup into an empty data folder; every file's sha256 is compared."""
    from quintant.client.discovery import settings_of
    from quintant.runs.backup import restore as unpack

    settings = settings_of(data_dir)
    kept = unpack(settings, file)
    print(f"restored {_told(kept)} into {settings.folder}; every sha256 agrees")
    _warn(kept)


def _told(kept: Kept) -> str:
    from quintant.cli import quantity

    return f"{kept.runs} run{'' if kept.runs == 1 else 's'} in {kept.files} files, {quantity.size(kept.size)}"


def _warn(kept: Kept) -> None:
    if kept.live:
        typer.echo(f"note: {kept.live} of them were going on; where it is restored they start again", err=True)
    for name in kept.left_out:
        typer.echo(f"warning: left out, because it is gone or not what was recorded: {name}", err=True)
