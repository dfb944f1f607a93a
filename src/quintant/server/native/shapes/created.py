"""What a request made."""

from __future__ import annotations

from quintant.server.native.shapes.base import Shape, example
from quintant.server.native.shapes.run import ROW_EXAMPLE, RunRow
from quintant.server.native.shapes.sweep import SweepShape


class Created(Shape):
    model_config = example({"sweep": None, "runs": [{**ROW_EXAMPLE, "state": "queued"}]}, extra="forbid")

    sweep: SweepShape | None
    runs: list[RunRow]
