"""Runs: the facade that every door and every contract's handlers use. Sync and thread-safe; `follow…` are async.

POST (dialect) → contract.decode → config.parse → submit → executor → Worker → Driver → artifacts → completed
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import time
import unicodedata
from collections.abc import AsyncGenerator, Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from quintant import kernels, registry
from quintant.config import Config, canonical, config_hash, json_schema, parse, suggest
from quintant.errors import Busy, Changed, ConfigError, Conflict, Gone, NotFound, Problem, QuintantError, TooLarge, first_told
from quintant.lab import Event, Lab, Metric, Outcome, Result, load
from quintant.outside import Outside, Permission, identity
from quintant.runs import control, log
from quintant.runs import result as results
from quintant.runs.annotation import UNSET, Annotation, Change, Done, Unset, checked_note, checked_tags
from quintant.runs.artifact import Artifact
from quintant.runs.axis import Axes, integers
from quintant.runs.axis import axes as read_axes
from quintant.runs.comparison import Comparison, compare
from quintant.runs.control import Action, Answered, Wish
from quintant.runs.documents import Documents
from quintant.runs.event import LoggedEvent
from quintant.runs.executors import Executor
from quintant.runs.executors.local import LocalExecutor
from quintant.runs.feed_entry import FeedEntry
from quintant.runs.filter import EVERYTHING, Expression, Parsed, Vocabulary, bound
from quintant.runs.filter import parse as parse_filter
from quintant.runs.growth import Growth, PointVerdict, targets, verdicts
from quintant.runs.juxtaposition import MOST_RUNS, MOST_SERIES, Juxtaposition, Series, juxtapose, labs_of
from quintant.runs.lifecycle import State
from quintant.runs.log import LogChunk
from quintant.runs.log_lines import LEVELS, MOST_LINES, LinePage, LogLines
from quintant.runs.loss import MOST_RETRIES
from quintant.runs.notifier import Notifier
from quintant.runs.outcome import run_outcome
from quintant.runs.overlay import DEFAULTS, Base, base_of_sweep, overlay, refuse_twice, with_changes
from quintant.runs.parts import Parts
from quintant.runs.prefork import Forked
from quintant.runs.receipt import Receipt
from quintant.runs.reuse import Reuse
from quintant.runs.rows import Column, Query, RowPage
from quintant.runs.run import DEFAULT_RETRIES, LOCAL, Page, Run, new_id, stopped_after
from quintant.runs.seal import Seals
from quintant.runs.statistics import PointSummary, summarise
from quintant.runs.store import ANY, SORTS, Basis, Every, Store
from quintant.runs.supervisor import Supervisor
from quintant.runs.sweep import Sweep, check_read, check_size, check_start, joined, more_roots, roots
from quintant.runs.tail import Tail
from quintant.runs.why_not import WhyNot, why_not
from quintant.settings import Settings
from quintant.until import LEAST, Until
from quintant.wire.contract import contract_of

if TYPE_CHECKING:
    import pyarrow as pa

    from quintant.runs.forecast import Past
    from quintant.runs.sparkline import Sparkline

CANCELLED = "cancelled on request"
LANES = ("batch", "sync")
LONGEST_NAME = 255
REUSED_AT_ONCE = 100
"""Of a sweep so many Runs at most take over their results before the request is answered: some milliseconds each."""
CONTROLS = frozenset({"Cc", "Cs", "Zl", "Zp"})  # what acts, not shows, in the tables, logs and terminals a name stands in


ACTIONS = ("cancel", "pause", "resume", "delete", "undo", "tag", "untag")
MOST_KEYS = 500
LEAST_SPACE_BYTES = 1 << 18
"""Less free space than this counts as none."""
UNDO_S = 10.0
UNLISTED_S = 60.0


class Runs:
    def __init__(
        self,
        store: Store,
        settings: Settings,
        executor: Executor | None = None,
        notifier: Notifier | None = None,
        permission: Permission | None = None,
    ) -> None:
        """`permission`: what configs may name on this machine; None: what the settings say, which is for configs of others."""
        self.store, self.settings = store, settings
        self.notifier = notifier or Notifier(store.engine)
        self.executor = executor
        self.tail = Tail(store, self.notifier)
        self.seals = Seals(store, settings.folder / "runs")
        self.reuse = Reuse(store, settings.folder / "runs", self.seals)
        self.permission = permission or settings.permission
        self.labs: Mapping[str, Lab] = registry.labs(settings.labs)
        self._bases: dict[str, Basis] = {}
        self._words: tuple[int, Vocabulary] | None = None
        self._past: dict[str, tuple[int, Sequence[Past]]] = {}
        self._lines = LogLines()
        self.growth: Growth | None = None

    def close(self) -> None:
        """Close the doors. Workers that run go on, and are adopted by whoever opens this store next."""
        if self.growth is not None:
            self.growth.close()
        if self.executor is not None:
            self.executor.close()
        self.notifier.close()
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
        receipt: Receipt | None = None,
        verify_of: str | None = None,
        expires_in_s: float | None = None,
        unlisted: bool = False,
        retries: int = DEFAULT_RETRIES,
        fresh: bool = True,
        warnings: Sequence[Problem] = (),
        own_keys: Collection[str] = (),
        base: Base | None = None,
    ) -> Run:
        """Queue one Run. ConfigError, and nothing stored, when the config or another argument is not acceptable.

        `base`: what the keys of `config` are laid over (`quintant.runs.overlay`); they are given then. Without, `config` is
        whole, and `own_keys` are the keys that somebody set by hand; those that are not read are told, even where the value is
        the default.
        `expires_in_s`: delete it so long after now, unless it is kept (`keep`) or still lives then.
        `unlisted`: for an answer that is not kept. It is in no list and no stream, `get` does not find it, and it is gone some
        time after its end where nobody drops it before (`drop`).
        `fresh`: it is executed, also where an identical Run has its result already; else it may be final at once
        (`quintant.runs.reuse`).
        `retries`: how often it starts again from the beginning when it is lost without a checkpoint. With a `receipt` whose key
        was used before, Received is raised and nothing stored.
        """
        known_lab = self._lab(lab)
        if base is not None and not isinstance(config, Config):
            own_keys, laid = tuple(config), overlay(known_lab.config, base, config)
            config, warnings = laid.config, (*warnings, *laid.notes)
        run = self._new(
            known_lab,
            config,
            name=name,
            root_seed=self._root(root_seed),
            owner=owner,
            contract=contract,
            request=request,
            lane=lane,
            verify_of=verify_of,
            warnings=warnings,
            own_keys=own_keys,
            retries=retries,
            fresh=fresh,
        )
        if expires_in_s is not None:
            run = replace(run, expires_at=run.created_at + expires_in_s)
        if unlisted:
            run = replace(run, hidden_until=run.created_at + UNLISTED_S)
        self.store.create([run], receipt=receipt, basis=self._basis(known_lab))
        return self._begun([run])[0]

    def sweep(
        self,
        lab: str,
        config: Mapping[str, Any] | Config,
        *,
        axes: Mapping[str, Any] | None = None,
        seeds: int | Sequence[int] = 1,
        root_seed: int | None = None,
        name: str | None = None,
        owner: str = LOCAL,
        base: Base = DEFAULTS,
        receipt: Receipt | None = None,
        retries: int = DEFAULT_RETRIES,
        fresh: bool = True,
        until: Until | None = None,
    ) -> tuple[Sweep, tuple[Run, ...]]:
        """Queue every point of `axes` (`quintant.runs.axis`) with `seeds` replicates each, or one for each root seed that is
        named. All are validated before anything is stored.

        `config`: keys laid over `base`. An axis whose key is read at no point, or is among these keys as well, is refused.
        `until`: begin with `seeds`, and add seeds at each point until its metrics are that precise.
        """
        known_lab = self._lab(lab)
        if until is not None:
            until = targets(known_lab, until, self.store.metric_units(lab))
            check_start(seeds, until)
        seeded = roots(seeds, self._root(root_seed))
        layout = read_axes(axes or {}, whole=integers(lambda: json_schema(known_lab.config)), repeated=True)
        swept, followed = layout.values, seeded == list(range(seeded[0], seeded[0] + len(seeded)))
        check_size(layout, len(seeded) if until is None else until.most)
        if isinstance(config, Config):
            base, config = Base(config=config.model_dump(mode="json")), {}
        refuse_twice(config, swept)
        sweep = Sweep(
            id=new_id(),
            lab=lab,
            name=self._name(name, known_lab, None),
            owner=owner,
            created_at=self.store.now(),
            root_seed=seeded[0],
            seeds=len(seeded),
            axes=swept,
            request={
                "config": with_changes(known_lab.config, base.config, config), "axes": swept, "seeds": len(seeded),
                "base": {"name": base.name, "config": dict(base.config), "follows": dict(base.follows),
                         "flexible": base.flexible},
                "given": dict(config), **({"until": until.wire} if until is not None else {}),
                **({"tied": layout.tied} if layout.tied else {}), **({} if followed else {"root_seeds": seeded}),
            },
        )  # fmt: skip
        laid_points = [(point, overlay(known_lab.config, base, config, point)) for point in layout.points()]
        check_read(swept, [laid.config for _, laid in laid_points])
        runs: list[Run] = []
        for point, laid in laid_points:
            if len(seeded) > 1 and (reason := known_lab.seedless(laid.config)):
                raise ConfigError(
                    Problem("seeds", f"must be 1, because every replicate would be the same: {reason}", len(seeded))
                )
            for replicate, seed in enumerate(seeded):
                run = self._new(
                    known_lab,
                    laid.config,
                    name=sweep.name,
                    root_seed=seed,
                    owner=owner,
                    own_keys=(*config, *swept),
                    retries=retries,
                    fresh=fresh,
                    warnings=laid.notes,
                )
                at = sweep.created_at + len(runs) * 1e-6
                runs.append(replace(run, sweep_id=sweep.id, point=point, replicate=replicate, created_at=at))
        self.store.create(runs, sweep=sweep, receipt=receipt, basis=self._basis(known_lab))
        begun = self._begun(runs)
        if until is not None:
            self._grow_later(sweep.id)
        return sweep, begun

    def extend(
        self, sweep_id: str, *, seeds: int | Sequence[int] | None = None, axes: Mapping[str, Any] | None = None,
        until: Until | None = None,
    ) -> tuple[Sweep, tuple[Run, ...]]:  # fmt: skip
        """Add Runs to a sweep that is there; what it has is never run again. The sweep as it is then, and what was added.

        `seeds`: so many replicates at each point in all, or their root seeds. `axes`: further values of its swept keys, with
        all replicates each. `until`: from now on seeds are added until its metrics are that precise. ConfigError where nothing
        is added, or for keys that it does not sweep.
        """
        sweep = self.store.sweep(sweep_id)
        lab = self._lab(sweep.lab)
        layout = sweep.layout
        if axes:
            further = read_axes(axes, whole=integers(lambda: json_schema(lab.config)), repeated=True)
            layout = joined(sweep, further)
        seeded = more_roots(sweep, sweep.seeds if seeds is None else seeds)
        asked = seeds if isinstance(seeds, int) else len(seeded)
        if until is not None:
            until = targets(lab, until, self.store.metric_units(sweep.lab))
            check_size(layout, until.most)
            asked = max(LEAST, asked)
            seeded = more_roots(sweep, asked) if asked > len(seeded) else seeded
            sweep = replace(sweep, request={**sweep.request, "until": until.wire, "seeds": asked})
        growing = sweep.until is not None and (until is not None or bool(axes) or self.store.grows(sweep_id))
        least = int(sweep.request["seeds"]) if sweep.until is not None and seeds is None else asked
        sweep, made = self._extended(sweep, layout, lambda point, has: max(least, has), seeded, growing=growing)
        if not made and until is None:
            text = f"adds nothing: sweep {sweep.id} has these runs already."
            raise ConfigError(Problem("seeds" if not axes else "sweep", text, asked if not axes else None))
        if growing:
            self._grow_later(sweep.id)
        return sweep, made

    def _extended(
        self, sweep: Sweep, layout: Axes, wanted: Callable[[Mapping[str, Any], int], int], seeded: Sequence[int], *,
        growing: bool | None,
    ) -> tuple[Sweep, tuple[Run, ...]]:  # fmt: skip
        """Store what is missing of `layout`: at each point the first `wanted(point, how many it has)` replicates. `growing`:
        whether more may follow by themselves; None: only if that is so still."""
        lab, members = self._lab(sweep.lab), self.runs_of(sweep.id)
        there: dict[bytes, list[Run]] = {}
        for run in members:
            there.setdefault(canonical(dict(run.point)), []).append(run)
        base, given = base_of_sweep(sweep)
        laid_points = {canonical(point): point for point in layout.points()}
        runs: list[Run] = []
        begun = self.store.now()
        for key, point in laid_points.items():
            have = {run.replicate for run in there.get(key, ())}
            needed = [replicate for replicate in range(wanted(point, len(have))) if replicate not in have]
            if not needed:
                continue
            first = there[key][0] if have else None
            laid = None if first is not None else overlay(lab.config, base, given, point)
            config = laid.config if laid is not None else parse(lab.config, first.config if first is not None else {})
            if needed[-1] > 0 and (reason := lab.seedless(config)):
                raise ConfigError(Problem("seeds", f"must be 1, because every replicate would be the same: {reason}"))
            for replicate in needed:
                run = self._new(
                    lab, config, name=sweep.name, root_seed=seeded[replicate], owner=sweep.owner,
                    retries=members[0].retries if members else DEFAULT_RETRIES,
                    fresh=members[0].fresh if members else False,
                    own_keys=(*given, *sweep.axes), warnings=laid.notes if laid is not None else (),
                )  # fmt: skip
                runs.append(
                    replace(
                        run, sweep_id=sweep.id, point=point, replicate=replicate, created_at=begun + len(runs) * 1e-6,
                        warnings=run.warnings if first is None else first.warnings,
                    )
                )  # fmt: skip
        check_size(Axes(), len(members) + len(runs))
        most = max([len(there[key]) for key in there] + [run.replicate + 1 for run in runs])
        followed = list(seeded[:most]) == list(range(sweep.root_seed, sweep.root_seed + most))
        request = {key: value for key, value in sweep.request.items() if key != "root_seeds"}
        sweep = replace(
            sweep, seeds=most, axes=layout.values,
            request={**request, "axes": layout.values, **({} if followed else {"root_seeds": list(seeded[:most])})},
        )  # fmt: skip
        if runs or growing:
            self.store.extend(sweep, runs, self._basis(lab), growing=growing)
        return sweep, self._begun(runs)

    def grow(self, sweep_id: str) -> bool:
        """Add the seeds that the points of a growing sweep still need; whether it goes on growing. Conflict where another
        process was faster."""
        sweep = self.store.sweep(sweep_id)
        if sweep.until is None or not self.store.grows(sweep_id):
            return False
        points = self.verdicts(sweep_id)
        if all(point.verdict is not None and point.verdict.converged is not None for point in points):
            self.store.settle(sweep_id)
            return False
        wanted = {
            canonical(dict(point.point)): point.verdict.wanted
            for point in points
            if point.verdict is not None and point.verdict.converged is None
        }
        if wanted:
            seeded = more_roots(sweep, max(sweep.seeds, *wanted.values()))
            self._extended(sweep, sweep.layout, lambda point, has: wanted.get(canonical(dict(point)), 0), seeded, growing=None)
        return True

    def verdicts(self, sweep_id: str) -> Sequence[PointVerdict]:
        """Of a sweep with `until`: how precise each of its points is, and whether more is needed."""
        sweep = self.store.sweep(sweep_id)
        if sweep.until is None:
            return ()
        runs = self.runs_of(sweep_id)
        metrics = self.store.metrics([run.id for run in runs if run.state is State.COMPLETED])
        return verdicts(runs, metrics, sweep.until, int(sweep.request["seeds"]), grows=self.store.grows(sweep_id))

    def converged(self, sweep_id: str) -> bool:
        """Of a sweep with `until` to which nothing is added any more: whether every point is precise."""
        return all(point.verdict is not None and point.verdict.converged is True for point in self.verdicts(sweep_id))

    def _grow_later(self, sweep_id: str) -> None:
        if self.growth is not None:
            self.growth.add(sweep_id)

    # --- reading ---

    def get(self, run_id: str, *, owner: str | None = None) -> Run:
        run = self.store.get(run_id, owner)
        if run.hidden_until is not None:
            raise NotFound("Run", run_id, "It was deleted; for ten seconds that can be undone.")
        return run

    def state(self, run_id: str) -> State:
        """The Run's state alone, for who waits."""
        return self.store.state(run_id)

    def find(self, prefix: str, *, owner: str | None = None) -> Run | Sweep:
        """The Run or Sweep whose id starts with `prefix`, if it is the only one; else NotFound, naming those that do."""
        matches: Sequence[Run | Sweep] = ()
        if prefix:
            matches = [*self.store.starting_with(prefix, owner), *self.store.sweeps_starting_with(prefix, owner)]
        if len(matches) == 1:
            return matches[0]
        if matches:
            ids = ", ".join(match.id for match in matches[:3]) + (" …" if len(matches) > 3 else "")
            raise NotFound("Run or sweep", prefix, f"Several begin so: {ids}. Give more characters.")
        raise NotFound("Run or sweep", prefix, "quintant list shows what there is.")

    def list(
        self,
        *,
        lab: str | None = None,
        states: Collection[State] | None = None,
        contract: str | Every | None = ANY,
        sweep_id: str | None = None,
        owner: str | None = None,
        text: str | None = None,
        sort: str = "-created_at",
        limit: int = 50,
        offset: int = 0,
        before: str | None = None,
        expression: Expression = EVERYTHING,
    ) -> Page[Run]:
        """A page of whole Runs. `before`: the id of a Run; only older ones are given, and no page costs more than the first.
        `expression`: a bound filter."""
        self._known(lab)
        if before is not None and (offset or sort != "-created_at"):
            raise ConfigError(Problem("before", "goes with the order -created_at and no offset.", before))
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
            before=before,
            expression=expression,
            vocabulary=self.vocabulary,
        )

    def rows(self, query: Query, columns: Sequence[Column] = ()) -> RowPage:
        """A page of the table of Runs. The expression of `query` is bound (`filter`)."""
        self._known(query.lab)
        return self.store.rows(query, columns, self.vocabulary, registry.labs().get)

    def facets(self, expression: Expression) -> Mapping[str, Any]:
        """What the Runs that match could be filtered and sorted by further: counts, ranges, values."""
        from quintant.runs.facets import facets

        with self.store.reading() as connection:
            return facets(connection, expression, self.vocabulary(), self.labs, self.store.now())

    def sparklines(self, keys: Sequence[str], points: int = 32) -> Mapping[str, Sparkline]:
        """The small lines beside rows, by their keys; what is not there is left out."""
        from quintant.runs.sparkline import sparklines

        with self.store.reading() as connection:
            return sparklines(connection, keys, registry.labs(), points)

    def filter(self, text: str) -> Parsed:
        """A filter expression, its names looked up: what reads of it, and the faults of the rest."""
        read = parse_filter(text)
        expression, faults = bound(read.expression, self.vocabulary())
        return replace(read, expression=expression, faults=tuple(sorted((*read.faults, *faults), key=lambda fault: fault.at)))

    def expression(self, text: str) -> Expression:
        """A filter expression that reads as a whole; else ConfigError with every fault, its place and its cure."""
        parsed = self.filter(text) if text else Parsed(EVERYTHING)
        if parsed.faults:
            raise ConfigError([fault.problem(text) for fault in parsed.faults])
        return parsed.expression

    def vocabulary(self) -> Vocabulary:
        """What there is to filter by; read anew when something has happened to a Run since."""
        cursor = self.store.feed_cursor()
        if self._words is None or self._words[0] != cursor:
            self._words = cursor, self.store.vocabulary(self.labs)
        return self._words[1]

    def sweeps(self, *, lab: str | None = None, owner: str | None = None, limit: int = 50, offset: int = 0) -> Page[Sweep]:
        self._known(lab)
        return self.store.sweeps(lab=lab, owner=owner, limit=limit, offset=offset)

    def get_sweep(self, sweep_id: str, *, owner: str | None = None) -> Sweep:
        return self.store.sweep(sweep_id, owner)

    def runs_of(self, sweep_id: str) -> tuple[Run, ...]:
        """All Runs of a sweep, point by point, replicate by replicate."""
        return tuple(self.store.of_sweep(sweep_id))

    def now(self, runs: Sequence[Run]) -> tuple[Run, ...]:
        """The same Runs (of one sweep, or a few) as they are now; only those that have changed are read. Left out are those
        that were deleted meanwhile: NotFound when none is left."""
        [sweep_id, *others] = {run.sweep_id for run in runs}
        stored, changed = self.store.changed({run.id: run.last_seq for run in runs}, None if others else sweep_id)
        newer = {run.id: run for run in changed}
        if not stored & {run.id for run in runs}:
            raise NotFound("Run", runs[0].id)
        return tuple(newer.get(run.id, run) for run in runs if run.id in stored)

    def summary(self, sweep_id: str) -> Sequence[PointSummary]:
        sweep = self.store.sweep(sweep_id)
        stopped = sweep.until.metrics if sweep.until is not None else ()
        return summarise(self.runs_of(sweep_id), self._metrics, self._described(sweep.lab), stopped)

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
            seen = self.notifier.wait(seen, left)

    # --- control ---

    def pause(self, run_id: str) -> Run:
        """Ask the Run to pause at its next step boundary; one that is queued, as soon as it has begun."""
        return self._asked("pause", run_id)

    def resume(self, run_id: str) -> Run:
        return self._asked("resume", run_id)

    def cancel(self, run_id: str, *, wait_s: float = 2.0, reason: str = CANCELLED) -> Run:
        """Cancel: a queued Run at once, a live one at its next step, its process tree killed if it does not answer.

        Waits up to `wait_s` for the end and returns the Run as it is then. Conflict when it has ended already.
        """
        return self._asked("cancel", run_id, wait_s, reason)

    def delete(self, run_id: str) -> None:
        """Delete a Run that has ended: its row, events and folder. Final; Conflict while it lives."""
        sweep_id = self.store.delete(run_id)
        shutil.rmtree(self.folder(run_id), ignore_errors=True)
        self.seals.forget(run_id)
        if sweep_id is not None:
            shutil.rmtree(self.sweep_folder(sweep_id), ignore_errors=True)

    def drop(self, run_id: str) -> None:
        """Be done with an unlisted Run: cancelled if it lives, and deleted, at once or when it has ended."""
        with contextlib.suppress(Conflict, NotFound):
            if not self.store.state(run_id).final:
                self.cancel(run_id, wait_s=2)
        with contextlib.suppress(Conflict, NotFound):  # it still lives: what is hidden is deleted some time after its end
            self.delete(run_id)

    def control(self, action: Action, key: str, *, wait_s: float = 2.0) -> Sequence[Answered]:
        """Cancel, pause, resume or delete all Runs of a sweep (or of a point, or one Run), answered for each in their order.

        Left out, with the reason, are those whose state does not allow it. `delete` is final. `wait_s`: up to so long for the
        ends of what is cancelled.
        """
        if action not in control.ACTIONS:
            raise ConfigError(_unknown_action(action, control.ACTIONS))
        if action == "cancel":
            self.store.settle(key)  # first: nothing is added behind what is cancelled
        ids = [run_id for run_id, _ in self.store.members(key)]
        return [self._deleted(run_id) for run_id in ids] if action == "delete" else self._wished(action, ids, wait_s)

    def again(self, how: Literal["retry", "resume"], key: str) -> Sequence[Answered]:
        """Execute anew what did not complete, of a Run or a sweep.

        `retry`: what failed; `resume`: what was cancelled, and what is paused or waits in vain goes on. New Runs with the same
        config and root seed take the places of the old ones, which stay beside the sweep with a note. What was completed is
        never run again. Answered for each, of a new one under its id."""
        runs = self.store.many([run_id for run_id, _ in self.store.members(key)])
        states = control.AGAIN[how]
        # Those that were asked to pause and have not come to it, or wait with that wish, go on as well.
        resumable = [run.id for run in runs if how == "resume" and not run.state.final]
        going = {answer.run: answer for answer in self._wished("resume", resumable, 0.0) if answer.done} if resumable else {}
        for run in runs:
            if how == "resume" and run.state is State.QUEUED:  # of a command that was killed: nobody was to take it
                self._ring(run.id)
                going[run.id] = Answered(run.id, run.state, True)
        pairs: list[tuple[Run, Run]] = []
        begun = self.store.now()
        for run in runs:
            if run.state not in states:
                continue
            if run.contract is not None:
                raise Conflict(f"Run {run.id} came through the {run.contract} contract: it is started again there.")
            new = self._new(self._lab(run.lab), run.config, name=run.name, root_seed=run.root_seed, owner=run.owner,
                            retries=run.retries, fresh=run.fresh)  # fmt: skip
            pairs.append((run, replace(new, sweep_id=run.sweep_id, point=run.point, replicate=run.replicate,
                                       warnings=run.warnings, created_at=begun + len(pairs) * 1e-6)))  # fmt: skip
        sweep_id = next((run.sweep_id for run in runs if run.sweep_id is not None), None)
        if sweep_id is not None and self.store.sweep(sweep_id).until is not None and (pairs or going):
            self.store.go_on(sweep_id)  # before they are there: a sweep that ended with them would be found at its end
            self._grow_later(sweep_id)
        if pairs:
            self.store.replace([(old.id, new) for old, new in pairs], self._basis(self._lab(pairs[0][0].lab)))
            for old, new in pairs:
                self.store.annotate([old.id], Change(note=f"Run again as {new.id}."), by=LOCAL)
                self._ring(new.id)
        renewed = {old.id: control.replaced(old, new.id) for old, new in pairs}
        only = {"retry": "only what failed is retried", "resume": "only what was cancelled or is paused is resumed"}[how]
        answers = {**going, **renewed}
        return [
            answers.get(run.id) or Answered(run.id, run.state, False, f"Run {run.id} is {run.state}; {only}.") for run in runs
        ]

    def keep(self, run_id: str) -> Run:
        """Keep a Run that would expire."""
        self.store.get(run_id)
        self.store.keep(run_id)
        return self.store.get(run_id)

    # --- what people write ---

    def annotation(self, run_id: str) -> Annotation:
        return self.store.annotation(self.get(run_id).id)

    def annotations(self, run_id: str) -> Sequence[Annotation]:
        """Who changed a Run's name, tags and note, and when."""
        return self.store.annotations(self.get(run_id).id)

    def annotate(
        self,
        key: str,
        *,
        name: str | Unset = UNSET,
        tags: Sequence[str] | Unset = UNSET,
        note: str | Unset | None = UNSET,
        by: str = LOCAL,
        expected: int | None = None,
    ) -> Sequence[Annotation]:
        """Write the name, tags or note of a Run, or of all Runs of a point or sweep; what is not given stays.

        `expected`: the version that was read; Outdated where somebody has written since.
        """
        ids = [run_id for run_id, _ in self.store.members(key)]
        change = Change(
            name=UNSET if name is UNSET else self._named(name),
            tags=UNSET if tags is UNSET else checked_tags(tags),
            note=UNSET if note is UNSET else checked_note(note),
        )
        sweep_id = key if ids != [key] and "." not in key else None
        annotations = self.store.annotate(ids, change, by=by, expected=expected, sweep_id=sweep_id)
        return [annotations[run_id] for run_id in ids]

    def bulk(self, action: str, keys: Sequence[str], *, tags: Sequence[str] = (), by: str = LOCAL) -> Sequence[Done]:
        """Do one thing to many Runs, points or sweeps, and say of each what became of it.

        `cancel`, `pause`, `resume` skip Runs that do not allow it, `delete` those that have not ended. Deleted ones are hidden
        for UNDO_S seconds, in which `undo` brings them back, also across a restart; then they are gone for good.
        """
        if action not in ACTIONS:
            raise ConfigError(_unknown_action(action, ACTIONS))
        if not 1 <= len(keys) <= MOST_KEYS:
            raise ConfigError(Problem("ids", f"must name 1 to {MOST_KEYS} rows; got {len(keys)}.", len(keys)))
        checked = checked_tags(tags)
        if (action in ("tag", "untag")) is not bool(checked):
            text = "is needed to tag." if action in ("tag", "untag") else f"has no meaning for {action}."
            raise ConfigError(Problem("tags", text, list(tags)))
        return [self._done(action, key, checked, by) for key in dict.fromkeys(keys)]

    def _done(self, action: str, key: str, tags: tuple[str, ...], by: str) -> Done:
        try:
            runs = self.store.members(key, hidden=action == "undo")
        except NotFound as error:
            return Done(key, reason=f"{error.detail} It may be gone for good." if action == "undo" else error.detail)
        ids = [run_id for run_id, _ in runs]
        match action:
            case "tag" | "untag":
                self.store.annotate(ids, Change(add=tags) if action == "tag" else Change(remove=tags), by=by)
                return Done(key, len(ids), len(ids))
            case "undo":
                return Done(key, len(ids), len(self.store.show(ids)))
            case "delete":
                hidden, until = self.store.hide(ids, UNDO_S)
                left = len(ids) - len(hidden)
                waiting = f"{left} of {len(ids)} have not ended; stop them first." if left else None
                return Done(key, len(ids), len(hidden), waiting, until if hidden else None)
            case "cancel" | "pause" | "resume":
                answers = self._wished(action, ids, 0.0)
                reason = next((answer.reason for answer in answers if not answer.done), None)
                return Done(key, len(ids), sum(answer.done for answer in answers), reason)
            case _:
                raise AssertionError(action)

    def _asked(self, action: Wish, run_id: str, wait_s: float = 0.0, reason: str = CANCELLED) -> Run:
        run = self.store.get(run_id)
        [answer] = self._wished(action, [run.id], wait_s, reason)
        if answer.state is not None and not answer.done:
            raise Conflict(answer.reason or "")
        return self.store.get(run_id)

    def _wished(self, action: Wish, run_ids: Sequence[str], wait_s: float, reason: str = CANCELLED) -> Sequence[Answered]:
        """Leave a wish for those of the Runs that may be asked, and wait up to `wait_s` for the ends of cancelled ones."""
        accepted = self.store.want(run_ids, control.WANT[action], control.MAY[action])
        if action == "cancel":
            self.store.cancel_queued(accepted, reason)
        now, end, seen = self.store.wishes(run_ids), time.monotonic() + wait_s, -1
        while action == "cancel" and (left := end - time.monotonic()) > 0:
            if not (waiting := [run_id for run_id in accepted if run_id in now and not now[run_id][0].final]):
                break
            seen = self.notifier.wait(seen, left)
            now |= self.store.wishes(waiting)
        answers = []
        for run_id in run_ids:
            state, want = now.get(run_id, (None, "run"))
            done = run_id in accepted
            answers.append(Answered(run_id, state, True) if done else control.left_out(run_id, state, action, want))
        return answers

    def _deleted(self, run_id: str) -> Answered:
        try:
            state = self.store.state(run_id)
            self.delete(run_id)
        except NotFound:
            return control.left_out(run_id, None, "delete")
        except Conflict:
            return control.left_out(run_id, self.store.state(run_id), "delete")
        return Answered(run_id, state, True)

    def row_key(self, run_id: str) -> str:
        """The key of the row of a list in which a Run stands with its replicates."""
        return self.store.row_key(run_id)

    # --- one feed of all Runs ---

    def feed_cursor(self) -> int:
        """The place of the newest entry, from which a list that is read now can be kept true."""
        return self.store.feed_cursor()

    def feed(self, after: int, limit: int = 1000) -> Sequence[FeedEntry]:
        """What happened to Runs after a cursor of the feed. Gone when it is older than what is kept."""
        begin, newest = self.store.feed_begin(), self.store.feed_cursor()
        if after > newest or (begin and after < begin - 1):
            raise Gone(f"The feed has no place {after} (any more): it reaches from {begin} to {newest}. List the runs again.")
        return self.store.feed(after, limit)

    def follow_all(self, after: int, heartbeat_s: float | None = None) -> AsyncGenerator[FeedEntry | Mapping[str, Any] | None]:
        """The feed as it grows: its entries, between them the progress of live Runs by id, None as a heartbeat."""
        return self.tail.everything(after, heartbeat_s or self.settings.heartbeat_s)

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

    def log_lines(
        self, run_id: str, *, line: int = 1, limit: int = 200, query: str = "", levels: Collection[str] = ()
    ) -> LinePage:
        """The log by lines, from number `line` on (negative: the last of them): those that hold `query`, of these levels."""
        run = self.store.get(run_id)
        if unknown := [level for level in levels if level not in LEVELS]:
            text = f"must be of {', '.join(LEVELS)}; got {unknown[0]!r}."
            raise ConfigError(Problem("level", text, unknown[0], list(LEVELS), suggest(unknown[0], LEVELS)))
        if line == 0 or not 1 <= limit <= MOST_LINES:
            wrong = (
                ("line", "counts from 1, or back from the end with -1", line)
                if line == 0
                else ("limit", f"must be 1 to {MOST_LINES}", limit)
            )
            raise ConfigError(Problem(wrong[0], f"{wrong[1]}; got {wrong[2]}.", wrong[2]))
        return self._lines.page(self._log_path(run), line=line, limit=limit, query=query, levels=levels, whole=run.state.final)

    async def follow_log(
        self, run_id: str, offset: int = 0, heartbeat_s: float | None = None
    ) -> AsyncGenerator[LogChunk | None]:
        path = self._log_path(await asyncio.to_thread(self.store.get, run_id))
        async for chunk in self.tail.follow_log(run_id, lambda: path, offset, heartbeat_s or self.settings.heartbeat_s):
            yield chunk

    # --- what a Run left ---

    def folder(self, run_id: str) -> Path:
        return self.settings.folder / "runs" / run_id

    def sweep_folder(self, sweep_id: str) -> Path:
        """Where the figures of a sweep that were drawn here lie."""
        return self.settings.folder / "sweeps" / sweep_id

    def artifacts(self, run_id: str) -> Sequence[Artifact]:
        self.store.get(run_id)
        return self.store.artifacts(run_id)

    def open_artifact(self, run_id: str, path: str) -> Path:
        """The file behind a relative path. Forbidden when it would leave the Run's folder, before existence is looked at;
        once the Run has ended, NotFound for what is not among its artifacts, Changed for what is not what was recorded."""
        return self.seals.opened(run_id, path, ended=self.store.state(run_id).final)

    def result(self, run_id: str, *, tables: Collection[str] | None = None, so_far: bool = False) -> Result | None:
        """The Result of a completed Run, else None. `tables`: open no others (names that it lacks are none of it). `so_far`:
        also what a stopped Run had measured, which no summary and no comparison counts."""
        if self.store.state(run_id) is State.COMPLETED or (so_far and stopped_after(self.store.get(run_id)) is not None):
            return results.read(partial(self.seals.opened, run_id, ended=True), tables)
        return None

    def archive(self, run_id: str) -> Sequence[tuple[str, Path]]:
        """The files of an ended Run: their names below its id, and where they lie. Conflict while it lives; Changed where one
        is not what was recorded."""
        run = self.get(run_id)
        if not run.state.final:
            raise Conflict(f"Run {run_id} is {run.state}; its files can be taken together once it has ended.")
        return [(f"{run_id}/{item.path}", self.open_artifact(run_id, item.path)) for item in self.artifacts(run_id)]

    def tables(self, run_id: str) -> Sequence[str]:
        """The names of a completed Run's tables, in order, without opening one."""
        if self.store.state(run_id) is not State.COMPLETED:
            return ()
        return results.table_names(partial(self.seals.opened, run_id, ended=True))

    def table(self, run_id: str, name: str) -> pa.Table:
        """One table of a Run, while it runs as far as it is told. NotFound with what there is."""
        result = self.result(run_id, tables=(name,), so_far=True)
        tables = result.tables if result is not None else self._told(run_id)
        if name not in tables:
            known = self.tables(run_id) or list(tables)
            raise NotFound("Table", name, suggest(name, known) or f"This run has: {', '.join(known) or 'none yet'}.")
        return tables[name]

    def outcome(self, run_id: str, *, kinds: Collection[str] | None = None) -> Outcome:
        """The Run as figures see it; while it runs, with the tables told so far. `kinds`: with no other events."""
        result = self.result(run_id, so_far=True)
        tables = result.tables if result else self._told(run_id)
        if result is None and (result := self.result(run_id, so_far=True)):  # it came to its end while its parts were read
            tables = result.tables
        run = self.store.get(run_id)
        config = parse(self._described(run.lab).config, run.config)
        events = [Event(event.kind, event.payload, event.at) for event in self.store.events(run_id, 0, 1_000_000, kinds)]
        return run_outcome(run, config, replace(result or Result({}), tables=tables), events)

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
        self._refuse_changed(run)
        name = f"verify {run.name}"[:LONGEST_NAME]
        return self.submit(run.lab, run.config, name=name, root_seed=run.root_seed, owner=run.owner, verify_of=run.id)

    def compare(self, run_id: str, other_id: str) -> Comparison:
        run, other = self.store.get(run_id), self.store.get(other_id)
        if run.lab != other.lab:
            raise Conflict(
                f"Run {run_id} is of lab {run.lab}, {other_id} of lab {other.lab}; only runs of one lab can be compared."
            )
        outcome, again = self._as_it_stands(run), self._as_it_stands(other)
        if outcome is None or again is None:
            missing = run if outcome is None else other
            if missing.state is State.COMPLETED:
                raise Conflict(f"The files of run {missing.id} are not in its folder any more; there is nothing to compare.")
            raise Conflict(f"Run {missing.id} is {missing.state}; only completed runs can be compared.")
        return compare(run, other, outcome, again, anywhere=self._described(run.lab).exact == "anywhere")

    def juxtapose(self, keys: Sequence[str], baseline: str | None = None, confidence: float = 0.95) -> Juxtaposition:
        """Series of Runs side by side: `keys` of rows (Runs, points, sweeps). Differences are to `baseline`, else the first."""
        wanted = list(dict.fromkeys(keys))
        if not 2 <= len(wanted) <= MOST_SERIES:
            raise ConfigError(Problem("series", f"must name 2 to {MOST_SERIES} different rows; got {len(wanted)}.", list(keys)))
        base = wanted[0] if baseline is None else baseline
        if base not in wanted:
            raise ConfigError(Problem("baseline", "must be one of the series.", base, wanted))
        series: list[Series] = []
        for key in wanted:
            ids = [run_id for run_id, _ in self.store.members(key)]
            if sum(len(members.runs) for members in series) + len(ids) > MOST_RUNS:
                raise TooLarge(f"More than {MOST_RUNS} runs are asked for; compare fewer sweeps at a time.")
            runs = self.store.many(ids)
            sweep = self.store.sweep(runs[0].sweep_id) if runs[0].sweep_id is not None else None
            series.append(Series.from_runs(key, runs, sweep))
        labs = labs_of(series)
        if len(labs) > 1:
            reason = f"they are of {len(labs)} labs ({', '.join(labs)}), which measure different things."
            return Juxtaposition(tuple(series), base, reason)
        done = [run.id for members in series for run in members.runs if run.state is State.COMPLETED]
        metrics = self.store.metrics(done)
        return juxtapose(series, base, metrics, self._described(labs[0]), confidence)

    def _as_it_stands(self, run: Run) -> Result | None:
        """The Result, also when it is not what was recorded: with what it differs is what a comparison has to find. Changed
        where that cannot be read, or where the bytes differ and what they say does not."""
        from quintant.runs import record

        try:
            return self.result(run.id)
        except Changed:
            try:
                result = results.read(partial(self.seals.opened, run.id, ended=False), None)
            except Exception:  # whatever a changed file makes of its readers
                result = None
            if result is None or record.result_hash(result) == run.result_hash:
                raise
            return result

    # --- beside Runs ---

    def documents(self, lab: str, kind: str) -> Documents:
        return Documents(self.store, lab, kind)

    def past(self, lab: str) -> Sequence[Past]:
        """The newest completed Runs of a lab on this machine, with what they took: what a forecast is made from."""
        from quintant.runs import record
        from quintant.runs.forecast import LOOKED_AT, Past

        cursor, known = self.store.feed_cursor(), self._past.get(lab)
        if known is not None and known[0] == cursor:
            return known[1]
        platform = record.platform_tag(self._described(lab))
        past_runs = [
            Past(config, seconds)
            for config, provenance in self.store.completed(lab, LOOKED_AT)
            if provenance.get("platform") == platform and (seconds := _worked_s(provenance.get("timings", {}))) > 0
        ]
        self._past[lab] = cursor, past_runs
        return past_runs

    def reusable(self, lab: Lab, configs: Sequence[Config], seeds: range) -> int:
        """How many Runs of these configs with these root seeds would not have to be executed."""
        hashes = [config_hash(config, self._identity(self._outside(lab, config))) for config in configs]
        return self.reuse.count(lab, configs, hashes, seeds)

    def why_not_reused(self, run_id: str) -> WhyNot:
        """Why a Run was or will be executed, by what differs from the nearest Run before it."""
        run = self.get(run_id)
        return why_not(run, self._described(run.lab), self.store, self.reuse)

    def health(self) -> dict[str, Any]:
        """Whether the database answers and can keep something, and how many Runs are live and queued per lab."""
        try:
            counts = self.store.count_live()
            database = "connected" if self._has_space() else "the disk is full: nothing new can be kept"
        except Exception as error:  # health must answer whatever the database does
            cause = error.detail if isinstance(error, QuintantError) else type(error).__name__
            return {"database": f"error: {cause}", "active": {}, "queued": {}}
        active: dict[str, int] = {}
        queued: dict[str, int] = {}
        for (lab, state), n in counts.items():
            into = queued if state is State.QUEUED else active
            into[lab] = into.get(lab, 0) + n
        return {"database": database, "active": active, "queued": queued}

    def _has_space(self) -> bool:
        """Whether the data folder's disk could take another Run's first files."""
        room = os.statvfs(self.settings.folder)
        return room.f_bavail * room.f_frsize >= LEAST_SPACE_BYTES

    # --- inside ---

    def _lab(self, name: str) -> Lab:
        if name not in self.labs and name in registry.labs():
            raise NotFound("Lab", name, f"This server offers {', '.join(self.labs)}.")
        return registry.find(name)

    def _known(self, lab: str | None) -> None:
        """ConfigError for a lab that is not here and of which nothing is stored: an empty list would hide the slip."""
        if lab is None or lab in registry.labs() or lab in registry.broken() or self.store.has_lab(lab):
            return
        known = sorted(registry.labs())
        text = f"is no lab: there are {', '.join(known)}; got {lab!r}."
        raise ConfigError(Problem("lab", text, lab, known, suggest(lab, known)))

    def _described(self, name: str) -> Lab:
        """The lab's description, installed or not: what is stored stays readable."""
        lab = registry.labs().get(name)
        return lab if lab is not None else registry.find(name)

    def _named(self, name: Any) -> str:
        if not isinstance(name, str):
            raise ConfigError(Problem("name", f"must be text; got {name!r}.", name))
        return _plain_name(name)

    def _root(self, root_seed: int | None) -> int:
        if root_seed is None:
            return self.settings.root_seed
        if not isinstance(root_seed, int) or isinstance(root_seed, bool) or not 0 <= root_seed < 2**63:
            raise ConfigError(Problem("root_seed", f"must be an integer from 0 to 2^63 - 1; got {root_seed!r}.", root_seed))
        return root_seed

    def _name(self, name: str | None, lab: Lab, run_id: str | None) -> str:
        if name is None:
            return f"{lab.name} {run_id[:6]}" if run_id else lab.name
        return _plain_name(name)

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
        own_keys: Collection[str] = (),
        retries: int = DEFAULT_RETRIES,
        fresh: bool = True,
    ) -> Run:
        if isinstance(retries, bool) or not isinstance(retries, int) or not 0 <= retries <= MOST_RETRIES:
            raise ConfigError(Problem("retries", f"must be an integer from 0 to {MOST_RETRIES}; got {retries!r}.", retries))
        if lane not in LANES:
            raise ConfigError(Problem("lane", f"must be one of {', '.join(LANES)}; got {lane!r}.", lane, list(LANES)))
        parsed = (
            config
            if isinstance(config, lab.config)
            else parse(lab.config, config if isinstance(config, Mapping) else config.model_dump())
        )
        things = self._outside(lab, parsed)
        if refused := self.permission.problems(things):
            raise ConfigError(refused)
        outside = self._identity(things)
        run_id = new_id()
        unread = parsed.unread(own_keys)
        if contract is not None:  # a dialect sets keys of its own accord: what its client did not name is not told
            unread = (problem for problem in unread if problem.path.partition(".")[0] in own_keys)
        doubts = {(doubt.path, doubt.message): doubt for doubt in (*warnings, *parsed.warnings(), *unread)}
        return Run(
            id=run_id,
            lab=lab.name,
            lab_version=lab.version,
            name=self._name(name, lab, run_id),
            owner=owner,
            contract=contract,
            lane=lane,
            config=_json(parsed),
            config_hash=config_hash(parsed, outside),
            outside=tuple(outside),
            retries=retries,
            fresh=fresh or contract is not None or verify_of is not None or lab.unsteady(parsed) is not None,
            request=request,
            root_seed=root_seed,
            streams=dict(lab.seeded(parsed, root_seed).seeds),
            verify_of=verify_of,
            created_at=self.store.now(),
            warnings=tuple({"path": p.path, "message": p.message, "hint": p.hint} for p in first_told(doubts.values())),
        )

    def _outside(self, lab: Lab, config: Config) -> Sequence[Outside]:
        """What the config names beyond itself."""
        return tuple(load(lab.outside)(config, self.settings.cache)) if lab.outside else ()

    def _identity(self, things: Sequence[Outside]) -> Sequence[Mapping[str, str]]:
        try:
            return identity(things)
        except OSError as error:
            named = next((thing for thing in things if str(thing.place) in str(error)), things[0])
            text = f"{named.name!r} cannot be read: {error.strerror or 'nothing is there'}."
            raise ConfigError(Problem(named.key, text, named.name)) from None

    def _refuse_changed(self, run: Run) -> None:
        """Conflict when what a Run's config names beyond itself, and was not kept, is not what it was then."""
        lab = self._described(run.lab)
        config = parse(lab.config, run.config)
        things = [thing for thing in self._outside(lab, config) if not thing.kept]
        now = {(item["key"], item["name"]): item["sha256"] for item in self._identity(things)}
        for item in run.outside:
            sha256 = now.get((item["key"], item["name"]))
            if sha256 is not None and sha256 != item["sha256"]:
                raise Conflict(
                    f"Run {run.id} cannot be verified: {item['name']} ({item['key']}) was changed since. Its sha256 is "
                    f"{sha256}, it was {item['sha256']}."
                )

    def _basis(self, lab: Lab) -> Basis:
        """What the configs of a lab have in common, by which its Runs' keys are stored: its defaults."""
        if lab.name not in self._bases:
            self._bases[lab.name] = Basis.from_config(lab.name, lab.config.model_construct().model_dump(mode="json"))
        return self._bases[lab.name]

    def _metrics(self, run_id: str) -> Mapping[str, Metric] | None:
        return results.read_metrics(partial(self.seals.opened, run_id, ended=True))

    def _log_path(self, run: Run) -> Path:
        return self.folder(run.id) / contract_of(self._described(run.lab)).log_path

    def _begun(self, runs: Sequence[Run]) -> tuple[Run, ...]:
        """New Runs on their way: those whose result is there have it at once, as far as nobody waits for that; the others, and
        the rest of many, when it is their turn."""
        begun = [self._reused(run) if at < REUSED_AT_ONCE else run for at, run in enumerate(runs)]
        for run in begun:
            if not run.state.final:
                self._ring(run.id)
        return tuple(begun)

    def _reused(self, run: Run) -> Run:
        try:
            return self.reuse.take(run) or run
        except QuintantError:  # it is executed, or fails with this reason
            return run

    def _ring(self, run_id: str) -> None:
        if self.executor is not None:
            self.executor.submit(run_id)


