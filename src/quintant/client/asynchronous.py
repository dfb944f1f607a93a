"""The SDK on an event loop: `AsyncClient`, and what it gives. `make generated` wrote it.

async with AsyncClient() as client:
    run = await client.run("optical", config={"requests": 20_000}, seeds=1)
    async for event in run.events():
        print(event.kind)
    print((await run.result())["blocking"])
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, overload

from quintant.client.bridge import BridgedClient, Mirror, call, mirrored, stepped
from quintant.client.card import LabCard, Labs
from quintant.client.client import Client
from quintant.client.rows import Rows
from quintant.client.run import FigureHandle, Metrics, RunHandle, SweepHandle
from quintant.client.summary import Summary
from quintant.lab import DEFAULT_PRESET, OwnFile

if TYPE_CHECKING:
    import altair
    import pandas as pd
    import polars as pl
    import pyarrow as pa

    from quintant.client.export import Exported
    from quintant.runs.annotation import Annotation, Done
    from quintant.runs.artifact import Artifact
    from quintant.runs.control import Action, Answered
    from quintant.runs.event import LoggedEvent
    from quintant.runs.growth import PointVerdict
    from quintant.runs.lifecycle import State
    from quintant.runs.log_lines import LinePage
    from quintant.runs.rows import Row
    from quintant.runs.run import Run
    from quintant.runs.sweep import Sweep

    AsyncWhich: TypeAlias = "str | RunHandle | SweepHandle | AsyncRunHandle | AsyncSweepHandle"


class AsyncFigureHandle(Mirror, mirrors=FigureHandle):
    """A figure that the server draws when it is asked for. In a notebook it shows itself."""

    def __init__(self, mirrored: FigureHandle) -> None:
        self._mirrored = mirrored

    @property
    def name(self) -> str:
        answer: str = self._mirrored.name
        return answer

    async def bytes(self, format: str = "svg", **how: Any) -> bytes:
        """The figure in one format. `how`: theme="dark", width_mm=85, dpi=300."""
        answer: bytes = await call(self._mirrored.bytes, format, **how)
        return answer

    async def spec(self, **how: Any) -> Mapping[str, Any]:
        """The Vega-Lite specification with its data."""
        answer: Mapping[str, Any] = await call(self._mirrored.spec, **how)
        return answer

    async def chart(self, **how: Any) -> altair.TopLevelMixin:
        """The figure as an Altair chart, to layer on and to restyle."""
        answer: altair.TopLevelMixin = await call(self._mirrored.chart, **how)
        return answer

    async def save(self, path: str | Path, **how: Any) -> Path:
        """Write it; the suffix is the format: .svg, .png, .pdf, .html, .json. NotWritten where the system refuses."""
        answer: Path = await call(self._mirrored.save, path, **how)
        return answer


class AsyncRunHandle(Mirror, mirrors=RunHandle):
    """One Run on a server. `info` is what was known when it was last asked."""

    def __init__(self, mirrored: RunHandle) -> None:
        self._mirrored = mirrored

    @property
    def id(self) -> str:
        answer: str = self._mirrored.id
        return answer

    @property
    def info(self) -> Run:
        answer: Run = self._mirrored.info
        return answer

    @property
    def runs(self) -> Sequence[AsyncRunHandle]:
        answer: Sequence[AsyncRunHandle] = mirrored(self._mirrored.runs)
        return answer

    @property
    def state(self) -> State:
        """The state when it was last asked; `refresh()` asks again."""
        answer: State = mirrored(self._mirrored.state)
        return answer

    async def refresh(self) -> AsyncRunHandle:
        answer: AsyncRunHandle = await call(self._mirrored.refresh)
        return answer

    async def wait(self, timeout_s: float | None = None, *, progress: bool | None = None) -> AsyncRunHandle:
        """Return once the Run has ended, however it did: look at `state`, or take `result()`, which refuses a Run that
        did not complete. Busy when `timeout_s` passes first. Survives a restart of the server. `progress`: show how far it
        is; None: in a terminal and in a notebook."""
        answer: AsyncRunHandle = await call(self._mirrored.wait, timeout_s, progress=progress)
        return answer

    async def events(self, after: int = 0) -> AsyncIterator[LoggedEvent]:
        """Every event after `after`, live, to the end of the Run, across broken connections."""
        async for value in stepped(self._mirrored.events(after)):
            yield value

    async def log(self, offset: int = 0) -> str:
        answer: str = await call(self._mirrored.log, offset)
        return answer

    async def log_lines(self, search: str = "", *, levels: Sequence[str] = (), line: int = 1, limit: int = 200) -> LinePage:
        """Lines of the log from number `line` on (negative: the last of them) that hold `search`, of these levels."""
        answer: LinePage = await call(self._mirrored.log_lines, search, levels=levels, line=line, limit=limit)
        return answer

    async def result(self) -> Metrics:
        """The metrics, by name; of a stopped Run those that had been measured, where its lab can say them (`reason` tells after
        how much). Conflict, with the reason, where there are none."""
        answer: Metrics = await call(self._mirrored.result)
        return answer

    async def documents(self) -> Mapping[str, Any]:
        answer: Mapping[str, Any] = await call(self._mirrored.documents)
        return answer

    async def table_names(self) -> Sequence[str]:
        answer: Sequence[str] = await call(self._mirrored.table_names)
        return answer

    async def table(
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
        answer: pa.Table = await call(
            self._mirrored.table, name, first=first, rows=rows, columns=columns, sort=sort, where=where
        )
        return answer

    async def figure(self, name: str) -> AsyncFigureHandle:
        answer: AsyncFigureHandle = await call(self._mirrored.figure, name)
        return answer

    async def artifacts(self) -> Sequence[Artifact]:
        answer: Sequence[Artifact] = await call(self._mirrored.artifacts)
        return answer

    async def download(self, path: str, to: str | Path) -> Path:
        """Write one of the Run's files to `to`."""
        answer: Path = await call(self._mirrored.download, path, to)
        return answer

    async def archive(self, to: str | Path) -> Path:
        """Write every file of the ended Run to `to`, as one ZIP."""
        answer: Path = await call(self._mirrored.archive, to)
        return answer

    async def record(self) -> Mapping[str, Any]:
        """Provenance: versions, platform, code hash, timings."""
        answer: Mapping[str, Any] = await call(self._mirrored.record)
        return answer

    async def pause(self) -> AsyncRunHandle:
        answer: AsyncRunHandle = await call(self._mirrored.pause)
        return answer

    async def resume(self) -> AsyncRunHandle:
        answer: AsyncRunHandle = await call(self._mirrored.resume)
        return answer

    async def delete(self) -> None:
        """Delete the ended Run with its files; Conflict while it lives."""
        await call(self._mirrored.delete)

    async def verify(self, timeout_s: float | None = None) -> Mapping[str, Any]:
        """Execute it again, wait, and compare: {identical, exact, same_platform, differences}."""
        answer: Mapping[str, Any] = await call(self._mirrored.verify, timeout_s)
        return answer

    async def why_not_reused(self) -> Mapping[str, Any]:
        """Why it was executed though Runs like it are there: {reason, nearest, differs: [{name, nearest, this}], …}."""
        answer: Mapping[str, Any] = await call(self._mirrored.why_not_reused)
        return answer

    async def export(self, to: str | Path, *, figures: str = "svg", tables: str = "csv") -> Exported:
        """Everything of the Run below `to/<id>`, with a manifest of sha256."""
        answer: Exported = await call(self._mirrored.export, to, figures=figures, tables=tables)
        return answer

    async def cite(self, format: str = "bibtex") -> str:
        """What to cite, as BibTeX or as CITATION.cff ("cff"): Quintant, the Run by its hashes, the lab, its model and data."""
        answer: str = await call(self._mirrored.cite, format)
        return answer

    async def cancel(self) -> None:
        await call(self._mirrored.cancel)

    async def to_arrow(self) -> pa.Table:
        answer: pa.Table = await call(self._mirrored.to_arrow)
        return answer

    async def to_pandas(self) -> pd.DataFrame:
        """The same as a data frame; `attrs["units"]` maps columns to units. NotInstalled where pandas is not there."""
        answer: pd.DataFrame = await call(self._mirrored.to_pandas)
        return answer

    async def to_polars(self) -> pl.DataFrame:
        """The same as a data frame of polars. NotInstalled where that is not there."""
        answer: pl.DataFrame = await call(self._mirrored.to_polars)
        return answer


