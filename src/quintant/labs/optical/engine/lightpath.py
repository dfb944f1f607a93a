"""Lightpath and Connection: what is set up in the network, and what it carries for whom."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from quintant.labs.optical.engine.plan import Route
from quintant.labs.optical.engine.spectrum import Lane


@dataclass(slots=True, eq=False)
class Lightpath:
    """A lit channel. Slots `start .. start + slots - 1` carry the signal, `guard` more above them stay dark.

    `request`: the request (index in the whole Run) that it was set up for. `tier`: index of its bit rate in `Plan.tiers`.
    `capacity_gbps`, `spare_gbps`: None for demands in slots. `twin`: the backup lightpath of a protected one, on the same
    lane and slots of a disjoint route.
    """

    id: int
    request: int
    route: Route
    rank: int
    lane: Lane
    start: int
    slots: int
    guard: int
    mask: int
    tier: int
    format: int
    since: float
    capacity_gbps: float | None
    spare_gbps: float = 0.0
    snr_db: float | None = None
    xt_db: float | None = None
    backup: bool = False
    twin: Lightpath | None = None
    carried_since: float = 0.0
    carried_gbps_time: float = 0.0
    users: int = 0

    @property
    def end(self) -> int:
        """First slot above the lightpath, guard included."""
        return self.start + self.slots + self.guard

    def carry(self, gbps: float, now: float) -> None:
        """Take on `gbps` more (negative: less), keeping account of what was carried for how long."""
        if self.capacity_gbps is not None:
            self.carried_gbps_time += (self.capacity_gbps - self.spare_gbps) * (now - self.carried_since)
            self.spare_gbps -= gbps
        self.carried_since = now

    def retired(self, now: float) -> Retired:
        """Its record at the end of its life. Utilisation is the time average of carried over capacity, in percent; 100 for
        demands in slots, which fill what they take, and where it lived no time at all."""
        if self.capacity_gbps is None:
            return Retired(self.id, self.since, now, 0.0, 100.0)
        carried = self.carried_gbps_time + (self.capacity_gbps - self.spare_gbps) * (now - self.carried_since)
        whole = self.capacity_gbps * (now - self.since)
        return Retired(self.id, self.since, now, carried, 100.0 * (carried / whole) if whole > 0 else 100.0)


@dataclass(slots=True, eq=False)
class Connection:
    """A request being served: its shares of lightpaths as (lightpath, Gb/s). `on_backup`: its traffic takes the backups."""

    request: int
    shares: list[tuple[Lightpath, float]] = field(default_factory=list)
    on_backup: bool = False


class Retired(NamedTuple):
    """What a lightpath leaves behind when it is taken down. `carried_gbps_time`: integral of what it carried over time."""

    id: int
    since: float
    until: float
    carried_gbps_time: float
    utilisation_percent: float
