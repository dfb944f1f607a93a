"""Examples: what each lab's default preset gave, drawn: the cards of a page on which nothing has run yet."""

from __future__ import annotations

import hashlib
from typing import Any, Literal

from fastapi import APIRouter, Header
from pydantic import Field
from starlette.responses import Response

from quintant import registry
from quintant.config import parse
from quintant.errors import ConfigError, NotFound
from quintant.example import Example, example, headline, picture
from quintant.lab import DEFAULT_PRESET, Lab
from quintant.runs import Runs
from quintant.runs.forecast import forecast
from quintant.runs.preset import command
from quintant.server.native import labs
from quintant.server.native.figures import DRAWING_POLICY
from quintant.server.native.foresight import Seconds
from quintant.server.native.shapes import Shape
from quintant.server.native.shapes import example as shown
from quintant.server.problems import NATIVE, REFUSALS, NativeRoute
from quintant.settings import Settings

_HEADLINE = {
    "metric": "heads_share", "label": "heads", "unit": "1", "scale": "linear", "mean": 0.51, "low": 0.49, "high": 0.53, "n": 3,
    "method": "95 % Student t, n = 3", "upper_limit": False,
}  # fmt: skip
EMPTY = "<svg xmlns='http://www.w3.org/2000/svg'/>"
_WORDS = {"finding": "Heads in 51 % of 300 tosses", "subtitle": ["Share of heads"], "alt": "A line.", "n": 3, "of": "seeds"}


class ExampleHeadline(Shape):
    metric: str
    label: str
    unit: str
    scale: Literal["linear", "log"]
    mean: float | None
    low: float | None
    high: float | None
    n: int
    method: str
    upper_limit: bool


class ExampleShape(Shape):
    model_config = shown({
        "lab": "coin", "tag": "CO", "preset": "fair", "title": "A fair coin", "seeds": 3, "root_seed": 42, "figure": "heads",
        "finding": _WORDS["finding"], "what": "fair · seed 42 of 3", "headline": _HEADLINE,
        "seconds": {"low": 0.2, "high": 0.5},
        "command": "quintant run coin", "words": _WORDS, "notice": None,
        "svg": {"light": "/api/v2/examples/coin.svg?theme=light", "dark": "/api/v2/examples/coin.svg?theme=dark"},
    })  # fmt: skip

    lab: str
    tag: str
    preset: str
    title: str
    seeds: int
    root_seed: int
    figure: str
    finding: str
    what: str = Field(description="Preset and seeds that the picture is of.")
    headline: ExampleHeadline | None = Field(description="Over all seeds of the preset, as the lab's page has it.")
    seconds: Seconds | None = Field(description="For all its Runs on this machine; null: no earlier Run to judge by.")
    command: str
    svg: dict[str, str] = Field(description="The picture by theme.")
    words: dict[str, Any] = Field(description="What the figure says.")
    notice: str | None = Field(description="What must stand beside it.")


class ExampleList(Shape):
    model_config = shown({"examples": []})

    examples: list[ExampleShape]


def _shape(runs: Runs, lab: Lab, example: Example) -> ExampleShape:
    metric = headline(lab, example)
    headline_of_lab = lab.headline
    return ExampleShape(
        lab=lab.name,
        tag=lab.tag,
        preset=example.preset,
        title=lab.presets[example.preset].title,
        seeds=example.seeds,
        root_seed=example.root_seed,
        figure=example.figure,
        finding=example.words["finding"],
        what=example.what,
        headline=None
        if metric is None
        else ExampleHeadline(
            metric=headline_of_lab.metric,
            label=headline_of_lab.label,
            unit=metric.unit,
            scale=headline_of_lab.scale,
            mean=metric.mean,
            low=metric.low,
            high=metric.high,
            n=metric.n,
            method=metric.method,
            upper_limit=metric.upper_limit,
        ),
        seconds=_seconds(runs, lab, example),
        command=command(lab.name, DEFAULT_PRESET, {}),
        svg={theme: f"{NATIVE}/examples/{lab.name}.svg?theme={theme}" for theme in ("light", "dark")},
        words=dict(example.words),
        notice=lab.notice,
    )


def _seconds(runs: Runs, lab: Lab, example: Example) -> Seconds | None:
    """From earlier Runs of this machine, for all seeds, so many at once as it has places."""
    try:
        whole = labs.whole(parse(lab.config, example.config))
    except ConfigError:  # an extra is missing
        return None
    each = forecast(whole, runs.past(lab.name))
    if each is None:
        return None
    rounds = -(-example.seeds // max(1, min(runs.settings.workers, example.seeds)))
    return Seconds(low=each.low * rounds, high=each.high * rounds)


def routes(runs: Runs, settings: Settings) -> APIRouter:
    router = APIRouter(prefix="/examples", tags=["labs"], route_class=NativeRoute, responses=REFUSALS)

    @router.get("", summary="What each lab's default preset gave, as cards")
    def examples() -> ExampleList:
        known = [(lab, example(lab)) for lab in registry.labs(settings.labs).values()]
        return ExampleList(examples=[_shape(runs, lab, card) for lab, card in known if card is not None])

    @router.get(
        "/{lab}.svg",
        summary="The picture of an example",
        response_class=Response,
        responses={
            200: {"content": {"image/svg+xml": {"schema": {"type": "string"}, "example": EMPTY}}},
            304: {"description": "The picture is the one of If-None-Match."},
        },
    )
    def drawing(
        lab: str, theme: Literal["light", "dark"] = "light", if_none_match: str | None = Header(default=None)
    ) -> Response:
        known_lab = registry.offered(lab, settings.labs)
        if example(known_lab) is None:
            raise NotFound("Example", lab, "This lab has none.")
        data = picture(known_lab, theme).read_bytes()
        headers = {
            "ETag": f'"{hashlib.sha256(data).hexdigest()[:32]}"', "Cache-Control": "no-cache",
            "Content-Security-Policy": DRAWING_POLICY,
        }  # fmt: skip
        if (if_none_match or "").removeprefix("W/") == headers["ETag"]:
            return Response(status_code=304, headers=headers)
        return Response(data, headers=headers, media_type="image/svg+xml")

    return router
