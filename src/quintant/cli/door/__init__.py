"""Door: what a verb asks for. One interface, so that each verb is written once.

    local   the runs facade, in this process, into the store of the data folder
    remote  a server, over its native API

A server that runs on this data folder is always asked instead of opening the store beside it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from quintant.client.card import LabCard
from quintant.client.export import Source
from quintant.errors import NotFound
from quintant.runs.event import LoggedEvent
from quintant.runs.lifecycle import State
from quintant.runs.run import Page, Run
from quintant.runs.statistics import PointSummary
from quintant.runs.sweep import Sweep

if TYPE_CHECKING:
    from quintant.runs import Runs


@dataclass(frozen=True)
class Request:
    """What `quintant run` asks for. `config` holds what differs from the preset."""

    lab: str
    preset: str | None
    config: Mapping[str, Any]
    axes: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    seeds: int = 1
    root_seed: int | None = None
    name: str | None = None


@dataclass(frozen=True)
class Compared:
    """`differences`: the first one first; empty when identical. `exact`: the counts agree, whatever the floats do."""

    identical: bool
    exact: bool
    same_platform: bool
    differences: tuple[str, ...]


class Door(Source, ABC):
    """Every method answers with the values of `quintant.runs`, or raises one of `quintant.errors`."""

    url: str | None = None
    """The server's address; None: this process."""
    folder: Path | None = None
    """The data folder, when it is on this machine."""
    tick_s: float = 0.1
    """Seconds between two looks at Runs that are followed."""

    @abstractmethod
    def labs(self) -> Sequence[LabCard]: ...

    @abstractmethod
    def broken(self) -> Mapping[str, str]:
        """Labs that are there and cannot be loaded, with the reason."""

    @abstractmethod
    def lab(self, name: str) -> LabCard: ...

    @abstractmethod
    def start(self, request: Request) -> tuple[Sweep | None, tuple[Run, ...]]:
        """Create all Runs of the request, or none. A single Run has no Sweep."""

    @abstractmethod
    def find(self, prefix: str) -> Run | Sweep:
        """The one Run or Sweep whose id begins so."""

    @abstractmethod
    def run(self, run_id: str) -> Run: ...

    @abstractmethod
    def runs_of(self, sweep_id: str) -> tuple[Run, ...]: ...

    @abstractmethod
    def runs(
        self,
        *,
        lab: str | None = None,
        states: Collection[State] | None = None,
        text: str | None = None,
        sort: str = "-created_at",
        limit: int = 50,
    ) -> Page[Run]: ...

    @abstractmethod
    def pause(self, run_id: str) -> Run: ...

    @abstractmethod
    def resume(self, run_id: str) -> Run: ...

    @abstractmethod
    def cancel(self, run_id: str, *, wait_s: float = 2.0) -> Run: ...

    @abstractmethod
    def delete(self, run_id: str) -> None: ...

    @abstractmethod
    def events(self, run_id: str, after: int = 0) -> Sequence[LoggedEvent]:
        """The next events after seq `after`; a page of them, empty when there are none yet."""

    @abstractmethod
    def points(self, sweep_id: str) -> Sequence[PointSummary]:
        """The statistics over replicates at each point of a Sweep."""

    @abstractmethod
    def verify(self, run_id: str) -> Run:
        """Start the re-execution; the new Run."""

    @abstractmethod
    def compare(self, run_id: str, other_id: str) -> Compared: ...

    @abstractmethod
    def operate(self, lab: str, what: str, here: Callable[[Runs], Any], body: Mapping[str, Any] | None = None) -> Any:
        """What a lab's own verb asks of its documents: `here` does it in this process; a server has a route for it,
        /labs/LAB/WHAT below the native API, which is read without a body and posted to with one."""

    @abstractmethod
    def view(self, target: Run | Sweep) -> str | None:
        """Where a browser shows it, None without a server."""

    def figure_url(self, target: Run | Sweep, name: str, format: str) -> str | None:
        """Where the figure can be fetched, None without a server."""
        return None

    @abstractmethod
    def close(self) -> None: ...

    def place(self, target: Run | Sweep) -> Path | None:
        """The folder of a Run or a Sweep, None where the server is elsewhere."""
        kind = "sweeps" if isinstance(target, Sweep) else "runs"
        return self.folder / kind / target.id if self.folder else None

    def members(self, target: Run | Sweep) -> tuple[Run, ...]:
        """The Runs that an id stands for: itself, or all of its Sweep."""
        return self.runs_of(target.id) if isinstance(target, Sweep) else (target,)

    def __enter__(self) -> Door:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def only(prefix: str, found: Sequence[Run | Sweep]) -> Run | Sweep:
    """The one Run or Sweep among `found`; NotFound when there is none, or several."""
    if len(found) == 1:
        return found[0]
    if found:
        ids = ", ".join(one.id for one in found[:3])
        raise NotFound("Run", prefix, f"Several begin so: {ids}{' …' if len(found) > 3 else ''}. Give more characters.")
    raise NotFound("Run or sweep", prefix, "quintant list shows what there is.")


def open_door(url: str | None = None, data_dir: Path | None = None, *, execute: bool = False) -> Door:
    """The door that these options lead to: `url`, else QUINTANT_URL, else the server of the data folder, else in-process.

    `execute`: without a server this process also executes what it starts.
    """
    from quintant.cli.problems import Refused
    from quintant.client.discovery import local_server, settings_of

    if url and data_dir:
        raise Refused("--url and --data-dir exclude each other: a server has its own data folder.")
    settings = settings_of(data_dir)
    chosen = url or (None if data_dir else settings.url)
    here = None if chosen else local_server(settings.folder)
    address = chosen or (here.url if here else None)
    if address:
        from quintant.cli.door.remote import RemoteDoor

        key = settings.api_key.get_secret_value() if settings.api_key else None
        return RemoteDoor(address, key, settings.folder if here else None)
    from quintant.cli.door.local import LocalDoor

    return LocalDoor(settings, execute=execute)