class AsyncSweepHandle(Mirror, mirrors=SweepHandle):
    """A Sweep on a server: its Runs in order, and what they say together."""

    def __init__(self, mirrored: SweepHandle) -> None:
        self._mirrored = mirrored

    @property
    def id(self) -> str:
        answer: str = self._mirrored.id
        return answer

    @property
    def info(self) -> Sweep:
        answer: Sweep = self._mirrored.info
        return answer

    @property
    def runs(self) -> Sequence[AsyncRunHandle]:
        answer: Sequence[AsyncRunHandle] = mirrored(self._mirrored.runs)
        return answer

    async def refresh(self) -> AsyncSweepHandle:
        answer: AsyncSweepHandle = await call(self._mirrored.refresh)
        return answer

    async def control(self, action: Action) -> Sequence[Answered]:
        """ "cancel", "pause", "resume" or "delete" all its Runs in one request. What became of each: those whose state does not
        allow it are left out, with the reason."""
        answer: Sequence[Answered] = await call(self._mirrored.control, action)
        return answer

    async def cancel(self) -> None:
        await call(self._mirrored.cancel)

    async def pause(self) -> Sequence[Answered]:
        """Pause its Runs at their next step boundary, queued ones as soon as they have begun."""
        answer: Sequence[Answered] = await call(self._mirrored.pause)
        return answer

    async def resume(self) -> Sequence[Answered]:
        """Let its paused Runs go on, and run those again that were cancelled; what was completed is never run again."""
        answer: Sequence[Answered] = await call(self._mirrored.resume)
        return answer

    async def retry(self) -> Sequence[Answered]:
        """Run those again that failed: new Runs with the same config and root seed, in their places."""
        answer: Sequence[Answered] = await call(self._mirrored.retry)
        return answer

    async def delete(self) -> Sequence[Answered]:
        """Delete its ended Runs with their files; the sweep goes with its last one."""
        answer: Sequence[Answered] = await call(self._mirrored.delete)
        return answer

    async def wait(self, timeout_s: float | None = None, *, progress: bool | None = None) -> AsyncSweepHandle:
        """Return once every Run has ended, and with `until` no more are added. `progress`: show how far they are; None: in a
        terminal and in a notebook."""
        answer: AsyncSweepHandle = await call(self._mirrored.wait, timeout_s, progress=progress)
        return answer

    async def extend(
        self,
        *,
        seeds: int | Sequence[int] | None = None,
        sweep: Mapping[str, Any] | Any = None,
        until: str | Sequence[str] = (),
        max_seeds: int | None = None,
    ) -> Sequence[AsyncRunHandle]:
        """Add Runs; those that are there never run again. What was added.

        `seeds`: so many replicates at each point in all, or further root seeds; `sweep`: further values of its swept keys;
        `until`: from now on seeds are added until these metrics are so precise. ConfigError where nothing would be added."""
        answer: Sequence[AsyncRunHandle] = await call(
            self._mirrored.extend, seeds=seeds, sweep=sweep, until=until, max_seeds=max_seeds
        )
        return answer

    async def verdicts(self) -> Sequence[PointVerdict]:
        """Of a sweep with `until`: how far each point is, with every look at it. None in `verdict`: Runs have not ended."""
        answer: Sequence[PointVerdict] = await call(self._mirrored.verdicts)
        return answer

    @property
    def converged(self) -> bool | None:
        """Of a sweep with `until`: whether every point is as precise as asked; None while seeds are still added."""
        answer: bool | None = mirrored(self._mirrored.converged)
        return answer

    async def cite(self, format: str = "bibtex") -> str:
        """What to cite, as BibTeX or as CITATION.cff ("cff"): Quintant, the Sweep, the lab, its model and data."""
        answer: str = await call(self._mirrored.cite, format)
        return answer

    async def summary(self) -> Summary:
        """Mean and 95 % interval of every metric at every point, over the completed Runs; also as a table."""
        answer: Summary = await call(self._mirrored.summary)
        return answer

    async def to_xarray(self) -> Any:
        """The grid as an xarray.Dataset: a dimension an axis (tied keys are one), every metric with its ends and n as
        variables, units as attributes. Conflict for a sweep without axes; NotInstalled where xarray is not there."""
        answer: Any = await call(self._mirrored.to_xarray)
        return answer

    async def figure(self, name: str) -> AsyncFigureHandle:
        answer: AsyncFigureHandle = await call(self._mirrored.figure, name)
        return answer

    async def export(self, to: str | Path, *, figures: str = "svg", tables: str = "csv") -> Sequence[Exported]:
        """Every Run below `to/<sweep id>/<run id>`, and the Sweep's own figures beside them."""
        answer: Sequence[Exported] = await call(self._mirrored.export, to, figures=figures, tables=tables)
        return answer

    async def to_arrow(self) -> pa.Table:
        answer: pa.Table = await call(self._mirrored.to_arrow)
        return answer

    async def to_pandas(self) -> pd.DataFrame:
        """The same as a data frame; `attrs["units"]` maps columns to units. NotInstalled where pandas is not there."""
        answer: pd.DataFrame = await call(self._mirrored.to_pandas)
        return answer

    async def to_polars(self) -> pl.DataFrame:
        """The same as a data frame of polars. NotInstalled where that is not there."""
        answer: pl.DataFrame = await call(self._mirrored.to_polars)
        return answer


