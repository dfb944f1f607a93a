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

from quintant.errors import ConfigError, Problem
from quintant.json_value import JsonObject
from quintant.labs.chip import weights_file
from quintant.labs.chip.config import ChipConfig, Connection, Packed, Population, Synapses
from quintant.labs.chip.contract.reading import Array, Reading
from quintant.labs.chip.contract.refusal import BeyondTier
from quintant.labs.chip.packed import pack, unpack
from quintant.labs.chip.tiers import Tier
from quintant.labs.chip.weights_file import SYNAPSES
from quintant.wire.reader import Table, Wire

PARAMS: Mapping[str, str] = {
    "threshold": "threshold", "leak": "leak", "resting": "resting", "refrac": "refractory_steps",
    "dend_threshold": "dendrite_threshold", "tau1": "trace_shift", "tau2": "slow_trace_shift", "model": "model",
    "voltage_decay": "voltage_decay", "current_decay": "current_decay", "bias": "bias", "v_min": "v_min", "v_max": "v_max",
}  # fmt: skip
"""`params` of a population -> native key; `noise_config` stands beside them."""
OWN_WEIGHTS = ("weights", "synapses", "npz")
NPZ = "a NumPy archive (.npz) in base64"


def _noise(reading: Reading, value: Any, path: str) -> JsonObject | None:
    """Mantissa and exponent of the noise's mask, a half byte each."""
    noise = reading.integer(value, path)
    if noise is not None and not 0 <= noise <= 255:
        raise ConfigError(Problem(path, f"must be from 0 to 255; got {noise}.", noise, [0, 255]))
    return None if noise is None else {"noise_mantissa": noise & 15, "noise_exponent": noise >> 4}


POPULATION = Table(
    Population,
    (
        Wire("label", "label", required=True),
        Wire("size", "size", required=True),
        *(Wire(f"params.{name}", native, kind="any" if name == "model" else None) for name, native in PARAMS.items()),
        Wire("params.noise_config", sets=("noise_mantissa", "noise_exponent"), read=_noise),
    ),
)
LISTS = Table(Synapses, tuple(Wire(name, read=Reading.integers) for name in SYNAPSES))
"""A list of synapses, an array for each column."""
CONNECTION = Table(
    Connection,
    (
        *(Wire(name, name) for name in ("source", "target", "topology", "weight", "p", "delay", "compartment", "fan_in")),
        *(Wire(name, name) for name in ("fan_out", "seed")),
        *(Wire(name) for name in OWN_WEIGHTS),
        Wire("plastic", "plastic", kind="any"),
        *(Wire(name, name) for name in ("w_min", "w_max")),
    ),
)
NETWORK = Table(
    ChipConfig,
    (Wire("populations", "populations", items=POPULATION), Wire("connections"), Wire("seed", "network_seed")),
)


@dataclass(frozen=True)
class Network:
    """`populations`, `connections`: as ChipConfig takes them. `seed`: draws the connections that have none of their own."""

    populations: list[JsonObject]
    connections: list[JsonObject]
    seed: int | None

    @property
    def neurons(self) -> int:
        return sum(population["size"] for population in self.populations)

    @property
    def parts(self) -> JsonObject:
        """The network's part of a ChipConfig."""
        return {"populations": self.populations, "connections": self.connections, "network_seed": self.seed}


def decode(body: Mapping[str, Any], tier: Tier) -> Network:
    """The network that a request describes. ConfigError with every fault, BeyondTier when it is too large."""
    reading = NETWORK.read(body, Reading())
    populations = reading.raw.get("populations", [])
    if body.get("populations") in (None, []):
        reading.refuse(Problem("populations", "must hold at least one population."))
    network = Network(populations, _connections(reading, populations), reading.raw.get("network_seed"))
    reading.settle()
    check_size(network.neurons, tier)
    NETWORK.parsed({**network.parts, "timesteps": 1, "stimuli": ()})
    return network


def check_size(neurons: int, tier: Tier) -> None:
    if neurons > tier.max_neurons:
        raise BeyondTier(f"Tier limit exceeded: {neurons} neurons, and tier {tier.name} allows {tier.max_neurons}.")


