"""The chip Config: populations of integer neurons, how they are connected, what drives them and what is kept.

Potentials, currents, weights and thresholds are integers in the chip's own unit; time is counted in steps 0, 1, 2, …
Nothing is rounded, nothing wraps: sums are 64 bits wide (the lab's page.md).

Random numbers: natively what is drawn derives from the Run's root seed. A connection's own `seed` is the wire contract's and
means NumPy's `default_rng(seed)`; `network_seed` fixes the wiring of all connections that have none of their own.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import Field

from quintant.config import Above, All, AnyOf, Config, Given, Is, Not, Part, Some, key
from quintant.errors import Problem
from quintant.labs.chip import conditions as reads
from quintant.labs.chip.energy import Profile
from quintant.labs.chip.fit import Target

CLOUD = "Catalyst Cloud API default"
SIMULATOR = "catalyst-n1 simulator default"
RTL = "catalyst-n1 RTL"

Topology = Literal["all_to_all", "one_to_one", "random_sparse", "fixed_fan_in", "fixed_fan_out", "explicit"]
Int16 = Annotated[int, Field(ge=-32768, le=32767)]
Int32 = Annotated[int, Field(ge=-(2**31), le=2**31 - 1)]
Index = Annotated[int, Field(ge=0)]

MOST_NEURONS = 1_000_000
MOST_TIMESTEPS = 10_000_000


class Packed(Part):
    """Many integers in little room: base64 of zlib-compressed little-endian 32-bit integers (`quintant.labs.chip.packed`)."""

    int32_zlib: str = key(group="Synapses", says="Base64 of the zlib-compressed integers.")


Ints = tuple[Int32, ...] | Packed


class NeuronValues(Part):
    """Parameters of single neurons, a value each, in place of their population's: what training and per-neuron scales leave."""

    threshold: Ints | None = key(None, group="Neurons", says="Threshold of each neuron.")
    resting: Ints | None = key(None, group="Neurons", says="Potential of each neuron after a spike.")
    voltage_decay: Ints | None = key(
        None, unit="1/4096 per step", group="Neurons", says="Decay of the potential of each neuron, 0 to 4096."
    )
    current_decay: Ints | None = key(
        None, unit="1/4096 per step", group="Neurons", says="Decay of the synaptic current of each neuron, 0 to 4096 (cuba)."
    )
    bias: Ints | None = key(None, group="Neurons", says="Added to each neuron at every step.")
    v_min: Ints | None = key(None, group="Neurons", says="Lowest potential of each neuron.")


