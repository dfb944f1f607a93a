"""A network of the wire as parts of a ChipConfig, and how it is kept.

Connections may carry weights of their own: a matrix (`weights`), a list of synapses (`synapses`), or either as the arrays of a
NumPy archive in base64 (`npz`), which the unmodified client can send too. All are kept as packed lists of synapses.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from quintant.config import parse
from quintant.errors import ConfigError
from quintant.labs.chip import weights_file
from quintant.labs.chip.config import ChipConfig, Packed
from quintant.labs.chip.contract.facade import Json
from quintant.labs.chip.contract.refusal import BeyondTier
from quintant.labs.chip.contract.wire import CONNECTION, NOISE_CONFIG, PARAMS, WHOLE, Array, Faults, renamed
from quintant.labs.chip.packed import pack, unpack
from quintant.labs.chip.tiers import Tier
from quintant.labs.chip.weights_file import SYNAPSES

OWN_WEIGHTS = ("weights", "synapses", "npz")
NPZ = "a NumPy archive (.npz) in base64"


@dataclass(frozen=True)
class Network:
    """`populations`, `connections`: as ChipConfig takes them. `seed`: draws the connections that have none of their own."""

    populations: list[Json]
    connections: list[Json]
    seed: int | None

    @property
    def neurons(self) -> int:
        return sum(one["size"] for one in self.populations)

    @property
    def parts(self) -> Json:
        """The network's part of a ChipConfig."""
        return {"populations": self.populations, "connections": self.connections, "network_seed": self.seed}


def decode(body: Mapping[str, Any], tier: Tier) -> Network:
    """The network that a request describes. ConfigError with every fault, BeyondTier when it is too large."""
    faults = Faults()
    faults.unknown(body, ("populations", "connections", "seed"))
    given = faults.list(body.get("populations"), "populations")
    if not given and not faults.found:
        faults.add("populations", "must hold at least one population.")
    populations = [_population(one, f"populations.{at}", faults) for at, one in enumerate(given)]
    sizes = {one["label"]: one["size"] for one in populations if _is_named(one) and isinstance(one.get("size"), int)}
    given = faults.list(body.get("connections"), "connections")
    connections = [_connection(one, f"connections.{at}", sizes, faults) for at, one in enumerate(given)]
    seed = body.get("seed")
    network = Network(populations, connections, None if seed is None else faults.whole(seed, "seed"))
    faults.refuse()
    check_size(network.neurons, tier)
    check({**network.parts, "timesteps": 1, "stimuli": ()})
    return network


def check(raw: Mapping[str, Any]) -> ChipConfig:
    """The ChipConfig, its faults told under the wire's names."""
    try:
        return parse(ChipConfig, raw)
    except ConfigError as error:
        raise ConfigError(renamed(error.problems)) from None


def check_size(neurons: int, tier: Tier) -> None:
    if neurons > tier.max_neurons:
        raise BeyondTier(f"Tier limit exceeded: {neurons} neurons, and tier {tier.name} allows {tier.max_neurons}.")


def _is_named(population: Json) -> bool:
    return isinstance(population.get("label"), str)


def _population(value: Any, path: str, faults: Faults) -> Json:
    given = faults.object(value, path)
    faults.unknown(given, ("label", "size", "params"), path)
    found: Json = {name: given[name] for name in ("label", "size") if name in given}
    if "size" in found:
        found["size"] = faults.whole(found["size"], f"{path}.size")
    for name in ("label", "size"):
        if isinstance(value, dict) and name not in given:
            faults.add(f"{path}.{name}", "is required.")
    params = faults.object(given.get("params", {}), f"{path}.params")
    faults.unknown(params, (*PARAMS, NOISE_CONFIG), f"{path}.params")
    for name, native in PARAMS.items():
        if name in params:
            found[native] = params[name] if name == "model" else faults.whole(params[name], f"{path}.params.{name}")
    if NOISE_CONFIG in params:
        noise = faults.whole(params[NOISE_CONFIG], f"{path}.params.{NOISE_CONFIG}")
        if isinstance(noise, int) and not 0 <= noise <= 255:
            faults.add(f"{path}.params.{NOISE_CONFIG}", f"must be from 0 to 255; got {noise}.", noise, [0, 255])
        elif isinstance(noise, int):
            found["noise_mantissa"], found["noise_exponent"] = noise & 15, noise >> 4
    return found


