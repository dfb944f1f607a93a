"""Driver: the loop inside a Worker that calls `step` and obeys control between steps.

It alone touches the outside for an engine: it gives events their place in the log, writes tables and results as artifacts,
answers asks, keeps checkpoints, and takes pause and cancel at step boundaries. Everything it writes carries its attempt.
"""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

from quintant import registry
from quintant.config import canonical, parse
from quintant.errors import EngineError, QuintantError, StorageFull, StoreAway
from quintant.lab import Answer, Ask, AskContext, Event, Lab, Metric, Progress, Result, load
from quintant.outside import identity
from quintant.runs import artifact, log, record, vanishing, worker_log
from quintant.runs import result as results
from quintant.runs.artifact import Artifact
from quintant.runs.checkpoint import Checkpoint
from quintant.runs.draw_cache import FileDrawCache
from quintant.runs.footstep import LEAVING, Footstep
from quintant.runs.lifecycle import State
from quintant.runs.outcome import run_outcome
from quintant.runs.parts import Parts
from quintant.runs.patience import GaveUp, PatientStore, patiently
from quintant.runs.run import Run, iso
from quintant.runs.store import Fenced, NewEvent, Store
from quintant.runs.vanishing import Vanishing
from quintant.wire.contract import contract_of

FLUSH_EVERY_S = 0.1
LOOK_EVERY_S = 0.05
CHECKPOINT_EVERY_S = 5.0


class Cancelled(Exception):
    """The Run was asked to stop."""


