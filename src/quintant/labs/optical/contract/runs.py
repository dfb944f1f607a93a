"""/api/runs: create, list, get, and the one verb that first cancels and then deletes."""

from __future__ import annotations

import time
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from quintant.config import suggest
from quintant.errors import ConfigError, Conflict, NotFound, Problem
from quintant.json_value import Json
from quintant.labs.optical.contract import decode, examples, status, template
from quintant.labs.optical.contract.name import LAB
from quintant.labs.optical.contract.route import Ending, FusionRoute
from quintant.labs.optical.contract.status import own
from quintant.wire.body import Body
from quintant.wire.facade import Run, Runs
from quintant.wire.refusal import answer

FIELDS = ("name", "template", "config")
LONGEST_NAME = 255
LONGEST_OFFSET = 2**62
CANCEL_WAIT_S = 10.0
ENDING_S = 2
"""After a cancellation, seconds in which a second DELETE is a double click and no wish to delete."""


def router(runs: Runs) -> APIRouter:
    routes = APIRouter(prefix="/api/runs", route_class=FusionRoute)

    @routes.post(
        "",
        status_code=201,
        summary="Create a run",
        openapi_extra=examples.body(examples.CREATE),
        responses=examples.answers({201: examples.CREATED}, 400),
    )
    def create(body: Body) -> Response:
        return answer(status.record(submit(runs, body)), 201)

    @routes.get("", summary="List runs, newest first", responses=examples.answers({200: examples.LIST}, 400))
    def find(
        status_: Annotated[
            list[str] | None, Query(alias="status", description="Statuses, with commas between or each on its own; any case.")
        ] = None,
        limit: int = Query(50, ge=1, le=100, description="Most runs to return."),
        offset: int = Query(0, ge=0, le=LONGEST_OFFSET, description="Runs to leave out first."),
    ) -> Response:
        page = runs.list(states=status.states(",".join(status_ or ())), contract=LAB, limit=limit, offset=offset)
        return answer({"runs": [status.item(run) for run in page.items], "total": page.total, "limit": limit, "offset": offset})

    @routes.get("/{run_id}", summary="One run with its configuration", responses=examples.answers({200: examples.RUN}, 404))
    def get(run_id: str) -> Response:
        return answer(status.record(own(runs, run_id)))

    @routes.delete(
        "/{run_id}",
        summary="Cancel a run; delete it once it has ended",
        responses=examples.answers({200: examples.CANCELLED}, 404, 409),
    )
    def remove(run_id: str) -> Response:
        return answer({"id": run_id, "status": cancel_or_delete(runs, run_id)})

    return routes


def submit(runs: Runs, body: dict[str, Json]) -> Run:
    """The Run that a request body asks for; ConfigError, and nothing created, when anything in it is not acceptable."""
    problems = [
        Problem(
            field,
            "is not a field of this request.",
            None,
            list(FIELDS),
            suggest(field, FIELDS) or f"Allowed: {', '.join(FIELDS)}.",
        )
        for field in body
        if field not in FIELDS
    ]
    name, base, overrides = body.get("name"), body.get("template"), body.get("config")
    if name is not None and not isinstance(name, str):
        problems.append(Problem("name", f"must be a text; got {type(name).__name__}.", name))
    elif name is not None and len(name.strip()) > LONGEST_NAME:
        problems.append(Problem("name", f"must have at most {LONGEST_NAME} characters; got {len(name.strip())}."))
    base = template.DEFAULT if base is None else base
    if not isinstance(base, str):
        problems.append(Problem("template", f"must be a text; got {type(base).__name__}.", base))
    elif base not in template.NAMES:
        problems.append(
            Problem(
                "template",
                f"must be one of {', '.join(template.NAMES)}; got {base!r}.",
                base,
                list(template.NAMES),
                suggest(base, template.NAMES),
            )
        )
    if problems:
        raise ConfigError(problems)
    decoded = decode.decode(base, {} if overrides is None else overrides)
    label = (name or "").strip() or None
    return runs.submit(
        LAB,
        decoded.config,
        name=label,
        contract=LAB,
        warnings=decoded.dialect,
        request={
            "name": label,
            "template": base,
            "config": overrides or {},
            "merged": decoded.merged,
            "warnings": [warning(doubt) for doubt in decoded.warnings],
        },
    )


def cancel_or_delete(runs: Runs, run_id: str) -> str:
    """The status that the run has now (cancelled) or had last (deleted)."""
    run = own(runs, run_id)
    if status.is_final(run):
        if status.word(run) == "CANCELLED" and run.started_at and run.ended_at and 0 <= time.time() - run.ended_at < ENDING_S:
            raise Ending(
                f"Run {run_id} was cancelled a moment ago and its processes may still be ending; "
                f"it can be deleted {ENDING_S} seconds after its cancellation.",
                ENDING_S,
            )
        runs.delete(run_id)
        return status.word(run)
    if run.want == "cancel":
        raise Ending(f"Run {run_id} is being cancelled; its deletion can be asked for once that has happened.", ENDING_S)
    try:
        return status.word(runs.cancel(run_id, wait_s=CANCEL_WAIT_S))
    except Conflict:  # it ended in this very moment, and is kept
        return status.word(runs.get(run_id))
    except NotFound:
        raise NotFound("Run", run_id) from None


def warning(doubt: Problem) -> dict[str, Json]:
    """{path, message}, and a hint where there is one."""
    entry = {"path": doubt.path, "message": doubt.message}
    return {**entry, "hint": doubt.hint} if doubt.hint else entry
