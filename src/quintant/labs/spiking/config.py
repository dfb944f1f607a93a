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

from pydantic import BaseModel, ConfigDict, Field

from quintant.config import Config, key
from quintant.errors import Problem

PINGLAB = "Pinglab API default"
HODGKIN = "Hodgkin & Huxley 1952, doi 10.1113/jphysiol.1952.sp004764, rest at -65 mV"
BRETTE = "Brette & Gerstner 2005, doi 10.1152/jn.00686.2005, as Pinglab rounds it"
IZHIKEVICH = "Izhikevich 2003, doi 10.1109/TNN.2003.820440, regular spiking"
FITZHUGH = "FitzHugh 1961, doi 10.1016/S0006-3495(61)86902-6"
CONNOR = "Connor & Stevens 1971, doi 10.1113/jphysiol.1971.sp009483"

NeuronModel = Literal["lif", "hh", "adex", "connor_stevens", "fitzhugh", "mqif", "qif", "izhikevich"]
Distribution = Literal["normal", "lognormal", "gamma", "exponential"]
PerTerm = tuple[float, ...]


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Weights(Part):
    """Weights of one block: every pair connected, each weight normal(mean, std). Divided by sqrt(number of sources)."""

    mean: float = Field(description="Mean total-like weight, before the division by sqrt(sources).")
    std: float = Field(default=0.0, ge=0, description="Standard deviation of a weight.")


class Spread(Part):
    """A named distribution with its parameters: normal(mean, std), lognormal(mean, sigma), gamma(shape, scale or rate),
    exponential(scale or rate). What is not given is 0 for mean and 1 for the others."""

    name: Distribution = "normal"
    params: dict[Literal["mean", "std", "sigma", "shape", "scale", "rate"], float] = Field(default_factory=dict)


class SampledWeights(Part):
    """Weights of one block where each pair is connected with probability p and its weight follows `dist`.
    Divided by sqrt(number of sources), whatever p."""

    p: float = Field(ge=0, le=1, description="Probability that a pair is connected.")
    dist: Spread = Field(default_factory=Spread)


class SparseWeights(Part):
    """Weights of one block where each target has about p of the sources, drawn and kept in memory linear in synapses.
    Each weight is normal(mean, std), clipped at weight_clamp_min, and used as it stands (no division)."""

    sparse_p: float = Field(ge=0, le=1, description="Probability that a pair is connected.")
    weight: float = Field(description="Mean weight of a synapse, as it is added to the conductance.")
    weight_std: float = Field(default=0.0, ge=0)


Block = Weights | SampledWeights | SparseWeights


class Population(Part):
    """A population of your own network. What is not given follows the keys of the config for its kind (E or I)."""

    name: str = Field(min_length=1, max_length=40)
    kind: Literal["E", "I"]
    size: int = Field(ge=1, le=1_000_000)
    capacitance: float | None = Field(default=None, gt=0)
    g_leak: float | None = Field(default=None, gt=0)
    t_ref_ms: float | None = Field(default=None, ge=0)
    drive: float | None = Field(default=None, description="Constant input that is added to the input of its kind.")


class Connection(Part):
    """One projection of your own network, from a population to a population."""

    source: str
    target: str
    weights: Block
    delay_ms: float = Field(default=0.5, gt=0, le=1000)


class OwnSpikes(Part):
    """Your own input spikes: at times_ms[i], `weight` is added to the conductance of neurons[i]."""

    times_ms: tuple[Annotated[float, Field(ge=0)], ...]
    neurons: tuple[Annotated[int, Field(ge=0)], ...]
    weight: float = Field(default=0.1, gt=0)
    receptor: Literal["ampa", "gaba"] = "ampa"


class OwnCurrent(Part):
    """Your own input current: the value of column k holds from times_ms[k] until the next; zero before the first.
    One row of `values` for all its neurons, or one row per neuron."""

    times_ms: tuple[Annotated[float, Field(ge=0)], ...] = Field(min_length=1)
    values: tuple[tuple[float, ...], ...] = Field(min_length=1)
    neurons: tuple[Annotated[int, Field(ge=0)], ...] | Literal["e", "i", "all"] = "all"


