"""`quintant export RUN`: everything of a run, or of a sweep's runs, as files in a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from quintant.cli.options import DataDir, Json, Url, Which


def export(
    which: Which,
    figures: Annotated[str, typer.Option(metavar="svg,png,pdf,html,json", help="Formats of the figures, or none.")] = "svg",
    tables: Annotated[
        str, typer.Option(metavar="csv,parquet,arrow,json", help="Formats of the tables besides their Arrow files, or none.")
    ] = "csv",
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="Folder to write below.")] = Path(),
    json: Json = False,
    url: Url = None,
    data_dir: DataDir = None,
) -> None:
    """Export config, record, result, tables, figures and all other files, with a manifest of sha256."""
    import sys

    from quintant.cli.door import open_door
    from quintant.client import export as files
    from quintant.errors import Conflict
    from quintant.runs.sweep import Sweep

    as_figures = files.formats("--figures", figures, files.FIGURES)
    as_tables = files.formats("--tables", tables, files.TABLES)
    with open_door(url, data_dir) as door:
        target = door.find(which)
        runs = [run for run in door.members(target) if run.state.final]
        if not runs:
            raise Conflict(f"{target.id} has not ended; what it has so far can be exported once it has.")
        card = door.lab(target.lab)
        whole = isinstance(target, Sweep)
        root = to / target.id if whole else to
        exported = [
            files.export(
                door,
                door.run(run.id),
                [figure for figure in card.figures if figure.of == "run" or not whole],
                root,
                as_figures=as_figures,
                as_tables=as_tables,
            )
            for run in runs
        ]
        skipped = {
            f"{folder_export.folder.name}/{path}": why
            for folder_export in exported
            for path, why in folder_export.skipped.items()
        }
        written = [
            root / folder_export.folder.name / str(file["path"]) for folder_export in exported for file in folder_export.files
        ]
        if isinstance(target, Sweep):
            made, missed = files.export_sweep(door, target, card.figures, root, as_figures)
            written += made
            skipped |= missed
        left = len(door.members(target)) - len(runs)
    if json:
        import orjson

        print(
            orjson.dumps(
                {
                    "folder": str(root if whole else exported[0].folder),
                    "files": [str(path) for path in written],
                    "skipped": skipped,
                    "not_ended": left,
                }
            ).decode()
        )
        return
    print(f"{root if whole else exported[0].folder}   {len(written)} files, checked; see manifest.json")
    for path, why in skipped.items():
        print(f"not written: {path}: {why}", file=sys.stderr)
    if left:
        print(f"left out: {left} runs that have not ended", file=sys.stderr)
