"""Departures: where a replay does not do what FUSION's code does, or does what its name does not promise.

FUSION (commit 973983b) stops with an error in several of the policies that it lists, and mislabels some of what it
counts. A replay applies the rule that was meant, and says so here; what is kept although it is odd is said too.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeAlias

from quintant.labs.optical.engine.assumptions import ORDERS
from quintant.labs.optical.engine.fusion import LISTED_AT_MOST, LISTED_ITERATIONS

if TYPE_CHECKING:
    from quintant.labs.optical.config import OpticalConfig


ALLOCATION = {
    "last_fit": (
        "departure",
        "FUSION stops with a ValueError for last_fit on paths of several links; the mirror image of first_fit was applied.",
    ),
    "best_fit": (
        "departure",
        "FUSION's best_fit allocates one slot too few with a guard slot and stops with a BufferError for one-slot demands; "
        "the smallest free block of any link in which some start works on all links was taken, with all its slots.",
    ),
    "priority_last": (
        "departure",
        "FUSION's priority_last blocks everything; the highest free slots on the cores 0, 2, 4, 1, 3, 5, 6 were taken.",
    ),
    "xt_aware": (
        "departure",
        "A free channel counts as overlapping where one of its slots is taken on an adjacent core, which is what the policy "
        "is meant to avoid.",
    ),
}
"""Policy of allocation -> kind and sentence."""
ROUTING = {
    "least_congested": (
        "departure",
        "FUSION stops with a KeyError; of all simple paths with at most one hop more than the fewest, the one with most free "
        "slots on its fullest link was taken, QPSK only.",
    ),
    "fragmentation_aware": (
        "departure",
        "FUSION stops for want of a format list; the path of least fragmentation was taken with the formats that "
        "k_shortest_path would try.",
    ),
    "nli_aware": (
        "departure",
        "FUSION stops for want of a format list; the path of least interference was taken with the formats that "
        "k_shortest_path would try, probing with the format that reaches over the shortest path.",
    ),
    "1plus1_protection": (
        "departure",
        "FUSION stops with a BufferError; the first pair of disjoint paths (shorter ones first) over which a format reaches "
        "was taken, on the same slots, core and band.",
    ),
    "external_ksp": ("kept", "external_ksp has no file of paths here and falls back to k_shortest_path, as it does in FUSION."),
    "congestion_aware": (
        "kept",
        "Where no format reaches, QPSK is used beyond its reach, as in FUSION: no such signal would arrive, and blocking is "
        "lower than it could be.",
    ),
}
"""Policy of routing -> kind and sentence."""


COMPARED = (
    "Compared with FUSION's own numbers, to the last digit: k_shortest_path and shortest_path with first_fit in the C band, "
    "no or one guard slot, one core, and three cores with static slicing, without checks of the signal."
)
"""What `test_replay.py` holds against numbers that FUSION gave."""


def entries(config: OpticalConfig) -> list[dict[str, str]]:
    """What applies to `config`: {about, kind, says}. kind "departure": the numbers or labels differ from FUSION's (or
    FUSION gives none). kind "kept": FUSION's behaviour, repeated although it surprises. kind "not_exact": what of it was never
    compared with FUSION's numbers, or is known to give others."""
    return [{"about": about, "kind": kind, "says": says} for about, kind, says in _of(config)]


Departure: TypeAlias = tuple[str, str, str]


def _of(config: OpticalConfig) -> Iterator[Departure]:
    yield from _results(config)
    if config.allocation in ALLOCATION:
        yield ("allocation", *ALLOCATION[config.allocation])
    if config.guard_slots >= 2:
        yield (
            "guard_slots",
            "departure",
            (
                f"FUSION stops with a BufferError for {config.guard_slots} guard slots; they were searched for and taken"
                " like one."
            ),
        )
    if config.routing in ROUTING:
        yield ("routing", *ROUTING[config.routing])
    if config.path_order != "km" and config.why_unread("path_order") is None:
        yield (
            "path_order",
            "departure",
            "FUSION reads path_ordering nowhere: its candidates stand by length. Here, as was asked for: "
            f"{ORDERS[config.path_order]}.",
        )
    yield from _service(config)
    yield from _signal(config)
    yield from _uncompared(config)
    if config.failure is not None and config.failure.kind in ("node", "srlg"):
        yield "failure", "departure", (f"FUSION's configuration files cannot name the {config.failure.kind} that fails.")


def _results(config: OpticalConfig) -> Iterator[Departure]:
    """What the results say, and how they are counted."""
    yield (
        "block_reasons",
        "departure",
        (
            "FUSION labels every blocked request 'distance'. block_reasons_dict uses its four words as they are meant "
            "(distance: no candidate within reach; congestion; xt_threshold: a signal check failed; failure); "
            "block_reasons_true splits them further."
        ),
    )
    yield (
        "clock",
        "departure",
        ("route_times_* are null: FUSION measures them with the wall clock, which an engine does not have."),
    )
    if config.replay_iterations > LISTED_ITERATIONS:
        yield (
            "sim_block_list",
            "departure",
            (
                f"From iteration {LISTED_ITERATIONS} on, only the last entry of iter_stats repeats the blocking of all "
                "iterations before it; the table of batches has it for every one."
            ),
        )
    if config.requests > LISTED_AT_MOST and not config.replay_save_slots:
        yield (
            "lists",
            "departure",
            (
                f"The lists with an entry per lightpath are left out of iterations with more than {LISTED_AT_MOST} "
                "lightpaths, unless the slots are asked for."
            ),
        )


