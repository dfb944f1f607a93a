"""Sweeps, and what is done to all their Runs."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from quintant.runs.lifecycle import State
from quintant.server.native.shapes.base import RUN_ID, SWEEP_ID, T0, Shape, example

SWEEP_EXAMPLE = {
    "id": SWEEP_ID,
    "lab": "coin",
    "name": "load study",
    "owner": "local",
    "created_at": T0,
    "root_seed": 42,
    "seeds": 10,
    "axes": {"bias": [0.1, 0.3, 0.5, 0.7, 0.9]},
    "tied": [],
    "root_seeds": None,
    "until": None,
    "links": {"self": f"/api/v2/sweeps/{SWEEP_ID}", "summary": f"/api/v2/sweeps/{SWEEP_ID}/summary"},
}


class UntilShape(Shape):
    """Seeds are added at each point until these metrics are so precise."""

    targets: list[str] = Field(description="As they are asked for: blocking+-5%.")
    max_seeds: int
    begin: int = Field(description="How many seeds each point began with.")


class SweepShape(Shape):
    model_config = example(SWEEP_EXAMPLE, extra="forbid")

    id: str
    lab: str
    name: str
    owner: str
    created_at: str
    root_seed: int
    seeds: int
    axes: dict[str, list[Any]] = Field(description="Swept keys; tied ones have a value for each point of theirs.")
    tied: list[list[str]] = Field(description="Keys that go together: their n-th values are one point.")
    root_seeds: list[int] | None = Field(description="Those of the replicates where they do not follow `root_seed`.")
    until: UntilShape | None
    links: dict[str, str]


class SweepDetail(SweepShape):
    model_config = example({
        **SWEEP_EXAMPLE,
        "preset": "fair", "differs": {"steps": 5}, "tags": [], "note": None, "key": SWEEP_ID, "runs": 10, "points": 5,
        "command": "quintant run coin --preset fair --set steps=5 --sweep bias=0.1:0.9:0.2 --seeds 2",
        "states": {"completed": 10}, "growing": False, "converged": None,
    })  # fmt: skip

    key: str
    preset: str | None
    differs: dict[str, Any] = Field(description="Keys in which its Runs differ from the preset; swept ones are left out.")
    command: str | None
    tags: list[str] = Field(description="Of its first Run.")
    note: str | None
    runs: int
    points: int
    states: dict[str, int]
    growing: bool = Field(description="With `until`: whether Runs may still be added.")
    converged: bool | None = Field(description="With `until`, once nothing is added any more: whether every point is precise.")


class AnsweredShape(Shape):
    run: str
    state: State | None = Field(description="Its state now; of a deleted one its last, null of one that was gone already.")
    done: bool = Field(description="It was asked, or deleted. What is asked of a live Run it does at its next step.")
    reason: str | None = Field(description="Why it was left out; of one that is run again, in whose place it stands.")


class SweepAnswer(Shape):
    """What became of each Run of a Sweep."""

    model_config = example({
        "sweep": SWEEP_ID, "action": "cancel", "runs": 2, "done": 1, "skipped": 1,
        "results": [
            {"run": RUN_ID, "state": "completed", "done": False,
             "reason": f"Run {RUN_ID} is completed; only one that has not ended can be cancelled."},
            {"run": "0c77d1e5a2f4", "state": "cancelled", "done": True, "reason": None},
        ],
    })  # fmt: skip

    sweep: str
    action: Literal["cancel", "pause", "resume", "delete", "retry"]
    runs: int
    done: int
    skipped: int
    results: list[AnsweredShape]


class SweepPage(Shape):
    model_config = example({"sweeps": [SWEEP_EXAMPLE], "total": 1, "limit": 50, "offset": 0}, extra="forbid")

    sweeps: list[SweepShape]
    total: int
    limit: int
    offset: int
