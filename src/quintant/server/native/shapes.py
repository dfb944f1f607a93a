"""What the native API answers and takes, shape by shape, each with an example that a test validates."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

from quintant.runs.lifecycle import State

RUN_ID = "7f3a9c0d1e2b"
SWEEP_ID = "c41d20aa96e3"
SHA = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
T0, T1, T2 = "2026-11-22T10:00:00.000000Z", "2026-11-22T10:00:00.412000Z", "2026-11-22T10:00:04.980000Z"


Extra = Literal["forbid", "allow"]


def _example(value: dict[str, Any], *, extra: Extra, strict: bool = False) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [value]}, extra=extra, strict=strict)


class Shape(BaseModel):
    """Base of what is answered."""

    model_config = ConfigDict(extra="forbid")


class Entrance(Shape):
    model_config = _example(
        {"version": "1.0.0", "links": {"labs": "/api/v2/labs", "runs": "/api/v2/runs", "docs": "/docs"}}, extra="forbid"
    )

    version: str
    links: dict[str, str]


# --- labs ---

_HEADLINE_OF_LAB = {
    "metric": "blocking",
    "label": "blocking",
    "unit": "1",
    "scale": "log",
    "summarised": "final",
}
_LAB = {
    "name": "optical",
    "title": "Elastic optical networks",
    "tag": "OP",
    "says": "Serves dynamic connection requests on an elastic optical network and measures how many are blocked.",
    "version": "1",
    "state": "ready",
    "reason": None,
    "extra": None,
    "headline": _HEADLINE_OF_LAB,
    "presets": ["deeprmsa-nsfnet"],
    "default_preset": "deeprmsa-nsfnet",
}
_PRESET = {
    "name": "deeprmsa-nsfnet",
    "title": "DeepRMSA, NSFNET",
    "says": "DeepRMSA on NSFNET at 250 Erlang, KSP-FF over 5 paths by hops.",
    "config": {"topology": "nsfnet_deeprmsa", "k_paths": 5, "load_erlang": 250.0},
    "seeds": 10,
    "expected": [
        {"metric": "blocking", "value": 0.0307, "plus_minus": 0.002, "source": "doi 10.1364/JOCN.559990", "within_sd": 2.0}
    ],
}
_FIGURE = {
    "name": "blocking",
    "title": "Blocking against load",
    "says": "Share of requests blocked, with intervals over seeds.",
    "of": "sweep",
    "hero": True,
    "links": {"svg": f"/api/v2/sweeps/{SWEEP_ID}/figures/blocking.svg"},
}


class HeadlineOfLab(Shape):
    metric: str
    label: str
    unit: str
    scale: Literal["linear", "log"]
    summarised: str


class LabRow(Shape):
    model_config = _example(_LAB, extra="forbid")

    name: str
    title: str | None = Field(description="None when the lab cannot be loaded.")
    tag: str | None
    says: str | None
    version: str | None
    state: Literal["ready", "not installed", "broken"]
    reason: str | None = Field(description="Why it is not ready, with the command that helps where there is one.")
    extra: str | None = Field(description='What `pip install "quintant[extra]"` adds.')
    headline: HeadlineOfLab | None
    presets: list[str]
    default_preset: str | None


class LabList(Shape):
    model_config = _example({"labs": [_LAB]}, extra="forbid")

    labs: list[LabRow]


class ExpectedShape(Shape):
    metric: str
    value: float
    plus_minus: float
    source: str
    within_sd: float | None = None
    origin: str = "published"


class PresetShape(Shape):
    model_config = _example(_PRESET, extra="forbid")

    name: str
    title: str
    says: str
    config: dict[str, Any] = Field(description="What differs from the lab's defaults.")
    seeds: int
    expected: list[ExpectedShape] = Field(description="Numbers to hold a result against.")


class PresetList(Shape):
    model_config = _example({"presets": [_PRESET]}, extra="forbid")

    presets: list[PresetShape]


class FigureShape(Shape):
    model_config = _example(_FIGURE, extra="forbid")

    name: str
    title: str
    says: str
    of: Literal["run", "sweep"]
    hero: bool
    links: dict[str, str] = Field({}, description="By format; empty where the figure is only described.")


class FigureList(Shape):
    model_config = _example({"figures": [_FIGURE]}, extra="forbid")

    figures: list[FigureShape]


class LabDetail(Shape):
    model_config = _example(
        {
            **_LAB,
            "presets": [_PRESET],
            "figures": [{**_FIGURE, "links": {}}],
            "exact": "platform",
            "purposes": ["arrivals", "holding", "pairs", "demands"],
            "cite": "",
        },
        extra="forbid",
    )

    name: str
    title: str
    tag: str
    says: str
    version: str
    state: Literal["ready", "not installed"]
    reason: str | None
    extra: str | None
    headline: HeadlineOfLab
    presets: list[PresetShape]
    default_preset: str
    figures: list[FigureShape]
    exact: Literal["anywhere", "platform"] = Field(description="Where the same seed promises the same result.")
    purposes: list[str] = Field(description="The named random streams that a root seed gives.")
    cite: str


class JsonSchema(BaseModel):
    """A JSON Schema 2020-12 of the lab's config: each key with unit, bounds, default, its source and one sentence."""

    model_config = _example(
        {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "properties": {
                "k_paths": {
                    "type": "integer",
                    "minimum": 1,
                    "maximum": 200,
                    "default": 5,
                    "description": "Candidate paths per node pair; more paths block less and take longer.",
                    "group": "Routing",
                    "essential": True,
                }
            },
        },
        extra="allow",
    )


