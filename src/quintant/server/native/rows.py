"""Rows: the table of Runs. Filtered, folded, sorted and paged; what could be filtered by; the small lines beside the rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import Field

from quintant import registry
from quintant.errors import ConfigError, Problem
from quintant.runs import Runs
from quintant.runs.filter import EVERYTHING, Fault, Parsed, Token, written
from quintant.runs.lifecycle import State
from quintant.runs.preset import origin
from quintant.runs.rows import Cell, End, Fold, Row, RowPage
from quintant.runs.run import iso
from quintant.server.native.shapes import RUN_ID, SWEEP_ID, T0, Shape, example
from quintant.server.problems import REFUSALS, NativeRoute
from quintant.settings import Settings
from quintant.statistics import Estimate

MOST_SPARKS = 100
FOLD_WORDS: dict[str, Fold] = {"none": "none", "false": "none", "point": "point", "true": "point", "sweep": "sweep"}

# --- shapes ---

_FAULT = {"at": 20, "length": 11, "message": "'heads_shere' is neither a key nor a metric.", "hint": "heads_share"}
_ROW: dict[str, Any] = {
    "key": f"{SWEEP_ID}.12", "kind": "point", "lead": RUN_ID, "sweep_id": SWEEP_ID, "lab": "coin", "name": "bias study",
    "tags": ["fig-3"], "note": None, "version": 1, "state": "running", "states": {"completed": 6, "running": 2, "queued": 2},
    "want": "run", "fraction": 0.71, "runs": 10, "points": 1, "seeds": 10, "point": {"bias": 0.5}, "axes": {},
    "headline": {
        "metric": "heads_share", "label": "heads", "unit": "1", "scale": "linear", "mean": 0.502, "low": 0.494, "high": 0.511,
        "n": 6, "method": "95 % Student t, n = 6", "upper_limit": False, "so_far": False,
    },
    "ends": None, "preset": "fair", "differs": {"steps": 7}, "created_at": T0, "started_at": T0, "ended_at": None,
    "reused": 0, "took_s": 3.4, "reason": None, "warnings": 0, "contract": None, "verify_of": None, "root_seed": 42,
    "values": {
        "config:steps": {"value": 7},
        "metric:heads_share": {"value": 0.502, "low": 0.494, "high": 0.511, "n": 6, "unit": "1"},
    },
}  # fmt: skip


class FaultShape(Shape):
    """A part of a filter expression that does not read, or names nothing. The rest of it is answered."""

    model_config = example(_FAULT)

    at: int = Field(description="First character of the part, counted in UTF-16 code units as JavaScript does.")
    length: int
    message: str
    hint: str | None = Field(description="The text that would stand there instead.")


class TokenShape(Shape):
    at: int
    length: int
    kind: Literal["field", "operator", "value", "word", "connective", "bracket", "fault"]


class RowHeadline(Shape):
    """The lab's headline over the completed Runs of the row; with one Run its own value and interval."""

    metric: str
    label: str
    unit: str
    scale: Literal["linear", "log"]
    mean: float | None
    low: float | None
    high: float | None
    n: int = Field(description="How many Runs stand behind it.")
    method: str
    upper_limit: bool = Field(description="No event was seen; `high` is the most that fits the data.")
    so_far: bool = Field(False, description="No Run of the row has completed: what the first one tells at the moment.")


class EndShape(Shape):
    point: dict[str, Any]
    mean: float | None
    low: float | None
    high: float | None
    n: int
    upper_limit: bool


class EndsShape(Shape):
    first: EndShape
    last: EndShape


class AxisShape(Shape):
    first: Any
    last: Any
    n: int = Field(description="How many values.")


class CellShape(Shape):
    value: Any = Field(None, description="A key's value, or a metric's mean over the row's completed Runs.")
    low: float | None = None
    high: float | None = None
    n: int | None = None
    unit: str | None = None
    least: float | None = Field(None, description="Of a sweep of several points: the least mean of a point.")
    most: float | None = None


class RowShape(Shape):
    model_config = example(_ROW)

    key: str = Field(description="Names the row: for `of`, sparks, bulk and compare. A Run's id, a sweep's, or SWEEP.NUMBER.")
    kind: Literal["run", "point", "sweep"]
    lead: str = Field(description="The first Run of the row: whose page to open.")
    sweep_id: str | None
    lab: str
    name: str
    tags: list[str]
    note: str | None
    version: int = Field(description="Of name, tags and note of `lead`: for If-Match.")
    state: State = Field(description="The state of all, or of the one that is furthest from its end.")
    states: dict[str, int]
    want: str
    fraction: float = Field(description="Done part of the work of all Runs, 0 to 1.")
    runs: int
    points: int
    seeds: int = Field(description="Replicates of a point.")
    point: dict[str, Any]
    axes: dict[str, AxisShape] = Field(description="Of a sweep: its swept keys.")
    headline: RowHeadline | None
    ends: EndsShape | None = Field(description="Of a sweep of several points: the headline at its first and last.")
    preset: str | None = Field(description="The preset with the fewest keys that differ; null: the lab is not here.")
    differs: dict[str, Any] = Field(description="These keys, with the Run's values; swept keys are left out.")
    created_at: str
    started_at: str | None
    ended_at: str | None
    reused: int = Field(description="So many of its Runs have the result of an identical one.")
    took_s: float | None = Field(description="From the first start to the last end, or to now.")
    reason: str | None = Field(description="Why the first failed or cancelled Run ended.")
    warnings: int
    contract: str | None
    verify_of: str | None
    root_seed: int
    values: dict[str, CellShape] = Field(description="By column, as `cols` asked.")


