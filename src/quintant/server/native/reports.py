"""Report: Runs and Sweeps as one HTML file that asks nothing of anybody: findings, figures, results, record, how to repeat.

Everything that a config, a name or a lab says is text (Jinja2 escapes it); drawings are SVG of our own renderer. The file's
policy forbids scripts and every request.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import orjson
from fastapi import APIRouter, Query
from starlette.responses import Response

from quintant import __version__
from quintant.arrow import field_note
from quintant.config import canonical
from quintant.errors import ConfigError, Problem, QuintantError
from quintant.precision import written
from quintant.runs import Runs
from quintant.runs.citing import cite
from quintant.runs.juxtaposition import MOST_SERIES
from quintant.runs.lifecycle import State
from quintant.runs.results_table import Wanted, results_table
from quintant.runs.run import Run, iso
from quintant.runs.sweep import Sweep
from quintant.server.native.artifacts import SANDBOX
from quintant.server.native.compare import CompareAnswer, CompareBody, answer
from quintant.server.problems import REFUSALS, NativeRoute
from quintant.settings import Settings

if TYPE_CHECKING:
    import jinja2
    import pyarrow as pa

    from quintant.lab import Outcome

MOST_FIGURE_BYTES = 3_500_000
"""Of all drawings together: the file stays below 5 MB."""
MOST_ROWS = 500
"""Of each table. What is left out is said."""
MOST_CONFIG_BYTES = 60_000
_MARK_WORDS = re.compile(r' (?:role="graphics-[^"]*"|aria-roledescription="[^"]*"|aria-label="[^"]*"|aria-hidden="[^"]*")')
"""What Vega says of each mark; an empty group that calls itself a graphic has no text, and the drawing is one image."""
_ID = re.compile(r'(\bid="|url\(#|href="#)')


@dataclass(frozen=True)
class Drawing:
    """`svg` is "" where the figure cannot be drawn; `reason` says why."""

    title: str
    sentence: str
    caption: str
    svg: str
    reason: str = ""


@dataclass(frozen=True)
class Table:
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    left_out: int = 0


@dataclass(frozen=True)
class Subject:
    """One Run or Sweep of the report."""

    key: str
    kind: str
    name: str
    lab: str
    state: str
    drawings: tuple[Drawing, ...]
    results: Table
    provenance: tuple[tuple[str, str], ...]
    runs: Table
    commands: tuple[str, ...]
    config: str
    citation: str


def report(runs: Runs, keys: Sequence[str]) -> bytes:
    """The file for one to eight Runs and Sweeps, by their ids. ConfigError for more, or none; NotFound."""
    wanted = list(dict.fromkeys(keys))
    if not 1 <= len(wanted) <= MOST_SERIES:
        raise ConfigError(Problem("of", f"must name 1 to {MOST_SERIES} runs or sweeps; got {len(wanted)}.", list(keys)))
    budget = _Budget(MOST_FIGURE_BYTES)
    drawn: dict[str, str] = {}
    subjects = [_subject(runs, key, budget, drawn, at) for at, key in enumerate(wanted)]
    compared = answer(runs, CompareBody(series=wanted)) if len(wanted) > 1 else None
    text = _template().render(
        version=__version__,
        written_at=iso(runs.store.now()),
        title=" and ".join(subject.name for subject in subjects),
        subjects=subjects,
        findings=[*(compared.findings if compared is not None else ()), *_findings(subjects)],
        compared=compared,
        differences=_differences(compared) if compared is not None and compared.reason is None else None,
    )
    return text.encode()


class _Budget:
    def __init__(self, left: int) -> None:
        self.left = left

    def takes(self, size: int) -> bool:
        if size > self.left:
            return False
        self.left -= size
        return True


@lru_cache(maxsize=1)
def _template() -> jinja2.Template:
    import jinja2

    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(Path(__file__).with_suffix(".html").read_text(encoding="utf-8"))


def _subject(runs: Runs, key: str, budget: _Budget, drawn: dict[str, str], at: int) -> Subject:
    members = runs.store.many([run_id for run_id, _ in runs.store.members(key)])
    first = members[0]
    if key not in (first.id, first.sweep_id):  # a point, SWEEP.3: a report of its first run alone would not say so
        raise ConfigError(Problem("of", f"must be ids of runs and sweeps; got {key!r}.", key, hint="Give the sweep's id."))
    sweep = runs.get_sweep(key) if key == first.sweep_id else None
    target = sweep if sweep is not None else first
    outcomes = runs.outcomes(target.id) if sweep is not None else [runs.outcome(target.id)]
    states = dict.fromkeys(str(run.state) for run in members)
    counted = ", ".join(f"{sum(str(run.state) == state for run in members)} {state}" for state in states)
    fresh = f"quintant run {first.lab} --config config.json --root-seed {first.root_seed}"
    again = [f"quintant verify {first.id}", f"quintant run {first.lab} --like {target.id}", fresh]
    return Subject(
        key=target.id,
        kind="sweep" if sweep is not None else "run",
        name=first.name,
        lab=first.lab,
        state=counted if sweep is not None else str(first.state),
        drawings=tuple(_drawings(runs, target, outcomes, budget, drawn, at)),
        results=_results(results_table(runs, Wanted(target.id)), *_bases(runs, target, outcomes)),
        provenance=tuple(_provenance(members)),
        runs=_members(members),
        commands=tuple(again),
        config=_config(first.config),
        citation=cite(runs, target.id).written("bibtex"),
    )


def _config(config: Mapping[str, Any]) -> str:
    text = orjson.dumps(config, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS).decode()
    if len(text) <= MOST_CONFIG_BYTES:
        return text
    return f"{text[:MOST_CONFIG_BYTES]}\n… {len(text) - MOST_CONFIG_BYTES} more characters; the export has the whole config."


# --- figures ---


def _drawings(
    runs: Runs, target: Run | Sweep, outcomes: Sequence[Outcome], budget: _Budget, drawn: dict[str, str], at: int
) -> Iterator[Drawing]:
    """Those of the lab that are drawn of such a target, the hero first; each drawing once: `drawn` has those that stand in the
    file already, by what they show, and where."""
    from quintant.figure import draw, export
    from quintant.figure.caption import KEY
    from quintant.figure.parts import bare

    of = "run" if isinstance(target, Run) else "sweep"
    lab = runs.labs.get(target.lab)
    figures = [figure for figure in lab.figures if figure.of == of] if lab is not None else []
    for number, figure in enumerate(sorted(figures, key=lambda figure: not figure.hero)):
        try:
            spec = draw(figure, outcomes)
            plain, block = bare(spec), spec["usermeta"][KEY]
            shown = {name: part for name, part in plain.items() if name not in ("usermeta", "description")}  # not whose it is
            digest = hashlib.sha256(canonical(shown)).hexdigest()
            if digest in drawn:
                yield Drawing(figure.title, block["sentence"], block["caption"], "", f"the same drawing as {drawn[digest]}.")
                continue
            svg = _own_ids(export(plain, "svg").decode(), f"f{at}-{number}-")
        except (QuintantError, ValueError) as error:
            yield Drawing(figure.title, "", "", "", str(error))
            continue
        room = budget.takes(len(svg.encode()))
        if room:
            drawn[digest] = f"“{figure.title}” of {target.id}"
        reason = "" if room else f"left out, {len(svg) / 1e6:.1f} MB: quintant export {target.id} writes it as a file."
        yield Drawing(figure.title, block["sentence"], block["caption"], svg if room else "", reason)


def _own_ids(svg: str, prefix: str) -> str:
    """Ids are the file's, not the drawing's: two drawings that both call a clip `clip1` would cut each other. A
    screen reader meets one image with its title and description, not each mark."""
    return _ID.sub(lambda match: match[1] + prefix, _MARK_WORDS.sub("", svg))


def _findings(subjects: Sequence[Subject]) -> list[str]:
    return list(dict.fromkeys(f"{drawing.sentence}." for subject in subjects for drawing in subject.drawings if drawing.svg))


# --- tables ---


Bases = Mapping[tuple[str, ...], Mapping[str, str]]


def _bases(runs: Runs, target: Run | Sweep, outcomes: Sequence[Outcome]) -> tuple[Sequence[str], Bases]:
    """What each number rests on, or why there is none: the swept keys and, by their values as texts, by metric."""
    if isinstance(target, Run):
        [outcome] = outcomes
        return (), {(): {name: metric.reason or metric.method or "" for name, metric in outcome.metrics.items()}}
    keys = list(target.axes)
    return keys, {
        tuple(_value(point.point.get(key)) for key in keys): {name: each.method for name, each in point.metrics.items()}
        for point in runs.summary(target.id)
    }


def _results(table: pa.Table, swept: Sequence[str], bases: Bases) -> Table:
    """A row a metric at a point: value with its 95 % interval, n, unit, and what the interval rests on or why none is there."""
    columns = {field.name: table.column(field.name).to_pylist() for field in table.schema}
    by = {(field_note(f, "kind"), field_note(f, "name")): columns[f.name] for f in table.schema}
    metrics = [name for kind, name in by if kind == "metric"]
    keys = [name for kind, name in by if kind == "config"] if table.num_rows > 1 else []
    rows = []
    for at in range(table.num_rows):
        place = [_value(by["config", key][at]) for key in keys]
        point = tuple(_value(by["config", key][at]) if ("config", key) in by else "" for key in swept)
        basis = bases.get(point) or (next(iter(bases.values())) if len(bases) == 1 else {})
        for name in metrics:
            value, low, high, n, unit = (by[part, name][at] for part in ("metric", "low", "high", "n", "unit"))
            count, unit = "–" if n is None else str(n), "" if unit in (None, "1") else str(unit)
            rows.append((*place, name, written(value, low, high), count, unit, basis.get(name, "")))
    heads = (*keys, "metric", "value [95 % interval]", "n", "unit", "interval, or why none")
    return Table(heads, tuple(rows[:MOST_ROWS]), max(0, len(rows) - MOST_ROWS))


def _differences(compared: CompareAnswer) -> Table:
    labels = {series.key: series.label for series in compared.series}
    rows = [
        (difference.key, difference.says, *(_value(difference.values.get(key)) for key in labels), difference.unit or "")
        for difference in compared.differs
    ]
    return Table(("parameter", "what it is", *labels.values(), "unit"), tuple(rows[:MOST_ROWS]), max(0, len(rows) - MOST_ROWS))


def _members(members: Sequence[Run]) -> Table:
    rows = [
        (
            run.id,
            ", ".join(f"{key} {_value(value)}" for key, value in run.point.items()) or "–",
            str(run.root_seed),
            str(run.state),
            run.config_hash,
            run.result_hash or "–",
        )
        for run in members[:MOST_ROWS]
    ]
    heads = ("run", "point", "root seed", "state", "config hash", "result hash")
    return Table(heads, tuple(rows), max(0, len(members) - MOST_ROWS))


def _provenance(members: Sequence[Run]) -> Iterator[tuple[str, str]]:
    """What the records say, each value once: several stand beside each other where Runs differ."""
    seen: dict[str, dict[str, None]] = {}
    for run in members:
        record = {"lab version": run.lab_version, "started": iso(run.started_at), "ended": iso(run.ended_at)}
        flat = {**record, **{name: run.record.get(name) for name in ("platform", "code_hash")}}
        versions = run.record.get("versions")
        flat |= {f"version of {name}": value for name, value in versions.items()} if isinstance(versions, Mapping) else {}
        for name, value in flat.items():
            if value is not None:
                seen.setdefault(name.replace("_", " "), {})[_value(value)] = None
    for name, values in seen.items():
        shown = list(values)
        if name in ("started", "ended"):
            shown = [min(shown) if name == "started" else max(shown)]
        yield name, ", ".join(shown[:8]) + (f" and {len(shown) - 8} more" if len(shown) > 8 else "")
    completed = sum(run.state is State.COMPLETED for run in members)
    yield "completed", f"{completed} of {len(members)}"


def _value(value: Any) -> str:
    if value is None or isinstance(value, float):
        return written(value)
    return value if isinstance(value, str) else orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


# --- the door ---

ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Findings, figures, results with intervals, what differs, the record, how to repeat, what to cite.",
        "content": {"text/html": {"schema": {"type": "string"}, "example": '<!DOCTYPE html>\n<html lang="en">…</html>\n'}},
    }
}


def routes(runs: Runs, settings: Settings) -> APIRouter:
    router = APIRouter(tags=["results"], route_class=NativeRoute, responses=REFUSALS)

    @router.get(
        "/report.html",
        summary="Runs and Sweeps as one HTML file that needs no network",
        response_class=Response,
        responses=ANSWERS,
    )
    def written(
        of: Annotated[str, Query(max_length=400, description="Ids of one to eight Runs and Sweeps, comma-separated.")],
    ) -> Response:
        data = report(runs, [key.strip() for key in of.split(",") if key.strip()])
        headers = {
            "Content-Disposition": 'attachment; filename="report.html"',
            "Content-Security-Policy": SANDBOX,
            "Cache-Control": "no-store",
        }
        return Response(data, 200, headers, "text/html; charset=utf-8")

    return router
