"""`quintant doctor`: what stands wrong in the data folder and around it, and what to do."""

from __future__ import annotations

from typing import Annotated

import typer

from quintant.cli.options import DataDir, Json

SIGNS = {"good": "✓", "doubtful": "!", "bad": "✗"}


def doctor(
    quick: Annotated[bool, typer.Option("--quick", help="Compare sizes of files only, not their sha256.")] = False,
    json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Look for what is wrong: database, files, lost runs, disk, clocks, labs, kernels. Exit 1 where something is bad."""
    from dataclasses import asdict

    from quintant.client.discovery import settings_of
    from quintant.runs.inspection import inspect

    settings = settings_of(data_dir)
    findings = []
    for finding in inspect(settings, hashes=not quick):
        findings.append(finding)
        if json:
            continue
        print(f"{SIGNS[finding.level]} {finding.of:<8} {finding.says}", flush=True)
        if finding.remedy:
            print(f"  {'':<8} → {finding.remedy}")
    if json:
        import orjson

        body = {"folder": str(settings.folder), "findings": [asdict(finding) for finding in findings]}
        print(orjson.dumps(body, option=orjson.OPT_INDENT_2).decode())
    raise typer.Exit(1 if any(finding.level == "bad" for finding in findings) else 0)
