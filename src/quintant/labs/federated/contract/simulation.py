"""A simulation of the contract: a Run under the contract's id, with a display name that can change.

The id stands in the Run's request and, with the display name, in a document, so that it leads back to the Run; the Run is
the truth. A document is written before its Run (ids are unique) and completed after it, so a crash between leaves at worst
a document without a Run, which nobody sees.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property, lru_cache

from starlette.exceptions import HTTPException

from quintant.errors import ConfigError, Conflict, NotFound, Problem
from quintant.json_value import Json
from quintant.lab import Outcome
from quintant.labs.federated.contract import decode, status
from quintant.labs.federated.contract.keys import LONGEST_NAME, SHARED
from quintant.labs.federated.contract.name import LAB
from quintant.wire.facade import Documents, Run, Runs

ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
KIND = "simulation"
STOP_WAIT_S = 10.0
PAGE = 1000
KEPT_OUTCOMES = 4


@dataclass(frozen=True)
class Simulation:
    id: str
    run: Run
    display_name: str | None


class Simulations:
    """All simulations of this server."""

    def __init__(self, runs: Runs) -> None:
        self.runs = runs
        self._ended = lru_cache(KEPT_OUTCOMES)(lambda run_id: self.runs.outcome(run_id))
        self._failed: dict[str, Mapping[int, str]] = {}

    @cached_property
    def _documents(self) -> Documents:
        return self.runs.documents(LAB, KIND)

    # --- finding ---

    def get(self, id: str) -> Simulation:
        """The simulation, or 400 for what cannot be an id, 404 for what is none."""
        if not ID.fullmatch(id):
            raise HTTPException(400, "Invalid simulation ID format.")
        document = self._documents.get(id)
        run = self._run(id, document) if document is not None else None
        if document is None or run is None:
            raise HTTPException(404, "Simulation not found.")
        return Simulation(id, run, document.get("display_name"))

    def all(self) -> list[Simulation]:
        """Every simulation, the newest id first."""
        names = {id: document.get("display_name") for id, document in self._documents.all().items()}
        simulations = (Simulation(id, run, names.get(id)) for id, run in self._found() if id in names)
        return sorted(simulations, key=lambda simulation: simulation.id, reverse=True)

    def status(self, simulation: Simulation) -> dict[str, Json]:
        return status.status_object(simulation.run, self.failures(simulation.run), self.runs)

    def word(self, simulation: Simulation) -> str:
        return status.word(simulation.run, self.failures(simulation.run))

    def failures(self, run: Run) -> Mapping[int, str]:
        """Strategies of a Run that failed while the others went on, by number, with the reason."""
        if str(run.state) != "completed":
            return {}
        if run.id not in self._failed:
            events = self.runs.events(run.id, kinds=("strategy_failed",))
            self._failed[run.id] = {event.payload["strategy"]: str(event.payload["reason"]) for event in events}
        return self._failed[run.id]

    def outcome(self, run: Run) -> Outcome:
        """Everything that is known of the Run; of the last ones that have ended it is kept in memory."""
        return self._ended(run.id) if status.is_final(run) else self.runs.outcome(run.id)

    # --- making and changing ---

    def create(self, body: Mapping[str, Json]) -> Simulation:
        """Queue the run that a body of either form asks for; ConfigError, and nothing made, when it is not acceptable."""
        reading, name = read(body)
        id = self._new_id(name)
        try:
            run = self.runs.submit(
                LAB,
                reading.config,
                name=name or id,
                contract=LAB,
                warnings=reading.warnings,
                request={"simulation_id": id, "config": stored(body), "output": dict(reading.output)},
            )
        except BaseException:
            self._documents.delete(id)
            raise
        self._documents.change(id, lambda document: {**document, "run": run.id})
        return Simulation(id, run, name)

    def rename(self, id: str, title: Json) -> Simulation:
        """Change the display name; 400 when it is empty or too long."""
        simulation = self.get(id)
        if not isinstance(title, str):
            raise ConfigError(Problem("display_name", f"must be a text; got {type(title).__name__}.", title))
        try:
            name = _name(title, "display_name")
        except ConfigError as error:
            raise HTTPException(400, str(error.problems[0])) from None
        if name is None:
            raise HTTPException(400, "display_name: must not be empty.")
        self._documents.change(id, lambda document: {**document, "display_name": name})
        return Simulation(id, simulation.run, name)

    def stop(self, id: str) -> None:
        """Stop a run that is queued or at work; 404 when it is neither."""
        simulation = self.get(id)
        with contextlib.suppress(Conflict):  # it has ended in this moment
            if not status.is_final(simulation.run):
                if not status.is_final(self.runs.cancel(simulation.run.id, wait_s=STOP_WAIT_S, reason="stopped on request")):
                    raise HTTPException(500, "Failed to stop simulation: it has not ended yet.")
                return
        raise HTTPException(404, "Simulation is not running or does not exist.")

    def delete(self, id: str) -> None:
        """Delete a run and all its files; one that is at work is stopped first."""
        run = self.get(id).run
        if not status.is_final(run):
            with contextlib.suppress(Conflict):
                self.runs.cancel(run.id, wait_s=STOP_WAIT_S, reason="stopped, to be deleted")
        try:
            self.runs.delete(run.id)
        except Conflict:
            raise HTTPException(500, "The simulation does not stop; it is not deleted. Try again.") from None
        except NotFound:
            pass  # deleted by somebody else
        self._documents.delete(id)

    def config(self, simulation: Simulation) -> dict[str, Json]:
        """The contract's config.json: what was posted, in the structured form, under the present display name."""
        document: dict[str, Json] = dict((simulation.run.request or {}).get("config", {}))
        if simulation.display_name is not None:
            document["shared_settings"] = {**document.get("shared_settings", {}), "display_name": simulation.display_name}
        return document

    # --- inside ---

    def _run(self, id: str, document: Mapping[str, Json]) -> Run | None:
        if "run" not in document:
            return next((run for simulation_id, run in self._found() if simulation_id == id), None)
        try:
            return self.runs.get(document["run"])
        except NotFound:  # deleted by another door
            self._documents.delete(id)
            return None

    def _found(self) -> Iterator[tuple[str, Run]]:
        offset = 0
        while True:
            page = self.runs.list(lab=LAB, contract=LAB, limit=PAGE, offset=offset)
            for run in page.items:
                yield (run.request or {}).get("simulation_id", ""), run
            offset += PAGE
            if offset >= page.total:
                return

    def _new_id(self, name: str | None) -> str:
        """An id that nobody has, of the local time to the microsecond, as the contract writes it."""
        at = datetime.now()
        while True:
            id = f"api_run_{at:%Y%m%d_%H%M%S_%f}"
            try:
                self._documents.put(id, {"display_name": name})
                return id
            except Conflict:
                at += timedelta(microseconds=1)


