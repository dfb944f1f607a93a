"""Options that several verbs share, declared once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Url = Annotated[
    str | None,
    typer.Option(
        "--url",
        metavar="URL",
        help="Server to talk to [default: QUINTANT_URL, else the one that runs here].",
        show_default=False,
    ),
]
DataDir = Annotated[
    Path | None,
    typer.Option(
        "--data-dir", metavar="DIR", help="Data folder [default: QUINTANT_DATA_DIR, else ~/.quintant].", show_default=False
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Which = Annotated[str, typer.Argument(metavar="RUN", help="Id of a run or a sweep; its first characters are enough.")]
Several = Annotated[list[str], typer.Argument(metavar="RUN…", help="Ids of runs or sweeps; their first characters are enough.")]
