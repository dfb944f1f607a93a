"""What a sweep varied: keys inside lists, their units, keys that change together, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel

from quintant.config import Config, key, parse
from quintant.errors import Conflict
from quintant.figure.swept import swept
from quintant.lab import Metric, Outcome


class Part(BaseModel):
    size: int = key(1, says="Cells.", group="Parts", unit="cells")
    name: str = key("a", says="Name.", group="Parts")


class PartsConfig(Config):
    parts: tuple[Part, ...] = key((Part(),), says="Parts.", group="Parts")
    gain: float = key(1.0, says="Gain.", group="Other", unit="V")


def outcome(seed: int, value: float | None, **config: Any) -> Outcome:
    metrics = {"x": Metric(value, reason=None if value is not None else "nothing")}
    return Outcome(f"r{seed}{value}", "r", "completed", parse(PartsConfig, config), seed, metrics, {}, {}, ())


def test_a_key_inside_a_list_is_an_axis_with_its_declared_unit():
    runs = [outcome(seed, seed + size, parts=[{"size": size}, {"size": 5}]) for size in (2, 4) for seed in (1, 2, 3)]
    found = swept("sweep", runs, PartsConfig, "quintant run parts")
    (axis,) = found.axes
    assert (axis.path, axis.unit, axis.values) == ("parts.0.size", "cells", (2, 4))
    assert [point.estimate("x").mean for point in found.points] == [4.0, 6.0]


def test_lists_of_other_lengths_change_together_and_are_told_in_short():
    runs = [outcome(1, 1.0, parts=[{"size": 2, "name": "a"}]), outcome(1, 2.0, parts=[{"size": 3}, {"size": 4}, {"size": 5}])]
    found = swept("sweep", runs, PartsConfig, "quintant run parts")
    (axis,) = found.axes
    assert axis.path == "parts.0.size" and len(axis.also) == 4
    assert found.badges == ("parts.0.size: parts.1.size, parts.1.name, parts.2.size, parts.2.name change with it",)


def test_one_config_is_refused_with_the_labs_own_example():
    with pytest.raises(Conflict, match="vary a key, as in quintant run parts --sweep gain=1,2"):
        swept("sweep", [outcome(1, 1.0), outcome(2, 2.0)], PartsConfig, "quintant run parts --sweep gain=1,2")
