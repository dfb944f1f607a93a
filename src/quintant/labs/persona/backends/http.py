"""Speaking to a language-model server over HTTP: patient with a busy one, plain about a dead one."""

from __future__ import annotations

import time
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import httpx2

from quintant.errors import EngineError

WAITS_S = (0.5, 2.0)
"""Pauses before the second and third try of a call that did not go through (no connection, time-out, 429, 5xx)."""
_BUSY = frozenset({429, 500, 502, 503, 504})


class Server:
    """One server at `url`. `key` goes into the Authorization header and nowhere else."""

    def __init__(self, url: str, key: str | None, timeout_s: float) -> None:
        self.url = url
        self.timeout_s = timeout_s
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._client = httpx2.Client(base_url=url, headers=headers, timeout=timeout_s, follow_redirects=False)

    def get(self, path: str) -> Any:
        return self._call("GET", path, None)

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        return self._call("POST", path, body)

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None) -> Any:
        """The JSON of the answer; EngineError "LLM connection failed: …" when there is none after three tries."""
        why = ""
        for wait_s in (*WAITS_S, None):
            try:
                response = self._client.request(method, path, json=body)
            except httpx2.TimeoutException:
                why = f"no answer within {self.timeout_s:g} s"
            except httpx2.TransportError as error:
                why = _unreachable(error)
            else:
                if response.status_code not in _BUSY:
                    return self._read(response, path)
                why = _status(response)
            if wait_s is not None:
                time.sleep(wait_s)
        raise EngineError(f"LLM connection failed: {method} {self._shown}{path}: {why}")

    def _read(self, response: httpx2.Response, path: str) -> Any:
        if response.status_code >= 300:
            raise EngineError(f"the language-model server refused {path}: {_status(response)}")
        try:
            return response.json()
        except ValueError:
            raise EngineError(
                f"the language-model server at {self._shown} answered {path} with something that is not JSON"
            ) from None

    @property
    def _shown(self) -> str:
        """The URL without what could be a password."""
        url = httpx2.URL(self.url)
        return str(url.copy_with(username=None, password=None)) if url.userinfo else self.url


def _status(response: httpx2.Response) -> str:
    """What the server answered, without its words: a config may have named anything that listens, and what it says is not for
    whoever sent the config."""
    try:
        phrase = HTTPStatus(response.status_code).phrase.lower()
    except ValueError:
        return f"status {response.status_code}"
    return f"status {response.status_code} ({phrase})"


def _unreachable(error: httpx2.TransportError) -> str:
    if isinstance(error, httpx2.ConnectError):
        return f"it cannot be connected to ({error})"  # words of this machine
    return "it does not speak HTTP" if isinstance(error, httpx2.ProtocolError) else "the connection broke"
