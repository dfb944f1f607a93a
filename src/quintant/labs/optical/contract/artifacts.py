"""/api/runs/{id}/artifacts: list a folder, download a file, preview it. What would leave the run's folder is refused
before anything looks whether it exists."""

from __future__ import annotations

import mimetypes
import os
import stat
from collections.abc import Collection
from pathlib import Path, PurePosixPath
from urllib.parse import quote

from fastapi import APIRouter, Query
from starlette.responses import FileResponse, Response

from quintant.errors import ConfigError, Forbidden, NotFound, Problem
from quintant.json_value import Json
from quintant.labs.optical.contract import examples, plots, preview
from quintant.labs.optical.contract.route import FusionRoute
from quintant.labs.optical.contract.status import own
from quintant.wire.facade import Runs
from quintant.wire.refusal import answer
from quintant.wire.times import iso

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
        run = own(runs, run_id)
        if path.strip("/") == plots.FOLDER and plots.exist(run):
            return answer({"path": plots.FOLDER, "entries": plots.entries(runs, run)})
        shown = [item.path for item in runs.artifacts(run_id)] if run.state.final else None
        listed = listing(runs.folder(run_id), path, shown)
        if not path.strip("/") and plots.exist(run):
            listed = sorted([*listed, plots.entry(run)], key=lambda item: str(item["name"]))
        return answer({"path": path.strip("/"), "entries": listed})

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
        run = own(runs, run_id)
        if (name := plotted(path)) and plots.exist(run):
            url = f"/api/runs/{run_id}/artifacts/{quote(path)}"
            return answer({"path": path, **preview.image(plots.picture(runs, run, name), url)})
        folder = runs.folder(run_id)
        target = inside(folder, path)
        if target.is_dir() and inside(folder, f"{path}/preview").is_file():
            return download(opened(runs, run_id, f"{path}/preview"))
        url = f"/api/runs/{run_id}/artifacts/{quote(path)}"
        return answer({"path": path, **preview.file_preview(opened(runs, run_id, path), path, url, max_lines, max_size)})

    @routes.get(
        "/{path:path}", summary="Download a file", response_class=FileResponse, responses=examples.answers({}, 400, 403, 404)
    )
    def fetch(run_id: str, path: str) -> Response:
        check(path)
        run = own(runs, run_id)
        if (name := plotted(path)) and plots.exist(run):
            return Response(
                plots.picture(runs, run, name),
                media_type=TYPES[".png"],
                headers={"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"},
            )
        return download(opened(runs, run_id, path))

    return routes


def plotted(path: str) -> str | None:
    """The name below plots/ that a path leads to."""
    parts = PurePosixPath(path).parts
    return parts[1] if len(parts) == 2 and parts[0] == plots.FOLDER else None


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


def opened(runs: Runs, run_id: str, path: str) -> Path:
    """The file, as it was recorded. NotFound for what the run does not show, Changed for what somebody changed since."""
    target = inside(runs.folder(run_id), path)
    if target.is_dir():
        raise ConfigError(
            Problem("path", f"{path!r} is a folder, not a file.", path, None, f"List it with ?path={quote(path)}.")
        )
    if not target.is_file():
        raise NotFound("File", path[:200])
    return runs.open_artifact(run_id, path)


def listing(folder: Path, path: str, shown: Collection[str] | None = None) -> list[dict[str, Json]]:
    """The entries of a folder by name; a run that has not begun has none. `shown`: the files of a run that has ended."""
    target = inside(folder, path)
    if target == folder.resolve() and not target.exists():
        return []
    if target.is_file():
        raise ConfigError(Problem("path", f"Not a directory: {path!r}.", path))
    if not target.is_dir():
        raise NotFound("Directory", path)
    depth = len(PurePosixPath(path).parts)
    names = None if shown is None else {PurePosixPath(file).parts[depth] for file in shown if _below(file, path)}
    with os.scandir(target) as entries:
        listed = [entry for entry in entries if not entry.name.startswith(".") and (names is None or entry.name in names)]
        return [_entry(entry) for entry in sorted(listed, key=lambda entry: entry.name)]


def _below(file: str, folder: str) -> bool:
    return PurePosixPath(file) != PurePosixPath(folder) and PurePosixPath(file).is_relative_to(PurePosixPath(folder))


def download(target: Path) -> Response:
    kind = TYPES.get(target.suffix.lower()) or mimetypes.guess_type(target.name)[0] or "application/octet-stream"
    return FileResponse(
        target,
        media_type=kind,
        filename=target.name,
        content_disposition_type="attachment",
        headers={"X-Content-Type-Options": "nosniff"},
    )


def _entry(entry: os.DirEntry[str]) -> dict[str, Json]:
    facts = entry.stat(follow_symlinks=False)
    folder = stat.S_ISDIR(facts.st_mode)
    return {
        "name": entry.name,
        "type": "directory" if folder else "file",
        "size_bytes": None if folder else facts.st_size,
        "modified_at": iso(facts.st_mtime),
    }
