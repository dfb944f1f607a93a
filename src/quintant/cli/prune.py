"""`quintant prune --older-than 30d`: delete Runs that ended long ago."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from quintant.cli.options import DataDir, Url

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from quintant.cli.door import Door
    from quintant.runs.rows import Row

PAGE = 500


def prune(
    older_than: Annotated[str, typer.Option("--older-than", metavar="AGE", help="Since its end: 12h, 30d, 8w.")],
    keep_named: Annotated[
        bool, typer.Option("--keep-named", help="Spare what somebody has renamed, tagged or written a note on.")
    ] = False,
    where: Annotated[
        str | None, typer.Option("--where", metavar="FILTER", help="Only runs that match, as in list.", show_default=False)
    ] = None,
    yes: Annotated[bool, typer.Option("-y", "--yes", help="Do not ask.")] = False,
    url: Url = None,
    data_dir: DataDir = None,
) -> None:
    """Delete runs that ended long ago, with their files. It says first what that frees, and cannot be undone."""
    import sys
    import time

    from quintant.cli import quantity
    from quintant.cli.door import open_door
    from quintant.cli.problems import Refused
    from quintant.errors import Conflict, NotFound

    age_s = _seconds(older_than)
    with open_door(url, data_dir) as door:
        old = [row for row in _ended(door, where) if row.ended_at is not None and time.time() - row.ended_at > age_s]
        spared = [row for row in old if keep_named and row.version > 0]
        rows = [row for row in old if not keep_named or row.version == 0]
        text = f"{len(rows)} run{'' if len(rows) == 1 else 's'} that ended more than {older_than} ago"
        if door.folder is not None:
            text += f", {quantity.size(sum(_size(door.folder / 'runs' / row.lead) for row in rows))}"
        if spared:
            text += f"; {len(spared)} spared because somebody named, tagged or noted them"
        print(text)
        if not rows:
            return
        if not yes:
            if not sys.stdin.isatty():
                raise Refused("Deleting them cannot be undone, and there is no terminal to ask at.", "Say so with --yes.")
            if not typer.confirm("Delete them with all files?"):
                print("nothing deleted")
                raise typer.Exit(1)
        deleted = 0
        for row in rows:
            try:
                door.delete(row.lead)
                deleted += 1
            except (Conflict, NotFound) as error:  # somebody was faster, or it lives again
                typer.echo(f"not deleted: {error.detail}", err=True)
        print(f"deleted {deleted} run{'' if deleted == 1 else 's'}")


def _ended(door: Door, where: str | None) -> Iterator[Row]:
    """Every Run that has ended and matches, page by page."""
    from quintant.cli.door import Listed
    from quintant.runs.lifecycle import FINAL

    cursor = None
    while True:
        page = door.rows(Listed(where or "", "none", states=FINAL, sort="created_at", limit=PAGE, cursor=cursor))
        yield from page.rows
        if (cursor := page.next) is None:
            return


def _seconds(text: str) -> float:
    """The age in seconds, in the units of the filter's grammar."""
    import re

    from quintant.errors import ConfigError, Problem
    from quintant.runs.filter.unit import SECONDS, converted

    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([a-z]+)\s*", text)
    age = converted(float(match[1]), match[2], SECONDS) if match else None
    if age is None:
        raise ConfigError(Problem("--older-than", f"must be a number with its unit, such as 30d or 12h; got {text!r}.", text))
    return age


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else 0
