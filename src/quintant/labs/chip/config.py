"""The chip Config: populations of integer neurons, how they are connected, what drives them and what is kept.

Potentials, currents, weights and thresholds are integers in the chip's own unit; time is counted in steps 0, 1, 2, …
Nothing is rounded, nothing wraps: sums are 64 bits wide (docs/labs/chip.md).

Random numbers: natively what is drawn derives from the Run's root seed. A connection's own `seed` is the wire contract's and
means NumPy's `default_rng(seed)`; `network_seed` fixes the wiring of all connections that have none of their own.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from quintant.config import Config, key
from quintant.errors import Problem
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


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Packed(Part):
    """Many integers in little room: base64 of zlib-compressed little-endian 32-bit integers (`quintant.labs.chip.packed`)."""

    int32_zlib: str = key(says="Base64 of the zlib-compressed integers.", group="Synapses")


Ints = tuple[Int32, ...] | Packed


class Population(Part):
    """Neurons that share their parameters. `model` says which equations they obey:

    linear  the chip's own: V + I - leak, at or above the threshold it fires, what is not positive falls back to `resting`
    decay   V - V·voltage_decay/4096 + I + bias, no floor but v_min: leaky (or with decay 0: perfect) integration
    cuba    as decay, with a synaptic current that decays by current_decay/4096 and acts one step later, the RTL's rule
    """

    label: str = key(group="Population", min_length=1, max_length=100, says="Name, unique in the network.")
    size: int = key(group="Population", ge=1, le=MOST_NEURONS, unit="neurons", says="Number of neurons.")
    model: Literal["linear", "decay", "cuba"] = key("linear", group="Population", says="Equations of its neurons.")
    threshold: int = key(
        1000, group="Population", ge=1, le=2**31 - 1, source=CLOUD, says="Potential at or above which a neuron fires."
    )
    leak: int = key(3, group="Population", ge=0, le=65535, source=CLOUD, says="Subtracted at every step (linear only).")
    resting: Int32 = key(0, group="Population", source=CLOUD, says="Potential after a spike, and the floor (linear).")
    refractory_steps: int = key(
        3, group="Population", ge=0, le=65535, unit="steps", source=CLOUD, says="Steps without input after a spike."
    )
    dendrite_threshold: Int32 = key(
        500, group="Population", source=CLOUD, says="What each dendritic compartment must exceed; only the excess counts."
    )
    noise_mantissa: int = key(
        0, group="Population", ge=0, le=15, source=SIMULATOR, says="Noise on the threshold: its mask is mantissa << exponent."
    )
    noise_exponent: int = key(0, group="Population", ge=0, le=15, source=SIMULATOR, says="Shift of the noise mask.")
    trace_shift: int = key(
        3,
        group="Population",
        ge=0,
        le=62,
        source=SIMULATOR,
        says="Decay of the learning trace, trace >> shift a step (tau1).",
    )
    slow_trace_shift: int = key(
        4,
        group="Population",
        ge=0,
        le=62,
        source=SIMULATOR,
        says="Decay of the second trace, which no rule reads (tau2).",
    )
    voltage_decay: int = key(
        0, group="Population", ge=0, le=4096, unit="1/4096 per step", says="Decay of the potential (decay and cuba only)."
    )
    current_decay: int = key(
        4096, group="Population", ge=0, le=4096, unit="1/4096 per step", says="Decay of the synaptic current (cuba only)."
    )
    bias: Int32 = key(0, group="Population", says="Added at every step (decay and cuba only).")
    v_min: Int32 = key(-(2**23), group="Population", source=RTL, says="Lowest potential (decay and cuba only).")
    v_max: Int32 = key(2**23 - 1, group="Population", source=RTL, says="Highest potential (decay and cuba only).")


class Synapses(Part):
    """One entry per synapse, given explicitly. Several synapses of one pair all count."""

    sources: Ints = key(group="Synapses", says="Index in the source population of each synapse.")
    targets: Ints = key(group="Synapses", says="Index in the target population of each synapse.")
    weights: Ints = key(group="Synapses", says="Weight of each synapse, -32768 to 32767.")
    delays: Ints | None = key(
        None, group="Synapses", unit="steps", says="Delay of each synapse, 0 to 63; empty: the connection's."
    )


class Connection(Part):
    """Synapses from one population to another, or to itself (a neuron may be its own target)."""

    source: str = key(group="Connection", says="Label of the source population.")
    target: str = key(group="Connection", says="Label of the target population.")
    topology: Topology = key(
        "all_to_all",
        group="Connection",
        source=CLOUD,
        says="Which pairs are connected; explicit takes `synapses` or `weights`.",
    )
    weight: Int16 = key(200, group="Connection", source=CLOUD, says="Weight of every synapse; negative inhibits.")
    p: float = key(
        0.1, group="Connection", ge=0, le=1, source=SIMULATOR, says="Probability that a pair is connected (random_sparse)."
    )
    fan_in: int = key(
        8, group="Connection", ge=1, source=SIMULATOR, says="Sources of each target (fixed_fan_in); at most all there are."
    )
    fan_out: int = key(
        8, group="Connection", ge=1, source=SIMULATOR, says="Targets of each source (fixed_fan_out); at most all there are."
    )
    delay: int = key(
        0, group="Connection", ge=0, le=63, unit="steps", source=CLOUD, says="A spike of step s arrives at step s + 1 + delay."
    )
    compartment: int = key(0, group="Connection", ge=0, le=3, source=CLOUD, says="0: soma; 1 to 3: a dendritic compartment.")
    seed: int | None = key(
        None,
        group="Connection",
        ge=0,
        le=2**64 - 1,
        says="Draws the pairs with NumPy's default_rng(seed), as the contract does; empty: network_seed or the Run.",
    )
    weights: tuple[tuple[Int16, ...], ...] | None = key(
        None, group="Connection", says="Weight matrix, a row per source, a column per target; 0 is no synapse (explicit)."
    )
    synapses: Synapses | None = key(None, group="Connection", says="List of synapses (explicit).")
    plastic: bool = key(True, group="Connection", says="Whether learning may change its weights.")
    w_min: Int16 = key(0, group="Connection", source=SIMULATOR, says="Depression goes down to this weight.")
    w_max: Int16 = key(2000, group="Connection", source=SIMULATOR, says="Potentiation goes up to this weight.")


class Stimulus(Part):
    """A current into neurons at some steps. Of several on one neuron at one step, the last in the list is taken: a neuron has
    one input register, and a later 0 switches an earlier one off."""

    population: str = key(group="Stimulus", says="Label of the population.")
    neurons: tuple[Index, ...] | None = key(None, group="Stimulus", says="Indices in the population; empty: all.")
    current: Int32 = key(group="Stimulus", says="Added to the input of the soma at each of its steps.")
    start: int = key(0, group="Stimulus", ge=0, unit="steps", says="First step.")
    stop: int | None = key(None, group="Stimulus", ge=0, unit="steps", says="Step after the last; empty: to the end.")
    times: tuple[Index, ...] | None = key(None, group="Stimulus", unit="steps", says="Only at these steps.")
    events: tuple[tuple[Index, Index], ...] | None = key(
        None, group="Stimulus", says="Only at these [step, neuron]; in place of neurons, start, stop and times."
    )
    probability: float | None = key(
        None,
        group="Stimulus",
        ge=0,
        le=1,
        says="Each neuron, each step: only with this probability, from the Run's seed.",
    )


class Sample(Part):
    """One presentation: `timesteps` steps from the initial state with `stimuli` on top of the config's. Weights carry over."""

    stimuli: tuple[Stimulus, ...] = key((), group="Sample", says="What is presented.")
    label: int | None = key(None, group="Sample", ge=0, says="Its class: the readout neuron that should fire most.")


