"""When the keys of a chip config and of its parts are read. Paths of parts begin at the part; with a slash, at the config."""

from __future__ import annotations

from quintant.config import Above, All, AnyOf, Given, In, Is, Meaning, Not, Some

# --- of a population ---

LINEAR, LEAKY, CUBA = Is("model", "linear"), In("model", "decay", "cuba"), Is("model", "cuba")
SPIKING = Meaning("its neurons fire", AnyOf(LINEAR, Is("spiking", True)))
FIRING = All(LEAKY, Is("spiking", True))
RESET = All(FIRING, In("reset", "zero", "subtract", "clear"))
NOISY = Is("/noise", True)
LEARNING = Not(Is("/plasticity", "off"))
TRACED = AnyOf(LEARNING, Given("/probes"))
"""A trace is kept where learning reads it, or a probe."""
BRANCHES = All(Some("/connections", Above("compartment")), Not(Is("/dendrites", False)))

# --- of a connection ---

EXPLICIT = Is("topology", "explicit")
DRAWN = In("topology", "random_sparse", "fixed_fan_in", "fixed_fan_out")
ONE_DELAY = Is("synapses.delays", None)
PLASTIC = All(LEARNING, Is("plastic", True))

# --- of a stimulus ---

SPREAD_OUT = Not(Given("events"))

# --- of the config ---

WIRING_DRAWN = Meaning("a connection without a seed of its own is drawn", Some("connections", All(DRAWN, Is("seed", None))))
