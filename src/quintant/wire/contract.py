"""Contract: what a lab's dialect is, as one frozen value. `Lab.contract` names a function that returns it.

It is read where a server listens (routes, health, CORS) and where a Run is executed (files, log, time limit), so describing
one imports nothing heavy: the routes are built when `router` is called.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from quintant.json_value import Json
from quintant.lab import Lab, load

if TYPE_CHECKING:
    from fastapi import APIRouter

    from quintant.wire.facade import Runs


@dataclass(frozen=True)
class Health:
    """A contract's part of `GET /api/health`, which several contracts share.

    `tells`: (what `Runs.health()` says) -> its fields; `shape`: JSON Schema of each field, with a description and an example.
    """

    tells: Callable[[Mapping[str, Json]], Mapping[str, Json]]
    shape: Mapping[str, Mapping[str, Json]]


@dataclass(frozen=True)
class Contract:
    """The wire dialect of a lab.

    router           (runs facade) -> APIRouter: all its routes, to be mounted at the root
    root, health     its answer to `GET /`, where it has one; its part of `GET /api/health`
    own_keys         path prefixes where its own keys are asked for (or none) instead of the server's
    token_sockets    exact paths of WebSockets that a token opens, once, which was given out behind the server's key: a browser
                     can send no header with a WebSocket
    open_cors        exact paths that pages of any origin may read; `exposed_headers`: headers that such pages may read
    limit_s          (its request) -> seconds that the engine may work, or None: the Driver fails a Run beyond them
    files            "module:function" (Outcome) -> Iterable[File]: files of a Run's folder besides the platform's own; called
                     when the Run begins and when it ends
    log_path         where the log stands in a Run's folder
    """

    router: Callable[[Runs], APIRouter] | None = None
    root: Mapping[str, Json] | None = None
    health: Health | None = None
    own_keys: tuple[str, ...] = ()
    token_sockets: tuple[str, ...] = ()
    open_cors: tuple[str, ...] = ()
    exposed_headers: tuple[str, ...] = ()
    limit_s: Callable[[Mapping[str, Json] | None], float | None] = lambda request: None
    files: str | None = None
    log_path: str = "run.log"


NONE = Contract()
"""Of a lab without a contract."""


def contract_of(lab: Lab) -> Contract:
    """The contract that a lab names. TypeError when its function gives something else."""
    return NONE if lab.contract is None else _contract(lab.contract)


@cache
def _contract(path: str) -> Contract:
    contract = load(path)()
    if not isinstance(contract, Contract):
        raise TypeError(f"{path} gave a {type(contract).__name__}, not a quintant.wire.contract.Contract")
    return contract
