"""From the native API's JSON to the values of `quintant.runs`: the same words on both sides of the wire."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

from quintant.client.card import LabCard, figure_from, headline_from, preset_from
from quintant.lab import Metric
from quintant.runs.artifact import Artifact
from quintant.runs.event import LoggedEvent
from quintant.runs.lifecycle import State
from quintant.runs.run import Run
from quintant.runs.statistics import PointSummary
from quintant.runs.sweep import Sweep
from quintant.statistics import Estimate

Json = Mapping[str, Any]

COPIED = (
    "id", "lab", "lab_version", "name", "owner", "contract", "lane", "want", "attempt", "config_hash", "root_seed", "sweep_id",
    "point", "replicate", "verify_of", "reason", "fraction", "values", "last_seq", "exact_hash", "result_hash",
)  # fmt: skip


def seconds(text: str | None) -> float | None:
    """Seconds since 1970 UTC of an ISO 8601 text."""
    return None if text is None else datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def run(told: Json, record: Json | None = None) -> Run:
    """A Run from a row or a detail. A row has no config and no request; streams and record come from /record."""
    headline, provenance = told.get("headline") or {}, record or {}
    return Run(
        **{name: told[name] for name in COPIED},
        state=State(told["state"]),
        worker=None,
        config=told.get("config", {}),
        request=told.get("request"),
        streams={name: int(seed) for name, seed in provenance.get("streams", {}).items()},
        created_at=seconds(told["created_at"]) or 0.0,
        started_at=seconds(told["started_at"]),
        ended_at=seconds(told["ended_at"]),
        expires_at=seconds(told.get("expires_at")),
        headline=headline.get("value"),
        headline_low=headline.get("low"),
        headline_high=headline.get("high"),
        record=provenance.get("record", {}),
        warnings=tuple(told.get("warnings", ())),
    )


def sweep(told: Json) -> Sweep:
    names = ("id", "lab", "name", "owner", "root_seed", "seeds", "axes")
    return Sweep(**{name: told[name] for name in names}, created_at=seconds(told["created_at"]) or 0.0, request={})


def event(told: Json) -> LoggedEvent:
    return LoggedEvent(told["run"], told["seq"], seconds(told["at"]) or 0.0, told["kind"], told["payload"])


def artifact(run_id: str, told: Json) -> Artifact:
    return Artifact(run_id, told["path"], told["size"], told["sha256"], told["media_type"], seconds(told["at"]) or 0.0)


def metric(told: Json) -> Metric:
    return Metric(**{one.name: told[one.name] for one in fields(Metric) if one.name in told})


def estimate(told: Json) -> Estimate:
    known = {one.name: told[one.name] for one in fields(Estimate) if one.name in told}
    return Estimate(**{**known, "values": tuple(told["values"])})


def point(told: Json) -> PointSummary:
    return PointSummary(
        point=told["point"], runs=tuple(told["runs"]), states=told["states"], headline=estimate(told["headline"]),
        metrics={name: estimate(one) for name, one in told["metrics"].items()}, units=told["units"],
        missing=told["missing"],
    )  # fmt: skip


def card(told: Json, schema: Json) -> LabCard:
    return LabCard(
        name=told["name"], title=told["title"], tag=told["tag"], says=told["says"], version=told["version"],
        missing=None if told["state"] == "ready" else told.get("reason") or told["state"],
        headline=headline_from(told["headline"]),
        presets={one["name"]: preset_from(one) for one in told["presets"]}, default_preset=told["default_preset"],
        schema=schema, figures=tuple(map(figure_from, told["figures"])), exact=told["exact"], cite=told["cite"],
    )  # fmt: skip
