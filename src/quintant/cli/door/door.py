"""Door: what a verb asks for, whoever answers it, and the values that go through it."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal

from quintant.client.card import LabCard
from quintant.client.export import Source
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
    from quintant.runs.rows import Fold, RowPage


@dataclass(frozen=True)
class Listed:
    """What `quintant list` asks for: `where` is a filter expression, `sort` and `cols` as the API has them."""

    where: str = ""
    fold: Fold = "point"
    lab: str | None = None
    states: Collection[State] | None = None
    text: str | None = None
    sort: str = "-created_at"
    cols: str = ""
    limit: int = 50
    cursor: str | None = None


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
    def read_file(self, lab: str, key: str, file: Path) -> OwnFile:
        """A file of the user's own, read for a key that takes one."""

    @abstractmethod
    def page(self, name: str) -> str:
        """The lab's page, as Markdown with TeX."""

    @abstractmethod
    def start(self, request: Request) -> tuple[Sweep | None, tuple[Run, ...]]:
        """Create all Runs of the request, or none. A single Run has no Sweep."""

    @abstractmethod
    def extend(self, sweep_id: str, extension: Mapping[str, Any]) -> tuple[Sweep, tuple[Run, ...]]:
        """Add Runs to a Sweep, in the shape of the API's body. The Sweep, and what was added."""

    @abstractmethod
    def grows(self, sweep_id: str) -> bool:
        """Whether seeds may still be added to a Sweep by themselves."""

    @abstractmethod
    def verdicts(self, sweep_id: str) -> Sequence[PointVerdict]:
        """Of a Sweep with `until`: how far each point is."""

    @abstractmethod
    def find(self, prefix: str) -> Run | Sweep:
        """The one Run or Sweep whose id begins so."""

    @abstractmethod
    def run(self, run_id: str) -> Run: ...

    @abstractmethod
    def runs_of(self, sweep_id: str) -> tuple[Run, ...]: ...

    def now(self, runs: Sequence[Run]) -> tuple[Run, ...]:
        """The same Runs (all of one Sweep, or a few) as they are now."""
        if len(runs) > 1 and runs[0].sweep_id is not None:
            return self.runs_of(runs[0].sweep_id)
        return tuple(self.run(run.id) for run in runs)

    def wait(self, least_s: float) -> None:
        """Return after so many seconds or, where that is known, not before something has changed since `now`."""
        time.sleep(least_s)

    @abstractmethod
    def runs(
        self,
        *,
        lab: str | None = None,
        states: Collection[State] | None = None,
        text: str | None = None,
        where: str = "",
        sort: str = "-created_at",
        limit: int = 50,
    ) -> Page[Run]: ...

    @abstractmethod
    def rows(self, listed: Listed) -> RowPage:
        """A page of the table of Runs. ConfigError with every fault of a filter."""

    @abstractmethod
    def results_table(self, asked: Wanted) -> pa.Table:
        """The results of a Run, a point, a Sweep, or of what a filter matches, as one table."""

    @abstractmethod
    def citation(self, target: Run | Sweep, format: str) -> str:
        """What to cite, as "bibtex" or "cff"."""

    @abstractmethod
    def report(self, keys: Sequence[str]) -> bytes:
        """One to eight Runs and Sweeps as one HTML file."""

    @abstractmethod
    def annotate(self, key: str, changes: Mapping[str, Any]) -> Sequence[Annotation]:
        """Write name, tags or note of a Run, or of all Runs of a sweep."""

    @abstractmethod
    def bulk(self, action: str, keys: Sequence[str], tags: Sequence[str] = ()) -> Sequence[Done]:
        """One action on many Runs and sweeps, answered for each."""

    @abstractmethod
    def pause(self, run_id: str) -> Run: ...

    @abstractmethod
    def resume(self, run_id: str) -> Run: ...

    @abstractmethod
    def cancel(self, run_id: str, *, wait_s: float = 2.0) -> Run: ...

    @abstractmethod
    def delete(self, run_id: str) -> None: ...

    @abstractmethod
    def control(self, action: Action, sweep_id: str, *, wait_s: float = 2.0) -> Sequence[Answered]:
        """Cancel, pause, resume or delete all Runs of a Sweep at once; what became of each."""

    @abstractmethod
    def again(self, how: Literal["retry", "resume"], sweep_id: str) -> Sequence[Answered]:
        """Run what failed (`retry`) or was cancelled (`resume`) of a Sweep again; paused ones go on."""

    @abstractmethod
    def events(self, run_id: str, after: int = 0) -> Sequence[LoggedEvent]:
        """The next events after seq `after`; a page of them, empty when there are none yet."""

    @abstractmethod
    def log_lines(
        self, run_id: str, *, line: int = 1, limit: int = 200, query: str = "", levels: Sequence[str] = ()
    ) -> LinePage:
        """Lines of a Run's log from number `line` on; with a negative one the last of them."""

    @abstractmethod
    def points(self, sweep_id: str) -> Sequence[PointSummary]:
        """The statistics over replicates at each point of a Sweep."""

    @abstractmethod
    def verify(self, run_id: str) -> Run:
        """Start the re-execution; the new Run."""

    @abstractmethod
    def why_not_reused(self, run_id: str) -> Mapping[str, Any]:
        """Why a Run was executed, as `GET /runs/{id}/why-not-reused` says it."""

    @abstractmethod
    def compare(self, run_id: str, other_id: str) -> Compared: ...

    @abstractmethod
    def compare_series(self, keys: Sequence[str], baseline: str | None = None) -> Mapping[str, Any]:
        """Series side by side, in the shape of the API."""

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
