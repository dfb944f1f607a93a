"""Runs: create, list, fold, look at one, pause, resume, cancel, delete, verify."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query
from starlette.responses import Response

from quintant import registry
from quintant.config import canonical, suggest
from quintant.errors import ConfigError, Problem, TooLarge
from quintant.lab import Lab, Metric
from quintant.runs import ANY, SORTS, Run, Runs, Sweep
from quintant.runs.lifecycle import State
from quintant.runs.run import iso
from quintant.runs.statistics import summarise
from quintant.server.native import labs, shapes
from quintant.server.native.axes import axes
from quintant.server.native.idempotency import once
from quintant.server.native.sweeps import estimate, sweep_shape
from quintant.server.problems import NATIVE, REFUSALS, NativeRoute
from quintant.settings import Settings
from quintant.statistics import Estimate, interval

MOST_ROWS = 500
MOST_FOLDED = 20_000  # runs that one folded answer may be made of
# From the furthest from its end to the nearest: the state that a folded row shows.
URGENCY = (
    State.QUEUED, State.STARTING, State.RUNNING, State.PAUSED, State.FAILED, State.CANCELLED, State.COMPLETED,
)  # fmt: skip


def links(run_id: str) -> dict[str, str]:
    self = f"{NATIVE}/runs/{run_id}"
    parts = ("events", "log", "artifacts", "result", "tables", "figures", "record")
    return {"self": self, **{part: f"{self}/{part}" for part in parts}}


def _headline(run: Run, lab: Lab | None) -> shapes.Headline | None:
    if lab is None or run.headline is None:
        return None
    line = lab.headline
    return shapes.Headline(
        metric=line.metric, label=line.label, unit=line.unit,
        value=run.headline, low=run.headline_low, high=run.headline_high,
    )  # fmt: skip


def _fields(run: Run) -> dict[str, Any]:
    copied = (
        "id", "lab", "lab_version", "name", "owner", "state", "want", "contract", "lane", "config_hash", "root_seed",
        "sweep_id", "replicate", "verify_of", "attempt", "reason", "fraction", "last_seq", "exact_hash", "result_hash",
    )  # fmt: skip
    return {
        **{name: getattr(run, name) for name in copied},
        "point": dict(run.point),
        "values": dict(run.values),
        "created_at": iso(run.created_at, micros=True),
        "started_at": iso(run.started_at, micros=True),
        "ended_at": iso(run.ended_at, micros=True),
        "headline": _headline(run, registry.labs().get(run.lab)),
        "warnings": [shapes.Warned(path=w["path"], message=w["message"], hint=w.get("hint")) for w in run.warnings],
        "links": links(run.id),
    }


def row(run: Run) -> shapes.RunRow:
    return shapes.RunRow(**_fields(run))


def detail(run: Run) -> shapes.RunDetail:
    request = dict(run.request) if run.request is not None else None
    return shapes.RunDetail(**_fields(run), config=dict(run.config), request=request)


# --- creating ---


def create(
    runs: Runs, settings: Settings, body: shapes.CreateBody, key: str | None = None
) -> tuple[Sweep | None, Sequence[Run]]:
    """One Run, or a Sweep where there are several seeds or swept keys. All is checked before anything is stored."""
    lab, base, seeds, root_seed = _base(runs, settings, body)
    config = {**base, **body.config}
    if seeds == 1 and not body.sweep:
        return None, [runs.submit(lab.name, config, name=body.name, root_seed=root_seed, idempotency_key=key)]
    swept = axes(body.sweep)
    return runs.sweep(lab.name, config, axes=swept, seeds=seeds, root_seed=root_seed, name=body.name)


def _base(runs: Runs, settings: Settings, body: shapes.CreateBody) -> tuple[Lab, Mapping[str, Any], int, int | None]:
    """The lab, what the request's config is laid over, the number of seeds and the root seed."""
    if body.preset is not None and body.from_run is not None:
        raise ConfigError(Problem("from_run", "cannot be given together with preset: one base is enough."))
    if body.from_run is not None:
        before = runs.get(body.from_run)
        if body.lab not in (None, before.lab):
            raise ConfigError(
                Problem("lab", f"run {before.id} is of lab {before.lab}, not of '{body.lab}'.", body.lab, [before.lab])
            )
        lab = labs.ready(before.lab, settings)
        root_seed = before.root_seed if body.root_seed is None else body.root_seed
        return lab, before.config, _seeds(body, 1), root_seed
    if body.lab is None:
        known = sorted(registry.labs(settings.labs))
        raise ConfigError(Problem("lab", "is required.", None, known))
    lab = labs.ready(body.lab, settings)
    if body.preset is None:
        return lab, {}, _seeds(body, 1), body.root_seed
    chosen = labs.preset(lab, body.preset)
    return lab, chosen.config, _seeds(body, chosen.seeds), body.root_seed


