"""/api/simulations/{id}/results/{path}: one file of the run directory.

Only names that the run directory has are served, so no path leads anywhere else; symbolic links in the Run's folder are
followed only as far as the folder goes. Pages are sandboxed: they came from a run, and must not act as the server's own.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import orjson
from fastapi import APIRouter, Query, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from quintant.labs.federated import folder
from quintant.labs.federated.contract import examples, status
from quintant.labs.federated.contract.route import InteflRoute, answer
from quintant.labs.federated.contract.simulation import Simulation, Simulations

TYPES = {
    ".png": "image/png",
    ".pdf": "application/pdf",
    ".csv": "text/csv",
    ".json": "application/json",
    ".html": "text/html",
    ".txt": "text/plain",
    ".gif": "image/gif",
}
SHOWN = tuple(TYPES)
KEPT = "private, max-age=3600"
"""What a Run left when it ended does not change; its pictures are drawn when they are asked for."""
POLICY = "sandbox; default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'"
VIEWS = ("config.json", "status.json")
"""Files of the contract that are never stored, because what they say can change."""


def router(found: Simulations) -> APIRouter:
    routes = APIRouter(prefix="/api/simulations/{simulation_id}/results", route_class=InteflRoute)

    @routes.get(
        "/{result_filename:path}",
        summary="A file of its run directory",
        responses=examples.answers({200: examples.RECORDS}, 400, 404),
    )
    def fetch(
        request: Request,
        simulation_id: str,
        result_filename: str,
        download: bool = Query(False, description="A CSV as a file to keep, instead of JSON records."),
    ) -> Response:
        one = found.get(simulation_id)
        suffix = PurePosixPath(result_filename).suffix
        check(result_filename)
        if suffix not in TYPES:
            raise HTTPException(400, "Unsupported file type.")
        framers = ("'self'", *(origin for origin in request.app.state.origins if origin != "*"))
        told = _told(result_filename, suffix, read(found, one, result_filename), download, framers)
        fixed = status.is_final(one.run) and result_filename not in VIEWS
        told.headers["Cache-Control"] = KEPT if fixed else "no-cache"
        return told

    return routes


def check(path: str) -> None:
    """400 for a path that names its way out, whatever is there: absolute, `..`, or what a foreign system understands."""
    parts = PurePosixPath(path.replace("\\", "/")).parts
    if "\x00" in path or "\\" in path or path.startswith("/") or ".." in parts or ":" in path:
        raise HTTPException(400, "Invalid path specified.")


def read(found: Simulations, one: Simulation, path: str) -> bytes:
    """The bytes of a file of the run directory: what was written when the Run ended, or else rendered now."""
    if path in VIEWS:
        view = found.config(one) if path == "config.json" else found.status(one)
        return folder.document(view)
    render = folder.entries(found.outcome(one.run)).get(path)
    if render is None:
        raise HTTPException(404, "Result file not found.")
    stored = inside(found.runs.folder(one.run.id), path)
    return stored.read_bytes() if stored.is_file() else render()


def inside(root: Path, path: str) -> Path:
    """`root / path` with links followed, or 400 when that ends outside."""
    root = root.resolve()
    try:
        target = (root / path).resolve()
    except (OSError, RuntimeError):  # a loop of links, or a name longer than any file's
        raise HTTPException(404, "Result file not found.") from None
    if not target.is_relative_to(root):
        raise HTTPException(400, "Invalid path specified.")
    return target


def records(data: bytes) -> list[dict[str, Any]]:
    """A CSV as one object per row; numbers are numbers, an empty cell is null."""
    rows = csv.reader(io.StringIO(data.decode("utf-8")))
    head = next(rows, [])
    return [dict(zip(head, map(_value, row), strict=True)) for row in rows]


def _told(path: str, suffix: str, data: bytes, download: bool, framers: Sequence[str]) -> Response:
    if suffix == ".csv" and not download:
        try:
            return answer(records(data))
        except (ValueError, csv.Error) as error:
            raise HTTPException(500, f"Failed to process CSV file: {error}") from None
    if suffix == ".json":
        return answer(orjson.loads(data))
    headers = {"X-Content-Type-Options": "nosniff"}
    if suffix == ".csv":
        headers["Content-Disposition"] = f'attachment; filename="{PurePosixPath(path).name}"'
    if suffix == ".html":
        headers["Content-Security-Policy"] = f"{POLICY}; frame-ancestors {' '.join(framers)}"
    return Response(data, headers=headers, media_type=TYPES[suffix])


def _value(text: str) -> Any:
    if text == "" or text.lower() == "nan":
        return None
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
