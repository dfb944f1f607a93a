"""Reuse: the result of a Run that was executed becomes that of an identical one, which is final at once.

What is identical stands in `quintant.runs.identity`. Files are linked, not copied: the file system counts the links, so the
new Run stays whole when the old one is deleted, and nothing is stored twice. What names the Run itself (its record, its log,
the files that a contract's clients read) is its own.
"""

from __future__ import annotations

import errno
import os
import shutil
import time
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from quintant import registry
from quintant.config import Config, parse
from quintant.errors import Conflict, NotFound, QuintantError
from quintant.lab import Event, Lab, Result, load
from quintant.runs import artifact, log
from quintant.runs import result as results
from quintant.runs.artifact import Artifact
from quintant.runs.identity import Identity
from quintant.runs.lifecycle import State
from quintant.runs.outcome import run_outcome
from quintant.runs.run import Run, iso, new_id
from quintant.runs.seal import Seals
from quintant.runs.store import Fenced, NewEvent, Store
from quintant.wire.contract import contract_of

OF_THE_RUN = frozenset({"created", "warning", "state", "artifact", "compiling", "resumed", "restarted"})
"""The kinds of events that tell of one Run's life; the others tell what its simulation did, and go along."""
MOST_EVENTS = 1_000_000


class Reuse:
    """Thread-safe. `folder` holds the Runs' folders."""

    def __init__(self, store: Store, folder: Path, seals: Seals | None = None) -> None:
        self._store, self._folder = store, folder
        self._seals = seals or Seals(store, folder)

    def take(self, run: Run) -> Run | None:
        """Give a queued Run the result of an identical one, if one is there whole: the Run as it is then, else None. Where
        somebody was faster (it is claimed, cancelled, or has the result already), also the Run as it is then."""
        if run.fresh or run.state is not State.QUEUED or run.attempt:
            return None
        lab = registry.find(run.lab)
        for source in self.sources(run, lab):
            try:
                return self._given(run, source, lab)
            except (Fenced, Conflict):
                return self._store.get(run.id)
            except (QuintantError, OSError):  # changed, deleted meanwhile, or unreadable: it has to be executed
                continue
        return None

    def sources(self, run: Run, lab: Lab) -> Sequence[Run]:
        """The Runs whose result is this Run's by their identity; whether their files are whole is not looked at."""
        seeds = range(run.root_seed, run.root_seed + 1)
        lending = self._store.identical(run.lab, run.lab_version, [run.config_hash], seeds)
        same = [other for other in lending if other.id != run.id]
        if not same:  # the usual case, for which no file of the lab is looked at
            return []
        here = Identity.here(run, lab)
        return [other for other in same if Identity.recorded(other, lab) == here]

    def count(self, lab: Lab, configs: Collection[Config], hashes: Collection[str], seeds: range) -> int:
        """How many of these configs (by their hashes, too) with these root seeds would be reused."""
        if any(lab.unsteady(config) is not None for config in configs):
            return 0
        lending: dict[tuple[str, int], list[Run]] = {}
        for other in self._store.identical(lab.name, lab.version, hashes, seeds):
            lending.setdefault((other.config_hash, other.root_seed), []).append(other)
        ground = Identity.ground(lab) if lending else ("", "")
        return sum(any(Identity.recorded(other, lab).on == ground for other in others) for others in lending.values())

    def whole(self, source: Run) -> str | None:
        """Why the files of a Run cannot be reused, None when they are as they were recorded."""
        try:
            for path in self._seals.recorded(source.id):
                self._seals.opened(source.id, path, ended=True)
        except QuintantError as error:
            return str(error)
        return None

    # --- inside ---

    def _given(self, run: Run, source: Run, lab: Lab) -> Run:
        place = partial(self._seals.opened, source.id, ended=True)
        contract, folder, at = contract_of(lab), self._folder / run.id, time.time()
        recorded = self._seals.recorded(source.id)
        facts = [event for event in self._store.events(source.id, 0, MOST_EVENTS) if event.kind not in OF_THE_RUN]
        metrics = results.read_metrics(place)
        if metrics is None:
            raise NotFound("Result", source.id)
        staged = self._folder / f".{run.id}-{new_id()}.part"  # a server and its executor may try at the same time
        staged.mkdir(parents=True)
        try:
            linked = [path for path in recorded if _of_the_simulation(path)]
            for path in linked:
                _link(place(path), staged / path)
            own = {}
            if contract.files is not None:
                ended = replace(run, state=State.COMPLETED, started_at=at, ended_at=at)
                config, kept = parse(lab.config, run.config), results.read(place) or Result(metrics)
                events = [*(Event(fact.kind, fact.payload, at) for fact in facts), Event("state", {"to": "completed"}, at)]
                for file in load(contract.files)(run_outcome(ended, config, kept, events)):
                    own[file.path] = artifact.stored(run.id, staged, file.path, file.data)
            provenance = _record(run, source, at)
            own["record.json"] = artifact.stored(run.id, staged, "record.json", results.to_json(provenance))
            own[contract.log_path] = self._log(run, source, staged, place, contract.log_path, at)
            shared = {path: replace(recorded[path], run_id=run.id, at=at) for path in linked}
            return self._store.move(
                run.id, "reuse", attempt=0,
                artifacts=list((shared | own).values()),
                before=[NewEvent(fact.kind, fact.payload) for fact in facts],
                noted={"reused_from": source.id},
                metrics=metrics,
                within=partial(_set_in_place, staged, folder),
                reused_from=source.id, fraction=1.0, values=dict(source.values), record=provenance, started_at=at,
                exact_hash=source.exact_hash, result_hash=source.result_hash,
                headline=source.headline, headline_low=source.headline_low, headline_high=source.headline_high,
            )  # fmt: skip
        finally:
            shutil.rmtree(staged, ignore_errors=True)

    @staticmethod
    def _log(run: Run, source: Run, staged: Path, place: results.Place, path: str, at: float) -> Artifact:
        """The log of what was executed, and a line that says whose it is: copied, for the other one's must not grow."""
        target = staged / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with suppress(NotFound):
            shutil.copyfile(place(path), target)
        writer = log.LogWriter(target)
        writer.append(f"Run {run.id} was not executed: everything above, and the result, is that of run {source.id}", at)
        writer.close()
        return artifact.described(run.id, staged, path, "text/plain")


