"""/api/topology and a run's topology: maps with x and y, and how full each link is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from quintant.config import parse, suggest
from quintant.errors import ConfigError, NotFound
from quintant.labs.optical import topology
from quintant.labs.optical.config import OpticalConfig
from quintant.labs.optical.contract import examples
from quintant.labs.optical.contract.facade import Run, Runs, own
from quintant.labs.optical.contract.options import BY_PATH, networks
from quintant.labs.optical.contract.route import FusionRoute, answer
from quintant.labs.optical.topology import Topology

SLOTS = BY_PATH["spectrum_settings", "c_band"].default
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


def shape(found: Topology, slots: int = SLOTS) -> dict[str, Any]:
    """Nodes and links with the contract's keys and those of the original's own client beside them."""
    return {
        "name": found.name,
        "description": found.description,
        "nodes": _nodes(found),
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
            for link in found.links
        ],
    }


def state(run: Run) -> dict[str, Any]:
    """The run's topology. `slots_total` counts all cores and bands of a link; `utilization` is their used fraction.

    `slots_used` is what the run told last: while it runs that moment, afterwards its last moment. Before the run begins
    nothing is lit.
    """
    config = parse(OpticalConfig, run.config)
    found = topology.resolve(config)
    total = config.cores * (config.slots + config.l_slots + config.s_slots + config.o_slots + config.e_slots)
    used = _used(run, found)
    map_ = shape(found, total)
    for link, taken in zip(map_["links"], used, strict=True):
        link |= {
            "slots_total": total,
            "slots_used": taken,
            "utilization": round(taken / total, 6),
            "utilization_percent": round(100 * taken / total, 4),
        }
    return map_


def _used(run: Run, found: Topology) -> Sequence[int]:
    told = run.values.get("slots_used")
    if not told:
        return [0] * len(found.links)
    if isinstance(told, Mapping):
        pairs = [(f"{link.source}-{link.target}", f"{link.target}-{link.source}") for link in found.links]
        return [int(told.get(there, told.get(back, 0))) for there, back in pairs]
    return [int(taken) for taken in told]


def _row(found: Topology) -> dict[str, Any]:
    nodes, links = len(found.node_ids), len(found.links)
    return {
        "name": found.name,
        "nodes": nodes,
        "links": links,
        "description": found.description,
        "node_count": nodes,
        "link_count": links,
    }


def _nodes(found: Topology) -> list[dict[str, Any]]:
    rows = zip(found.node_ids, found.labels, found.x, found.y, found.lat, found.lon, strict=True)
    return [
        {"id": id, "label": label, "x": x, "y": y, "type": "default"} | ({} if lat is None else {"lat": lat, "lon": lon})
        for id, label, x, y, lat, lon in rows
    ]
