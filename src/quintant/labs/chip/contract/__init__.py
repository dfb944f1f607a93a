"""The Catalyst Cloud HTTP contract, served unchanged: the wire dialect of the chip lab.

signup, keys, usage    /v1/signup, /v1/keys, /v1/usage     accounts   accounts and their keys; callers: who asks
networks, network      /v1/networks; a definition          ledger     the day's quota and the month's compute, exactly
jobs, job, recordings  /v1/jobs; a ChipConfig; what it     reading    what passes for a value of the wire
                       recorded                            refusal    `{"detail": text}`; examples: what OpenAPI shows
estimate               /v1/jobs/estimate                   clock      UTC days and months
operator               what the server's operator does     health     /health
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from quintant.labs.chip.contract.name import LAB
from quintant.labs.chip.tiers import limit_s
from quintant.wire.contract import Contract

if TYPE_CHECKING:
    from fastapi import APIRouter

    from quintant.wire.facade import Runs

OWN_KEYS = ("/v1/", "/health")
"""Where an account's key is asked for, or none, instead of the server's."""


def router(runs: Runs) -> APIRouter:
    """All routes of the contract, to be mounted at the root."""
    from fastapi import APIRouter

    from quintant.labs.chip.contract import health, jobs, keys, networks, operator, recordings, signup, usage
    from quintant.labs.chip.contract.accounts import Accounts
    from quintant.labs.chip.contract.callers import asking
    from quintant.labs.chip.contract.ledger import Ledger

    accounts, ledger = Accounts(runs), Ledger(runs)
    reader, simulator, admin = (asking(accounts, scope) for scope in ("read", "simulate", "admin"))
    stored = networks.Networks(runs, accounts.now)
    submitted = jobs.Jobs(runs, stored, ledger)

    routes = APIRouter(tags=[LAB])
    for part in (
        signup.router(accounts, limited=runs.settings.rate_limits == "on"),
        networks.router(stored, reader, simulator),
        jobs.router(submitted, reader, simulator),
        recordings.router(submitted, reader),
        usage.router(ledger, reader),
        keys.router(accounts, admin),
        operator.router(accounts, ledger),
        health.router(runs),
    ):
        routes.include_router(part)
    return routes


def contract() -> Contract:
    return Contract(router, own_keys=OWN_KEYS, limit_s=limit_s)
