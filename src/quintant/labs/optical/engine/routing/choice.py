"""Which router a Config names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quintant.labs.optical.engine.physical.channels import Channels, Grid
from quintant.labs.optical.engine.plan import Plan
from quintant.labs.optical.engine.routing.candidate import Router, Routes
from quintant.labs.optical.engine.routing.congestion import CongestionAware, LeastCongested
from quintant.labs.optical.engine.routing.crosstalk import CrosstalkAware
from quintant.labs.optical.engine.routing.disjoint import OnePlusOne, Protected
from quintant.labs.optical.engine.routing.fragmentation import FragmentationAware
from quintant.labs.optical.engine.routing.interference import NliAware
from quintant.labs.optical.engine.routing.static import Static
from quintant.labs.optical.engine.spectrum import Spectrum

if TYPE_CHECKING:
    from quintant.labs.optical.config import OpticalConfig


def router(config: OpticalConfig, plan: Plan, spectrum: Spectrum, channels: Channels, routes: Routes, grid: Grid) -> Router:
    """The routing method of `config`, with a backup for each path where it asks for protection."""
    if config.routing == "1plus1_protection":
        return OnePlusOne(plan, routes, "node" if config.protection == "node" else "link")
    inner = _unprotected(config, plan, spectrum, channels, routes, grid)
    return inner if config.protection == "none" else Protected(plan, routes, inner, config.protection)


def _unprotected(
    config: OpticalConfig, plan: Plan, spectrum: Spectrum, channels: Channels, routes: Routes, grid: Grid
) -> Router:
    match config.routing:
        case "congestion_aware":
            return CongestionAware(plan, spectrum, config.congestion_weight, beyond_reach=config.mode == "replay")
        case "least_congested":
            return LeastCongested(plan, spectrum, routes)
        case "fragmentation_aware":
            return FragmentationAware(plan, spectrum, routes)
        case "nli_aware":
            return NliAware(plan, spectrum, channels, routes, grid, config.input_power_w, config.beta)
        case "xt_aware":
            return CrosstalkAware(plan, spectrum, routes, config.beta if config.xt_type == "with_length" else None)
        case _:
            return Static(plan)
