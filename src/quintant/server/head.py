"""HEAD on every GET (RFC 9110, 9.3.2): the same answer without its body.

The request is handled as a GET; once the answer has begun, the client counts as gone for the handler, so that a stream ends.
"""

from __future__ import annotations

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Head:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return
        answered = asyncio.Event()

        async def received() -> Message:
            if answered.is_set():
                return {"type": "http.disconnect"}
            coming, over = asyncio.ensure_future(receive()), asyncio.ensure_future(answered.wait())
            await asyncio.wait({coming, over}, return_when=asyncio.FIRST_COMPLETED)
            if not coming.done():
                coming.cancel()
                return {"type": "http.disconnect"}
            over.cancel()
            return coming.result()

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                await send(message)
                await send({"type": "http.response.body", "body": b"", "more_body": False})
                answered.set()

        await self.app({**scope, "method": "GET"}, received, sent)