def _worked_s(timings: Mapping[str, Any]) -> float:
    """What a Run took from its start to its end, less its pauses."""
    return float(sum(timings.get(phase, 0.0) for phase in ("starting_s", "running_s", "result_s")))


def _unknown_action(action: str, known: Sequence[str]) -> Problem:
    return Problem("action", f"must be one of {', '.join(known)}; got {action!r}.", action, list(known))


def _plain_name(name: str) -> str:
    name = name.strip()
    if not 1 <= len(name) <= LONGEST_NAME:
        raise ConfigError(Problem("name", f"must have 1 to {LONGEST_NAME} characters; got {len(name)}.", name[:40]))
    if any(unicodedata.category(letter) in CONTROLS for letter in name):
        raise ConfigError(Problem("name", f"must not hold control characters; got {name[:40]!r}.", name[:40]))
    return name


def _json(config: Config) -> dict[str, Any]:
    import orjson

    body: dict[str, Any] = orjson.loads(canonical(config))
    return body


def open_runs(
    settings: Settings, *, execute: bool, only_own: bool = False, warm: bool = False, spare: Forked | None = None
) -> Runs:
    """Open the Store of `settings` (migrating it), with an executor if `execute`.

    `only_own`: the executor takes nothing but what is submitted here (a command line beside no server). `warm`: get the
    labs' warm processes ready in the background instead of with the first Run. `spare`: a process that becomes the first one.
    """

    def ready() -> Collection[str]:
        return [lab.name for lab in registry.labs(settings.labs).values() if registry.missing(lab) is None]

    folder = settings.made_folder()
    kernels.keep(settings.cache)
    store = Store(settings.database_url, runs_folder=folder / "runs")
    notifier = Notifier(store.engine)
    executor = None
    if execute:
        supervisor = Supervisor(
            store, notifier, folder / "runs", settings.cache,
            lease_s=settings.lease_s, grace_s=settings.grace_s, draw_cache_bytes=settings.shelf_bytes, idle_s=settings.idle_s,
            spare=spare,
        )  # fmt: skip
        slots = {"batch": settings.workers, "sync": settings.sync_workers}
        executor = LocalExecutor(supervisor, notifier, slots, labs=None if only_own else ready, only_own=only_own)
        executor.start(warm=warm)
    permission = Permission(keyed=False) if only_own else None  # who computes here has all the rights that he has
    runs = Runs(store, settings, executor, notifier, permission)
    if execute:
        runs.growth = Growth(runs, own=only_own)
        if not only_own:
            runs.growth.start()
    return runs
