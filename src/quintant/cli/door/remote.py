"""The remote door: a server, over its native API."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from quintant.cli.door.door import Compared, Door, Listed
from quintant.client.api import Api
from quintant.client.card import LabCard
from quintant.lab import Metric
from quintant.runs.artifact import Artifact
from quintant.runs.event import LoggedEvent
from quintant.runs.lifecycle import State
from quintant.runs.request import Request
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
        return self._api.create(request.wire)

    def extend(self, sweep_id: str, extension: Mapping[str, Any]) -> tuple[Sweep, tuple[Run, ...]]:
        return self._api.extend(sweep_id, extension)

    def grows(self, sweep_id: str) -> bool:
        return bool(self._api.progress(sweep_id)["growing"])

    def verdicts(self, sweep_id: str) -> Sequence[PointVerdict]:
        return self._api.verdicts(sweep_id)

    # --- reading ---

    def find(self, prefix: str) -> Run | Sweep:
        return self._api.find(prefix)

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
        where: str = "",
        sort: str = "-created_at",
        limit: int = 50,
    ) -> Page[Run]:
        return self._api.runs(lab=lab, states=states, text=text, where=where, sort=sort, limit=limit)

    def rows(self, listed: Listed) -> RowPage:
        return self._api.rows(
            listed.where,
            fold=listed.fold,
            lab=listed.lab,
            states=listed.states,
            text=listed.text,
            sort=listed.sort,
            cols=listed.cols,
            limit=listed.limit,
            cursor=listed.cursor,
        )

    def results_table(self, asked: Wanted) -> pa.Table:
        sort = ",".join(map(str, asked.sort))
        return self._api.results_table(asked.of, asked.where, fold=asked.fold, sort=sort, metrics=asked.metrics)

    def citation(self, target: Run | Sweep, format: str) -> str:
        return self._api.citation(target, format)

    def report(self, keys: Sequence[str]) -> bytes:
        return self._api.report(keys)

    def annotate(self, key: str, changes: Mapping[str, Any]) -> Sequence[Annotation]:
        return self._api.annotate(key, changes)

    def bulk(self, action: str, keys: Sequence[str], tags: Sequence[str] = ()) -> Sequence[Done]:
        return self._api.bulk(action, keys, tags)

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

    def control(self, action: Action, sweep_id: str, *, wait_s: float = 2.0) -> Sequence[Answered]:
        """The server waits as long as it thinks right, about two seconds."""
        return self._api.control(action, sweep_id)

    def again(self, how: Literal["retry", "resume"], sweep_id: str) -> Sequence[Answered]:
        return self._api.again(how, sweep_id)

    # --- what a Run left ---

    def artifacts(self, run_id: str) -> Sequence[Artifact]:
        return self._api.artifacts(run_id)

    def fetch(self, run_id: str, path: str, to: Path) -> tuple[int, str]:
        return self._api.fetch(run_id, path, to)

    def metrics(self, run_id: str) -> Mapping[str, Metric]:
        return self._api.metrics(run_id)

    def tables(self, run_id: str) -> Sequence[str]:
        return self._api.tables(run_id)

    def table(self, run_id: str, name: str, format: str, part: TableSlice | None = None) -> bytes:
        return self._api.table(run_id, name, format, part)

    def figure(self, target: Run | Sweep, name: str, format: str) -> bytes:
        return self._api.figure(target, name, format)

    # --- trust ---

    def verify(self, run_id: str) -> Run:
        return self._api.verify(run_id)

    def why_not_reused(self, run_id: str) -> Mapping[str, Any]:
        return self._api.why_not_reused(run_id)

    def compare(self, run_id: str, other_id: str) -> Compared:
        comparison = self._api.compare(run_id, other_id)
        return Compared(
            comparison["identical"], comparison["exact"], comparison["same_platform"], tuple(comparison["differences"])
        )

    def read_file(self, lab: str, key: str, file: Path) -> OwnFile:
        return self._api.read_file(lab, key, file)

    def page(self, name: str) -> str:
        return self._api.page(name)

    def log_lines(
        self, run_id: str, *, line: int = 1, limit: int = 200, query: str = "", levels: Sequence[str] = ()
    ) -> LinePage:
        return self._api.log_lines(run_id, line=line, limit=limit, query=query, levels=levels)

    def compare_series(self, keys: Sequence[str], baseline: str | None = None) -> Mapping[str, Any]:
        return self._api.compare_series(keys, baseline)

    def operate(self, lab: str, what: str, here: Callable[[Runs], Any], body: Mapping[str, Any] | None = None) -> Any:
        return self._api.operate(lab, what, body)

    def view(self, target: Run | Sweep) -> str | None:
        return f"{self.url}/api/v2/{'sweeps' if isinstance(target, Sweep) else 'runs'}/{target.id}"

    def figure_url(self, target: Run | Sweep, name: str, format: str) -> str | None:
        return self._api.figure_url(target, name, format)