def _uncompared(config: OpticalConfig) -> Iterator[Departure]:
    """Which features of the config stand in no comparison with the original; nothing where all do."""
    features = {
        f"routing {config.routing}": config.routing not in ("k_shortest_path", "shortest_path", "external_ksp"),
        f"path_order {config.path_order}": config.path_order != "km" and config.why_unread("path_order") is None,
        f"allocation {config.allocation}": config.allocation != "first_fit",
        f"{config.guard_slots} guard slots": config.guard_slots > 1,
        "several bands": bool(config.l_slots or config.s_slots or config.o_slots or config.e_slots),
        "fixed_grid": config.fixed_grid,
        "dynamic slicing": config.dynamic_slicing and config.max_segments > 1,
        "grooming": config.grooming,
        "partial service": config.partial_service,
        "a transponder limit": config.transponders_per_node is not None,
        "protection": config.protection != "none",
        "a failure": config.failure is not None,
        f"snr {config.snr}": config.snr != "none",
    }
    named = [feature for feature, on in features.items() if on]
    if named:
        yield "exactness", "not_exact", f"Not compared with FUSION's own numbers: {', '.join(named)}. {COMPARED}"
    if config.snr == "gsnr" and config.dynamic_slicing and config.max_segments > 1:
        yield (
            "exactness",
            "not_exact",
            "Known to differ under load: who interferes while a request is being sliced, and when a part of it may be taken. "
            "FUSION's fixture on USbackbone60 at 100 Erlang blocks .34 and .41 in two iterations, this replay .335 and .39.",
        )


def _service(config: OpticalConfig) -> Iterator[Departure]:
    """How a request is protected, sliced, groomed or served in part."""
    if config.protection != "none" and config.routing != "1plus1_protection":
        yield (
            "protection",
            "departure",
            (
                "Each candidate is protected by the shortest path that is disjoint from it, on the same slots, core and"
                " band; FUSION reads the key but its engine offers protection by 1plus1_protection only."
            ),
        )
    if config.transponders_per_node is not None:
        yield (
            "transponders",
            "departure",
            "FUSION counts transponders and tests the count nowhere; here a lightpath needs a free one at both its ends.",
        )
    if config.revert_to_primary and config.why_unread("revert_to_primary") is None:
        yield (
            "revert_to_primary",
            "departure",
            "FUSION reports the key and switches nothing back; here connections return to their primary path after its repair.",
        )
    if config.max_segments > 1:
        yield (
            "bit_rate_blocking",
            "departure",
            (
                "FUSION adds a request that was sliced after a failed attempt to the blocked bit rate although it was "
                "served; here it counts as served."
            ),
        )
        if not config.dynamic_slicing:
            yield (
                "slicing",
                "departure",
                "Where the bit rate is no multiple of a tier, one lightpath more carries the rest, at the lowest tier that "
                "can.",
            )
        else:
            yield "slicing", "departure", ("Dynamic slicing, too, makes at most max_segments lightpaths of a request.")
    if config.grooming:
        yield (
            "grooming",
            "departure",
            (
                "A lightpath can carry the highest bit rate that its format carries in its slots over its path, so that"
                " there is spare bandwidth to groom; what does not fit on existing lightpaths goes on the same path as "
                "the smallest bit rate that carries it."
            ),
        )
    if config.partial_service:
        yield (
            "partial_service",
            "departure",
            ("The part that was not served counts as blocked bit rate, and the request as served."),
        )


def _signal(config: OpticalConfig) -> Iterator[Departure]:
    """How signals are checked, over which bands and cores."""
    if config.snr_recheck:
        yield (
            "snr_recheck",
            "departure",
            (
                "FUSION stops with a TypeError; every lightpath that the new one may disturb was checked again, and the"
                " new one taken down where any fell below its threshold."
            ),
        )
    if config.snr in ("nli", "crosstalk", "gsnr") and config.guard_slots:
        yield (
            "signal width",
            "kept",
            (
                f"The checks take a lightpath as {config.guard_slots + 1} slots wider than it is, as FUSION passes them "
                "the end of the guard band plus one."
            ),
        )
    if config.snr == "gsnr" and config.s_slots:
        yield (
            "bands",
            "departure",
            (
                "FUSION puts the S band at 185-190 THz, on top of its L band; here it lies above the C band. The closed"
                " form holds up to 15 THz in all, which L, C and S together exceed."
            ),
        )
    if config.snr == "nli" and config.egn:
        yield (
            "egn",
            "departure",
            (
                "The correction is the published one (doi 10.1109/JLT.2014.2387891), with the lightpath's own width as "
                "channel spacing."
            ),
        )
    if config.cores in (13, 19) and (
        config.snr == "crosstalk" or config.xt_noise or "xt_aware" in (config.routing, config.allocation)
    ):
        yield (
            "cores",
            "departure",
            (
                "FUSION's tables make core 6 a neighbour of twelve; here neighbours are the cores at one pitch on the "
                "hexagonal grid."
            ),
        )
