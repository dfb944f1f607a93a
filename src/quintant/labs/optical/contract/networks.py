"""/api/topology and a run's topology: maps with x and y, and how full each link is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fastapi import APIRouter
from starlette.responses import Response

from quintant.config import parse, suggest
from quintant.errors import ConfigError, NotFound
from quintant.json_value import Json
from quintant.labs.optical import topology
from quintant.labs.optical.config import OpticalConfig
from quintant.labs.optical.contract import examples
from quintant.labs.optical.contract.options import OWN, networks
from quintant.labs.optical.contract.route import FusionRoute
from quintant.labs.optical.contract.status import own
from quintant.labs.optical.topology import Topology
from quintant.wire.facade import Run, Runs
from quintant.wire.refusal import answer

SLOTS = OWN["spectrum_settings.c_band"].default
"""Slots per link that a map without a run is shown with: the default configuration's."""


def router(runs: Runs) -> APIRouter:
    routes = APIRouter(prefix="/api", route_class=FusionRoute)

    @routes.get("/topology", summary="List the topologies", responses=examples.answers({200: examples.TOPOLOGIES}))
    def list_topologies() -> Response:
        return answer({"topologies": [_row(topology.find(name)) for name in networks()]})

    @routes.get("/topology/{name}", summary="One topology", responses=examples.answers({200: examples.TOPOLOGY}, 404))
    def get_topology(name: str) -> Response:
        return answer(shape(find(name)))

    @routes.get(
        "/runs/{run_id}/topology",
        summary="A run's topology with the use of each link",
        responses=examples.answers({200: examples.RUN_TOPOLOGY}, 404),
    )
    def get_run_topology(run_id: str) -> Response:
        return answer(state(own(runs, run_id)))

    return routes


def find(name: str) -> Topology:
    """The topology of that name; case, hyphens, underscores and second names do not matter."""
    try:
        return topology.find(name)
    except ConfigError:
        raise NotFound("Topology", name, suggest(name, networks()) or f"Available: {', '.join(networks())}") from None


def shape(network: Topology, slots: int = SLOTS) -> dict[str, Json]:
    """Nodes and links with the contract's keys and those of the original's own client beside them."""
    return {
        "name": network.name,
        "description": network.description,
        "nodes": _nodes(network),
        "links": [
            {
                "id": f"{link.source}-{link.target}",
                "source": link.source,
                "target": link.target,
                "weight": link.length_km,
                "length_km": link.length_km,
                "slots": slots,
                "utilization": 0,
            }
            for link in network.links
        ],
    }


def state(run: Run) -> dict[str, Json]:
    """The run's topology. `slots_total` counts all cores and bands of a link; `utilization` is their used fraction.

    `slots_used` is what the run told last: while it runs that moment, afterwards its last moment. Before the run begins
    nothing is lit.
    """
    config = parse(OpticalConfig, run.config)
    network = topology.resolve(config)
    total = config.cores * (config.slots + config.l_slots + config.s_slots + config.o_slots + config.e_slots)
    used = _used(run, network)
    map_ = shape(network, total)
    for link, taken in zip(map_["links"], used, strict=True):
        link |= {
            "slots_total": total,
            "slots_used": taken,
            "utilization": round(taken / total, 6),
            "utilization_percent": round(100 * taken / total, 4),
        }
    return map_


def _used(run: Run, network: Topology) -> Sequence[int]:
    slots = run.values.get("slots_used")
    if not slots:
        return [0] * len(network.links)
    if isinstance(slots, Mapping):
        pairs = [(f"{link.source}-{link.target}", f"{link.target}-{link.source}") for link in network.links]
        return [int(slots.get(there, slots.get(back, 0))) for there, back in pairs]
    return [int(taken) for taken in slots]


def _row(network: Topology) -> dict[str, Json]:
    nodes, links = len(network.node_ids), len(network.links)
    return {
        "name": network.name,
        "nodes": nodes,
        "links": links,
        "description": network.description,
        "node_count": nodes,
        "link_count": links,
    }


def _nodes(network: Topology) -> list[dict[str, Json]]:
    rows = zip(network.node_ids, network.labels, network.x, network.y, network.lat, network.lon, strict=True)
    return [
        {"id": id, "label": label, "x": x, "y": y, "type": "default"} | ({} if lat is None else {"lat": lat, "lon": lon})
        for id, label, x, y, lat, lon in rows
    ]
