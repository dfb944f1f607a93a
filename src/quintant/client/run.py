"""RunHandle and SweepHandle: what `Client.run` gives back."""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from quintant import tabular
from quintant.client import plain
from quintant.client.api import FIRST_PAUSE_S, Api
from quintant.client.export import FIGURES, TABLES, Exported, export, export_sweep, formats
from quintant.client.framed import Framed, grid
from quintant.client.progress import Progress
from quintant.client.summary import Summary
from quintant.destination import write, writing
from quintant.errors import Busy, Conflict, QuintantError, Unreachable
from quintant.lab import Metric
from quintant.runs.artifact import Artifact
from quintant.runs.control import Action, Answered
from quintant.runs.event import LoggedEvent
from quintant.runs.growth import PointVerdict
from quintant.runs.lifecycle import State
from quintant.runs.log_lines import LinePage
from quintant.runs.run import Run
from quintant.runs.sweep import Sweep
from quintant.runs.table_slice import TableSlice

if TYPE_CHECKING:
    import altair
    import pyarrow as pa

POLL_S = 0.25
NEAR_S = 0.04
"""Of a server in this process, where asking costs next to nothing."""


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

        body: Mapping[str, Any] = orjson.loads(self.bytes("json", **how))
        return body

    def chart(self, **how: Any) -> altair.TopLevelMixin:
        """The figure as an Altair chart, to layer on and to restyle."""
        import altair

        chart: altair.TopLevelMixin = altair.Chart.from_dict(dict(self.spec(**how)))
        return chart

    def save(self, path: str | Path, **how: Any) -> Path:
        """Write it; the suffix is the format: .svg, .png, .pdf, .html, .json. NotWritten where the system refuses."""
        target = Path(path)
        data = self.bytes(target.suffix.removeprefix(".").lower() or "svg", **how)
        return write(target, data)

    def _repr_svg_(self) -> str:
        return self.bytes("svg").decode()


class Metrics(dict[str, Metric]):
    """The metrics of a Run by name, as a notebook shows them."""

    def _repr_html_(self) -> str:
        from quintant.client import html

        return html.metrics(self)


class Handle(Framed):
    """What a Run and a Sweep have in common."""

    id: str
    info: Run | Sweep
    _api: Api

    def to_arrow(self) -> pa.Table:
        return self._api.results_table(self.id)

    def _hero_html(self, of: str, completed: bool) -> str:
        """The figure that its lab puts first, as an image; where it cannot be drawn, the reason."""
        from quintant.client import html

        if not completed:
            return ""
        try:
            heroes = [figure for figure in self._api.lab(self.info.lab).figures if figure.hero]
            if of == "sweep":
                heroes = [figure for figure in heroes if figure.of == of]
            heroes.sort(key=lambda figure: figure.of != of)  # a single Run is a sweep of one, where its lab has none for it
            name = next((figure.name for figure in heroes), None)
            return "" if name is None else html.image(self.figure(name).bytes("svg"), name)
        except QuintantError as error:
            return html.remark(str(error))

    @property
    @abstractmethod
    def runs(self) -> Sequence[RunHandle]: ...

    @abstractmethod
    def wait(self, timeout_s: float | None = None, *, progress: bool | None = None) -> Handle: ...

    @abstractmethod
    def figure(self, name: str) -> FigureHandle: ...

    @abstractmethod
    def cancel(self) -> None:
        """Cancel what has not ended. What it has produced is kept."""


