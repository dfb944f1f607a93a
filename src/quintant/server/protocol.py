"""Protocol: uvicorn's own, with deadlines for what a client sends: a connection that says nothing is not kept for ever.

A request's headers must arrive within HEADERS_S of the connection's first moment or of the first byte that follows an answer
(the "slow loris" sends one byte a minute and holds a socket; CWE-400), and its body must go on within BODY_S of the last piece.
Kept-alive connections between requests have uvicorn's own time-out. Peers that vanished without a word are found by TCP's
keep-alive probes: idle streams are written to by heartbeats, idle connections are not.
"""

from __future__ import annotations

import asyncio
import socket
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEADERS_S = 10.0
BODY_S = 30.0
PROBES = (("TCP_KEEPIDLE", 30), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 3))
"""Seconds of silence before the first probe, between probes, and how many may stay unanswered: a minute in all."""
TOO_SLOW = (
    b"HTTP/1.1 408 Request Timeout\r\ncontent-type: application/json\r\ncontent-length: %d\r\nconnection: close\r\n\r\n%b"
)


class PatientProtocol(HttpToolsProtocol):
    """`headers_s`, `body_s`: class attributes, so that a test can shorten them."""

    headers_s, body_s = HEADERS_S, BODY_S

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._deadline: asyncio.TimerHandle | None = None
        _probe(transport)
        self._within(self.headers_s, "The headers of a request")

    def connection_lost(self, exc: Exception | None) -> None:
        self._no_deadline()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._deadline is None and (self.cycle is None or self.cycle.response_complete):
            self._within(self.headers_s, "The headers of a request")  # the first bytes after an answer
        super().data_received(data)

    def on_headers_complete(self) -> None:
        self._within(self.body_s, "The body of a request")
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._within(self.body_s, "The next piece of a request's body")
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._no_deadline()
        super().on_message_complete()

    def handle_websocket_upgrade(self) -> None:
        self._no_deadline()
        super().handle_websocket_upgrade()

    def _reads_nothing(self) -> bool:
        """Whether we ourselves do not read on at the moment: then nothing that the client sends could arrive."""
        return bool(self.flow.read_paused)

    def _within(self, seconds: float, what: str) -> None:
        self._no_deadline()
        self._deadline = self.loop.call_later(seconds, self._expired, seconds, what)

    def _no_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _expired(self, seconds: float, what: str) -> None:
        self._deadline = None
        if self.transport.is_closing():
            return
        if self._reads_nothing():
            self._within(seconds, what)
            return
        if self.cycle is None or self.cycle.response_complete or not self.cycle.response_started:
            text = b'{"detail":"%b did not arrive within %g s."}' % (what.encode(), seconds)
            self.transport.write(TOO_SLOW % (len(text), text))
        self.transport.close()


def _probe(transport: asyncio.Transport) -> None:
    """Let the kernel ask a silent peer whether it is still there."""
    connection: Any = transport.get_extra_info("socket")
    if connection is None or connection.family not in (socket.AF_INET, socket.AF_INET6):
        return
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in PROBES:
        if hasattr(socket, name):
            connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
