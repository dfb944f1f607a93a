"""What every contract's routes share: each failure of a handler is answered in the contract's own shape."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.requests import ClientDisconnect


class ContractRoute(APIRoute, ABC):
    """A route whose every failure has the shape that `refusal` gives it."""

    @staticmethod
    @abstractmethod
    def refusal(error: Exception) -> Response:
        """The answer to whatever a handler raised."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
        handle = super().get_route_handler()

        async def answered(request: Request) -> Response:
            try:
                return await handle(request)
            except ClientDisconnect:
                raise
            except Exception as error:
                return self.refusal(error)

        return answered
