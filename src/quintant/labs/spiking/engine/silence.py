"""Why a network stays silent: its mean drive beside the rheobase, the least constant current that makes a cell fire."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from quintant.labs.spiking.engine.simulation import Simulation


def why_silent(state: Simulation) -> str:
    """One sentence, for the excitatory cells (for the inhibitory ones when there are no others)."""
    config, found = state.config, state.layout
    kind = "E" if found.n_e else "I"
    if not found.n:
        return "the network has no neurons"
    told = state.recorded.input_mean
    mean = float(told[:, 0 if kind == "E" else 1].mean()) if len(told) else None
    if mean is None:
        return "the mean drive was not recorded (record_input is false)"
    if config.neuron_model != "lif":
        return f"mean drive of {kind} cells {mean:.3g}; the {config.neuron_model} model has no closed rheobase here"
    leak = config.g_leak_e if kind == "E" else config.g_leak_i
    rheobase = leak * (config.v_th_mv - config.e_leak_mv)
    relation = "is below" if mean < rheobase else "is not below"
    return f"mean drive {mean:.3g} {relation} rheobase {rheobase:.3g} of {kind} cells"
