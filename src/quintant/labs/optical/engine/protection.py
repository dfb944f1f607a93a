"""Protection: what a failure does to the connections that it hits, and what a repair gives back.

A protected connection whose other path is alive switches over to it; every other one is dropped and counts as blocked.
Nothing that was dropped is restored.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from quintant.labs.optical.engine.lightpath import Connection, Lightpath


@dataclass
class Switchovers:
    """Counted since the start of the simulator. `switchovers` to the backup, `reverts` to the repaired primary."""

    switchovers: int = 0
    reverts: int = 0
    dropped: int = 0

    def add(self, more: Switchovers) -> None:
        self.switchovers += more.switchovers
        self.reverts += more.reverts
        self.dropped += more.dropped


def strike(connections: Iterable[Connection], down: Collection[int], counted: Switchovers) -> list[Connection]:
    """Switch what can be switched; returns the connections to drop."""
    lost: list[Connection] = []
    for connection in connections:
        if not any(hit(_active(lightpath, connection), down) for lightpath, _ in connection.shares):
            continue
        others = [_standby(lightpath, connection) for lightpath, _ in connection.shares]
        if all(other is not None and not hit(other, down) for other in others):
            connection.on_backup = not connection.on_backup
            counted.switchovers += 1
        else:
            lost.append(connection)
            counted.dropped += 1
    return lost


def revert(connections: Iterable[Connection], counted: Switchovers) -> None:
    """Bring every connection back to its primary path."""
    for connection in connections:
        if connection.on_backup:
            connection.on_backup = False
            counted.reverts += 1


def hit(lightpath: Lightpath, down: Collection[int]) -> bool:
    return any(link in down for link in lightpath.route.links)


def _active(lightpath: Lightpath, connection: Connection) -> Lightpath:
    return lightpath.twin if connection.on_backup and lightpath.twin is not None else lightpath


def _standby(lightpath: Lightpath, connection: Connection) -> Lightpath | None:
    return lightpath if connection.on_backup else lightpath.twin
