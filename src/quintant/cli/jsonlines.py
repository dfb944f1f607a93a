"""`--json`: one JSON object a line, each an event as the API's streams send it; the last one is a `summary`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, TextIO

import orjson

from quintant.cli.following import as_json
from quintant.runs.event import LoggedEvent
from quintant.runs.run import Run


class JsonLines:
    def __init__(self, out: TextIO) -> None:
        self._out = out

    def __enter__(self) -> JsonLines:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        return None

    def show(self, runs: Sequence[Run], events: Sequence[LoggedEvent], elapsed_s: float) -> None:
        for event in events:
            self._write(as_json(event))
        if events:
            self._out.flush()

    def end(self, summary: Mapping[str, Any]) -> None:
        self._write({"kind": "summary", "payload": summary})
        self._out.flush()

    def _write(self, value: Any) -> None:
        print(orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode(), file=self._out)
