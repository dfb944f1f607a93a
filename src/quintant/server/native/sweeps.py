"""Sweeps: an ordered set of Runs from one request, and what they say together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, Query

from quintant import registry
from quintant.config import canonical
from quintant.runs import Runs, Sweep
from quintant.runs.control import Action, Answered
from quintant.runs.preset import Origin, command, origin
from quintant.runs.run import iso
from quintant.runs.statistics import PointSummary
from quintant.server.native import shapes
from quintant.server.problems import NATIVE, REFUSALS, NativeRoute
from quintant.settings import Settings
from quintant.statistics import Estimate
from quintant.until import Verdict


def sweep_shape(sweep: Sweep) -> shapes.SweepShape:
    self = f"{NATIVE}/sweeps/{sweep.id}"
    return shapes.SweepShape(
        id=sweep.id,
        lab=sweep.lab,
        name=sweep.name,
        owner=sweep.owner,
        created_at=iso(sweep.created_at, micros=True) or "",
        root_seed=sweep.root_seed,
        seeds=sweep.seeds,
        axes={key: list(values) for key, values in sweep.axes.items()},
        tied=[list(keys) for keys in sweep.tied],
        root_seeds=list(sweep.root_seeds) if sweep.request.get("root_seeds") else None,
        until=_until(sweep),
        links={
            "self": self,
            "runs": f"{NATIVE}/runs?sweep={sweep.id}",
            "summary": f"{self}/summary",
            "figures": f"{self}/figures",
        },
    )


def _until(sweep: Sweep) -> shapes.UntilShape | None:
    if (until := sweep.until) is None:
        return None
    targets = [str(target) for target in until.targets]
    return shapes.UntilShape(targets=targets, max_seeds=until.most, begin=int(sweep.request["seeds"]))


def sweep_detail(runs: Runs, sweep: Sweep) -> shapes.SweepDetail:
    members = runs.runs_of(sweep.id)
    lab = registry.labs().get(sweep.lab)
    first = members[0] if members else None
    source = origin(lab, first.config, first.config_hash) if lab is not None and first is not None else Origin(None, {})
    differs = {key: value for key, value in source.differs.items() if key not in sweep.axes}
    growing = sweep.until is not None and runs.store.grows(sweep.id)
    written = runs.annotation(first.id) if first is not None else None
    command_line = None
    if lab is not None and first is not None:
        command_line = command(
            sweep.lab, source.preset, differs, axes=sweep.layout.wire, seeds=sweep.replicates,
            root_seed=sweep.root_seed if isinstance(sweep.replicates, int) else None, name=sweep.name, until=sweep.until,
        )  # fmt: skip
    return shapes.SweepDetail(
        **sweep_shape(sweep).model_dump(), key=sweep.id, preset=source.preset, differs=differs, command=command_line,
        tags=list(written.tags) if written else [], note=written.note if written else None, runs=len(members),
        points=len({canonical(dict(run.point)) for run in members}), states=dict(Counter(str(run.state) for run in members)),
        growing=growing, converged=None if growing or sweep.until is None else runs.converged(sweep.id),
    )  # fmt: skip


def estimate(estimate: Estimate) -> shapes.EstimateShape:
    return shapes.EstimateShape(**{**vars(estimate), "values": list(estimate.values)})


def _verdict(verdict: Verdict | None) -> shapes.VerdictShape:
    if verdict is None:
        return shapes.VerdictShape(converged=None, reason=None, looks=[])
    looks = [
        shapes.LookShape(n=look.n, half_widths=dict(look.half_widths), levels=dict(look.levels), met=look.met)
        for look in verdict.looks
    ]
    return shapes.VerdictShape(converged=verdict.converged, reason=verdict.reason, looks=looks)


def _point(summary: PointSummary, until: shapes.VerdictShape | None) -> shapes.PointShape:
    return shapes.PointShape(
        point=dict(summary.point),
        runs=list(summary.runs),
        states=dict(summary.states),
        headline=estimate(summary.headline),
        metrics={name: estimate(metric) for name, metric in summary.metrics.items()},
        units=dict(summary.units),
        missing=summary.missing,
        until=until,
    )


def _answer(sweep: Sweep, action: Action | Literal["retry"], answers: Sequence[Answered]) -> shapes.SweepAnswer:
    done = sum(answer.done for answer in answers)
    return shapes.SweepAnswer(
        sweep=sweep.id, action=action, runs=len(answers), done=done, skipped=len(answers) - done,
        results=[shapes.AnsweredShape(**vars(answer)) for answer in answers],
    )  # fmt: skip


def routes(runs: Runs, settings: Settings) -> APIRouter:
    router = APIRouter(prefix="/sweeps", tags=["sweeps"], route_class=NativeRoute, responses=REFUSALS)

    @router.get("", summary="List Sweeps, the newest first")
    def get_all(
        lab: str | None = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 50,
        offset: Annotated[int, Query(ge=0, le=2**53)] = 0,
    ) -> shapes.SweepPage:
        page = runs.sweeps(lab=lab, limit=limit, offset=offset)
        rows = [sweep_shape(sweep) for sweep in page.items]
        return shapes.SweepPage(sweeps=rows, total=page.total, limit=limit, offset=offset)

    @router.get("/{sweep_id}", summary="One Sweep, and the command that makes it again")
    def get(sweep_id: str) -> shapes.SweepDetail:
        return sweep_detail(runs, runs.get_sweep(sweep_id))

    @router.get(
        "/{sweep_id}/summary",
        summary="Mean and 95 % interval of every metric at every point",
    )
    def summary(sweep_id: str) -> shapes.SweepSummary:
        sweep = runs.get_sweep(sweep_id)
        lab = registry.labs().get(sweep.lab) or registry.find(sweep.lab)
        verdicts = {canonical(dict(point.point)): _verdict(point.verdict) for point in runs.verdicts(sweep_id)}
        points = [_point(point, verdicts.get(canonical(dict(point.point)))) for point in runs.summary(sweep_id)]
        return shapes.SweepSummary(sweep=sweep_shape(sweep), headline=lab.headline.metric, points=points)

    @router.post(
        "/{sweep_id}/cancel",
        summary="Cancel all its Runs that have not ended; answered for each, within about two seconds",
    )
    def cancel(sweep_id: str) -> shapes.SweepAnswer:
        return control(sweep_id, "cancel")

    @router.post(
        "/{sweep_id}/pause",
        summary="Pause its Runs at their next step boundary, queued ones as soon as they have begun",
    )
    def pause(sweep_id: str) -> shapes.SweepAnswer:
        return control(sweep_id, "pause")

    @router.post(
        "/{sweep_id}/resume",
        summary="Let its paused Runs go on, and run those again that were cancelled",
    )
    def resume(sweep_id: str) -> shapes.SweepAnswer:
        return again(sweep_id, "resume")

    @router.post(
        "/{sweep_id}/retry",
        summary="Run those of its Runs again that failed, in their places",
    )
    def retry(sweep_id: str) -> shapes.SweepAnswer:
        return again(sweep_id, "retry")

    @router.delete(
        "/{sweep_id}",
        summary="Delete its ended Runs with their files; the Sweep goes with its last Run",
    )
    def delete(sweep_id: str) -> shapes.SweepAnswer:
        return control(sweep_id, "delete")

    def control(sweep_id: str, action: Action) -> shapes.SweepAnswer:
        sweep = runs.get_sweep(sweep_id)
        return _answer(sweep, action, runs.control(action, sweep.id))

    def again(sweep_id: str, how: Literal["retry", "resume"]) -> shapes.SweepAnswer:
        sweep = runs.get_sweep(sweep_id)
        return _answer(sweep, how, runs.again(how, sweep.id))

    return router
