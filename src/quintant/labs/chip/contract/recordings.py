"""/v1/jobs/{job_id}/spikes and what else a job has recorded: learned weights, potentials of probed neurons."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from quintant.config import suggest
from quintant.errors import ConfigError, NotFound, Problem
from quintant.json_value import JsonObject
from quintant.labs.chip import results, seam
from quintant.labs.chip.contract import examples
from quintant.labs.chip.contract.accounts import Caller
from quintant.labs.chip.contract.callers import Asking
from quintant.labs.chip.contract.jobs import Jobs
from quintant.labs.chip.contract.refusal import ChipRoute
from quintant.wire.refusal import answer

if TYPE_CHECKING:
    import pyarrow as pa


def router(jobs: Jobs, reader: Asking) -> APIRouter:
    routes = APIRouter(prefix="/v1/jobs", route_class=ChipRoute)

    @routes.get("/{job_id}/spikes", summary="When which neuron fired", **examples.documented("get_spikes"))
    def spikes(
        job_id: str,
        who: Caller = reader,
        population: Annotated[str | None, Query(description="This population alone.")] = None,
        start: Annotated[int, Query(ge=0, description="First step told.")] = 0,
        stop: Annotated[int | None, Query(ge=0, description="Step after the last one told.")] = None,
    ) -> Response:
        _, result = jobs.completed(who.account, job_id, "spikes")
        labels = [population_entry["label"] for population_entry in result.documents[seam.NETWORK]["populations"]]
        if population is not None:
            if population not in labels:
                known = f"must be the label of a population, one of {', '.join(labels)}; got {population[:60]!r}."
                raise ConfigError(Problem("population", known, population, labels, suggest(population, labels)))
            labels = [population]
        return answer({"spike_trains": results.trains(result.tables[seam.SPIKES], labels, start, stop)})

    @routes.get("/{job_id}/weights", summary="Weights before and after learning", **examples.documented("get_weights"))
    def weights(job_id: str, who: Caller = reader) -> Response:
        return answer({"weights": results.weights(_table(jobs, who, job_id, seam.WEIGHTS, WEIGHTS_HINT))})

    @routes.get("/{job_id}/probes", summary="Potentials of probed neurons", **examples.documented("get_probes"))
    def probes(job_id: str, who: Caller = reader) -> Response:
        return answer({"probes": results.potentials(_table(jobs, who, job_id, seam.POTENTIALS, PROBES_HINT))})

    @routes.get(
        "/{job_id}/hardware",
        summary="Whether it fits the chip, and what it would cost there",
        **examples.documented("get_hardware"),
    )
    def hardware(job_id: str, who: Caller = reader) -> Response:
        _, result = jobs.completed(who.account, job_id, "report")
        report: JsonObject = {"fits_hardware": result.documents[seam.FIT], "energy_estimate": result.documents[seam.ENERGY]}
        return answer(report)

    return routes


WEIGHTS_HINT = 'Submit it with learning {"enabled": true}, or with "record_weights": "all".'
PROBES_HINT = 'Submit it with "probes": [{"population": LABEL}].'


def _table(jobs: Jobs, who: Caller, job_id: str, name: str, hint: str) -> pa.Table:
    """A table that a job has only when it asked for it."""
    _, result = jobs.completed(who.account, job_id, name)
    table = result.tables.get(name)
    if table is None or not table.num_rows:
        raise NotFound(f"Recorded {name} of job", job_id, hint)
    return table
