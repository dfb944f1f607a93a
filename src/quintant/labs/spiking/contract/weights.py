"""/weights: what the weights of a config look like, before anything runs. No Run: nothing is kept."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from quintant.labs.spiking.contract import examples, response
from quintant.labs.spiking.contract.body import read
from quintant.labs.spiking.contract.decode import Request as Asked
from quintant.labs.spiking.contract.decode import decode_weights
from quintant.labs.spiking.contract.refusal import PinglabRoute
from quintant.labs.spiking.contract.reply import reply
from quintant.labs.spiking.contract.schema import WEIGHTS
from quintant.labs.spiking.preview import preview

AT_ONCE = 2
"""Previews drawn at the same time; the others wait, so that sliders cannot crowd out everything else."""


def router() -> APIRouter:
    routes = APIRouter(route_class=PinglabRoute)
    turn = asyncio.Semaphore(AT_ONCE)

    async def weights(request: Request) -> Response:
        data = await request.body() if request.method == "POST" else b""
        decoded = await run_in_threadpool(lambda: decode_weights(read(data)))
        async with turn:
            return await run_in_threadpool(answer, decoded, request)

    routes.get("/weights", summary="Preview the default weights", responses=examples.of_weights())(weights)
    routes.post("/weights", summary="Preview weights", openapi_extra=examples.body(examples.WEIGHTS),
                responses=examples.of_weights())(weights)  # fmt: skip
    return routes


def answer(decoded: Asked, request: Request) -> Response:
    return reply(response.weights(preview(decoded.config), decoded.config), WEIGHTS, request, decoded)
