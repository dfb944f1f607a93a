"""Annotations: names, tags and notes of Runs, with who and when; and one action on many rows at once."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header
from pydantic import BaseModel, Field
from starlette.responses import Response

from quintant.errors import ConfigError, Problem
from quintant.runs import Runs
from quintant.runs.annotation import UNSET, Annotation
from quintant.runs.facade import MOST_KEYS, UNDO_S
from quintant.runs.run import iso
from quintant.server.native.shapes import RUN_ID, T0, T1, Shape, example
from quintant.server.problems import REFUSALS, NativeRoute
from quintant.settings import Settings

_ANNOTATION = {
    "run": RUN_ID, "name": "a study", "tags": ["fig-3"], "note": "As in the paper.", "version": 2, "at": T0, "by": "local",
    "changed": ["tags"],
}  # fmt: skip


class AnnotationShape(Shape):
    model_config = example(_ANNOTATION)

    run: str
    name: str
    tags: list[str]
    note: str | None
    version: int = Field(description="Counts the changes; 0: nobody has written anything.")
    at: str | None
    by: str | None
    changed: list[Literal["name", "tags", "note"]] = Field(description="What this version changed.")


class AnnotationList(Shape):
    model_config = example({"annotations": [_ANNOTATION]})

    annotations: list[AnnotationShape]


class AnnotationBody(BaseModel):
    """What to write; what is left out stays. `note` null removes it."""

    model_config = example({"name": "a study", "tags": ["fig-3"], "note": "As in the paper."}, strict=True)

    name: str | None = Field(None, min_length=1, max_length=255)
    tags: list[str] | None = Field(None, description="All tags; without commas, at most 40 characters each.")
    note: str | None = Field(None, max_length=10_000)


class BulkBody(BaseModel):
    model_config = example({"action": "tag", "ids": [RUN_ID], "tags": ["fig-3"]}, strict=True)

    action: Literal["cancel", "pause", "resume", "delete", "undo", "tag", "untag"]
    ids: list[str] = Field(description=f"Keys of rows: of Runs, points or sweeps; at most {MOST_KEYS}.")
    tags: list[str] = Field([], description="For tag and untag.")


class BulkResult(Shape):
    id: str
    ok: bool = Field(description="All Runs of the row, but those that were skipped for a reason, are done.")
    runs: int
    done: int
    skipped: int
    reason: str | None = Field(description="Why some were skipped, or why nothing could be done.")
    undo_until: str | None


class BulkAnswer(Shape):
    model_config = example({
        "action": "delete",
        "results": [
            {"id": RUN_ID, "ok": True, "runs": 1, "done": 1, "skipped": 0, "reason": None, "undo_until": T1},
        ],
        "undo_until": T1,
    })  # fmt: skip

    action: str
    results: list[BulkResult]
    undo_until: str | None = Field(description=f"Until when `undo` brings back what was deleted: {UNDO_S:g} s.")


def annotation_shape(annotation: Annotation) -> AnnotationShape:
    return AnnotationShape(
        run=annotation.run,
        name=annotation.name,
        tags=list(annotation.tags),
        note=annotation.note,
        version=annotation.version,
        at=iso(annotation.at, micros=True),
        by=annotation.by,
        changed=list(annotation.changed),  # type: ignore[arg-type]
    )


def version_of(if_match: str | None) -> int | None:
    """The version in an If-Match header; None where any will do."""
    if if_match is None or if_match.strip() == "*":
        return None
    text = if_match.strip().removeprefix("W/").strip('"')
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise ConfigError(Problem("If-Match", "must be the ETag that an answer gave, or *.", if_match))
    return int(text)


IfMatch = Annotated[str | None, Header(description="The ETag that was read: 412 when somebody has written since.")]


def routes(runs: Runs, settings: Settings) -> APIRouter:
    router = APIRouter(tags=["runs"], route_class=NativeRoute, responses=REFUSALS)

    def write(key: str, body: AnnotationBody, if_match: str | None) -> list[Annotation]:
        own_fields = body.model_fields_set
        for name in ("name", "tags"):
            if name in own_fields and getattr(body, name) is None:
                raise ConfigError(Problem(name, "must not be null; leave it out to leave it as it is.", None))
        if not own_fields:
            raise ConfigError(Problem("", "has nothing to change: give name, tags or note.", None, ["name", "tags", "note"]))
        changes: dict[str, Any] = {
            name: getattr(body, name) if name in own_fields else UNSET for name in ("name", "tags", "note")
        }
        return list(runs.annotate(key, **changes, expected=version_of(if_match)))

    @router.patch("/runs/{run_id}", summary="Change a Run's name, tags or note")
    def patch(run_id: str, body: AnnotationBody, response: Response, if_match: IfMatch = None) -> AnnotationShape:
        [annotated] = write(runs.get(run_id).id, body, if_match)
        response.headers["ETag"] = f'"{annotated.version}"'
        return annotation_shape(annotated)

    @router.get("/runs/{run_id}/annotations", summary="Who changed name, tags and note")
    def history(run_id: str) -> AnnotationList:
        return AnnotationList(annotations=[annotation_shape(version) for version in runs.annotations(run_id)])

    @router.patch("/sweeps/{sweep_id}", summary="The same for a Sweep and all its Runs")
    def patch_sweep(sweep_id: str, body: AnnotationBody) -> AnnotationList:
        annotations = write(runs.get_sweep(sweep_id).id, body, None)
        return AnnotationList(annotations=[annotation_shape(annotated) for annotated in annotations])

    @router.post("/runs/bulk", summary="One action on many rows; answered for each")
    def bulk(body: BulkBody) -> BulkAnswer:
        done = runs.bulk(body.action, body.ids, tags=body.tags)
        results = [
            BulkResult(
                id=outcome.key,
                ok=outcome.runs > 0 and (outcome.done > 0 or outcome.reason is None),
                runs=outcome.runs,
                done=outcome.done,
                skipped=outcome.runs - outcome.done,
                reason=outcome.reason,
                undo_until=iso(outcome.undo_until, micros=True),
            )
            for outcome in done
        ]
        last = max((outcome.undo_until for outcome in done if outcome.undo_until is not None), default=None)
        return BulkAnswer(action=body.action, results=results, undo_until=iso(last, micros=True))

    return router
