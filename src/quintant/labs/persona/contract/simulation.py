"""/api/v1/simulation: start, stop, pause and resume the current simulation; its status, results and configurations."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from quintant.errors import Conflict, EngineError, NotFound
from quintant.lab import Ask, AskContext
from quintant.labs.persona import library, mirror
from quintant.labs.persona.backends.choice import address, allowed
from quintant.labs.persona.config import PersonaConfig
from quintant.labs.persona.contract import body, examples, health, words
from quintant.labs.persona.contract.current import Current, Idle
from quintant.labs.persona.contract.name import LAB
from quintant.labs.persona.contract.records import Records, Simulation
from quintant.labs.persona.contract.route import Refusal
from quintant.labs.persona.results import NOTICE
from quintant.wire.facade import Run, Runs
from quintant.wire.refusal import answer
from quintant.wire.route import ContractRoute
from quintant.wire.times import iso

PAUSED_WITHIN_S = 5.0
STOPPED_WITHIN_S = 10.0
REACHED_WITHIN_S = 2.0
LOOK_EVERY_S = 0.02
Scores = dict[str, dict[str, float]]
"""Total scores by instrument and persona."""
NO_MODEL = "LLM connection failed"
IDLE = {
    "simulation_id": None,
    "status": "no_simulation",
    "current_day": 0,
    "total_days": 0,
    "progress_percentage": 0.0,
    "active_personas": 0,
    "events_processed": 0,
    "assessments_completed": 0,
    "start_time": None,
    "estimated_completion": None,
    "is_running": False,
    "is_paused": False,
}


def router(runs: Runs, current: Current, records: Records, kind: type[ContractRoute]) -> APIRouter:
    routes = APIRouter(prefix="/simulation", route_class=kind)

    @routes.post(
        "/start",
        summary="Start a simulation",
        responses=examples.answers(examples.STARTED, 400, 404, 409, 413, 422, 503),
        openapi_extra=_START,
    )
    async def start(request: Request) -> Response:
        data = await request.body()
        request_read = await run_in_threadpool(body.read, data)
        run = await run_in_threadpool(current.start, lambda: _submit(runs, request_read))
        warnings = [{"path": warning.path, "message": warning.message} for warning in request_read.warnings]
        return answer(
            {
                "message": "Simulation started successfully",
                "simulation_id": words.simulation_id(run),
                "condition": request_read.condition,
                "status": "running",
                "timestamp": words.now(),
                **({"warnings": warnings} if warnings else {}),
            }
        )

    @routes.post(
        "/stop", summary="Stop the current simulation", responses=examples.answers(examples.said("stopped", "stopped"), 400)
    )
    def stop() -> Response:
        run = current.active("stop")
        try:
            run = runs.cancel(run.id, wait_s=STOPPED_WITHIN_S)
        except Conflict:
            raise Idle("No active simulation to stop") from None
        return _done("stopped", run)

    @routes.post(
        "/pause",
        summary="Pause the current simulation at its next safe point",
        responses=examples.answers(examples.said("paused", "paused"), 400, 503),
    )
    def pause() -> Response:
        run = current.active("pause")
        if words.status(run) == "paused":
            raise Idle("The simulation is already paused")
        run = _settled(runs, run, lambda: runs.pause(run.id), "paused")
        return _done("paused", run)

    @routes.post(
        "/resume", summary="Resume the current simulation", responses=examples.answers(examples.said("resumed", "running"), 400)
    )
    def resume() -> Response:
        run = current.active("resume")
        if words.status(run) != "paused":
            raise Idle("The simulation is not paused")
        try:
            return _done("resumed", runs.resume(run.id), "running")
        except Conflict:
            raise Idle("The simulation has ended") from None

    @routes.get("/status", summary="Where the current simulation stands", responses=examples.answers(examples.STATUS))
    def status() -> Response:
        run = current.run()
        return answer(IDLE if run is None else status_of(run))

    @routes.get(
        "/results",
        summary="Results of the current simulation, partial while it runs",
        responses=examples.answers(examples.RESULTS, 404),
    )
    def results() -> Response:
        run = current.run()
        if run is None:
            raise NotFound("simulation", "current", "None was started yet.")
        return answer(results_of(records.simulation(run)))

    @routes.get(
        "/configs", summary="Configurations that a simulation can be started with", responses=examples.answers(examples.CONFIGS)
    )
    def configs() -> Response:
        designs, broken = body.designs()
        shown = [
            {
                "name": design.name,
                "description": design.description,
                "conditions": list(design.conditions),
                "duration_days": design.config.get("duration_days", PersonaConfig.model_fields["duration_days"].default),
                "personas_per_condition": design.personas_per_condition,
            }
            for design in designs
        ]
        return answer(
            {
                "configurations": shown,
                "simulation_configs": [design.name for design in designs],
                "persona_configs": [f"{name}_baseline" for name in library.persona_names()],
                "event_configs": list(library.EVENT_TYPES),
                **({"unusable": broken} if broken else {}),
            }
        )

    return routes


def status_of(run: Run) -> dict[str, Any]:
    """What /simulation/status answers of a Run."""
    word, numbers = words.status(run), words.numbers(run)
    begun = run.started_at or run.created_at
    share = numbers["current_day"] / numbers["total_days"]
    estimate = None
    if word in ("running", "paused") and share > 0:
        estimate = time.time() + (time.time() - begun) * (1 - share) / share
    shown = {
        "simulation_id": words.simulation_id(run),
        "status": word,
        **numbers,
        "start_time": iso(begun),
        "estimated_completion": iso(estimate) if word not in words.FINAL else iso(run.ended_at),
        "is_running": word == "running",
        "is_paused": word == "paused",
    }
    return shown | ({"error": run.reason} if word == "error" else {})


def results_of(simulation: Simulation) -> dict[str, Any]:
    """What /simulation/results answers: means and sample deviations over personas, and what changed."""
    run, outcome = simulation.run, simulation.outcome
    numbers = words.numbers(run)
    before, after = _scores(simulation)
    details = _details(simulation, before, after)
    changed = [id for id, change in details.items() if change["significant"]]
    alerts = len(outcome.tables["alerts"]) if "alerts" in outcome.tables else 0
    word = words.status(run)
    return {
        "simulation_id": words.simulation_id(run),
        "status": word,
        "total_personas": numbers["active_personas"],
        "total_events": len(simulation.rows["events"]),
        "total_assessments": len(simulation.rows["assessments"]),
        "completion_time": iso(run.ended_at) if word in words.FINAL else None,
        "results_summary": {
            "baseline_assessments": {id: _spread(scores.values()) for id, scores in before.items()},
            "final_assessments": {id: _spread(scores.values()) for id, scores in after.items()},
            "drift_detected": bool(changed) or alerts > 0,
            "significant_changes": changed,
            "alerts": alerts,
            "details": details,
        },
        "notice": NOTICE,
    }


def _details(simulation: Simulation, before: Scores, after: Scores) -> Mapping[str, dict[str, Any]]:
    """The Run's own test of each instrument; of a Run without a result, the same test on what there is."""
    if kept := simulation.outcome.documents.get("cohort"):
        return dict(kept)
    from quintant.labs.persona.engine import cohort

    pairs = {
        id: [(score, after[id][who]) for who, score in scores.items() if who in after[id]] for id, scores in before.items()
    }
    return {id: vars(change) for id, change in cohort.changes(pairs, simulation.outcome.config.glass_delta).items()}


