"""The figures of the chip lab by name; their builders are imported only when one is drawn."""

from __future__ import annotations

from quintant.lab import Figure

_BUILDERS = "quintant.labs.chip.figures"

FIGURES: tuple[Figure, ...] = (
    Figure(
        "raster",
        "Raster",
        "Every spike by time-step and neuron, grouped by population, with stimuli and rewards above.",
        f"{_BUILDERS}.raster:build",
        of="run",
        hero=True,
    ),
    Figure(
        "activity",
        "Activity",
        "Spikes per time-step, by population, and how often a neuron of each fires.",
        f"{_BUILDERS}.activity:build",
        of="run",
    ),
    Figure(
        "membrane",
        "Membrane potential",
        "The potential of probed neurons with threshold, resting potential, refractory steps and spikes.",
        f"{_BUILDERS}.membrane:build",
        of="run",
    ),
    Figure(
        "weights",
        "Weight change",
        "What learning changed: by pair of neurons, over all synapses before and after, and step by step where it was kept.",
        f"{_BUILDERS}.weights:build",
        of="run",
    ),
    Figure(
        "energy",
        "Energy estimate",
        "Counted operations times published energies per operation, with their range and sources: an estimate.",
        f"{_BUILDERS}.energy:build",
        of="sweep",
    ),
    Figure(
        "fit",
        "Hardware fit",
        "How much of each core's neurons and synapses the network takes, and which limits of the chip it passes.",
        f"{_BUILDERS}.fit:build",
        of="run",
    ),
    Figure(
        "confusion",
        "Samples by class",
        "What labelled samples were taken for, by the readout neuron that fired most.",
        f"{_BUILDERS}.confusion:build",
        of="run",
    ),
    Figure(
        "sweep",
        "Activity against a swept key",
        "Spikes, synaptic events, energy and accuracy against what was varied; two keys give a heat map.",
        f"{_BUILDERS}.sweep:build",
        of="sweep",
        hero=True,
    ),
)
"""The most asked for first."""
