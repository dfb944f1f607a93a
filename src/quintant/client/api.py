"""Api: one method per operation of the native API, plain values in and out. `Client` and the command line stand on it."""

from __future__ import annotations

import time
import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal
from urllib.parse import quote

import orjson

from quintant import tabular
from quintant.client import shapes
from quintant.client.card import LabCard
from quintant.client.export import Source
from quintant.client.transport import Broken, Transport
from quintant.config import canonical
from quintant.errors import ConfigError, Conflict, NotFound, Problem, Unreachable
from quintant.lab import DEFAULT_PRESET, Metric, OwnFile
from quintant.own_file import content
from quintant.runs.annotation import Annotation, Done
from quintant.runs.artifact import Artifact
from quintant.runs.control import Action, Answered
from quintant.runs.event import LoggedEvent
from quintant.runs.growth import PointVerdict
from quintant.runs.lifecycle import State
from quintant.runs.log_lines import LinePage
from quintant.runs.rows import RowPage
from quintant.runs.run import Page, Run
from quintant.runs.statistics import PointSummary
from quintant.runs.sweep import Sweep
from quintant.runs.table_slice import TableSlice

if TYPE_CHECKING:
    import pyarrow as pa

PAGE = 500
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 3.0


class Api(Source):
    """`patience_s`: how long a reading survives without the server before Unreachable is raised. `made`: ids of the Runs that
    were created through it. `near`: the server is in this process."""

    carrier: ClassVar[type[Transport]] = Transport

    def __init__(self, url: str, api_key: str | None = None, *, patience_s: float = 30.0, socket: Path | None = None) -> None:
        self.transport, self.near = self.carrier(url, api_key, socket), socket is not None
        self.made: list[str] = []
        self.url, self.patience_s = self.transport.url, patience_s

    def close(self) -> None:
        self.transport.close()

    # --- labs ---

    def labs(self) -> Sequence[LabCard]:
        """The labs that can be loaded."""
        return [self.lab(entry["name"]) for entry in self._get("/labs")["labs"] if entry["state"] != "broken"]

    def broken(self) -> Mapping[str, str]:
        return {entry["name"]: entry["reason"] or "" for entry in self._get("/labs")["labs"] if entry["state"] == "broken"}

    def lab(self, name: str) -> LabCard:
        return shapes.card(self._get(f"/labs/{_part(name)}"), lambda: self._get(f"/labs/{_part(name)}/schema"))

    def page(self, name: str) -> str:
        """The lab's page, as Markdown with TeX between `$…$`."""
        return self.transport.bytes(f"/labs/{_part(name)}/page").decode()

    def read_file(self, lab: str, key: str, file: Path) -> OwnFile:
        """A file of one's own, read by the server for a key that takes one."""
        path = f"/labs/{_part(lab)}/files/{_part(key)}/{_part(file.name)}"
        answer = self.transport.put(path, content(key, file))
        return OwnFile(answer["values"], answer["says"])

    def answer(self, lab: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        answer: Mapping[str, Any] = self.transport.json("POST", f"/labs/{_part(lab)}/answers", body=body)
        return answer

    def examples(self) -> Sequence[Mapping[str, Any]]:
        """What each lab's default preset gave, as the API says it."""
        examples: Sequence[Mapping[str, Any]] = self._get("/examples")["examples"]
        return examples

    def validate(self, lab: str, config: Mapping[str, Any], preset: str | None = DEFAULT_PRESET) -> Mapping[str, Any]:
        """The server's verdict: valid, problems, warnings, the whole config, its hash and what it changes."""
        body = {"preset": preset, "config": config}
        result: Mapping[str, Any] = self.transport.json("POST", f"/labs/{_part(lab)}/validate", body=body)
        return result

    def operate(self, lab: str, what: str, body: Mapping[str, Any] | None) -> Any:
        """A route of the lab's own: read without a body, posted to with one."""
        method = "GET" if body is None else "POST"
        return self.transport.json(method, f"/labs/{_part(lab)}/{_part(what)}", body=body)

    # --- runs ---

    def create(self, body: Mapping[str, Any]) -> tuple[Sweep | None, tuple[Run, ...]]:
        """POST /runs. Sent again when the connection broke: the idempotency key keeps it from creating twice."""
        headers = {"Idempotency-Key": uuid.uuid4().hex}
        made = self._patiently(lambda: self.transport.json("POST", "/runs", body=body, headers=headers))
        self.made += [one["id"] for one in made["runs"]]
        sweep = shapes.sweep(made["sweep"]) if made["sweep"] else None
        return sweep, tuple(shapes.run(body) for body in made["runs"])

    def run(self, run_id: str) -> Run:
        """The Run with its config; once it has ended with its record as well."""
        body = self._get(f"/runs/{_part(run_id)}")
        record = self._get(f"/runs/{_part(run_id)}/record") if State(body["state"]).final else None
        return shapes.run(body, record)

    def runs(
        self,
        *,
        lab: str | None = None,
        states: Collection[State] | None = None,
        text: str | None = None,
        where: str = "",
        sweep: str | None = None,
        sort: str = "-created_at",
        limit: int = 50,
        offset: int = 0,
    ) -> Page[Run]:
        state_names = ",".join(map(str, states)) if states is not None else None
        page = self._get(
            "/runs", lab=lab, state=state_names, text=text, q=where, sweep=sweep, sort=sort, limit=limit, offset=offset
        )
        return Page(tuple(shapes.run(body) for body in page["runs"]), page["total"])

    def find(self, prefix: str) -> Run | Sweep:
        """The one Run or Sweep whose id begins so; NotFound when there is none, or several."""
        matches: list[Run | Sweep] = []
        if prefix:
            matches += [run for run in self.runs(text=prefix, limit=PAGE).items if run.id.startswith(prefix)]
            offset, total = 0, 1
            while offset < total:
                page = self.sweeps(limit=PAGE, offset=offset)
                matches += [sweep for sweep in page.items if sweep.id.startswith(prefix)]
                offset, total = offset + PAGE, page.total
        if len(matches) == 1:
            return matches[0]
        if matches:
            ids = ", ".join(match.id for match in matches[:3])
            raise NotFound("Run", prefix, f"Several begin so: {ids}{' …' if len(matches) > 3 else ''}. Give more characters.")
        raise NotFound("Run or sweep", prefix, "quintant list shows what there is.")

    def rows(
        self,
        where: str = "",
        *,
        fold: str = "point",
        lab: str | None = None,
        states: Collection[State] | None = None,
        text: str | None = None,
        of: str | None = None,
        sort: str = "-created_at",
        cols: str = "",
        limit: int = 50,
        cursor: str | None = None,
    ) -> RowPage:
        """A page of the table of Runs: replicates are one row (`fold` point), every Run (none), or every sweep (sweep)."""
        state_names = ",".join(map(str, states)) if states is not None else None
        page = self._get(
            "/runs",
            q=where,
            fold=fold,
            lab=lab,
            state=state_names,
            text=text,
            of=of,
            sort=sort,
            cols=cols,
            limit=limit,
            cursor=cursor,
        )
        return shapes.row_page(page)

    def results_table(
        self,
        of: str | None = None,
        where: str = "",
        *,
        fold: str = "point",
        sort: str = "created_at",
        metrics: Sequence[str] | None = None,
    ) -> pa.Table:
        """The results of a Run, a point, a Sweep (`of`: its key), or of what a filter matches, as one table."""
        asked: dict[str, Any] = {"fold": fold, "metrics": ",".join(metrics) if metrics is not None else None}
        if of is None:
            return tabular.decoded(self.transport.bytes("/runs/table.arrow", {**asked, "q": where, "sort": sort}))
        try:
            return tabular.decoded(self.transport.bytes(f"/sweeps/{_part(of)}/table.arrow", {**asked, "sort": sort}))
        except NotFound:
            return tabular.decoded(self.transport.bytes(f"/runs/{_part(of)}/table.arrow", asked))

    def citation(self, target: Run | Sweep, format: str = "bibtex") -> str:
        """What to cite for a Run or a Sweep, as "bibtex" or "cff"."""
        suffixes = {"bibtex": "bib", "cff": "cff"}
        if format not in suffixes:
            raise ConfigError(Problem("format", f"must be bibtex or cff; got {format!r}.", format, list(suffixes)))
        kind = "sweeps" if isinstance(target, Sweep) else "runs"
        return self.transport.bytes(f"/{kind}/{_part(target.id)}/citation.{suffixes[format]}").decode()

    def report(self, keys: Sequence[str]) -> bytes:
        """One to eight Runs and Sweeps, by their ids, as one HTML file."""
        return self.transport.bytes("/report.html", {"of": ",".join(keys)})

    def facets(self, where: str = "") -> Mapping[str, Any]:
        """What Runs that match could be filtered and sorted by further."""
        body: Mapping[str, Any] = self._get("/runs/facets", q=where)
        return body

    def annotate(self, key: str, changes: Mapping[str, Any]) -> Sequence[Annotation]:
        """Write name, tags, note of a Run or, by its id, of a sweep and all its Runs. `expected`: the version that was read."""
        body = {name: value for name, value in changes.items() if name != "expected"}
        expected = changes.get("expected")
        headers = {} if expected is None else {"If-Match": f'"{expected}"'}
        try:
            bodies = [self.transport.json("PATCH", f"/runs/{_part(key)}", body=body, headers=headers)]
        except NotFound:
            bodies = self.transport.json("PATCH", f"/sweeps/{_part(key)}", body=body)["annotations"]
        return [shapes.annotation(body) for body in bodies]

    def annotations(self, run_id: str) -> Sequence[Annotation]:
        return [shapes.annotation(body) for body in self._get(f"/runs/{_part(run_id)}/annotations")["annotations"]]

    def bulk(self, action: str, keys: Sequence[str], tags: Sequence[str] = ()) -> Sequence[Done]:
        body = {"action": action, "ids": list(keys), "tags": list(tags)}
        return [shapes.done(result) for result in self.transport.json("POST", "/runs/bulk", body=body)["results"]]

    def runs_of(self, sweep_id: str) -> tuple[Run, ...]:
        """All Runs of a Sweep, point by point, replicate by replicate."""
        members: list[Run] = []
        while True:
            page = self.runs(sweep=sweep_id, sort="created_at", limit=PAGE, offset=len(members))
            members += page.items
            if not page.items or len(members) >= page.total:
                break
        if not members:
            self.sweep(sweep_id)
        points = {canonical(dict(run.point)): at for at, run in reversed(list(enumerate(members)))}
        return tuple(sorted(members, key=lambda run: (points[canonical(dict(run.point))], run.replicate)))

    def pause(self, run_id: str) -> Run:
        return self._post(f"/runs/{_part(run_id)}/pause")

    def resume(self, run_id: str) -> Run:
        return self._post(f"/runs/{_part(run_id)}/resume")

    def cancel(self, run_id: str) -> Run:
        return self._post(f"/runs/{_part(run_id)}/cancel")

    def delete(self, run_id: str) -> None:
        self.transport.json("DELETE", f"/runs/{_part(run_id)}")

    def verify(self, run_id: str) -> Run:
        return self._post(f"/runs/{_part(run_id)}/verify")

    def why_not_reused(self, run_id: str) -> Mapping[str, Any]:
        body: Mapping[str, Any] = self._get(f"/runs/{_part(run_id)}/why-not-reused")
        return body

    def compare(self, run_id: str, other_id: str) -> Mapping[str, Any]:
        body: Mapping[str, Any] = self._get(f"/runs/{_part(run_id)}/verify", against=other_id)
        return body

    def compare_series(self, keys: Sequence[str], baseline: str | None = None, confidence: float = 0.95) -> Mapping[str, Any]:
        """Two to eight Runs, points or sweeps side by side, as the API says it."""
        body = {"series": list(keys), "baseline": baseline, "confidence": confidence}
        comparison: Mapping[str, Any] = self.transport.json("POST", "/compare", body=body)
        return comparison

    def log_lines(
        self, run_id: str, *, line: int = 1, limit: int = 200, query: str = "", levels: Sequence[str] = ()
    ) -> LinePage:
        page = self._get(
            f"/runs/{_part(run_id)}/log/lines", line=line, limit=limit, q=query or None, level=",".join(levels) or None
        )
        return shapes.line_page(page)

    # --- sweeps ---

    def sweep(self, sweep_id: str) -> Sweep:
        return shapes.sweep(self._get(f"/sweeps/{_part(sweep_id)}"))

    def sweeps(self, *, limit: int = 50, offset: int = 0) -> Page[Sweep]:
        page = self._get("/sweeps", limit=limit, offset=offset)
        return Page(tuple(map(shapes.sweep, page["sweeps"])), page["total"])

    def control(self, action: Action, sweep_id: str) -> Sequence[Answered]:
        """Cancel, pause, resume or delete all Runs of a Sweep in one request; what became of each."""
        path = f"/sweeps/{_part(sweep_id)}"
        request = ("DELETE", path) if action == "delete" else ("POST", f"{path}/{action}")
        return [shapes.answered(body) for body in self.transport.json(*request)["results"]]

    def again(self, how: Literal["retry", "resume"], sweep_id: str) -> Sequence[Answered]:
        """Run those of a Sweep's Runs again that failed (`retry`) or were cancelled (`resume`, which paused ones hear too)."""
        return [shapes.answered(body) for body in self.transport.json("POST", f"/sweeps/{_part(sweep_id)}/{how}")["results"]]

    def extend(self, sweep_id: str, body: Mapping[str, Any]) -> tuple[Sweep, tuple[Run, ...]]:
        """Add Runs to a Sweep: further seeds, values, or seeds until they are enough. The Sweep, and what was added."""
        made = self.transport.json("POST", f"/sweeps/{_part(sweep_id)}/runs", body=body)
        return shapes.sweep(made["sweep"]), tuple(map(shapes.run, made["runs"]))

    def progress(self, sweep_id: str) -> Mapping[str, Any]:
        """The Sweep in the API's shape: how many Runs and points it has, whether it grows and has converged."""
        body: Mapping[str, Any] = self._get(f"/sweeps/{_part(sweep_id)}")
        return body

    def verdicts(self, sweep_id: str) -> Sequence[PointVerdict]:
        """Of a Sweep whose seeds are added until they are enough: how far each point is."""
        return [shapes.point_verdict(body) for body in self._get(f"/sweeps/{_part(sweep_id)}/summary")["points"]]

    def points(self, sweep_id: str) -> Sequence[PointSummary]:
        return [shapes.point(body) for body in self._get(f"/sweeps/{_part(sweep_id)}/summary")["points"]]

    # --- events ---

    def events(self, run_id: str, after: int = 0) -> Sequence[LoggedEvent]:
        return [shapes.event(body) for body in self._get(f"/runs/{_part(run_id)}/events", after=after)["events"]]

    def follow(self, run_id: str, after: int = 0) -> Iterator[LoggedEvent]:
        """Every event after `after`, live, until the Run has ended. A broken connection is resumed from the last seq:
        nothing is lost or repeated. The end of a stream is not the end of a Run: only the server's word for it is."""
        reached, silent_since = after, time.monotonic()
        pause_s = FIRST_PAUSE_S
        while True:
            try:
                for sent in self.transport.stream(f"/runs/{_part(run_id)}/events", {"after": reached}):
                    silent_since, pause_s = time.monotonic(), FIRST_PAUSE_S
                    if sent.event == "end":
                        self._ended(run_id, orjson.loads(sent.data))
                        return
                    if sent.event != "message":
                        continue
                    event = shapes.event(orjson.loads(sent.data))
                    if event.seq > reached:
                        reached = event.seq
                        yield event
            except Unreachable:
                if time.monotonic() - silent_since > self.patience_s:
                    raise
            self.transport.sleep(pause_s)
            pause_s = min(LONGEST_PAUSE_S, 2 * pause_s)

    def log(self, run_id: str, offset: int = 0) -> bytes:
        return self.transport.bytes(f"/runs/{_part(run_id)}/log", {"offset": offset})

    # --- what a Run left ---

    def result(self, run_id: str) -> Mapping[str, Any]:
        body: Mapping[str, Any] = self._get(f"/runs/{_part(run_id)}/result")
        return body

    def metrics(self, run_id: str) -> Mapping[str, Metric]:
        try:
            return {name: shapes.metric(body) for name, body in self.result(run_id)["metrics"].items()}
        except Conflict:  # not completed: there is no result
            return {}

    def tables(self, run_id: str) -> Sequence[str]:
        return sorted(table["name"] for table in self._get(f"/runs/{_part(run_id)}/tables")["tables"])

    def table(self, run_id: str, name: str, format: str, part: TableSlice | None = None) -> bytes:
        how = part or TableSlice()
        params = {
            "first": how.first or None, "rows": how.rows, "columns": ",".join(how.columns) or None, "sort": how.sort or None,
            "where": how.where or None,
        }  # fmt: skip
        return self.transport.bytes(f"/runs/{_part(run_id)}/tables/{_part(name)}.{format}", params)

    def artifacts(self, run_id: str) -> Sequence[Artifact]:
        files = self._get(f"/runs/{_part(run_id)}/artifacts")["artifacts"]
        return [shapes.artifact(run_id, file) for file in files]

    def fetch(self, run_id: str, path: str, to: Path) -> tuple[int, str]:
        return self.transport.download(f"/runs/{_part(run_id)}/artifacts/{quote(path)}", to)

    def archive(self, run_id: str, to: Path) -> tuple[int, str]:
        return self.transport.download(f"/runs/{_part(run_id)}/archive.zip", to)

    def figure(self, target: Run | Sweep, name: str, format: str, **how: Any) -> bytes:
        return self.transport.bytes(self._figure_path(target, name, format), how)

    def figure_url(self, target: Run | Sweep, name: str, format: str) -> str:
        from quintant.client.transport import API

        return self.url + API + self._figure_path(target, name, format)

    # --- inside ---

    def _get(self, path: str, **params: Any) -> Any:
        return self._patiently(lambda: self.transport.json("GET", path, params=params))

    def _post(self, path: str) -> Run:
        return shapes.run(self.transport.json("POST", path))

    def _patiently(self, ask: Any) -> Any:
        """Ask again when the connection broke in the middle of an answer (not when nobody answers at all)."""
        try:
            return ask()
        except Broken:
            self.transport.sleep(FIRST_PAUSE_S)
            return ask()

    def _ended(self, run_id: str, payload: Mapping[str, Any]) -> None:
        if payload.get("state") == "deleted":
            raise NotFound("Run", run_id, "It was deleted while it was being followed.")

    def _figure_path(self, target: Run | Sweep, name: str, format: str) -> str:
        kind = "sweeps" if isinstance(target, Sweep) else "runs"
        return f"/{kind}/{_part(target.id)}/figures/{_part(name)}.{format}"


def _part(text: str) -> str:
    return quote(text, safe="")
