"""Who is in the network: populations with their ids, and the parameters of every neuron."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    from quintant.labs.spiking.config import SpikingConfig

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Group:
    """A population with its place: ids first … first + size - 1."""

    name: str
    kind: Literal["E", "I"]
    first: int
    size: int
    capacitance: float
    g_leak: float
    t_ref_ms: float
    drive: float

    @property
    def ids(self) -> slice:
        return slice(self.first, self.first + self.size)


@dataclass(frozen=True)
class Layout:
    """All groups, E before I, so that the ids of E cells are 0 … n_e - 1."""

    groups: tuple[Group, ...]

    @cached_property
    def n(self) -> int:
        return sum(group.size for group in self.groups)

    @cached_property
    def n_e(self) -> int:
        return sum(group.size for group in self.groups if group.kind == "E")

    @property
    def n_i(self) -> int:
        return self.n - self.n_e

    def __getitem__(self, name: str) -> Group:
        return next(group for group in self.groups if group.name == name)

    def values(self, attribute: str) -> Array:
        """One value per neuron [n]: the group's own."""
        return np.repeat(
            np.array([getattr(group, attribute) for group in self.groups], float), [group.size for group in self.groups]
        )


def layout(config: SpikingConfig) -> Layout:
    groups: list[Group] = []
    first = 0
    for name, kind, size, own in _members(config):
        e = kind == "E"
        groups.append(
            Group(
                name,
                kind,
                first,
                size,
                _given(own, "capacitance", config.capacitance_e if e else config.capacitance_i),
                _given(own, "g_leak", config.g_leak_e if e else config.g_leak_i),
                _given(own, "t_ref_ms", config.t_ref_e_ms if e else config.t_ref_i_ms),
                _given(own, "drive", 0.0),
            )
        )
        first += size
    return Layout(tuple(groups))


def _members(config: SpikingConfig) -> list[tuple[str, Literal["E", "I"], int, Any]]:
    if config.populations is None:
        return [("E", "E", config.n_e, None), ("I", "I", config.n_i, None)]
    return [(own.name, own.kind, own.size, own) for own in config.populations]


def _given(own: Any, name: str, default: float) -> float:
    value = None if own is None else getattr(own, name)
    return default if value is None else float(value)


@dataclass(frozen=True)
class Neurons:
    """Parameters [n] of every neuron, heterogeneity included. `ref_steps`: clamp counter after a spike, at least 1."""

    v_th: Array
    g_leak: Array
    capacitance: Array
    ref_steps: Array


def neurons(config: SpikingConfig, places: Layout, seed: int) -> Neurons:
    """Draw what differs from neuron to neuron: threshold, leak, capacitance, refractory time, in this order, each only if
    it has a spread and the neuron model reads it (the contract's generator draws it in any case). Draws are rounded to
    float32 as the contract's are; floors hold only where something was drawn."""
    legacy = config.legacy_seed_config is not None
    draw: Any = np.random.RandomState(config.legacy_seed_config) if legacy else np.random.Generator(np.random.PCG64(seed))

    real = np.float32 if config.precision == "single" else np.float64

    def spread(key: str) -> Array | None:
        sd: float = getattr(config, key)
        wanted = sd > 0 and config.why_unread(key) is None
        return draw.normal(0.0, sd, places.n).astype(np.float32).astype(real) if wanted else None

    v_th = np.full(places.n, config.v_th_mv, real)
    g_leak, capacitance, t_ref = (places.values(name).astype(real) for name in ("g_leak", "capacitance", "t_ref_ms"))
    if (x := spread("v_th_spread_mv")) is not None:
        v_th = v_th + x
    if (x := spread("g_leak_spread")) is not None:
        g_leak = np.maximum(g_leak * (1 + x), real(0.01))
    if (x := spread("capacitance_spread")) is not None:
        capacitance = np.maximum(capacitance * (1 + x), real(0.01))
    if (x := spread("t_ref_spread_ms")) is not None:
        t_ref = np.maximum(t_ref + x, real(0.1))
    return Neurons(v_th, g_leak, capacitance, np.maximum(np.rint(np.divide(t_ref, real(config.dt_ms))), 1).astype(np.int32))
