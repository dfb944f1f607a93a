"""Blocks of weights on the wire: {mean, std}, or the older {p, dist: {name, params}}, each merged over its defaults."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from quintant.errors import Problem
from quintant.labs.spiking.config import SpikingConfig
from quintant.labs.spiking.doubts import PARAMETERS
from quintant.wire.reader import Reading

PAIRS = ("ee", "ei", "ie", "ii")
SAMPLED_P = {"ee": 0.02, "ei": 0.18, "ie": 0.04, "ii": 0.06}
"""Default probabilities of the older form."""
NAMES = ("mean", "std", "p", "dist")


def read(reading: Reading, value: Any, path: str) -> dict[str, Any] | None:
    """The native block that `value` means."""
    block = reading.object(value, path)
    if block is None:
        return None
    pair = path.rpartition(".")[2]
    mean = SpikingConfig.model_fields[f"weights_{pair}"].default.mean
    block = {name: inner for name, inner in block.items() if inner is not None}
    for name in block:
        if name not in NAMES:
            reading.unknown(f"{path}.{name}", NAMES)
    plain, sampled = ([name for name in names if name in block] for names in (NAMES[:2], NAMES[2:]))
    if sampled and plain:
        reading.refuse(
            Problem(
                path,
                f"must be either {{mean, std}} or {{p, dist}}; got {', '.join(plain + sampled)}.",
                hint='Write mean and std into dist: {"name": "normal", "params": {…}}.',
            )
        )
        return None
    numbers = {name: reading.coerced("float", block[name], f"{path}.{name}") for name in (*plain, "p") if name in block}
    for name, most in (("std", None), ("p", 1.0)):
        reading.within(f"{path}.{name}", numbers.get(name), 0.0, most)
    if not sampled:
        return {"mean": mean, "std": 0.0, **numbers}
    return {"p": SAMPLED_P[pair], **numbers, "dist": _distribution(reading, f"{path}.dist", block.get("dist", {}), mean)}


def _distribution(reading: Reading, path: str, value: Any, mean: float) -> dict[str, Any]:
    block = reading.object(value, path)
    if block is None:
        return {}
    for word in block:
        if word not in ("name", "params"):
            reading.unknown(f"{path}.{word}", ("name", "params"))
    name, params = block.get("name"), block.get("params")
    name = "normal" if name is None else reading.coerced("word", name, f"{path}.name", tuple(PARAMETERS))
    numbers: dict[str, Any] = {"mean": mean, "std": 0.0} if name == "normal" else {}
    known = PARAMETERS.get(name, ())
    inner: Mapping[str, Any] = {} if params is None else reading.object(params, f"{path}.params") or {}
    for word, number in inner.items():
        if word not in known:
            reading.unknown(f"{path}.params.{word}", known)
        elif number is not None:
            numbers[word] = reading.coerced("float", number, f"{path}.params.{word}")
    return {"name": name, "params": numbers}