class AsyncRows(Mirror, mirrors=Rows):
    """Read once, like any iterator; the tables are asked for apart and hold every row, whatever has been read."""

    def __init__(self, mirrored: Rows) -> None:
        self._mirrored = mirrored

    def __aiter__(self) -> AsyncIterator[Row]:
        return stepped(self._mirrored)

    async def to_arrow(self) -> pa.Table:
        """The results of the Runs or points that match; ConfigError for whole sweeps (`fold="sweep"`), which have many."""
        answer: pa.Table = await call(self._mirrored.to_arrow)
        return answer

    async def to_pandas(self) -> pd.DataFrame:
        """The same as a data frame; `attrs["units"]` maps columns to units. NotInstalled where pandas is not there."""
        answer: pd.DataFrame = await call(self._mirrored.to_pandas)
        return answer

    async def to_polars(self) -> pl.DataFrame:
        """The same as a data frame of polars. NotInstalled where that is not there."""
        answer: pl.DataFrame = await call(self._mirrored.to_polars)
        return answer


class AsyncClient(Mirror):
    """Talks to one server. `url` None: QUINTANT_URL, else the server that runs on this machine's data folder, else
    the address of the settings. `api_key` None: QUINTANT_API_KEY. `patience_s`: how long waiting and following survive
    without the server."""

    def __init__(
        self, url: str | None = None, api_key: str | None = None, *, patience_s: float = 30.0, socket: Path | None = None
    ) -> None:
        self._mirrored: Client = BridgedClient(url, api_key, patience_s=patience_s, socket=socket)

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    @property
    def url(self) -> str:
        answer: str = mirrored(self._mirrored.url)
        return answer

    async def close(self) -> None:
        await call(self._mirrored.close)

    async def labs(self) -> Labs:
        answer: Labs = await call(self._mirrored.labs)
        return answer

    async def lab(self, name: str) -> LabCard:
        answer: LabCard = await call(self._mirrored.lab, name)
        return answer

    async def validate(self, lab: str, config: Mapping[str, Any], preset: str | None = DEFAULT_PRESET) -> Mapping[str, Any]:
        """What the server thinks of a config over a preset, as `run` would start it; nothing is created."""
        answer: Mapping[str, Any] = await call(self._mirrored.validate, lab, config, preset)
        return answer

    @overload
    async def run(
        self,
        lab: str | None = None,
        *,
        preset: str | None = DEFAULT_PRESET,
        config: Mapping[str, Any] | None = None,
        from_run: str | AsyncRunHandle | None = None,
        seeds: Literal[1],
        sweep: None = None,
        root_seed: int | None = None,
        name: str | None = None,
        retries: int | None = None,
        fresh: bool = False,
    ) -> AsyncRunHandle: ...

    @overload
    async def run(
        self,
        lab: str | None = None,
        *,
        preset: str | None = DEFAULT_PRESET,
        config: Mapping[str, Any] | None = None,
        from_run: AsyncWhich | None = None,
        seeds: int | Sequence[int] | None = None,
        sweep: Mapping[str, Any] | Any = None,
        root_seed: int | None = None,
        name: str | None = None,
        retries: int | None = None,
        until: str | Sequence[str] = (),
        max_seeds: int | None = None,
        fresh: bool = False,
    ) -> AsyncRunHandle | AsyncSweepHandle: ...

    async def run(
        self,
        lab: str | None = None,
        *,
        preset: str | None = DEFAULT_PRESET,
        config: Mapping[str, Any] | None = None,
        from_run: AsyncWhich | None = None,
        seeds: int | Sequence[int] | None = None,
        sweep: Mapping[str, Any] | Any = None,
        root_seed: int | None = None,
        name: str | None = None,
        retries: int | None = None,
        until: str | Sequence[str] = (),
        max_seeds: int | None = None,
        fresh: bool = False,
    ) -> AsyncRunHandle | AsyncSweepHandle:
        """Start a Run; a Sweep with several `seeds` or swept keys (`sweep={"load_erlang": [190, 210, 230]}`).

        Where little is said it is what `quintant run LAB` starts: the lab's default preset, with the preset's seeds.
        `preset=None` are the lab's bare defaults, once. `config` holds the keys that differ from the preset (or from the config
        of `from_run`), each replaced whole; dotted ones (`{"demand.high_gbps": 200}`) reach inside. Values may be those of
        NumPy and pandas, Decimal and Path. `seeds`: so many replicates, or their root seeds ([7, 11, 13]). `sweep`: keys with
        lists, arrays, ranges as the API writes them or in the grammar of the command line ("190:270:20", "1:100:log:5"), tied
        keys as "a,b"; or a data frame, whose lines are the points. `from_run`: a Run; of a Sweep also its axes and seeds.
        `until`: seeds are added at each point until these metrics are so precise ("blocking+-5%", "rhythm_peak_hz+-0.5"), at
        most `max_seeds` (None: 200). `retries`: how often a Run that was lost without a checkpoint starts again (None: twice).
        What an identical Run has the result of is not executed again (`reused_from` says whose it is), unless `fresh`.
        ConfigError names every fault, and nothing is created."""
        answer: AsyncRunHandle | AsyncSweepHandle = await call(
            self._mirrored.run,
            lab,
            preset=preset,
            config=config,
            from_run=from_run,
            seeds=seeds,
            sweep=sweep,
            root_seed=root_seed,
            name=name,
            retries=retries,
            until=until,
            max_seeds=max_seeds,
            fresh=fresh,
        )
        return answer

    async def get(self, which: AsyncWhich) -> AsyncRunHandle | AsyncSweepHandle:
        """The Run or the Sweep of an id; its first characters are enough."""
        answer: AsyncRunHandle | AsyncSweepHandle = await call(self._mirrored.get, which)
        return answer

    async def sweep(self, which: AsyncWhich) -> AsyncSweepHandle:
        """The Sweep of an id; of a Run's id that Run's. NotFound where it is in none."""
        answer: AsyncSweepHandle = await call(self._mirrored.sweep, which)
        return answer

    async def runs(
        self,
        *,
        lab: str | None = None,
        states: Collection[State | str] | str | None = None,
        text: str | None = None,
        sort: str = "-created_at",
        limit: int = 50,
        offset: int = 0,
    ) -> Sequence[AsyncRunHandle]:
        """Runs, newest first. `states`: words, one or several ("failed", ["completed", "failed"], "completed,failed")."""
        answer: Sequence[AsyncRunHandle] = await call(
            self._mirrored.runs, lab=lab, states=states, text=text, sort=sort, limit=limit, offset=offset
        )
        return answer

    def rows(
        self, where: str = "", *, fold: str = "point", sort: str = "-created_at", columns: Sequence[str] = (), limit: int = 50
    ) -> AsyncRows:
        """The table of Runs, row by row; all their results at once by `to_pandas()`, `to_polars()`, `to_arrow()`.

        `where`: a filter expression (docs/api.md); `columns`: config:KEY and metric:NAME.

        A row is a point with its replicates (`fold` point), a Run (none) or a whole sweep (sweep); its numbers are over all
        its Runs, whatever the filter. Pages of `limit` rows are asked for as the reading goes on."""
        return AsyncRows(self._mirrored.rows(where, fold=fold, sort=sort, columns=columns, limit=limit))

    async def facets(self, where: str = "") -> Mapping[str, Any]:
        """What Runs that match could be filtered and sorted by: labs, states, tags, metrics with their range, keys."""
        answer: Mapping[str, Any] = await call(self._mirrored.facets, where)
        return answer

    async def read_file(self, lab: str, key: str, path: str | Path) -> OwnFile:
        """A file of your own (GraphML, NIR, CSV, NPZ …) for a key that takes one: `values` are the keys that it sets, to go
        into `config` of `run`."""
        answer: OwnFile = await call(self._mirrored.read_file, lab, key, path)
        return answer

    async def answer(
        self,
        lab: str,
        *,
        preset: str | None = DEFAULT_PRESET,
        config: Mapping[str, Any] | None = None,
        root_seed: int | None = None,
        tables: Sequence[str] = (),
        limit_s: float = 30.0,
    ) -> Mapping[str, Any]:
        """Run a config and give its metrics and tables; nothing of it is listed or kept. For what is tried by the dozen."""
        answer: Mapping[str, Any] = await call(
            self._mirrored.answer, lab, preset=preset, config=config, root_seed=root_seed, tables=tables, limit_s=limit_s
        )
        return answer

    async def examples(self) -> Sequence[Mapping[str, Any]]:
        """What each lab's default preset gave: finding, headline, how long it takes here, the command; in the API's shape."""
        answer: Sequence[Mapping[str, Any]] = await call(self._mirrored.examples)
        return answer

    async def page(self, lab: str) -> str:
        """What a lab tells of itself, as Markdown with TeX: what it simulates, equations, presets with what they gave,
        parameters, how it was verified, citation."""
        answer: str = await call(self._mirrored.page, lab)
        return answer

    async def compare(
        self, *keys: AsyncWhich, baseline: AsyncWhich | None = None, confidence: float = 0.95
    ) -> Mapping[str, Any]:
        """Two to eight Runs, points or sweeps side by side: what differs in their configs, and by how much in each metric.

        Differences are to `baseline` (else to the first), over common seeds with Student's paired interval where there are
        any, else with Welch's. The answer is that of `POST /compare` (docs/api.md)."""
        answer: Mapping[str, Any] = await call(self._mirrored.compare, *keys, baseline=baseline, confidence=confidence)
        return answer

    async def report(self, *keys: AsyncWhich, to: str | Path) -> Path:
        """One to eight Runs and Sweeps as one HTML file that needs no network: findings, figures, results with intervals, what
        differs, the record, how to repeat, what to cite. NotWritten where the file cannot be."""
        answer: Path = await call(self._mirrored.report, *keys, to=to)
        return answer

    async def annotate(
        self, key: AsyncWhich, *, name: str | None = None, tags: Sequence[str] | None = None, note: str | None = None
    ) -> Sequence[Annotation]:
        """Write the name, tags or note of a Run or a sweep; what is None stays. An empty note removes it."""
        answer: Sequence[Annotation] = await call(self._mirrored.annotate, key, name=name, tags=tags, note=note)
        return answer

    async def bulk(self, action: str, keys: Sequence[AsyncWhich], tags: Sequence[str] = ()) -> Sequence[Done]:
        """cancel, pause, resume, delete, undo (within 10 s of a delete), tag or untag many Runs, points and sweeps."""
        answer: Sequence[Done] = await call(self._mirrored.bulk, action, keys, tags)
        return answer
