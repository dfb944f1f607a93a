"""The local door: the runs facade in this process, on the store of the data folder."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from quintant import registry, tabular
from quintant.cli.door.door import Compared, Door, Listed
from quintant.client.card import LabCard, card
from quintant.errors import NotFound, NotInstalled
from quintant.lab import Lab, Metric
from quintant.runs.artifact import Artifact
from quintant.runs.event import LoggedEvent
from quintant.runs.lifecycle import State
from quintant.runs.request import Request, start
from quintant.runs.run import Page, Run
from quintant.runs.statistics import PointSummary
from quintant.runs.sweep import Sweep

if TYPE_CHECKING:
    import pyarrow as pa

    from quintant.lab import OwnFile
    from quintant.runs import Runs
    from quintant.runs.annotation import Annotation, Done
    from quintant.runs.control import Action, Answered
    from quintant.runs.growth import PointVerdict
    from quintant.runs.log_lines import LinePage
    from quintant.runs.results_table import Wanted
    from quintant.runs.rows import RowPage
    from quintant.runs.table_slice import TableSlice
    from quintant.settings import Settings


class LocalDoor(Door):
    """Opens the store when it is first needed: `explain` and `labs` never touch it."""

    def __init__(self, settings: Settings, *, execute: bool) -> None:
        self._settings, self._execute = settings, execute
        self.folder = settings.folder

    @cached_property
    def facade(self) -> Runs:
        from quintant.runs import open_runs, prefork

        spare = prefork.fork() if self._execute else None  # now: what is opened next has threads
        return open_runs(self._settings, execute=self._execute, only_own=True, spare=spare)

    def close(self) -> None:
        if "facade" in vars(self):
            self.facade.close()

    # --- labs ---

    def labs(self) -> Sequence[LabCard]:
        return [_card(lab) for lab in registry.labs(self._settings.labs).values()]

    def broken(self) -> Mapping[str, str]:
        return registry.broken()

    def lab(self, name: str) -> LabCard:
        return _card(self._described(name))

    def page(self, name: str) -> str:
        from quintant import registry
        from quintant.page import page

        self.lab(name)  # NotFound with a suggestion
        return page(registry.labs()[name]).text

    def read_file(self, lab: str, key: str, file: Path) -> OwnFile:
        from quintant import registry
        from quintant.own_file import content, read_file

        return read_file(registry.find(lab), key, file.name, content(key, file), self._settings.cache).file

    # --- starting ---

    def start(self, request: Request) -> tuple[Sweep | None, tuple[Run, ...]]:
        return start(request, self.facade)

    def extend(self, sweep_id: str, extension: Mapping[str, Any]) -> tuple[Sweep, tuple[Run, ...]]:
        from quintant.until import Until

        until = Until.read(extension.get("until") or (), extension.get("max_seeds"))
        return self.facade.extend(sweep_id, seeds=extension.get("seeds"), axes=extension.get("sweep"), until=until)

    def grows(self, sweep_id: str) -> bool:
        return self.facade.store.grows(sweep_id)

    def verdicts(self, sweep_id: str) -> Sequence[PointVerdict]:
        return self.facade.verdicts(sweep_id)

    # --- reading ---

    def find(self, prefix: str) -> Run | Sweep:
        return self.facade.find(prefix)

    def run(self, run_id: str) -> Run:
        return self.facade.get(run_id)

    def runs_of(self, sweep_id: str) -> tuple[Run, ...]:
        self._seen = self.facade.notifier.count
        return self.facade.runs_of(sweep_id)

    def now(self, runs: Sequence[Run]) -> tuple[Run, ...]:
        self._seen = self.facade.notifier.count
        return self.facade.now(runs)

    def wait(self, least_s: float) -> None:
        time.sleep(least_s)
        self.facade.notifier.wait(self._seen)

    def runs(
        self,
        *,
        lab: str | None = None,
        states: Collection[State] | None = None,
        text: str | None = None,
        where: str = "",
        sort: str = "-created_at",
        limit: int = 50,
    ) -> Page[Run]:
        expression = self.facade.expression(where)
        return self.facade.list(lab=lab, states=states, text=text, expression=expression, sort=sort, limit=limit)

    def rows(self, listed: Listed) -> RowPage:
        from quintant.runs.rows import Query, read_columns, read_sorts

        query = Query(
            fold=listed.fold, expression=self.facade.expression(listed.where), lab=listed.lab, states=listed.states,
            text=listed.text, sort=read_sorts(listed.sort), limit=listed.limit, cursor=listed.cursor,
        )  # fmt: skip
        return self.facade.rows(query, read_columns(listed.cols))

    def results_table(self, asked: Wanted) -> pa.Table:
        from quintant.runs.results_table import results_table

        return results_table(self.facade, asked)

    def citation(self, target: Run | Sweep, format: str) -> str:
        from quintant.runs.citing import cite

        return cite(self.facade, target.id).written(format)

    def report(self, keys: Sequence[str]) -> bytes:
        from quintant.server.native.reports import report

        return report(self.facade, keys)

    def annotate(self, key: str, changes: Mapping[str, Any]) -> Sequence[Annotation]:
        return self.facade.annotate(key, **changes)

    def bulk(self, action: str, keys: Sequence[str], tags: Sequence[str] = ()) -> Sequence[Done]:
        return self.facade.bulk(action, keys, tags=tags)

    def events(self, run_id: str, after: int = 0) -> Sequence[LoggedEvent]:
        return self.facade.events(run_id, after)

    def points(self, sweep_id: str) -> Sequence[PointSummary]:
        return self.facade.summary(sweep_id)

    # --- control ---

    def pause(self, run_id: str) -> Run:
        return self.facade.pause(run_id)

    def resume(self, run_id: str) -> Run:
        return self.facade.resume(run_id)

    def cancel(self, run_id: str, *, wait_s: float = 2.0) -> Run:
        return self.facade.cancel(run_id, wait_s=wait_s)

    def delete(self, run_id: str) -> None:
        self.facade.delete(run_id)

    def control(self, action: Action, sweep_id: str, *, wait_s: float = 2.0) -> Sequence[Answered]:
        return self.facade.control(action, sweep_id, wait_s=wait_s)

    def again(self, how: Literal["retry", "resume"], sweep_id: str) -> Sequence[Answered]:
        return self.facade.again(how, sweep_id)

    # --- what a Run left ---

    def artifacts(self, run_id: str) -> Sequence[Artifact]:
        return self.facade.artifacts(run_id)

    def fetch(self, run_id: str, path: str, to: Path) -> tuple[int, str]:
        to.parent.mkdir(parents=True, exist_ok=True)
        sha, size = hashlib.sha256(), 0
        with self.facade.open_artifact(run_id, path).open("rb") as source, to.open("wb") as target:
            while piece := source.read(1 << 20):
                target.write(piece)
                sha.update(piece)
                size += len(piece)
        return size, sha.hexdigest()

    def metrics(self, run_id: str) -> Mapping[str, Metric]:
        result = self.facade.result(run_id, tables=(), so_far=True)
        return result.metrics if result else {}

    def tables(self, run_id: str) -> Sequence[str]:
        return self.facade.tables(run_id)

    def table(self, run_id: str, name: str, format: str, part: TableSlice | None = None) -> bytes:
        whole = self.facade.table(run_id, name)
        return tabular.encoded(whole if part is None else part.apply(whole)[0], format)

    def figure(self, target: Run | Sweep, name: str, format: str) -> bytes:
        from quintant import figure as figures

        figure = next((candidate for candidate in self._described(target.lab).figures if candidate.name == name), None)
        if figure is None:
            raise NotFound("Figure", name)
        single = isinstance(target, Run)
        outcomes = [self.facade.outcome(target.id)] if single else self.facade.outcomes(target.id)
        return figures.export(figures.draw(figure, outcomes), format)

    # --- trust ---

    def verify(self, run_id: str) -> Run:
        return self.facade.verify(run_id)

    def why_not_reused(self, run_id: str) -> Mapping[str, Any]:
        return asdict(self.facade.why_not_reused(run_id))

    def compare(self, run_id: str, other_id: str) -> Compared:
        comparison = self.facade.compare(run_id, other_id)
        return Compared(comparison.identical, comparison.exact, comparison.same_platform, comparison.differences)

    def log_lines(
        self, run_id: str, *, line: int = 1, limit: int = 200, query: str = "", levels: Sequence[str] = ()
    ) -> LinePage:
        return self.facade.log_lines(run_id, line=line, limit=limit, query=query, levels=levels)

    def compare_series(self, keys: Sequence[str], baseline: str | None = None) -> Mapping[str, Any]:
        from quintant.server.native.compare import CompareBody, answer

        answer_shape = answer(self.facade, CompareBody(series=list(keys), baseline=baseline))
        return answer_shape.model_dump(mode="json")

    def operate(self, lab: str, what: str, here: Callable[[Runs], Any], body: Mapping[str, Any] | None = None) -> Any:
        return here(self.facade)

    def view(self, target: Run | Sweep) -> str | None:
        return None

    def _described(self, name: str) -> Lab:
        labs = registry.labs(self._settings.labs)
        if name in labs:
            return labs[name]
        if name in registry.broken():
            raise NotInstalled(f"lab {name} cannot be loaded: {registry.broken()[name]}")
        return registry.find(name)


def _card(lab: Lab) -> LabCard:
    state, reason = registry.status(lab)
    return card(lab, reason, state)
