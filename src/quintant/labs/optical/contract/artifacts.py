"""/api/runs/{id}/artifacts: list a folder, download a file, preview it. What would leave the run's folder is refused
before anything looks whether it exists."""

from __future__ import annotations

import mimetypes
import os
import stat
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Query
from starlette.responses import FileResponse, Response

from quintant.errors import ConfigError, Forbidden, NotFound, Problem
from quintant.labs.optical.contract import examples, preview, status
from quintant.labs.optical.contract.facade import Runs, own
from quintant.labs.optical.contract.route import FusionRoute, answer

TYPES = {
    ".json": "application/json",
    ".jsonl": "application/x-ndjson",
    ".csv": "text/csv",
    ".txt": "text/plain",
    ".log": "text/plain",
    ".ini": "text/plain",
    ".md": "text/plain",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".svg": "image/svg+xml",
    ".pdf": "application/pdf",
    ".arrow": "application/vnd.apache.arrow.stream",
}


def router(runs: Runs) -> APIRouter:
    routes = APIRouter(prefix="/api/runs/{run_id}/artifacts", route_class=FusionRoute)

    @routes.get("", summary="List a folder of the run", responses=examples.answers({200: examples.ARTIFACTS}, 400, 403, 404))
    def entries(run_id: str, path: str = Query("", description="Folder to list; empty is the run's own.")) -> Response:
        check(path)
        own(runs, run_id)
        return answer({"path": path.strip("/"), "entries": listing(runs.folder(run_id), path)})

    @routes.get(
        "/{path:path}/preview", summary="Preview a file", responses=examples.answers({200: examples.PREVIEW}, 400, 403, 404)
    )
    def look(
        run_id: str,
        path: str,
        max_lines: int = Query(preview.LINES, ge=1, le=preview.MOST_LINES, description="Most lines of a text."),
        max_size: int = Query(preview.BYTES, ge=1, le=preview.MOST_BYTES, description="Most bytes to read."),
    ) -> Response:
        check(path)
        own(runs, run_id)
        folder = runs.folder(run_id)
        target = inside(folder, path)
        if target.is_dir() and inside(folder, f"{path}/preview").is_file():
            return download(inside(folder, f"{path}/preview"))
        url = f"/api/runs/{run_id}/artifacts/{quote(path)}"
        return answer({"path": path, **preview.of(existing(folder, path), path, url, max_lines, max_size)})

    @routes.get(
        "/{path:path}", summary="Download a file", response_class=FileResponse, responses=examples.answers({}, 400, 403, 404)
    )
    def fetch(run_id: str, path: str) -> Response:
        check(path)
        own(runs, run_id)
        return download(existing(runs.folder(run_id), path))

    return routes


def check(path: str) -> None:
    """Forbidden for a path that names its way out: absolute, with `..`, or with what only a foreign system understands."""
    parts = PurePosixPath(path.replace("\\", "/")).parts
    if "\x00" in path or path.startswith(("/", "\\")) or ".." in parts or (len(path) > 1 and path[1] == ":"):
        raise Forbidden(f"Access denied: {path[:200]!r} leads outside the run's folder.")


def inside(folder: Path, path: str) -> Path:
    """`folder/path` with symbolic links followed; Forbidden when that ends outside."""
    check(path)
    root = folder.resolve()
    try:
        target = (root / path).resolve()
        target.exists()
    except (OSError, RuntimeError):  # a name longer than any file's, or a loop of links
        raise NotFound("File", path[:200]) from None
    if not target.is_relative_to(root):
        raise Forbidden(f"Access denied: {path[:200]!r} leads outside the run's folder.")
    return target


def existing(folder: Path, path: str) -> Path:
    target = inside(folder, path)
    if target.is_dir():
        raise ConfigError(
            Problem("path", f"{path!r} is a folder, not a file.", path, None, f"List it with ?path={quote(path)}.")
        )
    if not target.is_file():
        raise NotFound("File", path[:200])
    return target


def listing(folder: Path, path: str) -> list[dict[str, Any]]:
    """The entries of a folder by name; a run that has not begun has none."""
    target = inside(folder, path)
    if target == folder.resolve() and not target.exists():
        return []
    if target.is_file():
        raise ConfigError(Problem("path", f"Not a directory: {path!r}.", path))
    if not target.is_dir():
        raise NotFound("Directory", path)
    with os.scandir(target) as found:
        return [_entry(entry) for entry in sorted(found, key=lambda entry: entry.name) if not entry.name.startswith(".")]


def download(target: Path) -> Response:
    kind = TYPES.get(target.suffix.lower()) or mimetypes.guess_type(target.name)[0] or "application/octet-stream"
    return FileResponse(
        target,
        media_type=kind,
        filename=target.name,
        content_disposition_type="attachment",
        headers={"X-Content-Type-Options": "nosniff"},
    )


def _entry(entry: os.DirEntry[str]) -> dict[str, Any]:
    facts = entry.stat(follow_symlinks=False)
    folder = stat.S_ISDIR(facts.st_mode)
    size = {} if folder else {"size_bytes": facts.st_size}
    return {"name": entry.name, "type": "directory" if folder else "file", **size, "modified_at": status.iso(facts.st_mtime)}
