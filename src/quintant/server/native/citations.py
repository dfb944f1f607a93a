"""What to cite for a Run or a Sweep, as BibTeX and as CITATION.cff."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import APIRouter
from starlette.responses import Response

from quintant.runs import Runs
from quintant.runs.citing import cite
from quintant.server.problems import REFUSALS, NativeRoute
from quintant.settings import Settings

Suffix = Literal["bib", "cff"]
MEDIA_TYPES = {"bib": "application/x-bibtex; charset=utf-8", "cff": "application/yaml; charset=utf-8"}
NAMES = {"bib": "references.bib", "cff": "CITATION.cff"}
ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Quintant, the Run by its hashes, its lab, the model and the data of its config.",
        "content": {
            "application/x-bibtex": {
                "schema": {"type": "string"},
                "example": "@software{quintant,\n  version = {1.0},\n}\n",
            },
            "application/yaml": {"schema": {"type": "object"}, "example": {"cff-version": "1.2.0", "title": "Quintant"}},
        },
    }
}


def routes(runs: Runs, settings: Settings) -> APIRouter:
    router = APIRouter(tags=["results"], route_class=NativeRoute, responses=REFUSALS)

    def answer(key: str, suffix: Suffix) -> Response:
        text = cite(runs, key).written("bibtex" if suffix == "bib" else "cff")
        headers = {"Content-Disposition": f'attachment; filename="{NAMES[suffix]}"'}
        return Response(text, 200, headers, MEDIA_TYPES[suffix])

    @router.get(
        "/runs/{run_id}/citation.{suffix}", summary="What to cite for a Run", response_class=Response, responses=ANSWERS
    )
    def of_run(run_id: str, suffix: Suffix) -> Response:
        runs.get(run_id)
        return answer(run_id, suffix)

    @router.get(
        "/sweeps/{sweep_id}/citation.{suffix}", summary="What to cite for a Sweep", response_class=Response, responses=ANSWERS
    )
    def of_sweep(sweep_id: str, suffix: Suffix) -> Response:
        runs.get_sweep(sweep_id)
        return answer(sweep_id, suffix)

    return router