class ProblemOfConfig(Shape):
    path: str
    message: str
    value: Any = None
    allowed: Any = None
    hint: str | None = None


class Warned(Shape):
    path: str
    message: str
    hint: str | None = None


class ValidateBody(BaseModel):
    """A config to be judged; nothing is created."""

    model_config = _example({"preset": "deeprmsa-nsfnet", "config": {"k_paths": 7}}, extra="forbid", strict=True)

    preset: str | None = Field(None, description="Preset whose config is the base; empty means the lab's defaults.")
    config: dict[str, Any] = Field({}, description="Keys that replace those of the base, whole.")


class Verdict(Shape):
    model_config = _example(
        {
            "valid": True,
            "problems": [],
            "warnings": [{"path": "max_segments", "message": "slices requests without grooming.", "hint": None}],
            "config": {"topology": "nsfnet_deeprmsa", "k_paths": 7, "slots": 100},
            "config_hash": SHA,
            "changed": ["k_paths"],
        },
        extra="forbid",
    )

    valid: bool
    problems: list[ProblemOfConfig]
    warnings: list[Warned]
    config: dict[str, Any] | None = Field(description="The full config with every default; None while it is not valid.")
    config_hash: str | None
    changed: list[str] = Field(description="Keys that differ from the preset, or from the defaults without one.")


# --- runs ---

_HEADLINE = {
    "metric": "blocking",
    "label": "blocking",
    "unit": "1",
    "value": 0.0307,
    "low": 0.0298,
    "high": 0.0316,
}
_ROW: dict[str, Any] = {
    "id": RUN_ID,
    "lab": "optical",
    "lab_version": "1",
    "name": "deeprmsa-nsfnet",
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
    "attempt": 1,
    "created_at": T0,
    "started_at": T1,
    "ended_at": T2,
    "reason": None,
    "fraction": 1.0,
    "values": {"blocking": 0.0307},
    "headline": _HEADLINE,
    "last_seq": 45,
    "exact_hash": SHA,
    "result_hash": SHA,
    "warnings": [],
    "links": {"self": f"/api/v2/runs/{RUN_ID}", "events": f"/api/v2/runs/{RUN_ID}/events"},
}
_DETAIL = {**_ROW, "config": {"topology": "nsfnet_deeprmsa", "k_paths": 5, "slots": 100}, "request": None}


