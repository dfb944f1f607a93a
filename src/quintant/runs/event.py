"""LoggedEvent: an immutable fact with its place in a Run's append-only log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class LoggedEvent:
    """`seq` counts from 1 without a gap, per Run. `at`: seconds since 1970 UTC.

    The platform's own kinds: created, state, warning, progress, artifact, ask, answer, resumed; all others are the
    engine's. The last event of a Run is the "state" whose `to` is final.
    """

    run_id: str
    seq: int
    at: float
    kind: str
    payload: Mapping[str, Any]
