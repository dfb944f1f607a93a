"""When the keys of a spiking config are read: what each neuron model, each input and each network asks for."""

from __future__ import annotations

from quintant.config import Above, All, AnyOf, Condition, Given, In, Is, Meaning, Not, Some

TWO_POPULATIONS = Not(Given("populations"))
EXCITATORY = Meaning(
    "there are excitatory cells",
    AnyOf(All(TWO_POPULATIONS, Above("n_e")), Some("populations", Is("kind", "E"))),
)
INHIBITORY = Meaning(
    "there are inhibitory cells",
    AnyOf(All(TWO_POPULATIONS, Above("n_i")), Some("populations", Is("kind", "I"))),
)
EXCITATION = AnyOf(EXCITATORY, Is("own_spikes.receptor", "ampa"))
INHIBITION = AnyOf(INHIBITORY, Is("own_spikes.receptor", "gaba"))


def block(source: str, target: str) -> Condition:
    """Of the keys of one block of the two-population network."""
    sizes = dict.fromkeys((f"n_{source}", f"n_{target}"))
    return All(TWO_POPULATIONS, *(Above(size) for size in sizes))


# --- weights ---


def _drawn(path: str) -> Condition:
    return AnyOf(Above(f"{path}.std"), Given(f"{path}.p"), Given(f"{path}.sparse_p"))


WEIGHTS_DRAWN = Meaning(
    "weights or connections are drawn",
    AnyOf(
        *(All(TWO_POPULATIONS, _drawn(f"weights_{pair}")) for pair in ("ee", "ei", "ie", "ii")),
        Some("connections", _drawn("weights")),
    ),
)

# --- neuron ---

OF_PAPER = In("neuron_model", "fitzhugh", "izhikevich")
"""Equations without capacitance and leak, as their papers have them."""
MEMBRANE = Not(OF_PAPER)
THRESHOLD = Not(Is("neuron_model", "adex"))
"""AdEx counts a spike at adex_v_peak_mv."""
RESET = In("neuron_model", "lif", "qif", "mqif", "adex")
GATED = In("neuron_model", "hh", "connor_stevens")


def of_model(name: str) -> Condition:
    return Is("neuron_model", name)


def spread(read: Condition) -> Condition:
    """Of a spread over neurons of what is `read`. The contract's generator draws it in any case, one after another."""
    return AnyOf(read, Given("legacy_seed_config"))


SPREAD = Meaning(
    "a parameter has a spread over neurons",
    AnyOf(Above("v_th_spread_mv"), Above("g_leak_spread"), Above("capacitance_spread"), Above("t_ref_spread_ms")),
)

# --- input ---

SPIKE_TRAIN = Is("input_type", "external_spike_train")
CURRENT = Not(SPIKE_TRAIN)
RAMP, SINE, PULSES = Is("input_type", "ramp"), Is("input_type", "sine"), Is("input_type", "pulses")
PULSED = In("input_type", "pulse", "pulses")
CONSTANT = In("input_type", "sine", "pulse", "pulses")
TO_E = All(In("input_population", "all", "e"), EXCITATORY)
TO_I = All(In("input_population", "all", "i"), INHIBITORY)
LEGACY_SINE = All(SINE, Given("legacy_seed_inputs"))
"""The contract's sine draws one block for all neurons, with the larger of both standard deviations."""
NOISE_E, NOISE_I = All(CURRENT, AnyOf(TO_E, LEGACY_SINE)), All(CURRENT, AnyOf(TO_I, LEGACY_SINE))
COMMON_NOISE = All(
    CURRENT,
    AnyOf(
        All(Is("noise_std_e", None), AnyOf(TO_E, LEGACY_SINE)),
        All(Is("noise_std_i", None), AnyOf(TO_I, LEGACY_SINE)),
    ),
)
OU = All(CURRENT, Is("noise", "ou"))
INPUT_DRAWN = AnyOf(SPIKE_TRAIN, Above("noise_std"), Above("noise_std_e"), Above("noise_std_i"))
FLOORED = AnyOf(
    Given("legacy_seed_inputs"), All(CURRENT, AnyOf(Above("noise_std"), Above("noise_std_e"), Above("noise_std_i")))
)
"""What is drawn has a floor; in the contract's arithmetic everything has."""
SUBSET = All(PULSED, Is("targeted_subset_enabled", True))


def reached(population: str, receives: Condition) -> Condition:
    """Of what pulses give to a population."""
    return All(PULSED, receives, AnyOf(Is("targeted_subset_enabled", False), In("target_population", "all", population)))


PULSES_REACH = Meaning("pulses reach a cell", AnyOf(reached("e", TO_E), reached("i", TO_I)))
TRACED = Is("record_traces", True)