class Driver:
    """`draw_cache_bytes`: what the draw cache of the data folder may take; 0 means that nothing is kept there or read."""

    def __init__(
        self, store: Store, run_id: str, attempt: int, folder: Path, cache: Path, lease_s: float, draw_cache_bytes: int = 0
    ) -> None:
        self._plain = store
        self.store = PatientStore(store, run_id, attempt)
        self.run: Run = self.store.get()
        self.attempt = attempt
        self.folder = folder
        self.context = AskContext(run_id, folder, cache)
        self.lease_s = lease_s
        self.lab: Lab = registry.find(self.run.lab)
        artifact.sweep(folder)  # of an attempt that is over
        self.contract = contract_of(self.lab)
        self.log = log.LogWriter(folder / self.contract.log_path)
        self.parts = Parts(folder)
        self.checkpoint = Checkpoint(folder) if self.lab.resumable else None
        self.draw_cache: FileDrawCache | None = None
        if draw_cache_bytes and self.run.verify_of is None:  # what verifies another Run reuses nothing
            stamp = f"{record.platform_tag(self.lab)} {record.code_hash(self.lab)}"
            self.draw_cache = FileDrawCache(folder.parents[1] / "shelf", stamp, draw_cache_bytes)
        self._new: list[NewEvent] = []
        self._written: dict[str, Artifact] = {}
        self._progress: Progress | None = None
        self._flushed = self._looked = self._saved = time.monotonic()
        self._timings = {"starting_s": 0.0, "init_s": 0.0, "steps_s": 0.0, "paused_s": 0.0, "result_s": 0.0}
        self._phases: dict[str, float] = {}
        self._begun: float | None = None
        self._standing: tuple[Any, Any] | None = None
        """The engine and its state at the last step boundary."""
        self._told: list[Event] = []
        """Every event of the Run, for a lab that renders files from them."""
        if self.contract.files is not None:
            self._told += [Event(e.kind, e.payload, e.at) for e in self.store.events()]

    # --- the whole way of a Run ---

    def drive(self) -> State:
        """Run to an end and say which; Fenced when somebody else owns the Run by now."""
        heart = _Heart(self._plain, self.run.id, self.attempt, self.lease_s, self.folder)
        heart.start()
        try:
            try:
                result = self._execute()
                self._finish(result)
                return State.COMPLETED
            except Cancelled:
                self._stop()
                return State.CANCELLED
            except QuintantError as error:
                self._end("fail", State.FAILED, str(error))
            except (Fenced, GaveUp):
                raise
            except Exception as error:  # whatever an engine raises ends its Run, with the reason kept
                self.log.append(traceback.format_exc(), time.time(), "ERROR")
                self._end("fail", State.FAILED, f"{type(error).__name__}: {error}")
            return State.FAILED
        finally:
            heart.stop()
            self.log.close()
            if self.draw_cache is not None:
                self.draw_cache.close()

    def _execute(self) -> Result:
        run, clock = self.run, time.monotonic()
        self._write("config.json", canonical(run.config))
        for warning in run.warnings:
            self.log.append(f"{warning['path']}: {warning['message']}", time.time(), "WARNING")
        config = self._config
        self._refuse_changed(config)
        streams = replace(self.lab.seeded(config, run.root_seed), draw_cache=self.draw_cache)
        engine = load(self.lab.engine)()
        self._render("running")
        saved = self.checkpoint.read() if self.checkpoint and self.attempt > 1 else None
        if saved:
            state, number = engine.load(saved.state), saved.step
        else:
            with self._timed("init_s"):
                state, number = engine.init(config, streams), 0
        told_until = self.store.last_step() if self.attempt > 1 else -1
        footstep = Footstep(self.folder)  # before the Run is seen to run: what an earlier attempt left must not be read for it
        again = []
        if saved:
            again.append(NewEvent("resumed", {"step": number, "attempt": self.attempt}))
        elif self.attempt > 1:
            again.append(NewEvent("restarted", {"attempt": self.attempt, "told_until": told_until}))
            self.log.append(
                f"Run {run.id} starts again from the beginning; what was told before is not told again", time.time()
            )
            patiently(self.log.flush)  # a Worker that is lost at once does not take along why it began
        self.run = self.store.move("begin", before=again)
        self._told += [Event(event.kind, event.payload, time.time()) for event in again]
        self._say(Event("state", {"to": "running"}))
        self._begun, self._cpu = time.monotonic(), time.process_time()
        self._timings["starting_s"] = self._begun - clock
        asks: Sequence[Ask] = saved.asks if saved else ()
        answers = [self._answer(ask) for ask in asks]
        while True:
            self._standing = (engine, state)
            self._obey(engine, state, number, asks)
            footstep.at(number)
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
            patiently(self.parts.add, number, step.tables)
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
        footstep.close()
        self._obey(engine, state, number)
        with self._timed("result_s"):
            made: Result = engine.result(state)
        return Result(made.metrics, {**self.parts.tables(), **made.tables}, made.documents)

    def _finish(self, result: Result) -> None:
        headline = result.metrics.get(self.lab.headline.metric, Metric(None))
        hashes: dict[str, Any] = {"exact_hash": record.exact_hash(result), "result_hash": record.result_hash(result)}
        provenance = self._provenance(hashes)
        if self.draw_cache is not None and self.draw_cache.found:
            self.log.append("Drawn numbers of an earlier run were found in the draw cache", time.time())
        self._flush(force=True, fraction=1.0)
        for path, data in results.files(result):
            self._write(path, data)
        self._write("record.json", results.to_json(provenance))
        self._render("completed", result)
        self._say(Event("state", {"to": "completed"}))
        self.run = self.store.move(
            "finish",
            artifacts=self._sealed(),
            metrics=result.metrics,
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

    def _stop(self) -> None:
        """End on request. What was measured is kept where the lab can say it: marked, and counted by no summary."""
        engine, state = self._standing or (None, None)
        if self.run.contract is not None or engine is None or not hasattr(engine, "so_far"):
            self._end("cancel", State.CANCELLED, "cancelled on request")
            return
        (self.folder / LEAVING).touch()  # its keeper gives it more than a moment
        try:
            kept = engine.so_far(state)
        except Exception as error:  # the Run ends in any case
            self.log.append(f"what was measured could not be kept: {type(error).__name__}: {error}", time.time(), "ERROR")
            kept = None
        if kept is None:
            self._end("cancel", State.CANCELLED, "cancelled on request")
            return
        result, amount = kept
        result = Result(result.metrics, {**self.parts.tables(), **result.tables}, result.documents)
        for path, data in results.files(result):
            self._write(path, data)
        self._end("cancel", State.CANCELLED, f"stopped on request after {amount}", stopped_after=amount)

    def _end(self, verb: str, state: State, reason: str, **noted: Any) -> None:
        """End without a result. What had been told is kept; files are rendered as far as the lab can."""
        reason = worker_log.strike(reason)
        self._flush(force=True)
        self._say(Event("state", {"to": state.value, "reason": reason}))
        provenance = self._provenance({}) | noted
        self._write("record.json", results.to_json(provenance))
        try:
            self._render(state.value, reason=reason)
        except Exception as error:  # a renderer must not hide the real reason
            self.log.append(f"files could not be rendered: {type(error).__name__}: {error}", time.time(), "ERROR")
        sealed = [*self._sealed(), *(worker_log.kept(self.run.id, self.folder) if verb == "fail" else ())]
        self.run = self.store.move(verb, artifacts=sealed, reason=reason, record=provenance)

    def _refuse_changed(self, config: Any) -> None:
        """EngineError when a file that the config names is not what it was when the Run was queued: its identity would lie."""
        things = load(self.lab.outside)(config, self.context.cache) if self.lab.outside else ()
        queued = {(item["key"], item["name"]): item["sha256"] for item in self.run.outside}
        for item in identity(tuple(things)):
            if queued.get((item["key"], item["name"]), item["sha256"]) != item["sha256"]:
                raise EngineError(f"{item['key']}: {item['name']} was changed after the run was queued; queue it again")

    @cached_property
    def _config(self) -> Any:
        """The Run's Config, parsed when it is first needed: a Run whose config this lab no longer accepts fails in words."""
        return parse(self.lab.config, self.run.config)

    # --- control ---

    def _obey(self, engine: Any, state: Any, number: int, asks: Sequence[Ask] = ()) -> None:
        """Take a wish for pause or cancel, if there is one. Asked of the Store at most every LOOK_EVERY_S."""
        limit, worked = self.contract.limit_s(self.run.request), self._timings["init_s"] + self._timings["steps_s"]
        if limit is not None and worked > limit:
            raise EngineError(f"The run was stopped after {worked:.1f} s of work: {limit:g} s are allowed.")
        now = time.monotonic()
        if now - self._looked < LOOK_EVERY_S:
            return
        self._looked = now
        wish = self.store.wanted()
        if wish == "cancel":
            raise Cancelled
        if wish != "pause":
            return
        self._flush(force=True)
        if self.checkpoint:
            self._save(engine, state, number, asks)
        self.store.move("pause")
        self._say(Event("state", {"to": "paused"}))
        patiently(self.log.flush)
        with self._timed("paused_s"):
            while (wish := self.store.wanted()) == "pause":
                time.sleep(LOOK_EVERY_S)
        if wish == "cancel":
            raise Cancelled
        self.store.move("resume")
        self._say(Event("state", {"to": "running"}))

    def _answer(self, ask: Ask) -> Answer:
        if self.lab.answers is None:
            raise EngineError(f"the engine asks for {ask.kind!r}, and lab {self.lab.name} names nobody to answer")
        if (known := self._answered.get(ask.id)) and known[0] == canonical([ask.kind, ask.payload]):
            return Answer(ask.id, known[1])
        self._add(NewEvent("ask", {"id": ask.id, "kind": ask.kind, "payload": ask.payload}))
        answer: Answer = load(self.lab.answers)(ask, self.context)
        self._add(NewEvent("answer", {"id": answer.id, "payload": answer.payload}))
        return answer

    @cached_property
    def _answered(self) -> dict[str, tuple[bytes, Mapping[str, Any]]]:
        """What earlier attempts asked and were answered, by id: a language model is not asked twice, and what it said then
        holds. An ask whose answer was lost with its Worker is asked again."""
        if self.attempt == 1:
            return {}
        questions: dict[str, bytes] = {}
        answered: dict[str, tuple[bytes, Mapping[str, Any]]] = {}
        for event in self.store.events(kinds=("ask", "answer")):
            id = event.payload["id"]
            if event.kind == "ask":
                questions[id] = canonical([event.payload["kind"], event.payload["payload"]])
            elif id in questions:
                answered[id] = (questions[id], event.payload["payload"])
        return answered

    def _save(self, engine: Any, state: Any, number: int, asks: Sequence[Ask]) -> None:
        """Keep where the Run stands, with what the next step waits to be answered: it is asked again."""
        assert self.checkpoint is not None
        self._flush(force=True)
        patiently(self.checkpoint.write, number, engine.dump(state), asks)
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
            self.store.append(self._new, **columns)
        self._new, self._progress = [], None
        patiently(self.log.flush)

    def _say(self, event: Event) -> None:
        """The event's line in the run log: the lab's words, or the platform's own for a change of state."""
        text = self.lab.log_line(event)
        if text is None and event.kind == "state":
            text = f"Run {self.run.id} is {event.payload['to']}" + (
                f": {event.payload['reason']}" if event.payload.get("reason") else ""
            )
        if text is not None:
            self.log.append(text, time.time(), "ERROR" if event.payload.get("to") == "failed" else "INFO")

    def _sealed(self) -> list[Artifact]:
        """All files, the log with its last line among them. Nothing is written to the folder after this."""
        patiently(self.log.flush)
        return [*self._written.values(), artifact.described(self.run.id, self.folder, self.contract.log_path, "text/plain")]

    def _write(self, path: str, data: bytes) -> None:
        if path == self.contract.log_path:
            raise EngineError(f"lab {self.lab.name} renders {path}, which is the run log")
        self._written[path] = patiently(artifact.stored, self.run.id, self.folder, path, data)

    def _render(self, state: str, result: Result | None = None, reason: str | None = None) -> None:
        if self.contract.files is None:
            return
        events = [*self._told, Event("state", {"to": state, "reason": reason}, time.time())]
        reached = State(state)
        run = replace(self.run, state=reached, ended_at=time.time() if reached.final else None)
        outcome = run_outcome(run, self._config, result or Result({}), events)
        for file in load(self.contract.files)(outcome):
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
            "lab_from": str(registry.origin(run.lab)),
            "name": run.name,
            "owner": run.owner,
            "contract": run.contract,
            "config_hash": run.config_hash,
            "outside": list(run.outside),
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
            "shelf": None if self.draw_cache is None else {"found": self.draw_cache.found, "added": self.draw_cache.added},
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
    """Renews the lease from inside the Worker, so that a server's death does not look like the Worker's, and ends the Worker
    when its Run's folder is gone: an unlinked database goes on answering those who have it open, for ever."""

    def __init__(self, store: Store, run_id: str, attempt: int, lease_s: float, folder: Path) -> None:
        super().__init__(name="heart", daemon=True)
        self._store, self._run_id, self._attempt, self._lease_s = store, run_id, attempt, lease_s
        self._vanishing = Vanishing(folder)
        self._stopped = threading.Event()

    def run(self) -> None:
        while not self._stopped.wait(self._lease_s / 3):
            if self._vanishing.seen() and not self._stopped.is_set():
                vanishing.leave()
            try:
                self._store.renew(self._run_id, self._attempt, self._lease_s)
            except Fenced:
                return
            except (StoreAway, StorageFull):
                continue  # it is renewed when the store is back

    def stop(self) -> None:
        self._stopped.set()
