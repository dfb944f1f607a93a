"""What a result rests on, in sentences: each of these moves blocking by factors, and most disagreements between published
numbers come from one that was left unsaid."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quintant.labs.optical.engine.kernel import supports
from quintant.labs.optical.engine.plan import Plan

if TYPE_CHECKING:
    from quintant.labs.optical.config import OpticalConfig

ORDERS = {
    "km": "shortest first (sum of link lengths)",
    "hops": "fewest links first",
    "spectral": "fewest links over bits per symbol first, among the K paths of fewest links",
}
TIES = {
    "sha256": "equal paths by the SHA-256 of the text of their node-id list, taken before the list is cut at K",
    "generator": "equal paths as networkx.shortest_simple_paths yields them",
}
HOLDING = {
    "exponential": "exponential",
    "truncated": "exponential redrawn until below twice its mean, so that the true mean is 0.687 of the nominal one",
    "deterministic": "constant",
    "uniform": "uniform between 0 and twice the mean",
    "hyperexponential": "hyperexponential of two phases, balanced means, squared coefficient of variation 4",
}


def of(config: OpticalConfig, plan: Plan) -> dict[str, str]:
    """Topic -> sentence, in the order of reading."""
    replay = config.mode == "replay"
    guard = config.guard_slots
    slower = supports(config)
    return {
        "mode": "replay: FUSION's semantics and seeds, each iteration from an empty network, no warm-up"
        if replay
        else "steady: the first requests are served but not measured, one load, intervals by batch means",
        "load": "Erlang of the whole network: arrival rate x mean holding time before truncation"
        + (", times the cores" if replay and config.replay_load_per_core else ""),
        "holding": "exponential" if replay else HOLDING[config.holding],
        "directions": f"each direction of a link has its own spectrum ({len(plan.links)} spectra)"
        if config.directed
        else f"both directions of a link share one spectrum ({len(plan.links)} spectra)",
        "guard": f"{guard} guard slot{'' if guard == 1 else 's'} at the upper end of each lightpath, inside what must be "
        "free and inside the band"
        if guard
        else "no guard slots",
        "paths": f"{1 if config.routing == 'shortest_path' else config.k_paths} candidates per ordered pair, "
        f"{ORDERS[config.path_order]}",
        "ties": TIES[config.path_ties],
        "choice": "the first path on which the demand fits (KSP)"
        if config.first == "path"
        else "the lowest slot over all paths (FF-KSP)",
        "formats": "only the most efficient format within reach"
        if config.modulation_choice == "best"
        else "every format within reach, the most efficient first, before the next path",
        "departures": "a connection that ends at or before an arrival leaves first",
        "blocking": "requests blocked / requests measured; bit-rate blocking: Gb/s not carried / Gb/s asked for",
        "fragmentation": "a block counts as fragmentation when, on some core and band of a path within reach, every link "
        "had as many free slots as the leanest format needs; as no spectrum otherwise",
        "simulator": "compiled" if slower is None else f"reference, because of {slower}",
    }