class SpikingConfig(Config):
    # --- network ---
    neuron_model: NeuronModel = key(
        "lif", group="Network", essential=True, source=PINGLAB, says="Which equations every neuron obeys."
    )
    n_e: int = key(
        800,
        ge=0,
        le=1_000_000,
        unit="neurons",
        group="Network",
        essential=True,
        source=PINGLAB,
        says="Excitatory neurons of the two-population network; `populations` replaces it.",
    )
    n_i: int = key(
        200,
        ge=0,
        le=1_000_000,
        unit="neurons",
        group="Network",
        essential=True,
        source=PINGLAB,
        says="Inhibitory neurons of the two-population network; `populations` replaces it.",
    )
    t_ms: float = key(
        1000.0, gt=0, le=10_000_000, unit="ms", group="Network", essential=True, source=PINGLAB, says="Model time to simulate."
    )
    dt_ms: float = key(0.1, gt=0, le=10, unit="ms", group="Network", essential=True, source=PINGLAB, says="Time step.")
    integrator: Literal["euler", "exponential_euler", "rk4"] = key(
        "euler",
        group="Network",
        says="How the membrane is stepped: forward Euler is the contract's; exponential Euler and RK4 are more accurate.",
    )
    precision: Literal["single", "double"] = key(
        "double",
        group="Network",
        says="Arithmetic of the membranes; single is the contract's, for lif with forward Euler only.",
    )
    populations: tuple[Population, ...] | None = key(
        None,
        group="Network",
        max_length=100,
        says="Your own populations, E before I, in place of n_e and n_i; connect them with `connections`.",
    )
    connections: tuple[Connection, ...] | None = key(
        None,
        group="Network",
        max_length=10_000,
        says="Projections between your own populations.",
    )
    legacy_seed_config: int | None = key(
        None,
        ge=0,
        le=2**32 - 1,
        group="Network",
        says="Seed of the heterogeneity in the contract's own generator (Pinglab `config.seed`); empty: the Run's seed.",
    )

    # --- synapses ---
    tau_ampa_ms: float = key(
        2.0, gt=0, le=1000, unit="ms", group="Synapses", source=PINGLAB, says="Decay time of excitation (AMPA)."
    )
    tau_gaba_ms: float = key(
        6.5,
        gt=0,
        le=1000,
        unit="ms",
        group="Synapses",
        essential=True,
        source=PINGLAB,
        says="Decay time of GABA-A inhibition; longer decay keeps cells silent longer, and gamma slows.",
    )
    e_ampa_mv: float = key(0.0, unit="mV", group="Synapses", source=PINGLAB, says="Reversal potential of excitation.")
    e_gaba_mv: float = key(
        -80.0,
        unit="mV",
        group="Synapses",
        source=PINGLAB,
        says="Reversal potential of inhibition.",
    )
    delay_ee_ms: float = key(
        0.5,
        ge=0,
        le=1000,
        unit="ms",
        group="Synapses",
        source=PINGLAB,
        says="Delay from E to E, at least one step.",
    )
    delay_ei_ms: float = key(
        0.5,
        ge=0,
        le=1000,
        unit="ms",
        group="Synapses",
        source=PINGLAB,
        says="Delay from E to I, at least one step.",
    )
    delay_ie_ms: float = key(
        1.2,
        ge=0,
        le=1000,
        unit="ms",
        group="Synapses",
        source=PINGLAB,
        says="Delay from I to E, at least one step.",
    )
    delay_ii_ms: float = key(
        0.5,
        ge=0,
        le=1000,
        unit="ms",
        group="Synapses",
        source=PINGLAB,
        says="Delay from I to I, at least one step.",
    )

    # --- weights (first letter: source, second: target) ---
    weights_ee: Block = key(
        Weights(mean=0.02),
        group="Weights",
        source=PINGLAB,
        says="Weights from E to E: {mean, std}, {p, dist} or {sparse_p, weight, weight_std}.",
    )
    weights_ei: Block = key(
        Weights(mean=0.015),
        group="Weights",
        source=PINGLAB,
        essential=True,
        says="Weights from E to I: {mean, std}, {p, dist} or {sparse_p, weight, weight_std}.",
    )
    weights_ie: Block = key(
        Weights(mean=0.015),
        group="Weights",
        source=PINGLAB,
        essential=True,
        says="Weights from I to E: {mean, std}, {p, dist} or {sparse_p, weight, weight_std}.",
    )
    weights_ii: Block = key(
        Weights(mean=0.02),
        group="Weights",
        source=PINGLAB,
        says="Weights from I to I: {mean, std}, {p, dist} or {sparse_p, weight, weight_std}.",
    )
    weight_clamp_min: float | None = key(
        0.0, group="Weights", source=PINGLAB, says="Weights below this become this; empty: no bound."
    )
    legacy_seed_weights: int | None = key(
        None,
        ge=0,
        le=2**32 - 1,
        group="Weights",
        says="Seed of the weights in the contract's own generator (Pinglab `weights.seed`); empty: the Run's seed.",
    )

    # --- neuron ---
    v_init_mv: float = key(-65.0, unit="mV", group="Neuron", source=PINGLAB, says="Membrane potential at the start.")
    e_leak_mv: float = key(-65.0, unit="mV", group="Neuron", source=PINGLAB, says="Leak reversal potential E_L.")
    v_th_mv: float = key(-50.0, unit="mV", group="Neuron", source=PINGLAB, says="Threshold; reaching it is a spike.")
    v_reset_mv: float = key(-65.0, unit="mV", group="Neuron", source=PINGLAB, says="Potential after a spike.")
    capacitance_e: float = key(
        1.0,
        gt=0,
        unit="nF",
        group="Neuron",
        source=PINGLAB,
        says="Membrane capacitance of E cells.",
    )
    capacitance_i: float = key(
        1.0,
        gt=0,
        unit="nF",
        group="Neuron",
        source=PINGLAB,
        says="Membrane capacitance of I cells.",
    )
    g_leak_e: float = key(0.05, gt=0, unit="µS", group="Neuron", source=PINGLAB, says="Leak conductance of E cells.")
    g_leak_i: float = key(0.1, gt=0, unit="µS", group="Neuron", source=PINGLAB, says="Leak conductance of I cells.")
    t_ref_e_ms: float = key(
        3.0,
        ge=0,
        le=1000,
        unit="ms",
        group="Neuron",
        source=PINGLAB,
        says="Refractory time of E cells, at least one step.",
    )
    t_ref_i_ms: float = key(
        1.5,
        ge=0,
        le=1000,
        unit="ms",
        group="Neuron",
        source=PINGLAB,
        says="Refractory time of I cells, at least one step.",
    )
    g_leak_spread: float = key(
        0.15,
        ge=0,
        le=10,
        group="Neuron",
        source=PINGLAB,
        says="Relative standard deviation of the leak over neurons.",
    )
    capacitance_spread: float = key(
        0.10,
        ge=0,
        le=10,
        group="Neuron",
        source=PINGLAB,
        says="Relative standard deviation of the capacitance over neurons.",
    )
    v_th_spread_mv: float = key(
        1.2,
        ge=0,
        le=100,
        unit="mV",
        group="Neuron",
        source=PINGLAB,
        says="Standard deviation of the threshold over neurons.",
    )
    t_ref_spread_ms: float = key(
        0.3,
        ge=0,
        le=100,
        unit="ms",
        group="Neuron",
        source=PINGLAB,
        says="Standard deviation of the refractory time over neurons.",
    )

    # --- parameters of single neuron models ---
    g_na: float = key(
        120.0,
        ge=0,
        unit="mS/cm²",
        group="Neuron model",
        source=HODGKIN,
        says="Sodium conductance (hh, connor_stevens).",
    )
    g_k: float = key(
        36.0,
        ge=0,
        unit="mS/cm²",
        group="Neuron model",
        source=HODGKIN,
        says="Potassium conductance (hh, connor_stevens).",
    )
    e_na_mv: float = key(
        50.0,
        unit="mV",
        group="Neuron model",
        source=HODGKIN,
        says="Sodium reversal potential (hh, connor_stevens).",
    )
    e_k_mv: float = key(
        -77.0,
        unit="mV",
        group="Neuron model",
        source=HODGKIN,
        says="Potassium reversal potential (hh, connor_stevens).",
    )
    adex_v_t_mv: float = key(
        -50.0,
        unit="mV",
        group="Neuron model",
        source=BRETTE,
        says="AdEx: where the exponential sets in, V_T.",
    )
    adex_delta_t_mv: float = key(
        2.0,
        gt=0,
        unit="mV",
        group="Neuron model",
        source=BRETTE,
        says="AdEx: slope factor of the exponential.",
    )
    adex_tau_w_ms: float = key(
        100.0,
        gt=0,
        unit="ms",
        group="Neuron model",
        source=BRETTE,
        says="AdEx: time constant of the adaptation.",
    )
    adex_a: float = key(2.0, unit="nS", group="Neuron model", source=BRETTE, says="AdEx: subthreshold adaptation.")
    adex_b: float = key(
        60.0,
        unit="pA",
        group="Neuron model",
        source=BRETTE,
        says="AdEx: jump of the adaptation at a spike.",
    )
    adex_v_peak_mv: float = key(
        20.0,
        unit="mV",
        group="Neuron model",
        source=BRETTE,
        says="AdEx: where a spike is counted and cut.",
    )
    g_a: float = key(
        47.7,
        ge=0,
        unit="mS/cm²",
        group="Neuron model",
        source=CONNOR,
        says="Connor-Stevens: conductance of the A current.",
    )
    fhn_a: float = key(0.7, group="Neuron model", source=FITZHUGH, says="FitzHugh-Nagumo's a.")
    fhn_b: float = key(0.8, group="Neuron model", source=FITZHUGH, says="FitzHugh-Nagumo's b.")
    fhn_tau_w: float = key(
        12.5,
        gt=0,
        group="Neuron model",
        source=FITZHUGH,
        says="FitzHugh-Nagumo's time scale of recovery.",
    )
    mqif_a: PerTerm = key(
        (0.02,),
        group="Neuron model",
        source=PINGLAB,
        max_length=16,
        says="mqif: coefficient of each quadratic term of V.",
    )
    mqif_v_r_mv: PerTerm = key(
        (-55.0,),
        unit="mV",
        group="Neuron model",
        source=PINGLAB,
        max_length=16,
        says="mqif: where each quadratic term of V vanishes.",
    )
    mqif_w_a: PerTerm = key(
        (0.02,),
        group="Neuron model",
        source=PINGLAB,
        max_length=16,
        says="mqif: coefficient of each adaptation.",
    )
    mqif_w_v_r_mv: PerTerm = key(
        (-55.0,),
        unit="mV",
        group="Neuron model",
        source=PINGLAB,
        max_length=16,
        says="mqif: where each adaptation vanishes.",
    )
    mqif_w_tau_ms: PerTerm = key(
        (100.0,),
        unit="ms",
        group="Neuron model",
        source=PINGLAB,
        max_length=16,
        says="mqif: time constant of each adaptation.",
    )
    qif_a: float = key(1.0, group="Neuron model", source=PINGLAB, says="qif: coefficient of the quadratic term.")
    qif_v_r_mv: float = key(
        -60.0,
        unit="mV",
        group="Neuron model",
        source=PINGLAB,
        says="qif: lower zero of the quadratic term.",
    )
    qif_v_t_mv: float = key(
        -45.0,
        unit="mV",
        group="Neuron model",
        source=PINGLAB,
        says="qif: upper zero of the quadratic term.",
    )
    izh_a: float = key(0.02, group="Neuron model", source=IZHIKEVICH, says="Izhikevich's a: speed of recovery.")
    izh_b: float = key(
        0.2,
        group="Neuron model",
        source=IZHIKEVICH,
        says="Izhikevich's b: coupling of recovery to V.",
    )
    izh_c_mv: float = key(
        -65.0,
        unit="mV",
        group="Neuron model",
        source=IZHIKEVICH,
        says="Izhikevich's c: reset of V.",
    )
    izh_d: float = key(
        8.0,
        group="Neuron model",
        source=IZHIKEVICH,
        says="Izhikevich's d: jump of recovery at a spike.",
    )

    # --- input ---
    input_type: Literal["ramp", "sine", "external_spike_train", "pulse", "pulses"] = key(
        "ramp",
        group="Input",
        essential=True,
        source=PINGLAB,
        says="Shape of the input current of every neuron.",
    )
    input_population: Literal["all", "e", "i"] = key(
        "e",
        group="Input",
        source=PINGLAB,
        says="Who receives it; the others get none, pulses included. external_spike_train always goes to E.",
    )
    drive_e_start: float = key(
        0.7,
        unit="nA",
        group="Input",
        essential=True,
        source=PINGLAB,
        says="ramp: input of E cells at the start.",
    )
    drive_e_end: float = key(
        0.7,
        unit="nA",
        group="Input",
        essential=True,
        source=PINGLAB,
        says="ramp: input of E cells at the end.",
    )
    drive_i_start: float = key(
        0.7,
        unit="nA",
        group="Input",
        source=PINGLAB,
        says="ramp: input of I cells at the start.",
    )
    drive_i_end: float = key(0.7, unit="nA", group="Input", source=PINGLAB, says="ramp: input of I cells at the end.")
    drive_e_base: float = key(
        0.7,
        unit="nA",
        group="Input",
        source=PINGLAB,
        says="sine, pulse, pulses: constant input of E cells.",
    )
    drive_i_base: float = key(
        0.7,
        unit="nA",
        group="Input",
        source=PINGLAB,
        says="sine, pulse, pulses: constant input of I cells.",
    )
    noise: Literal["per_step", "white", "ou"] = key(
        "per_step",
        group="Input",
        source=PINGLAB,
        says="per_step: independent each step, so its power depends on dt (the contract's). white: the same power at every dt, "
        "noise_std is that of dt = 0.1 ms. ou: Ornstein-Uhlenbeck with noise_tau_ms, noise_std is stationary.",
    )
    noise_std: float = key(
        0.5,
        ge=0,
        unit="nA",
        group="Input",
        essential=True,
        source=PINGLAB,
        says="Standard deviation of the input noise.",
    )
    noise_std_e: float | None = key(
        None,
        ge=0,
        unit="nA",
        group="Input",
        says="The same for E cells; empty: noise_std.",
    )
    noise_std_i: float | None = key(
        None,
        ge=0,
        unit="nA",
        group="Input",
        says="The same for I cells; empty: noise_std.",
    )
    noise_tau_ms: float = key(5.0, gt=0, unit="ms", group="Input", says="Correlation time of ou noise.")
    input_floor: float | None = key(
        0.0,
        unit="nA",
        group="Input",
        source=PINGLAB,
        says="Input below this becomes this (clipping at 0 raises the mean); empty: no floor.",
    )
    sine_freq_hz: float = key(5.0, unit="Hz", group="Input", source=PINGLAB, says="sine: frequency.")
    sine_amp: float = key(2.0, unit="nA", group="Input", source=PINGLAB, says="sine: amplitude.")
    sine_y_offset: float = key(0.0, unit="nA", group="Input", source=PINGLAB, says="sine: added to the base.")
    sine_phase_rad: float = key(0.0, unit="rad", group="Input", source=PINGLAB, says="sine: phase.")
    sine_phase_offset_i_rad: float = key(
        0.0,
        unit="rad",
        group="Input",
        source=PINGLAB,
        says="sine: phase of I cells relative to E.",
    )
    lambda0_hz: float = key(
        30.0,
        unit="Hz",
        group="Input",
        source=PINGLAB,
        says="external_spike_train: mean rate of each source.",
    )
    mod_depth: float = key(
        0.5,
        group="Input",
        source=PINGLAB,
        says="external_spike_train: depth of the rate's modulation.",
    )
    envelope_freq_hz: float = key(
        5.0,
        unit="Hz",
        group="Input",
        source=PINGLAB,
        says="external_spike_train: frequency of the modulation.",
    )
    phase_rad: float = key(
        0.0,
        unit="rad",
        group="Input",
        source=PINGLAB,
        says="external_spike_train: phase of the modulation.",
    )
    w_in: float = key(
        0.25,
        unit="nA",
        group="Input",
        source=PINGLAB,
        says="external_spike_train: current that one input spike adds.",
    )
    tau_in_ms: float = key(
        3.0,
        unit="ms",
        group="Input",
        source=PINGLAB,
        says="external_spike_train: decay time of that current.",
    )
    pulse_t_ms: float = key(
        200.0,
        unit="ms",
        group="Input",
        source=PINGLAB,
        says="pulse, pulses: onset of the first.",
    )
    pulse_width_ms: float = key(20.0, unit="ms", group="Input", source=PINGLAB, says="pulse, pulses: length.")
    pulse_interval_ms: float = key(
        100.0,
        unit="ms",
        group="Input",
        source=PINGLAB,
        says="pulses: from onset to onset.",
    )
    pulse_amp_e: float = key(1.0, unit="nA", group="Input", source=PINGLAB, says="pulse, pulses: added to E cells.")
    pulse_amp_i: float = key(1.0, unit="nA", group="Input", source=PINGLAB, says="pulse, pulses: added to I cells.")
    targeted_subset_enabled: bool = key(
        False,
        group="Input",
        source=PINGLAB,
        says="pulse, pulses: reach only a part of the cells.",
    )
    target_population: Literal["all", "e", "i"] = key(
        "all",
        group="Input",
        source=PINGLAB,
        says="Of which population that part is taken.",
    )
    target_strategy: Literal["random", "first"] = key(
        "random",
        group="Input",
        source=PINGLAB,
        says="Drawn at random, or the lowest ids.",
    )
    target_fraction: float = key(1.0, ge=0, le=1, group="Input", source=PINGLAB, says="How large that part is.")
    target_seed: int = key(
        0,
        ge=0,
        group="Input",
        source=PINGLAB,
        says="Seed of the random choice (PCG64; I cells use the next seed).",
    )
    legacy_seed_inputs: int | None = key(
        None,
        ge=0,
        le=2**32 - 1,
        group="Input",
        says="Seed of the input in the contract's own generator (Pinglab `inputs.seed`); empty: the Run's seed.",
    )
    own_spikes: OwnSpikes | None = key(None, group="Input", says="Input spikes of your own, beside the input above.")
    own_current: OwnCurrent | None = key(
        None,
        group="Input",
        says="Input current of your own, added to the input above.",
    )

    # --- measurement ---
    burn_in_ms: float = key(
        200.0,
        ge=0,
        unit="ms",
        group="Measurement",
        source=PINGLAB,
        says="Left out of rates, ISI, correlations and the spectrum; never out of the spikes.",
    )
    analyse: bool = key(
        True,
        group="Measurement",
        says="Compute the rhythm's metrics; false keeps counts and count rates only.",
    )

    # --- recording ---
    record_traces: bool = key(True, group="Recording", says="Keep V, g_e and g_i of the recorded neurons.")
    record_neurons: tuple[Annotated[int, Field(ge=0)], ...] | None = key(
        None,
        group="Recording",
        max_length=1000,
        says="Recorded neurons by id; empty: the first E and the first I cell.",
    )
    record_every_ms: float | None = key(
        None, gt=0, unit="ms", group="Recording", says="Interval of the traces; empty: every step."
    )
    record_input: bool = key(True, group="Recording", says="Keep the mean input of each population at every step.")
    record_lfp: bool = key(
        False,
        group="Recording",
        says="Keep a proxy of the local field potential: weighted synaptic currents of E cells.",
        source="Mazzoni et al. 2015, doi 10.1371/journal.pcbi.1004584",
    )

    def check(self) -> Iterable[Problem]:
        from quintant.labs.spiking.rules import broken

        return broken(self)

    def warnings(self) -> Iterable[Problem]:
        from quintant.labs.spiking.rules import doubtful

        return doubtful(self)
