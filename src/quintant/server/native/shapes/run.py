"""Runs: a row of the list, one in full."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from quintant.runs.lifecycle import State
from quintant.server.native.shapes.base import RUN_ID, SHA, T0, T1, T2, Shape, example
from quintant.server.native.shapes.verdict import Warned

HEADLINE_EXAMPLE = {
    "metric": "heads_share",
    "label": "heads_share",
    "unit": "1",
    "value": 0.502,
    "low": 0.494,
    "high": 0.511,
}


ROW_EXAMPLE: dict[str, Any] = {
    "id": RUN_ID,
    "lab": "coin",
    "lab_version": "1",
    "name": "fair",
    "owner": "local",
    "state": "completed",
    "want": "run",
    "contract": None,
    "lane": "batch",
    "config_hash": SHA,
    "root_seed": 42,
    "sweep_id": None,
    "point": {},
    "replicate": 0,
    "verify_of": None,
    "reused_from": None,
    "attempt": 1,
    "created_at": T0,
    "started_at": T1,
    "ended_at": T2,
    "reason": None,
    "fraction": 1.0,
    "values": {"heads_share": 0.502},
    "headline": HEADLINE_EXAMPLE,
    "last_seq": 45,
    "exact_hash": SHA,
    "result_hash": SHA,
    "warnings": [],
    "links": {"self": f"/api/v2/runs/{RUN_ID}", "events": f"/api/v2/runs/{RUN_ID}/events"},
}


DETAIL_EXAMPLE = {
    **ROW_EXAMPLE,
    "config": {"bias": 0.5, "steps": 5}, "request": None, "key": RUN_ID, "preset": "fair", "differs": {"steps": 5},
    "command": "quintant run coin --preset fair --set steps=5 --seeds 1 --root-seed 42", "tags": ["fig-3"], "note": None,
    "version": 1,
}  # fmt: skip


class Headline(Shape):
    metric: str
    label: str
    unit: str
    value: float | None
    low: float | None
    high: float | None


class RunRow(Shape):
    model_config = example(ROW_EXAMPLE, extra="forbid")

    id: str = Field(description="12 lower hexadecimal characters.")
    lab: str
    lab_version: str
    name: str
    owner: str
    state: State
    want: Literal["run", "pause", "cancel"] = Field(description="What was asked last; the state follows it.")
    contract: str | None = Field(description="The dialect it came through; None: this API, or the command line.")
    lane: str
    config_hash: str
    root_seed: int
    sweep_id: str | None
    point: dict[str, Any] = Field(description="The swept keys with this Run's values.")
    replicate: int
    verify_of: str | None = Field(description="The Run that this one re-executes.")
    reused_from: str | None = Field(description="The identical Run whose result it has: it was not executed itself.")
    attempt: int
    created_at: str
    started_at: str | None
    ended_at: str | None
    reason: str | None = Field(description="Why it failed or was cancelled.")
    fraction: float = Field(description="Done part of the work, 0 to 1.")
    values: dict[str, Any] = Field(description="What the engine told last.")
    headline: Headline | None
    last_seq: int = Field(description="The newest event's place; a cursor for the streams.")
    exact_hash: str | None
    result_hash: str | None
    warnings: list[Warned]
    links: dict[str, str]


class RunDetail(RunRow):
    model_config = example(DETAIL_EXAMPLE, extra="forbid")

    config: dict[str, Any] = Field(description="The full config that runs, frozen.")
    request: dict[str, Any] | None = Field(description="The contract's own request, as it came.")
    key: str = Field(description="Of the row that it stands in with its replicates.")
    preset: str | None = Field(description="The preset with the fewest keys that differ; null: the lab is not here.")
    differs: dict[str, Any] = Field(description="These keys, with the Run's values.")
    command: str | None = Field(description="One line for a shell that starts the same Run.")
    tags: list[str]
    note: str | None
    version: int = Field(description="Of name, tags and note, for If-Match.")


class DifferingPart(Shape):
    name: str = Field(description="A key of the config, or: root seed, version of the lab, code of the lab, platform.")
    nearest: str | None = Field(description="The nearest Run's value; a hash by its first characters.")
    this: str | None


class WhyNotShape(Shape):
    model_config = example({
        "run": RUN_ID, "reason": "No run before it is identical; the nearest is 5b1e77c0aa12: steps is 7, not 5.",
        "reused_from": None, "nearest": "5b1e77c0aa12", "differs": [{"name": "steps", "nearest": "5", "this": "7"}],
    })  # fmt: skip

    run: str
    reason: str
    reused_from: str | None = Field(description="It was reused after all: the Run whose result it has.")
    nearest: str | None = Field(description="The completed Run before it that differs in least.")
    differs: list[DifferingPart]


class RunPage(Shape):
    model_config = example({"runs": [ROW_EXAMPLE], "total": 1, "limit": 50, "offset": 0}, extra="forbid")

    runs: list[RunRow]
    total: int
    limit: int
    offset: int
