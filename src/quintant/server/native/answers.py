"""Answers that are not kept: a config is run, what is asked for comes back, and nothing of it stays. For controls that answer
as they move: whoever moves on aborts his request, and the work is stopped."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from typing import Any

import orjson
import pyarrow as pa
from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response

from quintant import registry, tabular
from quintant.config import suggest
from quintant.errors import Busy, ConfigError, Conflict, NotFound, Problem
from quintant.lab import DEFAULT_PRESET, Metric, Result
from quintant.runs import Runs
from quintant.runs.lifecycle import State
from quintant.runs.request import base_of
from quintant.server.native import shapes
from quintant.server.native.artifacts import BYTES
from quintant.server.native.shapes import PresetName, Shape, example
from quintant.server.problems import REFUSALS, NativeRoute
from quintant.settings import Settings

ARROW = "application/vnd.apache.arrow.stream"
QUEUED_S = 30.0
"""How long a request waits for a place before it is told to come back."""
GONE = 499
"""For the access log: nobody reads it."""


class AnswerBody(BaseModel):
    model_config = example({"preset": "fair", "config": {"steps": 5}, "tables": ["steps"]}, strict=True)

    preset: PresetName = DEFAULT_PRESET
    config: dict[str, Any] = Field(default={}, description="Keys that replace the base's, whole; dotted ones reach inside.")
    root_seed: int | None = Field(default=None, ge=0, lt=2**63)
    tables: list[str] = Field(default=[], max_length=20, description="Tables to answer with; Arrow takes exactly one.")
    limit_s: float = Field(default=30.0, gt=0, le=600, description="Stopped, and 409, when it works longer.")


class AnswerTable(Shape):
    rows: int
    columns: dict[str, list[Any]]


class AnswerShape(Shape):
    model_config = example({
        "metrics": {"heads_share": {"value": 0.51, "unit": "1", "low": None, "high": None, "n": 100, "method": None,
                                    "upper_limit": False, "reason": None}},
        "tables": {"steps": {"rows": 1, "columns": {"heads": [51]}}}, "seconds": 0.05,
    })  # fmt: skip

    metrics: dict[str, shapes.MetricShape]
    tables: dict[str, AnswerTable]
    seconds: float = Field(description="From the request to its answer.")


async def finished(runs: Runs, run_id: str, request: Request, limit_s: float) -> State | None:
    """The state in which the Run ended; None when nobody waits for it any more. Busy or Conflict when it takes too long."""
    gone = asyncio.ensure_future(_gone(request))
    seen, began = -1, time.monotonic()
    begun: float | None = None
    try:
        while not (state := await asyncio.to_thread(runs.state, run_id)).final:
            now = time.monotonic()
            if state is not State.QUEUED and begun is None:
                begun = now
            if begun is None and now - began >= QUEUED_S:
                raise Busy(f"No place became free within {QUEUED_S:g} s; the config was not run. Try again later.")
            if begun is not None and now - begun >= limit_s:
                raise Conflict(f"It was stopped after {limit_s:g} s. Ask for less, or make a run of it, which has no limit.")
            change = asyncio.ensure_future(runs.notifier.changed(seen, min(1.0, limit_s)))
            await asyncio.wait({change, gone}, return_when=asyncio.FIRST_COMPLETED)
            if gone.done():
                change.cancel()
                return None
            seen = await change
        return state
    finally:
        gone.cancel()


async def _gone(request: Request) -> None:
    """Return when the client has closed its connection. The body has been read, so nothing else can arrive."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _chosen(result: Result, names: list[str]) -> dict[str, pa.Table]:
    for name in names:
        if name not in result.tables:
            known = list(result.tables)
            raise NotFound("Table", name, suggest(name, known) or "It is not among those that the run kept.")
    return {name: result.tables[name] for name in names}


def _brief(metrics: Mapping[str, Metric]) -> str:
    """Metrics as a header holds them: ASCII; value and unit, and why there is none."""
    brief = {
        name: {"value": metric.value, "unit": metric.unit, **({"reason": metric.reason} if metric.reason else {})}
        for name, metric in metrics.items()
    }
    return json.dumps(brief, separators=(",", ":"))


def routes(runs: Runs, settings: Settings) -> APIRouter:
    router = APIRouter(prefix="/labs", tags=["labs"], route_class=NativeRoute, responses=REFUSALS)

    @router.post(
        "/{lab}/answers",
        response_model=AnswerShape,
        summary="Run a config and answer with its metrics and tables; nothing is listed or kept, and who goes stops it",
        responses={200: {"description": "JSON, or Arrow of one table with X-Metrics.", "content": {ARROW: BYTES}}},
    )
    async def post(lab: str, body: AnswerBody, request: Request) -> Response:
        began = time.perf_counter()
        known_lab = registry.find(lab, settings.labs)
        arrow = ARROW in request.headers.get("accept", "")
        if arrow and len(body.tables) != 1:
            raise ConfigError(Problem("tables", f"must name one table for Arrow; got {len(body.tables)}.", body.tables))
        base, _ = base_of(known_lab, body.preset)
        how: dict[str, Any] = {"name": "answer", "root_seed": body.root_seed, "lane": "sync", "unlisted": True, "retries": 0}
        made = await asyncio.to_thread(lambda: runs.submit(lab, body.config, base=base, **how))
        try:
            state = await finished(runs, made.id, request, body.limit_s)
            if state is None:
                return Response(status_code=GONE, background=BackgroundTask(runs.drop, made.id))
            result = await asyncio.to_thread(runs.result, made.id, tables=body.tables)
            if result is None:
                reason = (await asyncio.to_thread(runs.store.get, made.id)).reason
                raise Conflict(f"It was {state}: {reason or 'it has no result'}")
            tables = _chosen(result, body.tables)
        except BaseException:
            await asyncio.shield(asyncio.to_thread(runs.drop, made.id))
            raise
        seconds = time.perf_counter() - began
        headers, kind = {"X-Seconds": f"{seconds:.4f}", "Cache-Control": "no-store"}, ARROW
        if arrow:
            data, headers["X-Metrics"] = tabular.encoded(tables[body.tables[0]], "arrow"), _brief(result.metrics)
        else:
            kind = "application/json"
            data = orjson.dumps({
                "metrics": {name: shapes.MetricShape(**vars(metric)).model_dump() for name, metric in result.metrics.items()},
                "tables": {name: orjson.loads(tabular.encoded(table, "json")) for name, table in tables.items()},
                "seconds": seconds,
            })  # fmt: skip
        # removed once the answer has left: nobody waits for that
        return Response(data, 200, headers, kind, background=BackgroundTask(runs.drop, made.id))

    return router