class Reward(Part):
    timestep: int = key(group="Reward", ge=0, unit="steps", says="The step at whose end the reward acts.")
    value: Int32 = key(group="Reward", says="Weights change by (eligibility × value) >> 7.")


class Probe(Part):
    """Neurons whose state is kept after each `every_steps`-th step."""

    population: str = key(group="Probe", says="Label of the population.")
    neurons: tuple[Index, ...] | None = key(None, group="Probe", says="Indices in the population; empty: all.")
    every_steps: int = key(1, group="Probe", ge=1, unit="steps", says="Keep every n-th step, the first included.")


class ReferenceSpikes(Part):
    population: str = key(group="Reference", says="Label of the population.")
    steps: Ints = key(group="Reference", unit="steps", says="Step of each spike, counted through all samples.")
    neurons: Ints = key(group="Reference", says="Index in the population of each spike.")


class Reference(Part):
    """Spikes of the same network from elsewhere, usually in floating point. Populations that are not named are not compared."""

    title: str = key(group="Reference", min_length=1, max_length=200, says="What the spikes are, and of which simulator.")
    spikes: tuple[ReferenceSpikes, ...] = key(group="Reference", min_length=1, says="All its spikes, by population.")


class EnergyCoefficients(Part):
    """Your own coefficients of the energy estimate. A `source` is required: a joule without one means nothing."""

    synaptic_operation_pj: float = key(group="Energy", ge=0, unit="pJ", says="One synapse handling one spike.")
    neuron_update_pj: float = key(group="Energy", ge=0, unit="pJ", says="One neuron, one step.")
    spike_pj: float = key(0.0, group="Energy", ge=0, unit="pJ", says="Routing one spike to one destination core.")
    learning_update_pj: float = key(0.0, group="Energy", ge=0, unit="pJ", says="One change of a synapse's state by learning.")
    source: str = key(group="Energy", min_length=3, max_length=500, says="Where the numbers come from.")


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
        QUICK_START,
        group="Network",
        essential=True,
        min_length=1,
        max_length=10_000,
        source="Catalyst Cloud quick start",
        says="Populations of neurons.",
    )
    connections: tuple[Connection, ...] = key(
        QUICK_START_CONNECTIONS,
        group="Network",
        essential=True,
        max_length=100_000,
        source="Catalyst Cloud quick start",
        says="Which population drives which, and how.",
    )
    network_seed: int | None = key(
        None,
        group="Network",
        ge=0,
        le=2**64 - 1,
        says="Seed of the wiring of connections without a seed of their own; empty: each Run draws its own.",
    )

    # --- simulation ---
    timesteps: int = key(
        1000,
        ge=1,
        le=MOST_TIMESTEPS,
        unit="steps",
        group="Simulation",
        essential=True,
        source="Catalyst Cloud quick start",
        says="Steps to simulate, of each sample where there are samples.",
    )
    step_ms: float | None = key(
        None,
        gt=0,
        le=1000,
        unit="ms",
        group="Simulation",
        says="What one step stands for; only labels axes and turns energy into power, the chip counts steps.",
    )

    # --- input ---
    stimuli: tuple[Stimulus, ...] = key(
        QUICK_START_STIMULI,
        group="Input",
        essential=True,
        max_length=100_000,
        source="Catalyst Cloud quick start",
        says="Currents into neurons; of several on one neuron at one step the last is taken.",
    )
    samples: tuple[Sample, ...] | None = key(
        None,
        group="Input",
        min_length=1,
        max_length=100_000,
        says="Labelled presentations, one after another, each from the initial state; empty: one run of `stimuli`.",
    )
    readout: str | None = key(
        None, group="Input", says="Population whose neuron k stands for class k: its spikes are counted per sample."
    )

    # --- learning ---
    plasticity: Literal["off", "stdp", "three_factor"] = key(
        "off",
        group="Learning",
        essential=True,
        source=CLOUD,
        says="STDP changes weights at every spike; three_factor collects eligibility, which rewards turn into weight.",
    )
    rewards: tuple[Reward, ...] = key(
        (), group="Learning", max_length=1_000_000, says="Rewards of three_factor learning; two on one step: the last is taken."
    )

    # --- dynamics ---
    graded: bool = key(
        False,
        group="Dynamics",
        source=CLOUD,
        says="Spikes carry by how much the threshold was exceeded, 1 to 255; a synapse delivers weight × that >> 7.",
    )
    dendrites: bool | None = key(
        None,
        group="Dynamics",
        source=SIMULATOR,
        says="Whether dendritic compartments act; empty: when a connection uses one; false drops their input.",
    )
    noise: bool = key(True, group="Dynamics", says="Whether populations with a noise_mantissa have a noisy threshold.")

    # --- recording ---
    probes: tuple[Probe, ...] = key((), group="Recording", max_length=1000, says="Neurons whose potential and state are kept.")
    record_weights: Literal["none", "plastic", "all"] = key(
        "plastic",
        group="Recording",
        says="Which synapses the table `weights` lists, initial and final: with learning the plastic ones, all, or none.",
    )
    weights_every_steps: int | None = key(
        None, ge=1, group="Recording", unit="steps", says="Keep the weights of plastic synapses every n-th step too."
    )

    reference: Reference | None = key(
        None,
        group="Recording",
        says="Spikes to hold the run's own against; the first that only one of the two has is told. Empty: none.",
    )

    # --- hardware ---
    hardware: Target = key(
        "n1",
        group="Hardware",
        source="Catalyst processor pages",
        says="Whose limits the fit is held against: the N1's 128 cores, or its FPGA builds of 16, 4 and 2 cores.",
    )
    energy_profile: Profile = key(
        "loihi",
        group="Hardware",
        source="coefficients as KerasSpiking uses them",
        says="Published coefficients of the energy estimate.",
    )
    energy_coefficients: EnergyCoefficients | None = key(
        None, group="Hardware", says="Your own coefficients, with their source, in place of a published profile."
    )

    def check(self) -> Iterable[Problem]:
        from quintant.labs.chip.rules import broken

        return broken(self)

    def warnings(self) -> Iterable[Problem]:
        from quintant.labs.chip.rules import doubtful

        return doubtful(self)
