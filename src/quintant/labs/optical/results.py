"""The files of a Run's folder that this lab renders: FUSION's own for a replay, one table of metrics for any other Run.

config.ini                                        the frozen configuration, as FUSION reads it
progress.jsonl                                    what happened, one JSON object a line; written at the end
output/<network>/<MMDD>/<time>/s1/<E>_erlang.json the statistics of load E under FUSION's names
output/<network>/<MMDD>/<time>/s1/loads.csv       blocking and its interval, one row a load
metrics.csv                                       every metric with its unit and interval
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from quintant.lab import Event, File, Outcome
from quintant.labs.optical.contract import ini
from quintant.labs.optical.contract.progress import progress_line
from quintant.labs.optical.contract.status import whole

FINAL = ("completed", "failed", "cancelled")
COLUMNS = (
    "blocking_mean",
    "blocking_variance",
    "ci_rate_block",
    "ci_percent_block",
    "bit_rate_blocking_mean",
    "bit_rate_blocking_variance",
    "ci_rate_bit_rate_block",
    "ci_percent_bit_rate_block",
)


def files(outcome: Outcome) -> Iterator[File]:
    """What stands in the folder of the Run as it is now; asked when it begins and when it has ended."""
    request = outcome.request or {}
    if "merged" in request:
        note = f"Run {outcome.run_id}, from template {request['template']}. Frozen when the run was created."
        yield File("config.ini", ini.render(request["merged"], note).encode(), "text/plain")
    if outcome.state not in FINAL:
        return
    if getattr(outcome.config, "mode", None) == "replay":
        yield File("progress.jsonl", _lines(_progress(outcome)), "application/x-ndjson")
    yield from _loads(outcome)
    if outcome.metrics:
        yield File("metrics.csv", _metrics(outcome), "text/csv")


def load_name(erlang: float) -> str:
    """`50_erlang.json`, or `52.5_erlang.json`: the load as the contract's samples write it."""
    return f"{whole(float(erlang))}_erlang.json"


def sim_info(outcome: Outcome) -> str:
    """FUSION's name of one simulation: network/MMDD/HH_MM_SS_microseconds, here of the moment the Run began (UTC)."""
    topology = outcome.config.topology
    began = _time(outcome.started_at or outcome.created_at)
    return f"{topology if isinstance(topology, str) else topology.name}/{began:%m%d}/{began:%H_%M_%S_%f}"


def _loads(outcome: Outcome) -> Iterator[File]:
    documents: Mapping[str, Any] | None = outcome.documents.get("fusion")
    if not documents:
        return
    folder = f"output/{sim_info(outcome)}/s1"
    ended = {"sim_end_time": f"{_time(outcome.ended_at):%m%d_%H_%M_%S_%f}"} if outcome.ended_at else {}
    for erlang, document in documents.items():
        yield File(f"{folder}/{load_name(float(erlang))}", _json({**document, **ended}), "application/json")
    rows = (
        [whole(float(erlang)), len(document.get("iter_stats", {})), *(document.get(column) for column in COLUMNS)]
        for erlang, document in documents.items()
    )
    yield File(f"{folder}/loads.csv", _csv(("erlang", "iterations_kept", *COLUMNS), rows), "text/csv")


def _progress(outcome: Outcome) -> Iterator[dict[str, Any]]:
    seconds = None
    if outcome.started_at and outcome.ended_at:
        seconds = (_time(outcome.ended_at) - _time(outcome.started_at)).total_seconds()
    for event in outcome.events:
        payload = progress_line(event.kind, event.payload, _at(event), seconds)
        if payload is not None:
            yield payload


def _at(event: Event) -> float | None:
    """When the event was logged, where the platform says it."""
    return getattr(event, "at", None)


def _metrics(outcome: Outcome) -> bytes:
    rows = (
        [name, metric.value, metric.unit, metric.low, metric.high, metric.n, metric.method, metric.reason]
        for name, metric in outcome.metrics.items()
    )
    return _csv(("metric", "value", "unit", "low", "high", "n", "method", "reason"), rows)


def _csv(head: Iterable[str], rows: Iterable[Iterable[Any]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    return text.getvalue().encode()


def _json(document: Any) -> bytes:
    return orjson.dumps(
        document, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS | orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_APPEND_NEWLINE
    )


def _lines(payloads: Iterable[dict[str, Any]]) -> bytes:
    return b"".join(orjson.dumps(payload, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_APPEND_NEWLINE) for payload in payloads)


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