class RunHandle(Handle):
    """One Run on a server. `info` is what was known when it was last asked."""

    def __init__(self, api: Api, info: Run) -> None:
        self._api = api
        self.info: Run = info
        self.id = info.id

    def __repr__(self) -> str:
        return f"<run {self.id} {self.info.lab} {self.info.name!r} {self.info.state}>"

    def _repr_html_(self) -> str:
        from quintant.client import html

        return html.run(self.info) + self._hero_html("run", self.info.state is State.COMPLETED)

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

    def wait(self, timeout_s: float | None = None, *, progress: bool | None = None) -> RunHandle:
        """Return once the Run has ended, however it did: look at `state`, or take `result()`, which refuses a Run that
        did not complete. Busy when `timeout_s` passes first. Survives a restart of the server. `progress`: show how far it
        is; None: in a terminal and in a notebook."""
        _wait([self], self._api, timeout_s, progress)
        return self

    def events(self, after: int = 0) -> Iterator[LoggedEvent]:
        """Every event after `after`, live, to the end of the Run, across broken connections."""
        yield from self._api.follow(self.id, after)
        self.refresh()

    def log(self, offset: int = 0) -> str:
        return self._api.log(self.id, offset).decode(errors="replace")

    def log_lines(self, search: str = "", *, levels: Sequence[str] = (), line: int = 1, limit: int = 200) -> LinePage:
        """Lines of the log from number `line` on (negative: the last of them) that hold `search`, of these levels."""
        return self._api.log_lines(self.id, line=line, limit=limit, query=search, levels=levels)

    def result(self) -> Metrics:
        """The metrics, by name; of a stopped Run those that had been measured, where its lab can say them (`reason` tells after
        how much). Conflict, with the reason, where there are none."""
        if not self.info.state.final:
            self.refresh()
        if self.info.state is State.CANCELLED and (so_far := self._api.metrics(self.id)):
            return Metrics(so_far)
        if self.info.state is not State.COMPLETED:
            raise Conflict(f"Run {self.id} is {self.info.state}{_because(self.info)}; only a completed one has a result.")
        return Metrics(self._api.metrics(self.id))

    def documents(self) -> Mapping[str, Any]:
        body: Mapping[str, Any] = self._api.result(self.id)["documents"]
        return body

    def table_names(self) -> Sequence[str]:
        return self._api.tables(self.id)

    def table(
        self,
        name: str,
        *,
        first: int = 0,
        rows: int | None = None,
        columns: Sequence[str] = (),
        sort: str = "",
        where: str = "",
    ) -> pa.Table:
        """A table as pyarrow, or some of it: `where="spikes>3 and type:E"` (the grammar of filters, over columns), in the order
        of `sort` ("-time_ms,neuron"), from row `first` on at most `rows` of them."""
        part = TableSlice(first, rows, tuple(columns), sort, where)
        return tabular.decoded(self._api.table(self.id, name, "arrow", part))

    def figure(self, name: str) -> FigureHandle:
        self._api.lab(self.info.lab).figure(name)
        return FigureHandle(self._api, self.info, name)

    def artifacts(self) -> Sequence[Artifact]:
        return self._api.artifacts(self.id)

    def download(self, path: str, to: str | Path) -> Path:
        """Write one of the Run's files to `to`."""
        with writing(to) as target:
            self._api.fetch(self.id, path, target)
        return target

    def archive(self, to: str | Path) -> Path:
        """Write every file of the ended Run to `to`, as one ZIP."""
        with writing(to) as target:
            self._api.archive(self.id, target)
        return target

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

    def why_not_reused(self) -> Mapping[str, Any]:
        """Why it was executed though Runs like it are there: {reason, nearest, differs: [{name, nearest, this}], …}."""
        return self._api.why_not_reused(self.id)

    def export(self, to: str | Path, *, figures: str = "svg", tables: str = "csv") -> Exported:
        """Everything of the Run below `to/<id>`, with a manifest of sha256."""
        card = self._api.lab(self.info.lab)
        return export(
            self._api, self.refresh().info, card.figures, Path(to),
            as_figures=formats("figures", figures, FIGURES), as_tables=formats("tables", tables, TABLES),
        )  # fmt: skip

    def cite(self, format: str = "bibtex") -> str:
        """What to cite, as BibTeX or as CITATION.cff ("cff"): Quintant, the Run by its hashes, the lab, its model and data."""
        return self._api.citation(self.info, format)

    def cancel(self) -> None:
        if not self.refresh().state.final:
            self.info = self._api.cancel(self.id)


