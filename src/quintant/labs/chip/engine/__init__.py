"""The chip engine: integer neurons, the same bits on any machine.

constants    the numbers built into the chip
places       populations, and the two numbers of a neuron      wiring       synapses of every topology
draws        random numbers of integers alone                  stimulation  input from outside, as changes of registers
noise        the shift registers of the threshold noise        dendrites    whether compartments act
reference    one step in plain Python: the specification       kernel       the same, compiled, many steps per call
simulation   the state of a Run, as flat arrays                chip         the Engine: steps, events, the Result
silence      why a network stays silent                        tables       the tables of a Result
comparison   where a Run first differs from a reference
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from quintant.labs.chip.engine.chip import ChipEngine

__all__ = ["ChipEngine", "warm"]


def __getattr__(name: str) -> object:
    if name == "ChipEngine":
        from quintant.labs.chip.engine.chip import ChipEngine

        return ChipEngine
    raise AttributeError(name)


def warm() -> None:
    """Load or compile everything that numba makes, on small networks."""
    from quintant.config import parse
    from quintant.lab import Streams
    from quintant.labs.chip.config import ChipConfig
    from quintant.labs.chip.engine.chip import ChipEngine

    def small(**more: object) -> dict[str, object]:
        fans = [{"source": "excitatory", "target": "excitatory", "topology": "fixed_fan_out", "fan_out": 2, **more}]
        both = [*fans, {"source": "excitatory", "target": "inhibitory", "topology": "random_sparse", "p": 0.2}]
        return {"timesteps": 20, "connections": both if more else both[::-1]}

    probabilistic = {"stimuli": [{"population": "excitatory", "current": 900, "probability": 0.5}]}
    for config in (small(), {**small(delay=1), "plasticity": "three_factor", "graded": True, **probabilistic}):
        engine = ChipEngine()
        step = engine.step(engine.init(parse(ChipConfig, config), Streams.derive(0, ("input", "wiring"))), ())
        while not step.done:
            step = engine.step(step.state, ())
        engine.result(step.state)
