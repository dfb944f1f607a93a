"""The optical engine: request by request, slot by slot.

plan        what depends on the Config alone: links, candidate paths, formats     (paths: which K, in which order)
requests    who asks for what and when: FUSION's generator, the Poisson stream    (draws: bits equal everywhere)
kernel      the compiled simulator of the plain model                             (masks: spectrum as machine words)
reference   the simulator of the whole model, in plain Python; the specification  (slotmask: spectrum as integers)
            routing/ offers candidates, allocation finds slots, physical/ judges the signal, network lights it;
            attempt is one request on its way, with grooming, slicing, protection and failures
outcome     what became of each request: filled by both simulators
tally       what is counted from it; estimate: intervals; tables: the columns of a Result
steady      one load without its warm-up
replay      FUSION's loads and iterations; fusion: its statistics, departures: where it differs
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from quintant.lab import Answer, Result, Step, Streams
    from quintant.labs.optical.config import OpticalConfig


class OpticalEngine:
    """Dispatches to the engine of the config's mode; a state belongs to the one that made it."""

    def init(self, config: OpticalConfig, rng: Streams) -> tuple[Any, Any]:
        engine = _engine(config.mode)
        return engine, engine.init(config, rng)

    def step(self, state: tuple[Any, Any], answers: Sequence[Answer]) -> Step[tuple[Any, Any]]:
        import dataclasses

        engine, inner = state
        step = engine.step(inner, answers)
        return dataclasses.replace(step, state=(engine, step.state))

    def result(self, state: tuple[Any, Any]) -> Result:
        engine, inner = state
        return engine.result(inner)


def _engine(mode: str) -> Any:
    if mode == "replay":
        from quintant.labs.optical.engine.replay import Replay

        return Replay()
    from quintant.labs.optical.engine.steady import Steady

    return Steady()


def warm() -> None:
    """Load or compile everything that numba makes, on a small network, in both modes."""
    from quintant.config import parse
    from quintant.lab import Streams
    from quintant.labs.optical.config import OpticalConfig

    small = {"topology": "toy_network", "demand": {"kind": "rates", "shares_by_gbps": {"100": 1.0}}, "requests": 64}
    replay = {"mode": "replay", "holding": "exponential", "directed": False, "path_ties": "generator", "modulations": "default"}
    for more in ({"warmup_requests": 8, "batches": 8}, replay):
        config = parse(OpticalConfig, {**small, **more})
        engine = OpticalEngine()
        step = engine.step(engine.init(config, Streams.derive(0, ("arrivals", "holding", "pairs", "demands"))), ())
        while not step.done:
            step = engine.step(step.state, ())
        engine.result(step.state)
