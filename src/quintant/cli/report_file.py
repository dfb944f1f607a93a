"""`quintant report RUN…`: runs and sweeps as one HTML file to read, print and hand on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from quintant.cli.options import DataDir, Several, Url


def report(
    which: Several,
    to: Annotated[Path, typer.Option("--to", metavar="FILE", help="Where it is written.")] = Path("report.html"),
    url: Url = None,
    data_dir: DataDir = None,
) -> None:
    """One HTML file that needs no network: findings, figures, results, differences, the record, how to repeat."""
    from quintant.cli.door import open_door
    from quintant.destination import write

    with open_door(url, data_dir) as door:
        data = door.report([door.find(prefix).id for prefix in which])
    print(write(to, data))
