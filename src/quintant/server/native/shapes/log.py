"""Lines of a log."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from quintant.server.native.shapes.base import Shape, example


class LogLineShape(Shape):
    line: int = Field(description="Its number, from 1.")
    at: int = Field(description="Its first byte in the log.")
    length: int = Field(description="Its bytes, without the line feed.")
    time: str | None = Field(description="UTC, to the second.")
    level: Literal["debug", "info", "warning", "error"] | None
    text: str = Field(description="Without time and level.")
    cut: bool = Field(description="The line is longer than what is given of it.")
    spans: list[tuple[int, int]] = Field(
        description="Start and length of what was searched for in `text`, in UTF-16 code units."
    )


class LogPage(Shape):
    model_config = example({
        "lines": [{"line": 50, "at": 3056, "length": 46, "time": "2026-11-22 10:00:00", "level": "info", "text": "day 7 of 30",
                   "cut": False, "spans": [[0, 5]]}],
        "total": 125, "matches": 26, "levels": {"debug": 0, "info": 125, "warning": 0, "error": 0}, "marks": [50, 53],
        "size": 8851, "next": 53, "end": False,
    }, extra="forbid")  # fmt: skip

    lines: list[LogLineShape]
    total: int = Field(description="Lines of the log.")
    matches: int = Field(description="Lines of what was asked for.")
    levels: dict[str, int] = Field(description="Lines of each level in the whole log.")
    marks: list[int] = Field(description="Numbers of at most 500 of the lines that match, evenly thinned; of all lines: none.")
    size: int = Field(description="Bytes of the log.")
    next: int = Field(description="`line` to ask on with.")
    end: bool = Field(description="The Run has ended, and there is no line at `next`.")
