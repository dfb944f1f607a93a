"""Labs: what is installed, what a config may say, and the judgement of one before it runs."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import orjson
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from quintant import registry
from quintant.config import Config, canonical, config_hash, json_schema, parse
from quintant.errors import ConfigError
from quintant.lab import Figure, Lab, Preset
from quintant.page import page
from quintant.runs import Runs
from quintant.runs.overlay import Base, overlay
from quintant.runs.request import base_of
from quintant.server.native import shapes
from quintant.server.problems import REFUSALS, NativeRoute
from quintant.settings import Settings


def whole(config: Config) -> dict[str, Any]:
    """The full config as JSON, defaults included."""
    body: dict[str, Any] = orjson.loads(canonical(config))
    return body


def _preset(preset: Preset) -> shapes.PresetShape:
    expected = [shapes.ExpectedShape(**vars(number)) for number in preset.expected]
    return shapes.PresetShape(
        name=preset.name,
        title=preset.title,
        says=preset.says,
        config=dict(preset.config),
        seeds=preset.seeds,
        expected=expected,
        follows=dict(preset.follows),
    )


def _headline(lab: Lab) -> shapes.HeadlineOfLab:
    return shapes.HeadlineOfLab(**vars(lab.headline))


def _row(lab: Lab) -> shapes.LabRow:
    state, reason = registry.status(lab)
    return shapes.LabRow(
        name=lab.name,
        title=lab.title,
        tag=lab.tag,
        says=lab.says,
        version=lab.version,
        state=state,
        reason=reason,
        extra=lab.extra,
        headline=_headline(lab),
        presets=list(lab.presets),
        default_preset=lab.default_preset,
    )


def _broken(name: str, reason: str) -> shapes.LabRow:
    return shapes.LabRow(
        name=name, title=None, tag=None, says=None, version=None, state="broken", reason=reason, extra=None,
        headline=None, presets=[], default_preset=None,
    )  # fmt: skip


def described(figure: Figure, links: Mapping[str, str]) -> shapes.FigureShape:
    return shapes.FigureShape(
        name=figure.name, title=figure.title, says=figure.says, of=figure.of, hero=figure.hero, links=dict(links)
    )


def judge(lab: Lab, base: Base, changes: Mapping[str, Any]) -> shapes.Verdict:
    """Parse `changes` over `base` and say everything that is wrong, or the whole config and what it changes."""
    try:
        laid = overlay(lab.config, base, changes)
    except ConfigError as error:
        problems = [shapes.ProblemOfConfig(**vars(problem)) for problem in error.problems]
        return shapes.Verdict(valid=False, problems=problems, warnings=[], config=None, config_hash=None, changed=[])
    config = laid.config
    doubts = (*laid.notes, *config.warnings(), *config.unread(tuple(changes)))
    warnings = [shapes.Warned(path=doubt.path, message=doubt.message, hint=doubt.hint) for doubt in doubts]
    full, before = whole(config), _base(lab, base.config)
    changed = [key for key in full if before is None or full[key] != before.get(key)]
    return shapes.Verdict(
        valid=True, problems=[], warnings=warnings, config=full, config_hash=config_hash(config), changed=changed
    )


def _base(lab: Lab, base: Mapping[str, Any]) -> dict[str, Any] | None:
    try:
        return whole(parse(lab.config, base))
    except ConfigError:  # defaults alone need not make a config
        return None


def routes(runs: Runs, settings: Settings) -> APIRouter:
    router = APIRouter(prefix="/labs", tags=["labs"], route_class=NativeRoute, responses=REFUSALS)

    @router.get("", summary="All labs, ready or not, with the reason")
    def labs() -> shapes.LabList:
        rows = [_row(lab) for lab in registry.labs(settings.labs).values()]
        if not settings.labs:
            rows += [_broken(name, reason) for name, reason in registry.broken().items()]
        return shapes.LabList(labs=rows)

    @router.get("/{lab}", summary="One lab: presets, figures, what it promises")
    def lab_detail(lab: str) -> shapes.LabDetail:
        known_lab = registry.offered(lab, settings.labs)
        state, reason = registry.status(known_lab)
        return shapes.LabDetail(
            name=known_lab.name,
            title=known_lab.title,
            tag=known_lab.tag,
            says=known_lab.says,
            version=known_lab.version,
            state=state,
            reason=reason,
            extra=known_lab.extra,
            headline=_headline(known_lab),
            presets=[_preset(preset) for preset in known_lab.presets.values()],
            default_preset=known_lab.default_preset,
            figures=[described(figure, {}) for figure in known_lab.figures],
            previews=[
                shapes.PreviewShape(
                    name=preview.name, title=preview.title, says=preview.says, chooses=preview.choices is not None
                )
                for preview in known_lab.previews
            ],
            exact=known_lab.exact,
            purposes=list(known_lab.purposes),
            cite=known_lab.cite,
        )

    @router.get(
        "/{lab}/schema",
        response_model=shapes.JsonSchema,
        summary="JSON Schema of the lab's config, with units, bounds, defaults and sources",
    )
    def schema(lab: str) -> Response:
        return Response(orjson.dumps(json_schema(registry.offered(lab, settings.labs).config)), media_type="application/json")

    @router.get(
        "/{lab}/page",
        summary="What a lab tells people: what it simulates, equations, presets, parameters, how it was verified, citation",
        response_class=Response,
        responses={
            200: {
                "content": {
                    "text/markdown": {"schema": {"type": "string"}, "example": "# Coins\n\nHeads with $p$.\n"},
                    "application/json": {"schema": {"$ref": "#/components/schemas/PageShape"}},
                }
            },
            304: {"description": "The page is the one of If-None-Match."},
        },
    )
    def lab_page(lab: str, request: Request) -> Response:
        text = page(registry.offered(lab, settings.labs))
        headers = {
            "ETag": f'"{hashlib.sha256(text.text.encode()).hexdigest()[:32]}"',
            "Cache-Control": "no-cache",
            "Vary": "Accept",
        }
        if request.headers.get("if-none-match", "").removeprefix("W/") == headers["ETag"]:
            return Response(status_code=304, headers=headers)
        accept = request.headers.get("accept", "")
        if "application/json" in accept and "text/markdown" not in accept:
            sections = [shapes.SectionShape(**vars(section)) for section in text.sections]
            shape = shapes.PageShape(lab=text.lab, title=text.title, sections=sections)
            return Response(shape.model_dump_json(), headers=headers, media_type="application/json")
        return Response(text.text, headers=headers, media_type="text/markdown; charset=utf-8")

    @router.get("/{lab}/presets", summary="The lab's presets, with expected results")
    def presets(lab: str) -> shapes.PresetList:
        offered = registry.offered(lab, settings.labs)
        return shapes.PresetList(presets=[_preset(preset) for preset in offered.presets.values()])

    @router.post("/{lab}/validate", summary="Judge a config; nothing is created")
    def validate(lab: str, body: shapes.ValidateBody) -> shapes.Verdict:
        known_lab = registry.find(lab, settings.labs)
        return judge(known_lab, base_of(known_lab, body.preset)[0], body.config)

    return router
