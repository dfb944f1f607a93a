"""Tiers: what an account may do, and what a second of simulation costs it. Source: the first Catalyst Cloud pricing page.

Time is counted in whole microseconds and money in whole nano-pounds, so that sums are exact: a rate of 5 thousandths of a
pound per second is 5 nano-pounds per microsecond.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Tier:
    """`jobs_per_day` None: as many as one likes. `rate`: nano-pounds per microsecond (thousandths of a pound per second)."""

    name: str
    rate: int
    jobs_per_day: int | None
    max_neurons: int
    max_timesteps: int
    max_runtime_s: int

    @property
    def gbp_per_second(self) -> float:
        return self.rate / 1000

    @property
    def limits(self) -> dict[str, int | None]:
        """As the contract tells them."""
        return {
            "max_neurons": self.max_neurons,
            "max_timesteps": self.max_timesteps,
            "jobs_per_day": self.jobs_per_day,
            "max_runtime_seconds": self.max_runtime_s,
        }


TIERS: Mapping[str, Tier] = {
    tier.name: tier
    for tier in (
        Tier("free", 0, 10, 1_024, 1_000, 30),
        Tier("researcher", 5, 100, 32_768, 100_000, 300),
        Tier("startup", 4, 500, 131_072, 1_000_000, 1_800),
        Tier("enterprise", 3, None, 131_072, 10_000_000, 3_600),
    )
}
FREE = TIERS["free"]


def limit_s(request: Mapping[str, Any] | None) -> float | None:
    """Seconds that the Run of a contract's request may work: those of the tier that it was submitted under."""
    tier = TIERS.get(str((request or {}).get("tier")))
    return float(tier.max_runtime_s) if tier else None
