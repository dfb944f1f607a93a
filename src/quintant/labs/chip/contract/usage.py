"""GET /v1/usage: what an account has used, to the job: the union of what the page and the client of the contract name."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from quintant.json_value import JsonObject
from quintant.labs.chip.contract import examples
from quintant.labs.chip.contract.accounts import Caller
from quintant.labs.chip.contract.callers import Asking
from quintant.labs.chip.contract.ledger import Ledger, Usage
from quintant.labs.chip.contract.refusal import ChipRoute
from quintant.labs.chip.tiers import Tier
from quintant.wire.refusal import answer


def router(ledger: Ledger, reader: Asking) -> APIRouter:
    routes = APIRouter(prefix="/v1/usage", route_class=ChipRoute)

    @routes.get("", summary="What you have used", **examples.documented("usage"))
    def usage(who: Caller = reader) -> Response:
        return answer(shape(ledger.usage(who.account), who.account.tier))

    return routes


def shape(used: Usage, tier: Tier) -> JsonObject:
    cost = used.cost_ngbp_this_month / 1e9
    return {
        "tier": tier.name,
        "jobs_today": used.jobs_today,
        "jobs_limit_today": tier.jobs_per_day,
        "compute_seconds_today": used.compute_us_today / 1e6,
        "compute_seconds_this_month": used.compute_us_this_month / 1e6,
        "estimated_cost_gbp": cost,
        "estimated_cost": cost,
    }