def stored(body: Mapping[str, Json]) -> dict[str, Json]:
    """A body as config.json keeps it: structured, without nulls; a flat one is both the shared part and the one strategy."""
    kept = _without_nulls(body)
    if isinstance(body.get("shared_settings"), Mapping) and isinstance(body.get("simulation_strategies"), list):
        result: dict[str, Json] = kept
        return result
    return {"shared_settings": kept, "simulation_strategies": [dict(kept)]}


def _without_nulls(value: Json) -> Json:
    if isinstance(value, Mapping):
        return {name: _without_nulls(inner) for name, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [_without_nulls(inner) for inner in value]
    return value


def read(body: Mapping[str, Json]) -> tuple[decode.Launch, str | None]:
    """A body of either form as it was understood, and its display name; ConfigError with every fault."""
    launch = decode.read(body)
    path = "display_name" if launch.form == "flat" else f"{SHARED}.display_name"
    return launch, _name(launch.output.get("display_name"), path)


def _name(text: str | None, path: str) -> str | None:
    """The display name, trimmed; None when there is none."""
    name = (text or "").strip()
    if len(name) > LONGEST_NAME:
        raise ConfigError(Problem(path, f"must have at most {LONGEST_NAME} characters; got {len(name)}.", name))
    if not name.isprintable():
        raise ConfigError(Problem(path, "must not hold control characters.", name))
    return name or None
