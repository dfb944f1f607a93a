"""Which cores of a multi-core fibre are neighbours, and so couple crosstalk into each other.

3 cores stand in a triangle and 4 on a square grid. 7, 13 and 19 stand on the hexagonal grid: core 6 in the centre, 0..5
around it, then the outer cores counter-clockwise; neighbours are the cores at one pitch. FUSION's own tables for 13 and
19 cores make core 6 a neighbour of twelve, which no hexagonal fibre has; its 4- and 7-core maps are these.
"""

from __future__ import annotations

import math

from quintant.errors import ConfigError, Problem

Neighbours = tuple[tuple[int, ...], ...]
"""For each core, its neighbours, ascending."""

KNOWN = (1, 3, 4, 7, 13, 19)


def neighbours(cores: int) -> Neighbours:
    """The neighbours of each core of a fibre with `cores` cores."""
    if cores == 1:
        return ((),)
    if cores == 3:
        return ((1, 2), (0, 2), (0, 1))
    if cores == 4:
        return ((1, 2), (0, 3), (0, 3), (1, 2))
    if cores not in KNOWN:
        raise ConfigError(
            Problem(
                "cores",
                f"must be one of {', '.join(map(str, KNOWN))} where crosstalk between cores counts; got {cores}.",
                cores,
                list(KNOWN),
            )
        )
    places = _hexagonal(cores)
    return tuple(
        tuple(other for other, there in enumerate(places) if other != core and math.dist(here, there) < 1.01)
        for core, here in enumerate(places)
    )


def _hexagonal(cores: int) -> list[tuple[float, float]]:
    """Centres of the cores in pitches: ring of six, centre, then 6 (13 cores) or 12 (19 cores) outer ones."""

    def ring(radius: float, turn_degrees: float) -> list[tuple[float, float]]:
        angles = [math.radians(turn_degrees + 60 * step) for step in range(6)]
        return [(radius * math.cos(angle), radius * math.sin(angle)) for angle in angles]

    places = [*ring(1.0, 0), (0.0, 0.0)]
    between = ring(math.sqrt(3), 30)
    if cores == 13:
        places += between
    elif cores == 19:
        places += [place for pair in zip(ring(2.0, 0), between, strict=True) for place in pair]
    return places
