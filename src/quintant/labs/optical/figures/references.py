"""References: what to hold a measured blocking against. Published values come with the presets; Erlang's formula holds
for a single link."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from quintant.labs.optical.config import OpticalConfig
from quintant.labs.optical.topology import resolve


@dataclass(frozen=True)
class Reference:
    load_erlang: float
    value: float
    plus_minus: float
    source: str

    @property
    def kind(self) -> str:
        """ "published" where a publication is named; a closed form or another implementation is a "reference"."""
        return "published" if "doi" in self.source else "reference"


def published(config: OpticalConfig, metric: str) -> tuple[Reference, ...]:
    """Values that presets of the same set-up give for `metric`. The set-up is everything but the load and how long one
    measures."""
    from quintant.config import parse
    from quintant.labs.optical import LAB

    references: dict[tuple[float, float], Reference] = {}
    for preset in LAB.presets.values():
        expected = [value for value in preset.expected if value.metric == metric]
        if not expected:
            continue
        other = parse(OpticalConfig, preset.config)
        if _set_up(other) == _set_up(config):
            for value in expected:
                reference = Reference(other.load_erlang, value.value, value.plus_minus, value.source)
                references.setdefault((reference.load_erlang, reference.value), reference)
    return tuple(sorted(references.values(), key=lambda reference: reference.load_erlang))


def erlang_b(config: OpticalConfig, loads: Sequence[float]) -> tuple[tuple[float, float], ...] | None:
    """(load, blocking) by Erlang's formula where it is exact: one link, demands of one slot, no guard, one core and band;
    None elsewhere. A directed link is two, each with half the load."""
    topology = resolve(config)
    demand = config.demand
    single = (
        len(topology.links) == 1
        and demand.kind == "slots"
        and config.guard_slots == 0
        and config.cores == 1
        and {size for size, share in demand.shares_by_slots.items() if share > 0} == {"1"}
        and not (config.l_slots or config.s_slots or config.o_slots or config.e_slots)
        and config.holding != "truncated"
        and config.traffic_matrix is None
        and config.mode == "steady"
    )
    if not single:
        return None
    parts = 2 if config.directed else 1
    return tuple((load, blocked(load / parts, config.slots)) for load in loads)


def blocked(load_erlang: float, servers: int) -> float:
    """Erlang B by its recursion (Erlang 1917): B(0) = 1, B(n) = a B(n-1) / (n + a B(n-1))."""
    probability = 1.0
    for n in range(1, servers + 1):
        probability = load_erlang * probability / (n + load_erlang * probability)
    return probability


def _set_up(config: OpticalConfig) -> dict[str, object]:
    settings = config.model_dump(mode="json")
    return {
        name: settings[name]
        for name, field in OpticalConfig.model_fields.items()
        if name != "load_erlang" and (field.json_schema_extra or {}).get("group") != "Measurement"  # type: ignore[union-attr]
    }
