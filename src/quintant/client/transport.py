"""The wire: requests, streams and their errors. The only module that knows which HTTP library is used (httpx2)."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import orjson

from quintant.client.faults import rebuilt
from quintant.errors import QuintantError, Unreachable

API = "/api/v2"
Data = bytes  # the method of that name hides it below
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
CONNECT_S, READ_S, SILENCE_S = 5.0, 60.0, 60.0
"""Seconds to connect, to wait for an answer, and that a stream (heartbeats every 15 s) may be silent."""


class Broken(Unreachable):
    """The connection ended in the middle of an answer; asking again is harmless."""


@dataclass(frozen=True)
class Sent:
    """One server-sent event: `id` is the cursor to resume from."""

    event: str
    id: str
    data: str


class Transport:
    """Requests to one server. Thread-safe. A loopback server is asked directly, whatever proxy the shell names.
    `socket`: where a server of this process alone answers, in place of a port."""

    def __init__(self, url: str, api_key: str | None = None, socket: Path | None = None) -> None:
        self.url, self.socket = url.rstrip("/"), socket
        headers = {"Accept": "application/json"}
        if api_key:
            headers["Authorization"] = f"Bearer {api_key}"
        trust_env = urlsplit(self.url).hostname not in LOOPBACK
        self._client = httpx2.Client(
            base_url=self.url,
            headers=headers,
            follow_redirects=False,
            timeout=httpx2.Timeout(READ_S, connect=CONNECT_S),
            trust_env=trust_env,
            transport=self._sender(socket, trust_env),
        )

    def _sender(self, socket: Path | None, trust_env: bool) -> httpx2.BaseTransport | None:
        """What carries a request there; None is what the library takes by itself."""
        return None if socket is None else httpx2.HTTPTransport(uds=str(socket))

    def sleep(self, seconds: float) -> None:
        """All waiting of the SDK between two requests."""
        time.sleep(seconds)

    def close(self) -> None:
        self._client.close()

    def json(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """The answer's JSON, None for an empty one. Errors are those of `quintant.errors`."""
        content = orjson.dumps(body, option=orjson.OPT_NON_STR_KEYS) if body is not None else None
        sent = dict(headers or {}) | ({"Content-Type": "application/json"} if content is not None else {})
        with self._reaching():
            answer = self._client.request(method, API + path, content=content, params=_given(params), headers=sent)
        if answer.is_error or answer.is_redirect:
            raise rebuilt(answer.status_code, answer.content)
        if not answer.content:
            return None
        try:
            return orjson.loads(answer.content)
        except orjson.JSONDecodeError:
            raise Unreachable(f"{self.url} answers, but not with JSON: it does not look like a Quintant server.") from None

    def put(self, path: str, data: Data) -> Any:
        """Send a file; the answer's JSON."""
        headers = {"Content-Type": "application/octet-stream"}
        with self._reaching():
            answer = self._client.put(API + path, content=data, headers=headers)
        if answer.is_error or answer.is_redirect:
            raise rebuilt(answer.status_code, answer.content)
        return orjson.loads(answer.content)

    def bytes(self, path: str, params: Mapping[str, Any] | None = None) -> bytes:
        with self._reaching():
            answer = self._client.get(API + path, params=_given(params), headers={"Accept": "*/*"})
        if answer.is_error or answer.is_redirect:
            raise rebuilt(answer.status_code, answer.content)
        return answer.content

    def download(self, path: str, to: Path) -> tuple[int, str]:
        """Write the answer to a file in pieces; returns its size and sha256. A broken download leaves no file."""
        to.parent.mkdir(parents=True, exist_ok=True)
        part = to.with_name(f".{to.name}.part")
        sha, size = hashlib.sha256(), 0
        try:
            with self._reaching(), self._client.stream("GET", API + path, headers={"Accept": "*/*"}) as answer:
                if answer.is_error or answer.is_redirect:
                    raise rebuilt(answer.status_code, answer.read())
                with part.open("wb") as file:
                    for piece in answer.iter_bytes():
                        file.write(piece)
                        sha.update(piece)
                        size += len(piece)
            part.replace(to)
        finally:
            part.unlink(missing_ok=True)
        return size, sha.hexdigest()

    def stream(self, path: str, params: Mapping[str, Any] | None = None) -> Iterator[Sent]:
        """Server-sent events until the server ends the stream; Broken when the connection does instead."""
        timeout = httpx2.Timeout(SILENCE_S, connect=CONNECT_S)
        with (
            self._reaching(),
            self._client.stream(
                "GET", API + path, params=_given(params), headers={"Accept": "text/event-stream"}, timeout=timeout
            ) as answer,
        ):
            if answer.is_error or answer.is_redirect:
                raise rebuilt(answer.status_code, answer.read())
            for sent in httpx2.EventSource(answer):
                yield Sent(sent.event, sent.id, sent.data)

    @contextmanager
    def _reaching(self) -> Iterator[None]:
        try:
            yield
        except QuintantError:
            raise
        except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
            raise Unreachable(f"No server answers at {self.url} ({_reason(error)}).") from None
        except (httpx2.InvalidURL, httpx2.UnsupportedProtocol) as error:
            raise Unreachable(f"{self.url!r} is not a server's address: {_reason(error)}.") from None
        except httpx2.TransportError as error:
            raise Broken(f"The connection to {self.url} broke ({_reason(error)}).") from None


def _given(params: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return {name: value for name, value in params.items() if value is not None} if params else None


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__