class Population(Part):
    """Neurons that share their parameters. `model` says which equations they obey:

    linear  the chip's own: V + I - leak, at or above the threshold it fires, what is not positive falls back to `resting`
    decay   V - V·voltage_decay/4096 + I + bias, no floor but v_min: leaky (or with decay 0: perfect) integration
    cuba    as decay, with a synaptic current that decays by current_decay/4096; it acts one step later, the RTL's rule, or at
            once (`current_acts`)

    How decay and cuba fire and are reset differs from tool to tool: `fires`, `reset`, `reset_at`, `spikes_per_step`.
    """

    label: str = key(min_length=1, max_length=100, group="Population", says="Name, unique in the network.")
    size: int = key(ge=1, le=MOST_NEURONS, unit="neurons", group="Population", says="Number of neurons.")
    model: Literal["linear", "decay", "cuba"] = key("linear", group="Population", says="Equations of its neurons.")
    threshold: Int32 = key(
        1000, group="Population", source=CLOUD, when=reads.SPIKING,
        says="Potential at or above which a neuron fires; at least 1 for linear ones.",
    )  # fmt: skip
    leak: int = key(3, ge=0, le=65535, group="Population", source=CLOUD, when=reads.LINEAR, says="Subtracted at every step.")
    resting: Int32 = key(0, group="Population", source=CLOUD, says="Potential after a spike, and the floor (linear).")
    refractory_steps: int = key(
        3, ge=0, le=65535, unit="steps", group="Population", source=CLOUD, says="Steps without input after a spike.",
    )  # fmt: skip
    dendrite_threshold: Int32 = key(
        500, group="Population", source=CLOUD, when=reads.BRANCHES,
        says="What each dendritic compartment must exceed; only the excess counts.",
    )  # fmt: skip
    noise_mantissa: int = key(
        0, ge=0, le=15, group="Population", source=SIMULATOR, when=reads.NOISY,
        says="Noise on the threshold: its mask is mantissa << exponent.",
    )  # fmt: skip
    noise_exponent: int = key(
        0, ge=0, le=15, group="Population", source=SIMULATOR, when=All(reads.NOISY, Above("noise_mantissa")),
        says="Shift of the noise mask.",
    )  # fmt: skip
    trace_shift: int = key(
        3, ge=0, le=62, group="Population", source=SIMULATOR, when=reads.TRACED,
        says="Decay of the learning trace, trace >> shift a step (tau1).",
    )  # fmt: skip
    slow_trace_shift: int = key(
        4, ge=0, le=62, group="Population", source=SIMULATOR, when=Given("/probes"),
        says="Decay of the second trace, which no rule reads (tau2).",
    )  # fmt: skip
    voltage_decay: int = key(
        0, ge=0, le=4096, unit="1/4096 per step", group="Population", when=reads.LEAKY, says="Decay of the potential.",
    )  # fmt: skip
    current_decay: int = key(
        4096, ge=0, le=4096, unit="1/4096 per step", group="Population", when=reads.CUBA,
        says="Decay of the synaptic current.",
    )  # fmt: skip
    bias: Int32 = key(0, group="Population", when=reads.LEAKY, says="Added at every step.")
    v_min: Int32 = key(-(2**23), group="Population", source=RTL, when=reads.LEAKY, says="Lowest potential.")
    v_max: Int32 = key(2**23 - 1, group="Population", source=RTL, when=reads.LEAKY, says="Highest potential.")
    spiking: bool = key(
        True, group="Population", when=reads.LEAKY,
        says="Whether its neurons fire; one that never does is read by its potential.",
    )  # fmt: skip
    fires: Literal["at", "above"] = key(
        "at", group="Population", when=reads.FIRING,
        says="Whether a potential equal to the threshold fires (at) or not (above).",
    )  # fmt: skip
    reset: Literal["zero", "subtract", "none", "clear"] = key(
        "zero", group="Population", when=reads.FIRING,
        says="After a spike: to `resting` (zero), threshold - resting less (subtract), as it was (none), or to `resting` "
        "whatever arrives in that step (clear).",
    )  # fmt: skip
    reset_at: Literal["now", "next", "both"] = key(
        "now", group="Population", when=reads.RESET,
        says="Reset in the step of the spike, or in the next after its decay; both: now, and the next step's test is lowered "
        "once more where what is left still fires (snnTorch's reset_delay=False).",
    )  # fmt: skip
    spikes_per_step: int = key(
        1, ge=1, le=65536, group="Population", when=reads.FIRING,
        says="Most spikes of a neuron in one step: one for each time threshold - resting fits into its potential.",
    )  # fmt: skip
    current_acts: Literal["next", "now"] = key(
        "next", group="Population", source=RTL, when=reads.CUBA,
        says="Whether the potential takes the synaptic current as it was before this step's input, or with it.",
    )  # fmt: skip
    first_step: int = key(
        0, ge=0, unit="steps", group="Population",
        says="Until this step its neurons stand still at 0 and lose what arrives: a deeper layer begins as its input does.",
    )  # fmt: skip
    values: NeuronValues | None = key(
        None, group="Population", when=reads.LEAKY, says="Parameters of single neurons, in place of the population's.",
    )  # fmt: skip


class Synapses(Part):
    """One entry per synapse, given explicitly. Several synapses of one pair all count."""

    sources: Ints = key(group="Synapses", says="Index in the source population of each synapse.")
    targets: Ints = key(group="Synapses", says="Index in the target population of each synapse.")
    weights: Ints = key(group="Synapses", says="Weight of each synapse, -32768 to 32767.")
    delays: Ints | None = key(
        None, unit="steps", group="Synapses", says="Delay of each synapse, 0 to 63; empty: the connection's.",
    )  # fmt: skip


