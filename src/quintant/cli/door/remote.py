"""The remote door: a server, over its native API."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quintant.cli.door import Compared, Door, Request, only
from quintant.client.api import PAGE, Api
from quintant.client.card import LabCard
from quintant.lab import Metric
from quintant.runs.artifact import Artifact
from quintant.runs.event import LoggedEvent
from quintant.runs.lifecycle import State
from quintant.runs.run import Page, Run
from quintant.runs.statistics import PointSummary
from quintant.runs.sweep import Sweep

if TYPE_CHECKING:
    from quintant.runs import Runs


class RemoteDoor(Door):
    """`folder`: the server's data folder when it is this machine's, else None."""

    tick_s = 0.2

    def __init__(self, url: str, api_key: str | None, folder: Path | None) -> None:
        self._api, self.folder = Api(url, api_key), folder
        self.url = self._api.url
        self._cards: dict[str, LabCard] = {}

    def close(self) -> None:
        self._api.close()

    # --- labs ---

    def labs(self) -> Sequence[LabCard]:
        return self._api.labs()

    def broken(self) -> Mapping[str, str]:
        return self._api.broken()

    def lab(self, name: str) -> LabCard:
        if name not in self._cards:
            self._cards[name] = self._api.lab(name)
        return self._cards[name]

    # --- starting ---

    def start(self, request: Request) -> tuple[Sweep | None, tuple[Run, ...]]:
        body: dict[str, Any] = {
            "lab": request.lab, "preset": request.preset, "config": dict(request.config), "seeds": request.seeds,
            "sweep": {key: list(values) for key, values in request.axes.items()}, "root_seed": request.root_seed,
            "name": request.name,
        }  # fmt: skip
        return self._api.create({key: value for key, value in body.items() if value is not None})

    # --- reading ---

    def find(self, prefix: str) -> Run | Sweep:
        found: list[Run | Sweep] = []
        if prefix:
            found += [run for run in self._api.runs(text=prefix, limit=PAGE).items if run.id.startswith(prefix)]
            offset, total = 0, 1
            while offset < total:
                page = self._api.sweeps(limit=PAGE, offset=offset)
                found += [sweep for sweep in page.items if sweep.id.startswith(prefix)]
                offset, total = offset + PAGE, page.total
        return only(prefix, found)

    def run(self, run_id: str) -> Run:
        return self._api.run(run_id)

    def runs_of(self, sweep_id: str) -> tuple[Run, ...]:
        return self._api.runs_of(sweep_id)

    def runs(
        self,
        *,
        lab: str | None = None,
        states: Collection[State] | None = None,
        text: str | None = None,
        sort: str = "-created_at",
        limit: int = 50,
    ) -> Page[Run]:
        return self._api.runs(lab=lab, states=states, text=text, sort=sort, limit=limit)

    def events(self, run_id: str, after: int = 0) -> Sequence[LoggedEvent]:
        return self._api.events(run_id, after)

    def points(self, sweep_id: str) -> Sequence[PointSummary]:
        return self._api.points(sweep_id)

    # --- control ---

    def pause(self, run_id: str) -> Run:
        return self._api.pause(run_id)

    def resume(self, run_id: str) -> Run:
        return self._api.resume(run_id)

    def cancel(self, run_id: str, *, wait_s: float = 2.0) -> Run:
        """The server waits as long as it thinks right, about a second."""
        return self._api.cancel(run_id)

    def delete(self, run_id: str) -> None:
        self._api.delete(run_id)

    # --- what a Run left ---

    def artifacts(self, run_id: str) -> Sequence[Artifact]:
        return self._api.artifacts(run_id)

    def fetch(self, run_id: str, path: str, to: Path) -> tuple[int, str]:
        return self._api.fetch(run_id, path, to)

    def metrics(self, run_id: str) -> Mapping[str, Metric]:
        return self._api.metrics(run_id)

    def tables(self, run_id: str) -> Sequence[str]:
        return self._api.tables(run_id)

    def table(self, run_id: str, name: str, format: str) -> bytes:
        return self._api.table(run_id, name, format)

    def figure(self, target: Run | Sweep, name: str, format: str) -> bytes:
        return self._api.figure(target, name, format)

    # --- trust ---

    def verify(self, run_id: str) -> Run:
        return self._api.verify(run_id)

    def compare(self, run_id: str, other_id: str) -> Compared:
        found = self._api.compare(run_id, other_id)
        return Compared(found["identical"], found["exact"], found["same_platform"], tuple(found["differences"]))

    def operate(self, lab: str, what: str, here: Callable[[Runs], Any], body: Mapping[str, Any] | None = None) -> Any:
        return self._api.operate(lab, what, body)

    def view(self, target: Run | Sweep) -> str | None:
        return f"{self.url}/api/v2/{'sweeps' if isinstance(target, Sweep) else 'runs'}/{target.id}"

    def figure_url(self, target: Run | Sweep, name: str, format: str) -> str | None:
        return self._api.figure_url(target, name, format)
