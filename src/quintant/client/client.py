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
from types import TracebackType
from typing import Any, Literal, overload

from quintant.client.api import Api
from quintant.client.card import LabCard
from quintant.client.run import RunHandle, SweepHandle
from quintant.runs.lifecycle import State


class Client:
    """Talks to one server. `url` None: QUINTANT_URL, else the server that runs on this machine's data folder, else
    the address of the settings. `api_key` None: QUINTANT_API_KEY. `patience_s`: how long waiting and following survive
    without the server."""

    def __init__(self, url: str | None = None, api_key: str | None = None, *, patience_s: float = 30.0) -> None:
        found, key = _found(url, api_key)
        self.api = Api(found, key, patience_s=patience_s)

    @property
    def url(self) -> str:
        return self.api.url

    def close(self) -> None:
        self.api.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def labs(self) -> Sequence[LabCard]:
        return self.api.labs()

    def lab(self, name: str) -> LabCard:
        return self.api.lab(name)

    def validate(self, lab: str, config: Mapping[str, Any], preset: str | None = None) -> Mapping[str, Any]:
        """What the server thinks of a config; nothing is created."""
        return self.api.validate(lab, config, preset)

    @overload
    def run(
        self, lab: str | None = None, *, preset: str | None = None, config: Mapping[str, Any] | None = None,
        from_run: str | None = None, seeds: Literal[1] = 1, sweep: None = None, root_seed: int | None = None,
        name: str | None = None,
    ) -> RunHandle: ...  # fmt: skip

    @overload
    def run(
        self, lab: str | None = None, *, preset: str | None = None, config: Mapping[str, Any] | None = None,
        from_run: str | None = None, seeds: int = 1, sweep: Mapping[str, Sequence[Any]] | None = None,
        root_seed: int | None = None, name: str | None = None,
    ) -> RunHandle | SweepHandle: ...  # fmt: skip

    def run(
        self, lab: str | None = None, *, preset: str | None = None, config: Mapping[str, Any] | None = None,
        from_run: str | None = None, seeds: int = 1, sweep: Mapping[str, Sequence[Any]] | None = None,
        root_seed: int | None = None, name: str | None = None,
    ) -> RunHandle | SweepHandle:  # fmt: skip
        """Start a Run; a Sweep with several `seeds` or swept keys (`sweep={"load_erlang": [190, 210, 230]}`).

        `config` holds the keys that differ from the preset (or from `from_run`'s config), each replaced whole. Without
        a preset the lab's defaults are the base. ConfigError names every fault, and nothing is created.
        """
        body: dict[str, Any] = {
            "lab": lab, "preset": preset, "from_run": from_run, "config": dict(config or {}), "seeds": seeds,
            "sweep": {key: list(values) for key, values in (sweep or {}).items()}, "root_seed": root_seed, "name": name,
        }  # fmt: skip
        made, runs = self.api.create({key: value for key, value in body.items() if value is not None})
        return SweepHandle(self.api, made, runs) if made else RunHandle(self.api, runs[0])

    def get(self, run_id: str) -> RunHandle:
        return RunHandle(self.api, self.api.run(run_id))

    def sweep(self, sweep_id: str) -> SweepHandle:
        return SweepHandle(self.api, self.api.sweep(sweep_id), self.api.runs_of(sweep_id))

    def runs(
        self,
        *,
        lab: str | None = None,
        states: Collection[State | str] | None = None,
        text: str | None = None,
        sort: str = "-created_at",
        limit: int = 50,
        offset: int = 0,
    ) -> Sequence[RunHandle]:
        """Runs, newest first."""
        wanted = [State(state) for state in states] if states is not None else None
        page = self.api.runs(lab=lab, states=wanted, text=text, sort=sort, limit=limit, offset=offset)
        return [RunHandle(self.api, run) for run in page.items]


def _found(url: str | None, api_key: str | None) -> tuple[str, str | None]:
    from quintant.client.discovery import local_server, settings_of

    settings = settings_of()
    key = api_key or (settings.api_key.get_secret_value() if settings.api_key else None)
    if url or settings.url:
        return url or settings.url or "", key
    here = local_server(settings.folder)
    return here.url if here else f"http://{settings.host}:{settings.port}", key
