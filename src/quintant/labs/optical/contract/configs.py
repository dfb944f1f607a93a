"""/api/configs: the templates, validation in two styles, and the JSON Schema."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from quintant.config import suggest
from quintant.errors import ConfigError, Problem
from quintant.labs.optical.contract import decode, examples, options, template
from quintant.labs.optical.contract.option import sentence
from quintant.labs.optical.contract.route import Body, FusionRoute, answer
from quintant.labs.optical.contract.runs import warning

FIELDS = ("config", "content", "template")


def router() -> APIRouter:
    routes = APIRouter(prefix="/api/configs", route_class=FusionRoute)

    @routes.get("/templates", summary="List the templates", responses=examples.answers({200: examples.TEMPLATES}))
    def list_templates() -> Response:
        return answer(
            {
                "templates": [
                    {"name": found.name, "description": found.description, "path": found.path} for found in template.every()
                ]
            }
        )

    @routes.get(
        "/templates/{name}",
        summary="One template, as text and parsed",
        responses=examples.answers({200: examples.TEMPLATE}, 404),
    )
    def get_template(name: str) -> Response:
        found = template.find(name)
        return answer(
            {
                "name": found.name,
                "description": found.description,
                "path": found.path,
                "content": found.content,
                "parsed": decode.typed(found.content),
            }
        )

    @routes.post(
        "/validate",
        summary="Validate overrides (config) or a whole INI file (content)",
        openapi_extra=examples.body(examples.VALIDATE),
        responses=examples.answers({200: examples.INVALID}, 400, 404),
    )
    def validate(given: Body) -> Response:
        return answer(verdict(given))

    @routes.get("/schema", summary="JSON Schema of the configuration", responses=examples.answers({200: examples.SCHEMA}))
    def schema() -> Response:
        return answer(options.schema())

    return routes


def verdict(given: dict[str, Any]) -> dict[str, Any]:
    """What validation finds, in the style of the request: objects for `config`, texts for `content`."""
    unknown = [
        Problem(field, "is not a field of this request.", None, list(FIELDS), suggest(field, FIELDS))
        for field in given
        if field not in FIELDS
    ]
    if unknown:
        raise ConfigError(unknown)
    if ("config" in given) == ("content" in given):
        raise ConfigError(
            Problem("body", "must hold either config (an object) or content (INI text).", None, ["config", "content"])
        )
    if "content" in given:
        return _of_text(given)
    base = given.get("template", template.DEFAULT)
    if not isinstance(base, str):
        raise ConfigError(Problem("template", f"must be a text; got {type(base).__name__}.", base))
    template.find(base)
    if not isinstance(given["config"], dict):
        raise ConfigError(Problem("config", f"must be an object of sections; got {type(given['config']).__name__}."))
    found = decode.examine(base, given["config"])
    warnings = [warning(doubt) for doubt in found.warnings]
    if found.decoded:
        return {"valid": True, "warnings": warnings}
    return {"valid": False, "errors": [warning(fault) for fault in found.problems], "warnings": warnings}


def _of_text(given: dict[str, Any]) -> dict[str, Any]:
    if "template" in given:
        raise ConfigError(Problem("template", "goes with config; content is a whole configuration."))
    if not isinstance(given["content"], str):
        raise ConfigError(Problem("content", f"must be a text; got {type(given['content']).__name__}."))
    found = decode.examine_ini(given["content"])
    return {
        "valid": found.decoded is not None,
        "errors": [sentence(fault) for fault in found.problems],
        "warnings": [sentence(doubt) for doubt in found.warnings],
    }
