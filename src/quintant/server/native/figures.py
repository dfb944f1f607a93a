"""Figures: drawn from what Runs left, as Vega-Lite specification or rendered, without a browser."""

from __future__ import annotations

from collections.abc import Sequence
from threading import BoundedSemaphore
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from starlette.responses import Response

from quintant import registry
from quintant.config import suggest
from quintant.errors import NotFound
from quintant.figure import FORMATS, MEDIA_TYPES, draw, export
from quintant.lab import Figure, Lab, Outcome
from quintant.runs import Runs
from quintant.server.native import shapes
from quintant.server.native.artifacts import BYTES
from quintant.server.native.labs import described
from quintant.server.problems import NATIVE, REFUSALS, NativeRoute
from quintant.settings import Settings

Format = Literal["json", "svg", "png", "pdf", "html"]
# Drawing takes about a second of a core: a page full of figures must not take them all from the runs.
_DRAWING = BoundedSemaphore(2)
# A page that draws itself needs its inline script, and nothing else: no other address, no rights of our origin.
PAGE_POLICY = (
    "sandbox allow-scripts allow-downloads; default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'unsafe-inline'; img-src data: blob:"
)
DRAWING_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:"

Theme = Annotated[str, Query(description="light or dark")]
Width = Annotated[float | None, Query(description="Millimetres: 85 is a column, 174 a page; empty: its natural width.")]
Dpi = Annotated[int, Query(description="Pixels per inch, for PNG.")]

DRAWN: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The figure. 409 with the reason when these runs do not carry what it shows.",
        "content": {
            "application/json": {
                "schema": {"type": "object"},
                "example": {"$schema": "https://vega.github.io/schema/vega-lite/v6.json", "mark": "line"},
            },
            "image/svg+xml": {"schema": {"type": "string"}, "example": "<svg xmlns='http://www.w3.org/2000/svg'/>"},
            "image/png": BYTES,
            "application/pdf": BYTES,
            "text/html": {"schema": {"type": "string"}, "example": "<!doctype html>"},
        },
    }
}


def _find(lab: Lab, name: str) -> Figure:
    for figure in lab.figures:
        if figure.name == name:
            return figure
    known = [figure.name for figure in lab.figures]
    raise NotFound("Figure", name, suggest(name, known) or f"Lab {lab.name} has: {', '.join(known) or 'none'}.")


def rendered(
    figure: Figure, outcomes: Sequence[Outcome], format: Format, theme: str, width_mm: float | None, dpi: int
) -> Response:
    with _DRAWING:
        data = export(draw(figure, outcomes, theme), format, width_mm, dpi)
    headers = {"Cache-Control": "no-cache", "Content-Disposition": f'inline; filename="{figure.name}.{format}"'}
    if format in ("html", "svg"):
        headers["Content-Security-Policy"] = PAGE_POLICY if format == "html" else DRAWING_POLICY
    return Response(data, 200, headers, MEDIA_TYPES[format])


def listed(figures: Sequence[Figure], address: str) -> shapes.FigureList:
    links = {figure.name: {format: f"{address}/{figure.name}.{format}" for format in FORMATS} for figure in figures}
    return shapes.FigureList(figures=[described(figure, links[figure.name]) for figure in figures])


def _lab(name: str) -> Lab:
    return registry.labs().get(name) or registry.find(name)


def routes(runs: Runs, settings: Settings) -> APIRouter:
    router = APIRouter(tags=["figures"], route_class=NativeRoute, responses=REFUSALS)

    @router.get("/runs/{run_id}/figures", response_model=shapes.FigureList, summary="The figures of a Run")
    def of_run(run_id: str) -> Any:
        lab = _lab(runs.get(run_id).lab)
        return listed(lab.figures, f"{NATIVE}/runs/{run_id}/figures")

    @router.get(
        "/runs/{run_id}/figures/{name}.{format}",
        summary="One figure of a Run: Vega-Lite, SVG, PNG, PDF or a page that needs no network",
        response_class=Response,
        responses=DRAWN,
    )
    def run_figure(
        run_id: str, name: str, format: Format, theme: Theme = "light", width_mm: Width = None, dpi: Dpi = 300
    ) -> Response:
        figure = _find(_lab(runs.get(run_id).lab), name)
        return rendered(figure, [runs.outcome(run_id)], format, theme, width_mm, dpi)

    @router.get("/sweeps/{sweep_id}/figures", response_model=shapes.FigureList, summary="The figures of a Sweep")
    def of_sweep(sweep_id: str) -> Any:
        lab = _lab(runs.get_sweep(sweep_id).lab)
        figures = [figure for figure in lab.figures if figure.of == "sweep"]
        return listed(figures, f"{NATIVE}/sweeps/{sweep_id}/figures")

    @router.get(
        "/sweeps/{sweep_id}/figures/{name}.{format}",
        summary="One figure of a Sweep, over its completed Runs",
        response_class=Response,
        responses=DRAWN,
    )
    def sweep_figure(
        sweep_id: str, name: str, format: Format, theme: Theme = "light", width_mm: Width = None, dpi: Dpi = 300
    ) -> Response:
        figure = _find(_lab(runs.get_sweep(sweep_id).lab), name)
        return rendered(figure, runs.outcomes(sweep_id), format, theme, width_mm, dpi)

    return router
