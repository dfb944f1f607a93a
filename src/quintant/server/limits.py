"""The largest request body: counted while it arrives, whatever Content-Length says or does not say."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from quintant.server import problems


class BodyLimit:
    """Answers 413 as soon as a body exceeds `most_bytes`, and lets the application see a client that went away.

    An announced length is believed only when it is too large. What a client still sends after the answer is read and
    dropped by the server without being kept.
    """

    def __init__(self, app: ASGIApp, most_bytes: int) -> None:
        self.app, self.most_bytes = app, most_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        announced = Headers(scope=scope).get("content-length", "")
        if announced.isdecimal() and int(announced) > self.most_bytes:
            await self._refuse(scope, receive, send)
            return

        met, begun, refused = 0, False, False

        async def counted() -> Message:
            nonlocal met, refused
            if refused:
                return {"type": "http.disconnect"}
            message = await receive()
            if message["type"] == "http.request":
                met += len(message.get("body", b""))
                if met > self.most_bytes:
                    refused = True
                    if not begun:
                        await self._refuse(scope, receive, send)
                    return {"type": "http.disconnect"}
            return message

        async def sent(message: Message) -> None:
            nonlocal begun
            if not refused:
                begun = True
                await send(message)

        await self.app(scope, counted, sent)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        text = f"The request body is larger than {self.most_bytes} bytes (QUINTANT_MAX_BODY_BYTES)."
        await problems.refusal(scope["path"], 413, "too_large", text)(scope, receive, send)
