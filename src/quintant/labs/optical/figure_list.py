"""The figures of the optical lab by name; their builders are imported only when one is drawn."""

from __future__ import annotations

from quintant.lab import Figure

_BUILDERS = "quintant.labs.optical.figures"

FIGURES: tuple[Figure, ...] = (
    Figure(
        "blocking",
        "Blocking against load",
        "Share of requests blocked, with intervals over seeds; one load shows each run beside their mean.",
        f"{_BUILDERS}.blocking:build",
        of="sweep",
        hero=True,
    ),
    Figure(
        "topology",
        "Topology map",
        "How full each link is, by width and colour, on the map of the network.",
        f"{_BUILDERS}.topology_map:build",
        of="sweep",
        hero=True,
    ),
    Figure(
        "spectrum",
        "Spectrum occupancy",
        "What is lit on every link when a run ends, coloured by modulation, the fullest link on top.",
        f"{_BUILDERS}.spectrum:build",
        of="run",
    ),
    Figure(
        "convergence",
        "Convergence",
        "How the blocking measured so far settles, and how wide its interval still is.",
        f"{_BUILDERS}.convergence:build",
        of="sweep",
    ),
    Figure(
        "course",
        "State over time",
        "How full and how fragmented the network was and how many lightpaths were up, from the empty network on.",
        f"{_BUILDERS}.course:build",
        of="sweep",
    ),
    Figure(
        "reasons",
        "Why blocked",
        "The share of each cause of blocking, and the node pairs that suffered most.",
        f"{_BUILDERS}.reasons:build",
        of="sweep",
    ),
    Figure(
        "bitrate_blocking",
        "Bit-rate blocking against load",
        "Share of the bit rate asked for that was not served; never mixed with request blocking.",
        f"{_BUILDERS}.blocking:build_bit_rate",
        of="sweep",
    ),
)
"""The most asked for first."""
