"""One preset per mechanism, each small enough to be followed by hand or published as a vector."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from quintant.lab import Expected, Preset

BY_HAND = "by hand, the lab's page"
VECTOR = "catalyst-n1 simulator at fbfd2e5, driven step by step"


def neuron(label: str, threshold: int, refractory_steps: int, **more: Any) -> Mapping[str, Any]:
    return {"label": label, "size": 1, "threshold": threshold, "leak": 0, "refractory_steps": refractory_steps, **more}


def probe(*labels: str) -> list[Mapping[str, Any]]:
    return [{"population": label} for label in labels]


PAIRING: Mapping[str, Any] = {
    "connections": [
        {"source": "pre", "target": "post", "weight": 20},
        {"source": "teach", "target": "post", "weight": 100, "delay": 1},
    ],
    "stimuli": [{"population": "pre", "current": 100}, {"population": "teach", "current": 100}],
    "probes": probe("pre", "post", "teach"),
    "weights_every_steps": 1,
}

MECHANISMS: tuple[Preset, ...] = (
    Preset(
        "constant-current",
        "One neuron under a constant current",
        "197 per step after the leak: six steps to reach 1,000, three silent, so a spike every ninth step.",
        {
            "populations": [{"label": "n", "size": 1}],
            "connections": [],
            "timesteps": 1000,
            "stimuli": [{"population": "n", "current": 200}],
            "probes": probe("n"),
        },
        expected=(Expected("spikes", 111, 0, f"{BY_HAND}: 5, 14, 23, … 995", origin="derived"),),
    ),
    Preset(
        "delays",
        "One spike over delays of 0, 1, 5 and 63 steps",
        "A spike of step s arrives at s + 1 + delay: here at 1, 2, 6 and 64.",
        {
            "populations": [
                neuron("source", 100, 99, size=1),
                *(neuron(f"after_{delay}", 100, 3) for delay in (0, 1, 5, 63)),
            ],
            "connections": [{"source": "source", "target": f"after_{d}", "weight": 200, "delay": d} for d in (0, 1, 5, 63)],
            "timesteps": 100,
            "stimuli": [{"population": "source", "current": 200}],
            "probes": probe("after_0", "after_63"),
        },
        expected=(Expected("spikes", 5, 0, f"{BY_HAND}: one per neuron", origin="derived"),),
    ),
    Preset(
        "dendrites",
        "Dendrites that each need more than 500",
        "540 into one compartment passes 40 per step on; two times 400 into two compartments pass nothing.",
        {
            "populations": [neuron(label, 100, 0) for label in ("source", "pass", "split", "both")],
            "connections": [
                {"source": "source", "target": "pass", "weight": 540, "compartment": 1},
                {"source": "source", "target": "split", "weight": 400, "compartment": 1},
                {"source": "source", "target": "split", "weight": 400, "compartment": 2},
                {"source": "source", "target": "both", "weight": 550, "compartment": 1},
                {"source": "source", "target": "both", "weight": 560, "compartment": 3},
            ],
            "timesteps": 12,
            "stimuli": [{"population": "source", "current": 100}],
            "probes": probe("pass", "split", "both"),
        },
        expected=(
            Expected("rate_pass", 3 / 12, 0, f"{BY_HAND}: 3, 6, 9", origin="derived"),
            Expected("rate_split", 0, 0, f"{BY_HAND}: never", origin="derived"),
            Expected("rate_both", 11 / 12, 0, f"{BY_HAND}: 50 + 60 at every step from 1 on", origin="derived"),
        ),
    ),
    Preset(
        "graded-spikes",
        "Graded spikes: weight × excess >> 7",
        "Excess 64, 128 and the cap of 255 deliver 100, 200 and 398 over a weight of 200.",
        {
            "populations": [
                *(neuron(label, 100, 9) for label in ("half", "unit", "cap")),
                *(neuron(f"to_{label}", t, 0) for label, t in (("half", 200), ("unit", 200), ("cap", 398))),
            ],
            "connections": [{"source": label, "target": f"to_{label}", "weight": 200} for label in ("half", "unit", "cap")],
            "timesteps": 60,
            "stimuli": [{"population": label, "current": current} for label, current in
                        (("half", 164), ("unit", 228), ("cap", 5000))],
            "graded": True,
            "probes": probe("to_half", "to_unit", "to_cap"),
        },
        expected=(
            Expected("spikes", 33, 0, f"{VECTOR}, vector graded_payload", origin="reference"),
            Expected("rate_to_half", 3 / 60, 0, f"{BY_HAND}: every second of six spikes of 100", origin="derived"),
            Expected("rate_to_cap", 6 / 60, 0, f"{BY_HAND}: 398 each time", origin="derived"),
        ),
    ),
    Preset(
        "noise",
        "Noise on the threshold from shift registers",
        "Six neurons see one pseudo-random sequence, each a step before its neighbour: the chip's own noise.",
        {
            "populations": [
                {"label": "n", "size": 6, "threshold": 500, "leak": 3, "refractory_steps": 2, "noise_mantissa": 15,
                 "noise_exponent": 3}
            ],
            "connections": [],
            "timesteps": 60,
            "stimuli": [{"population": "n", "current": 100}],
            "probes": probe("n"),
        },
        expected=(Expected("spikes", 46, 0, f"{VECTOR}, vector noise_lfsr", origin="reference"),),
    ),
    Preset(
        "stdp",
        "STDP: what fires just before, gains",
        "A teacher makes the target fire after its input: the input's weight grows from 20 to 99, its own from 100 to 179.",
        {
            **PAIRING,
            "populations": [neuron("pre", 100, 9), neuron("post", 100, 4), neuron("teach", 100, 9)],
            "timesteps": 150,
            "plasticity": "stdp",
        },
        expected=(
            Expected("spikes", 45, 0, f"{VECTOR}, vector stdp_potentiation", origin="reference"),
            Expected("weights_changed", 2, 0, f"{VECTOR}, vector stdp_potentiation", origin="reference"),
        ),
    ),
    Preset(
        "reward-learning",
        "Three-factor learning: eligibility, then reward",
        "The same pairing changes no weight until rewards of 500, 1,000 and -2,000 turn eligibility into weight.",
        {
            **PAIRING,
            "populations": [neuron("pre", 100, 9), neuron("post", 200, 4), neuron("teach", 100, 9)],
            "connections": [
                {"source": "pre", "target": "post", "weight": 100},
                {"source": "teach", "target": "post", "weight": 200, "delay": 1},
            ],
            "timesteps": 120,
            "plasticity": "three_factor",
            "rewards": [{"timestep": 35, "value": 500}, {"timestep": 65, "value": 1000}, {"timestep": 95, "value": -2000}],
        },
        expected=(
            Expected("spikes", 36, 0, f"{VECTOR}, vector three_factor_reward", origin="reference"),
            Expected("weights_changed", 2, 0, f"{VECTOR}, vector three_factor_reward", origin="reference"),
        ),
    ),
)  # fmt: skip
