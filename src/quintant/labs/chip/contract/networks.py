"""/v1/networks: definitions that jobs run. Each account's lie apart, so that nobody else's can even be looked up."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from quintant.errors import NotFound
from quintant.json_value import JsonObject
from quintant.labs.chip.contract import examples
from quintant.labs.chip.contract.accounts import Account, Caller
from quintant.labs.chip.contract.callers import Asking
from quintant.labs.chip.contract.name import LAB
from quintant.labs.chip.contract.network import Network, decode, encode
from quintant.labs.chip.contract.refusal import ChipRoute
from quintant.wire.body import Body
from quintant.wire.facade import Documents, Runs
from quintant.wire.refusal import answer
from quintant.wire.times import iso

ID = re.compile(r"net_[0-9a-f]{16}")


class Networks:
    """The stored networks of all accounts."""

    def __init__(self, runs: Runs, now: Callable[[], float]) -> None:
        self._runs, self.now = runs, now

    def add(self, account: Account, network: Network) -> JsonObject:
        """Keep a network; without a seed of its own it gets one that follows from its id, so every job is wired alike."""
        network_id = f"net_{secrets.token_hex(8)}"
        if network.seed is None:
            digest = hashlib.sha256(network_id.encode()).digest()
            network = Network(network.populations, network.connections, int.from_bytes(digest[:6], "big"))
        kept = {"network_id": network_id, "created_at": self.now(), **vars(network)}
        self._of(account).put(network_id, kept)
        return kept

    def find(self, account: Account, network_id: str) -> JsonObject:
        kept = self._of(account).get(network_id) if ID.fullmatch(network_id) else None
        if kept is None:
            raise NotFound("Network", network_id[:60])
        return kept

    def all(self, account: Account) -> list[JsonObject]:
        """Newest first."""
        return sorted(self._of(account).all().values(), key=lambda kept: (kept["created_at"], kept["network_id"]), reverse=True)

    def delete(self, account: Account, network_id: str) -> None:
        self._of(account).delete(self.find(account, network_id)["network_id"])

    def _of(self, account: Account) -> Documents:
        return self._runs.documents(LAB, f"networks:{account.id}")


def read(kept: JsonObject) -> Network:
    return Network(kept["populations"], kept["connections"], kept["seed"])


def router(networks: Networks, reader: Asking, simulator: Asking) -> APIRouter:
    routes = APIRouter(prefix="/v1/networks", route_class=ChipRoute)

    @routes.post("", summary="Store a network", **examples.documented("create_network"))
    def create(*, who: Caller = simulator, body: Body) -> Response:
        return answer(_card(networks.add(who.account, decode(body, who.account.tier))))

    @routes.get("", summary="Your networks, newest first", **examples.documented("list_networks"))
    def list_(who: Caller = reader, limit: Annotated[int, Query(ge=1, le=1000)] = 100) -> Response:
        page = networks.all(who.account)[:limit]
        return answer([{**_card(kept), "created_at": iso(kept["created_at"], 3)} for kept in page])

    @routes.get(
        "/{network_id}", summary="A network as it was given, with the seed of its wiring", **examples.documented("get_network")
    )
    def get(network_id: str, who: Caller = reader) -> Response:
        kept = networks.find(who.account, network_id)
        head = {"network_id": kept["network_id"], "total_neurons": read(kept).neurons, "created_at": iso(kept["created_at"], 3)}
        return answer({**head, **encode(read(kept))})

    @routes.delete("/{network_id}", summary="Delete a network; its jobs stay", **examples.documented("delete_network"))
    def delete(network_id: str, who: Caller = simulator) -> Response:
        networks.delete(who.account, network_id)
        return answer({"network_id": network_id, "deleted": True})

    return routes


def _card(kept: JsonObject) -> JsonObject:
    return {
        "network_id": kept["network_id"],
        "total_neurons": read(kept).neurons,
        "populations": len(kept["populations"]),
        "connections": len(kept["connections"]),
    }
