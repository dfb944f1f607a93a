"""Rules, attacks and data sets of your own: entry points of the group `quintant.federated`, named KIND.NAME.

    [project.entry-points."quintant.federated"]
    "rule.norm_bound" = "mypackage.rules:norm_bound"        # an AggregationRule; its keys come as `settings.extra`
    "attack.blur" = "mypackage.attacks:Blur"                # keys -> a DataAttack or WeightAttack
    "dataset.sensors" = "mypackage.data:load"               # what the data registry says a loader is

NAME is then a valid `aggregation_strategy_keyword`, `attack_type` or `dataset_keyword`. A name of ours cannot be replaced.
`quintant.labs.federated.testing` holds the checks that ours pass and yours should.
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Literal

from quintant.config import suggest
from quintant.errors import EngineError, NotFound

GROUP = "quintant.federated"
Kind = Literal["rule", "attack", "dataset"]


@cache
def points(kind: Kind) -> dict[str, EntryPoint]:
    """The entry points of this kind by NAME, none of them loaded yet."""
    points = (point for point in entry_points(group=GROUP) if point.name.startswith(f"{kind}."))
    return {point.name.removeprefix(f"{kind}."): point for point in sorted(points, key=lambda point: point.name)}


@cache
def find(kind: Kind, name: str) -> Any:
    """What the entry point KIND.NAME names; NotFound when there is none, EngineError when it cannot be imported."""
    known = points(kind)
    if name not in known:
        hint = suggest(name, known) or f"Entry points of {GROUP}: {', '.join(known) or 'none'}."
        raise NotFound(f"Federated {kind}", name, hint)
    try:
        return known[name].load()
    except Exception as error:  # whatever a plugin's module raises is told with its name
        raise EngineError(f"{kind} {name} ({known[name].value}) cannot be loaded: {type(error).__name__}: {error}") from error


def forget() -> None:
    """Read the entry points anew (after an installation in the running process)."""
    points.cache_clear()
    find.cache_clear()
