"""/api/configs: the templates, validation in two styles, and the JSON Schema."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from quintant.config import suggest
from quintant.errors import ConfigError, Problem
from quintant.json_value import Json
from quintant.labs.optical.contract import decode, examples, options, template
from quintant.labs.optical.contract.option import sentence
from quintant.labs.optical.contract.route import FusionRoute
from quintant.labs.optical.contract.runs import warning
from quintant.wire.body import Body
from quintant.wire.refusal import answer

FIELDS = ("config", "content", "template")


def router() -> APIRouter:
    routes = APIRouter(prefix="/api/configs", route_class=FusionRoute)

    @routes.get("/templates", summary="List the templates", responses=examples.answers({200: examples.TEMPLATES}))
    def list_templates() -> Response:
        return answer(
            {
                "templates": [
                    {"name": listed.name, "description": listed.description, "path": listed.path} for listed in template.every()
                ]
            }
        )

    @routes.get(
        "/templates/{name}",
        summary="One template, as text and parsed",
        responses=examples.answers({200: examples.TEMPLATE}, 404),
    )
    def get_template(name: str) -> Response:
        chosen = template.find(name)
        return answer(
            {
                "name": chosen.name,
                "description": chosen.description,
                "path": chosen.path,
                "content": chosen.content,
                "parsed": decode.typed(chosen.content),
            }
        )

    @routes.post(
        "/validate",
        summary="Validate overrides (config) or a whole INI file (content)",
        openapi_extra=examples.body(examples.VALIDATE),
        responses=examples.answers({200: examples.INVALID}, 400, 404),
    )
    def validate(body: Body) -> Response:
        return answer(verdict(body))

    @routes.get("/schema", summary="JSON Schema of the configuration", responses=examples.answers({200: examples.SCHEMA}))
    def schema() -> Response:
        return answer(options.schema())

    return routes


def verdict(body: dict[str, Json]) -> dict[str, Json]:
    """What validation finds, in the style of the request: objects for `config`, texts for `content`."""
    unknown = [
        Problem(field, "is not a field of this request.", None, list(FIELDS), suggest(field, FIELDS))
        for field in body
        if field not in FIELDS
    ]
    if unknown:
        raise ConfigError(unknown)
    if ("config" in body) == ("content" in body):
        raise ConfigError(
            Problem("body", "must hold either config (an object) or content (INI text).", None, ["config", "content"])
        )
    if "content" in body:
        return _of_text(body)
    base = body.get("template", template.DEFAULT)
    if not isinstance(base, str):
        raise ConfigError(Problem("template", f"must be a text; got {type(base).__name__}.", base))
    template.find(base)
    if not isinstance(body["config"], dict):
        raise ConfigError(Problem("config", f"must be an object of sections; got {type(body['config']).__name__}."))
    examination = decode.examine(base, body["config"])
    warnings = [warning(doubt) for doubt in examination.warnings]
    if examination.decoded:
        return {"valid": True, "warnings": warnings}
    return {"valid": False, "errors": [warning(fault) for fault in examination.problems], "warnings": warnings}


def _of_text(body: dict[str, Json]) -> dict[str, Json]:
    if "template" in body:
        raise ConfigError(Problem("template", "goes with config; content is a whole configuration."))
    if not isinstance(body["content"], str):
        raise ConfigError(Problem("content", f"must be a text; got {type(body['content']).__name__}."))
    examination = decode.examine_ini(body["content"])
    return {
        "valid": examination.decoded is not None,
        "errors": [sentence(fault) for fault in examination.problems],
        "warnings": [sentence(doubt) for doubt in examination.warnings],
    }
