"""From the native API's JSON to the values of `quintant.runs`: the same words on both sides of the wire."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

from quintant.client.card import LabCard, figure_from, headline_from, preset_from
from quintant.json_value import JsonMapping
from quintant.lab import Metric
from quintant.runs.annotation import Annotation, Done
from quintant.runs.artifact import Artifact
from quintant.runs.control import Answered
from quintant.runs.event import LoggedEvent
from quintant.runs.growth import PointVerdict
from quintant.runs.lifecycle import State
from quintant.runs.log_lines import Line, LinePage
from quintant.runs.rows import Cell, End, Row, RowPage
from quintant.runs.run import Run
from quintant.runs.statistics import PointSummary
from quintant.runs.sweep import Sweep
from quintant.statistics import Estimate
from quintant.until import Look, Verdict

COPIED = (
    "id", "lab", "lab_version", "name", "owner", "contract", "lane", "want", "attempt", "config_hash", "root_seed", "sweep_id",
    "point", "replicate", "verify_of", "reused_from", "reason", "fraction", "values", "last_seq", "exact_hash", "result_hash",
)  # fmt: skip


def seconds(text: str | None) -> float | None:
    """Seconds since 1970 UTC of an ISO 8601 text."""
    return None if text is None else datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def run(body: JsonMapping, record: JsonMapping | None = None) -> Run:
    """A Run from a row or a detail. A row has no config and no request; streams and record come from /record."""
    headline, provenance = body.get("headline") or {}, record or {}
    return Run(
        **{name: body[name] for name in COPIED},
        state=State(body["state"]),
        worker=None,
        config=body.get("config", {}),
        request=body.get("request"),
        streams={name: int(seed) for name, seed in provenance.get("streams", {}).items()},
        created_at=seconds(body["created_at"]) or 0.0,
        started_at=seconds(body["started_at"]),
        ended_at=seconds(body["ended_at"]),
        expires_at=seconds(body.get("expires_at")),
        headline=headline.get("value"),
        headline_low=headline.get("low"),
        headline_high=headline.get("high"),
        record=provenance.get("record", {}),
        warnings=tuple(body.get("warnings", ())),
    )


def row_page(body: JsonMapping) -> RowPage:
    """Rows as the Store gives them, but for the config, of which only what differs from a preset travels."""
    return RowPage(
        tuple(map(row, body["rows"])), body["next"], body["total"], body["runs"], body["more"], body["cursor"],
    )  # fmt: skip


def row(body: JsonMapping) -> Row:
    copied = (
        "key", "kind", "lead", "sweep_id", "lab", "name", "states", "want", "fraction", "runs", "reused", "points", "seeds",
        "point", "axes", "root_seed", "took_s", "reason", "warnings", "contract", "verify_of", "note", "version",
    )  # fmt: skip
    headline, ends = body["headline"], body["ends"]
    so_far = headline is not None and headline["so_far"]
    return Row(
        **{name: body[name] for name in copied},
        state=State(body["state"]),
        headline=None if headline is None or so_far else _row_estimate(headline),
        ends=None if ends is None else (_end(ends["first"]), _end(ends["last"])),
        values={headline["metric"]: headline["mean"]} if headline is not None and so_far else {},
        config=body["differs"],
        config_hash="",
        tags=tuple(body["tags"]),
        created_at=seconds(body["created_at"]) or 0.0,
        started_at=seconds(body["started_at"]),
        ended_at=seconds(body["ended_at"]),
        cells={name: Cell(**cell) for name, cell in body["values"].items()},
    )


def _row_estimate(body: JsonMapping) -> Estimate:
    names = ("mean", "low", "high", "n", "upper_limit")
    return Estimate(**{name: body[name] for name in names}, method=body.get("method", ""), values=())


def _end(body: JsonMapping) -> End:
    return End(body["point"], _row_estimate(body))


def line_page(body: Mapping[str, Any]) -> LinePage:
    lines = [Line(**{**line, "spans": tuple((at, length) for at, length in line["spans"])}) for line in body["lines"]]
    return LinePage(lines, body["total"], body["matches"], body["levels"], body["marks"], body["size"], body["next"])


def annotation(body: JsonMapping) -> Annotation:
    return Annotation(
        body["run"], body["name"], tuple(body["tags"]), body["note"], body["version"], seconds(body["at"]), body["by"],
        tuple(body["changed"]),
    )  # fmt: skip


def done(body: JsonMapping) -> Done:
    return Done(body["id"], body["runs"], body["done"], body["reason"], seconds(body["undo_until"]))


def answered(body: JsonMapping) -> Answered:
    state = body["state"]
    return Answered(body["run"], None if state is None else State(state), body["done"], body["reason"])


def sweep(body: JsonMapping) -> Sweep:
    names = ("id", "lab", "name", "owner", "root_seed", "seeds", "axes")
    request = {name: body[name] for name in ("tied", "root_seeds", "until") if body.get(name)}
    return Sweep(**{name: body[name] for name in names}, created_at=seconds(body["created_at"]) or 0.0, request=request)


def event(body: JsonMapping) -> LoggedEvent:
    return LoggedEvent(body["run"], body["seq"], seconds(body["at"]) or 0.0, body["kind"], body["payload"])


def artifact(run_id: str, body: JsonMapping) -> Artifact:
    return Artifact(run_id, body["path"], body["size"], body["sha256"], body["media_type"], seconds(body["at"]) or 0.0)


def metric(body: JsonMapping) -> Metric:
    return Metric(**{each.name: body[each.name] for each in fields(Metric) if each.name in body})


def estimate(body: JsonMapping) -> Estimate:
    known = {each.name: body[each.name] for each in fields(Estimate) if each.name in body}
    return Estimate(**{**known, "values": tuple(body["values"])})


def point(body: JsonMapping) -> PointSummary:
    return PointSummary(
        point=body["point"], runs=tuple(body["runs"]), states=body["states"], headline=estimate(body["headline"]),
        metrics={name: estimate(each) for name, each in body["metrics"].items()}, units=body["units"],
        missing=body["missing"],
    )  # fmt: skip


def point_verdict(body: JsonMapping) -> PointVerdict:
    told = body["until"]
    looks = tuple(Look(look["n"], look["half_widths"], look["levels"], look["met"]) for look in told["looks"])
    verdict = None if told["reason"] is None else Verdict(told["converged"], len(body["runs"]), looks, told["reason"])
    return PointVerdict(body["point"], len(body["runs"]), verdict)


def card(body: JsonMapping, describe: Callable[[], JsonMapping]) -> LabCard:
    return LabCard(
        name=body["name"], title=body["title"], tag=body["tag"], says=body["says"], version=body["version"],
        missing=None if body["state"] == "ready" else body.get("reason") or body["state"],
        headline=headline_from(body["headline"]),
        presets={preset["name"]: preset_from(preset) for preset in body["presets"]}, default_preset=body["default_preset"],
        describe=describe, figures=tuple(map(figure_from, body["figures"])), exact=body["exact"], cite=body["cite"],
        state=body["state"],
    )  # fmt: skip
