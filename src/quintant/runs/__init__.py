"""Runs: everything between a door and an engine, and it knows no lab.

lifecycle    the table of states            store/       where it all lives, with migrations
run, sweep   identity                       driver       the loop that calls step, inside a Worker
event, log   what happened                  zygote       the warm process that Workers are forked from
artifact     files with their sha256        supervisor   claim, watch, kill, record the end
record       provenance and hashes          executors/   what gets a Run executed
statistics   replicates                     facade       what the doors call
draw_cache   draws that outlive a Run       warm_up      statements compiled before the fork
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from quintant.runs.event import LoggedEvent
    from quintant.runs.facade import Runs, open_runs
    from quintant.runs.lifecycle import State
    from quintant.runs.log import LogChunk
    from quintant.runs.run import Page, Run, iso
    from quintant.runs.store import ANY, SORTS
    from quintant.runs.sweep import Sweep

__all__ = ["ANY", "SORTS", "LogChunk", "LoggedEvent", "Page", "Run", "Runs", "State", "Sweep", "iso", "open_runs"]

_HOMES = {
    "ANY": "store", "SORTS": "store", "LogChunk": "log", "LoggedEvent": "event", "Page": "run", "Run": "run",
    "Runs": "facade", "State": "lifecycle", "Sweep": "sweep", "iso": "run", "open_runs": "facade",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    """Import on demand: a client, and `quintant labs`, use parts of this package without a database."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
