"""Driver: the loop inside a Worker that calls `step` and obeys control between steps.

It alone touches the outside for an engine: it gives events their place in the log, writes tables and results as artifacts,
answers asks, keeps checkpoints, and takes pause and cancel at step boundaries. Everything it writes carries its attempt.
"""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

from quintant import registry
from quintant.config import canonical, parse
from quintant.errors import EngineError, QuintantError
from quintant.lab import Answer, Ask, AskContext, Event, Lab, Metric, Outcome, Progress, Result, load
from quintant.runs import artifact, log, record
from quintant.runs import result as results
from quintant.runs.artifact import Artifact
from quintant.runs.checkpoint import Checkpoint
from quintant.runs.lifecycle import State
from quintant.runs.parts import Parts
from quintant.runs.run import Run, iso
from quintant.runs.shelf import FileShelf
from quintant.runs.store import Fenced, NewEvent, Store

FLUSH_EVERY_S = 0.1
LOOK_EVERY_S = 0.05
CHECKPOINT_EVERY_S = 5.0


class Cancelled(Exception):
    """The Run was asked to stop."""


class Driver:
    """`shelf_bytes`: what the shelf of the data folder may take; 0 means that nothing is kept there or read."""

    def __init__(
        self, store: Store, run_id: str, attempt: int, folder: Path, cache: Path, lease_s: float, shelf_bytes: int = 0
    ) -> None:
        self.store = store
        self.run: Run = store.get(run_id)
        self.attempt = attempt
        self.folder = folder
        self.context = AskContext(run_id, folder, cache)
        self.lease_s = lease_s
        self.lab: Lab = registry.find(self.run.lab)
        self.log = log.LogWriter(folder / self.lab.log_path)
        self.parts = Parts(folder)
        self.checkpoint = Checkpoint(folder) if self.lab.resumable else None
        self.shelf: FileShelf | None = None
        if shelf_bytes and self.run.verify_of is None:  # what verifies another Run reuses nothing
            stamp = f"{record.platform_tag(self.lab)} {record.code_hash(self.lab)}"
            self.shelf = FileShelf(folder.parents[1] / "shelf", stamp, shelf_bytes)
        self._new: list[NewEvent] = []
        self._written: dict[str, Artifact] = {}
        self._progress: Progress | None = None
        self._flushed = self._looked = self._saved = time.monotonic()
        self._timings = {"starting_s": 0.0, "init_s": 0.0, "steps_s": 0.0, "paused_s": 0.0, "result_s": 0.0}
        self._phases: dict[str, float] = {}
        self._begun: float | None = None
        self._told: list[Event] = []
        """Every event of the Run, for a lab that renders files from them."""
        if self.lab.files is not None:
            self._told += [Event(e.kind, e.payload, e.at) for e in store.events(run_id, limit=1_000_000)]

    # --- the whole way of a Run ---

    def drive(self) -> State:
        """Run to an end and say which; Fenced when somebody else owns the Run by now."""
        heart = _Heart(self.store, self.run.id, self.attempt, self.lease_s)
        heart.start()
        try:
            try:
                result = self._execute()
                self._finish(result)
                return State.COMPLETED
            except Cancelled:
                self._end("cancel", State.CANCELLED, "cancelled on request")
                return State.CANCELLED
            except QuintantError as error:
                self._end("fail", State.FAILED, str(error))
            except Fenced:
                raise
            except Exception as error:  # whatever an engine raises ends its Run, with the reason kept
                self.log.line(traceback.format_exc(), time.time(), "ERROR")
                self._end("fail", State.FAILED, f"{type(error).__name__}: {error}")
            return State.FAILED
        finally:
            heart.stop()
            self.log.close()
            if self.shelf is not None:
                self.shelf.close()

    def _execute(self) -> Result:
        run, clock = self.run, time.monotonic()
        self._write("config.json", canonical(run.config))
        for warning in run.warnings:
            self.log.line(f"{warning['path']}: {warning['message']}", time.time(), "WARNING")
        config = self._config
        streams = replace(self.lab.seeded(config, run.root_seed), shelf=self.shelf)
        engine = load(self.lab.engine)()
        self._render("running")
        saved = self.checkpoint.read() if self.checkpoint and self.attempt > 1 else None
        if saved:
            state, number = engine.load(saved.state), saved.step
        else:
            with self._timed("init_s"):
                state, number = engine.init(config, streams), 0
        told_until = self.store.last_step(run.id) if self.attempt > 1 else -1
        self.run = self.store.move(run.id, "begin", attempt=self.attempt)
        self._say(Event("state", {"to": "running"}))
        if saved:
            self._add(NewEvent("resumed", {"step": number, "attempt": self.attempt}))
        self._begun, self._cpu = time.monotonic(), time.process_time()
        self._timings["starting_s"] = self._begun - clock
        asks: Sequence[Ask] = saved.asks if saved else ()
        answers = [self._answer(ask) for ask in asks]
        while True:
            self._obey(engine, state, number, asks)
            began = time.monotonic()
            step = engine.step(state, answers)
            took = time.monotonic() - began
            self._timings["steps_s"] += took
            if step.phase:
                self._phases[step.phase] = self._phases.get(step.phase, 0.0) + took
            state = step.state
            if number > told_until:
                for event in step.events:
                    self._add(NewEvent(event.kind, event.payload, number))
                    self._say(event)
            self.parts.add(number, step.tables)
            if step.progress is not None:
                self._progress = step.progress
            number += 1
            self.steps = number
            self._flush()
            if step.done:
                break
            asks = step.asks
            if self.checkpoint and time.monotonic() - self._saved > CHECKPOINT_EVERY_S:
                self._save(engine, state, number, asks)
            answers = [self._answer(ask) for ask in asks]
        self._obey(engine, state, number)
        with self._timed("result_s"):
            made: Result = engine.result(state)
        return Result(made.metrics, {**self.parts.tables(), **made.tables}, made.documents)

    def _finish(self, result: Result) -> None:
        headline = result.metrics.get(self.lab.headline.metric, Metric(None))
        hashes: dict[str, Any] = {"exact_hash": record.exact_hash(result), "result_hash": record.result_hash(result)}
        provenance = self._provenance(hashes)
        if self.shelf is not None and self.shelf.found:
            self.log.line("Drawn numbers of an earlier run were found on the shelf", time.time())
        self._flush(force=True, fraction=1.0)
        for path, data in results.files(result):
            self._write(path, data)
        self._write("record.json", results.to_json(provenance))
        self._render("completed", result)
        self._say(Event("state", {"to": "completed"}))
        self.run = self.store.move(
            self.run.id,
            "finish",
            attempt=self.attempt,
            artifacts=self._sealed(),
            fraction=1.0,
            record=provenance,
            **hashes,
            headline=headline.value,
            headline_low=headline.low,
            headline_high=headline.high,
        )
        self.parts.clear()
        if self.checkpoint:
            self.checkpoint.clear()

    def _end(self, verb: str, state: State, reason: str) -> None:
        """End without a result. What had been told is kept; files are rendered as far as the lab can."""
        self._flush(force=True)
        self._say(Event("state", {"to": state.value, "reason": reason}))
        provenance = self._provenance({})
        self._write("record.json", results.to_json(provenance))
        try:
            self._render(state.value, reason=reason)
        except Exception as error:  # a renderer must not hide the real reason
            self.log.line(f"files could not be rendered: {type(error).__name__}: {error}", time.time(), "ERROR")
        sealed = self._sealed()
        self.run = self.store.move(self.run.id, verb, attempt=self.attempt, artifacts=sealed, reason=reason, record=provenance)

    @cached_property
    def _config(self) -> Any:
        """The Run's Config, parsed when it is first needed: a Run whose config this lab no longer accepts fails in words."""
        return parse(self.lab.config, self.run.config)

    # --- control ---

    def _obey(self, engine: Any, state: Any, number: int, asks: Sequence[Ask] = ()) -> None:
        """Take a wish for pause or cancel, if there is one. Asked of the Store at most every LOOK_EVERY_S."""
        limit, worked = self.lab.limit_s(self.run.request), self._timings["init_s"] + self._timings["steps_s"]
        if limit is not None and worked > limit:
            raise EngineError(f"The run was stopped after {worked:.1f} s of work: {limit:g} s are allowed.")
        now = time.monotonic()
        if now - self._looked < LOOK_EVERY_S:
            return
        self._looked = now
        wish = self.store.wanted(self.run.id, self.attempt)
        if wish == "cancel":
            raise Cancelled
        if wish != "pause":
            return
        self._flush(force=True)
        if self.checkpoint:
            self._save(engine, state, number, asks)
        self.store.move(self.run.id, "pause", attempt=self.attempt)
        self._say(Event("state", {"to": "paused"}))
        self.log.flush()
        with self._timed("paused_s"):
            while (wish := self.store.wanted(self.run.id, self.attempt)) == "pause":
                time.sleep(LOOK_EVERY_S)
        if wish == "cancel":
            raise Cancelled
        self.store.move(self.run.id, "resume", attempt=self.attempt)
        self._say(Event("state", {"to": "running"}))

    def _answer(self, ask: Ask) -> Answer:
        if self.lab.answers is None:
            raise EngineError(f"the engine asks for {ask.kind!r}, and lab {self.lab.name} names nobody to answer")
        self._add(NewEvent("ask", {"id": ask.id, "kind": ask.kind, "payload": ask.payload}))
        answer: Answer = load(self.lab.answers)(ask, self.context)
        self._add(NewEvent("answer", {"id": answer.id, "payload": answer.payload}))
        return answer

    def _save(self, engine: Any, state: Any, number: int, asks: Sequence[Ask]) -> None:
        """Keep where the Run stands, with what the next step waits to be answered: it is asked again."""
        assert self.checkpoint is not None
        self._flush(force=True)
        self.checkpoint.write(number, engine.dump(state), asks)
        self._saved = time.monotonic()

    # --- what is written ---

    def _add(self, event: NewEvent) -> None:
        self._new.append(event)
        self._told.append(Event(event.kind, event.payload, time.time()))

    def _flush(self, *, force: bool = False, **columns: Any) -> None:
        """Write what was told since the last time: facts whole, of progress the newest; at most ten times a second."""
        now = time.monotonic()
        if not force and now - self._flushed < FLUSH_EVERY_S:
            return
        self._flushed = now
        if self._progress is not None:
            fraction = min(max(float(self._progress.fraction), 0.0), 1.0)
            columns = {"fraction": fraction, "values": dict(self._progress.values), **columns}
            self._new.append(NewEvent("progress", {"fraction": fraction, **self._progress.values}))
        if self._new or columns:
            self.store.append(self.run.id, self.attempt, self._new, **columns)
        self._new, self._progress = [], None
        self.log.flush()

    def _say(self, event: Event) -> None:
        """The event's line in the run log: the lab's words, or the platform's own for a change of state."""
        text = self.lab.log_line(event)
        if text is None and event.kind == "state":
            text = f"Run {self.run.id} is {event.payload['to']}" + (
                f": {event.payload['reason']}" if event.payload.get("reason") else ""
            )
        if text is not None:
            self.log.line(text, time.time(), "ERROR" if event.payload.get("to") == "failed" else "INFO")

    def _sealed(self) -> list[Artifact]:
        """All files, the log with its last line among them. Nothing is written to the folder after this."""
        self.log.flush()
        size, sha256 = artifact.digest(self.folder / self.lab.log_path)
        log_file = Artifact(self.run.id, self.lab.log_path, size, sha256, "text/plain", time.time())
        return [*self._written.values(), log_file]

    def _write(self, path: str, data: bytes) -> None:
        if path == self.lab.log_path:
            raise EngineError(f"lab {self.lab.name} renders {path}, which is the run log")
        size, sha256 = artifact.write(self.folder, path, data)
        self._written[path] = Artifact(self.run.id, path, size, sha256, artifact.media_type(path), time.time())

    def _render(self, state: str, result: Result | None = None, reason: str | None = None) -> None:
        if self.lab.files is None:
            return
        found = result or Result({})
        run = self.run
        told = [*self._told, Event("state", {"to": state, "reason": reason}, time.time())]
        outcome = Outcome(
            run_id=run.id,
            name=run.name,
            state=state,
            config=self._config,
            root_seed=run.root_seed,
            metrics=found.metrics,
            tables=found.tables,
            documents=found.documents,
            events=told,
            point=run.point,
            request=run.request,
            created_at=iso(run.created_at) or "",
            started_at=iso(run.started_at),
            ended_at=iso(time.time()) if State(state).final else None,
        )
        for file in load(self.lab.files)(outcome):
            self._write(file.path, file.data)

    @contextmanager
    def _timed(self, phase: str) -> Iterator[None]:
        """Add the wall time of the block to a phase of the Record's timings."""
        began = time.monotonic()
        try:
            yield
        finally:
            self._timings[phase] += time.monotonic() - began

    def _provenance(self, hashes: dict[str, str]) -> dict[str, Any]:
        run, now = self.run, time.monotonic()
        begun = self._begun
        return {
            "run": run.id,
            "lab": run.lab,
            "lab_version": run.lab_version,
            "name": run.name,
            "owner": run.owner,
            "contract": run.contract,
            "config_hash": run.config_hash,
            "root_seed": run.root_seed,
            "streams": run.streams,
            "point": run.point,
            "replicate": run.replicate,
            "attempt": self.attempt,
            "verify_of": run.verify_of,
            "versions": record.versions(),
            "platform": record.platform_tag(self.lab),
            "code_sha256": record.code_hash(self.lab),
            "exact": self.lab.exact,
            **hashes,
            "steps": getattr(self, "steps", 0),
            "shelf": None if self.shelf is None else {"found": self.shelf.found, "added": self.shelf.added},
            "created_at": iso(run.created_at, micros=True),
            "started_at": iso(run.started_at, micros=True),
            "ended_at": iso(time.time(), micros=True),
            "timings": {
                "queued_s": round((run.started_at or run.created_at) - run.created_at, 6),
                **{phase: round(seconds, 6) for phase, seconds in self._timings.items()},
                "phases_s": {phase: round(seconds, 6) for phase, seconds in self._phases.items()},
                "running_s": round(0.0 if begun is None else now - begun - self._timings["paused_s"], 6),
                "cpu_s": round(time.process_time() - getattr(self, "_cpu", time.process_time()), 6),
            },
        }


class _Heart(threading.Thread):
    """Renews the lease from inside the Worker, so that a server's death does not look like the Worker's."""

    def __init__(self, store: Store, run_id: str, attempt: int, lease_s: float) -> None:
        super().__init__(name="heart", daemon=True)
        self._store, self._run_id, self._attempt, self._lease_s = store, run_id, attempt, lease_s
        self._stopped = threading.Event()

    def run(self) -> None:
        while not self._stopped.wait(self._lease_s / 3):
            try:
                self._store.renew(self._run_id, self._attempt, self._lease_s)
            except Fenced:
                return

    def stop(self) -> None:
        self._stopped.set()
