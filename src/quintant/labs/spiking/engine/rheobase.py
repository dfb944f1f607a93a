"""The least constant current that makes a cell of a group fire for ever, where it has a closed form."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from quintant.labs.spiking.config import SpikingConfig
    from quintant.labs.spiking.engine.layout import Group


def rheobase(config: SpikingConfig, group: Group) -> float | None:
    """In the unit of the model's input; None where there is no closed form (gated cells, FitzHugh, Izhikevich, mqif).

    Of adex it is that of a slowly rising current: a step makes a cell fire at less, since its adaptation lags behind
    (Touboul & Brette 2008, doi 10.1007/s00422-008-0267-4; Naud et al. 2008, doi 10.1007/s00422-008-0264-7).
    """
    match config.neuron_model:
        case "lif":
            return group.g_leak * (config.v_th_mv - config.e_leak_mv)
        case "qif":
            return _saddle_of_parabola(config, group)
        case "adex":
            return _adex(config, group)
    return None


def _saddle_of_parabola(config: SpikingConfig, group: Group) -> float | None:
    """Where g (E - V) + a (V - V_r)(V - V_t) + I has no zero left."""
    a, g = config.qif_a, group.g_leak
    if a <= 0:
        return None
    slope = -g - a * (config.qif_v_r_mv + config.qif_v_t_mv)
    at_mv = -slope / (2 * a)
    if config.v_th_mv <= at_mv:
        return None  # it fires before it reaches the saddle
    return slope**2 / (4 * a) - g * config.e_leak_mv - a * config.qif_v_r_mv * config.qif_v_t_mv


def _adex(config: SpikingConfig, group: Group) -> float | None:
    """Of the two ways in which the resting state is lost, a saddle-node or a Hopf bifurcation, the one that comes first."""
    g, a, slope_mv = group.g_leak, config.adex_a, config.adex_delta_t_mv
    share, pace = a / g, group.capacitance / g / config.adex_tau_w_ms
    if 1 + share <= 0:
        return None
    reach_mv = config.adex_v_t_mv - config.e_leak_mv - slope_mv
    if share <= pace:
        return (g + a) * (reach_mv + slope_mv * math.log(1 + share))
    return (g + a) * (reach_mv + slope_mv * math.log(1 + pace)) + slope_mv * g * (share - pace)
