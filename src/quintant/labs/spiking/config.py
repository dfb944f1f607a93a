"""The spiking Config: a network of excitatory and inhibitory neurons, its input, and what is kept of it.

Potentials are in mV, times in ms, rates in Hz. Capacitances, conductances and currents carry no unit in their names:
each neuron model reads them in the consistent set of its own paper. For `lif` that is nF, µS and nA (C / g_L is a time
in ms, I / g_L a potential in mV); read per area it is µF/cm², mS/cm² and µA/cm², as in `hh` and `connor_stevens`.

Random numbers: natively every stream derives from the Run's root seed. The three `legacy_seed_*` keys put the
contract's own generators (MT19937, polar Gaussian) with the contract's own seeds in their place, bit for bit.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import Field

from quintant.config import All, Config, Given, Is, key
from quintant.errors import Problem
from quintant.labs.spiking import conditions as reads
from quintant.labs.spiking.parts import Block, Connection, OwnCurrent, OwnSpikes, Population, Weights

PINGLAB = "Pinglab API default"
HODGKIN = "Hodgkin & Huxley 1952, doi 10.1113/jphysiol.1952.sp004764, rest at -65 mV"
BRETTE = "Brette & Gerstner 2005, doi 10.1152/jn.00686.2005, as Pinglab rounds it"
IZHIKEVICH = "Izhikevich 2003, doi 10.1109/TNN.2003.820440, regular spiking"
FITZHUGH = "FitzHugh 1961, doi 10.1016/S0006-3495(61)86902-6"
CONNOR = "Connor & Stevens 1971, doi 10.1113/jphysiol.1971.sp009366"

NeuronModel = Literal["lif", "hh", "adex", "connor_stevens", "fitzhugh", "mqif", "qif", "izhikevich"]
PerTerm = tuple[float, ...]


class SpikingConfig(Config):
    # --- network ---
    neuron_model: NeuronModel = key(
        "lif", group="Network", essential=True, source=PINGLAB, synonyms=("model", "neuron"),
        says="Which equations every neuron obeys.",
    )  # fmt: skip
    n_e: int = key(
        800, ge=0, le=1_000_000, unit="neurons", group="Network", essential=True, source=PINGLAB, when=reads.TWO_POPULATIONS,
        synonyms=("excitatory", "n_exc"), says="Excitatory neurons of the two-population network.",
    )  # fmt: skip
    n_i: int = key(
        200, ge=0, le=1_000_000, unit="neurons", group="Network", essential=True, source=PINGLAB, when=reads.TWO_POPULATIONS,
        synonyms=("inhibitory", "n_inh"), says="Inhibitory neurons of the two-population network.",
    )  # fmt: skip
    t_ms: float = key(
        1000.0, gt=0, le=10_000_000, unit="ms", group="Network", essential=True, source=PINGLAB, purposes=("input",),
        synonyms=("duration", "duration_ms", "simulation_time", "time"), says="Model time to simulate.",
    )  # fmt: skip
    dt_ms: float = key(
        0.1, gt=0, le=10, unit="ms", group="Network", essential=True, source=PINGLAB, purposes=("input",),
        synonyms=("time_step", "step"), says="Time step.",
    )  # fmt: skip
    integrator: Literal["euler", "exponential_euler", "rk4"] = key(
        "euler", group="Network", synonyms=("solver", "method"),
        says="How the membrane is stepped: forward Euler is the contract's; exponential Euler and RK4 are more accurate.",
    )  # fmt: skip
    precision: Literal["single", "double"] = key(
        "double", group="Network", synonyms=("dtype",),
        says="Arithmetic of the membranes; single is the contract's, for lif with forward Euler only.",
    )  # fmt: skip
    populations: tuple[Population, ...] | None = key(
        None, max_length=100, group="Network", synonyms=("groups",),
        says="Your own populations, E before I, in place of n_e and n_i; connect them with `connections`.",
    )  # fmt: skip
    connections: tuple[Connection, ...] | None = key(
        None, max_length=10_000, group="Network", when=Given("populations"), purposes=("weights",),
        synonyms=("projections", "synapses"),
        says="Projections between your own populations.",
    )  # fmt: skip
    legacy_seed_config: int | None = key(
        None, ge=0, le=2**32 - 1, group="Network", when=reads.SPREAD, purposes=("heterogeneity",),
        says="Seed of the heterogeneity in the contract's own generator (Pinglab `config.seed`); empty: the Run's seed.",
    )  # fmt: skip

    # --- synapses ---
    tau_ampa_ms: float = key(
        2.0, gt=0, le=1000, unit="ms", group="Synapses", source=PINGLAB, when=reads.EXCITATION,
        synonyms=("ampa_decay", "tau_e"), says="Decay time of excitation (AMPA).",
    )  # fmt: skip
    tau_gaba_ms: float = key(
        6.5, gt=0, le=1000, unit="ms", group="Synapses", essential=True, source=PINGLAB, when=reads.INHIBITION,
        synonyms=("gaba_decay", "tau_i"),
        says="Decay time of GABA-A inhibition; longer decay keeps cells silent longer, and gamma slows.",
    )  # fmt: skip
    e_ampa_mv: float = key(
        0.0, unit="mV", group="Synapses", source=PINGLAB, when=reads.EXCITATION, synonyms=("e_exc",),
        says="Reversal potential of excitation.",
    )  # fmt: skip
    e_gaba_mv: float = key(
        -80.0, unit="mV", group="Synapses", source=PINGLAB, when=reads.INHIBITION, synonyms=("e_inh",),
        says="Reversal potential of inhibition.",
    )  # fmt: skip
    delay_ee_ms: float = key(
        0.5, ge=0, le=1000, unit="ms", group="Synapses", source=PINGLAB, when=reads.block("e", "e"), synonyms=("d_ee",),
        says="Delay from E to E, at least one step.",
    )  # fmt: skip
    delay_ei_ms: float = key(
        0.5, ge=0, le=1000, unit="ms", group="Synapses", source=PINGLAB, when=reads.block("e", "i"), synonyms=("d_ei",),
        says="Delay from E to I, at least one step.",
    )  # fmt: skip
    delay_ie_ms: float = key(
        1.2, ge=0, le=1000, unit="ms", group="Synapses", source=PINGLAB, when=reads.block("i", "e"), synonyms=("d_ie",),
        says="Delay from I to E, at least one step.",
    )  # fmt: skip
    delay_ii_ms: float = key(
        0.5, ge=0, le=1000, unit="ms", group="Synapses", source=PINGLAB, when=reads.block("i", "i"), synonyms=("d_ii",),
        says="Delay from I to I, at least one step.",
    )  # fmt: skip

    # --- weights (first letter: source, second: target) ---
    weights_ee: Block = key(
        Weights(mean=0.02), group="Weights", source=PINGLAB, when=reads.block("e", "e"), purposes=("weights",),
        synonyms=("w_ee",),
        says="Weights from E to E: {mean, std}, {p, dist} or {sparse_p, weight, weight_std}.",
    )  # fmt: skip
    weights_ei: Block = key(
        Weights(mean=0.015), group="Weights", essential=True, source=PINGLAB, when=reads.block("e", "i"),
        purposes=("weights",), synonyms=("w_ei",),
        says="Weights from E to I: {mean, std}, {p, dist} or {sparse_p, weight, weight_std}.",
    )  # fmt: skip
    weights_ie: Block = key(
        Weights(mean=0.015), group="Weights", essential=True, source=PINGLAB, when=reads.block("i", "e"),
        purposes=("weights",), synonyms=("w_ie",),
        says="Weights from I to E: {mean, std}, {p, dist} or {sparse_p, weight, weight_std}.",
    )  # fmt: skip
    weights_ii: Block = key(
        Weights(mean=0.02), group="Weights", source=PINGLAB, when=reads.block("i", "i"), purposes=("weights",),
        synonyms=("w_ii",),
        says="Weights from I to I: {mean, std}, {p, dist} or {sparse_p, weight, weight_std}.",
    )  # fmt: skip
    weight_clamp_min: float | None = key(
        0.0, group="Weights", source=PINGLAB, says="Weights below this become this; empty: no bound.",
    )  # fmt: skip
    legacy_seed_weights: int | None = key(
        None, ge=0, le=2**32 - 1, group="Weights", when=reads.WEIGHTS_DRAWN, purposes=("weights",),
        says="Seed of the weights in the contract's own generator (Pinglab `weights.seed`); empty: the Run's seed.",
    )  # fmt: skip

    # --- neuron ---
    v_init_mv: float = key(
        -65.0, unit="mV", group="Neuron", source=PINGLAB, synonyms=("initial_potential",),
        says="Membrane potential at the start.",
    )  # fmt: skip
    e_leak_mv: float = key(
        -65.0, unit="mV", group="Neuron", source=PINGLAB, when=reads.MEMBRANE, synonyms=("resting_potential", "e_l"),
        says="Leak reversal potential E_L.",
    )  # fmt: skip
    v_th_mv: float = key(
        -50.0, unit="mV", group="Neuron", source=PINGLAB, when=reads.THRESHOLD, synonyms=("threshold",),
        says="Threshold; reaching it is a spike.",
    )  # fmt: skip
    v_reset_mv: float = key(
        -65.0, unit="mV", group="Neuron", source=PINGLAB, when=reads.RESET, synonyms=("reset",),
        says="Potential after a spike.",
    )  # fmt: skip
    capacitance_e: float = key(
        1.0, gt=0, unit="nF", group="Neuron", source=PINGLAB, when=All(reads.MEMBRANE, reads.EXCITATORY), synonyms=("c_m_e",),
        says="Membrane capacitance of E cells.",
    )  # fmt: skip
    capacitance_i: float = key(
        1.0, gt=0, unit="nF", group="Neuron", source=PINGLAB, when=All(reads.MEMBRANE, reads.INHIBITORY), synonyms=("c_m_i",),
        says="Membrane capacitance of I cells.",
    )  # fmt: skip
    g_leak_e: float = key(
        0.05, gt=0, unit="µS", group="Neuron", source=PINGLAB, when=All(reads.MEMBRANE, reads.EXCITATORY), synonyms=("g_l_e",),
        says="Leak conductance of E cells.",
    )  # fmt: skip
    g_leak_i: float = key(
        0.1, gt=0, unit="µS", group="Neuron", source=PINGLAB, when=All(reads.MEMBRANE, reads.INHIBITORY), synonyms=("g_l_i",),
        says="Leak conductance of I cells.",
    )  # fmt: skip
    t_ref_e_ms: float = key(
        3.0, ge=0, le=1000, unit="ms", group="Neuron", source=PINGLAB, when=reads.EXCITATORY, synonyms=("refractory_e",),
        says="Refractory time of E cells, at least one step.",
    )  # fmt: skip
    t_ref_i_ms: float = key(
        1.5, ge=0, le=1000, unit="ms", group="Neuron", source=PINGLAB, when=reads.INHIBITORY, synonyms=("refractory_i",),
        says="Refractory time of I cells, at least one step.",
    )  # fmt: skip
    g_leak_spread: float = key(
        0.15, ge=0, le=10, group="Neuron", source=PINGLAB, when=reads.spread(reads.MEMBRANE), purposes=("heterogeneity",),
        says="Relative standard deviation of the leak over neurons.",
    )  # fmt: skip
    capacitance_spread: float = key(
        0.10, ge=0, le=10, group="Neuron", source=PINGLAB, when=reads.spread(reads.MEMBRANE), purposes=("heterogeneity",),
        says="Relative standard deviation of the capacitance over neurons.",
    )  # fmt: skip
    v_th_spread_mv: float = key(
        1.2, ge=0, le=100, unit="mV", group="Neuron", source=PINGLAB, when=reads.spread(reads.THRESHOLD),
        purposes=("heterogeneity",), says="Standard deviation of the threshold over neurons.",
    )  # fmt: skip
    t_ref_spread_ms: float = key(
        0.3, ge=0, le=100, unit="ms", group="Neuron", source=PINGLAB, purposes=("heterogeneity",),
        says="Standard deviation of the refractory time over neurons.",
    )  # fmt: skip

    # --- parameters of single neuron models ---
    g_na: float = key(
        120.0, ge=0, unit="mS/cm²", group="Neuron model", source=HODGKIN, when=reads.GATED,
        says="Sodium conductance.",
    )  # fmt: skip
    g_k: float = key(
        36.0, ge=0, unit="mS/cm²", group="Neuron model", source=HODGKIN, when=reads.GATED,
        says="Potassium conductance.",
    )  # fmt: skip
    e_na_mv: float = key(
        50.0, unit="mV", group="Neuron model", source=HODGKIN, when=reads.GATED,
        says="Sodium reversal potential.",
    )  # fmt: skip
    e_k_mv: float = key(
        -77.0, unit="mV", group="Neuron model", source=HODGKIN, when=reads.GATED,
        says="Potassium reversal potential.",
    )  # fmt: skip
    adex_v_t_mv: float = key(
        -50.0, unit="mV", group="Neuron model", source=BRETTE, when=reads.of_model("adex"),
        says="AdEx: where the exponential sets in, V_T.",
    )  # fmt: skip
    adex_delta_t_mv: float = key(
        2.0, gt=0, unit="mV", group="Neuron model", source=BRETTE, when=reads.of_model("adex"), synonyms=("slope_factor",),
        says="AdEx: slope factor of the exponential.",
    )  # fmt: skip
    adex_tau_w_ms: float = key(
        100.0, gt=0, unit="ms", group="Neuron model", source=BRETTE, when=reads.of_model("adex"), synonyms=("tau_w",),
        says="AdEx: time constant of the adaptation.",
    )  # fmt: skip
    adex_a: float = key(
        2.0, unit="nS", group="Neuron model", source=BRETTE, when=reads.of_model("adex"),
        says="AdEx: subthreshold adaptation.",
    )  # fmt: skip
    adex_b: float = key(
        60.0, unit="pA", group="Neuron model", source=BRETTE, when=reads.of_model("adex"),
        says="AdEx: jump of the adaptation at a spike.",
    )  # fmt: skip
    adex_v_peak_mv: float = key(
        20.0, unit="mV", group="Neuron model", source=BRETTE, when=reads.of_model("adex"),
        says="AdEx: where a spike is counted and cut.",
    )  # fmt: skip
    g_a: float = key(
        47.7, ge=0, unit="mS/cm²", group="Neuron model", source=CONNOR, when=reads.of_model("connor_stevens"),
        says="Connor-Stevens: conductance of the A current.",
    )  # fmt: skip
    fhn_a: float = key(0.7, group="Neuron model", source=FITZHUGH, when=reads.of_model("fitzhugh"), says="FitzHugh-Nagumo's a.")
    fhn_b: float = key(0.8, group="Neuron model", source=FITZHUGH, when=reads.of_model("fitzhugh"), says="FitzHugh-Nagumo's b.")
    fhn_tau_w: float = key(
        12.5, gt=0, group="Neuron model", source=FITZHUGH, when=reads.of_model("fitzhugh"),
        says="FitzHugh-Nagumo's time scale of recovery.",
    )  # fmt: skip
    mqif_a: PerTerm = key(
        (0.02,), max_length=16, group="Neuron model", source=PINGLAB, when=reads.of_model("mqif"),
        says="Coefficient of each quadratic term of V.",
    )  # fmt: skip
    mqif_v_r_mv: PerTerm = key(
        (-55.0,), max_length=16, unit="mV", group="Neuron model", source=PINGLAB, when=reads.of_model("mqif"),
        says="Where each quadratic term of V vanishes.",
    )  # fmt: skip
    mqif_w_a: PerTerm = key(
        (0.02,), max_length=16, group="Neuron model", source=PINGLAB, when=reads.of_model("mqif"),
        says="Coefficient of each adaptation.",
    )  # fmt: skip
    mqif_w_v_r_mv: PerTerm = key(
        (-55.0,), max_length=16, unit="mV", group="Neuron model", source=PINGLAB, when=reads.of_model("mqif"),
        says="Where each adaptation vanishes.",
    )  # fmt: skip
    mqif_w_tau_ms: PerTerm = key(
        (100.0,), max_length=16, unit="ms", group="Neuron model", source=PINGLAB, when=reads.of_model("mqif"),
        says="Time constant of each adaptation.",
    )  # fmt: skip
    qif_a: float = key(
        1.0, group="Neuron model", source=PINGLAB, when=reads.of_model("qif"), says="Coefficient of the quadratic term.",
    )  # fmt: skip
    qif_v_r_mv: float = key(
        -60.0, unit="mV", group="Neuron model", source=PINGLAB, when=reads.of_model("qif"),
        says="Lower zero of the quadratic term.",
    )  # fmt: skip
    qif_v_t_mv: float = key(
        -45.0, unit="mV", group="Neuron model", source=PINGLAB, when=reads.of_model("qif"),
        says="Upper zero of the quadratic term.",
    )  # fmt: skip
    izh_a: float = key(
        0.02, group="Neuron model", source=IZHIKEVICH, when=reads.of_model("izhikevich"),
        says="Izhikevich's a: speed of recovery.",
    )  # fmt: skip
    izh_b: float = key(
        0.2, group="Neuron model", source=IZHIKEVICH, when=reads.of_model("izhikevich"),
        says="Izhikevich's b: coupling of recovery to V.",
    )  # fmt: skip
    izh_c_mv: float = key(
        -65.0, unit="mV", group="Neuron model", source=IZHIKEVICH, when=reads.of_model("izhikevich"),
        says="Izhikevich's c: reset of V.",
    )  # fmt: skip
    izh_d: float = key(
        8.0, group="Neuron model", source=IZHIKEVICH, when=reads.of_model("izhikevich"),
        says="Izhikevich's d: jump of recovery at a spike.",
    )  # fmt: skip

    # --- input ---
    input_type: Literal["ramp", "sine", "external_spike_train", "pulse", "pulses"] = key(
        "ramp", group="Input", essential=True, source=PINGLAB, purposes=("input",), synonyms=("stimulus",),
        says="Shape of the input current of every neuron.",
    )  # fmt: skip
    input_population: Literal["all", "e", "i"] = key(
        "e", group="Input", source=PINGLAB, when=reads.CURRENT, purposes=("input",),
        says="Who receives it; the others get none, pulses included. external_spike_train always goes to E.",
    )  # fmt: skip
    drive_e_start: float = key(
        0.7, unit="nA", group="Input", essential=True, source=PINGLAB, when=All(reads.RAMP, reads.TO_E), purposes=("input",),
        says="Input of E cells at the start of the ramp.",
    )  # fmt: skip
    drive_e_end: float = key(
        0.7, unit="nA", group="Input", essential=True, source=PINGLAB, when=All(reads.RAMP, reads.TO_E), purposes=("input",),
        says="Input of E cells at the end of the ramp.",
    )  # fmt: skip
    drive_i_start: float = key(
        0.7, unit="nA", group="Input", source=PINGLAB, when=All(reads.RAMP, reads.TO_I), purposes=("input",),
        says="Input of I cells at the start of the ramp.",
    )  # fmt: skip
    drive_i_end: float = key(
        0.7, unit="nA", group="Input", source=PINGLAB, when=All(reads.RAMP, reads.TO_I), purposes=("input",),
        says="Input of I cells at the end of the ramp.",
    )  # fmt: skip
    drive_e_base: float = key(
        0.7, unit="nA", group="Input", source=PINGLAB, when=All(reads.CONSTANT, reads.TO_E), purposes=("input",),
        synonyms=("drive_e", "i_ext_e", "input_e"),
        says="Constant input of E cells.",
    )  # fmt: skip
    drive_i_base: float = key(
        0.7, unit="nA", group="Input", source=PINGLAB, when=All(reads.CONSTANT, reads.TO_I), purposes=("input",),
        synonyms=("drive_i", "i_ext_i", "input_i"),
        says="Constant input of I cells.",
    )  # fmt: skip
    noise: Literal["per_step", "white", "ou"] = key(
        "per_step", group="Input", source=PINGLAB, when=reads.CURRENT, purposes=("input",), synonyms=("noise_type",),
        says="per_step: independent each step, so its power depends on dt (the contract's). white: the same power at every dt, "
        "noise_std is that of dt = 0.1 ms. ou: Ornstein-Uhlenbeck with noise_tau_ms, noise_std is stationary.",
    )  # fmt: skip
    noise_std: float = key(
        0.5, ge=0, unit="nA", group="Input", essential=True, source=PINGLAB, when=reads.COMMON_NOISE, purposes=("input",),
        synonyms=("noise_sigma", "sigma"), says="Standard deviation of the input noise.",
    )  # fmt: skip
    noise_std_e: float | None = key(
        None, ge=0, unit="nA", group="Input", when=reads.NOISE_E, purposes=("input",),
        says="The same for E cells; empty: noise_std.",
    )  # fmt: skip
    noise_std_i: float | None = key(
        None, ge=0, unit="nA", group="Input", when=reads.NOISE_I, purposes=("input",),
        says="The same for I cells; empty: noise_std.",
    )  # fmt: skip
    noise_tau_ms: float = key(
        5.0, gt=0, unit="ms", group="Input", when=reads.OU, purposes=("input",), synonyms=("ou_tau", "tau_noise"),
        says="Correlation time of the noise.",
    )  # fmt: skip
    input_floor: float | None = key(
        0.0, unit="nA", group="Input", source=PINGLAB, when=reads.FLOORED, purposes=("input",),
        says="Noise does not carry the input below this (which raises its mean); input of your own that is below it stays. "
        "Empty: no floor. With legacy_seed_inputs all input is cut there, as in the contract.",
    )  # fmt: skip
    sine_freq_hz: float = key(
        5.0, unit="Hz", group="Input", source=PINGLAB, when=reads.SINE, purposes=("input",), synonyms=("sine_frequency",),
        says="Frequency of the sine.",
    )  # fmt: skip
    sine_amp: float = key(
        2.0, unit="nA", group="Input", source=PINGLAB, when=reads.SINE, purposes=("input",), synonyms=("sine_amplitude",),
        says="Amplitude of the sine.",
    )  # fmt: skip
    sine_y_offset: float = key(
        0.0, unit="nA", group="Input", source=PINGLAB, when=reads.SINE, purposes=("input",), says="Added to the base.",
    )  # fmt: skip
    sine_phase_rad: float = key(
        0.0, unit="rad", group="Input", source=PINGLAB, when=reads.SINE, purposes=("input",), says="Phase of the sine.",
    )  # fmt: skip
    sine_phase_offset_i_rad: float = key(
        0.0, unit="rad", group="Input", source=PINGLAB, when=All(reads.SINE, reads.TO_I), purposes=("input",),
        says="Phase of the sine of I cells relative to that of E.",
    )  # fmt: skip
    lambda0_hz: float = key(
        30.0, unit="Hz", group="Input", source=PINGLAB, when=reads.SPIKE_TRAIN, purposes=("input",),
        synonyms=("input_rate", "poisson_rate"),
        says="Mean rate of each source of input spikes.",
    )  # fmt: skip
    mod_depth: float = key(
        0.5, group="Input", source=PINGLAB, when=reads.SPIKE_TRAIN, purposes=("input",), synonyms=("modulation_depth",),
        says="Depth of the rate's modulation.",
    )  # fmt: skip
    envelope_freq_hz: float = key(
        5.0, unit="Hz", group="Input", source=PINGLAB, when=reads.SPIKE_TRAIN, purposes=("input",),
        synonyms=("modulation_frequency",),
        says="Frequency of the rate's modulation.",
    )  # fmt: skip
    phase_rad: float = key(
        0.0, unit="rad", group="Input", source=PINGLAB, when=reads.SPIKE_TRAIN, purposes=("input",),
        says="Phase of the rate's modulation.",
    )  # fmt: skip
    w_in: float = key(
        0.25, unit="nA", group="Input", source=PINGLAB, when=reads.SPIKE_TRAIN, purposes=("input",), synonyms=("input_weight",),
        says="Current that one input spike adds.",
    )  # fmt: skip
    tau_in_ms: float = key(
        3.0, unit="ms", group="Input", source=PINGLAB, when=reads.SPIKE_TRAIN, purposes=("input",), synonyms=("input_decay",),
        says="Decay time of the current of an input spike.",
    )  # fmt: skip
    pulse_t_ms: float = key(
        200.0, unit="ms", group="Input", source=PINGLAB, when=reads.PULSES_REACH, purposes=("input",),
        synonyms=("pulse_onset",), says="Onset of the first pulse.",
    )  # fmt: skip
    pulse_width_ms: float = key(
        20.0, unit="ms", group="Input", source=PINGLAB, when=reads.PULSES_REACH, purposes=("input",),
        synonyms=("pulse_duration",), says="Length of a pulse.",
    )  # fmt: skip
    pulse_interval_ms: float = key(
        100.0, unit="ms", group="Input", source=PINGLAB, when=All(reads.PULSES, reads.PULSES_REACH),
        purposes=("input",), synonyms=("pulse_period",), says="From the onset of a pulse to that of the next.",
    )  # fmt: skip
    pulse_amp_e: float = key(
        1.0, unit="nA", group="Input", source=PINGLAB, when=reads.reached("e", reads.TO_E), purposes=("input",),
        synonyms=("pulse_amplitude_e",),
        says="What a pulse adds to E cells.",
    )  # fmt: skip
    pulse_amp_i: float = key(
        1.0, unit="nA", group="Input", source=PINGLAB, when=reads.reached("i", reads.TO_I), purposes=("input",),
        synonyms=("pulse_amplitude_i",),
        says="What a pulse adds to I cells.",
    )  # fmt: skip
    targeted_subset_enabled: bool = key(
        False, group="Input", source=PINGLAB, when=reads.PULSED, purposes=("input",),
        says="Whether pulses reach only a part of the cells.",
    )  # fmt: skip
    target_population: Literal["all", "e", "i"] = key(
        "all", group="Input", source=PINGLAB, when=reads.SUBSET, purposes=("input",),
        says="Of which population the part that pulses reach is taken.",
    )  # fmt: skip
    target_strategy: Literal["random", "first"] = key(
        "random", group="Input", source=PINGLAB, when=reads.SUBSET, purposes=("input",),
        says="Whether that part is drawn at random, or has the lowest ids.",
    )  # fmt: skip
    target_fraction: float = key(
        1.0, ge=0, le=1, group="Input", source=PINGLAB, when=reads.SUBSET, purposes=("input",),
        says="How large that part is.",
    )  # fmt: skip
    target_seed: int = key(
        0, ge=0, group="Input", source=PINGLAB, when=All(reads.SUBSET, Is("target_strategy", "random")), purposes=("input",),
        says="Seed of the random choice (PCG64; I cells use the next seed).",
    )  # fmt: skip
    legacy_seed_inputs: int | None = key(
        None, ge=0, le=2**32 - 1, group="Input", when=reads.INPUT_DRAWN, purposes=("input",),
        says="Seed of the input in the contract's own generator (Pinglab `inputs.seed`); empty: the Run's seed.",
    )  # fmt: skip
    own_spikes: OwnSpikes | None = key(
        None, group="Input", synonyms=("spike_times",), files=(".arrow", ".csv", ".feather", ".nwb"),
        says="Input spikes of your own, beside the input above.",
    )  # fmt: skip
    own_current: OwnCurrent | None = key(
        None, group="Input", synonyms=("current",), files=(".arrow", ".csv", ".feather"),
        says="Input current of your own, added to the input above.",
    )  # fmt: skip

    # --- measurement ---
    burn_in_ms: float = key(
        200.0, ge=0, unit="ms", group="Measurement", source=PINGLAB, synonyms=("warmup", "burn_in", "discard"),
        says="Left out of rates, ISI, correlations and the spectrum; never out of the spikes.",
    )  # fmt: skip
    analyse: bool = key(
        True, group="Measurement", synonyms=("analyze", "analysis"),
        says="Compute the rhythm's metrics; false keeps counts and count rates only.",
    )  # fmt: skip

    # --- recording ---
    record_traces: bool = key(
        True, group="Recording", synonyms=("traces", "record_v"),
        says="Keep V, g_e and g_i of the recorded neurons.",
    )  # fmt: skip
    record_neurons: tuple[Annotated[int, Field(ge=0)], ...] | None = key(
        None, max_length=1000, group="Recording", when=reads.TRACED, synonyms=("recorded_neurons",),
        says="Recorded neurons by id; empty: the first E and the first I cell.",
    )  # fmt: skip
    record_every_ms: float | None = key(
        None, gt=0, unit="ms", group="Recording", when=reads.TRACED, synonyms=("record_interval",),
        says="Interval of the traces; empty: every step.",
    )  # fmt: skip
    record_input: bool = key(True, group="Recording", says="Keep the mean input of each population at every step.")
    record_lfp: bool = key(
        False, group="Recording", source="Mazzoni et al. 2015, doi 10.1371/journal.pcbi.1004584", synonyms=("lfp",),
        says="Keep a proxy of the local field potential: weighted synaptic currents of E cells.",
    )  # fmt: skip

    def check(self) -> Iterable[Problem]:
        from quintant.labs.spiking.rules import broken

        return broken(self)

    def warnings(self) -> Iterable[Problem]:
        from quintant.labs.spiking.doubts import doubtful

        return doubtful(self)
