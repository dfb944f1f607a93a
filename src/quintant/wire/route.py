"""Routes that refuse in their contract's words."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import ClassVar

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.requests import ClientDisconnect

from quintant.wire.refusal import Dialect

Handler = Callable[[Request], Awaitable[Response]]


class ContractRoute(APIRoute):
    """A route whose every failure is answered by its `dialect`. `before(request)` may refuse by raising, too."""

    dialect: ClassVar[Dialect]

    def before(self, request: Request) -> None:
        """What is looked at before the handler is called."""

    def after(self, request: Request, response: Response) -> None:
        """What is put to every answer, refusals included."""

    def get_route_handler(self) -> Handler:  # type: ignore[override]
        handle = super().get_route_handler()

        async def answered(request: Request) -> Response:
            try:
                self.before(request)
                response = await handle(request)
            except ClientDisconnect:
                raise
            except Exception as error:
                response = self.dialect.refusal(error)
            self.after(request, response)
            return response

        return answered


def routes_of(dialect: Dialect, kind: type[ContractRoute] = ContractRoute) -> type[ContractRoute]:
    """The route class of a dialect, for `APIRouter(route_class=…)`."""
    return type(f"{type(dialect).__name__}Route", (kind,), {"dialect": dialect})
