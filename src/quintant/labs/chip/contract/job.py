"""A job of the wire on a stored network: the ChipConfig of its Run.

Beyond the contract: stimuli with a time, samples, probes, weights over time, a seed. What the contract leaves open is decided
in docs/contracts/chip.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from quintant.errors import ConfigError, Problem
from quintant.json_value import JsonObject
from quintant.labs.chip.config import ChipConfig, Reward, Sample, Stimulus
from quintant.labs.chip.contract.network import NETWORK, Network, check_size
from quintant.labs.chip.contract.reading import Reading, chosen
from quintant.labs.chip.contract.refusal import BeyondTier
from quintant.labs.chip.tiers import Tier
from quintant.wire.reader import Table, Wire

EXTENSIONS = ("readout", "probes", "record_weights", "weights_every_steps", "hardware", "energy_profile")
"""Keys of the ChipConfig that a job may carry under their own names."""
CHIP_MODELS = ("n1", "n2")
MODES = ("constant", "pulse")


def _integers(reading: Reading, value: Any, path: str) -> list[int]:
    numbers: list[int] = reading.integers(value, path).tolist()
    return numbers


def _events(reading: Reading, value: Any, path: str) -> list[list[int]]:
    rows = reading.rows(value, path)
    for at, row in enumerate(rows):
        if not reading.faults and len(row) != 2:
            reading.refuse(Problem(f"{path}.{at}", f"must be [step, neuron]; got {len(row)} numbers."))
    return [row.tolist() for row in rows]


def stimuli(reading: Reading, value: Any, path: str) -> list[JsonObject]:
    return [_stimulus(part, place) for place, part in STIMULUS.each(value, reading, path)]


def _stimulus(reading: Reading, path: str) -> JsonObject:
    """A pulse is a stimulus of one step."""
    if reading.own.get("mode") == "pulse":
        clash = [name for name in ("stop", "times", "events") if name in reading.raw]
        if clash:
            text = f"pulse acts at step `start` alone, so it goes without {', '.join(clash)}."
            reading.refuse(Problem(f"{path}.mode", text))
        else:
            reading.raw["times"] = [reading.raw.pop("start", 0)]
    return reading.raw


def _root_seed(reading: Reading, value: Any, path: str) -> int | None:
    seed = reading.integer(value, path)
    if seed is not None and seed < 0:
        raise ConfigError(Problem(path, f"must be from 0 to 2^63 - 1; got {seed}.", seed))
    return seed


STIMULUS = Table(
    Stimulus,
    (
        Wire("population", "population"),
        Wire("neurons", "neurons", read=_integers),
        Wire("current", "current"),
        Wire("mode", read=chosen(MODES)),
        Wire("start", "start"),
        Wire("stop", "stop"),
        Wire("times", "times", read=_integers),
        Wire("events", "events", read=_events),
        Wire("probability", "probability"),
    ),
)
REWARD = Table(Reward, (Wire("timestep", "timestep"), Wire("value", "value")))
SAMPLE = Table(Sample, (Wire("stimuli", "stimuli", read=stimuli), Wire("label", "label")))
JOB = Table(
    ChipConfig,
    (
        Wire("network_id"),
        Wire("timesteps", "timesteps", required=True),
        Wire("stimuli", "stimuli", read=stimuli, default=()),
        Wire("learning.enabled", kind="bool", sets=("plasticity",)),
        Wire("learning.graded", kind="bool", sets=("graded",)),
        Wire("learning.dendritic", kind="bool", sets=("dendrites",)),
        Wire("learning.noise", kind="bool", sets=("noise",)),
        Wire("learning.three_factor", kind="bool"),
        Wire("rewards", "rewards", items=REWARD),
        Wire("chip_model", read=chosen(CHIP_MODELS)),
        Wire("seed", read=_root_seed),
        Wire("samples", "samples", items=SAMPLE),
        *(Wire(name, name, kind="any") for name in EXTENSIONS),
    ),
)
WHOLE = Table(ChipConfig, (*JOB.wires, *NETWORK.wires))
"""A job and its network."""


@dataclass(frozen=True)
class Job:
    """`steps`: those of all samples together. `seed`: root seed of the Run, None for the server's. `given`: native keys that
    the request or its network names."""

    config: ChipConfig
    steps: int
    seed: int | None
    warnings: tuple[Problem, ...]
    given: tuple[str, ...]


def network_id(body: Mapping[str, Any]) -> str:
    """Which network a job names. ConfigError when it names none."""
    name = body.get("network_id")
    if isinstance(name, str):
        return name
    text = "is required." if name is None else "must be a text, as POST /v1/networks answered it."
    raise ConfigError(Problem("network_id", text))


def decode(body: Mapping[str, Any], network: Network, tier: Tier) -> Job:
    """The job that a request describes. ConfigError with every fault, BeyondTier when it is too large or too long."""
    reading = JOB.read(body, Reading())
    reading.settle()
    steps = reading.raw["timesteps"] * max(1, len(reading.raw.get("samples", ())))
    check_size(network.neurons, tier)
    check_steps(steps, tier)
    config = WHOLE.parsed({**network.parts, **reading.raw, **_learning(reading, body.get("learning") is not None)})
    model = reading.own.get("chip_model", CHIP_MODELS[0])
    text = f"{model} computes as n1 here: it is the one whose arithmetic is public."
    warnings = () if model == CHIP_MODELS[0] else (Problem("chip_model", text, model),)
    return Job(config, steps, reading.own.get("seed"), warnings, ("populations", "connections", *reading.given))


def check_steps(steps: int, tier: Tier) -> None:
    if steps > tier.max_timesteps:
        raise BeyondTier(f"Tier limit exceeded: {steps} timesteps, and tier {tier.name} allows {tier.max_timesteps}.")


def _learning(reading: Reading, named: bool) -> JsonObject:
    """The flags. Left out as a whole, noise acts where a population has some; given, a flag that is not there is false."""
    flags = reading.own
    return {
        "plasticity": "three_factor" if flags.get("three_factor") else "stdp" if flags.get("enabled") else "off",
        "graded": flags.get("graded", False),
        "dendrites": flags.get("dendritic"),
        "noise": flags.get("noise", not named),
    }