def _of_the_simulation(path: str) -> bool:
    """Whether a file follows from what identical Runs have in common."""
    return path in {results.NAME, "config.json"} or path.startswith(("tables/", "documents/"))


def _link(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno not in (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP, errno.ENOSYS):
            raise
        shutil.copyfile(source, target)  # a file system without links, or with too many of them


def _set_in_place(staged: Path, folder: Path) -> None:
    """Within the transaction: from here on nobody else can claim the Run, and nobody has seen yet that it has ended."""
    shutil.rmtree(folder, ignore_errors=True)  # what a server that was killed here before had set in place
    staged.rename(folder)


def _record(run: Run, source: Run, at: float) -> dict[str, Any]:
    computed = source.record.get("computed") or {"run": source.id, "at": iso(source.ended_at, micros=True)}
    timings = dict.fromkeys(("starting_s", "init_s", "steps_s", "paused_s", "result_s", "running_s", "cpu_s"), 0.0)
    return {
        **source.record,
        "run": run.id, "name": run.name, "owner": run.owner, "contract": None, "outside": list(run.outside),
        "point": dict(run.point), "replicate": run.replicate, "attempt": 0, "verify_of": None,
        "reused_from": source.id, "computed": computed, "shelf": None,
        "created_at": iso(run.created_at, micros=True), "started_at": iso(at, micros=True), "ended_at": iso(at, micros=True),
        "timings": {"queued_s": round(max(0.0, at - run.created_at), 6), **timings, "phases_s": {}},
    }  # fmt: skip
