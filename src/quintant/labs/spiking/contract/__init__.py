"""Pinglab's HTTP contract, served unchanged: the wire dialect of the spiking lab.

keys, blocks        every key and its native one; blocks of weights                      run      /run
body, decode        JSON, strictly; overrides over defaults → SpikingConfig              weights  /weights
schema, response    every response field and its type; a Result in the wire's words      headers  of an answer
rendering, reply    JSON or Arrow, gzip               refusal, examples     422 with a path; what OpenAPI shows
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from quintant.labs.spiking.contract.headers import HEADERS, IGNORED, NOTICE, RUN_ID, WARNINGS
from quintant.labs.spiking.contract.name import LAB
from quintant.wire.contract import Contract

if TYPE_CHECKING:
    from fastapi import APIRouter

    from quintant.wire.facade import Runs

PATHS = ("/run", "/weights")


def router(runs: Runs) -> APIRouter:
    """All routes of the contract, to be mounted at the root."""
    from fastapi import APIRouter

    from quintant.labs.spiking.contract import run, weights

    routes = APIRouter(tags=[LAB])
    routes.include_router(run.router(runs))
    routes.include_router(weights.router())
    return routes


def contract() -> Contract:
    return Contract(router, open_cors=PATHS, exposed_headers=(*HEADERS, RUN_ID, NOTICE, IGNORED, WARNINGS))
