"""RunHandle and SweepHandle: what `Client.run` gives back."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quintant import tabular
from quintant.client.api import FIRST_PAUSE_S, Api
from quintant.client.export import FIGURES, TABLES, Exported, export, export_sweep, formats
from quintant.errors import Busy, Conflict, Unreachable
from quintant.lab import Metric
from quintant.runs.artifact import Artifact
from quintant.runs.event import LoggedEvent
from quintant.runs.lifecycle import State
from quintant.runs.run import Run
from quintant.runs.statistics import PointSummary
from quintant.runs.sweep import Sweep

if TYPE_CHECKING:
    import pyarrow as pa

POLL_S = 0.25


class FigureHandle:
    """A figure that the server draws when it is asked for. In a notebook it shows itself."""

    def __init__(self, api: Api, target: Run | Sweep, name: str) -> None:
        self._api, self._target, self.name = api, target, name

    def bytes(self, format: str = "svg", **how: Any) -> bytes:
        """The figure in one format. `how`: theme="dark", width_mm=85, dpi=300."""
        return self._api.figure(self._target, self.name, formats("format", format, FIGURES)[0], **how)

    def spec(self, **how: Any) -> Mapping[str, Any]:
        """The Vega-Lite specification with its data."""
        import orjson

        return orjson.loads(self.bytes("json", **how))

    def save(self, path: str | Path, **how: Any) -> Path:
        """Write it; the suffix is the format: .svg, .png, .pdf, .html, .json."""
        target = Path(path)
        data = self.bytes(target.suffix.removeprefix(".").lower() or "svg", **how)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        return target

    def _repr_svg_(self) -> str:
        return self.bytes("svg").decode()


class Handle(ABC):
    """What a Run and a Sweep have in common."""

    id: str

    @property
    @abstractmethod
    def runs(self) -> Sequence[RunHandle]: ...

    @abstractmethod
    def wait(self, timeout_s: float | None = None) -> Handle: ...

    @abstractmethod
    def figure(self, name: str) -> FigureHandle: ...

    def cancel(self) -> None:
        """Cancel what has not ended. What it has produced is kept."""
        for run in reversed(self.runs):
            if not run.refresh().state.final:
                run._cancel()


class RunHandle(Handle):
    """One Run on a server. `info` is what was known when it was last asked."""

    def __init__(self, api: Api, info: Run) -> None:
        self._api, self.info = api, info
        self.id = info.id

    def __repr__(self) -> str:
        return f"<run {self.id} {self.info.lab} {self.info.name!r} {self.info.state}>"

    @property
    def runs(self) -> Sequence[RunHandle]:
        return (self,)

    @property
    def state(self) -> State:
        """The state when it was last asked; `refresh()` asks again."""
        return self.info.state

    def refresh(self) -> RunHandle:
        self.info = self._api.run(self.id)
        return self

    def wait(self, timeout_s: float | None = None) -> RunHandle:
        """Return once the Run has ended, however it did: look at `state`, or take `result()`, which refuses a Run that
        did not complete. Busy when `timeout_s` passes first. Survives a restart of the server."""
        _wait([self], self._api, timeout_s)
        return self

    def events(self, after: int = 0) -> Iterator[LoggedEvent]:
        """Every event after `after`, live, to the end of the Run, across broken connections."""
        yield from self._api.follow(self.id, after)
        self.refresh()

    def log(self, offset: int = 0) -> str:
        return self._api.log(self.id, offset).decode(errors="replace")

    def result(self) -> Mapping[str, Metric]:
        """The metrics, by name. Conflict, with the reason, unless the Run completed."""
        if not self.info.state.final:
            self.refresh()
        if self.info.state is not State.COMPLETED:
            raise Conflict(f"Run {self.id} is {self.info.state}{_because(self.info)}; only a completed one has a result.")
        return self._api.metrics(self.id)

    def documents(self) -> Mapping[str, Any]:
        return self._api.result(self.id)["documents"]

    def table_names(self) -> Sequence[str]:
        return self._api.tables(self.id)

    def table(self, name: str) -> pa.Table:
        """A table as pyarrow."""
        return tabular.decoded(self._api.table(self.id, name, "arrow"))

    def figure(self, name: str) -> FigureHandle:
        self._api.lab(self.info.lab).figure(name)
        return FigureHandle(self._api, self.info, name)

    def artifacts(self) -> Sequence[Artifact]:
        return self._api.artifacts(self.id)

    def download(self, path: str, to: str | Path) -> Path:
        """Write one of the Run's files to `to`."""
        self._api.fetch(self.id, path, Path(to))
        return Path(to)

    def record(self) -> Mapping[str, Any]:
        """Provenance: versions, platform, code hash, timings."""
        return self.refresh().info.record

    def pause(self) -> RunHandle:
        self._api.pause(self.id)
        return self.refresh()

    def resume(self) -> RunHandle:
        self._api.resume(self.id)
        return self.refresh()

    def delete(self) -> None:
        """Delete the ended Run with its files; Conflict while it lives."""
        self._api.delete(self.id)

    def verify(self, timeout_s: float | None = None) -> Mapping[str, Any]:
        """Execute it again, wait, and compare: {identical, exact, same_platform, differences}."""
        again = RunHandle(self._api, self._api.verify(self.id)).wait(timeout_s)
        if again.state is not State.COMPLETED:
            raise Conflict(f"The re-execution {again.id} is {again.state}{_because(again.info)}; nothing can be compared.")
        return self._api.compare(self.id, again.id)

    def export(self, to: str | Path, *, figures: str = "svg", tables: str = "csv") -> Exported:
        """Everything of the Run below `to/<id>`, with a manifest of sha256."""
        card = self._api.lab(self.info.lab)
        return export(
            self._api, self.refresh().info, card.figures, Path(to),
            as_figures=formats("figures", figures, FIGURES), as_tables=formats("tables", tables, TABLES),
        )  # fmt: skip

    def _cancel(self) -> None:
        self._api.cancel(self.id)
        self.refresh()


