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
from typing import Any

from starlette.exceptions import HTTPException

from quintant.errors import ConfigError, Conflict, NotFound, Problem
from quintant.lab import Outcome
from quintant.labs.federated import wire
from quintant.labs.federated.contract import status
from quintant.labs.federated.contract.facade import CONTRACT, LAB, Documents, Run, Runs

ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
KIND = "simulation"
LONGEST_NAME = 100
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
        found = (Simulation(id, run, names.get(id)) for id, run in self._found() if id in names)
        return sorted(found, key=lambda one: one.id, reverse=True)

    def status(self, one: Simulation) -> dict[str, Any]:
        return status.of(one.run, self.failures(one.run), self.runs)

    def word(self, one: Simulation) -> str:
        return status.word(one.run, self.failures(one.run))

    def failures(self, run: Run) -> Mapping[int, str]:
        """Strategies of a Run that failed while the others went on, by number, with the reason."""
        if str(run.state) != "completed":
            return {}
        if run.id not in self._failed:
            told = self.runs.events(run.id, kinds=("strategy_failed",))
            self._failed[run.id] = {event.payload["strategy"]: str(event.payload["reason"]) for event in told}
        return self._failed[run.id]

    def outcome(self, run: Run) -> Outcome:
        """Everything that is known of the Run; of the last ones that have ended it is kept in memory."""
        return self._ended(run.id) if status.is_final(run) else self.runs.outcome(run.id)

    # --- making and changing ---

    def create(self, body: Mapping[str, Any]) -> Simulation:
        """Queue the run that a body of either form asks for; ConfigError, and nothing made, when it is not acceptable."""
        reading, name = read(body)
        id = self._new_id(name)
        try:
            run = self.runs.submit(
                LAB,
                reading.config,
                name=name or id,
                contract=CONTRACT,
                warnings=reading.warnings,
                request={"simulation_id": id, "config": stored(body), "output": dict(reading.output)},
            )
        except BaseException:
            self._documents.delete(id)
            raise
        self._documents.change(id, lambda document: {**document, "run": run.id})
        return Simulation(id, run, name)

    def rename(self, id: str, given: Any) -> Simulation:
        """Change the display name; 400 when it is empty or too long."""
        one = self.get(id)
        if not isinstance(given, str):
            raise ConfigError(Problem("display_name", f"must be a text; got {type(given).__name__}.", given))
        try:
            name = _name(given, "display_name")
        except ConfigError as error:
            raise HTTPException(400, str(error.problems[0])) from None
        if name is None:
            raise HTTPException(400, "display_name: must not be empty.")
        self._documents.change(id, lambda document: {**document, "display_name": name})
        return Simulation(id, one.run, name)

    def stop(self, id: str) -> None:
        """Stop a run that is queued or at work; 404 when it is neither."""
        one = self.get(id)
        with contextlib.suppress(Conflict):  # it has ended in this moment
            if not status.is_final(one.run):
                if not status.is_final(self.runs.cancel(one.run.id, wait_s=STOP_WAIT_S, reason="stopped on request")):
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

    def config(self, one: Simulation) -> dict[str, Any]:
        """The contract's config.json: what was posted, in the structured form, under the present display name."""
        found: dict[str, Any] = dict((one.run.request or {}).get("config", {}))
        if one.display_name is not None:
            found["shared_settings"] = {**found.get("shared_settings", {}), "display_name": one.display_name}
        return found

    # --- inside ---

    def _run(self, id: str, document: Mapping[str, Any]) -> Run | None:
        if "run" not in document:
            return next((run for found, run in self._found() if found == id), None)
        try:
            return self.runs.get(document["run"])
        except NotFound:  # deleted by another door
            self._documents.delete(id)
            return None

    def _found(self) -> Iterator[tuple[str, Run]]:
        offset = 0
        while True:
            page = self.runs.list(lab=LAB, contract=CONTRACT, limit=PAGE, offset=offset)
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


def stored(body: Mapping[str, Any]) -> dict[str, Any]:
    """A body as config.json keeps it: structured, without nulls; a flat one is both the shared part and the one strategy."""
    kept = _without_nulls(body)
    if isinstance(body.get("shared_settings"), Mapping) and isinstance(body.get("simulation_strategies"), list):
        return kept
    return {"shared_settings": kept, "simulation_strategies": [dict(kept)]}


def _without_nulls(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _without_nulls(inner) for name, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [_without_nulls(inner) for inner in value]
    return value


def read(body: Mapping[str, Any]) -> tuple[wire.Reading, str | None]:
    """A body of either form as it was understood, and its display name; ConfigError with every fault."""
    reading = wire.read(body)
    path = "display_name" if reading.form == "flat" else "shared_settings.display_name"
    return reading, _name(reading.output.get("display_name"), path)


def _name(given: str | None, path: str) -> str | None:
    """The display name, trimmed; None when there is none."""
    name = (given or "").strip()
    if len(name) > LONGEST_NAME:
        raise ConfigError(Problem(path, f"must have at most {LONGEST_NAME} characters; got {len(name)}.", name))
    if not name.isprintable():
        raise ConfigError(Problem(path, "must not hold control characters.", name))
    return name or None
