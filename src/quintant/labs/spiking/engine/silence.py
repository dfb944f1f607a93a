"""Why a network stays silent: its mean drive beside the rheobase, the least constant current that makes a cell fire."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quintant.labs.spiking.engine.rheobase import rheobase

if TYPE_CHECKING:
    from quintant.labs.spiking.engine.layout import Group
    from quintant.labs.spiking.engine.simulation import Simulation

MOST_GROUPS = 4
"""More are not told one by one."""


def why_silent(state: Simulation) -> str:
    """One sentence: each population that gets a drive (all, where none does) with its own constants; of the two-population
    network the E cells, the I cells where there are no others."""
    groups = [group for group in state.layout.groups if group.size]
    if not groups:
        return "the network has no neurons"
    if not len(state.recorded.input_mean):
        return "the mean drive was not recorded (record_input is false)"
    if state.config.populations is None:
        return _of(state, groups[0])
    driven = [group for group in groups if _mean(state, group) != 0] or groups
    more = f"; and {len(driven) - MOST_GROUPS} more populations" if len(driven) > MOST_GROUPS else ""
    return "; ".join(_of(state, group) for group in driven[:MOST_GROUPS]) + more


def _mean(state: Simulation, group: Group) -> float:
    """Mean input of a group: that of its kind, with the group's own drive in the place of its kind's mean one."""
    alike = [other for other in state.layout.groups if other.kind == group.kind and other.size]
    drive = sum(other.drive * other.size for other in alike) / sum(other.size for other in alike)
    return float(state.recorded.input_mean[:, 0 if group.kind == "E" else 1].mean()) - drive + group.drive


def _of(state: Simulation, group: Group) -> str:
    mean, least = _mean(state, group), rheobase(state.config, group)
    if least is None:
        return f"mean drive {mean:.3g} of {group.name} cells; the {state.config.neuron_model} model has no closed rheobase here"
    relation = "is below" if mean < least else "is not below"
    return f"mean drive {mean:.3g} {relation} rheobase {least:.3g} of {group.name} cells"
