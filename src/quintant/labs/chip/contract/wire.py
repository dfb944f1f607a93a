"""The wire's names and types: which of its keys is which of the ChipConfig's, and whole numbers out of what JSON calls numbers.

Bounds, defaults and meanings are those of the native keys; a fault that is found there is told under the wire's name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from quintant.config import suggest
from quintant.errors import ConfigError, Problem
from quintant.labs.chip.contract.body import word

Array = np.ndarray[Any, Any]
LARGEST = 2**53
"""Whole numbers below this are exact in every JSON."""
PARAMS: Mapping[str, str] = {
    "threshold": "threshold", "leak": "leak", "resting": "resting", "refrac": "refractory_steps",
    "dend_threshold": "dendrite_threshold", "tau1": "trace_shift", "tau2": "slow_trace_shift", "model": "model",
    "voltage_decay": "voltage_decay", "current_decay": "current_decay", "bias": "bias", "v_min": "v_min", "v_max": "v_max",
}  # fmt: skip
"""`params` of a population -> native key; `noise_config` stands beside them."""
NOISE_CONFIG = "noise_config"
CONNECTION = (
    "source", "target", "topology", "weight", "p", "delay", "compartment", "fan_in", "fan_out", "seed", "weights", "synapses",
    "npz", "plastic", "w_min", "w_max",
)  # fmt: skip
WHOLE = frozenset({"weight", "delay", "compartment", "fan_in", "fan_out", "seed", "w_min", "w_max"})
STIMULUS = ("population", "neurons", "current", "mode", "start", "stop", "times", "events", "probability")
FLAGS = ("enabled", "graded", "dendritic", "noise", "three_factor")
_NATIVE_PARAMS = {native: f"params.{name}" for name, native in PARAMS.items()} | {
    "noise_mantissa": "params.noise_config", "noise_exponent": "params.noise_config",
}  # fmt: skip
_POPULATION = re.compile(r"(populations\.\d+)\.([a-z_]+)(.*)")
_TOP = {
    "plasticity": "learning.enabled", "graded": "learning.graded", "dendrites": "learning.dendritic",
    "noise": "learning.noise", "network_seed": "seed",
}  # fmt: skip


class Faults:
    """What is wrong with a request, collected while it is read."""

    def __init__(self) -> None:
        self.found: list[Problem] = []

    def add(self, path: str, message: str, value: Any = None, allowed: Any = None, hint: str | None = None) -> None:
        self.found.append(Problem(path, message, value, allowed, hint))

    def refuse(self) -> None:
        """ConfigError with everything that was found, if anything was."""
        if self.found:
            raise ConfigError(self.found)

    def unknown(self, given: Mapping[str, Any], known: tuple[str, ...], path: str = "") -> None:
        at = f"{path}." if path else ""
        for name in given:
            if name not in known:
                hint = suggest(name, known) or f"Known: {', '.join(known)}."
                self.add(f"{at}{name[:60]}", "is not a known key here.", None, list(known), hint)

    def object(self, value: Any, path: str) -> dict[str, Any]:
        """`value` without what is null: on the wire that means "not given"."""
        if isinstance(value, dict):
            return {name: inner for name, inner in value.items() if inner is not None}
        self.add(path, f"must be an object; got {word(value)}.")
        return {}

    def list(self, value: Any, path: str) -> list[Any]:
        if isinstance(value, list):
            return value
        if value is not None:
            self.add(path, f"must be a list; got {word(value)}.")
        return []

    def whole(self, value: Any, path: str) -> Any:
        """A whole number, also one that is written 5.0; anything else as it is, once it has been noted."""
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            self.add(path, f"must be an integer; got {_shown(value)}.", value)
        elif abs(value) >= 2**63:
            self.add(path, f"is beyond 64 bits: {str(value)[:40]}.")
            return 0
        return value

    def wholes(self, value: Any, path: str) -> Array:
        """A list of whole numbers [n] (int64); empty, and the first fault noted, when it is none."""
        if not isinstance(value, list):
            self.add(path, f"must be a list of integers; got {word(value)}.")
            return np.zeros(0, np.int64)
        if set(map(type, value)) == {int} and max(value) < LARGEST and min(value) > -LARGEST:
            return np.array(value, np.int64)
        for at, one in enumerate(value):
            if isinstance(one, bool) or not isinstance(one, (int, float)) or one % 1 or abs(one) >= LARGEST:
                self.add(f"{path}.{at}", f"must be an integer; got {_shown(one)}.", one)
                return np.zeros(0, np.int64)
        return np.array([int(one) for one in value], np.int64)


def renamed(problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """Faults of a ChipConfig under the wire's names."""
    return tuple(replace(one, path=on_wire(one.path)) for one in problems)


def on_wire(path: str) -> str:
    if met := _POPULATION.fullmatch(path):
        return f"{met[1]}.{_NATIVE_PARAMS.get(met[2], met[2])}{met[3]}"
    first, dot, rest = path.partition(".")
    return f"{_TOP.get(first, first)}{dot}{rest}"


def _shown(value: Any) -> str:
    return str(value)[:40] if isinstance(value, (int, float)) and not isinstance(value, bool) else word(value)
