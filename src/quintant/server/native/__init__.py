"""The native API, uniform for every lab, below /api/v2: a module per noun, `shapes` for what goes in and out."""

from __future__ import annotations

import os
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel

from quintant import __version__
from quintant.lab import Lab
from quintant.runs import Runs
from quintant.runs.run import iso
from quintant.server.native import (
    annotation,
    answers,
    artifacts,
    citations,
    compare,
    events,
    extension,
    figures,
    files,
    foresight,
    labs,
    reports,
    results,
    results_table,
    rows,
    runs,
    shapes,
    sweeps,
)
from quintant.server.native import examples as cards
from quintant.server.problems import NATIVE, REFUSALS, NativeRoute
from quintant.settings import Settings

NOUNS = (
    labs, cards, files, answers, foresight, rows, annotation, results_table, runs, events, artifacts, results, figures, sweeps,
    extension, citations, compare, reports,
)  # fmt: skip
SHAPED = (shapes, rows, annotation, figures, foresight, compare, files, cards, answers)


def router(facade: Runs, settings: Settings) -> APIRouter:
    whole = APIRouter(prefix=NATIVE, route_class=NativeRoute)

    @whole.get("", tags=["system"], responses=REFUSALS, summary="Where to begin")
    def begin() -> shapes.Entrance:
        links = {name: f"{NATIVE}/{name}" for name in ("labs", "runs", "sweeps")}
        live = facade.health()
        return shapes.Entrance(
            version=__version__,
            links={**links, "docs": "/docs", "openapi": "/openapi.json"},
            key=settings.api_key is not None,
            terminal=settings.terminal != "off",
            now=iso(facade.store.now(), micros=True) or "",
            cores=len(os.sched_getaffinity(0)),
            slots=settings.workers,
            active=shapes.ActiveRuns(running=sum(live["active"].values()), queued=sum(live["queued"].values())),
        )

    for noun in NOUNS:
        whole.include_router(noun.routes(facade, settings))
    return whole


def unreferenced() -> tuple[type[BaseModel], ...]:
    """Shapes that answers of several media types may have: the framework does not see them."""
    return (figures.FigureParts, shapes.PageShape)


def examples(lab: Lab | None) -> dict[str, list[Any]]:
    """The examples of every shape, by its name in OpenAPI; those of requests first with what `lab` really takes."""
    kinds = {
        kind for module in SHAPED for kind in vars(module).values() if isinstance(kind, type) and issubclass(kind, BaseModel)
    }
    extras: dict[str, Any] = {kind.__name__: kind.model_config.get("json_schema_extra") for kind in kinds}
    shown = {name: list(extra["examples"]) for name, extra in extras.items() if extra and "examples" in extra}
    if lab is not None:
        real = {"preset": lab.default_preset, "config": {}}
        shown["ValidateBody"].insert(0, real)
        shown["CreateBody"].insert(0, {"lab": lab.name, **real, "seeds": 3, "root_seed": 42, "name": "first steps"})
    return shown
