"""Api: one method per operation of the native API, plain values in and out. `Client` and the command line stand on it."""

from __future__ import annotations

import time
import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import orjson

from quintant.client import shapes
from quintant.client.card import LabCard
from quintant.client.export import Source
from quintant.client.transport import Broken, Transport
from quintant.errors import Conflict, NotFound, Unreachable
from quintant.lab import Metric
from quintant.runs.artifact import Artifact
from quintant.runs.event import LoggedEvent
from quintant.runs.lifecycle import State
from quintant.runs.run import Page, Run
from quintant.runs.statistics import PointSummary
from quintant.runs.sweep import Sweep

PAGE = 500
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 3.0


class Api(Source):
    """`patience_s`: how long a reading survives without the server before Unreachable is raised."""

    def __init__(self, url: str, api_key: str | None = None, *, patience_s: float = 30.0) -> None:
        self.transport = Transport(url, api_key)
        self.url, self.patience_s = self.transport.url, patience_s

    def close(self) -> None:
        self.transport.close()

    # --- labs ---

    def labs(self) -> Sequence[LabCard]:
        """The labs that can be loaded."""
        return [self.lab(one["name"]) for one in self._get("/labs")["labs"] if one["state"] != "broken"]

    def broken(self) -> Mapping[str, str]:
        return {one["name"]: one["reason"] or "" for one in self._get("/labs")["labs"] if one["state"] == "broken"}

    def lab(self, name: str) -> LabCard:
        return shapes.card(self._get(f"/labs/{_part(name)}"), self._get(f"/labs/{_part(name)}/schema"))

    def validate(self, lab: str, config: Mapping[str, Any], preset: str | None = None) -> Mapping[str, Any]:
        """The server's verdict: valid, problems, warnings, the whole config, its hash and what it changes."""
        body = {"preset": preset, "config": config}
        return self.transport.json("POST", f"/labs/{_part(lab)}/validate", body=body)

    def operate(self, lab: str, what: str, body: Mapping[str, Any] | None) -> Any:
        """A route of the lab's own: read without a body, posted to with one."""
        method = "GET" if body is None else "POST"
        return self.transport.json(method, f"/labs/{_part(lab)}/{_part(what)}", body=body)

    # --- runs ---

    def create(self, body: Mapping[str, Any]) -> tuple[Sweep | None, tuple[Run, ...]]:
        """POST /runs. Sent again when the connection broke: the idempotency key keeps it from creating twice."""
        headers = {"Idempotency-Key": uuid.uuid4().hex}
        made = self._patiently(lambda: self.transport.json("POST", "/runs", body=body, headers=headers))
        sweep = shapes.sweep(made["sweep"]) if made["sweep"] else None
        return sweep, tuple(shapes.run(one) for one in made["runs"])

    def run(self, run_id: str) -> Run:
        """The Run with its config; once it has ended with its record as well."""
        found = self._get(f"/runs/{_part(run_id)}")
        record = self._get(f"/runs/{_part(run_id)}/record") if State(found["state"]).final else None
        return shapes.run(found, record)

    def runs(
        self,
        *,
        lab: str | None = None,
        states: Collection[State] | None = None,
        text: str | None = None,
        sweep: str | None = None,
        sort: str = "-created_at",
        limit: int = 50,
        offset: int = 0,
    ) -> Page[Run]:
        words = ",".join(map(str, states)) if states is not None else None
        page = self._get("/runs", lab=lab, state=words, text=text, sweep=sweep, sort=sort, limit=limit, offset=offset)
        return Page(tuple(shapes.run(one) for one in page["runs"]), page["total"])

    def runs_of(self, sweep_id: str) -> tuple[Run, ...]:
        """All Runs of a Sweep, point by point, replicate by replicate."""
        found: list[Run] = []
        while True:
            page = self.runs(sweep=sweep_id, sort="created_at", limit=PAGE, offset=len(found))
            found += page.items
            if not page.items or len(found) >= page.total:
                break
        if not found:
            self.sweep(sweep_id)
        return tuple(found)

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

    def compare(self, run_id: str, other_id: str) -> Mapping[str, Any]:
        return self._get(f"/runs/{_part(run_id)}/verify", against=other_id)

    # --- sweeps ---

    def sweep(self, sweep_id: str) -> Sweep:
        return shapes.sweep(self._get(f"/sweeps/{_part(sweep_id)}"))

    def sweeps(self, *, limit: int = 50, offset: int = 0) -> Page[Sweep]:
        page = self._get("/sweeps", limit=limit, offset=offset)
        return Page(tuple(map(shapes.sweep, page["sweeps"])), page["total"])

    def points(self, sweep_id: str) -> Sequence[PointSummary]:
        return [shapes.point(one) for one in self._get(f"/sweeps/{_part(sweep_id)}/summary")["points"]]

    # --- events ---

    def events(self, run_id: str, after: int = 0) -> Sequence[LoggedEvent]:
        return [shapes.event(one) for one in self._get(f"/runs/{_part(run_id)}/events", after=after)["events"]]

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
                    told = shapes.event(orjson.loads(sent.data))
                    if told.seq > reached:
                        reached = told.seq
                        yield told
            except Unreachable:
                if time.monotonic() - silent_since > self.patience_s:
                    raise
            time.sleep(pause_s)
            pause_s = min(LONGEST_PAUSE_S, 2 * pause_s)

    def log(self, run_id: str, offset: int = 0) -> bytes:
        return self.transport.bytes(f"/runs/{_part(run_id)}/log", {"offset": offset})

    # --- what a Run left ---

    def result(self, run_id: str) -> Mapping[str, Any]:
        return self._get(f"/runs/{_part(run_id)}/result")

    def metrics(self, run_id: str) -> Mapping[str, Metric]:
        try:
            return {name: shapes.metric(one) for name, one in self.result(run_id)["metrics"].items()}
        except Conflict:  # not completed: there is no result
            return {}

    def tables(self, run_id: str) -> Sequence[str]:
        return sorted(one["name"] for one in self._get(f"/runs/{_part(run_id)}/tables")["tables"])

    def table(self, run_id: str, name: str, format: str) -> bytes:
        return self.transport.bytes(f"/runs/{_part(run_id)}/tables/{_part(name)}.{format}")

    def artifacts(self, run_id: str) -> Sequence[Artifact]:
        found = self._get(f"/runs/{_part(run_id)}/artifacts")["artifacts"]
        return [shapes.artifact(run_id, one) for one in found]

    def fetch(self, run_id: str, path: str, to: Path) -> tuple[int, str]:
        return self.transport.download(f"/runs/{_part(run_id)}/artifacts/{quote(path)}", to)

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
            time.sleep(FIRST_PAUSE_S)
            return ask()

    def _ended(self, run_id: str, told: Mapping[str, Any]) -> None:
        if told.get("state") == "deleted":
            raise NotFound("Run", run_id, "It was deleted while it was being followed.")

    def _figure_path(self, target: Run | Sweep, name: str, format: str) -> str:
        kind = "sweeps" if isinstance(target, Sweep) else "runs"
        return f"/{kind}/{_part(target.id)}/figures/{_part(name)}.{format}"


def _part(text: str) -> str:
    return quote(text, safe="")