class Connection(Part):
    """Synapses from one population to another, or to itself (a neuron may be its own target)."""

    source: str = key(group="Connection", says="Label of the source population.")
    target: str = key(group="Connection", says="Label of the target population.")
    topology: Topology = key(
        "all_to_all", group="Connection", source=CLOUD,
        says="Which pairs are connected; explicit takes `synapses` or `weights`.",
    )  # fmt: skip
    weight: Int16 = key(
        200, group="Connection", source=CLOUD, when=Not(reads.EXPLICIT), says="Weight of every synapse; negative inhibits.",
    )  # fmt: skip
    p: float = key(
        0.1, ge=0, le=1, group="Connection", source=SIMULATOR, when=Is("topology", "random_sparse"),
        says="Probability that a pair is connected.",
    )  # fmt: skip
    fan_in: int = key(
        8, ge=1, group="Connection", source=SIMULATOR, when=Is("topology", "fixed_fan_in"),
        says="Sources of each target; at most all there are.",
    )  # fmt: skip
    fan_out: int = key(
        8, ge=1, group="Connection", source=SIMULATOR, when=Is("topology", "fixed_fan_out"),
        says="Targets of each source; at most all there are.",
    )  # fmt: skip
    delay: int = key(
        0, ge=0, le=63, unit="steps", group="Connection", source=CLOUD, when=reads.ONE_DELAY,
        says="A spike of step s arrives at step s + 1 + delay.",
    )  # fmt: skip
    compartment: int = key(0, ge=0, le=3, group="Connection", source=CLOUD, says="0: soma; 1 to 3: a dendritic compartment.")
    seed: int | None = key(
        None, ge=0, le=2**64 - 1, group="Connection", when=reads.DRAWN,
        says="Draws the pairs with NumPy's default_rng(seed), as the contract does; empty: network_seed or the Run.",
    )  # fmt: skip
    weights: tuple[tuple[Int16, ...], ...] | None = key(
        None, group="Connection", when=reads.EXPLICIT,
        says="Weight matrix, a row per source, a column per target; 0 is no synapse.",
    )  # fmt: skip
    synapses: Synapses | None = key(None, group="Connection", when=reads.EXPLICIT, says="List of synapses.")
    plastic: bool = key(
        True, group="Connection", when=AnyOf(reads.LEARNING, Is("/record_weights", "all")),
        says="Whether learning may change its weights.",
    )  # fmt: skip
    w_min: Int16 = key(0, group="Connection", source=SIMULATOR, when=reads.PLASTIC, says="Depression goes down to this weight.")
    w_max: Int16 = key(
        2000, group="Connection", source=SIMULATOR, when=reads.PLASTIC, says="Potentiation goes up to this weight.",
    )  # fmt: skip


class Stimulus(Part):
    """A current into neurons at some steps. Of several on one neuron at one step, the last in the list is taken: a neuron has
    one input register, and a later 0 switches an earlier one off."""

    population: str = key(group="Stimulus", says="Label of the population.")
    neurons: tuple[Index, ...] | None = key(
        None, group="Stimulus", when=reads.SPREAD_OUT, says="Indices in the population; empty: all.",
    )  # fmt: skip
    current: Int32 = key(group="Stimulus", says="Added to the input of the soma at each of its steps.")
    start: int = key(0, ge=0, unit="steps", group="Stimulus", when=reads.SPREAD_OUT, says="First step.")
    stop: int | None = key(
        None, ge=0, unit="steps", group="Stimulus", when=reads.SPREAD_OUT, says="Step after the last; empty: to the end.",
    )  # fmt: skip
    times: tuple[Index, ...] | None = key(
        None, unit="steps", group="Stimulus", when=reads.SPREAD_OUT, says="Only at these steps.",
    )  # fmt: skip
    events: tuple[tuple[Index, Index], ...] | None = key(
        None, group="Stimulus", says="Only at these [step, neuron]; in place of neurons, start, stop and times.",
    )  # fmt: skip
    probability: float | None = key(
        None, ge=0, le=1, group="Stimulus", says="Each neuron, each step: only with this probability, from the Run's seed.",
    )  # fmt: skip


class Sample(Part):
    """One presentation: `timesteps` steps from the initial state with `stimuli` on top of the config's. Weights carry over."""

    stimuli: tuple[Stimulus, ...] = key((), group="Sample", says="What is presented.")
    label: int | None = key(
        None, ge=0, group="Sample", when=Given("/readout"), says="Its class: the readout neuron that should fire most.",
    )  # fmt: skip


