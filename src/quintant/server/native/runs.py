"""Runs: create, list, fold, look at one, pause, resume, cancel, delete, verify."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Query
from starlette.responses import Response

from quintant import registry
from quintant.errors import ConfigError, Problem
from quintant.lab import Lab
from quintant.runs import ANY, SORTS, Run, Runs
from quintant.runs import rows as rows_query
from quintant.runs.lifecycle import State
from quintant.runs.preset import Origin, command, origin
from quintant.runs.request import Request, start
from quintant.runs.run import iso
from quintant.server.native import rows, shapes
from quintant.server.native.axes import plain
from quintant.server.native.idempotency import once
from quintant.server.native.sweeps import sweep_shape
from quintant.server.problems import NATIVE, REFUSALS, NativeRoute
from quintant.settings import Settings

MOST_ROWS = 500


def links(run_id: str) -> dict[str, str]:
    self = f"{NATIVE}/runs/{run_id}"
    parts = ("events", "log", "artifacts", "result", "tables", "figures", "record")
    return {"self": self, **{part: f"{self}/{part}" for part in parts}}


def _headline(run: Run, lab: Lab | None) -> shapes.Headline | None:
    if lab is None or run.headline is None:
        return None
    headline = lab.headline
    return shapes.Headline(
        metric=headline.metric, label=headline.label, unit=headline.unit,
        value=run.headline, low=run.headline_low, high=run.headline_high,
    )  # fmt: skip


def _fields(run: Run) -> dict[str, Any]:
    copied = (
        "id", "lab", "lab_version", "name", "owner", "state", "want", "contract", "lane", "config_hash", "root_seed",
        "sweep_id", "replicate", "verify_of", "reused_from", "attempt", "reason", "fraction", "last_seq", "exact_hash",
        "result_hash",
    )  # fmt: skip
    return {
        **{name: getattr(run, name) for name in copied},
        "point": dict(run.point),
        "values": dict(run.values),
        "created_at": iso(run.created_at, micros=True),
        "started_at": iso(run.started_at, micros=True),
        "ended_at": iso(run.ended_at, micros=True),
        "headline": _headline(run, registry.labs().get(run.lab)),
        "warnings": [shapes.Warned(path=w["path"], message=w["message"], hint=w.get("hint")) for w in run.warnings],
        "links": links(run.id),
    }


def row(run: Run) -> shapes.RunRow:
    return shapes.RunRow(**_fields(run))


def detail(runs: Runs, run: Run) -> shapes.RunDetail:
    request = dict(run.request) if run.request is not None else None
    written, lab = runs.annotation(run.id), registry.labs().get(run.lab)
    source = origin(lab, run.config, run.config_hash) if lab is not None else Origin(None, {})
    command_line = (
        command(run.lab, source.preset, source.differs, seeds=1, root_seed=run.root_seed) if lab is not None else None
    )
    return shapes.RunDetail(
        **_fields(run), config=dict(run.config), request=request, key=runs.row_key(run.id), preset=source.preset,
        differs=dict(source.differs), command=command_line, tags=list(written.tags), note=written.note, version=written.version,
    )  # fmt: skip


# --- creating ---


def request_of(body: shapes.CreateBody) -> Request:
    return Request(
        body.lab,
        body.config,
        plain(body.sweep),
        body.preset,
        body.from_run,
        body.seeds,
        body.root_seed,
        body.name,
        body.retries,
        body.until,
        body.max_seeds,
        body.fresh,
    )


# --- listing ---


def states_of(text: str | None) -> list[State] | None:
    """ "running,paused" as states; ConfigError for a word that is none."""
    return None if text is None else State.read(text)


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


Limit = Annotated[int, Query(ge=1, le=MOST_ROWS, description="How many rows at most.")]
Offset = Annotated[int, Query(ge=0, le=2**53, description="How many rows to leave out first.")]


def routes(runs: Runs, settings: Settings) -> APIRouter:
    router = APIRouter(prefix="/runs", tags=["runs"], route_class=NativeRoute, responses=REFUSALS)

    @router.post(
        "",
        status_code=201,
        summary="Start a Run, or a Sweep (seeds, swept keys)",
        response_description="Created and queued; Location names the Run, or the Sweep.",
    )
    def post(
        body: shapes.CreateBody,
        response: Response,
        idempotency_key: Annotated[
            str | None, Header(description="The same key with the same body creates nothing new.")
        ] = None,
    ) -> shapes.Created:
        if idempotency_key is None:
            sweep, made = start(request_of(body), runs)
        else:
            sweep, made = once(runs, idempotency_key, body, lambda receipt: start(request_of(body), runs, receipt))
        created = shapes.Created(sweep=sweep_shape(sweep) if sweep else None, runs=[row(run) for run in made])
        response.headers["Location"] = created.sweep.links["self"] if created.sweep else created.runs[0].links["self"]
        return created

    @router.get(
        "",
        summary="List Runs; with `fold` or `cols` as slim rows with statistics over replicates",
    )
    def get_all(
        q: rows.Q = "",
        lenient: rows.Lenient = False,
        lab: str | None = None,
        state: Annotated[str | None, Query(description="One or more states, comma-separated.")] = None,
        sweep: str | None = None,
        contract: Annotated[str | None, Query(description='Name of the dialect it came through; "native" for none.')] = None,
        text: Annotated[str | None, Query(description="Part of the name, or the begin of the id.")] = None,
        of: Annotated[str | None, Query(description="Key of a row: only what stands below it.")] = None,
        sort: Annotated[
            str,
            Query(
                description=f"{', '.join(SORTS)}; - in front: descending. Of rows also took_s, seeds, metric:NAME and "
                "config:KEY; several, comma-separated."
            ),
        ] = "-created_at",
        limit: Limit = 50,
        offset: Offset = 0,
        cursor: Annotated[str | None, Query(max_length=2000, description="`next` of the page before (rows).")] = None,
        before: Annotated[str | None, Query(description="Id of a Run: only older ones, newest first (whole Runs).")] = None,
        fold: Annotated[
            Literal["none", "point", "sweep", "true", "false"],
            Query(description="point (or true): replicates are one row; sweep: a whole Sweep is one."),
        ] = "none",
        cols: Annotated[str | None, Query(description="config:KEY and metric:NAME, comma-separated; may be empty.")] = None,
    ) -> shapes.RunPage | rows.RowPageShape:
        rules: dict[str, Any] = {
            "lab": lab,
            "states": states_of(state),
            "contract": ANY if contract is None else None if contract == "native" else contract,
            "sweep_id": sweep,
            "text": text,
            "sort": sort,
        }
        folds = rows.FOLD_WORDS[fold]
        if folds == "none" and cols is None:
            if cursor is not None or lenient or of is not None:
                name = "cursor" if cursor is not None else "lenient" if lenient else "of"
                raise ConfigError(Problem(name, "is for rows: give `fold`, or `cols`, which may be empty."))
            if q:
                rules["expression"] = rows.read(runs, q, False).expression
            page = runs.list(**rules, limit=limit, offset=offset, before=before)
            return shapes.RunPage(runs=[row(run) for run in page.items], total=page.total, limit=limit, offset=offset)
        if offset or before is not None:
            raise ConfigError(Problem("offset" if offset else "before", "is for whole Runs; rows go on by `cursor`."))
        parsed = rows.read(runs, q, lenient)
        query = rows_query.Query(
            fold=folds, expression=parsed.expression, lab=lab, states=states_of(state), contract=contract, sweep_id=sweep,
            text=text, of=of, sort=rows_query.read_sorts(sort), limit=limit, cursor=cursor,
        )  # fmt: skip
        return rows.page_shape(runs.rows(query, rows_query.read_columns(cols or "")), q, parsed)

    @router.get("/{run_id}", summary="One Run with its full config")
    def get(run_id: str) -> shapes.RunDetail:
        return detail(runs, runs.get(run_id))

    @router.post("/{run_id}/pause", summary="Pause at the next step boundary")
    def pause(run_id: str) -> shapes.RunDetail:
        return detail(runs, runs.pause(run_id))

    @router.post("/{run_id}/resume", summary="Go on after a pause")
    def resume(run_id: str) -> shapes.RunDetail:
        return detail(runs, runs.resume(run_id))

    @router.post(
        "/{run_id}/cancel",
        summary="Cancel; what it has produced is kept. Answers within about a second",
    )
    def cancel(run_id: str) -> shapes.RunDetail:
        return detail(runs, runs.cancel(run_id))

    @router.delete(
        "/{run_id}",
        status_code=204,
        summary="Delete an ended Run with its files; 409 while it lives (cancel it first)",
        response_class=Response,
    )
    def delete(run_id: str) -> Response:
        runs.delete(run_id)
        return Response(status_code=204)

    @router.post(
        "/{run_id}/verify",
        status_code=201,
        summary="Execute the Run again, to be compared",
        response_description="The re-execution, queued; Location names the comparison.",
    )
    def verify(run_id: str, response: Response) -> shapes.RunDetail:
        again = runs.verify(run_id)
        response.headers["Location"] = f"{NATIVE}/runs/{run_id}/verify?against={again.id}"
        return detail(runs, again)

    @router.get(
        "/{run_id}/verify",
        summary="Compare two Runs' results: hashes, and what differs first",
    )
    def compare(
        run_id: str, against: Annotated[str, Query(description="The other Run, usually a re-execution.")]
    ) -> shapes.ComparisonShape:
        comparison = runs.compare(run_id, against)
        return shapes.ComparisonShape(**{name: _plain(value) for name, value in vars(comparison).items()})

    @router.get(
        "/{run_id}/why-not-reused",
        summary="Why a Run was or will be executed: what differs from the nearest Run before it",
    )
    def why_not_reused(run_id: str) -> shapes.WhyNotShape:
        answer = runs.why_not_reused(run_id)
        differs = [shapes.DifferingPart(**vars(part)) for part in answer.differs]
        return shapes.WhyNotShape(**{**vars(answer), "differs": differs})

    @router.get("/{run_id}/record", summary="The Run's provenance")
    def record(run_id: str) -> shapes.RecordShape:
        run = runs.get(run_id)
        return shapes.RecordShape(
            run=run.id, lab=run.lab, lab_version=run.lab_version, config=dict(run.config), config_hash=run.config_hash,
            root_seed=run.root_seed, streams={name: str(seed) for name, seed in run.streams.items()},
            exact_hash=run.exact_hash, result_hash=run.result_hash, record=dict(run.record),
        )  # fmt: skip

    return router
