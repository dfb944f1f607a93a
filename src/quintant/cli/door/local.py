"""The local door: the runs facade in this process, on the store of the data folder."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quintant import registry, tabular
from quintant.cli.door import Compared, Door, Request
from quintant.client.card import LabCard, card
from quintant.errors import NotFound, NotInstalled
from quintant.lab import Lab, Metric
from quintant.runs.artifact import Artifact
from quintant.runs.event import LoggedEvent
from quintant.runs.lifecycle import State
from quintant.runs.run import Page, Run
from quintant.runs.statistics import PointSummary
from quintant.runs.sweep import Sweep

if TYPE_CHECKING:
    from quintant.runs import Runs
    from quintant.settings import Settings


class LocalDoor(Door):
    """Opens the store when it is first needed: `explain` and `labs` never touch it."""

    def __init__(self, settings: Settings, *, execute: bool) -> None:
        self._settings, self._execute = settings, execute
        self.folder = settings.folder

    @cached_property
    def facade(self) -> Runs:
        from quintant.runs import open_runs

        return open_runs(self._settings, execute=self._execute, only_own=True)

    def close(self) -> None:
        if "facade" in vars(self):
            self.facade.close()

    # --- labs ---

    def labs(self) -> Sequence[LabCard]:
        return [card(lab, registry.missing(lab)) for lab in registry.labs(self._settings.labs).values()]

    def broken(self) -> Mapping[str, str]:
        return registry.broken()

    def lab(self, name: str) -> LabCard:
        lab = self._described(name)
        return card(lab, registry.missing(lab))

    # --- starting ---

    def start(self, request: Request) -> tuple[Sweep | None, tuple[Run, ...]]:
        shown = self.lab(request.lab)
        config = {**(shown.preset(request.preset).config if request.preset else {}), **request.config}
        if request.axes or request.seeds != 1:
            return self.facade.sweep(
                request.lab, config, axes=request.axes, seeds=request.seeds, root_seed=request.root_seed, name=request.name
            )
        run = self.facade.submit(request.lab, config, name=request.name, root_seed=request.root_seed)
        return None, (run,)

    # --- reading ---

    def find(self, prefix: str) -> Run | Sweep:
        return self.facade.find(prefix)

    def run(self, run_id: str) -> Run:
        return self.facade.get(run_id)

    def runs_of(self, sweep_id: str) -> tuple[Run, ...]:
        return self.facade.runs_of(sweep_id)

    def runs(
        self,
        *,
        lab: str | None = None,
        states: Collection[State] | None = None,
        text: str | None = None,
        sort: str = "-created_at",
        limit: int = 50,
    ) -> Page[Run]:
        return self.facade.list(lab=lab, states=states, text=text, sort=sort, limit=limit)

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
        result = self.facade.result(run_id)
        return result.metrics if result else {}

    def tables(self, run_id: str) -> Sequence[str]:
        result = self.facade.result(run_id)
        return sorted(result.tables) if result else ()

    def table(self, run_id: str, name: str, format: str) -> bytes:
        result = self.facade.result(run_id)
        if result is None or name not in result.tables:
            raise NotFound("Table", name)
        return tabular.encoded(result.tables[name], format)

    def figure(self, target: Run | Sweep, name: str, format: str) -> bytes:
        from quintant import figure as figures

        figure = next((one for one in self._described(target.lab).figures if one.name == name), None)
        if figure is None:
            raise NotFound("Figure", name)
        one = isinstance(target, Run)
        outcomes = [self.facade.outcome(target.id)] if one else self.facade.outcomes(target.id)
        return figures.export(figures.draw(figure, outcomes), format)

    # --- trust ---

    def verify(self, run_id: str) -> Run:
        return self.facade.verify(run_id)

    def compare(self, run_id: str, other_id: str) -> Compared:
        found = self.facade.compare(run_id, other_id)
        return Compared(found.identical, found.exact, found.same_platform, found.differences)

    def operate(self, lab: str, what: str, here: Callable[[Runs], Any], body: Mapping[str, Any] | None = None) -> Any:
        return here(self.facade)

    def view(self, target: Run | Sweep) -> str | None:
        return None

    def _described(self, name: str) -> Lab:
        found = registry.labs(self._settings.labs)
        if name in found:
            return found[name]
        if name in registry.broken():
            raise NotInstalled(f"lab {name} cannot be loaded: {registry.broken()[name]}")
        return registry.find(name)
