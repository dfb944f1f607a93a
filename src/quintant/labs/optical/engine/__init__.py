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
from typing import TYPE_CHECKING, Protocol, TypeAlias, cast

if TYPE_CHECKING:
    from quintant.lab import Answer, Engine, Result, Step, Stoppable, Streams
    from quintant.labs.optical.config import OpticalConfig

    class ModeEngine(Engine[OpticalConfig, object], Stoppable[object], Protocol):
        """The engine of one mode; only itself knows what its states are."""


State: TypeAlias = "tuple[ModeEngine, object]"
"""The engine of the config's mode, and a state of its own."""


class OpticalEngine:
    """Dispatches to the engine of the config's mode; a state belongs to the one that made it."""

    def init(self, config: OpticalConfig, rng: Streams) -> State:
        engine = _engine(config.mode)
        return engine, engine.init(config, rng)

    def step(self, state: State, answers: Sequence[Answer]) -> Step[State]:
        import dataclasses

        engine, inner = state
        step = engine.step(inner, answers)
        return cast("Step[State]", dataclasses.replace(step, state=(engine, step.state)))

    def result(self, state: State) -> Result:
        engine, inner = state
        return engine.result(inner)

    def so_far(self, state: State) -> tuple[Result, str] | None:
        engine, inner = state
        return engine.so_far(inner)


def _engine(mode: str) -> ModeEngine:
    if mode == "replay":
        from quintant.labs.optical.engine.replay import Replay

        return cast("ModeEngine", Replay())
    from quintant.labs.optical.engine.steady import Steady

    return cast("ModeEngine", Steady())


def warm(only: OpticalConfig | None = None) -> None:
    """Load or compile everything that numba makes, on a small network, in both modes or in that of a config."""
    from quintant.config import parse
    from quintant.lab import Streams
    from quintant.labs.optical.config import OpticalConfig

    small = {"topology": "toy_network", "demand": {"kind": "rates", "shares_by_gbps": {"100": 1.0}}, "requests": 64}
    replay = {"mode": "replay", "holding": "exponential", "directed": False, "path_ties": "generator", "modulations": "default"}
    modes: dict[str, dict[str, object]] = {"steady": {"warmup_requests": 8, "batches": 8}, "replay": replay}
    for more in modes.values() if only is None else (modes[only.mode],):
        config = parse(OpticalConfig, {**small, **more})
        engine = OpticalEngine()
        step = engine.step(engine.init(config, Streams.derive(0, ("arrivals", "holding", "pairs", "demands"))), ())
        while not step.done:
            step = engine.step(step.state, ())
        engine.result(step.state)