class SweepHandle(Handle):
    """A Sweep on a server: its Runs in order, and what they say together."""

    def __init__(self, api: Api, info: Sweep, runs: Sequence[Run]) -> None:
        self._api = api
        self.info: Sweep = info
        self.id = info.id
        self._runs = tuple(RunHandle(api, run) for run in runs)

    def __repr__(self) -> str:
        return f"<sweep {self.id} {self.info.lab} {self.info.name!r} {len(self._runs)} runs>"

    def _repr_html_(self) -> str:
        from quintant.client import html

        completed = any(run.state is State.COMPLETED for run in self._runs)
        return html.sweep(self.info, [run.info for run in self._runs]) + self._hero_html("sweep", completed)

    @property
    def runs(self) -> Sequence[RunHandle]:
        return self._runs

    def refresh(self) -> SweepHandle:
        self._runs = tuple(RunHandle(self._api, run) for run in self._api.runs_of(self.id))
        return self

    def control(self, action: Action) -> Sequence[Answered]:
        """ "cancel", "pause", "resume" or "delete" all its Runs in one request. What became of each: those whose state does not
        allow it are left out, with the reason."""
        answers = self._api.control(action, self.id)
        if action != "delete":
            self.refresh()
        return answers

    def cancel(self) -> None:
        self.control("cancel")

    def pause(self) -> Sequence[Answered]:
        """Pause its Runs at their next step boundary, queued ones as soon as they have begun."""
        return self.control("pause")

    def resume(self) -> Sequence[Answered]:
        """Let its paused Runs go on, and run those again that were cancelled; what was completed is never run again."""
        return self._again("resume")

    def retry(self) -> Sequence[Answered]:
        """Run those again that failed: new Runs with the same config and root seed, in their places."""
        return self._again("retry")

    def _again(self, how: Literal["retry", "resume"]) -> Sequence[Answered]:
        answers = self._api.again(how, self.id)
        self.refresh()
        return answers

    def delete(self) -> Sequence[Answered]:
        """Delete its ended Runs with their files; the sweep goes with its last one."""
        return self.control("delete")

    def wait(self, timeout_s: float | None = None, *, progress: bool | None = None) -> SweepHandle:
        """Return once every Run has ended, and with `until` no more are added. `progress`: show how far they are; None: in a
        terminal and in a notebook."""
        begun = time.monotonic()
        while True:
            left = None if timeout_s is None else timeout_s - (time.monotonic() - begun)
            _wait(self._runs, self._api, left, progress)
            if self.info.until is None:
                return self
            growing = self._api.progress(self.id)["growing"]
            self.refresh()
            if not growing and all(run.state.final for run in self._runs):
                return self
            if left is not None and left <= 0:
                raise Busy(f"Sweep {self.id} still adds seeds after {timeout_s:g} s.")
            self._api.transport.sleep(NEAR_S if self._api.near else POLL_S)

    def extend(
        self, *, seeds: int | Sequence[int] | None = None, sweep: Mapping[str, Any] | Any = None,
        until: str | Sequence[str] = (), max_seeds: int | None = None,
    ) -> Sequence[RunHandle]:  # fmt: skip
        """Add Runs; those that are there never run again. What was added.

        `seeds`: so many replicates at each point in all, or further root seeds; `sweep`: further values of its swept keys;
        `until`: from now on seeds are added until these metrics are so precise. ConfigError where nothing would be added.
        """
        axes, most = plain.axes(sweep), plain.whole(max_seeds, "max_seeds")
        body: dict[str, Any] = {"sweep": axes, "until": list(plain.texts(until)), "max_seeds": most}
        self.info, made = self._api.extend(self.id, body | ({} if seeds is None else {"seeds": plain.count(seeds)}))
        self.refresh()
        return [RunHandle(self._api, run) for run in made]

    def verdicts(self) -> Sequence[PointVerdict]:
        """Of a sweep with `until`: how far each point is, with every look at it. None in `verdict`: Runs have not ended."""
        return self._api.verdicts(self.id) if self.info.until is not None else ()

    @property
    def converged(self) -> bool | None:
        """Of a sweep with `until`: whether every point is as precise as asked; None while seeds are still added."""
        told: bool | None = self._api.progress(self.id)["converged"]
        return told

    def cite(self, format: str = "bibtex") -> str:
        """What to cite, as BibTeX or as CITATION.cff ("cff"): Quintant, the Sweep, the lab, its model and data."""
        return self._api.citation(self.info, format)

    def summary(self) -> Summary:
        """Mean and 95 % interval of every metric at every point, over the completed Runs; also as a table."""
        return Summary(self._api.points(self.id), self._api.lab(self.info.lab).headline.metric, self.to_arrow)

    def to_xarray(self) -> Any:
        """The grid as an xarray.Dataset: a dimension an axis (tied keys are one), every metric with its ends and n as
        variables, units as attributes. Conflict for a sweep without axes; NotInstalled where xarray is not there."""
        if not self.info.axes:
            raise Conflict(f"Sweep {self.id} has no axes: it is one point. Its table has one row.")
        tied = {key: keys for keys in self.info.tied for key in keys}
        groups = list(dict.fromkeys(tuple(tied.get(key, [key])) for key in self.info.axes))
        return grid(self.to_arrow(), groups)

    def figure(self, name: str) -> FigureHandle:
        self._api.lab(self.info.lab).figure(name)
        return FigureHandle(self._api, self.info, name)

    def export(self, to: str | Path, *, figures: str = "svg", tables: str = "csv") -> Sequence[Exported]:
        """Every Run below `to/<sweep id>/<run id>`, and the Sweep's own figures beside them."""
        root = Path(to) / self.id
        as_figures = formats("figures", figures, FIGURES)
        export_sweep(self._api, self.info, self._api.lab(self.info.lab).figures, root, as_figures)
        return [run.export(root, figures=figures, tables=tables) for run in self._runs]


def _wait(runs: Sequence[RunHandle], api: Api, timeout_s: float | None, progress: bool | None) -> None:
    begun = heard = time.monotonic()
    pause_s, longest_s = (NEAR_S / 4, NEAR_S) if api.near else (FIRST_PAUSE_S, POLL_S)
    waiting = [run for run in runs if not run.state.final]
    with Progress(progress) as shown:
        while waiting:
            try:
                waiting = [run for run in waiting if not run.refresh().state.final]
                heard = time.monotonic()
            except Unreachable:
                if time.monotonic() - heard > api.patience_s:
                    raise
            shown.tell([run.info for run in runs])
            if waiting:
                if timeout_s is not None and time.monotonic() - begun > timeout_s:
                    raise Busy(f"{len(waiting)} of {len(runs)} runs have not ended after {timeout_s:g} s.")
                api.transport.sleep(pause_s)
                pause_s = min(longest_s, 1.5 * pause_s)


def _because(run: Run) -> str:
    return f" ({run.reason})" if run.reason else ""
