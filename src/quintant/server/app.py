"""create_app: every door behind one port.

/                   the answer of the contract that has one, else where to go on; browsers get the dashboard, which lives at
                    /runs, /new, /compare, /labs as well
/api/health         whether the store answers, and what contracts tell besides
/api/v2/…           the native API
/docs               Swagger UI from the package, /openapi.json
everything else     the labs' contracts, at the root, each with its own error bodies
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from quintant import __version__, arrow, installation, registry
from quintant.runs import Runs
from quintant.server import dashboard, native, problems, swagger
from quintant.server.compression import Compression
from quintant.server.cors import Cors
from quintant.server.guard import DEVELOPMENT_ORIGINS, Guard
from quintant.server.head import Head
from quintant.server.keys import KeyDoor, is_open
from quintant.server.limits import BodyLimit
from quintant.settings import Settings
from quintant.wire.contract import Contract, contract_of
from quintant.wire.refusal import answer

log = logging.getLogger("quintant.server")


ENTRANCE = {"name": "quintant", "version": __version__, "api": problems.NATIVE, "docs": "/docs", "health": "/api/health"}
"""What `/` says where no contract has an answer of its own."""
STATUS = {
    "status": {
        "type": "string", "enum": ["healthy", "degraded"], "description": "healthy: the store answers.",
        "examples": ["healthy"],
    },
    "database": {"type": "string", "description": '"connected", or what went wrong.', "examples": ["connected"]},
}  # fmt: skip


def create_app(runs: Runs, settings: Settings, *, host: str | None = None) -> FastAPI:
    """The whole application. `host`: the address listened on, when it is not that of the settings."""
    arrow.settle()
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

    contracts = _contracts(app, settings)
    app.include_router(_root(runs, list(contracts.values())))
    app.include_router(native.router(runs, settings))
    _mount(app, runs, contracts)
    swagger.mount(app)
    dashboard.mount(app)
    _errors(app)
    own_keys = tuple(prefix for contract in contracts.values() for prefix in contract.own_keys)
    _describe(app, settings, own_keys)
    _doors(app, settings, contracts, own_keys)
    return app


def _root(runs: Runs, contracts: Sequence[Contract]) -> APIRouter:
    router = APIRouter(tags=["system"])
    greeting = next((contract.root for contract in contracts if contract.root is not None), ENTRANCE)
    parts = [contract.health for contract in contracts if contract.health is not None]

    @router.get(
        "/",
        summary="The entrance; browsers get the dashboard",
        responses={
            200: {"content": {"application/json": {"schema": {"type": "object", "example": greeting}}}},
            307: {"description": "To /docs, when Accept names text/html and the dashboard was not built."},
        },
    )
    def entrance(request: Request) -> Response:
        headers = {"Vary": "Accept"}
        if dashboard.wants_page(request):
            return dashboard.page(request) if dashboard.is_built() else RedirectResponse("/docs", headers=headers)
        return answer(greeting, headers=headers)

    shape = {name: schema for properties in (STATUS, *(part.shape for part in parts)) for name, schema in properties.items()}
    schema = {"type": "object", "required": list(shape), "properties": shape}

    @router.get(
        "/api/health",
        summary="Whether the server can work",
        responses={200: {"content": {"application/json": {"schema": schema}}}},
    )
    def health() -> Response:
        health = runs.health()
        status = "healthy" if health["database"] == "connected" else "degraded"
        body = {"status": status}
        for part in parts:
            body |= part.tells(health)
        adding = installation.current()  # not a word of it as a rule: contracts say which keys there are
        more = {"installation": adding.tells(None)} if adding else {}
        return answer({**body, "database": health["database"], **more})

    return router


def _contracts(app: FastAPI, settings: Settings) -> dict[str, Contract]:
    """The contract of each lab that is ready, or will be soon. One that cannot be loaded is logged and shown, and takes
    nothing else down."""
    contracts: dict[str, Contract] = {}
    for name, lab in registry.labs(settings.labs).items():
        if lab.contract is not None and registry.status(lab)[0] != "not installed":
            with _apart(app, name):
                contracts[name] = contract_of(lab)
    return contracts


def _mount(app: FastAPI, runs: Runs, contracts: dict[str, Contract]) -> None:
    """The routes of each contract; one whose routes cannot be built is taken out."""
    for name, contract in list(contracts.items()):
        if contract.router is None:
            continue
        with _apart(app, name):
            router = contract.router(runs)
            if not isinstance(router, APIRouter):
                raise TypeError(f"its router gave a {type(router).__name__}, not an APIRouter")
            app.include_router(router)
            continue
        del contracts[name]


@contextmanager
def _apart(app: FastAPI, name: str) -> Iterator[None]:
    """What goes wrong with one contract stays with it."""
    try:
        yield
    except Exception as error:
        log.exception("the contract of lab %s cannot be served", name)
        app.state.broken[name] = f"{type(error).__name__}: {error}"


def _errors(app: FastAPI) -> None:
    """What no route answered: problem details below /api/v2, `{"detail": …}` elsewhere."""

    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: HTTPException) -> Response:
        path, detail = request.url.path, str(error.detail)
        if error.status_code == 404 and detail == "Not Found":
            detail = f"Not found: {path[:200]}"
        if problems.is_native(path):
            code = "not_found" if error.status_code == 404 else None
            return problems.problem_answer(error) if code is None else problems.answer(404, code, detail, headers=error.headers)
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
            for shape in native.unreferenced():
                known[shape.__name__] = shape.model_json_schema(ref_template="#/components/schemas/{model}")
                known.update(known[shape.__name__].pop("$defs", {}))
            ready = (lab for lab in registry.labs(settings.labs).values() if registry.missing(lab) is None)
            for name, examples in native.examples(next(ready, None)).items():  # the framework drops what is null in them
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


def _doors(app: FastAPI, settings: Settings, contracts: Mapping[str, Contract], own_keys: tuple[str, ...]) -> None:
    """The doors in front of all routes, the outermost last: guard, CORS, key, body limit."""
    origins = app.state.origins
    names = [name.strip() for name in settings.allowed_hosts.split(",") if name.strip()]
    app.add_middleware(Compression)
    app.add_middleware(Head)
    app.add_middleware(BodyLimit, most_bytes=settings.max_body_bytes)
    if settings.api_key is not None:
        sockets = tuple(path for contract in contracts.values() for path in contract.token_sockets)
        app.add_middleware(KeyDoor, key=settings.api_key.get_secret_value(), own=own_keys, token_sockets=sockets)
    open_paths = [path for contract in contracts.values() for path in contract.open_cors]
    exposed = [name for contract in contracts.values() for name in contract.exposed_headers]
    app.add_middleware(Cors, origins=origins, open_paths=open_paths, exposed=exposed)
    app.add_middleware(Guard, host=app.state.host, allowed_hosts=names, origins=origins, open_paths=open_paths)