def _scores(simulation: Simulation) -> tuple[Scores, Scores]:
    """By instrument and persona: the median of the valid baseline sessions, and the latest valid session after day 0."""
    before: dict[str, dict[str, list[float]]] = {id: {} for id in simulation.outcome.config.instruments}
    after: Scores = {id: {} for id in before}
    table = simulation.outcome.tables.get("assessments")
    for row in sorted(table.to_pylist() if table is not None else [], key=lambda row: row["day"]):
        id, persona = row["instrument"], row["persona_id"]
        if row["valid"] and row["baseline"]:
            before[id].setdefault(persona, []).append(row["score"])
        if row["valid"] and row["day"] > 0:
            after[id][persona] = float(row["score"])
    medians = {id: {who: float(statistics.median(some)) for who, some in scores.items()} for id, scores in before.items()}
    return medians, after


def _spread(scores: Iterable[float]) -> Mapping[str, float | None]:
    values = list(scores)
    return {
        "mean": round(statistics.fmean(values), 4) if values else None,
        "std": round(statistics.stdev(values), 4) if len(values) > 1 else None,
    }


def _submit(runs: Runs, start: body.Start) -> Run:
    _reach(runs, start.config)
    request = {"config_name": start.config_name, "experimental_condition": start.condition}
    name = f"{start.config_name} {start.condition}"
    return runs.submit(LAB, start.config, name=name, contract=LAB, request=request, warnings=start.warnings)


def _reach(runs: Runs, config: PersonaConfig) -> None:
    """Ask the servers that a config names before anything is started: 503 rather than a Run that fails later.

    The embedded model is not asked: it loads while the first frames are on their way.
    """
    from quintant.labs.persona.answers import answer as ask

    if config.backend.kind not in ("embedded", "folder"):
        context = AskContext("probe", runs.settings.folder, runs.settings.cache)
        backend = config.backend.model_dump(mode="json")
        backend["timeout_s"] = min(backend["timeout_s"], REACHED_WITHIN_S)
        try:
            ask(Ask("probe", "model.info", {"backend": backend}), context)
        except EngineError as error:
            text = str(error)
            raise Refusal(503, text if text.startswith(NO_MODEL) else f"{NO_MODEL}: {text}") from None
    if config.memory and config.memory_url:
        try:
            url = allowed(address("memory_url", config.memory_url))
        except EngineError as error:
            raise Refusal(503, str(error)) from None
        if health.qdrant(url) != "healthy":
            raise Refusal(503, "memory_url: the Qdrant server does not answer.")
    if config.mirror_url:
        try:
            mirror.tell(config.mirror_url, "probe", 0, {})
        except EngineError as error:
            raise Refusal(503, str(error)) from None


def _settled(runs: Runs, run: Run, wish: Callable[[], Run], state: str) -> Run:
    """Wish, and wait until the Run has obeyed (a model call may have to end first) or PAUSED_WITHIN_S is over.

    A Run that still waits for its Worker takes the wish as soon as it has begun.
    """
    until, wished = time.monotonic() + PAUSED_WITHIN_S, False
    while time.monotonic() < until:
        run = runs.get(run.id)
        if words.is_final(run):
            raise Idle("The simulation has ended")
        if not wished and str(run.state) in ("starting", "running"):
            run, wished = wish(), True
        if str(run.state) == state:
            return run
        time.sleep(LOOK_EVERY_S)
    if not wished:
        raise Refusal(503, "The simulation has not begun yet; try again in a moment.", after_s=5)
    return run


def _done(verb: str, run: Run, status: str | None = None) -> Response:
    return answer(
        {
            "message": f"Simulation {verb} successfully",
            "simulation_id": words.simulation_id(run),
            "status": status or verb,
            "timestamp": words.now(),
        }
    )


_START = {
    "requestBody": {
        "required": False,
        "content": {"application/json": {"schema": body.SCHEMA, "example": examples.START}},
    }
}
