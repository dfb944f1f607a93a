"""The native API, uniform for every lab, below /api/v2: a module per noun, `shapes` for what goes in and out."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel

from quintant import __version__
from quintant.runs import Runs
from quintant.server.native import artifacts, events, figures, labs, results, runs, shapes, sweeps
from quintant.server.problems import NATIVE, REFUSALS, NativeRoute
from quintant.settings import Settings

NOUNS = (labs, runs, events, artifacts, results, figures, sweeps)


def router(facade: Runs, settings: Settings) -> APIRouter:
    whole = APIRouter(prefix=NATIVE, route_class=NativeRoute)

    @whole.get("", tags=["system"], responses=REFUSALS, response_model=shapes.Entrance, summary="Where to begin")
    def begin() -> Any:
        links = {name: f"{NATIVE}/{name}" for name in ("labs", "runs", "sweeps")}
        return shapes.Entrance(version=__version__, links={**links, "docs": "/docs", "openapi": "/openapi.json"})

    for noun in NOUNS:
        whole.include_router(noun.routes(facade, settings))
    return whole


def examples() -> dict[str, list[Any]]:
    """The examples of every shape, by its name in OpenAPI."""
    kinds = (kind for kind in vars(shapes).values() if isinstance(kind, type) and issubclass(kind, BaseModel))
    extras: dict[str, Any] = {kind.__name__: kind.model_config.get("json_schema_extra") for kind in kinds}
    return {name: extra["examples"] for name, extra in extras.items() if extra and "examples" in extra}
