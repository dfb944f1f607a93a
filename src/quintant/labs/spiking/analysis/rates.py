"""Rates of a population: binned over time, and counted over a window."""

from __future__ import annotations

from quintant.labs.spiking.analysis.window import BIN_MS, Array, centres, counts, edges_ms


def population_rate(time_ms: Array, size: int, duration_ms: float, bin_ms: float = BIN_MS) -> tuple[Array, Array]:
    """(bin centres [n] ms, rate [n] Hz per neuron) of a population's spikes on [0, duration].

    The count is divided by the nominal width, as Pinglab does, also where the last bin would be a partial one.
    """
    edges = edges_ms(duration_ms, bin_ms)
    return centres(edges), counts(time_ms, edges) / (max(size, 1) * bin_ms / 1000.0)


def counted_rate_hz(spikes: int, size: int, duration_ms: float) -> float | None:
    """Spikes per neuron and second; None for an empty population or window."""
    return spikes * 1000.0 / (size * duration_ms) if size > 0 and duration_ms > 0 else None
