"""`quintant annotate RUN…`: another name, tags, a note. They stand beside the runs and change no hash, record or log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from quintant.cli.options import DataDir, Several, Url

if TYPE_CHECKING:
    from typing import Any


def annotate(
    which: Several,
    name: Annotated[str | None, typer.Option("--name", help="Another name.", show_default=False)] = None,
    tag: Annotated[list[str] | None, typer.Option("--tag", help="Add a tag.", show_default=False)] = None,
    untag: Annotated[list[str] | None, typer.Option("--untag", help="Remove a tag.", show_default=False)] = None,
    note: Annotated[str | None, typer.Option("--note", help="A note; an empty one removes it.", show_default=False)] = None,
    url: Url = None,
    data_dir: DataDir = None,
) -> None:
    """Name, tag or note runs and sweeps; find them again with `quintant list --where tag:…`."""
    from quintant.cli.door import open_door
    from quintant.cli.problems import Refused

    if name is None and note is None and not tag and not untag:
        raise Refused("Nothing to write.", "Give --name, --tag, --untag or --note.")
    with open_door(url, data_dir) as door:
        targets = [door.find(prefix) for prefix in which]
        changes: dict[str, Any] = {} if name is None else {"name": name}
        changes |= {} if note is None else {"note": note or None}
        for target in targets:
            runs = len(door.annotate(target.id, changes)) if changes else 0
            for action, changed_tags in (("tag", tag), ("untag", untag)):
                if changed_tags:
                    [done] = door.bulk(action, [target.id], changed_tags)
                    runs = done.runs
            print(f"{target.id}  {runs} run{'s' if runs != 1 else ''} annotated")