class Reward(Part):
    timestep: int = key(ge=0, unit="steps", group="Reward", says="The step at whose end the reward acts.")
    value: Int32 = key(group="Reward", says="Weights change by (eligibility × value) >> 7.")


class Probe(Part):
    """Neurons whose state is kept after each `every_steps`-th step."""

    population: str = key(group="Probe", says="Label of the population.")
    neurons: tuple[Index, ...] | None = key(None, group="Probe", says="Indices in the population; empty: all.")
    every_steps: int = key(1, ge=1, unit="steps", group="Probe", says="Keep every n-th step, the first included.")


class ReferenceSpikes(Part):
    population: str = key(group="Reference", says="Label of the population.")
    steps: Ints = key(unit="steps", group="Reference", says="Step of each spike, counted through all samples.")
    neurons: Ints = key(group="Reference", says="Index in the population of each spike.")


class Reference(Part):
    """Spikes of the same network from elsewhere, usually in floating point. Populations that are not named are not compared."""

    title: str = key(min_length=1, max_length=200, group="Reference", says="What the spikes are, and of which simulator.")
    spikes: tuple[ReferenceSpikes, ...] = key(min_length=1, group="Reference", says="All its spikes, by population.")


class EnergyCoefficients(Part):
    """Your own coefficients of the energy estimate. A `source` is required: a joule without one means nothing."""

    synaptic_operation_pj: float = key(ge=0, unit="pJ", group="Energy", says="One synapse handling one spike.")
    neuron_update_pj: float = key(ge=0, unit="pJ", group="Energy", says="One neuron, one step.")
    spike_pj: float = key(0.0, ge=0, unit="pJ", group="Energy", says="Routing one spike to one destination core.")
    learning_update_pj: float = key(0.0, ge=0, unit="pJ", group="Energy", says="One change of a synapse's state by learning.")
    source: str = key(min_length=3, max_length=500, group="Energy", says="Where the numbers come from.")


QUICK_START = (
    Population(label="excitatory", size=100, threshold=1000, leak=10),
    Population(label="inhibitory", size=25, threshold=800, leak=5),
)
QUICK_START_CONNECTIONS = (
    Connection(source="excitatory", target="inhibitory", topology="random_sparse", p=0.2, weight=600),
    Connection(source="inhibitory", target="excitatory", weight=-400),
)
QUICK_START_STIMULI = (Stimulus(population="excitatory", neurons=(0, 1, 2, 3, 4), current=8000),)


