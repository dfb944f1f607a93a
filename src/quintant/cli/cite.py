"""`quintant cite RUN`: what to cite, as BibTeX and as CITATION.cff."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from quintant.cli.options import DataDir, Url, Which

NAMES = {"bibtex": "references.bib", "cff": "CITATION.cff"}


def cite(
    which: Which,
    format: Annotated[
        Literal["both", "bibtex", "cff"], typer.Option("--as", help="Which of the two is printed or written.")
    ] = "both",
    to: Annotated[
        Path | None,
        typer.Option("--to", metavar="DIR", help="Write references.bib and CITATION.cff below it.", show_default=False),
    ] = None,
    url: Url = None,
    data_dir: DataDir = None,
) -> None:
    """What to cite for a run or a sweep: Quintant, the run by its hashes, the lab, the model and the data that it used."""
    from quintant.cli.door import open_door
    from quintant.destination import write

    wanted = list(NAMES) if format == "both" else [format]
    with open_door(url, data_dir) as door:
        target = door.find(which)
        texts = {one: door.citation(target, one) for one in wanted}
    if to is not None:
        for one, text in texts.items():
            print(write(to / NAMES[one], text.encode()))
        return
    for one, text in texts.items():
        if len(texts) > 1:
            print(f"{'%' if one == 'bibtex' else '#'} {NAMES[one]}")
        print(text, end="\n" if one != wanted[-1] else "")
