"""A job of the wire on a stored network: the ChipConfig of its Run.

Beyond the contract: stimuli with a time, samples, probes, weights over time, a seed. What the contract leaves open is decided
in docs/contracts/chip.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from quintant.errors import Problem
from quintant.labs.chip.config import ChipConfig
from quintant.labs.chip.contract.facade import Json
from quintant.labs.chip.contract.network import Network, check, check_size
from quintant.labs.chip.contract.refusal import BeyondTier
from quintant.labs.chip.contract.wire import FLAGS, STIMULUS, Array, Faults
from quintant.labs.chip.tiers import Tier

EXTENSIONS = ("samples", "readout", "probes", "record_weights", "weights_every_steps", "hardware", "energy_profile")
"""Keys of the ChipConfig that a job may carry under their own names."""
KEYS = ("network_id", "timesteps", "stimuli", "learning", "rewards", "chip_model", "seed", *EXTENSIONS)
CHIP_MODELS = ("n1", "n2")
MODES = ("constant", "pulse")


@dataclass(frozen=True)
class Job:
    """`steps`: those of all samples together. `seed`: root seed of the Run, None for the server's."""

    config: ChipConfig
    steps: int
    seed: int | None
    warnings: tuple[Problem, ...]


def network_id(body: Mapping[str, Any]) -> str:
    """Which network a job names. ConfigError when it names none."""
    faults = Faults()
    found = body.get("network_id")
    if not isinstance(found, str):
        faults.add("network_id", "is required." if found is None else "must be a text, as POST /v1/networks answered it.")
    faults.refuse()
    return str(found)


def decode(body: Mapping[str, Any], network: Network, tier: Tier) -> Job:
    """The job that a request describes. ConfigError with every fault, BeyondTier when it is too large or too long."""
    faults, warnings = Faults(), []
    faults.unknown(body, KEYS)
    body = {name: value for name, value in body.items() if value is not None}
    if "timesteps" not in body:
        faults.add("timesteps", "is required.")
    timesteps = faults.whole(body.get("timesteps", 1), "timesteps")
    model = body.get("chip_model", CHIP_MODELS[0])
    if model not in CHIP_MODELS:
        faults.add("chip_model", f"must be one of {', '.join(CHIP_MODELS)}.", None, list(CHIP_MODELS))
    elif model != CHIP_MODELS[0]:
        warnings.append(Problem("chip_model", f"{model} computes as n1 here: it is the one whose arithmetic is public.", model))
    raw: Json = {
        **network.parts,
        "timesteps": timesteps,
        "stimuli": stimuli(body.get("stimuli"), "stimuli", faults),
        "rewards": _rewards(body.get("rewards"), faults),
        **_learning(body.get("learning"), faults),
        **{name: body[name] for name in EXTENSIONS if name in body and name != "samples"},
    }
    if "samples" in body:
        raw["samples"] = [
            _sample(one, f"samples.{at}", faults) for at, one in enumerate(faults.list(body["samples"], "samples"))
        ]
    seed = body.get("seed")
    if seed is not None:
        seed = faults.whole(seed, "seed")
        if isinstance(seed, int) and not 0 <= seed < 2**63:
            faults.add("seed", f"must be from 0 to 2^63 - 1; got {seed}.", seed)
    faults.refuse()
    steps = timesteps * max(1, len(raw.get("samples", ())))
    check_size(network.neurons, tier)
    check_steps(steps, tier)
    return Job(check(raw), steps, seed, tuple(warnings))


def check_steps(steps: int, tier: Tier) -> None:
    if steps > tier.max_timesteps:
        raise BeyondTier(f"Tier limit exceeded: {steps} timesteps, and tier {tier.name} allows {tier.max_timesteps}.")


def stimuli(value: Any, path: str, faults: Faults) -> list[Json]:
    return [_stimulus(one, f"{path}.{at}", faults) for at, one in enumerate(faults.list(value, path))]


def _stimulus(value: Any, path: str, faults: Faults) -> Json:
    given = faults.object(value, path)
    faults.unknown(given, STIMULUS, path)
    found: Json = {name: given[name] for name in ("population", "probability") if name in given}
    for name in ("current", "start", "stop"):
        if name in given:
            found[name] = faults.whole(given[name], f"{path}.{name}")
    for name in ("neurons", "times"):
        if name in given:
            found[name] = faults.wholes(given[name], f"{path}.{name}").tolist()
    if "events" in given:
        found["events"] = _events(given["events"], f"{path}.events", faults)
    mode = given.get("mode", MODES[0])
    if mode not in MODES:
        faults.add(f"{path}.mode", f"must be one of {', '.join(MODES)}.", None, list(MODES))
    elif mode == "pulse":
        clash = [name for name in ("stop", "times", "events") if name in given]
        if clash:
            faults.add(f"{path}.mode", f"pulse acts at step `start` alone, so it goes without {', '.join(clash)}.")
        else:
            found["times"] = [found.pop("start", 0)]
    return found


def _events(value: Any, path: str, faults: Faults) -> list[list[int]]:
    rows: list[Array] = [faults.wholes(row, f"{path}.{at}") for at, row in enumerate(faults.list(value, path))]
    for at, row in enumerate(rows):
        if not faults.found and len(row) != 2:
            faults.add(f"{path}.{at}", f"must be [step, neuron]; got {len(row)} numbers.")
    return [row.tolist() for row in rows]


def _rewards(value: Any, faults: Faults) -> list[Json]:
    rewards: list[Json] = []
    for at, one in enumerate(faults.list(value, "rewards")):
        path = f"rewards.{at}"
        given = faults.object(one, path)
        faults.unknown(given, ("timestep", "value"), path)
        rewards.append({name: faults.whole(given[name], f"{path}.{name}") for name in ("timestep", "value") if name in given})
    return rewards


def _sample(value: Any, path: str, faults: Faults) -> Json:
    given = faults.object(value, path)
    faults.unknown(given, ("stimuli", "label"), path)
    found: Json = {"stimuli": stimuli(given.get("stimuli"), f"{path}.stimuli", faults)}
    return found | ({"label": faults.whole(given["label"], f"{path}.label")} if "label" in given else {})


def _learning(value: Any, faults: Faults) -> Json:
    """The flags. Left out as a whole, noise acts where a population has some; given, a flag that is not there is false."""
    given = {} if value is None else faults.object(value, "learning")
    faults.unknown(given, FLAGS, "learning")
    for name in FLAGS:
        if name in given and not isinstance(given[name], bool):
            faults.add(f"learning.{name}", "must be true or false.")
    on = {name: given.get(name) is True for name in FLAGS}
    return {
        "plasticity": "three_factor" if on["three_factor"] else "stdp" if on["enabled"] else "off",
        "graded": on["graded"],
        "dendrites": given.get("dendritic"),
        "noise": value is None or on["noise"],
    }