class SweepHandle(Handle):
    """A Sweep on a server: its Runs in order, and what they say together."""

    def __init__(self, api: Api, info: Sweep, runs: Sequence[Run]) -> None:
        self._api, self.info = api, info
        self.id = info.id
        self._runs = tuple(RunHandle(api, run) for run in runs)

    def __repr__(self) -> str:
        return f"<sweep {self.id} {self.info.lab} {self.info.name!r} {len(self._runs)} runs>"

    @property
    def runs(self) -> Sequence[RunHandle]:
        return self._runs

    def wait(self, timeout_s: float | None = None) -> SweepHandle:
        """Return once every Run has ended."""
        _wait(self._runs, self._api, timeout_s)
        return self

    def summary(self) -> Sequence[PointSummary]:
        """Mean and 95 % interval of every metric at every point, over the completed Runs."""
        return self._api.points(self.id)

    def figure(self, name: str) -> FigureHandle:
        self._api.lab(self.info.lab).figure(name)
        return FigureHandle(self._api, self.info, name)

    def export(self, to: str | Path, *, figures: str = "svg", tables: str = "csv") -> Sequence[Exported]:
        """Every Run below `to/<sweep id>/<run id>`, and the Sweep's own figures beside them."""
        root = Path(to) / self.id
        as_figures = formats("figures", figures, FIGURES)
        export_sweep(self._api, self.info, self._api.lab(self.info.lab).figures, root, as_figures)
        return [run.export(root, figures=figures, tables=tables) for run in self._runs]


def _wait(runs: Sequence[RunHandle], api: Api, timeout_s: float | None) -> None:
    begun = heard = time.monotonic()
    pause_s = FIRST_PAUSE_S
    waiting = [run for run in runs if not run.state.final]
    while waiting:
        try:
            waiting = [run for run in waiting if not run.refresh().state.final]
            heard = time.monotonic()
        except Unreachable:
            if time.monotonic() - heard > api.patience_s:
                raise
        if waiting:
            if timeout_s is not None and time.monotonic() - begun > timeout_s:
                raise Busy(f"{len(waiting)} of {len(runs)} runs have not ended after {timeout_s:g} s.")
            time.sleep(pause_s)
            pause_s = min(POLL_S, 1.5 * pause_s)


def _because(run: Run) -> str:
    return f" ({run.reason})" if run.reason else ""
