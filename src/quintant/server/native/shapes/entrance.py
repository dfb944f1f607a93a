"""The entrance of the API."""

from __future__ import annotations

from pydantic import Field

from quintant.server.native.shapes.base import T2, Shape, example


class ActiveRuns(Shape):
    running: int = Field(description="Runs at work or held.")
    queued: int


class Entrance(Shape):
    model_config = example({
        "version": "1.0.0", "links": {"labs": "/api/v2/labs", "runs": "/api/v2/runs", "docs": "/docs"}, "key": False,
        "terminal": False, "now": T2, "cores": 8, "slots": 8, "active": {"running": 2, "queued": 1},
    })  # fmt: skip

    version: str
    links: dict[str, str]
    key: bool = Field(description="The server asks for a key.")
    terminal: bool = Field(description="The operator turned it on; whether this request may open one is another matter.")
    now: str = Field(description="The store's clock, by which all times are told.")
    cores: int = Field(description="Cores that this server may use.")
    slots: int = Field(description="Runs that it executes at once.")
    active: ActiveRuns
