"""When too few participants are left to go on: three policies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Policy = Literal["strict", "graceful", "adaptive"]


@dataclass(frozen=True)
class Continuation:
    """Whether the next round may begin. `stop`: why not; `warning`: that it may, but with fewer than was asked for."""

    stop: str | None = None
    warning: str | None = None


def continuation(
    policy: Policy, participants: int, removed: int, min_fit_clients: int, min_clients_ratio: float
) -> Continuation:
    """What the policy says with `removed` of `participants` gone.

    strict stops below min_fit_clients; graceful only at 0, with a warning below min_fit_clients; adaptive below
    max(1, int(participants · min_clients_ratio)).
    """
    available = participants - removed
    left = f"{available} of {participants} participants are left"
    if available <= 0:
        return Continuation(stop=f"{left}: nobody can train")
    if policy == "strict" and available < min_fit_clients:
        return Continuation(stop=f"{left}, fewer than min_fit_clients = {min_fit_clients} (policy strict)")
    needed = max(1, int(participants * min_clients_ratio))
    if policy == "adaptive" and available < needed:
        return Continuation(stop=f"{left}, fewer than {needed} = {min_clients_ratio:g} of all (policy adaptive)")
    if policy == "graceful" and available < min_fit_clients:
        return Continuation(warning=f"{left}, fewer than min_fit_clients = {min_fit_clients} (policy graceful goes on)")
    return Continuation()
