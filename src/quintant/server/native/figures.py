"""Figures: drawn from what Runs left, as Vega-Lite or Vega, in parts or rendered, without a browser."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Query
from pydantic import Field
from starlette.responses import Response

from quintant import registry
from quintant.config import suggest
from quintant.errors import NotFound
from quintant.figure import FORMATS
from quintant.lab import Figure, Lab
from quintant.runs import Runs
from quintant.server.drawing import As, Asked, Data, Drawing, Parts, Target
from quintant.server.native import shapes
from quintant.server.native.artifacts import BYTES
from quintant.server.native.labs import described
from quintant.server.native.shapes import RUN_ID, SHA, Shape, example
from quintant.server.problems import NATIVE, REFUSALS, NativeRoute
from quintant.settings import Settings

Format = Literal["json", "svg", "png", "pdf", "html", "csv"]
# A page that draws itself needs its inline script, and nothing else: no other address, no rights of our origin.
PAGE_POLICY = (
    "sandbox allow-scripts allow-downloads; default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'unsafe-inline'; img-src data: blob:"
)
DRAWING_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:"

Theme = Annotated[str, Query(description="light or dark")]
Width = Annotated[float | None, Query(description="Millimetres: 85 is a column, 174 a page; empty: its natural width.")]
Dpi = Annotated[int, Query(description="Pixels per inch, for PNG.")]
Kind = Annotated[As, Query(alias="as", description="JSON: the specification, or compiled, for who has no Vega-Lite.")]
Part = Annotated[Parts, Query(description="plot: without title, subtitle and foot; as JSON with the words beside it.")]
DataAs = Annotated[
    Data | None, Query(description="JSON: rows in named data sets, or as it was made (CSV where there are many).")
]
DataSet = Annotated[str, Query(max_length=100, description="CSV: name of one data set; empty: the largest.")]
IfNoneMatch = Annotated[str | None, Header(description="A known ETag.")]

_WORDS = {
    "finding": "Heads in 50.2 % [49.4, 51.1]",
    "subtitle": ["Share of heads, mean ± 95 % CI, n = 10 seeds"], "n": 10, "of": "seeds",
    "badges": [], "caption": "Heads in 50.2 % [49.4, 51.1]. …", "alt": "Heads in …",
    "provenance": f"run {RUN_ID} · root seed 42 · config 9f86d081884c",
    "runs": [{"id": RUN_ID, "name": "a study", "root_seed": 42, "state": "completed"}], "config_hashes": [SHA],
}  # fmt: skip


PARTS_EXAMPLE: dict[str, Any] = {
    "figure": "heads_share", "kind": "vega", "renderer": "svg", "theme": "light", "width_mm": 120, "live": False,
    "words": _WORDS, "spec": {"data": [{"name": "data-1", "values": []}], "marks": []},
}  # fmt: skip


class DrawnRun(Shape):
    id: str
    name: str
    root_seed: int
    state: str


class FigureWords(Shape):
    """What a figure says, for who sets it in text of his own."""

    model_config = example(_WORDS)

    finding: str = Field(description="One sentence: the title.")
    subtitle: list[str] = Field(description="What is drawn, and what its bands are.")
    n: int
    of: str
    badges: list[str] = Field(description="What was left out of the drawing.")
    caption: str = Field(description="All of it, as it stands under a printed figure.")
    alt: str = Field(description="For who cannot see it.")
    provenance: str
    runs: list[DrawnRun]
    config_hashes: list[str]


class FigureParts(Shape):
    model_config = example(PARTS_EXAMPLE)  # fmt: skip

    figure: str
    kind: Literal["vega-lite", "vega"]
    renderer: Literal["svg", "canvas"] = Field(description="What a browser draws it with best: by its number of marks.")
    theme: str
    width_mm: float | None = Field(description="null: its natural width, also where the one asked for leaves no room.")
    live: bool = Field(description="Its Runs have not all ended: it will change.")
    words: FigureWords
    spec: dict[str, Any] = Field(description="Its data are rows in data sets called data-1, data-2, …")


DRAWN: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The figure; with `parts=plot` the JSON is FigureParts. 409 with the reason when these runs "
        "do not carry what it shows. X-Datasets names the data sets of a CSV.",
        "content": {
            "application/json": {
                "schema": {"anyOf": [{"type": "object"}, {"$ref": "#/components/schemas/FigureParts"}]},
                "example": {"$schema": "https://vega.github.io/schema/vega-lite/v6.json", "mark": "line"},
            },
            "image/svg+xml": {"schema": {"type": "string"}, "example": "<svg xmlns='http://www.w3.org/2000/svg'/>"},
            "image/png": BYTES,
            "application/pdf": BYTES,
            "text/html": {"schema": {"type": "string"}, "example": "<!doctype html>"},
            "text/csv": {"schema": {"type": "string"}, "example": "bias,mean\r\n0.5,0.502\r\n"},
        },
    },
    304: {"description": "The figure is the one of If-None-Match."},
}


def _find(lab: Lab, name: str) -> Figure:
    for figure in lab.figures:
        if figure.name == name:
            return figure
    known = [figure.name for figure in lab.figures]
    raise NotFound("Figure", name, suggest(name, known) or f"Lab {lab.name} has: {', '.join(known) or 'none'}.")


def answered(drawing: Drawing, target: Target, figure: Figure, wanted: Asked, if_none_match: str | None) -> Response:
    wanted.check()
    headers = {"Cache-Control": "no-cache", "ETag": f'"{drawing.tag(target, figure, wanted)}"'}
    if if_none_match is not None and headers["ETag"] in [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]:
        return Response(status_code=304, headers=headers)
    drawn = drawing.drawn(target, figure, wanted)
    name = PurePosixPath(figure.name).name
    shown = "attachment" if wanted.format == "csv" else "inline"
    headers["Content-Disposition"] = f'{shown}; filename="{name}.{wanted.format}"'
    if wanted.format in ("html", "svg"):
        headers["Content-Security-Policy"] = PAGE_POLICY if wanted.format == "html" else DRAWING_POLICY
    if drawn.datasets:
        headers["X-Datasets"] = ",".join(drawn.datasets)
    return Response(drawn.data, 200, headers, drawn.media_type)


def listed(drawing: Drawing, target: Target, figures: Sequence[Figure], address: str, drawable: bool) -> shapes.FigureList:
    links = {f.name: {format: f"{address}/{f.name}.{format}" for format in (*FORMATS, "csv")} for f in figures}
    described_figures = [described(figure, links[figure.name]) for figure in figures]
    for shape, figure in zip(described_figures, figures, strict=True) if drawable else ():
        shape.finding, shape.reason = drawing.finding(target, figure)
        shape.drawable = shape.finding is not None
    return shapes.FigureList(figures=described_figures, live=target.live)


def _lab(name: str) -> Lab:
    return registry.labs().get(name) or registry.find(name)


Drawable = Annotated[bool, Query(description="Tell of each whether it can be drawn now, and its finding or why not.")]


def routes(runs: Runs, settings: Settings) -> APIRouter:
    router = APIRouter(tags=["figures"], route_class=NativeRoute, responses=REFUSALS)
    drawing = Drawing(runs, settings.cache)

    @router.get("/runs/{run_id}/figures", summary="The figures of a Run")
    def of_run(run_id: str, drawable: Drawable = False) -> shapes.FigureList:
        target = drawing.of_run(run_id, _lab)
        return listed(drawing, target, target.lab.figures, f"{NATIVE}/runs/{run_id}/figures", drawable)

    @router.get(
        "/runs/{run_id}/figures/{name}.{format}",
        summary="One figure of a Run: as specification, in parts, rendered, its data, or a page that needs no network",
        response_class=Response,
        responses=DRAWN,
    )
    def run_figure(
        run_id: str, name: str, format: Format, theme: Theme = "light", width_mm: Width = None, dpi: Dpi = 300,
        kind: Kind = "vega-lite", parts: Part = "whole", data: DataAs = None, dataset: DataSet = "",
        if_none_match: IfNoneMatch = None,
    ) -> Response:  # fmt: skip
        target = drawing.of_run(run_id, _lab)
        wanted = Asked(format, theme, width_mm, dpi, kind, parts, data, dataset)
        return answered(drawing, target, _find(target.lab, name), wanted, if_none_match)

    @router.get("/sweeps/{sweep_id}/figures", summary="The figures of a Sweep")
    def of_sweep(sweep_id: str, drawable: Drawable = False) -> shapes.FigureList:
        target = drawing.of_sweep(sweep_id, _lab)
        figures = [figure for figure in target.lab.figures if figure.of == "sweep"]
        return listed(drawing, target, figures, f"{NATIVE}/sweeps/{sweep_id}/figures", drawable)

    @router.get(
        "/sweeps/{sweep_id}/figures/{name}.{format}",
        summary="One figure of a Sweep, over its completed Runs",
        response_class=Response,
        responses=DRAWN,
    )
    def sweep_figure(
        sweep_id: str, name: str, format: Format, theme: Theme = "light", width_mm: Width = None, dpi: Dpi = 300,
        kind: Kind = "vega-lite", parts: Part = "whole", data: DataAs = None, dataset: DataSet = "",
        if_none_match: IfNoneMatch = None,
    ) -> Response:  # fmt: skip
        target = drawing.of_sweep(sweep_id, _lab)
        wanted = Asked(format, theme, width_mm, dpi, kind, parts, data, dataset)
        return answered(drawing, target, _find(target.lab, name), wanted, if_none_match)

    return router
