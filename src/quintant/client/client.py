"""Client: the Python SDK's front page.

from quintant.client import Client

with Client() as client:
    run = client.run("optical", preset="deeprmsa-nsfnet", config={"k_paths": 50})
    for event in run.events():
        print(event.seq, event.kind, event.payload)
    print(run.result()["blocking_probability"])
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Literal, overload

from quintant.client import plain
from quintant.client.api import Api
from quintant.client.card import LabCard, Labs
from quintant.client.rows import Rows
from quintant.client.run import RunHandle, SweepHandle
from quintant.destination import write
from quintant.errors import NotFound
from quintant.lab import DEFAULT_PRESET, OwnFile
from quintant.runs.annotation import Annotation, Done
from quintant.runs.lifecycle import State
from quintant.runs.request import Request
from quintant.runs.run import DEFAULT_RETRIES, Run
from quintant.runs.sweep import Sweep

Which = str | RunHandle | SweepHandle
"""A Run or a Sweep: its handle, its id, or the first characters of that."""


class Client:
    """Talks to one server. `url` None: QUINTANT_URL, else the server that runs on this machine's data folder, else
    the address of the settings. `api_key` None: QUINTANT_API_KEY. `patience_s`: how long waiting and following survive
    without the server."""

    _interface: ClassVar[type[Api]] = Api

    def __init__(
        self, url: str | None = None, api_key: str | None = None, *, patience_s: float = 30.0, socket: Path | None = None
    ) -> None:
        address, key = _found(url, api_key)
        self.api = self._interface(address, key, patience_s=patience_s, socket=socket)

    @property
    def url(self) -> str:
        return self.api.url

    def close(self) -> None:
        self.api.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def labs(self) -> Labs:
        return Labs(self.api.labs())

    def lab(self, name: str) -> LabCard:
        return self.api.lab(name)

    def validate(self, lab: str, config: Mapping[str, Any], preset: str | None = DEFAULT_PRESET) -> Mapping[str, Any]:
        """What the server thinks of a config over a preset, as `run` would start it; nothing is created."""
        return self.api.validate(lab, plain.plain(dict(config), ""), preset)

    @overload
    def run(
        self, lab: str | None = None, *, preset: str | None = DEFAULT_PRESET, config: Mapping[str, Any] | None = None,
        from_run: str | RunHandle | None = None, seeds: Literal[1], sweep: None = None,
        root_seed: int | None = None, name: str | None = None, retries: int | None = None, fresh: bool = False,
    ) -> RunHandle: ...  # fmt: skip

    @overload
    def run(
        self, lab: str | None = None, *, preset: str | None = DEFAULT_PRESET, config: Mapping[str, Any] | None = None,
        from_run: Which | None = None, seeds: int | Sequence[int] | None = None, sweep: Mapping[str, Any] | Any = None,
        root_seed: int | None = None, name: str | None = None, retries: int | None = None,
        until: str | Sequence[str] = (), max_seeds: int | None = None, fresh: bool = False,
    ) -> RunHandle | SweepHandle: ...  # fmt: skip

    def run(
        self, lab: str | None = None, *, preset: str | None = DEFAULT_PRESET, config: Mapping[str, Any] | None = None,
        from_run: Which | None = None, seeds: int | Sequence[int] | None = None, sweep: Mapping[str, Any] | Any = None,
        root_seed: int | None = None, name: str | None = None, retries: int | None = None,
        until: str | Sequence[str] = (), max_seeds: int | None = None, fresh: bool = False,
    ) -> RunHandle | SweepHandle:  # fmt: skip
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
        ConfigError names every fault, and nothing is created.
        """
        again = plain.whole(retries, "retries")
        asked = Request(
            lab, plain.plain(dict(config or {}), ""), plain.axes(sweep), preset,
            None if from_run is None else self._target(from_run).id, None if seeds is None else plain.count(seeds),
            plain.whole(root_seed, "root_seed"), name, DEFAULT_RETRIES if again is None else again,
            plain.texts(until), plain.whole(max_seeds, "max_seeds"), fresh,
        )  # fmt: skip
        made, runs = self.api.create(asked.wire)
        return SweepHandle(self.api, made, runs) if made else RunHandle(self.api, runs[0])

    def get(self, which: Which) -> RunHandle | SweepHandle:
        """The Run or the Sweep of an id; its first characters are enough."""
        target = self._target(which)
        if isinstance(target, Sweep):
            return SweepHandle(self.api, target, self.api.runs_of(target.id))
        return RunHandle(self.api, self.api.run(target.id))

    def sweep(self, which: Which) -> SweepHandle:
        """The Sweep of an id; of a Run's id that Run's. NotFound where it is in none."""
        target = self._target(which)
        if not isinstance(target, Sweep):
            if target.sweep_id is None:
                raise NotFound("Sweep", target.id, "It is a run, and in no sweep.")
            target = self.api.sweep(target.sweep_id)
        return SweepHandle(self.api, target, self.api.runs_of(target.id))

    def _target(self, which: Which) -> Run | Sweep:
        return which.info if isinstance(which, (RunHandle, SweepHandle)) else self.api.find(str(which))

    def _key(self, which: Which) -> str:
        """The key of a row: of a Run, a Sweep, or a point (`SWEEP.3`)."""
        if isinstance(which, (RunHandle, SweepHandle)):
            return which.id
        whole, dot, number = str(which).partition(".")
        return f"{self.api.find(whole).id}{dot}{number}"

    def runs(
        self,
        *,
        lab: str | None = None,
        states: Collection[State | str] | str | None = None,
        text: str | None = None,
        sort: str = "-created_at",
        limit: int = 50,
        offset: int = 0,
    ) -> Sequence[RunHandle]:
        """Runs, newest first. `states`: words, one or several ("failed", ["completed", "failed"], "completed,failed")."""
        wanted = None if states is None else State.read(states)
        page = self.api.runs(lab=lab, states=wanted, text=text, sort=sort, limit=limit, offset=offset)
        return [RunHandle(self.api, run) for run in page.items]

    def rows(
        self,
        where: str = "",
        *,
        fold: str = "point",
        sort: str = "-created_at",
        columns: Sequence[str] = (),
        limit: int = 50,
    ) -> Rows:
        """The table of Runs, row by row; all their results at once by `to_pandas()`, `to_polars()`, `to_arrow()`.

        `where`: a filter expression (docs/api.md); `columns`: config:KEY and metric:NAME.

        A row is a point with its replicates (`fold` point), a Run (none) or a whole sweep (sweep); its numbers are over all
        its Runs, whatever the filter. Pages of `limit` rows are asked for as the reading goes on.
        """
        return Rows(self.api, where, fold, sort, columns, limit)

    def facets(self, where: str = "") -> Mapping[str, Any]:
        """What Runs that match could be filtered and sorted by: labs, states, tags, metrics with their range, keys."""
        return self.api.facets(where)

    def read_file(self, lab: str, key: str, path: str | Path) -> OwnFile:
        """A file of your own (GraphML, NIR, CSV, NPZ …) for a key that takes one: `values` are the keys that it sets, to go
        into `config` of `run`."""
        return self.api.read_file(lab, key, Path(path))

    def answer(
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
        body = {
            "preset": preset, "config": plain.plain(dict(config or {}), ""), "root_seed": plain.whole(root_seed, "root_seed"),
            "tables": list(tables), "limit_s": limit_s,
        }  # fmt: skip
        return self.api.answer(lab, body)

    def examples(self) -> Sequence[Mapping[str, Any]]:
        """What each lab's default preset gave: finding, headline, how long it takes here, the command; in the API's shape."""
        return self.api.examples()

    def page(self, lab: str) -> str:
        """What a lab tells of itself, as Markdown with TeX: what it simulates, equations, presets with what they gave,
        parameters, how it was verified, citation."""
        return self.api.page(lab)

    def compare(self, *keys: Which, baseline: Which | None = None, confidence: float = 0.95) -> Mapping[str, Any]:
        """Two to eight Runs, points or sweeps side by side: what differs in their configs, and by how much in each metric.

        Differences are to `baseline` (else to the first), over common seeds with Student's paired interval where there are
        any, else with Welch's. The answer is that of `POST /compare` (docs/api.md).
        """
        base = None if baseline is None else self._key(baseline)
        return self.api.compare_series([self._key(key) for key in keys], base, confidence)

    def report(self, *keys: Which, to: str | Path) -> Path:
        """One to eight Runs and Sweeps as one HTML file that needs no network: findings, figures, results with intervals, what
        differs, the record, how to repeat, what to cite. NotWritten where the file cannot be."""
        return write(to, self.api.report([self._target(key).id for key in keys]))

    def annotate(
        self, key: Which, *, name: str | None = None, tags: Sequence[str] | None = None, note: str | None = None
    ) -> Sequence[Annotation]:
        """Write the name, tags or note of a Run or a sweep; what is None stays. An empty note removes it."""
        fields = {"name": name, "tags": None if tags is None else list(tags), "note": note}
        return self.api.annotate(self._target(key).id, {what: value for what, value in fields.items() if value is not None})

    def bulk(self, action: str, keys: Sequence[Which], tags: Sequence[str] = ()) -> Sequence[Done]:
        """cancel, pause, resume, delete, undo (within 10 s of a delete), tag or untag many Runs, points and sweeps."""
        return self.api.bulk(action, [key.id if isinstance(key, (RunHandle, SweepHandle)) else str(key) for key in keys], tags)


def _found(url: str | None, api_key: str | None) -> tuple[str, str | None]:
    from quintant.client.discovery import local_server, settings_of

    settings = settings_of()
    key = api_key or (settings.api_key.get_secret_value() if settings.api_key else None)
    if url or settings.url:
        return url or settings.url or "", key
    here = local_server(settings.folder)
    return here.url if here else f"http://{settings.host}:{settings.port}", key
