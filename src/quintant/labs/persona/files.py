"""The files of a Run's folder that this lab renders when a Run has ended, also one that failed or was stopped.

transcript.html                           event, prompt, reply and score in order, to be read in a browser
inspect/<created>_persona_<run>.json      the same as a log of Inspect: its viewer lists only files that are named so
"""

from __future__ import annotations

from collections.abc import Iterator

from quintant.lab import File, Outcome
from quintant.labs.persona import inspect_log, transcript

FINAL = ("completed", "failed", "cancelled")


def files(outcome: Outcome) -> Iterator[File]:
    if outcome.state not in FINAL:
        return
    yield File("transcript.html", transcript.page(outcome), "text/html")
    yield File(f"inspect/{inspect_log.name(outcome)}", inspect_log.log(outcome), "application/json")