def _connections(reading: Reading, populations: list[JsonObject]) -> list[JsonObject]:
    sizes = {
        population["label"]: population["size"]
        for population in populations
        if "size" in population and isinstance(population.get("label"), str)
    }
    parts = CONNECTION.each(reading.own.get("connections"), reading, "connections")
    return [_connection(part, path, sizes) for path, part in parts]


def _connection(reading: Reading, path: str, sizes: Mapping[str, int]) -> JsonObject:
    connection: JsonObject = {wire.key: reading.raw[wire.key] for wire in CONNECTION.wires if wire.key in reading.raw}
    forms = [name for name in OWN_WEIGHTS if name in reading.own]
    if len(forms) > 1:
        reading.refuse(Problem(path, f"has {' and '.join(forms)}; give one of them."))
    elif forms:
        (name,) = forms
        if (topology := connection.setdefault("topology", "explicit")) != "explicit":
            text = f"must be explicit, or left out, beside {name}; got {str(topology)[:40]!r}."
            reading.refuse(Problem(f"{path}.topology", text))
        ends = [sizes.get(label) if isinstance(label := connection.get(end), str) else None for end in ("source", "target")]
        arrays = _synapses(reading, name, f"{path}.{name}", ends)
        if not reading.faults:
            connection["synapses"] = {name: pack(values) for name, values in arrays.items()}
    elif connection.get("topology") == "explicit":
        text = f"needs {', '.join(OWN_WEIGHTS[:-1])} or {OWN_WEIGHTS[-1]} with topology explicit."
        reading.refuse(Problem(path, text))
    return connection


def _synapses(reading: Reading, name: str, path: str, ends: list[int | None]) -> dict[str, Array]:
    """Explicit synapses as arrays [n] by name; what is wrong is noted. `ends`: neurons of source and target, None where a
    label names nothing, which is told elsewhere."""
    value, arrays = reading.own[name], {}
    try:
        if name == "npz":
            arrays = _npz(value, path)
        elif name == "weights":
            arrays, path = {"weights": _matrix(reading, value, path)}, path.removesuffix(".weights")
        elif (lists := reading.object(value, path)) is not None:
            LISTS.read(lists, part := reading.part(), at=f"{path}.")
            arrays = part.own
        sources, targets = ends
        if reading.faults or sources is None or targets is None:  # refused anyway: what else is wrong is of no use to anybody
            return {}
        return weights_file.listed(arrays, sources, targets, path)
    except ConfigError as error:
        reading.note(error)
        return {}


def _matrix(reading: Reading, value: Any, path: str) -> Array:
    rows = reading.rows(value, path)
    if reading.faults:
        return np.zeros((0, 0), np.int64)
    if len({len(row) for row in rows}) != 1:
        raise ConfigError(Problem(path, "must have rows of one length, one for each neuron of the target."))
    return np.stack(rows)


def _npz(value: Any, path: str) -> dict[str, Array]:
    if not isinstance(value, str):
        raise ConfigError(Problem(path, f"must be a text, {NPZ}."))
    try:
        return weights_file.arrays(base64.b64decode(value, validate=True), path, NPZ)
    except binascii.Error as error:
        raise ConfigError(Problem(path, f"is not {NPZ}: {error}.")) from None


def encode(network: Network) -> JsonObject:
    """The network in the wire's words: what `decode` would understand as the same."""
    return {
        "populations": [_encoded_population(population) for population in network.populations],
        "connections": [_encoded_connection(connection) for connection in network.connections],
        "seed": network.seed,
    }


def _encoded_population(population: JsonObject) -> JsonObject:
    params = {name: population[native] for name, native in PARAMS.items() if native in population}
    if "noise_mantissa" in population:
        params["noise_config"] = population["noise_mantissa"] | population["noise_exponent"] << 4
    return {"label": population["label"], "size": population["size"], **({"params": params} if params else {})}


def _encoded_connection(connection: JsonObject) -> JsonObject:
    if "synapses" not in connection:
        return connection
    lists = {name: unpack(Packed(**packed)) for name, packed in connection["synapses"].items()}
    return {**connection, "synapses": lists}
