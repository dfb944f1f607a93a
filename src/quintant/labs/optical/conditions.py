"""When the keys of an optical config are read: what each mode, routing, demand and signal check asks for."""

from __future__ import annotations

from quintant.config import Above, All, AnyOf, Given, In, Is, Meaning, Not

STEADY, REPLAY = Is("mode", "steady"), Is("mode", "replay")
FORMATS = Not(Is("demand.kind", "slots"))
"""Demands in slots have no modulation and no reach."""
BY_EFFICIENCY = Meaning(
    "slots are computed from a spectral efficiency",
    All(FORMATS, Is("fixed_grid", False), AnyOf(Is("modulations", "deeprmsa"), Given("modulations.0"))),
)
SEVERAL_BANDS = AnyOf(Above("l_slots"), Above("s_slots"), Above("o_slots"), Above("e_slots"))
SEVERAL_CORES = Above("cores", 1)

# --- routing ---

NLI_ROUTING, CROSSTALK_ROUTING = Is("routing", "nli_aware"), Is("routing", "xt_aware")
SEVERAL_PATHS = In("routing", "k_shortest_path", "congestion_aware", "external_ksp")
"""The others find one path for a request, or a pair of them, and find it themselves."""
LISTED_PATHS = In("routing", "k_shortest_path", "shortest_path", "congestion_aware", "external_ksp")
"""Paths that were listed before the first request."""
TIED_PATHS = All(LISTED_PATHS, Not(Is("path_order", "xlron_2025")))
"""The order of the tables has a rule of its own for equal paths."""
WEIGHED_LENGTH = AnyOf(NLI_ROUTING, All(CROSSTALK_ROUTING, Is("xt_type", "with_length")))

# --- service ---

SLICED = Above("max_segments", 1)
PROTECTED = Meaning("paths are protected", AnyOf(Not(Is("protection", "none")), Is("routing", "1plus1_protection")))
FAILED = Given("failure")

# --- signal quality ---

CHECKED, NLI_CHECK = Not(Is("snr", "none")), Is("snr", "nli")
RECHECKED = All(CHECKED, Is("snr_recheck", True))
LAUNCHED = AnyOf(In("snr", "nli", "gsnr"), NLI_ROUTING)
EGN_FACTORS = AnyOf(All(Is("snr", "gsnr"), Not(SEVERAL_BANDS)), All(NLI_CHECK, Is("egn", True)))
"""The formula for several bands (ISRS) has no such factor."""
CHANNELS = AnyOf(BY_EFFICIENCY, In("snr", "nli", "gsnr"), NLI_ROUTING)
"""Where the width of a slot is needed: for the slots of a rate, or for the channels of the signal checks."""