def _seeds(body: shapes.CreateBody, otherwise: int) -> int:
    return otherwise if body.seeds is None else body.seeds


# --- listing ---


def states_of(text: str | None) -> list[State] | None:
    """ "running,paused" as states; ConfigError for a word that is none."""
    if text is None:
        return None
    known = [str(state) for state in State]
    words = [word.strip() for word in text.split(",") if word.strip()]
    for word in words:
        if word not in known:
            message = f"must be one of {', '.join(known)}; got '{word}'."
            raise ConfigError(Problem("state", message, word, known, suggest(word, known)))
    return [State(word) for word in words]


def folded(runs: Runs, rules: Mapping[str, Any], limit: int, offset: int) -> shapes.FoldedPage:
    """One row per point of a sweep, in the order of its first Run; Runs without a sweep stand alone."""
    groups: dict[tuple[str | None, bytes], list[Run]] = {}
    taken = 0
    while True:
        page = runs.list(**rules, limit=1000, offset=taken)
        if page.total > MOST_FOLDED:
            raise TooLarge(f"{page.total} runs match; at most {MOST_FOLDED} can be folded. Filter by lab, state or text.")
        for run in page.items:
            alone = run.sweep_id is None
            groups.setdefault((run.sweep_id, run.id.encode() if alone else canonical(run.point)), []).append(run)
        taken += len(page.items)
        if not page.items or taken >= page.total:
            break
    chosen = list(groups.values())[offset : offset + limit]
    return shapes.FoldedPage(rows=[_fold(group) for group in chosen], total=len(groups), limit=limit, offset=offset)


def _fold(group: Sequence[Run]) -> shapes.FoldedRow:
    first = min(group, key=lambda run: (run.replicate, run.created_at))
    lab = registry.labs().get(first.lab)
    counted = Counter(str(run.state) for run in group)
    return shapes.FoldedRow(
        sweep_id=first.sweep_id,
        point=dict(first.point),
        lab=first.lab,
        name=first.name,
        created_at=iso(min(run.created_at for run in group), micros=True) or "",
        fraction=sum(run.fraction for run in group) / len(group),
        state=next(state for state in URGENCY if str(state) in counted),
        states=dict(counted),
        runs=[run.id for run in sorted(group, key=lambda run: run.replicate)],
        metric=lab.headline.metric if lab else None,
        unit=lab.headline.unit if lab else None,
        headline=estimate(_replicates(group, lab)),
    )


def _replicates(group: Sequence[Run], lab: Lab | None) -> Estimate:
    """The headline over the completed Runs of a group, by the rules of `quintant.runs.statistics`."""
    if lab is None:
        return interval(())
    line, of = lab.headline, {run.id: run for run in group}

    def metrics(run_id: str) -> Mapping[str, Metric] | None:
        run = of[run_id]
        if run.state is not State.COMPLETED:
            return None
        return {line.metric: Metric(run.headline, line.unit, run.headline_low, run.headline_high)}

    return summarise(group, metrics, line)[0].headline


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


Limit = Annotated[int, Query(ge=1, le=MOST_ROWS, description="How many rows at most.")]
Offset = Annotated[int, Query(ge=0, le=2**53, description="How many rows to leave out first.")]


