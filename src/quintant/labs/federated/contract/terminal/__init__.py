"""/api/terminal: a shell of this machine for its own pages. Shut by default, and guarded six times.

    door     who may open one: the setting, loopback, the page's origin, a one-time token, a cap on sessions
    shell    the shell itself: a pseudo-terminal, an environment by allow-list, its whole session ended with it

A shell is whatever its user is. That is why the contract's own way, a socket that any web page can open, is not offered:
a page asks for a token first (`GET /api/terminal/token`) and hands it over once (`/api/terminal?token=…`). The original's own
page, which knows no token, is let in by a setting of its own (`origin`), by name, loopback and user.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from pathlib import Path

import orjson
from fastapi import APIRouter, Query, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.websockets import WebSocket, WebSocketDisconnect

from quintant.labs.federated.contract import examples
from quintant.labs.federated.contract.route import InteflRoute
from quintant.labs.federated.contract.terminal.door import NEEDS_TOKEN, TOKEN_LIVES_S, Tokens, shut, tokenless
from quintant.labs.federated.contract.terminal.shell import Shell
from quintant.wire.refusal import answer

log = logging.getLogger(__name__)
MOST_CHARACTERS = 65_536
"""Of one frame from the page."""
MOST_SIDE = 500
ROWS, COLUMNS = 24, 80
PLACE_WAIT_S = 4.0
"""Longer than a shell takes to end on a busy machine; browsers wait longer than this for a socket to open."""
WRONG_KIND, REFUSED, TOO_BIG = 1003, 1008, 1009


def router() -> APIRouter:
    routes = APIRouter(prefix="/api/terminal", route_class=InteflRoute)
    tokens = Tokens()
    open_now: set[WebSocket] = set()

    @routes.get(
        "/token",
        summary="A token that opens one terminal, once",
        responses=examples.answers({200: {"token": "…", "expires_in_s": TOKEN_LIVES_S}}, 403),
    )
    def token(request: Request) -> Response:
        if reason := shut(request):
            raise HTTPException(403, reason)
        response = answer({"token": tokens.issue(), "expires_in_s": TOKEN_LIVES_S})
        response.headers["Cache-Control"] = "no-store"
        return response

    @routes.websocket("")
    async def terminal(socket: WebSocket, token: str | None = Query(None)) -> None:
        settings = socket.app.state.settings
        reason = shut(socket)
        if reason is None and not tokens.redeem(token):
            reason = tokenless(socket) if token is None else NEEDS_TOKEN
        if reason is None and not await _place(open_now, settings.terminal_sessions):
            reason = f"{len(open_now)} terminals are open, as many as QUINTANT_TERMINAL_SESSIONS allows; close one."
        if reason is not None:
            log.warning("a terminal was refused: %s", reason)
            if "websocket.http.response" in socket.scope.get("extensions", {}):
                await socket.send_denial_response(answer({"detail": reason}, 403))
            else:
                await socket.close(REFUSED)
            return
        open_now.add(socket)
        try:
            await socket.accept()
            await _serve(socket, settings.folder, settings.terminal_idle_s)
        except (WebSocketDisconnect, RuntimeError):  # the page left while it was being served
            pass
        finally:
            open_now.discard(socket)

    return routes


async def _place(open_now: set[WebSocket], most: int) -> bool:
    """Whether there is a place. One that was just left is not free before its shell has ended (`Shell.end` gives it GRACE_S and
    then kills), and a page that is loaded again asks within milliseconds: so it waits for that, and is not refused."""
    until = time.monotonic() + PLACE_WAIT_S
    while len(open_now) >= most:
        if time.monotonic() > until:
            return False
        await asyncio.sleep(0.05)
    return True


async def _serve(socket: WebSocket, folder: Path, idle_s: float) -> None:
    """One shell, until it exits, its page leaves, or nothing is typed for `idle_s`."""
    shell = Shell.open(folder)
    log.info("a terminal was opened (shell %d)", shell.pid)
    tasks = {asyncio.create_task(_show(socket, shell)), asyncio.create_task(_type(socket, shell, idle_s))}
    why: tuple[int, str] | None = None
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        why = next(iter(done)).result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.shield(asyncio.to_thread(shell.end))
        log.info("a terminal was closed (shell %d)", shell.pid)
    if why is not None:
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):
            await socket.close(*why)


async def _show(socket: WebSocket, shell: Shell) -> tuple[int, str] | None:
    """What the shell writes, piece by piece: the next piece is read when the page has taken the last one."""
    while (text := await shell.read()) is not None:
        await socket.send_text(text)
    return 1000, "The shell has ended."


async def _type(socket: WebSocket, shell: Shell, idle_s: float) -> tuple[int, str] | None:
    """What the page types, as it stands; `{"type": "resize", …}` sets the size. Why it ended; None when the page has left."""
    while True:
        try:
            async with asyncio.timeout(idle_s):
                received = await socket.receive()
                if received["type"] == "websocket.disconnect":
                    return None
                text = received.get("text")
                if text is None:
                    return WRONG_KIND, "Only text frames are understood."
                if len(text) > MOST_CHARACTERS:
                    return TOO_BIG, f"A frame may have at most {MOST_CHARACTERS} characters."
                if (size := resize(text)) is not None:
                    shell.resize(*size)
                else:
                    await shell.write(text)
        except TimeoutError:
            return 1000, f"Nothing was typed for {idle_s:g} s."


def resize(text: str) -> tuple[int, int] | None:
    """(rows, columns) of a resize message, each in 1..500; None for everything else, which is typed."""
    if not text.startswith("{"):
        return None
    try:
        size = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(size, dict) or size.get("type") != "resize":
        return None
    return _side(size.get("rows"), ROWS), _side(size.get("cols"), COLUMNS)


def _side(value: object, default: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        return default
    return min(max(value, 1), MOST_SIDE)