def _connection(value: Any, path: str, sizes: Mapping[str, int], faults: Faults) -> Json:
    given = faults.object(value, path)
    faults.unknown(given, CONNECTION, path)
    own = [name for name in OWN_WEIGHTS if name in given]
    found: Json = {name: given[name] for name in CONNECTION if name in given and name not in OWN_WEIGHTS}
    for name in WHOLE & found.keys():
        found[name] = faults.whole(found[name], f"{path}.{name}")
    if len(own) > 1:
        faults.add(path, f"has {' and '.join(own)}; give one of them.")
    elif own:
        if found.setdefault("topology", "explicit") != "explicit":
            faults.add(
                f"{path}.topology", f"must be explicit, or left out, beside {own[0]}; got {str(found['topology'])[:40]!r}."
            )
        arrays = _synapses(own[0], given[own[0]], f"{path}.{own[0]}", _shape(found, sizes), faults)
        if not faults.found:
            found["synapses"] = {name: pack(values) for name, values in arrays.items()}
    elif found.get("topology") == "explicit":
        faults.add(path, f"needs {', '.join(OWN_WEIGHTS[:-1])} or {OWN_WEIGHTS[-1]} with topology explicit.")
    return found


def _shape(connection: Json, sizes: Mapping[str, int]) -> tuple[int, int] | None:
    """(sources, targets), None when a label names nothing, which is told elsewhere."""
    ends = connection.get("source"), connection.get("target")
    known = [sizes[one] for one in ends if isinstance(one, str) and one in sizes]
    return (known[0], known[1]) if len(known) == 2 else None


def _synapses(name: str, value: Any, path: str, shape: tuple[int, int] | None, faults: Faults) -> dict[str, Array]:
    """Explicit synapses as arrays [n] by name; what is wrong is noted."""
    if name == "npz":
        arrays = _npz(value, path, faults)
    elif name == "weights":
        arrays, path = {"weights": _matrix(value, path, faults)}, path.removesuffix(".weights")
    else:
        given = faults.object(value, path)
        faults.unknown(given, SYNAPSES, path)
        arrays = {key: faults.wholes(given[key], f"{path}.{key}") for key in SYNAPSES if key in given}
    if faults.found or shape is None:  # it is refused anyway; what is left to find is of no use to anybody
        return {}
    try:
        return weights_file.listed(arrays, *shape, path)
    except ConfigError as refused:
        faults.found += refused.problems
        return {}


def _matrix(value: Any, path: str, faults: Faults) -> Array:
    rows = [faults.wholes(row, f"{path}.{at}") for at, row in enumerate(faults.list(value, path))]
    if faults.found:
        return np.zeros((0, 0), np.int64)
    if len({len(row) for row in rows}) != 1:
        faults.add(path, "must have rows of one length, one for each neuron of the target.")
        return np.zeros((0, 0), np.int64)
    return np.stack(rows)


def _npz(value: Any, path: str, faults: Faults) -> dict[str, Array]:
    if not isinstance(value, str):
        faults.add(path, f"must be a text, {NPZ}.")
        return {}
    try:
        return weights_file.arrays(base64.b64decode(value, validate=True), path, NPZ)
    except binascii.Error as error:
        faults.add(path, f"is not {NPZ}: {error}.")
    except ConfigError as refused:
        faults.found += refused.problems
    return {}


def encode(network: Network) -> Json:
    """The network in the wire's words: what `decode` would understand as the same."""
    return {
        "populations": [_told_population(one) for one in network.populations],
        "connections": [_told_connection(one) for one in network.connections],
        "seed": network.seed,
    }


def _told_population(one: Json) -> Json:
    params = {name: one[native] for name, native in PARAMS.items() if native in one}
    if "noise_mantissa" in one:
        params[NOISE_CONFIG] = one["noise_mantissa"] | one["noise_exponent"] << 4
    return {"label": one["label"], "size": one["size"], **({"params": params} if params else {})}


def _told_connection(one: Json) -> Json:
    if "synapses" not in one:
        return one
    return {**one, "synapses": {name: unpack(Packed(**packed)) for name, packed in one["synapses"].items()}}