class RowPageShape(Shape):
    model_config = example({
        "rows": [_ROW], "next": "WyJhYmMiLDEyXQ", "total": 21, "runs": 185, "more": False, "cursor": 8123,
        "parsed": "lab:coin and metric:heads_share<51%", "problems": [], "tokens": [{"at": 0, "length": 3, "kind": "field"}],
    })  # fmt: skip

    rows: list[RowShape]
    next: str | None = Field(description="`cursor` of the next page.")
    total: int | None = Field(description="Rows that match; null on pages after the first.")
    runs: int | None = Field(description="Runs that match.")
    more: bool = Field(description="There are more than total and runs say: counting stops at 10,000 Runs.")
    cursor: int = Field(description="Where `GET /events?scope=all&after=` goes on from this answer.")
    parsed: str = Field(description="What of `q` was answered.")
    problems: list[FaultShape]
    tokens: list[TokenShape]


class MetricFacet(Shape):
    name: str
    units: list[str]
    labs: list[str]
    least: float | None
    most: float | None
    n: int | None = Field(description="Runs that have it; null where only the unfiltered range is known.")


class KeyFacet(Shape):
    key: str
    unit: str | None
    labs: list[str]
    kinds: list[Literal["number", "text"]]
    says: str
    essential: bool
    varies: bool = Field(description="Not all stored Runs have the lab's default.")
    values: list[Any] = Field(description="Up to 20 values that Runs have, the most frequent first.")


class FacetsShape(Shape):
    model_config = example({
        "total": 185, "more": False, "lab": {"coin": 150, "dice": 35}, "state": {"completed": 180, "failed": 5},
        "tag": {"fig-3": 60}, "contract": {"dice": 3}, "sweeps": 9,
        "metrics": [{"name": "heads_share", "units": ["1"], "labs": ["coin"], "least": 0.1, "most": 0.9, "n": 150}],
        "keys": [{
            "key": "bias", "unit": None, "labs": ["coin"], "kinds": ["number"], "says": "Probability of heads.",
            "essential": True, "varies": True, "values": [5, 7, 50],
        }],
        "parsed": "", "problems": [], "tokens": [],
    })  # fmt: skip

    total: int = Field(description="Runs that match.")
    more: bool = Field(description="More than 10,000 match; what follows is of the newest 10,000 of them.")
    lab: dict[str, int]
    state: dict[str, int]
    tag: dict[str, int]
    contract: dict[str, int]
    sweeps: int
    metrics: list[MetricFacet]
    keys: list[KeyFacet]
    parsed: str
    problems: list[FaultShape]
    tokens: list[TokenShape]


class SparkShape(Shape):
    kind: Literal["course", "seeds", "points"]
    metric: str
    unit: str
    scale: Literal["linear", "log"]
    y: list[float]
    x: list[float] | None = Field(description="Of a course the done part, of points the swept value (or its place).")
    low: list[float | None] | None
    high: list[float | None] | None
    mean: float | None
    axis: str | None
    seq: int = Field(description="Grows when the line may have changed.")
    live: bool


class SparksShape(Shape):
    model_config = example({
        "sparks": {
            RUN_ID: {
                "kind": "course", "metric": "heads_share", "unit": "1", "scale": "linear", "x": [0.01, 0.02], "y": [0.48, 0.51],
                "low": None, "high": None, "mean": None, "axis": None, "seq": 45, "live": True,
            }
        }
    })  # fmt: skip

    sparks: dict[str, SparkShape]


# --- from values to shapes ---


def utf16(text: str, at: int, length: int) -> tuple[int, int]:
    """A stretch of characters, counted in UTF-16 code units: letters beyond the basic plane are two."""
    return len(text[:at].encode("utf-16-le")) // 2, len(text[at : at + length].encode("utf-16-le")) // 2


def fault_shape(text: str, fault: Fault) -> FaultShape:
    at, length = utf16(text, fault.at, fault.length)
    return FaultShape(at=at, length=length, message=fault.message, hint=fault.hint)


def token_shape(text: str, token: Token) -> TokenShape:
    at, length = utf16(text, token.at, token.length)
    return TokenShape(at=at, length=length, kind=token.kind)  # type: ignore[arg-type]


def read(runs: Runs, q: str, lenient: bool) -> Parsed:
    """The expression of `q`; ConfigError with every fault unless the answer has a place for them."""
    parsed = runs.filter(q) if q else Parsed(EVERYTHING)
    if parsed.faults and not lenient:
        raise ConfigError([fault.problem(q) for fault in parsed.faults])
    return parsed


