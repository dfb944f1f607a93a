"""Swept keys as a request gives them: lists of values, or evenly spaced ranges with both ends."""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from quintant.config import canonical
from quintant.errors import ConfigError, Problem
from quintant.runs.sweep import MOST_RUNS
from quintant.server.native.shapes import Range


def axes(given: Mapping[str, list[Any] | Range]) -> dict[str, list[Any]]:
    """Key → its values in order; ConfigError for an empty axis, a value given twice, a range that misses its stop."""
    found: dict[str, list[Any]] = {}
    for key, axis in given.items():
        path = f"sweep.{key}"
        values = spaced(path, axis) if isinstance(axis, Range) else list(axis)
        if not values:
            raise ConfigError(Problem(path, "must hold at least one value; got none.", []))
        seen: set[bytes] = set()
        for value in values:
            if canonical(value) in seen:
                raise ConfigError(Problem(path, f"holds {value!r} twice.", value, hint="Replicates are made by `seeds`."))
            seen.add(canonical(value))
        found[key] = values
    return found


def spaced(path: str, axis: Range) -> list[int | float]:
    """Counted in decimal, so that 0.1 to 0.3 by 0.1 holds 0.1, 0.2 and 0.3 exactly."""
    if not all(math.isfinite(number) for number in (axis.start, axis.stop, axis.step)):
        raise ConfigError(Problem(path, "must hold finite numbers.", None))
    start, stop, step = (Decimal(str(number)) for number in (axis.start, axis.stop, axis.step))
    if step == 0 or (stop - start) / step < 0:
        raise ConfigError(Problem(f"{path}.step", f"a step of {step} never leads from {start} to {stop}.", axis.step))
    count = (stop - start) / step
    if count >= MOST_RUNS:
        raise ConfigError(Problem(path, f"would hold about {count:.3g} values; at most {MOST_RUNS} are allowed.", None))
    if count != int(count):
        before, after = start + int(count) * step, start + (int(count) + 1) * step
        raise ConfigError(
            Problem(
                f"{path}.stop", f"steps of {step} from {start} do not meet {stop}.", axis.stop,
                hint=f"They meet {before} and {after}.",
            )
        )  # fmt: skip
    whole = all(isinstance(number, int) for number in (axis.start, axis.stop, axis.step))
    numbers = [start + index * step for index in range(int(count) + 1)]
    return [int(number) if whole else float(number) for number in numbers]
