"""/api/simulations/{id}/results/{path}: one file of the run directory.

Only names that the run directory has are served, so no path leads anywhere else; symbolic links in the Run's folder are
followed only as far as the folder goes. Pages are sandboxed: they came from a run, and must not act as the server's own.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import orjson
from fastapi import APIRouter, Query, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from quintant.errors import NotFound
from quintant.json_value import Json
from quintant.labs.federated import folder
from quintant.labs.federated.contract import examples, status
from quintant.labs.federated.contract.route import InteflRoute
from quintant.labs.federated.contract.simulation import Simulation, Simulations
from quintant.wire.refusal import answer

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


def router(simulations: Simulations) -> APIRouter:
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
        simulation = simulations.get(simulation_id)
        suffix = PurePosixPath(result_filename).suffix
        check(result_filename)
        if suffix not in TYPES:
            raise HTTPException(400, "Unsupported file type.")
        framers = ("'self'", *(origin for origin in request.app.state.origins if origin != "*"))
        response = _told(result_filename, suffix, read(simulations, simulation, result_filename), download, framers)
        fixed = status.is_final(simulation.run) and result_filename not in VIEWS
        response.headers["Cache-Control"] = KEPT if fixed else "no-cache"
        return response

    return routes


def check(path: str) -> None:
    """400 for a path that names its way out, whatever is there: absolute, `..`, or what a foreign system understands."""
    parts = PurePosixPath(path.replace("\\", "/")).parts
    if "\x00" in path or "\\" in path or path.startswith("/") or ".." in parts or ":" in path:
        raise HTTPException(400, "Invalid path specified.")


def read(simulations: Simulations, simulation: Simulation, path: str) -> bytes:
    """The bytes of a file of the run directory: what was written when the Run ended, or else rendered now."""
    if path in VIEWS:
        view = simulations.config(simulation) if path == "config.json" else simulations.status(simulation)
        return folder.document(view)
    render = folder.entries(simulations.outcome(simulation.run)).get(path)
    if render is None:
        raise HTTPException(404, "Result file not found.")
    inside(simulations.runs.folder(simulation.run.id), path)
    try:
        return simulations.runs.open_artifact(simulation.run.id, path).read_bytes()
    except NotFound:
        return render()


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


def records(data: bytes) -> list[dict[str, Json]]:
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


def _value(text: str) -> Json:
    if text == "" or text.lower() == "nan":
        return None
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
