"""Runs: the facade that every door and every contract's handlers use. Sync and thread-safe; `follow…` are async.

POST (dialect) → contract.decode → config.parse → submit → executor → Worker → Driver → artifacts → completed
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import time
import unicodedata
from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from quintant import kernels, registry
from quintant.config import Config, canonical, config_hash, parse
from quintant.errors import Busy, ConfigError, Conflict, NotFound, Problem
from quintant.lab import Event, Lab, Metric, Outcome, Result
from quintant.runs import artifact, log
from quintant.runs import result as results
from quintant.runs.artifact import Artifact
from quintant.runs.bell import Bell
from quintant.runs.comparison import Comparison, compare
from quintant.runs.documents import Documents
from quintant.runs.event import LoggedEvent
from quintant.runs.executors import Executor
from quintant.runs.executors.local import LocalExecutor
from quintant.runs.lifecycle import State
from quintant.runs.log import LogChunk
from quintant.runs.parts import Parts
from quintant.runs.run import LOCAL, Page, Run, iso, new_id
from quintant.runs.statistics import PointSummary, summarise
from quintant.runs.store import ANY, SORTS, Fenced, Store
from quintant.runs.supervisor import Supervisor
from quintant.runs.sweep import Sweep, check_size, placed, points, reachable
from quintant.runs.tail import Tail
from quintant.settings import Settings

LANES = ("batch", "sync")
LONGEST_NAME = 255
CONTROLS = frozenset({"Cc", "Cs", "Zl", "Zp"})  # what acts, not shows, in the tables, logs and terminals a name stands in


class Runs:
    def __init__(self, store: Store, settings: Settings, executor: Executor | None = None, bell: Bell | None = None) -> None:
        self.store, self.settings = store, settings
        self.bell = bell or Bell(store.engine)
        self.executor = executor
        self.tail = Tail(store, self.bell)
        self.labs: Mapping[str, Lab] = registry.labs(settings.labs)

    def close(self) -> None:
        """Close the doors. Workers that run go on, and are adopted by whoever opens this store next."""
        if self.executor is not None:
            self.executor.close()
        self.bell.close()
        self.store.close()

    def __enter__(self) -> Runs:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- creating ---

    def submit(
        self,
        lab: str,
        config: Mapping[str, Any] | Config,
        *,
        name: str | None = None,
        root_seed: int | None = None,
        owner: str = LOCAL,
        contract: str | None = None,
        request: Mapping[str, Any] | None = None,
        lane: str = "batch",
        idempotency_key: str | None = None,
        verify_of: str | None = None,
        expires_in_s: float | None = None,
        warnings: Sequence[Problem] = (),
    ) -> Run:
        """Queue one Run. ConfigError, and nothing stored, when the config or another argument is not acceptable.

        `expires_in_s`: delete it so long after now, unless it is kept (`keep`) or still lives then.
        With an `idempotency_key` that this owner used before, the Run of that time is returned instead of a new one.
        """
        if idempotency_key is not None and (known := self.store.by_idempotency_key(owner, idempotency_key)):
            return known
        found = self._lab(lab)
        run = self._new(
            found,
            config,
            name=name,
            root_seed=self._root(root_seed),
            owner=owner,
            contract=contract,
            request=request,
            lane=lane,
            verify_of=verify_of,
            warnings=warnings,
        )
        if expires_in_s is not None:
            run = replace(run, expires_at=run.created_at + expires_in_s)
        self.store.create([run], idempotency_key=idempotency_key)
        self._ring(run.id)
        return run

    def sweep(
        self,
        lab: str,
        config: Mapping[str, Any] | Config,
        *,
        axes: Mapping[str, Sequence[Any]] | None = None,
        seeds: int = 1,
        root_seed: int | None = None,
        name: str | None = None,
        owner: str = LOCAL,
    ) -> tuple[Sweep, tuple[Run, ...]]:
        """Queue every point of `axes` with `seeds` replicates each. All are validated before anything is stored."""
        found, axes, root = self._lab(lab), dict(axes or {}), self._root(root_seed)
        check_size(axes, seeds)
        if root + seeds > 2**63:
            raise ConfigError(Problem("root_seed", f"must leave room for {seeds} seeds below 2^63; got {root}.", root))
        base = dict(config.model_dump(mode="json") if isinstance(config, Config) else config)
        sweep = Sweep(
            id=new_id(),
            lab=lab,
            name=self._name(name, found, None),
            owner=owner,
            created_at=self.store.now(),
            root_seed=root,
            seeds=seeds,
            axes=axes,
            request={"config": base, "axes": axes, "seeds": seeds},
        )
        whole = reachable(found.config, base, axes)
        runs: list[Run] = []
        for point in points(axes):
            parsed = parse(found.config, placed(whole, point))
            if seeds > 1 and (reason := found.seedless(parsed)):
                raise ConfigError(Problem("seeds", f"must be 1, because every replicate would be the same: {reason}", seeds))
            for replicate in range(seeds):
                run = self._new(found, parsed, name=sweep.name, root_seed=root + replicate, owner=owner)
                at = sweep.created_at + len(runs) * 1e-6
                runs.append(replace(run, sweep_id=sweep.id, point=point, replicate=replicate, created_at=at))
        self.store.create(runs, sweep=sweep)
        for run in runs:
            self._ring(run.id)
        return sweep, tuple(runs)

    # --- reading ---

    def get(self, run_id: str, *, owner: str | None = None) -> Run:
        return self.store.get(run_id, owner)

    def state(self, run_id: str) -> State:
        """The Run's state alone, for who waits."""
        return self.store.state(run_id)

    def find(self, prefix: str, *, owner: str | None = None) -> Run | Sweep:
        """The Run or Sweep whose id starts with `prefix`, if it is the only one; else NotFound, naming those that do."""
        found: Sequence[Run | Sweep] = ()
        if prefix:
            found = [*self.store.starting_with(prefix, owner), *self.store.sweeps_starting_with(prefix, owner)]
        if len(found) == 1:
            return found[0]
        if found:
            told = ", ".join(one.id for one in found[:3]) + (" …" if len(found) > 3 else "")
            raise NotFound("Run or sweep", prefix, f"Several begin so: {told}. Give more characters.")
        raise NotFound("Run or sweep", prefix, "quintant list shows what there is.")

    def list(
        self,
        *,
        lab: str | None = None,
        states: Collection[State] | None = None,
        contract: Any = ANY,
        sweep_id: str | None = None,
        owner: str | None = None,
        text: str | None = None,
        sort: str = "-created_at",
        limit: int = 50,
        offset: int = 0,
    ) -> Page[Run]:
        if sort.removeprefix("-") not in SORTS:
            raise ConfigError(
                Problem(
                    "sort",
                    f"must be one of {', '.join(SORTS)}, with - before it for descending; got {sort!r}.",
                    sort,
                    list(SORTS),
                )
            )
        return self.store.page(
            lab=lab,
            states=states,
            contract=contract,
            sweep_id=sweep_id,
            owner=owner,
            text=text,
            sort=sort,
            limit=limit,
            offset=offset,
        )

    def sweeps(self, *, lab: str | None = None, owner: str | None = None, limit: int = 50, offset: int = 0) -> Page[Sweep]:
        return self.store.sweeps(lab=lab, owner=owner, limit=limit, offset=offset)

    def get_sweep(self, sweep_id: str, *, owner: str | None = None) -> Sweep:
        return self.store.sweep(sweep_id, owner)

    def runs_of(self, sweep_id: str) -> tuple[Run, ...]:
        """All Runs of a sweep, point by point, replicate by replicate."""
        return tuple(self.store.of_sweep(sweep_id))

    def summary(self, sweep_id: str) -> Sequence[PointSummary]:
        sweep = self.store.sweep(sweep_id)
        return summarise(self.runs_of(sweep_id), self._metrics, self._described(sweep.lab).headline)

    def wait(self, run_id: str, timeout_s: float | None = None) -> Run:
        """The Run once it has ended. Busy when `timeout_s` passes first."""
        end = None if timeout_s is None else time.monotonic() + timeout_s
        seen = -1
        while True:
            if (state := self.store.state(run_id)).final:
                return self.store.get(run_id)
            left = 1.0 if end is None else end - time.monotonic()
            if left <= 0:
                raise Busy(f"Run {run_id} is {state} after {timeout_s:g} s.")
            seen = self.bell.wait(seen, left)

    # --- control ---

    def pause(self, run_id: str) -> Run:
        """Ask the Run to pause at its next step boundary."""
        run = self.store.get(run_id)
        if run.state not in (State.RUNNING, State.STARTING):
            raise Conflict(f"Run {run_id} is {run.state}; only a running one can be paused.")
        return self.store.want(run_id, "pause")

    def resume(self, run_id: str) -> Run:
        run = self.store.get(run_id)
        if run.state is not State.PAUSED and run.want != "pause":
            raise Conflict(f"Run {run_id} is {run.state}; only a paused one can be resumed.")
        return self.store.want(run_id, "run")

    def cancel(self, run_id: str, *, wait_s: float = 2.0, reason: str = "cancelled on request") -> Run:
        """Cancel: a queued Run at once, a live one at its next step, its process tree killed if it does not answer.

        Waits up to `wait_s` for the end and returns the Run as it is then. Conflict when it has ended already.
        """
        self.store.want(run_id, "cancel")
        run = self.store.get(run_id)
        if run.state is State.QUEUED:
            with contextlib.suppress(Conflict, Fenced):  # claimed in this moment: then its Worker is asked
                return self.store.move(run_id, "cancel", reason=reason, attempt=run.attempt)
        with contextlib.suppress(Busy):
            return self.wait(run_id, wait_s)
        return self.store.get(run_id)

    def delete(self, run_id: str) -> None:
        """Delete a Run that has ended: its row, events and folder. Final; Conflict while it lives."""
        self.store.delete(run_id)
        shutil.rmtree(self.folder(run_id), ignore_errors=True)

    def keep(self, run_id: str) -> Run:
        """Keep a Run that would expire."""
        self.store.get(run_id)
        self.store.keep(run_id)
        return self.store.get(run_id)

    # --- streams ---

    def events(
        self, run_id: str, after: int = 0, limit: int = 1000, kinds: Collection[str] | None = None
    ) -> Sequence[LoggedEvent]:
        self.store.get(run_id)
        return self.store.events(run_id, after, limit, kinds)

    def follow(self, run_id: str, after: int = 0, heartbeat_s: float | None = None) -> AsyncGenerator[LoggedEvent | None]:
        return self.tail.follow(run_id, after, heartbeat_s or self.settings.heartbeat_s)

    def log(self, run_id: str, offset: int = 0, limit: int = 1 << 20) -> LogChunk:
        return log.read(self._log_path(self.store.get(run_id)), offset, limit)

    async def follow_log(
        self, run_id: str, offset: int = 0, heartbeat_s: float | None = None
    ) -> AsyncGenerator[LogChunk | None]:
        path = self._log_path(await asyncio.to_thread(self.store.get, run_id))
        async for chunk in self.tail.follow_log(run_id, lambda: path, offset, heartbeat_s or self.settings.heartbeat_s):
            yield chunk

    # --- what a Run left ---

    def folder(self, run_id: str) -> Path:
        return self.settings.folder / "runs" / run_id

    def artifacts(self, run_id: str) -> Sequence[Artifact]:
        self.store.get(run_id)
        return self.store.artifacts(run_id)

    def open_artifact(self, run_id: str, path: str) -> Path:
        """The file behind a relative path. Forbidden when it would leave the Run's folder, before existence is looked at."""
        self.store.get(run_id)
        return artifact.existing(self.folder(run_id), path)

    def result(self, run_id: str, *, tables: Collection[str] | None = None) -> Result | None:
        """The Result of a completed Run, else None. `tables`: open no others (names that it lacks are none of it)."""
        if self.store.state(run_id) is not State.COMPLETED:
            return None
        return results.read(self.folder(run_id), tables)

    def outcome(self, run_id: str, *, kinds: Collection[str] | None = None) -> Outcome:
        """The Run as figures see it; while it runs, with the tables told so far. `kinds`: with no other events."""
        found = self.result(run_id)
        tables = found.tables if found else self._told(run_id)
        if found is None and (found := self.result(run_id)):  # it came to its end while its parts were read
            tables = found.tables
        run = self.store.get(run_id)
        return Outcome(
            run_id=run.id,
            name=run.name,
            state=str(run.state),
            config=parse(self._described(run.lab).config, run.config),
            root_seed=run.root_seed,
            metrics=found.metrics if found else {},
            tables=tables,
            documents=found.documents if found else {},
            point=run.point,
            request=run.request,
            events=[Event(event.kind, event.payload, event.at) for event in self.store.events(run_id, 0, 1_000_000, kinds)],
            created_at=iso(run.created_at) or "",
            started_at=iso(run.started_at),
            ended_at=iso(run.ended_at),
        )

    def _told(self, run_id: str) -> Mapping[str, Any]:
        """The tables of a Run that has no result (yet): {} when it ends in this moment and clears its parts away."""
        try:
            return Parts(self.folder(run_id)).tables()
        except FileNotFoundError:
            return {}

    def outcomes(self, sweep_id: str) -> Sequence[Outcome]:
        """The completed Runs of a sweep, in its order."""
        return [self.outcome(run.id) for run in self.runs_of(sweep_id) if run.state is State.COMPLETED]

    # --- trust ---

    def verify(self, run_id: str, *, owner: str | None = None) -> Run:
        """Queue the re-execution of a completed Run: same config, same root seed, nothing reused."""
        run = self.store.get(run_id, owner)
        if run.state is not State.COMPLETED:
            raise Conflict(f"Run {run_id} is {run.state}; only a completed one can be verified.")
        name = f"verify {run.name}"[:LONGEST_NAME]
        return self.submit(run.lab, run.config, name=name, root_seed=run.root_seed, owner=run.owner, verify_of=run.id)

    def compare(self, run_id: str, other_id: str) -> Comparison:
        run, other = self.store.get(run_id), self.store.get(other_id)
        if run.lab != other.lab:
            raise Conflict(
                f"Run {run_id} is of lab {run.lab}, {other_id} of lab {other.lab}; only runs of one lab can be compared."
            )
        found, again = self.result(run_id), self.result(other_id)
        if found is None or again is None:
            missing = run if found is None else other
            if missing.state is State.COMPLETED:
                raise Conflict(f"The files of run {missing.id} are not in its folder any more; there is nothing to compare.")
            raise Conflict(f"Run {missing.id} is {missing.state}; only completed runs can be compared.")
        return compare(run, other, found, again, anywhere=self._described(run.lab).exact == "anywhere")

    # --- beside Runs ---

    def documents(self, lab: str, kind: str) -> Documents:
        return Documents(self.store, lab, kind)

    def health(self) -> dict[str, Any]:
        """Whether the database answers, and how many Runs are live and queued per lab."""
        try:
            counts = self.store.count_live()
        except Exception as error:  # health must answer whatever the database does
            return {"database": f"error: {type(error).__name__}", "active": {}, "queued": {}}
        active: dict[str, int] = {}
        queued: dict[str, int] = {}
        for (lab, state), n in counts.items():
            into = queued if state is State.QUEUED else active
            into[lab] = into.get(lab, 0) + n
        return {"database": "connected", "active": active, "queued": queued}

    # --- inside ---

    def _lab(self, name: str) -> Lab:
        if name not in self.labs and name in registry.labs():
            raise NotFound("Lab", name, f"This server offers {', '.join(self.labs)}.")
        return registry.find(name)

    def _described(self, name: str) -> Lab:
        """The lab's description, installed or not: what is stored stays readable."""
        lab = registry.labs().get(name)
        return lab if lab is not None else registry.find(name)

    def _root(self, root_seed: int | None) -> int:
        if root_seed is None:
            return self.settings.root_seed
        if not isinstance(root_seed, int) or isinstance(root_seed, bool) or not 0 <= root_seed < 2**63:
            raise ConfigError(Problem("root_seed", f"must be an integer from 0 to 2^63 - 1; got {root_seed!r}.", root_seed))
        return root_seed

    def _name(self, name: str | None, lab: Lab, run_id: str | None) -> str:
        if name is None:
            return f"{lab.name} {run_id[:6]}" if run_id else lab.name
        name = name.strip()
        if not 1 <= len(name) <= LONGEST_NAME:
            raise ConfigError(Problem("name", f"must have 1 to {LONGEST_NAME} characters; got {len(name)}.", name[:40]))
        if any(unicodedata.category(one) in CONTROLS for one in name):
            raise ConfigError(Problem("name", f"must not hold control characters; got {name[:40]!r}.", name[:40]))
        return name

    def _new(
        self,
        lab: Lab,
        config: Mapping[str, Any] | Config,
        *,
        name: str | None,
        root_seed: int,
        owner: str,
        contract: str | None = None,
        request: Mapping[str, Any] | None = None,
        lane: str = "batch",
        verify_of: str | None = None,
        warnings: Sequence[Problem] = (),
    ) -> Run:
        if lane not in LANES:
            raise ConfigError(Problem("lane", f"must be one of {', '.join(LANES)}; got {lane!r}.", lane, list(LANES)))
        parsed = (
            config
            if isinstance(config, lab.config)
            else parse(lab.config, config if isinstance(config, Mapping) else config.model_dump())
        )
        run_id = new_id()
        told = {(one.path, one.message): one for one in (*warnings, *parsed.warnings())}.values()  # each once
        return Run(
            id=run_id,
            lab=lab.name,
            lab_version=lab.version,
            name=self._name(name, lab, run_id),
            owner=owner,
            contract=contract,
            lane=lane,
            config=_json(parsed),
            config_hash=config_hash(parsed),
            request=request,
            root_seed=root_seed,
            streams=dict(lab.seeded(parsed, root_seed).seeds),
            verify_of=verify_of,
            created_at=self.store.now(),
            warnings=tuple({"path": p.path, "message": p.message, "hint": p.hint} for p in told),
        )

    def _metrics(self, run_id: str) -> Mapping[str, Metric] | None:
        return results.read_metrics(self.folder(run_id))

    def _log_path(self, run: Run) -> Path:
        return self.folder(run.id) / self._described(run.lab).log_path

    def _ring(self, run_id: str) -> None:
        if self.executor is not None:
            self.executor.submit(run_id)


def _json(config: Config) -> dict[str, Any]:
    import orjson

    return orjson.loads(canonical(config))


def open_runs(settings: Settings, *, execute: bool, only_own: bool = False, warm: bool = False) -> Runs:
    """Open the Store of `settings` (migrating it), with an executor if `execute`.

    `only_own`: the executor takes nothing but what is submitted here (a command line beside no server). `warm`: start the
    labs' warm processes now instead of with the first Run.
    """
    folder = settings.made_folder()
    kernels.keep(settings.cache)
    store = Store(settings.database_url)
    bell = Bell(store.engine)
    ready = [lab.name for lab in registry.labs(settings.labs).values() if registry.missing(lab) is None]
    executor = None
    if execute:
        supervisor = Supervisor(
            store, bell, folder / "runs", settings.cache,
            lease_s=settings.lease_s, grace_s=settings.grace_s, shelf_bytes=settings.shelf_bytes,
        )  # fmt: skip
        slots = {"batch": settings.workers, "sync": settings.sync_workers}
        executor = LocalExecutor(supervisor, bell, slots, labs=ready, only_own=only_own)
        executor.start(warm=ready if warm else ())
    return Runs(store, settings, executor, bell)
