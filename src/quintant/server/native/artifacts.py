"""What a Run left as files: its log by byte range or live, and its artifacts with their sha256."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import orjson
from fastapi import APIRouter, Header, Query
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from quintant.errors import ConfigError, Conflict, Problem
from quintant.runs import Runs
from quintant.runs.artifact import Artifact, media_type
from quintant.runs.artifact_preview import kind_of, preview
from quintant.runs.log_lines import MOST_LINES
from quintant.runs.run import iso
from quintant.server import problems, streams
from quintant.server.archive import archive
from quintant.server.native import shapes
from quintant.server.native.events import LastEventId
from quintant.server.problems import NATIVE, REFUSALS, NativeRoute
from quintant.settings import Settings
from quintant.wire.sse import stream

PIECE_BYTES = 1 << 20
# Formats in which a browser would run what a Run wrote: shown without rights.
ACTIVE = frozenset({"text/html", "image/svg+xml", "application/xhtml+xml", "text/xml", "application/xml"})
SANDBOX = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"

LOG_EXAMPLE = "2026-11-22 10:00:00 INFO nsfnet_deeprmsa: 14 nodes, 22 links\n"
BYTES: dict[str, Any] = {"schema": {}, "example": "(the file)"}  # OpenAPI 3.1: bytes have no schema


def artifact_shape(artifact: Artifact) -> shapes.ArtifactShape:
    return shapes.ArtifactShape(
        path=artifact.path,
        size=artifact.size,
        sha256=artifact.sha256,
        media_type=artifact.media_type,
        at=iso(artifact.at, micros=True) or "",
        href=f"{NATIVE}/runs/{artifact.run_id}/artifacts/{quote(artifact.path)}",
        preview=kind_of(artifact.path),
    )


def byte_range(header: str, size: int) -> tuple[int, int] | None:
    """First byte and end of `Range: bytes=…` in a file of `size`; None for a header that HTTP says to ignore.

    `Refused` (416) when the range lies outside.
    """
    unit, _, ranges = header.partition("=")
    first, dash, last = ranges.strip().partition("-")
    known = unit.strip().lower() == "bytes" and dash and "," not in ranges
    if not known or not all(part == "" or (part.isascii() and part.isdecimal()) for part in (first, last)):
        return None
    if first == "" and last == "":
        return None
    begin = int(first) if first else max(0, size - int(last))
    end = min(size, int(last) + 1) if first and last else size
    if begin >= size or end <= begin:
        raise problems.Refused(
            416, "range_not_satisfiable", f"The file has {size} bytes; '{header[:100]}' lies outside.",
            {"Content-Range": f"bytes */{size}"},
        )  # fmt: skip
    return begin, end


def routes(runs: Runs, settings: Settings) -> APIRouter:
    router = APIRouter(prefix="/runs/{run_id}", tags=["files"], route_class=NativeRoute, responses=REFUSALS)

    def pieces(run_id: str, begin: int, end: int) -> Iterator[bytes]:
        at = begin
        while at < end:
            chunk = runs.log(run_id, at, min(PIECE_BYTES, end - at))
            if not chunk.data:
                return
            yield chunk.data
            at = chunk.end

    def part(run_id: str, begin: int, limit: int | None, ranged: str | None) -> Response:
        size = runs.log(run_id, 0, 0).size
        headers = {"Accept-Ranges": "bytes", "Cache-Control": "no-store"}
        status, end = 200, size
        wanted = byte_range(ranged, size) if ranged is not None else None
        if wanted is not None:
            status, (begin, end) = 206, wanted
        elif begin > size:
            runs.log(run_id, begin, 0)  # says that the offset is gone
        elif limit is not None:
            end = runs.log(run_id, begin, limit).end  # whole lines
        if wanted is not None:
            headers["Content-Range"] = f"bytes {begin}-{end - 1}/{size}"
        headers |= {
            "X-Log-Size": str(size),
            "X-Log-Offset": str(begin),
            "X-Log-End": str(end),
            "Content-Length": str(end - begin),
        }
        return StreamingResponse(pieces(run_id, begin, end), status, headers, "text/plain; charset=utf-8")

    @router.get(
        "/log",
        summary="The run log: whole, from a byte on, a byte range, or live (Accept: text/event-stream)",
        response_class=Response,
        responses={
            200: {
                "description": "The log. X-Log-Size, X-Log-Offset and X-Log-End say which bytes; give X-Log-End as "
                "`offset` to read on. 410 when `offset` lies behind the end of the log.",
                "content": {
                    "text/plain": {"schema": {"type": "string"}, "example": LOG_EXAMPLE},
                    streams.MEDIA_TYPE: {
                        "schema": {"type": "string"},
                        "example": f"id: 66\nevent: log\ndata: {LOG_EXAMPLE}\n",
                    },
                },
            },
            206: {"description": "The bytes of the Range header.", "content": {"text/plain": {"example": LOG_EXAMPLE}}},
        },
    )
    async def log(
        request: Request,
        run_id: str,
        offset: Annotated[int, Query(ge=0, le=2**53, description="First byte.")] = 0,
        limit: Annotated[
            int | None, Query(ge=1, le=2**30, description="At most so many bytes, cut after a whole line.")
        ] = None,
        range: Annotated[str | None, Header(description="bytes=first-last, bytes=first-, bytes=-length")] = None,
        last_event_id: LastEventId = None,
    ) -> Response:
        if streams.wants_stream(request.headers.get("accept")):
            if limit is not None or range is not None:
                name = "limit" if limit is not None else "Range"
                raise ConfigError(Problem(name, "is not for a live stream; give `offset`."))
            begin = streams.cursor(offset, last_event_id)
            await asyncio.to_thread(runs.log, run_id, begin, 0)  # NotFound or Gone before the stream begins
            return stream(streams.sse_of_log(runs, run_id, begin, settings.heartbeat_s))
        if range is not None and (offset or limit is not None):
            raise ConfigError(Problem("Range", "cannot be given together with offset or limit.", range))
        return await asyncio.to_thread(part, run_id, offset, limit, range)

    @router.get(
        "/log/lines",
        summary="The log by lines: from a line on, or the last ones; those of a level, those that hold a text",
    )
    def lines(
        run_id: str,
        line: Annotated[int, Query(ge=-(2**53), le=2**53, description="The first one, from 1; -200: the last 200.")] = 1,
        limit: Annotated[int, Query(ge=1, le=MOST_LINES)] = 200,
        q: Annotated[
            str, Query(max_length=200, description="Text that a line holds, whatever the case of ASCII letters.")
        ] = "",
        level: Annotated[str | None, Query(description="debug, info, warning, error: of these, comma-separated.")] = None,
    ) -> shapes.LogPage:
        levels = [word.strip() for word in level.split(",") if word.strip()] if level is not None else []
        ended = runs.state(run_id).final  # before the log is read: what is written afterwards is no end
        page = runs.log_lines(run_id, line=line, limit=limit, query=q, levels=levels)
        lines = [shapes.LogLineShape(**vars(entry) | {"spans": list(entry.spans)}) for entry in page.lines]
        facts = {**vars(page), "lines": lines, "levels": dict(page.levels), "marks": list(page.marks)}
        return shapes.LogPage(**facts, end=ended and page.next > page.total)

    @router.get("/artifacts", summary="The Run's files with size and sha256")
    def artifacts(run_id: str) -> shapes.ArtifactList:
        return shapes.ArtifactList(artifacts=[artifact_shape(artifact) for artifact in runs.artifacts(run_id)])

    @router.get(
        "/artifacts/{path:path}",
        summary="One file; ETag is its sha256, byte ranges are served",
        response_class=Response,
        responses={
            200: {"description": "The file, in its own media type.", "content": {"*/*": BYTES}},
            206: {"description": "The bytes of the Range header.", "content": {"*/*": BYTES}},
            304: {"description": "The file is the one of If-None-Match."},
        },
    )
    def artifact(
        run_id: str,
        path: str,
        range: Annotated[str | None, Header(description="bytes=first-last, bytes=first-, bytes=-length")] = None,
        if_range: Annotated[str | None, Header(description="The ETag for which the range was meant.")] = None,
        if_none_match: Annotated[str | None, Header(description="A known ETag.")] = None,
    ) -> Response:
        file = runs.open_artifact(run_id, path)
        size = file.stat().st_size
        known = next((artifact for artifact in runs.artifacts(run_id) if artifact.path == path and artifact.size == size), None)
        kind = known.media_type if known else media_type(path)
        headers = {
            "Accept-Ranges": "bytes",
            "Cache-Control": "no-cache",
            "Content-Disposition": f"attachment; filename*=utf-8''{quote(file.name)}",
        }
        if kind.partition(";")[0] in ACTIVE:
            headers["Content-Security-Policy"] = SANDBOX
        tag = f'"{known.sha256}"' if known is not None else None  # a file that still grows has no sha256 yet
        if tag is not None:
            headers["ETag"] = tag
            if if_none_match is not None and _names(if_none_match, tag):
                return Response(status_code=304, headers=headers)
        status, begin, end = 200, 0, size
        if range is not None and if_range in (None, tag):
            wanted = byte_range(range, size)
            if wanted is not None:
                status, (begin, end) = 206, wanted
                headers["Content-Range"] = f"bytes {begin}-{end - 1}/{size}"
        headers["Content-Length"] = str(end - begin)
        return StreamingResponse(_read(file, begin, end), status, headers, kind)

    @router.get(
        "/preview/{path:path}",
        response_model=shapes.ArtifactPreviewShape,
        response_model_exclude_none=True,
        summary="The beginning of a file: a table's first rows, JSON, text; of an image where it is",
    )
    def shown(run_id: str, path: str) -> Response:
        shown = preview(path, runs.open_artifact(run_id, path))
        if shown is None:
            raise Conflict(f"{path} is no table, JSON, text or image; nothing of it can be shown.")
        href = f"{NATIVE}/runs/{run_id}/artifacts/{quote(path)}" if shown.kind == "image" else None
        whole = {
            name: value for name, value in {**vars(shown), "href": href}.items() if value is not None or name == shown.kind
        }
        if shown.kind == "json":
            whole["value"] = shown.value
        return Response(orjson.dumps(whole, default=str), media_type="application/json")

    @router.get(
        "/archive.zip",
        summary="Every file of an ended Run, as one ZIP",
        response_class=Response,
        responses={200: {"description": "The files below the Run's id.", "content": {"application/zip": BYTES}}},
    )
    def archived(run_id: str) -> Response:
        files = runs.archive(run_id)
        headers = {"Content-Disposition": f'attachment; filename="{run_id}.zip"', "Cache-Control": "no-store"}
        return StreamingResponse(archive(files, runs.get(run_id).ended_at or 0.0), 200, headers, "application/zip")

    return router


def _read(file: Path, begin: int, end: int) -> Iterator[bytes]:
    """Exactly the bytes that were announced, however the file grows meanwhile."""
    with file.open("rb") as opened:
        opened.seek(begin)
        while begin < end and (piece := opened.read(min(PIECE_BYTES, end - begin))):
            begin += len(piece)
            yield piece


def _names(if_none_match: str, tag: str) -> bool:
    tags = [tag_text.strip().removeprefix("W/") for tag_text in if_none_match.split(",")]
    return tag in tags or "*" in tags
