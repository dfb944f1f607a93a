"""Labs: what is installed, what a config may say, and the judgement of one before it runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from fastapi import APIRouter
from starlette.responses import Response

from quintant import registry
from quintant.config import Config, canonical, config_hash, json_schema, parse, suggest
from quintant.errors import ConfigError, NotFound, NotInstalled, Problem
from quintant.lab import Figure, Lab, Preset
from quintant.runs import Runs
from quintant.server.native import shapes
from quintant.server.problems import REFUSALS, NativeRoute
from quintant.settings import Settings


def offered(name: str, settings: Settings) -> Lab:
    """The lab called `name`, ready or not; NotFound with a suggestion, NotInstalled when it cannot be loaded."""
    found = registry.labs(settings.labs)
    if name in found:
        return found[name]
    if name in registry.broken() and not settings.labs:
        raise NotInstalled(f"lab {name} cannot be loaded: {registry.broken()[name]}")
    raise NotFound("Lab", name, suggest(name, found) or f"Offered here: {', '.join(found) or 'none'}.")


def ready(name: str, settings: Settings) -> Lab:
    """The same, but NotInstalled (with the command that helps) unless it can run."""
    lab = offered(name, settings)
    reason = registry.missing(lab)
    if reason:
        raise NotInstalled(reason)
    return lab


def preset(lab: Lab, name: str) -> Preset:
    if name in lab.presets:
        return lab.presets[name]
    known = sorted(lab.presets)
    raise ConfigError(Problem("preset", f"must be one of {', '.join(known)}; got '{name}'.", name, known, suggest(name, known)))


def whole(config: Config) -> dict[str, Any]:
    """The full config as JSON, defaults included."""
    return orjson.loads(canonical(config))


def _preset(one: Preset) -> shapes.PresetShape:
    expected = [shapes.ExpectedShape(**vars(number)) for number in one.expected]
    return shapes.PresetShape(
        name=one.name, title=one.title, says=one.says, config=dict(one.config), seeds=one.seeds, expected=expected
    )


def _headline(lab: Lab) -> shapes.HeadlineOfLab:
    return shapes.HeadlineOfLab(**vars(lab.headline))


def _row(lab: Lab) -> shapes.LabRow:
    reason = registry.missing(lab)
    return shapes.LabRow(
        name=lab.name,
        title=lab.title,
        tag=lab.tag,
        says=lab.says,
        version=lab.version,
        state="not installed" if reason else "ready",
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


def judge(lab: Lab, base: Mapping[str, Any], changes: Mapping[str, Any]) -> shapes.Verdict:
    """Parse `changes` over `base` and say everything that is wrong, or the whole config and what it changes."""
    try:
        config = parse(lab.config, {**base, **changes})
    except ConfigError as error:
        problems = [shapes.ProblemOfConfig(**vars(problem)) for problem in error.problems]
        return shapes.Verdict(valid=False, problems=problems, warnings=[], config=None, config_hash=None, changed=[])
    warnings = [shapes.Warned(path=w.path, message=w.message, hint=w.hint) for w in config.warnings()]
    full, before = whole(config), _base(lab, base)
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

    @router.get("", response_model=shapes.LabList, summary="All labs, ready or not, with the reason")
    def labs() -> Any:
        rows = [_row(lab) for lab in registry.labs(settings.labs).values()]
        if not settings.labs:
            rows += [_broken(name, reason) for name, reason in registry.broken().items()]
        return shapes.LabList(labs=rows)

    @router.get("/{lab}", response_model=shapes.LabDetail, summary="One lab: presets, figures, what it promises")
    def lab_detail(lab: str) -> Any:
        found = offered(lab, settings)
        reason = registry.missing(found)
        return shapes.LabDetail(
            name=found.name,
            title=found.title,
            tag=found.tag,
            says=found.says,
            version=found.version,
            state="not installed" if reason else "ready",
            reason=reason,
            extra=found.extra,
            headline=_headline(found),
            presets=[_preset(one) for one in found.presets.values()],
            default_preset=found.default_preset,
            figures=[described(figure, {}) for figure in found.figures],
            exact=found.exact,
            purposes=list(found.purposes),
            cite=found.cite,
        )

    @router.get(
        "/{lab}/schema",
        response_model=shapes.JsonSchema,
        summary="JSON Schema of the lab's config, with units, bounds, defaults and sources",
    )
    def schema(lab: str) -> Any:
        return Response(orjson.dumps(json_schema(offered(lab, settings).config)), media_type="application/json")

    @router.get("/{lab}/presets", response_model=shapes.PresetList, summary="The lab's presets, with expected results")
    def presets(lab: str) -> Any:
        return shapes.PresetList(presets=[_preset(one) for one in offered(lab, settings).presets.values()])

    @router.post("/{lab}/validate", response_model=shapes.Verdict, summary="Judge a config; nothing is created")
    def validate(lab: str, body: shapes.ValidateBody) -> Any:
        found = ready(lab, settings)
        base = preset(found, body.preset).config if body.preset is not None else {}
        return judge(found, base, body.config)

    return router
