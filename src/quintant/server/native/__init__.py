"""The native API, uniform for every lab, below /api/v2: a module per noun, `shapes` for what goes in and out."""

from __future__ import annotations

from fastapi import APIRouter

from quintant.runs import Runs
from quintant.server.native import artifacts, events, figures, labs, results, runs, sweeps
from quintant.server.problems import NATIVE
from quintant.settings import Settings

NOUNS = (labs, runs, events, artifacts, results, figures, sweeps)


def router(facade: Runs, settings: Settings) -> APIRouter:
    whole = APIRouter(prefix=NATIVE)
    for noun in NOUNS:
        whole.include_router(noun.routes(facade, settings))
    return whole