class Headline(Shape):
    metric: str
    label: str
    unit: str
    value: float | None
    low: float | None
    high: float | None


class RunRow(Shape):
    model_config = _example(_ROW, extra="forbid")

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
    model_config = _example(_DETAIL, extra="forbid")

    config: dict[str, Any] = Field(description="The full config that runs, frozen.")
    request: dict[str, Any] | None = Field(description="The contract's own request, as it came.")


class RunPage(Shape):
    model_config = _example({"runs": [_ROW], "total": 1, "limit": 50, "offset": 0}, extra="forbid")

    runs: list[RunRow]
    total: int
    limit: int
    offset: int


class EstimateShape(Shape):
    mean: float | None
    low: float | None
    high: float | None
    n: int = Field(description="How many Runs stand behind it.")
    method: str
    upper_limit: bool = Field(description="No event was seen; `high` is the most that fits the data.")
    values: list[float]
    confidence: float


_ESTIMATE = {
    "mean": 0.0307,
    "low": 0.0301,
    "high": 0.0313,
    "n": 3,
    "method": "95 % Student t on the log scale (delta method), n = 3",
    "upper_limit": False,
    "values": [0.0305, 0.0307, 0.0309],
    "confidence": 0.95,
}
_FOLDED = {
    "sweep_id": SWEEP_ID,
    "point": {"load_erlang": 250},
    "lab": "optical",
    "name": "deeprmsa-nsfnet",
    "created_at": T0,
    "fraction": 1.0,
    "state": "completed",
    "states": {"completed": 3},
    "runs": [RUN_ID, "8a3a9c0d1e2b", "9b3a9c0d1e2b"],
    "metric": "blocking",
    "unit": "1",
    "headline": _ESTIMATE,
}


class FoldedRow(Shape):
    """Runs that differ in their seed only, as one row."""

    model_config = _example(_FOLDED, extra="forbid")

    sweep_id: str | None = Field(description="None for a Run of its own.")
    point: dict[str, Any]
    lab: str
    name: str
    created_at: str
    fraction: float
    state: State = Field(description="The state of all, or of the one that is furthest from its end.")
    states: dict[str, int]
    runs: list[str]
    metric: str | None
    unit: str | None
    headline: EstimateShape


class FoldedPage(Shape):
    model_config = _example({"rows": [_FOLDED], "total": 1, "limit": 50, "offset": 0}, extra="forbid")

    rows: list[FoldedRow]
    total: int
    limit: int
    offset: int


class Range(BaseModel):
    """Evenly spaced values, both ends included."""

    model_config = _example({"start": 190, "stop": 270, "step": 20}, extra="forbid", strict=True)

    start: int | float
    stop: int | float
    step: int | float


def _kind(value: Any) -> str:
    return "range" if isinstance(value, (dict, Range)) else "values"


Axis = Annotated[Annotated[list[Any], Tag("values")] | Annotated[Range, Tag("range")], Discriminator(_kind)]


class CreateBody(BaseModel):
    """What to run: one Run, or a Sweep when there are several seeds or swept keys."""

    model_config = _example(
        {
            "lab": "optical",
            "preset": "deeprmsa-nsfnet",
            "config": {"k_paths": 7},
            "sweep": {"load_erlang": {"start": 190, "stop": 270, "step": 20}},
            "seeds": 10,
            "root_seed": 42,
            "name": "load study",
        },
        extra="forbid",
        strict=True,
    )

    lab: str | None = Field(None, description="Name of the lab; may be left out with `from_run`.")
    preset: str | None = Field(None, description="Preset whose config is the base; empty means the lab's defaults.")
    from_run: str | None = Field(None, description="Run whose config is the base, and its root seed unless one is given.")
    config: dict[str, Any] = Field({}, description="Keys that replace those of the base, whole.")
    seeds: int | None = Field(None, description="How many replicates per point; empty: the preset's, else 1.")
    root_seed: int | None = Field(None, ge=0, lt=2**63, description="Root seed of replicate 0; replicate i has + i.")
    sweep: dict[str, Axis] = Field({}, description="Swept keys: a list of values, or start, stop (included) and step.")
    name: str | None = Field(None, min_length=1, max_length=200, description="For people; made up when left out.")


