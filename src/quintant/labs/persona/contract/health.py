"""/api/v1/health and /api/v1/status: whether the API works, and what it stands on, really asked."""

from __future__ import annotations

from typing import Any

import anyio
from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from quintant.labs.persona.contract import examples, words
from quintant.labs.persona.contract.current import Current
from quintant.labs.persona.settings import OLLAMA_URL, QDRANT_URL, REDIS_URL
from quintant.wire.facade import Runs
from quintant.wire.refusal import answer
from quintant.wire.route import ContractRoute

VERSION = "1.0.0"
APP_NAME = "AI Personality Drift Simulation"
PROBE_S = 1.0


def router(runs: Runs, current: Current, kind: type[ContractRoute]) -> APIRouter:
    routes = APIRouter(route_class=kind)

    @routes.get("/health", summary="Whether the API answers", responses=examples.answers(examples.HEALTH))
    def health() -> Response:
        return answer({"status": "healthy", "timestamp": words.now(), "version": VERSION, "app_name": APP_NAME})

    @routes.get(
        "/status", summary="The services that the API stands on, each asked now", responses=examples.answers(examples.SYSTEM)
    )
    async def status() -> Response:
        services: dict[str, str] = {"api": "healthy"}

        async def ask(name: str, probe: Any) -> None:
            services[name] = await run_in_threadpool(probe)

        async with anyio.create_task_group() as group:
            for name, probe in (("redis", _redis), ("qdrant", _memory), ("ollama", _ollama)):
                group.start_soon(ask, name, probe)
        run = await run_in_threadpool(current.run)
        live = run is not None and not words.is_final(run)
        numbers = words.numbers(run) if run is not None and live else None
        return answer(
            {
                "status": "running",
                "services": {name: services[name] for name in ("api", "redis", "qdrant", "ollama")},
                "simulation": {
                    "is_running": live,
                    "active_personas": numbers["active_personas"] if numbers else 0,
                    "total_events": numbers["events_processed"] if numbers else 0,
                },
                "timestamp": words.now(),
            }
        )

    return routes


def _redis() -> str:
    """Redis is not needed; asked when a URL names one."""
    url = REDIS_URL.read()
    if not url:
        return "disabled"
    try:
        import redis

        client = redis.Redis.from_url(url, socket_connect_timeout=PROBE_S, socket_timeout=PROBE_S)
        try:
            return "healthy" if client.ping() else "unhealthy"
        finally:
            client.close()
    except Exception:
        return "unhealthy"


def qdrant(url: str) -> str:
    """Whether the Qdrant server at `url` is ready."""
    return _http(url.rstrip("/") + "/readyz")


def _memory() -> str:
    url = QDRANT_URL.read()
    return qdrant(url) if url else "embedded"


def _ollama() -> str:
    """An Ollama that nobody named is not asked: without one the language model is the embedded one."""
    url = OLLAMA_URL.read()
    return _http(url.rstrip("/") + "/api/tags") if url else "embedded"


def _http(url: str) -> str:
    import httpx2

    try:
        return "healthy" if httpx2.get(url, timeout=PROBE_S).is_success else "unhealthy"
    except Exception:
        return "unhealthy"
