"""WebSocket /api/v1/ws/simulation: a snapshot of the current simulation, then what happens, as it happens.

Each client has a short queue of its own, and follows the log at its own pace; one that does not read for PATIENCE_S is dropped
(1013) and delays nobody. Frames come in the order of the
Run's log: event, assessment, drift. The last of a simulation is a status_update with its final status; the socket stays
open for the next one.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Mapping
from typing import Any

import anyio
from fastapi import APIRouter, WebSocket
from starlette.concurrency import run_in_threadpool
from starlette.websockets import WebSocketDisconnect

from quintant.errors import NotFound
from quintant.labs.persona.contract import words
from quintant.labs.persona.contract.current import Current
from quintant.labs.persona.contract.limits import MOST_SOCKETS, Limits
from quintant.labs.persona.contract.records import wire_id
from quintant.labs.persona.contract.route import address
from quintant.wire.facade import Logged, Run, Runs
from quintant.wire.times import iso

LOOK_EVERY_S = 0.25
QUEUED_FRAMES = 100
PATIENCE_S = 10.0
FULL, MANY = 1013, 1008
SHOWN = ("status", "current_day", "progress_percentage", "active_personas", "events_processed", "assessments_completed")
Frame = dict[str, Any]


def add(routes: APIRouter, runs: Runs, current: Current, limits: Limits) -> None:
    @routes.websocket("/ws/simulation")
    async def simulation(socket: WebSocket) -> None:
        who = address(socket)
        if not limits.open_socket(who):
            await socket.accept()  # a refused handshake could not tell a browser why
            text = f"{MOST_SOCKETS} connections per address are the most"
            await socket.send_text(_encoded(error_frame("Rate limit exceeded", text)))
            await socket.close(MANY, text)
            return
        try:
            await socket.accept()
            await _Client(socket, runs, current).serve()
        finally:
            limits.close_socket(who)


class _Client:
    def __init__(self, socket: WebSocket, runs: Runs, current: Current) -> None:
        self.socket, self.runs, self.current = socket, runs, current
        self.queue: asyncio.Queue[Frame] = asyncio.Queue(QUEUED_FRAMES)

    async def serve(self) -> None:
        """Until the client leaves, or is too slow."""
        slow = False
        tasks = [asyncio.create_task(work()) for work in (self._follow, self._listen, self._send)]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            slow = any(isinstance(task.exception(), TimeoutError) for task in done)
            for task in done:
                with contextlib.suppress(WebSocketDisconnect, RuntimeError, TimeoutError):
                    task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if slow:
            with contextlib.suppress(Exception):
                await self.socket.close(FULL, "frames were not read in time")

    # --- what happens ---

    async def _follow(self) -> None:
        seen: str | None = None
        run = await run_in_threadpool(self.current.run)
        await self._put(status_update(run))
        if run is not None and words.is_final(run):
            seen = run.id
        after = run.last_seq if run is not None else 0
        while True:
            if run is not None and run.id != seen:
                seen = run.id
                await self._tell(run, after)
            await anyio.sleep(LOOK_EVERY_S)
            run, after = await run_in_threadpool(self.current.run), 0

    async def _tell(self, run: Run, after: int) -> None:
        """Frames of one Run from an event on, to its end."""
        try:
            async with contextlib.aclosing(self.runs.follow(run.id, after)) as events:
                async for event in events:
                    if event is not None:
                        await self._translate(run.id, event)
        except NotFound:
            return  # deleted while it was followed
        ended = await run_in_threadpool(self.runs.get, run.id)
        if words.status(ended) == "error":
            await self._put(error_frame("Simulation failed", ended.reason or "no reason was given"))
        await self._put(status_update(ended))

    async def _translate(self, run_id: str, event: Logged) -> None:
        frame = frame_of(run_id, event)
        if frame is not None:
            await self._put(frame)
        elif event.kind in ("progress", "state"):
            run = await run_in_threadpool(self.runs.get, run_id)
            if not words.is_final(run):
                await self._put(status_update(run))

    # --- what the client says ---

    async def _listen(self) -> None:
        while True:
            message = await self.socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            await self._answer(message.get("text") or "")

    async def _answer(self, text: str) -> None:
        try:
            request = json.loads(text)
            kind = request["type"]
        except (ValueError, KeyError, TypeError, RecursionError):
            await self._put(error_frame("Invalid message", 'expected JSON such as {"type": "request_status"}'))
            return
        if kind in ("request_status", "request_progress"):
            run = await run_in_threadpool(self.current.run)
            await self._put(status_update(run))
        elif kind == "ping":
            await self._put({"type": "pong", "data": {}})
        else:
            await self._put(
                error_frame("Unknown message type", f"{str(kind)[:40]!r}; known: request_status, request_progress, ping")
            )

    # --- what is sent ---

    async def _send(self) -> None:
        while True:
            frame = await self.queue.get()
            await self.socket.send_text(_encoded(frame))

    async def _put(self, frame: Frame) -> None:
        """TimeoutError when the client has read nothing for too long."""
        await asyncio.wait_for(self.queue.put(frame), PATIENCE_S)


def _encoded(frame: Frame) -> str:
    return json.dumps({**frame, "timestamp": words.now()})


NOTHING = {"simulation_id": None, "status": "no_simulation"} | dict.fromkeys(SHOWN[1:], 0)


def status_update(run: Run | None) -> Frame:
    """Where that simulation stands; without one, that there is none."""
    if run is None:
        return {"type": "status_update", "data": NOTHING}
    values = {"status": words.status(run), **words.numbers(run)}
    return {
        "type": "status_update",
        "data": {"simulation_id": words.simulation_id(run), **{name: values[name] for name in SHOWN}},
    }


def error_frame(error: str, details: str) -> Frame:
    return {"type": "error", "data": {"error": error, "details": details, "timestamp": words.now()}}


def frame_of(run_id: str, event: Logged) -> Frame | None:
    """The frame of an event of the Run's log, or None for what this dialect does not show."""
    payload: Mapping[str, Any] = event.payload
    at = iso(event.at)
    match event.kind:
        case "life_event":
            data = {name: payload[name] for name in ("persona_id", "event_type", "title", "intensity")}
            return {
                "type": "event_occurred",
                "data": {"event_id": wire_id(run_id, payload["event_id"]), **data, "timestamp": at},
            }
        case "assessment":
            data = {
                "assessment_id": wire_id(run_id, payload["assessment_id"]),
                "persona_id": payload["persona_id"],
                "assessment_type": payload["instrument"],
                "score": payload["score"],
                "severity": payload["severity"],
            }
            return {"type": "assessment_completed", "data": {**data, "timestamp": at}}
        case "drift_alert":
            data = {
                "persona_id": payload["persona_id"],
                "assessment_type": payload["instrument"],
                **{name: payload[name] for name in ("baseline_score", "current_score", "change_magnitude", "significance")},
            }
            return {"type": "drift_detected", "data": {**data, "timestamp": at}}
    return None
