"""What was varied over the outcomes of a sweep: one or two keys, their values, and the replicates at each point."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, get_args

from pydantic import BaseModel

from quintant.config import Config, canonical
from quintant.figure.caption import Caption, span
from quintant.figure.draw import cannot
from quintant.figure.number import plain
from quintant.figure.replicates import differing, fold
from quintant.lab import Outcome
from quintant.statistics import Estimate, Scale, interval

C = TypeVar("C", bound=Config)


@dataclass(frozen=True)
class Axis:
    """A swept key: `path` in the config, `values` ascending (or in order of appearance if not all are numbers).
    `also`: keys that change together with it."""

    path: str
    unit: str | None
    values: tuple[Any, ...]
    also: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        name = self.path.replace("_", " ")
        unit = self.unit
        if unit is not None:
            name = name.removesuffix(f" {unit.lower()}")
        return f"{name} ({unit})" if unit else name

    @property
    def numeric(self) -> bool:
        return all(_number(value) for value in self.values)

    def place(self, value: Any) -> Any:
        return value if self.numeric else spoken(value)


@dataclass(frozen=True)
class Point:
    """The replicates at one place of the sweep. `at`: one value per axis."""

    at: tuple[Any, ...]
    outcomes: tuple[Outcome, ...]

    def estimate(self, metric: str, scale: Scale = "linear") -> Estimate:
        """Over the replicates that have measured `metric`."""
        values = [outcome.metrics[metric].value for outcome in self.outcomes if metric in outcome.metrics]
        return interval([float(value) for value in values if value is not None], scale)

    def mean(self, metric: str) -> float | None:
        """None where no replicate has measured `metric`."""
        return self.estimate(metric).mean

    def reasons(self, metric: str) -> tuple[str, ...]:
        """Why replicates have no value of it."""
        measured = [outcome.metrics[metric] for outcome in self.outcomes if metric in outcome.metrics]
        return tuple(dict.fromkeys(own.reason or "" for own in measured if own.value is None))


@dataclass(frozen=True)
class Swept(Generic[C]):
    """`config`: of the first point, for the facts that all share."""

    axes: tuple[Axis, ...]
    points: tuple[Point, ...]
    config: C
    badges: tuple[str, ...]

    def means(self, metric: str) -> list[float]:
        """Of all points that have measured `metric`, in their order."""
        return [mean for _, mean in self.measured(metric)]

    def measured(self, metric: str) -> list[tuple[Any, float]]:
        """(value of the first swept key, mean) of the same points."""
        means = ((point.at[0], point.mean(metric)) for point in self.points)
        return [(at, mean) for at, mean in means if mean is not None]


def swept(figure: str, outcomes: Sequence[Outcome], kind: type[C], example: str) -> Swept[C]:
    """Fold outcomes into points; Conflict unless they differ in one or two keys (keys that change together are one).
    `example`: a command that sweeps this lab."""
    folded = fold(outcomes, kind)
    if len(folded) == 1:
        raise cannot(figure, f"these runs have all the same config; vary a key, as in {example}")
    settings = [_flat(replicates.config.model_dump(mode="json")) for replicates in folded]
    axes = _axes(settings, kind)
    if len(axes) > 2:
        raise cannot(figure, f"these runs differ in {', '.join(axis.path for axis in axes)}; at most two keys make a figure")
    measured, empty = [], 0
    for replicates, flat in zip(folded, settings, strict=True):
        known = tuple(outcome for outcome in replicates.outcomes if outcome.metrics)
        empty += len(replicates.outcomes) - len(known)
        if known:
            measured.append(Point(tuple(flat.get(axis.path) for axis in axes), known))
    if not measured:
        raise cannot(figure, "no run has measured anything yet")
    axes = tuple(
        Axis(a.path, a.unit, tuple(v for v in a.values if any(p.at[i] == v for p in measured)), a.also)
        for i, a in enumerate(axes)
    )
    order = {index: {canonical(v): place for place, v in enumerate(axis.values)} for index, axis in enumerate(axes)}
    measured.sort(key=lambda point: tuple(order[i][canonical(value)] for i, value in enumerate(point.at)))
    badges = [badge for replicates in folded for badge in replicates.badges]
    if empty:
        badges.append(f"{empty} of {len(outcomes)} runs left out: nothing measured yet")
    badges += [_together(axis) for axis in axes if axis.also]
    return Swept(axes, tuple(measured), folded[0].config, tuple(dict.fromkeys(badges)))


def spoken(value: Any) -> str:
    if _number(value):
        return plain(value)
    return value if isinstance(value, str) else canonical(value).decode()[:32]


def band(points: Sequence[Point]) -> str:
    """What the intervals are."""
    counts = sorted({len(point.outcomes) for point in points})
    if counts == [1]:
        return "n = 1 run a point, no interval"
    if counts[-1] == 2:
        return "both of n = 2 seeds a point, no interval"
    n = f"{counts[0]}–{counts[-1]}" if counts[0] != counts[-1] else f"{counts[0]}"
    return f"mean ± 95 % CI{' where n ≥ 3' if counts[0] < 3 else ''}, n = {n} seeds a point"


def caption(
    swept: Swept[Any], sentence: str, what: str, values: Sequence[float], unit: str, facts: Sequence[str], **more: Any
) -> Caption:
    """Of a figure of a sweep: `values` are what it draws, in `unit`; `more` of a Caption, such as another `band`."""
    runs = sum(len(point.outcomes) for point in swept.points)
    words = {"sentence": sentence, "what": what, "band": band(swept.points), "badges": swept.badges, "facts": facts}
    return Caption(**{**words, "n": runs, "of": "runs", **span(values, x=swept.axes[0].unit or "1", y=unit), **more})


def _together(axis: Axis) -> str:
    more = f" and {len(axis.also) - 4} more" if len(axis.also) > 4 else ""
    return f"{axis.path}: {', '.join(axis.also[:4])}{more} {'changes' if len(axis.also) == 1 else 'change'} with it"


def _axes(settings: Sequence[Mapping[str, Any]], kind: type[Config]) -> tuple[Axis, ...]:
    """Keys that differ; one that takes a new value exactly where an earlier one does belongs to it."""
    every = dict.fromkeys(key for setting in settings for key in setting)
    alike = [{key: setting.get(key) for key in every} for setting in settings]
    patterns: dict[tuple[int, ...], list[str]] = {}
    for key in differing(alike):
        seen: dict[bytes, int] = {}
        pattern = tuple(seen.setdefault(canonical(setting[key]), len(seen)) for setting in alike)
        patterns.setdefault(pattern, []).append(key)
    return tuple(
        Axis(keys[0], _unit(kind, keys[0]), _values([setting[keys[0]] for setting in alike]), tuple(keys[1:]))
        for keys in patterns.values()
    )


def _values(values: Sequence[Any]) -> tuple[Any, ...]:
    once = list({canonical(value): value for value in values}.values())
    return tuple(sorted(once)) if all(map(_number, once)) else tuple(once)


def _unit(kind: type[BaseModel], path: str) -> str | None:
    """The unit that the key at a dotted path is declared with."""
    name, _, rest = path.partition(".")
    field = kind.model_fields.get(name)
    if field is None:
        return None
    if rest:
        inner = rest.partition(".")[2] if rest.partition(".")[0].isdecimal() else rest
        units = (_unit(model, inner) for model in _models(field.annotation))
        return next((unit for unit in units if unit is not None), None)
    extra = field.json_schema_extra
    unit = extra.get("unit") if isinstance(extra, dict) else None
    return str(unit) if unit else None


def _models(annotation: Any) -> list[type[BaseModel]]:
    """The models that a type is made of, through unions and lists."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in _models(part)]


def _flat(value: Any, path: str = "") -> dict[str, Any]:
    """Nested objects and lists of objects as dotted paths; other lists stay whole."""
    parts: Mapping[str, Any] | None = value if isinstance(value, dict) else None
    if isinstance(value, list) and value and all(isinstance(part, dict) for part in value):
        parts = {str(place): part for place, part in enumerate(value)}
    if parts is None:
        return {path: value}
    flat = (_flat(part, f"{path}.{name}" if path else name) for name, part in parts.items())
    return {key: leaf for own in flat for key, leaf in own.items()}


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