_SWEEP = {
    "id": SWEEP_ID,
    "lab": "optical",
    "name": "load study",
    "owner": "local",
    "created_at": T0,
    "root_seed": 42,
    "seeds": 10,
    "axes": {"load_erlang": [190, 210, 230, 250, 270]},
    "links": {"self": f"/api/v2/sweeps/{SWEEP_ID}", "summary": f"/api/v2/sweeps/{SWEEP_ID}/summary"},
}


class SweepShape(Shape):
    model_config = _example(_SWEEP, extra="forbid")

    id: str
    lab: str
    name: str
    owner: str
    created_at: str
    root_seed: int
    seeds: int
    axes: dict[str, list[Any]]
    links: dict[str, str]


class SweepPage(Shape):
    model_config = _example({"sweeps": [_SWEEP], "total": 1, "limit": 50, "offset": 0}, extra="forbid")

    sweeps: list[SweepShape]
    total: int
    limit: int
    offset: int


class Created(Shape):
    model_config = _example({"sweep": None, "runs": [{**_ROW, "state": "queued"}]}, extra="forbid")

    sweep: SweepShape | None
    runs: list[RunRow]


class PointShape(Shape):
    """One point of a Sweep: its replicates taken together, for every metric."""

    point: dict[str, Any]
    runs: list[str]
    states: dict[str, int]
    headline: EstimateShape
    metrics: dict[str, EstimateShape] = Field(description="Over the completed replicates; `n` says how many.")
    units: dict[str, str]
    missing: str | None = Field(description="Which replicates do not count yet, or never will.")


class SweepSummary(Shape):
    model_config = _example(
        {
            "sweep": _SWEEP,
            "headline": "blocking",
            "points": [
                {
                    "point": {"load_erlang": 250},
                    "runs": [RUN_ID],
                    "states": {"completed": 3},
                    "headline": _ESTIMATE,
                    "missing": None,
                    "metrics": {"blocking": _ESTIMATE},
                    "units": {"blocking": "1"},
                }
            ],
        },
        extra="forbid",
    )

    sweep: SweepShape
    headline: str
    points: list[PointShape]


# --- what a Run left ---


class EventShape(Shape):
    model_config = _example(
        {
            "run": RUN_ID,
            "seq": 12,
            "at": T1,
            "kind": "progress",
            "payload": {"fraction": 0.25, "blocking": 0.031},
        },
        extra="forbid",
    )

    run: str
    seq: int = Field(description="Place in the Run's log, from 1 without a gap; the cursor.")
    at: str
    kind: str
    payload: dict[str, Any]


class EventPage(Shape):
    model_config = _example(
        {
            "events": [{"run": RUN_ID, "seq": 1, "at": T0, "kind": "created", "payload": {}}],
            "next": 1,
            "last_seq": 45,
            "state": "running",
            "end": False,
        },
        extra="forbid",
    )

    events: list[EventShape]
    next: int = Field(description="Give it as `after` to read on.")
    last_seq: int
    state: State
    end: bool = Field(description="The Run is final and everything was read.")


class MetricShape(Shape):
    value: float | int | None
    unit: str
    low: float | None
    high: float | None
    n: int | None
    method: str | None
    upper_limit: bool
    reason: str | None = Field(description="Why there is no value.")


class TableShape(Shape):
    name: str
    rows: int
    columns: dict[str, str] = Field(description="Name and Arrow type.")
    links: dict[str, str]


