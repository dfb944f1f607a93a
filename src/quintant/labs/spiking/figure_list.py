"""The figures of the spiking lab by name; their builders are imported only when one is drawn."""

from __future__ import annotations

from quintant.lab import Figure

_BUILDERS = "quintant.labs.spiking.figures"

FIGURES: tuple[Figure, ...] = (
    Figure(
        "raster",
        "Raster",
        "Every spike by time and neuron, excitatory cells below, inhibitory above, the input on top.",
        f"{_BUILDERS}.raster:build",
        of="run",
        hero=True,
    ),
    Figure(
        "spectrum",
        "Power spectrum",
        "Power of the excitatory rate by frequency, the gamma band shaded, the rhythms named, or what could not be told.",
        f"{_BUILDERS}.spectrum:build",
        of="sweep",
        hero=True,
    ),
    Figure(
        "rate",
        "Population rate",
        "How often a neuron of each population fires, over time.",
        f"{_BUILDERS}.rate:build",
        of="run",
    ),
    Figure(
        "timing",
        "E-I timing",
        "By how many milliseconds inhibition follows excitation, or leads it.",
        f"{_BUILDERS}.timing:build",
        of="sweep",
    ),
    Figure(
        "autocorrelation",
        "Autocorrelation",
        "After how long the excitatory rate repeats itself, and how closely.",
        f"{_BUILDERS}.autocorrelation:build",
        of="sweep",
    ),
    Figure(
        "spectrum-log",
        "Power spectrum, logarithmic",
        "The power spectrum over six decades: background, slope and harmonics beside the peak.",
        f"{_BUILDERS}.spectrum:build_log",
        of="sweep",
    ),
    Figure(
        "membrane",
        "Membrane potential",
        "The potential of the recorded neurons with threshold, reset and spikes.",
        f"{_BUILDERS}.membrane:build",
        of="run",
    ),
    Figure(
        "weights",
        "Weights",
        "The weight matrix, sources by targets, and how the weights of each block are distributed.",
        f"{_BUILDERS}.weights:build",
        of="run",
    ),
    Figure(
        "sweep",
        "Rhythm and rates against a swept key",
        "The rhythm's frequency, its power and the rates against what was varied; two keys give a heat map.",
        f"{_BUILDERS}.sweep:build",
        of="sweep",
    ),
)
"""The most asked for first."""