def _headline(row: Row) -> RowHeadline | None:
    lab = registry.labs().get(row.lab)
    if lab is None:
        return None
    headline = lab.headline
    about: dict[str, Any] = {"metric": headline.metric, "label": headline.label, "unit": headline.unit, "scale": headline.scale}
    if row.headline is not None:
        estimate = row.headline
        return RowHeadline(
            **about, mean=estimate.mean, low=estimate.low, high=estimate.high, n=estimate.n, method=estimate.method,
            upper_limit=estimate.upper_limit,
        )  # fmt: skip
    value = row.values.get(headline.metric)
    if row.ends is not None or not isinstance(value, (int, float)) or isinstance(value, bool) or row.points > 1:
        return None
    return RowHeadline(
        **about, mean=value, low=None, high=None, n=1, method="what the run tells so far", upper_limit=False, so_far=True
    )


def _end(end: End) -> EndShape:
    estimate: Estimate = end.estimate
    return EndShape(
        point=dict(end.point),
        mean=estimate.mean,
        low=estimate.low,
        high=estimate.high,
        n=estimate.n,
        upper_limit=estimate.upper_limit,
    )


def _differs(row: Row) -> tuple[str | None, dict[str, Any]]:
    lab = registry.labs().get(row.lab)
    if lab is None:
        return None, {}
    source = origin(lab, row.config, row.config_hash)
    swept = {*row.axes, *row.point}
    return source.preset, {key: value for key, value in source.differs.items() if key not in swept}


def cell_shape(cell: Cell) -> CellShape:
    return CellShape(**{name: value for name, value in vars(cell).items() if value is not None or name == "value"})


def row_shape(row: Row) -> RowShape:
    copied = (
        "key", "kind", "lead", "sweep_id", "lab", "name", "note", "version", "state", "want", "fraction", "runs", "points",
        "seeds", "reused", "took_s", "reason", "warnings", "contract", "verify_of", "root_seed",
    )  # fmt: skip
    preset, differs = _differs(row)
    return RowShape(
        **{name: getattr(row, name) for name in copied},
        tags=list(row.tags), states=dict(row.states), point=dict(row.point),
        axes={key: AxisShape(**axis) for key, axis in row.axes.items()},
        headline=_headline(row),
        ends=EndsShape(first=_end(row.ends[0]), last=_end(row.ends[1])) if row.ends else None,
        preset=preset, differs=differs,
        created_at=iso(row.created_at, micros=True) or "",
        started_at=iso(row.started_at, micros=True),
        ended_at=iso(row.ended_at, micros=True),
        values={name: cell_shape(cell) for name, cell in row.cells.items()},
    )  # fmt: skip


def page_shape(page: RowPage, q: str, parsed: Parsed) -> RowPageShape:
    return RowPageShape(
        rows=[row_shape(row) for row in page.rows], next=page.next, total=page.total, runs=page.runs, more=page.more,
        cursor=page.cursor, **query_shape(q, parsed),
    )  # fmt: skip


def query_shape(q: str, parsed: Parsed) -> dict[str, Any]:
    """What was understood of `q`."""
    return {
        "parsed": written(parsed.expression),
        "problems": [fault_shape(q, fault) for fault in parsed.faults],
        "tokens": [token_shape(q, token) for token in parsed.tokens],
    }


def facets_shape(facets: Mapping[str, Any], q: str, parsed: Parsed) -> FacetsShape:
    lists = {
        "metrics": [MetricFacet(**facet) for facet in facets["metrics"]],
        "keys": [KeyFacet(**facet) for facet in facets["keys"]],
    }
    return FacetsShape(**{**facets, **lists}, **query_shape(q, parsed))


Q = Annotated[str, Query(max_length=4000, description="A filter expression: docs/api.md, Filters.")]
Lenient = Annotated[bool, Query(description="Faults of `q` are told in the answer, which is that of the parts that read.")]


def routes(runs: Runs, settings: Settings) -> APIRouter:
    router = APIRouter(prefix="/runs", tags=["runs"], route_class=NativeRoute, responses=REFUSALS)

    @router.get("/facets", summary="What Runs that match could be filtered and sorted by further")
    def facets(q: Q = "", lenient: Lenient = False) -> FacetsShape:
        parsed = read(runs, q, lenient)
        return facets_shape(runs.facets(parsed.expression), q, parsed)

    @router.get("/sparks", summary="The small lines beside up to 100 rows")
    def sparks(
        ids: Annotated[str, Query(description=f"Keys of rows, comma-separated, at most {MOST_SPARKS}.")],
        points: Annotated[int, Query(ge=4, le=256, description="How many points a course may have.")] = 32,
    ) -> SparksShape:
        keys = list(dict.fromkeys(key.strip() for key in ids.split(",") if key.strip()))
        if not 1 <= len(keys) <= MOST_SPARKS:
            raise ConfigError(Problem("ids", f"must name 1 to {MOST_SPARKS} rows; got {len(keys)}.", ids[:200]))
        sparklines = runs.sparklines(keys, points)
        return SparksShape(sparks={key: SparkShape(**_listed(vars(sparkline))) for key, sparkline in sparklines.items()})

    return router


def _listed(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}
