"""plots/: the two pictures of a completed run that FUSION's tree has, drawn when somebody asks for them.

A picture costs more than a short run, so that none is drawn for nobody; it is not among the files that were recorded.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from quintant.errors import Conflict, NotFound
from quintant.figure import draw, export
from quintant.json_value import Json
from quintant.labs.optical.figure_list import FIGURES
from quintant.wire.facade import Run, Runs
from quintant.wire.times import iso

FOLDER = "plots"
PICTURES: Mapping[str, str] = MappingProxyType({"blocking.png": "blocking", "link_load.png": "topology"})
"""Name of the file -> name of the figure."""
WIDTH_MM, DPI = 180.0, 150


def exist(run: Run) -> bool:
    """Whether the run has pictures: once it has completed."""
    return str(run.state) == "completed" and run.ended_at is not None


def entry(run: Run) -> dict[str, Json]:
    """The folder, as a listing shows it."""
    return {"name": FOLDER, "type": "directory", "size_bytes": None, "modified_at": iso(run.ended_at)}


def entries(runs: Runs, run: Run) -> list[dict[str, Json]]:
    """The pictures that can be drawn of the run."""
    listed = []
    for name in sorted(PICTURES):
        try:
            size = len(picture(runs, run, name))
        except Conflict:  # nothing in the run to draw it of
            continue
        listed.append({"name": name, "type": "file", "size_bytes": size, "modified_at": iso(run.ended_at)})
    return listed


def picture(runs: Runs, run: Run, name: str) -> bytes:
    """The PNG called `name`. NotFound for other names; Conflict where the run holds nothing to draw it of."""
    if name not in PICTURES or not exist(run):
        raise NotFound("File", f"{FOLDER}/{name}"[:200])
    return _drawn(_Source(runs, run.id), PICTURES[name])


class _Source:
    """A completed run, which never changes: two of the same id are one."""

    def __init__(self, runs: Runs, run_id: str) -> None:
        self.runs, self.run_id = runs, run_id

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Source) and (self.run_id, self.runs) == (other.run_id, other.runs)

    def __hash__(self) -> int:
        return hash(self.run_id)


@lru_cache(maxsize=16)
def _drawn(source: _Source, figure: str) -> bytes:
    outcome = source.runs.outcome(source.run_id)
    [known] = [known_figure for known_figure in FIGURES if known_figure.name == figure]
    return export(draw(known, [outcome]), "png", WIDTH_MM, DPI)
