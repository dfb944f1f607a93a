"""Receipt: what a request with an idempotency key created, stored in the very transaction that created it.

So there is no moment in which the Runs are there and the key is not, or the other way round: a server that dies in between has
created nothing. A second request with the key meets the first one's receipt, or loses the race for its row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from quintant.errors import QuintantError

LAB, KIND = "native", "idempotency"
"""Where receipts lie among the documents."""


@dataclass(frozen=True)
class Receipt:
    """`key`: the request's, hashed; `body`: sha256 of what it asked for."""

    key: str
    body: str

    def document(self, sweep_id: str | None, run_ids: Sequence[str]) -> dict[str, Any]:
        return {"body": self.body, "sweep": sweep_id, "runs": list(run_ids)}


class Received(QuintantError):
    """Another request with this key was faster; nothing was created by this one."""

    code = "conflict"
    status = 409