def routes(runs: Runs, settings: Settings) -> APIRouter:
    router = APIRouter(prefix="/runs", tags=["runs"], route_class=NativeRoute, responses=REFUSALS)

    @router.post(
        "",
        status_code=201,
        response_model=shapes.Created,
        summary="Start a Run, or a Sweep (seeds, swept keys)",
        response_description="Created and queued; Location names the Run, or the Sweep.",
    )
    def post(
        body: shapes.CreateBody,
        response: Response,
        idempotency_key: Annotated[
            str | None, Header(description="The same key with the same body creates nothing new.")
        ] = None,
    ) -> Any:
        if idempotency_key is None:
            sweep, made = create(runs, settings, body)
        else:
            sweep, made = once(runs, idempotency_key, body, lambda stored_key: create(runs, settings, body, stored_key))
        created = shapes.Created(sweep=sweep_shape(sweep) if sweep else None, runs=[row(run) for run in made])
        response.headers["Location"] = created.sweep.links["self"] if created.sweep else created.runs[0].links["self"]
        return created

    @router.get(
        "",
        response_model=shapes.RunPage | shapes.FoldedPage,
        summary="List Runs; with fold=true replicates are one row with their statistics",
    )
    def get_all(
        lab: str | None = None,
        state: Annotated[str | None, Query(description="One or more states, comma-separated.")] = None,
        sweep: str | None = None,
        contract: Annotated[str | None, Query(description='Name of the dialect it came through; "native" for none.')] = None,
        text: Annotated[str | None, Query(description="Part of the name, or the begin of the id.")] = None,
        sort: Annotated[str, Query(description=f"{', '.join(SORTS)}; - in front: descending.")] = "-created_at",
        limit: Limit = 50,
        offset: Offset = 0,
        fold: bool = False,
    ) -> Any:
        rules: dict[str, Any] = {
            "lab": lab,
            "states": states_of(state),
            "contract": ANY if contract is None else None if contract == "native" else contract,
            "sweep_id": sweep,
            "text": text,
            "sort": sort,
        }
        if fold:
            return folded(runs, rules, limit, offset)
        page = runs.list(**rules, limit=limit, offset=offset)
        return shapes.RunPage(runs=[row(run) for run in page.items], total=page.total, limit=limit, offset=offset)

    @router.get("/{run_id}", response_model=shapes.RunDetail, summary="One Run with its full config")
    def get(run_id: str) -> Any:
        return detail(runs.get(run_id))

    @router.post("/{run_id}/pause", response_model=shapes.RunDetail, summary="Pause at the next step boundary")
    def pause(run_id: str) -> Any:
        return detail(runs.pause(run_id))

    @router.post("/{run_id}/resume", response_model=shapes.RunDetail, summary="Go on after a pause")
    def resume(run_id: str) -> Any:
        return detail(runs.resume(run_id))

    @router.post(
        "/{run_id}/cancel",
        response_model=shapes.RunDetail,
        summary="Cancel; what it has produced is kept. Answers within about a second",
    )
    def cancel(run_id: str) -> Any:
        return detail(runs.cancel(run_id))

    @router.delete(
        "/{run_id}",
        status_code=204,
        summary="Delete an ended Run with its files; 409 while it lives (cancel it first)",
        response_class=Response,
    )
    def delete(run_id: str) -> Response:
        runs.delete(run_id)
        return Response(status_code=204)

    @router.post(
        "/{run_id}/verify",
        status_code=201,
        response_model=shapes.RunDetail,
        summary="Execute the Run again, to be compared",
        response_description="The re-execution, queued; Location names the comparison.",
    )
    def verify(run_id: str, response: Response) -> Any:
        again = runs.verify(run_id)
        response.headers["Location"] = f"{NATIVE}/runs/{run_id}/verify?against={again.id}"
        return detail(again)

    @router.get(
        "/{run_id}/verify",
        response_model=shapes.ComparisonShape,
        summary="Compare two Runs' results: hashes, and what differs first",
    )
    def compare(run_id: str, against: Annotated[str, Query(description="The other Run, usually a re-execution.")]) -> Any:
        found = runs.compare(run_id, against)
        return shapes.ComparisonShape(**{name: _plain(value) for name, value in vars(found).items()})

    @router.get("/{run_id}/record", response_model=shapes.RecordShape, summary="The Run's provenance")
    def record(run_id: str) -> Any:
        run = runs.get(run_id)
        return shapes.RecordShape(
            run=run.id, lab=run.lab, lab_version=run.lab_version, config=dict(run.config), config_hash=run.config_hash,
            root_seed=run.root_seed, streams={name: str(seed) for name, seed in run.streams.items()},
            exact_hash=run.exact_hash, result_hash=run.result_hash, record=dict(run.record),
        )  # fmt: skip

    return router
