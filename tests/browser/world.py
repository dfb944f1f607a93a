"""A few runs of every lab, computed once for all workers of a test run; each worker serves a copy, so that what its tests do
stays its own. `PAGE_WORLD=FOLDER` keeps them for the next test run too."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from served import Served

MADE = "made.json"
MAKE_S = 800
LOADS = {"load_erlang": [210, 250, 290]}
ATTACK = {
    "start_round": 1, "end_round": 4, "attack_type": "label_flipping", "selection_strategy": "specific",
    "malicious_client_ids": [0, 1],
}  # fmt: skip
TWO_DAYS = {
    "personas": ["kara"], "duration_days": 2, "assessment_interval_days": 1, "replies": False,
    "backend": {"kind": "scripted"}, "activations": False, "attention": False,
}  # fmt: skip
"""Without a language model: what it would answer is not looked at here, and it takes a minute to load."""
RUNS: dict[str, dict[str, Any]] = {
    "optical": {
        "lab": "optical", "preset": "deeprmsa-nsfnet", "config": {"requests": 20_000}, "name": "nsfnet ksp-ff",
        "seeds": 3, "sweep": LOADS,
    },
    "slot": {
        "lab": "optical", "preset": "deeprmsa-nsfnet", "config": {"requests": 20_000, "first": "slot"},
        "name": "nsfnet ff-ksp", "seeds": 3, "sweep": LOADS,
    },
    "spiking": {"lab": "spiking", "preset": "gamma-ping", "config": {"t_ms": 600}, "seeds": 3, "name": "gamma"},
    "chip": {"lab": "chip", "preset": "two-population", "seeds": 1, "name": "two populations"},
    "federated": {
        "lab": "federated", "preset": "krum-vs-label-flip", "config": {"num_of_rounds": 4, "attack_schedule": [ATTACK]},
        "seeds": 1, "name": "krum",
    },
    "persona": {"lab": "persona", "preset": "one-week", "config": TWO_DAYS, "seeds": 1, "name": "two days"},
    "toy": {"lab": "toy", "config": {}, "name": "a sixth lab", "seeds": 1},
    "failed": {"lab": "toy", "config": {"misbehave": "refuse"}, "name": "it refuses", "seeds": 1},
}  # fmt: skip


class World:
    """`places` by a name: the address of a run's page, or of a sweep's."""

    def __init__(self, served: Served, made: dict[str, Any]) -> None:
        self.served, self.made = served, made
        self.places = {
            name: f"/sweeps/{one['sweep']['id']}" if one["sweep"] else f"/runs/{one['runs'][0]['id']}"
            for name, one in made.items()
        }

    @classmethod
    def served_of(cls, kept: Path, temporary: pytest.TempPathFactory) -> Iterator[World]:
        """What a fixture yields: a copy of what is `kept`, served until it is let go of."""
        world = cls.of(kept, temporary.mktemp("world") / "data")
        try:
            yield world
        finally:
            world.served.stop()

    @classmethod
    def of(cls, kept: Path, own: Path) -> World:
        """A copy in `own` of what is `kept`, which whoever comes first makes."""
        try:
            kept.mkdir(parents=True)
        except FileExistsError:
            end = time.monotonic() + MAKE_S
            while not (kept / MADE).exists():
                assert time.monotonic() < end, f"{kept}: whoever makes the runs has not come to an end"
                time.sleep(0.2)
        else:
            cls._make(kept)
        shutil.copytree(kept / "data", own)
        return cls(Served(own).start(), json.loads((kept / MADE).read_text()))

    @staticmethod
    def _make(kept: Path) -> None:
        served = Served(kept / "data").start()
        try:
            made = {name: served.run(**one) for name, one in RUNS.items()}
            for one in made.values():
                served.ended(one, MAKE_S)
        finally:
            served.stop()
        (kept / "unfinished").write_text(json.dumps(made))
        (kept / "unfinished").rename(kept / MADE)

    def id(self, name: str) -> str:
        return self.places[name].rpartition("/")[2]

    def first(self, name: str) -> str:
        """The first run of it."""
        return self.made[name]["runs"][0]["id"]