class ChipConfig(Config):
    # --- network ---
    populations: tuple[Population, ...] = key(
        QUICK_START, min_length=1, max_length=10_000, group="Network", essential=True, source="Catalyst Cloud quick start",
        synonyms=("neurons", "network"), files=(".nir",), says="Populations of neurons.",
    )  # fmt: skip
    connections: tuple[Connection, ...] = key(
        QUICK_START_CONNECTIONS, max_length=100_000, group="Network", essential=True, source="Catalyst Cloud quick start",
        synonyms=("synapses", "projections"), says="Which population drives which, and how.",
    )  # fmt: skip
    network_seed: int | None = key(
        None, ge=0, le=2**64 - 1, group="Network", when=reads.WIRING_DRAWN, synonyms=("wiring_seed",),
        says="Seed of the wiring of connections without a seed of their own; empty: each Run draws its own.",
    )  # fmt: skip

    # --- simulation ---
    timesteps: int = key(
        1000, ge=1, le=MOST_TIMESTEPS, unit="steps", group="Simulation", essential=True, source="Catalyst Cloud quick start",
        synonyms=("steps", "duration", "t"), says="Steps to simulate, of each sample where there are samples.",
    )  # fmt: skip
    step_ms: float | None = key(
        None, gt=0, le=1000, unit="ms", group="Simulation", synonyms=("dt", "time_step"),
        says="What one step stands for; only labels axes and turns energy into power, the chip counts steps.",
    )  # fmt: skip

    # --- input ---
    stimuli: tuple[Stimulus, ...] = key(
        QUICK_START_STIMULI, max_length=100_000, group="Input", essential=True, source="Catalyst Cloud quick start",
        synonyms=("input", "stimulus"), says="Currents into neurons; of several on one neuron at one step the last is taken.",
    )  # fmt: skip
    samples: tuple[Sample, ...] | None = key(
        None, min_length=1, max_length=100_000, group="Input", synonyms=("presentations",),
        says="Labelled presentations, one after another, each from the initial state; empty: one run of `stimuli`.",
    )  # fmt: skip
    readout: str | None = key(
        None, group="Input", when=Given("samples"), synonyms=("output", "output_population"),
        says="Population whose neuron k stands for class k: its spikes are counted per sample.",
    )  # fmt: skip
    readout_by: Literal["spikes", "last", "mean", "highest"] = key(
        "spikes", group="Input", when=All(Given("samples"), Given("readout")),
        says="What decides: most spikes, or the highest potential at the last step, on average, or at any step.",
    )  # fmt: skip

    # --- learning ---
    plasticity: Literal["off", "stdp", "three_factor"] = key(
        "off", group="Learning", essential=True, source=CLOUD, synonyms=("learning", "stdp"),
        says="STDP changes weights at every spike; three_factor collects eligibility, which rewards turn into weight.",
    )  # fmt: skip
    rewards: tuple[Reward, ...] = key(
        (), max_length=1_000_000, group="Learning", when=Is("plasticity", "three_factor"), synonyms=("reward",),
        says="Rewards of three_factor learning; two on one step: the last is taken.",
    )  # fmt: skip

    # --- dynamics ---
    graded: bool = key(
        False, group="Dynamics", source=CLOUD, synonyms=("graded_spikes",),
        says="Spikes carry by how much the threshold was exceeded, 1 to 255; a synapse delivers weight × that >> 7.",
    )  # fmt: skip
    dendrites: bool | None = key(
        None, group="Dynamics", source=SIMULATOR, when=Some("connections", Above("compartment")), synonyms=("compartments",),
        says="Whether dendritic compartments act; empty: when a connection uses one; false drops their input.",
    )  # fmt: skip
    noise: bool = key(
        True, group="Dynamics", when=Some("populations", Above("noise_mantissa")), synonyms=("threshold_noise",),
        says="Whether populations with a noise_mantissa have a noisy threshold.",
    )  # fmt: skip

    # --- recording ---
    probes: tuple[Probe, ...] = key(
        (), max_length=1000, group="Recording", synonyms=("recordings", "record"),
        says="Neurons whose potential and state are kept.",
    )  # fmt: skip
    record_weights: Literal["none", "plastic", "all"] = key(
        "plastic", group="Recording",
        says="Which synapses the table `weights` lists, initial and final: with learning the plastic ones, all, or none.",
    )  # fmt: skip
    weights_every_steps: int | None = key(
        None, ge=1, unit="steps", group="Recording", when=Not(Is("plasticity", "off")), synonyms=("weights_every",),
        says="Keep the weights of plastic synapses every n-th step too.",
    )  # fmt: skip

    reference: Reference | None = key(
        None, group="Recording",
        says="Spikes to hold the run's own against; the first that only one of the two has is told. Empty: none.",
    )  # fmt: skip

    # --- hardware ---
    hardware: Target = key(
        "n1", group="Hardware", source="Catalyst processor pages", synonyms=("chip",),
        says="Whose limits the fit is held against: the N1's 128 cores, or its FPGA builds of 16, 4 and 2 cores.",
    )  # fmt: skip
    energy_profile: Profile = key(
        "loihi", group="Hardware", source="coefficients as KerasSpiking uses them", when=Not(Given("energy_coefficients")),
        synonyms=("energy",),
        says="Published coefficients of the energy estimate.",
    )  # fmt: skip
    energy_coefficients: EnergyCoefficients | None = key(
        None, group="Hardware", says="Your own coefficients, with their source, in place of a published profile.",
    )  # fmt: skip

    def check(self) -> Iterable[Problem]:
        from quintant.labs.chip.rules import broken

        return broken(self)

    def warnings(self) -> Iterable[Problem]:
        from quintant.labs.chip.rules import doubtful

        return doubtful(self)
