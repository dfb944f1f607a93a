"""Example: what a lab's default preset gave, drawn: the card by which somebody meets the lab before he has run anything.

`example.json`, `example-light.svg` and `example-dark.svg` lie beside the lab's page; `tools/examples.py` makes them of real
Runs, and `tests/verification/house/test_examples.py` draws them again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from quintant.lab import Lab
from quintant.page import MeasuredMetric, file_of, measured

THEMES = ("light", "dark")
WIDTH_MM = 120.0


@dataclass(frozen=True)
class Example:
    """`figure` is the lab's hero, `words` what it says; `of`: of the preset's first "run", or of all its seeds ("sweep")."""

    lab: str
    preset: str
    lab_version: str
    config: Mapping[str, Any]
    root_seed: int
    seeds: int
    figure: str
    of: str
    words: Mapping[str, Any]
    platform: str

    @property
    def what(self) -> str:
        """ "gamma-ping · seed 42 of 3", "deeprmsa-nsfnet · seeds 42–51"."""
        if self.seeds == 1:
            return f"{self.preset} · seed {self.root_seed}"
        if self.of == "run":
            return f"{self.preset} · seed {self.root_seed} of {self.seeds}"
        return f"{self.preset} · seeds {self.root_seed}–{self.root_seed + self.seeds - 1}"


def example(lab: Lab) -> Example | None:
    """None of a lab that has none."""
    if lab.page is None or not (file := file_of(lab, "example.json")).is_file():
        return None
    return Example(lab=lab.name, **orjson.loads(file.read_bytes()))


def picture(lab: Lab, theme: str) -> Path:
    return file_of(lab, f"example-{theme}.svg")


def headline(lab: Lab, example: Example) -> MeasuredMetric | None:
    """The headline over all seeds of the preset, as it was measured."""
    known = measured(lab).get(example.preset)
    return known.metrics.get(lab.headline.metric) if known is not None else None
