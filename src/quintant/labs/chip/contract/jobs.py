"""/v1/jobs: a job is a Run that belongs to an account.

The first look at a young job waits a little for its end: a client that submits and looks at once has the result of a small job
without a second look. No thread waits: a hundred waiting clients take nothing from the rest of the server.
"""

from __future__ import annotations

import asyncio
import re
import time
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from quintant.errors import Conflict, Gone, NotFound, Problem
from quintant.json_value import JsonObject
from quintant.lab import Result
from quintant.labs.chip import results
from quintant.labs.chip.contract import estimate, examples, job
from quintant.labs.chip.contract.accounts import Account, Caller
from quintant.labs.chip.contract.callers import Asking
from quintant.labs.chip.contract.ledger import Ledger, Place, compute_us, cost_ngbp
from quintant.labs.chip.contract.name import LAB
from quintant.labs.chip.contract.networks import Networks, read
from quintant.labs.chip.contract.refusal import ChipRoute
from quintant.wire.body import Body
from quintant.wire.facade import Run, Runs
from quintant.wire.refusal import answer
from quintant.wire.times import iso

ID = re.compile(r"job_([0-9a-f]{12})")
STATUS = {"queued": "queued", "starting": "queued", "running": "running", "paused": "running", "completed": "completed"}
"""The lifecycle's words -> the contract's; every other end is `failed`, because its clients wait for one of two ends."""
HELD_S = 0.4
"""How long a look at a young job waits for its end."""
YOUNG_S = 5.0
MOST_HELD_S = 25.0
"""The longest wait that a client may wish for (Prefer: wait=…); its own patience ends at 30 s."""
BREATH_S = 0.02
"""Least time between two readings of a job that is waited for, whatever else happens in the store."""
SMALL_S, SMALL_AT_ONCE = 0.25, 4
"""Jobs estimated to take less run in the lane of short requests, as long as their account has not more of them under way."""


class Jobs:
    def __init__(self, runs: Runs, networks: Networks, ledger: Ledger) -> None:
        self.runs, self.networks, self.ledger = runs, networks, ledger

    def understood(self, account: Account, body: JsonObject) -> job.Job:
        kept = self.networks.find(account, job.network_id(body))
        return job.decode(body, read(kept), account.tier)

    def submit(self, account: Account, body: JsonObject) -> Run:
        """A new job. Everything is checked before it takes its place in the day's quota."""
        request = self.understood(account, body)
        with self.ledger.place(account) as place:
            run = self.runs.submit(
                LAB,
                request.config,
                root_seed=request.seed,
                owner=account.id,
                contract=LAB,
                lane=_lane(request, place),
                warnings=request.warnings,
                own_keys=request.given,
                request={
                    "network_id": body["network_id"],
                    "timesteps": request.steps,
                    "neurons": sum(population.size for population in request.config.populations),
                    "tier": account.tier.name,
                    "place": place.token,
                },
            )
        self.ledger.enter(account, place, run)
        return run

    def find(self, account: Account, job_id: str) -> Run:
        """The Run behind a job of this account; NotFound for anybody else's."""
        met = ID.fullmatch(job_id)
        if met is None:
            raise NotFound("Job", job_id[:60])
        try:
            run = self.runs.get(met[1], owner=account.id)
        except NotFound:
            run = None
        if run is None or run.contract != LAB:
            raise NotFound("Job", job_id)
        return run

    async def awaited(self, account: Account, job_id: str, most_s: float) -> Run:
        """The Run once it has ended, or as it is after `most_s`."""
        seen, until = -1, time.monotonic() + most_s
        while True:
            run = await run_in_threadpool(self.find, account, job_id)
            left = until - time.monotonic()
            if run.state.final or left <= 0:
                return run
            began = time.monotonic()
            seen = await self.runs.notifier.changed(seen, left)
            await asyncio.sleep(max(0.0, BREATH_S - (time.monotonic() - began)))

    def completed(self, account: Account, job_id: str, what: str) -> tuple[Run, Result]:
        """The Run and its Result. Conflict while, or because, it has none."""
        run = self.find(account, job_id)
        status = status_of(run)
        if status == "failed":
            raise Conflict(f"Job {job_id} has no {what}, because it failed: {_why(run)}")
        if status != "completed":
            raise Conflict(f"Job {job_id} is {status}; its {what} can be read once it has completed.")
        result = self.runs.result(run.id)
        if result is None:
            raise Gone(f"The files of job {job_id} are not there any more.")
        return run, result


