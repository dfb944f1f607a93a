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
    "xlron_2025": "of the K paths of fewest links as networkx yields them, for every second pair of nodes fewest links over "
    "bits per symbol first and for the others fewest links, equal ones longest first (XLRON before its commit 40966a5)",
}
TIES = {
    "sha256": "equal paths by the SHA-256 of the text of their node-id list, taken before the list is cut at K",
    "generator": "equal paths as networkx.shortest_simple_paths yields them",
    "shortest": "equal paths by km, then by links, then by the places of their nodes in the topology",
}
HOLDING = {
    "exponential": "exponential",
    "truncated": "exponential redrawn until below twice its mean, so that the true mean is 0.687 of the nominal one",
    "deterministic": "constant",
    "uniform": "uniform between 0 and twice the mean",
    "hyperexponential": "hyperexponential of two phases, balanced means, squared coefficient of variation 4",
}


TOPICS = {"paths": "path_order", "ties": "path_ties", "choice": "first", "formats": "modulation_choice"}
"""Topics that rest on one key: nothing is said of them where it is not read."""


def entries(config: OpticalConfig, plan: Plan) -> dict[str, str]:
    """Topic -> sentence, in the order of reading."""
    unread = {topic for topic, key in TOPICS.items() if config.why_unread(key) is not None}
    return {topic: sentence for topic, sentence in _all(config, plan).items() if topic not in unread}


def _all(config: OpticalConfig, plan: Plan) -> dict[str, str]:
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
