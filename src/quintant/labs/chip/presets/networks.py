"""Whole networks: the quick start, sustained irregular activity, labelled samples, and sizes a chip would have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from quintant.lab import Expected, Preset
from quintant.labs.chip.presets.mechanisms import BY_HAND

UPSTREAM = "catalyst-n1 simulator at fbfd2e5, the same wiring and drive: identical spike trains"
CLASSES, INPUTS_EACH, REPEATS = 3, 10, 20


def _sample(label: int) -> Mapping[str, Any]:
    """All inputs fire now and then, those of the class a little more often (of two stimuli on a neuron the last is taken)."""
    block = list(range(label * INPUTS_EACH, (label + 1) * INPUTS_EACH))
    quiet = {"population": "input", "current": 1000, "probability": 0.10}
    return {"label": label, "stimuli": [quiet, {**quiet, "neurons": block, "probability": 0.06}]}


NETWORKS: tuple[Preset, ...] = (
    Preset(
        "two-population",
        "Two populations: the quick start",
        "The network of the wire contract's quick start: five driven neurons among 100, and 25 that inhibit all of them.",
        {},
        seeds=3,
        expected=(
            Expected("rate_excitatory", 0.0125, 0, f"{BY_HAND}: five fire every fourth step, inhibition comes too late",
                     origin="derived"),
            Expected(
                "rate_inhibitory", 0.1169, 0.0191,
                f"{BY_HAND}: one in four steps with two inputs or more, one in eight with one; binomial wiring", within_sd=4,
                origin="derived",
            ),
        ),
    ),
    Preset(
        "balanced",
        "Excitation and inhibition in balance",
        "800 excitatory and 200 inhibitory neurons under random input: inhibition keeps the activity sparse and irregular.",
        {
            "populations": [
                {"label": "excitatory", "size": 800, "threshold": 1000, "leak": 20, "refractory_steps": 3},
                {"label": "inhibitory", "size": 200, "threshold": 1000, "leak": 20, "refractory_steps": 2},
            ],
            "connections": [
                {"source": "excitatory", "target": "excitatory", "topology": "random_sparse", "weight": 60, "delay": 2},
                {"source": "excitatory", "target": "inhibitory", "topology": "random_sparse", "weight": 80},
                {"source": "inhibitory", "target": "excitatory", "topology": "random_sparse", "weight": -300},
                {"source": "inhibitory", "target": "inhibitory", "topology": "random_sparse", "weight": -300},
            ],
            "stimuli": [
                {"population": "excitatory", "current": 300, "probability": 0.2},
                {"population": "inhibitory", "current": 300, "probability": 0.15},
            ],
            "probes": [{"population": "excitatory", "neurons": [0, 1]}, {"population": "inhibitory", "neurons": [0]}],
        },
        seeds=3,
    ),
    Preset(
        "classifier",
        "Labelled samples: which of three patterns",
        "Noisy patterns of 30 inputs, 60 of them; the readout neuron that fires most names the class.",
        {
            "populations": [
                {"label": "input", "size": CLASSES * INPUTS_EACH, "threshold": 1000, "leak": 0, "refractory_steps": 0},
                {"label": "class", "size": CLASSES, "threshold": 600, "leak": 5, "refractory_steps": 1},
            ],
            "connections": [
                {
                    "source": "input",
                    "target": "class",
                    "topology": "explicit",
                    "weights": [[200 if pixel // INPUTS_EACH == k else -80 for k in range(CLASSES)]
                                for pixel in range(CLASSES * INPUTS_EACH)],
                }
            ],
            "timesteps": 50,
            "stimuli": [],
            "samples": [_sample(at % CLASSES) for at in range(CLASSES * REPEATS)],
            "readout": "class",
        },
        seeds=3,
        expected=(Expected("accuracy", 0.976, 0.020, "100 seeds of this lab, six of them by its reference too", within_sd=4,
                           origin="measured"),),
    ),
    Preset(
        "sparse-1024",
        "1,024 neurons, a tenth of all pairs connected",
        "The size of one core, 1,000 steps, 102 neurons driven: the case on which the public simulator's speed was measured.",
        {
            "populations": [{"label": "n", "size": 1024}],
            "connections": [
                {"source": "n", "target": "n", "topology": "random_sparse", "p": 0.1, "weight": 4, "seed": 42}
            ],
            "stimuli": [{"population": "n", "current": 60, "neurons": list(range(102))}],
        },
        expected=(
            Expected("spikes", 4797, 0, UPSTREAM, origin="reference"),
            Expected("synaptic_events", 484_931, 0, UPSTREAM, origin="reference"),
        ),
    ),
    Preset(
        "whole-chip",
        "131,072 neurons with 64 targets each",
        "As many neurons as the N1 has, 8.4 million synapses, 1,000 steps: a second or two.",
        {
            "populations": [{"label": "n", "size": 131_072}],
            "connections": [{"source": "n", "target": "n", "topology": "fixed_fan_out", "fan_out": 64, "weight": 4}],
            "stimuli": [{"population": "n", "current": 60, "neurons": list(range(0, 131_072, 10))}],
            "network_seed": 1,
        },
    ),
)  # fmt: skip