def router(jobs: Jobs, reader: Asking, simulator: Asking) -> APIRouter:
    routes = APIRouter(prefix="/v1/jobs", route_class=ChipRoute)

    @routes.post("", summary="Submit a job", **examples.documented("submit_job"))
    def submit(*, who: Caller = simulator, body: Body) -> Response:
        run = jobs.submit(who.account, body)
        return answer({"job_id": f"job_{run.id}", "status": status_of(run), **_warned(run)})

    @routes.get("", summary="Your jobs, newest first", **examples.documented("list_jobs"))
    def list_(
        who: Caller = reader,
        limit: Annotated[int, Query(ge=1, le=100)] = 20,
        offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
    ) -> Response:
        page = jobs.runs.list(lab=LAB, contract=LAB, owner=who.account.id, limit=limit, offset=offset)
        return answer([card(run) for run in page.items], headers={"X-Total-Count": str(page.total)})

    @routes.post("/estimate", summary="What a job would take", **examples.documented("estimate_job"))
    def estimated(*, who: Caller = reader, body: Body) -> Response:
        return answer(estimate.shape(jobs.understood(who.account, body).config, who.account.tier))

    @routes.get("/{job_id}", summary="A job, with its results once it has completed", **examples.documented("get_job"))
    async def get(request: Request, job_id: str, who: Caller = reader) -> Response:
        wished = _wished(request.headers.get("prefer", ""))
        run = await run_in_threadpool(jobs.find, who.account, job_id)
        held = wished if wished is not None else HELD_S if time.time() - run.created_at < YOUNG_S else 0.0
        if held and not run.state.final:
            run = await jobs.awaited(who.account, job_id, held)
        shown = await run_in_threadpool(shape, jobs.runs, run)
        return answer(shown, headers={"Preference-Applied": f"wait={wished:g}"} if wished is not None else None)

    @routes.post("/{job_id}/cancel", summary="Cancel a job", **examples.documented("cancel_job"))
    def cancel(job_id: str, who: Caller = simulator) -> Response:
        run = jobs.find(who.account, job_id)
        if run.state.final:
            raise Conflict(f"Job {job_id} is {status_of(run)} already; only one that has not ended can be cancelled.")
        return answer(shape(jobs.runs, jobs.runs.cancel(run.id, reason="Job cancelled")))

    return routes


def status_of(run: Run) -> str:
    return STATUS.get(str(run.state), "failed")


def card(run: Run) -> JsonObject:
    """A job in a list: what it is and what it took, without its results."""
    request = run.request or {}
    ended = run.ended_at is not None
    return {
        "job_id": f"job_{run.id}",
        "status": status_of(run),
        "network_id": request.get("network_id"),
        "num_neurons": request.get("neurons"),
        "num_timesteps": request.get("timesteps"),
        "compute_seconds": compute_us(run) / 1e6 if ended else None,
        "cost_gbp": cost_ngbp(run) / 1e9 if ended else None,
        "created_at": iso(run.created_at, 3),
        "completed_at": iso(run.ended_at, 3),
    }


def shape(runs: Runs, run: Run) -> JsonObject:
    """A job by itself: its results once it has completed, why not when it failed."""
    shown = {**card(run), "tier": (run.request or {}).get("tier"), **_warned(run)}
    match str(run.state):
        case "completed":
            result = runs.result(run.id)
            if result is None:
                raise Gone(f"The files of job job_{run.id} are not there any more.")
            steps = (run.request or {})["timesteps"]
            return {**shown, "result": results.summary(result, steps), "result_hash": run.result_hash}
        case "failed":
            return {**shown, "error_message": _why(run)}
        case "cancelled":
            return {**shown, "error_message": _why(run), "cancelled": True}
    return {**shown, "progress": run.fraction}


def _why(run: Run) -> str:
    return "Job cancelled" if str(run.state) == "cancelled" else run.reason or "Job failed"


def _warned(run: Run) -> JsonObject:
    """What the job was told when it was accepted, if there was something to tell."""
    texts = [str(Problem(warning["path"], warning["message"], hint=warning["hint"])) for warning in run.warnings]
    return {"warnings": texts} if texts else {}


def _lane(request: job.Job, place: Place) -> str:
    return "sync" if place.crowd <= SMALL_AT_ONCE and estimate.seconds(request.config) < SMALL_S else "batch"


def _wished(prefer: str) -> float | None:
    """The seconds of a header Prefer: wait=…, None without one."""
    met = re.search(r"(?:^|[,;\s])wait\s*=\s*(\d{1,6})(?:$|[,;\s])", prefer)
    return None if met is None else min(float(met[1]), MOST_HELD_S)
