"""The answer of a route: in the form that the client asked for, with what was ignored in a header."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from quintant.labs.spiking.contract import rendering
from quintant.labs.spiking.contract.decode import Request as Asked
from quintant.labs.spiking.contract.decode import ignored_header, warnings_header
from quintant.labs.spiking.contract.headers import IGNORED, WARNINGS
from quintant.labs.spiking.contract.schema import Type


def reply(
    payload: Mapping[str, Any], fields: Mapping[str, Type], request: Request, decoded: Asked,
    late_headers: Callable[[float, int], Mapping[str, str]] = lambda serialize_ms, size: {},
) -> Response:  # fmt: skip
    """`told(serialize_ms, size)`: further headers, given how long the body took to write and its length before gzip."""
    headers = {"Vary": "Accept, Accept-Encoding"}
    began = time.perf_counter()
    whole = rendering.finite(payload, fields)
    arrow = rendering.wants_arrow(request.headers.get("accept", ""))
    data = rendering.to_arrow(whole, fields) if arrow else rendering.to_json(whole)
    headers |= late_headers(1000 * (time.perf_counter() - began), len(data))
    if decoded.ignored:
        headers[IGNORED] = ignored_header(decoded.ignored)
    if decoded.doubts:
        headers[WARNINGS] = warnings_header(decoded.doubts)
    if len(data) >= rendering.LEAST_GZIP_BYTES and rendering.wants_gzip(request.headers.get("accept-encoding", "")):
        data = rendering.compressed(data)
        headers["Content-Encoding"] = "gzip"
    return Response(data, 200, headers, rendering.ARROW if arrow else rendering.JSON)
