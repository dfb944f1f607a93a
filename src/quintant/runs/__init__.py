"""Runs: everything between a door and an engine, and it knows no lab.

lifecycle    the table of states            store/       where it all lives, with migrations
run, sweep   identity                       driver       the loop that calls step, inside a Worker
event, log   what happened                  nursery      the warm process that Workers are forked from
artifact     files with their sha256        supervisor   claim, watch, kill, record the end
record       provenance and hashes          executors/   what gets a Run executed
statistics   replicates                     facade       what the doors call
shelf        draws that outlive a Run       rehearsal    statements compiled before the fork
"""

from quintant.runs.event import LoggedEvent
from quintant.runs.facade import Runs, open_runs
from quintant.runs.lifecycle import State
from quintant.runs.log import LogChunk
from quintant.runs.run import Page, Run, iso
from quintant.runs.store import ANY, SORTS
from quintant.runs.sweep import Sweep

__all__ = ["ANY", "SORTS", "LogChunk", "LoggedEvent", "Page", "Run", "Runs", "State", "Sweep", "iso", "open_runs"]
