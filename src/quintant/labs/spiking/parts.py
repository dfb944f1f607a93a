"""Nested parts of a SpikingConfig: blocks of weights, populations and projections of one's own, input of one's own."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from quintant.config import In, Not, Part, key

Distribution = Literal["normal", "lognormal", "gamma", "exponential"]
Ids = tuple[Annotated[int, Field(ge=0)], ...]
Times = tuple[Annotated[float, Field(ge=0)], ...]
MEMBRANE = Not(In("/neuron_model", "fitzhugh", "izhikevich"))


class Weights(Part):
    """Weights of one block: every pair connected, each weight normal(mean, std). Divided by sqrt(number of sources)."""

    mean: float = key(says="Mean total-like weight, before the division by sqrt(sources).")
    std: float = key(0.0, ge=0, says="Standard deviation of a weight.")


class Spread(Part):
    """A named distribution with its parameters: normal(mean, std), lognormal(mean, sigma), gamma(shape, scale or rate),
    exponential(scale or rate). What is not given is 0 for mean and 1 for the others."""

    name: Distribution = key("normal", says="Which distribution.")
    params: dict[Literal["mean", "std", "sigma", "shape", "scale", "rate"], float] = key({}, says="Its parameters by name.")


class SampledWeights(Part):
    """Weights of one block where each pair is connected with probability p and its weight follows `dist`.
    Divided by sqrt(number of sources), whatever p."""

    p: float = key(ge=0, le=1, says="Probability that a pair is connected.")
    dist: Spread = key(Spread(), says="How the weights of connected pairs are spread.")


class SparseWeights(Part):
    """Weights of one block where each target has about p of the sources, drawn and kept in memory linear in synapses.
    Each weight is normal(mean, std), clipped at weight_clamp_min, and used as it stands (no division)."""

    sparse_p: float = key(ge=0, le=1, says="Probability that a pair is connected.")
    weight: float = key(says="Mean weight of a synapse, as it is added to the conductance.")
    weight_std: float = key(0.0, ge=0, says="Standard deviation of a weight.")


Block = (
    Annotated[Weights, Field(title="all pairs")]
    | Annotated[SampledWeights, Field(title="pairs by chance, as a matrix")]
    | Annotated[SparseWeights, Field(title="pairs by chance, as lists")]
)


class Population(Part):
    """A population of your own network. What is not given follows the keys of the config for its kind (E or I)."""

    name: str = key(min_length=1, max_length=40, says="Unique in the network.")
    kind: Literal["E", "I"] = key(says="Excitatory or inhibitory.")
    size: int = key(ge=1, le=1_000_000, unit="neurons", says="How many.")
    capacitance: float | None = key(None, gt=0, when=MEMBRANE, says="Membrane capacitance; empty: its kind's.")
    g_leak: float | None = key(None, gt=0, when=MEMBRANE, says="Leak conductance; empty: its kind's.")
    t_ref_ms: float | None = key(None, ge=0, unit="ms", says="Refractory time; empty: its kind's.")
    drive: float | None = key(None, says="Constant input that is added to the input of its kind.")


class Connection(Part):
    """One projection of your own network, from a population to a population."""

    source: str = key(says="Name of the population whose spikes it carries.")
    target: str = key(says="Name of the population that receives them.")
    weights: Block = key(says="Its weights.")
    delay_ms: float = key(0.5, gt=0, le=1000, unit="ms", says="Delay, at least one step.")


class OwnSpikes(Part):
    """Your own input spikes: at times_ms[i], `weight` is added to the conductance of neurons[i]."""

    times_ms: Times = key(unit="ms", says="When.")
    neurons: Ids = key(says="To whom, by id; as many as times.")
    weight: float = key(0.1, gt=0, says="What one spike adds to the conductance.")
    receptor: Literal["ampa", "gaba"] = key("ampa", says="Which conductance.")


class OwnCurrent(Part):
    """Your own input current: the value of column k holds from times_ms[k] until the next; zero before the first.
    One row of `values` for all its neurons, or one row per neuron."""

    times_ms: Times = key(min_length=1, unit="ms", says="From when each column holds.")
    values: tuple[tuple[float, ...], ...] = key(min_length=1, unit="nA", says="One row for all, or one per neuron.")
    neurons: Annotated[Ids, Field(title="by id")] | Annotated[Literal["e", "i", "all"], Field(title="a population")] = key(
        "all", says="Who receives it.",
    )  # fmt: skip
