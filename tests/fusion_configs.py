"""Configs in FUSION's set-up, for the tests of the reference simulator and of replay."""

from __future__ import annotations

from typing import Any

import numpy as np

from quintant.config import parse
from quintant.lab import Event, Result, Step, Streams
from quintant.labs.optical.config import OpticalConfig
from quintant.labs.optical.engine.plan import Plan, make_plan
from quintant.labs.optical.engine.reference import Reference
from quintant.labs.optical.engine.replay import Replay
from quintant.labs.optical.engine.requests import Requests

MIX = {"kind": "rates", "shares_by_gbps": {"25": 0.1, "50": 0.1, "100": 0.5, "200": 0.2, "400": 0.1}}


def fusion(**changes: Any) -> OpticalConfig:
    """NSFNet, 128 slots, K = 3, first fit, one guard slot, default mix, as in FUSION."""
    base: dict[str, Any] = {
        "mode": "replay",
        "topology": "nsfnet",
        "directed": False,
        "holding": "exponential",
        "mean_holding": 0.2,
        "demand": MIX,
        "slots": 128,
        "guard_slots": 1,
        "k_paths": 3,
        "path_order": "km",
        "path_ties": "generator",
        "modulations": "default",
        "modulation_choice": "all",
        "requests": 2000,
        "load_erlang": 100.0,
    }
    return parse(OpticalConfig, {**base, **changes})


def graph(links: str, **changes: Any) -> OpticalConfig:
    """A config on a small graph: "a-b 100, b-c 200" are links with their km."""
    parts = [part.split() for part in links.split(",")]
    pairs = [(*ends.split("-"), float(km)) for ends, km in parts]
    nodes = dict.fromkeys(node for one, two, _ in pairs for node in (one, two))
    topology = {
        "name": "small",
        "nodes": [{"id": node} for node in nodes],
        "links": [{"source": one, "target": two, "length_km": km} for one, two, km in pairs],
    }
    return fusion(topology=topology, **{"requests": 1000, "slots": 16, "guard_slots": 0, **changes})


class Bench:
    """A Reference and its Plan, driven request by request: `ask("a", "b", 100, at, until)`."""

    def __init__(self, config: OpticalConfig) -> None:
        self.config = config
        self.plan: Plan = make_plan(config)
        self.sim = Reference(config, self.plan, records=True)
        self.asked = 0

    def ask(self, source: str, target: str, gbps: int, at: float, until: float = 1e9):
        """Serve one request; returns its Outcomes."""
        node = {id: index for index, id in enumerate(self.plan.node_ids)}
        tier = next(one.index for one in self.plan.tiers if gbps in (one.gbps, one.options[0].slots if one.gbps is None else 0))
        requests = Requests(
            self.asked,
            np.array([at]),
            np.array([until]),
            np.array([node[source]], np.int32),
            np.array([node[target]], np.int32),
            np.array([tier], np.int32),
        )
        self.asked += 1
        return self.sim.serve(requests)

    def walk(self, outcomes, row: int = 0) -> str:
        """The node ids of the route of a lightpath."""
        route = self.sim.routes[outcomes.lightpaths.route[row]]
        return "".join(self.plan.node_ids[node] for node in route.nodes)


def run_replay(config: OpticalConfig) -> tuple[Result, list[Event], list[Step]]:
    """A whole replay: its result, events and steps."""
    engine = Replay()
    state = engine.init(config, Streams.derive(0, ()))
    steps: list[Step] = []
    while not steps or not steps[-1].done:
        steps.append(engine.step(state, ()))
        state = steps[-1].state
    return engine.result(state), [event for step in steps for event in step.events], steps