class ResultShape(Shape):
    model_config = _example(
        {
            "run": RUN_ID,
            "metrics": {
                "blocking": {
                    "value": 0.0307,
                    "unit": "1",
                    "low": 0.0298,
                    "high": 0.0316,
                    "n": 100000,
                    "method": "95 % batch means, 32 batches",
                    "upper_limit": False,
                    "reason": None,
                }
            },
            "tables": [
                {
                    "name": "batches",
                    "rows": 1,
                    "columns": {"load_erlang": "double"},
                    "links": {"arrow": f"/api/v2/runs/{RUN_ID}/tables/batches.arrow"},
                }
            ],
            "documents": {"network": {"nodes": 14}},
            "exact_hash": SHA,
            "result_hash": SHA,
        },
        extra="forbid",
    )

    run: str
    metrics: dict[str, MetricShape]
    tables: list[TableShape]
    documents: dict[str, Any]
    exact_hash: str | None
    result_hash: str | None


class TableList(Shape):
    model_config = _example(
        {
            "tables": [
                {
                    "name": "batches",
                    "rows": 1,
                    "columns": {"load_erlang": "double"},
                    "links": {"csv": f"/api/v2/runs/{RUN_ID}/tables/batches.csv"},
                }
            ]
        },
        extra="forbid",
    )

    tables: list[TableShape]


class ArtifactShape(Shape):
    path: str
    size: int = Field(description="Bytes.")
    sha256: str
    media_type: str
    at: str
    href: str


class ArtifactList(Shape):
    model_config = _example(
        {
            "artifacts": [
                {
                    "path": "result.json",
                    "size": 512,
                    "sha256": SHA,
                    "media_type": "application/json",
                    "at": T2,
                    "href": f"/api/v2/runs/{RUN_ID}/artifacts/result.json",
                }
            ]
        },
        extra="forbid",
    )

    artifacts: list[ArtifactShape]


class RecordShape(Shape):
    """Everything that is needed to repeat the Run, and to know whether it can be expected to be the same."""

    model_config = _example(
        {
            "run": RUN_ID,
            "lab": "optical",
            "lab_version": "1",
            "config": {"k_paths": 5},
            "config_hash": SHA,
            "root_seed": 42,
            "streams": {"arrivals": "1122334455667788"},
            "exact_hash": SHA,
            "result_hash": SHA,
            "record": {"platform": "linux-x86_64-cp311-np2.4"},
        },
        extra="forbid",
    )

    run: str
    lab: str
    lab_version: str
    config: dict[str, Any]
    config_hash: str
    root_seed: int
    streams: dict[str, str] = Field(description="64-bit seeds of the named streams, in decimal digits as text.")
    exact_hash: str | None
    result_hash: str | None
    record: dict[str, Any] = Field(description="Versions, platform, code hash and timings.")


class ComparisonShape(Shape):
    model_config = _example(
        {
            "run": RUN_ID,
            "against": "8a3a9c0d1e2b",
            "identical": True,
            "config": True,
            "seed": True,
            "exact": True,
            "result": True,
            "same_platform": True,
            "same_code": True,
            "platforms": ["linux-x86_64-cp311-np2.4", "linux-x86_64-cp311-np2.4"],
            "exact_hashes": [SHA, SHA],
            "result_hashes": [SHA, SHA],
            "differences": [],
        },
        extra="forbid",
    )

    run: str
    against: str
    identical: bool = Field(description="Everything agrees that the lab promises on these two platforms.")
    config: bool
    seed: bool
    exact: bool = Field(description="All counts, names and flags are the same.")
    result: bool = Field(description="Every bit of the result is the same.")
    same_platform: bool = Field(description="Both ran where the same bits are promised.")
    same_code: bool
    platforms: list[str] = Field(description="Of the two Runs, in their order; so are the hashes.")
    exact_hashes: list[str]
    result_hashes: list[str]
    differences: list[str] = Field(description="What differs, the first difference first.")
