"""Failures: which links go down at which arrival, and when they come back."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from quintant.labs.optical.engine.plan import Plan

if TYPE_CHECKING:
    from quintant.labs.optical.config import OpticalConfig
    from quintant.labs.optical.parts import Failure


class Outage:
    """The failure of a Config: `links` are down from the arrival numbered `begins` until the one numbered `ends`.

    A cut takes both directions of a fibre pair. `at_arrival` -1 is the middle arrival (of all, warm-up included).
    """

    def __init__(self, failure: Failure, plan: Plan, arrivals: int) -> None:
        self.links = frozenset(link.index for link in plan.links if link.pair in _pairs(failure, plan))
        self.begins = arrivals // 2 if failure.at_arrival < 0 else failure.at_arrival
        self.ends = self.begins + failure.repair_after_arrivals


def outage(config: OpticalConfig, plan: Plan) -> Outage | None:
    if config.failure is None:
        return None
    arrivals = config.requests if config.mode == "replay" else config.warmup_requests + config.requests
    return Outage(config.failure, plan, arrivals)


def _pairs(failure: Failure, plan: Plan) -> set[int]:
    """Fibre pairs that the failure takes down."""
    node = {id: index for index, id in enumerate(plan.node_ids)}
    ends = {link.pair: {link.source, link.target} for link in plan.links}
    match failure.kind:
        case "link" | "srlg":
            named = failure.links if failure.kind == "srlg" else (failure.link or (),)
            cut = [{node[id] for id in pair} for pair in named]
            return {pair for pair, nodes in ends.items() if nodes in cut}
        case "node":
            return {pair for pair, nodes in ends.items() if node[str(failure.node)] in nodes}
        case "geo":
            near = _within(node[str(failure.center_node)], failure.hop_radius, ends)
            return {pair for pair, nodes in ends.items() if nodes & near}


def _within(centre: int, hops: int, ends: dict[int, set[int]]) -> set[int]:
    """Nodes at most `hops` hops from `centre`, the centre included."""
    distance = {centre: 0}
    front = deque([centre])
    while front:
        here = front.popleft()
        if distance[here] == hops:
            continue
        for nodes in ends.values():
            if here in nodes:
                for other in nodes - distance.keys():
                    distance[other] = distance[here] + 1
                    front.append(other)
    return set(distance)
