"""Events of a Run."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from quintant.runs.lifecycle import State
from quintant.server.native.shapes.base import RUN_ID, T0, T1, Shape, example


class EventShape(Shape):
    model_config = example(
        {
            "run": RUN_ID,
            "seq": 12,
            "at": T1,
            "kind": "progress",
            "payload": {"fraction": 0.25, "heads_share": 0.48},
        },
        extra="forbid",
    )

    run: str
    seq: int = Field(description="Place in the Run's log, from 1 without a gap; the cursor.")
    at: str
    kind: str
    payload: dict[str, Any]


class EventPage(Shape):
    model_config = example(
        {
            "events": [{"run": RUN_ID, "seq": 1, "at": T0, "kind": "created", "payload": {}}],
            "next": 1,
            "last_seq": 45,
            "state": "running",
            "end": False,
        },
        extra="forbid",
    )

    events: list[EventShape]
    next: int = Field(description="Give it as `after` to read on.")
    last_seq: int
    state: State
    end: bool = Field(description="The Run is final and everything was read.")
