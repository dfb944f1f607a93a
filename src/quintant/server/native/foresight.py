"""Foresight: what a request would make, before it is made: how many Runs, how long, which exist, and the same command."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from quintant import registry
from quintant.config import Config, config_hash, suggest
from quintant.errors import ConfigError, Conflict, NotFound, Problem
from quintant.figure.draw import draw_preview
from quintant.lab import DEFAULT_PRESET, Choice, Lab, load
from quintant.runs import Runs
from quintant.runs.axis import Axes
from quintant.runs.forecast import forecast
from quintant.runs.growth import targets
from quintant.runs.overlay import Base, overlay, refuse_twice
from quintant.runs.preset import changes_to, command, origin, whole_preset
from quintant.runs.request import Resolved, base_of, resolve
from quintant.runs.sweep import MOST_RUNS, check_start
from quintant.server.drawing import in_parts
from quintant.server.native import labs, shapes
from quintant.server.native.figures import PARTS_EXAMPLE, FigureParts
from quintant.server.native.runs import request_of
from quintant.server.native.shapes import PresetName, Shape, example
from quintant.server.problems import REFUSALS, NativeRoute
from quintant.settings import Settings

MOST_LOOKED_UP = 200  # points whose configs are parsed for an estimate


class Seconds(Shape):
    low: float
    high: float


class EstimateAnswer(Shape):
    model_config = example({
        "runs": 60, "points": 6, "seeds": 10, "exist": 14, "seconds": {"low": 12.0, "high": 20.0}, "from_runs": 122,
        "at_once": 2,
        "says": "12 to 20 s, from 122 earlier runs here, 2 at once",
        "command": "quintant run coin --preset fair --set steps=5 --sweep bias=0.1:0.6:0.1 --seeds 10",
        "problems": [],
    })  # fmt: skip

    runs: int
    points: int
    seeds: int
    exist: int | None = Field(
        description="So many of them are not executed: an identical Run has their result; null: too many to look up."
    )
    seconds: Seconds | None = Field(description="For all of them together; null: no earlier Run here to judge by.")
    from_runs: int = Field(description="Earlier Runs of this machine behind it.")
    at_once: int
    says: str
    command: str = Field(description="One line for a shell that starts the same.")
    problems: list[shapes.ProblemOfConfig] = Field(description="Why it could not be started as it is.")


def told_seconds(low: float, high: float) -> str:
    """ "12 to 20 s", "under 1 s", "40 s to 2.4 min"."""
    if high < 1:
        return "under 1 s"
    (first, unit), (last, other) = _told(low), _told(high)
    if unit != other:
        return f"{first} {unit} to {last} {other}"
    return f"about {last} {unit}" if first == last else f"{first} to {last} {unit}"


def _told(seconds: float) -> tuple[str, str]:
    size, unit = next(
        (size, unit) for size, unit in ((1.0, "s"), (60.0, "min"), (3600.0, "h")) if seconds < 90 * size or unit == "h"
    )
    value = seconds / size
    return (f"{value:.0f}" if value >= 9.95 else f"{value:.1f}" if value >= 0.1 else f"{value:.1g}"), unit


def estimate(runs: Runs, settings: Settings, name: str, body: shapes.CreateBody) -> EstimateAnswer:
    body_of_lab = body.model_copy(update={"lab": name})
    resolved = resolve(request_of(body_of_lab), runs)
    lab, base, replicates, root_seed = resolved.lab, resolved.base, resolved.seeds, resolved.root_seed
    problems: list[Problem] = []
    swept = Axes()
    try:
        swept = resolved.layout
    except ConfigError as error:
        problems += error.problems
    try:
        refuse_twice(body_of_lab.config, swept.values)
    except ConfigError as error:
        problems += error.problems
    count = swept.size
    seeds = replicates if isinstance(replicates, int) else len(replicates)
    if not 1 <= seeds <= MOST_RUNS:
        problems.append(Problem("seeds", f"must be an integer from 1 to {MOST_RUNS}; got {seeds}.", seeds))
    elif count * seeds > MOST_RUNS:
        problems.append(Problem("sweep", f"would make {count * seeds} runs; at most {MOST_RUNS} are allowed.", count * seeds))
    seeds = most = min(max(seeds, 1), MOST_RUNS)
    if resolved.until is not None:
        most = max(seeds, resolved.until.most)
        problems += _unreachable(runs, resolved, count)
    configs, faults = _configs(lab, base, body_of_lab.config, swept, count)
    problems += faults
    low, high, from_runs = _seconds(runs, lab, configs, count, seeds)
    high = None if high is None else high * most / seeds
    exist = None
    if count <= MOST_LOOKED_UP and not problems and isinstance(replicates, int):
        root = runs.settings.root_seed if root_seed is None else root_seed
        exist = 0 if body.fresh else runs.reusable(lab, configs, range(root, root + seeds))
    at_once = runs.settings.workers
    if high is None or low is None:
        says = f"no earlier run of {lab.name} on this machine to judge by" if configs else "not estimated while it cannot start"
    else:
        together = f", {at_once} at once" if count * seeds > 1 else ""
        says = f"{told_seconds(low, high)}, from {from_runs} earlier run{'s' if from_runs != 1 else ''} here{together}"
    if resolved.until is not None:
        says += f"; {seeds} to {most} seeds at each point"
    return EstimateAnswer(
        runs=count * seeds, points=count, seeds=seeds, exist=exist,
        seconds=None if low is None or high is None else Seconds(low=low, high=high),
        from_runs=from_runs, at_once=at_once, says=says,
        command=_command(resolved, body_of_lab, swept),
        problems=[shapes.ProblemOfConfig(**vars(problem)) for problem in problems],
    )  # fmt: skip


def _unreachable(runs: Runs, resolved: Resolved, points: int) -> Sequence[Problem]:
    """Why seeds cannot be added until what was asked for holds."""
    until, lab = resolved.until, resolved.lab
    if until is None:
        return ()
    try:
        check_start(resolved.seeds, targets(lab, until, runs.store.metric_units(lab.name)))
    except ConfigError as error:
        return error.problems
    total = points * until.most
    text = f"would make up to {total} runs; at most {MOST_RUNS} are allowed."
    return [Problem("max_seeds", text, until.most)] if total > MOST_RUNS else ()


def _configs(
    lab: Lab, base: Base, changes: Mapping[str, Any], swept: Axes, count: int
) -> tuple[list[Config], Sequence[Problem]]:
    """The configs of the points, as far as they are looked up, and what is wrong with the first that is."""
    try:
        if count > MOST_LOOKED_UP:  # the first and last of each axis stand for all
            swept = swept.ends
        points = [point for point, _ in zip(swept.points(), range(MOST_LOOKED_UP), strict=False)]
        return [overlay(lab.config, base, changes, point).config for point in points], ()
    except ConfigError as error:
        return [], error.problems


def _seconds(runs: Runs, lab: Lab, configs: Sequence[Config], count: int, seeds: int) -> tuple[float | None, float | None, int]:
    """For all Runs together, a lane's places at once."""
    past = runs.past(lab.name)
    forecasts = [estimate for config in configs if (estimate := forecast(labs.whole(config), past)) is not None]
    if not forecasts:
        return None, None, 0
    share = count / len(forecasts) * seeds
    at_once = max(1, min(runs.settings.workers, count * seeds))
    rounds = -(-count * seeds // at_once) * at_once / (count * seeds)  # the last round may be half empty
    low, high = (sum(getattr(estimate, side) for estimate in forecasts) * share * rounds / at_once for side in ("low", "high"))
    return low, high, max(estimate.from_runs for estimate in forecasts)


def _command(resolved: Resolved, body: shapes.CreateBody, swept: Axes) -> str:
    """What is given by hand is said; the rest is the preset's."""
    lab, preset = resolved.lab, resolved.preset.name if resolved.preset is not None else None
    try:
        parsed = overlay(lab.config, resolved.base, body.config).config
        full = labs.whole(parsed)
        if preset is None:
            source = origin(lab, full, config_hash(parsed))
            preset, differs = source.preset, dict(source.differs)
        else:
            differs = changes_to(lab.presets[preset], whole_preset(lab, preset) or {}, full)
    except ConfigError:
        differs = dict(body.config)
    kept = {key: value for key, value in differs.items() if key not in swept.values}
    return command(
        lab.name,
        preset,
        kept,
        axes=swept.wire,
        seeds=resolved.seeds,
        root_seed=body.root_seed,
        name=body.name,
        until=resolved.until,
        fresh=body.fresh,
    )


class ChoiceShape(Shape):
    title: str
    values: list[str]
    default: str


class PreviewBody(BaseModel):
    """A config, and how what it shows is wanted."""

    model_config = example(
        {"preview": "coin", "preset": "fair", "config": {"steps": 7}, "chosen": {"side": "heads"}},
        strict=True,
    )

    preview: str | None = Field(default=None, description="Name of one; empty: the lab's first.")
    preset: PresetName = DEFAULT_PRESET
    config: dict[str, Any] = Field(default={}, description="Keys that replace the base's, whole; dotted ones reach inside.")
    root_seed: int | None = Field(default=None, ge=0, lt=2**63)
    chosen: dict[str, str] = Field(default={}, description="What may be chosen: see `choices` of an answer.")
    theme: str = "light"
    width_mm: float | None = None
    kind: Literal["vega-lite", "vega"] = Field(default="vega", alias="as")


class PreviewAnswer(FigureParts):
    model_config = example({
        **PARTS_EXAMPLE, "preview": "coin", "chosen": {"side": "heads"},
        "choices": {"side": {"title": "side", "values": ["heads", "tails"], "default": "heads"}},
    })  # fmt: skip

    preview: str
    choices: dict[str, ChoiceShape] = Field(description="What may be chosen in `chosen`.")
    chosen: dict[str, str]


def preview(settings: Settings, name: str, body: PreviewBody) -> PreviewAnswer:
    """What a config alone shows. Conflict with the sentence where it shows nothing, or the lab has no previews."""
    lab = registry.find(name, settings.labs)
    config = overlay(lab.config, base_of(lab, body.preset)[0], body.config).config
    known = {preview.name: preview for preview in lab.previews}
    if not known:
        raise Conflict(f"Lab {name} shows nothing of a config before a run.")
    if body.preview is not None and body.preview not in known:
        raise NotFound("Preview", body.preview, suggest(body.preview, known) or f"Lab {name} has: {', '.join(known)}.")
    shown = known[body.preview] if body.preview is not None else lab.previews[0]
    choices: Mapping[str, Choice] = load(shown.choices)(config) if shown.choices else {}
    for key, value in body.chosen.items():
        if key not in choices:
            raise ConfigError(Problem(f"chosen.{key}", "cannot be chosen here.", value, list(choices), suggest(key, choices)))
        if value not in choices[key].values:
            allowed = list(choices[key].values)
            raise ConfigError(Problem(f"chosen.{key}", f"must be one of those offered; got {value!r}.", value, allowed[:50]))
    chosen = {key: body.chosen.get(key, choice.default) for key, choice in choices.items()}
    root_seed = settings.root_seed if body.root_seed is None else body.root_seed
    spec = draw_preview(shown, config, root_seed, chosen, body.theme)
    parts = in_parts(spec, kind=body.kind, width_mm=body.width_mm)
    return PreviewAnswer(
        **parts, figure=shown.name, theme=body.theme, live=False, preview=shown.name, chosen=chosen,
        choices={key: ChoiceShape(**vars(choice) | {"values": list(choice.values)}) for key, choice in choices.items()},
    )  # fmt: skip


def routes(runs: Runs, settings: Settings) -> APIRouter:
    router = APIRouter(prefix="/labs", tags=["labs"], route_class=NativeRoute, responses=REFUSALS)

    @router.post(
        "/{lab}/estimate",
        summary="How many Runs a request would make, how long they would take here, and the command that does the same",
    )
    def post(lab: str, body: shapes.CreateBody) -> EstimateAnswer:
        return estimate(runs, settings, lab, body)

    @router.post("/{lab}/preview", summary="What a config shows before it has run, as a figure in parts")
    def show(lab: str, body: PreviewBody) -> PreviewAnswer:
        return preview(settings, lab, body)

    return router
