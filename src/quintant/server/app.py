"""create_app: every door behind one port.

/                   the contract's JSON; browsers are sent to /docs
/api/health         one answer that satisfies both contracts that ask for it
/api/v2/…           the native API
/docs               Swagger UI from the package, /openapi.json
everything else     the labs' contracts, at the root, each with its own error bodies
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from quintant import __version__, registry
from quintant.lab import Lab, load
from quintant.runs import Runs
from quintant.server import native, problems, swagger
from quintant.server.cors import Cors
from quintant.server.guard import DEVELOPMENT_ORIGINS, Guard
from quintant.server.keys import KeyDoor, is_open
from quintant.server.limits import BodyLimit
from quintant.settings import Settings

GREETING = "Federated Learning Simulation Framework API"
log = logging.getLogger("quintant.server")


class Greeting(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"message": GREETING}]})

    message: str


class Health(BaseModel):
    """The union of what two contracts answer here."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "status": "degraded",
                    "redis": "disconnected",
                    "celery_workers": 0,
                    "execution_mode": "subprocess",
                    "database": "connected",
                    "active_runs": 1,
                }
            ]
        }
    )

    status: str = Field(
        description='"degraded" means that no Redis answers, which the default installation does not need: nothing is wrong.'
    )
    redis: str
    celery_workers: int
    execution_mode: str = Field(description="How runs are executed: by processes of this machine.")
    database: str = Field(description='"connected", or what went wrong.')
    active_runs: int = Field(description="Optical runs at work.")


def create_app(runs: Runs, settings: Settings, *, host: str | None = None) -> FastAPI:
    """The whole application. `host`: the address listened on, when it is not that of the settings."""
    app = FastAPI(
        title="Quintant",
        version=__version__,
        summary="One instrument, five sciences: run, watch, repeat, compare and keep simulations you can trust.",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
    )
    app.state.runs, app.state.settings, app.state.broken = runs, settings, {}
    app.state.host = host or settings.host
    app.state.origins = _origins(settings)

    app.include_router(_root(runs))
    app.include_router(native.router(runs, settings))
    contracts = _contracts(app, runs, settings)
    swagger.mount(app)
    _errors(app)
    own_keys = tuple(prefix for router in contracts.values() for prefix in getattr(router, "own_keys", ()))
    _describe(app, settings, own_keys)
    _doors(app, settings, contracts, own_keys)
    return app


def _root(runs: Runs) -> APIRouter:
    router = APIRouter(tags=["system"])

    @router.get(
        "/",
        response_model=Greeting,
        summary="The greeting of the federated contract; browsers are sent to /docs",
        responses={307: {"description": "To /docs, when Accept names text/html."}},
    )
    def greeting(request: Request) -> Any:
        headers = {"Vary": "Accept"}
        if "text/html" in request.headers.get("accept", ""):
            return RedirectResponse("/docs", headers=headers)
        return Response(Greeting(message=GREETING).model_dump_json(), headers=headers, media_type="application/json")

    @router.get("/api/health", response_model=Health, summary="Whether the server can work")
    def health() -> Any:
        told = runs.health()
        return Health(
            status="degraded",
            redis="disconnected",
            celery_workers=0,
            execution_mode="subprocess",
            database=told["database"],
            active_runs=told["active"].get("optical", 0),
        )

    return router


def _contracts(app: FastAPI, runs: Runs, settings: Settings) -> Mapping[str, APIRouter]:
    """Mount each ready lab's contract. One that cannot be loaded is logged and shown, and takes nothing else down."""
    mounted: dict[str, APIRouter] = {}
    for name, lab in registry.labs(settings.labs).items():
        if lab.contract is None or registry.missing(lab):
            continue
        try:
            router = _contract(lab, runs)
        except Exception as error:
            log.exception("the contract of lab %s cannot be served", name)
            app.state.broken[name] = f"{type(error).__name__}: {error}"
            continue
        app.include_router(router)
        mounted[name] = router
    return mounted


def _contract(lab: Lab, runs: Runs) -> APIRouter:
    router = load(str(lab.contract))(runs)
    if not isinstance(router, APIRouter):
        raise TypeError(f"{lab.contract} gave a {type(router).__name__}, not an APIRouter")
    return router


def _errors(app: FastAPI) -> None:
    """What no route answered: problem details below /api/v2, `{"detail": …}` elsewhere."""

    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: HTTPException) -> Response:
        path, detail = request.url.path, str(error.detail)
        if error.status_code == 404 and detail == "Not Found":
            detail = f"Not found: {path[:200]}"
        if problems.is_native(path):
            code = "not_found" if error.status_code == 404 else None
            return problems.of(error) if code is None else problems.answer(404, code, detail, headers=error.headers)
        return problems.plain(error.status_code, detail, error.headers)

    @app.exception_handler(Exception)
    async def failed(request: Request, error: Exception) -> Response:
        detail = "The server met an error of its own; its log has the details."
        return problems.refusal(request.url.path, 500, "internal", detail)


def _describe(app: FastAPI, settings: Settings, own_keys: tuple[str, ...]) -> None:
    """/openapi.json: every route of every door, the one shape of native refusals, and the key where one is asked for."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes)
            known = schema.setdefault("components", {}).setdefault("schemas", {})
            whole = problems.ProblemDetails.model_json_schema(ref_template="#/components/schemas/{model}")
            known.update(whole.pop("$defs", {}))
            known["ProblemDetails"] = whole
            for name, examples in native.examples().items():  # the framework drops what is null in them
                if name in known:
                    known[name]["examples"] = examples
            if settings.api_key is not None:
                schema["components"]["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
                for path, operations in schema["paths"].items():
                    for operation in () if is_open(path, own_keys) else operations.values():
                        operation["security"] = [{"key": []}]
            app.openapi_schema = schema
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]

    @app.get("/openapi.json", include_in_schema=False)
    def description() -> dict[str, Any]:
        return app.openapi()


def _origins(settings: Settings) -> tuple[str, ...]:
    """The origins whose pages may call: those of the settings and the contracts' development servers."""
    listed = (origin.strip() for origin in settings.cors_origins.split(","))
    return (*filter(None, listed), *DEVELOPMENT_ORIGINS)


def _doors(app: FastAPI, settings: Settings, contracts: Mapping[str, APIRouter], own_keys: tuple[str, ...]) -> None:
    """The doors in front of all routes, the outermost last: guard, CORS, key, body limit."""
    origins = app.state.origins
    names = [name.strip() for name in settings.allowed_hosts.split(",") if name.strip()]
    app.add_middleware(BodyLimit, most_bytes=settings.max_body_bytes)
    if settings.api_key is not None:
        app.add_middleware(KeyDoor, key=settings.api_key.get_secret_value(), own=own_keys)
    open_paths = [path for router in contracts.values() for path in getattr(router, "open_cors", ())]
    exposed = [name for router in contracts.values() for name in getattr(router, "exposed_headers", ())]
    app.add_middleware(Cors, origins=origins, open_paths=open_paths, exposed=exposed)
    app.add_middleware(Guard, host=app.state.host, allowed_hosts=names, origins=origins, open_paths=open_paths)
