"""Would this network fit the chip? A report, never an error: the lab itself runs what no chip holds.

Placement is the one of the chip's own compiler: neurons in the order of their global ids fill one core after the other.
A synapse whose ends share a core takes one entry of that core's pool; a synapse to another core takes a route of its
source, one per target neuron: a few within the cluster of cores, fewer beyond it. Limits are those of the published
register-transfer code and of its three FPGA builds.

Each limit that is passed says by how much, where, and which smallest change would mend it.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

from quintant.config import suggest
from quintant.errors import ConfigError, Problem
from quintant.figure.number import count

if TYPE_CHECKING:
    import numpy as np

    from quintant.labs.chip.config import ChipConfig, Population
    from quintant.labs.chip.engine.places import Places
    from quintant.labs.chip.engine.wiring import Wiring

    Array = np.ndarray[Any, Any]

Target = Literal["n1", "n1-f2", "n1-arty", "n1-kria"]
TARGETS: tuple[Target, ...] = get_args(Target)


@dataclass(frozen=True)
class Hardware:
    """Limits of one build. `synapses_per_core`: entries of a core's pool; `synapses_per_neuron`: of them, what one source
    can have; `local_destinations`, `remote_destinations`: neurons in other cores of its cluster that one source can reach,
    and beyond; `reverse_fan_in`: incoming synapses of one neuron that its learning can reach."""

    name: Target
    title: str
    cores: int
    neurons_per_core: int
    synapses_per_core: int
    synapses_per_neuron: int
    reverse_fan_in: int
    source: str
    local_destinations: int = 8
    remote_destinations: int = 4
    cores_per_cluster: int = 4
    weight_bits: int = 16
    parameter_bits: int = 16
    most_refractory_steps: int = 255
    most_delay: int = 63
    compartments: int = 4

    @property
    def neurons(self) -> int:
        return self.cores * self.neurons_per_core


_CODE = "github.com/catalyst-neuromorphic/catalyst-n1"
HARDWARE: Mapping[Target, Hardware] = {
    "n1": Hardware("n1", "N1", 128, 1024, 131_072, 4095, 32, f"{_CODE}, rtl/neuromorphic_top.v"),
    "n1-f2": Hardware("n1-f2", "N1 on AWS F2", 16, 1024, 4096, 4095, 32, f"{_CODE}, fpga/f2/cl_neuromorphic.sv"),
    "n1-arty": Hardware("n1-arty", "N1 on Arty A7", 4, 256, 8192, 63, 16, f"{_CODE}, fpga/fpga_top.v"),
    "n1-kria": Hardware("n1-kria", "N1 on Kria K26", 2, 256, 4096, 255, 16, f"{_CODE}, fpga/kria/kria_neuromorphic.v"),
}


@dataclass(frozen=True)
class Placed:
    """A population as it stands on the chip: global ids first … first + size - 1, its equations, and what their registers
    hold, by the config's names."""

    label: str
    first: int
    size: int
    model: str
    parameters: Mapping[str, int]


def placed(population: Population, first: int) -> Placed:
    """A population of the config whose first neuron has the global id `first`."""
    names = REGISTERS[population.model]
    values = {name: getattr(population, name) for name in names}
    return Placed(population.label, first, population.size, population.model, values)


REGISTERS: Mapping[str, tuple[str, ...]] = {
    "linear": ("threshold", "leak", "resting", "refractory_steps", "dendrite_threshold"),
    "decay": ("threshold", "resting", "refractory_steps", "voltage_decay", "bias"),
    "cuba": ("threshold", "resting", "refractory_steps", "voltage_decay", "current_decay", "bias"),
}
"""What each model reads of its population."""


def find_hardware(name: str) -> Hardware:
    for known, limits in HARDWARE.items():
        if known == name:
            return limits
    text = f"must be one of {', '.join(TARGETS)}; got {name!r}."
    raise ConfigError(Problem("hardware", text, name, list(TARGETS), suggest(str(name), TARGETS)))


def destinations(source: Array, target: Array, neurons: int, hardware: str = "n1") -> Array:
    """How many cores hold a target of each neuron, its own core included: [neurons], int64.

    Spikes of a neuron times this is how often its spikes are carried to a core (`energy.Counts.spikes_routed`). `source`,
    `target` [synapses]: global ids."""
    import numpy as np

    per_core = find_hardware(hardware).neurons_per_core
    reached = np.zeros((neurons, -(-neurons // per_core)), np.bool_)
    reached[source, target // per_core] = True
    result: Array = reached.sum(axis=1, dtype=np.int64)
    return result


def report(config: ChipConfig, places: Places, wiring: Wiring) -> dict[str, Any]:
    """The report on a network that is wired."""
    order = wiring.order

    def in_order(values: Array) -> Array:
        return values if order is None else values[order]

    return document(
        [placed(place.population, place.first_id) for place in places.by_id],
        places.ids[in_order(wiring.source)], places.ids[in_order(wiring.target)],
        delay=in_order(wiring.delay) if wiring.delay.any() else None,
        compartment=in_order(wiring.compartment) if wiring.compartment.any() else None,
        learning=config.plasticity != "off", hardware=config.hardware,
    )  # fmt: skip


def document(
    populations: Sequence[Placed],
    source: Array,
    target: Array,
    *,
    weight: Array | None = None,
    delay: Array | None = None,
    compartment: Array | None = None,
    learning: bool = False,
    hardware: str = "n1",
) -> dict[str, Any]:
    """The `fit` document (its keys: `quintant.labs.chip.seam`). `source`, `target` [synapses]: global ids, quickest in the
    order of `source`; `weight`, `delay`, `compartment` alike, None where they are within every chip's limits or all 0."""
    import numpy as np

    chip = find_hardware(hardware)
    neurons = sum(population.size for population in populations)
    inside = source // chip.neurons_per_core == target // chip.neurons_per_core
    cores = -(-neurons // chip.neurons_per_core)
    pool = np.bincount(source[inside] // chip.neurons_per_core, minlength=cores)
    local, remote, doubled = _routes(source, target, neurons, chip)
    checks = [_cores(neurons, cores, chip), _pool(pool, chip)]
    used = {
        "synapses_per_neuron": np.bincount(source[inside], minlength=neurons),
        "local_destinations": local,
        "remote_destinations": remote,
    }
    if learning:
        used["reverse_fan_in"] = np.bincount(target, minlength=neurons)
    checks += [_per_neuron(what, counts, populations, chip) for what, counts in used.items()]
    checks += _values(weight, delay, compartment, ~inside, doubled, chip)
    checks += _registers(populations, chip)
    return {
        "target": chip.name,
        "title": chip.title,
        "source": chip.source,
        "says": f"Placed as the compiler of {chip.title} places: ids in order, {count(chip.neurons_per_core)} neurons a core.",
        "fits": all(check["fits"] for check in checks),
        "limits": {name: value for name, value in asdict(chip).items() if name not in ("name", "title", "source")},
        "neurons": neurons,
        "synapses": len(source),
        "synapses_between_cores": int(np.count_nonzero(~inside)),
        "cores": _per_core(populations, pool, local + remote, chip),
        "checks": checks,
        "problems": [check for check in checks if not check["fits"]],
    }


def _per_core(populations: Sequence[Placed], pool: Array, fan_out: Array, chip: Hardware) -> list[dict[str, Any]]:
    rows = []
    for core, synapses in enumerate(pool.tolist()):
        first, stop = core * chip.neurons_per_core, (core + 1) * chip.neurons_per_core
        held = {
            population.label: min(stop, population.first + population.size) - max(first, population.first)
            for population in populations
        }
        held = {label: number for label, number in held.items() if number > 0}
        rows.append(
            {
                "core": core,
                "populations": held,
                "neurons": sum(held.values()),
                "synapses": synapses,
                "neurons_percent": 100 * sum(held.values()) / chip.neurons_per_core,
                "synapses_percent": 100 * synapses / chip.synapses_per_core,
                "fan_out": int(fan_out[first:stop].max(initial=0)),
                "on_chip": core < chip.cores,
            }
        )
    return rows


def _routes(source: Array, target: Array, neurons: int, chip: Hardware) -> tuple[Array, Array, int]:
    """Distinct targets of each neuron in other cores of its cluster and beyond it, [neurons] each, and how many synapses
    between cores share both ends with another: a route holds one weight."""
    import numpy as np

    bits = neurons.bit_length()
    cluster = chip.neurons_per_core * chip.cores_per_cluster
    local, beyond, doubled = np.zeros(neurons, np.int64), np.zeros(neurons, np.int64), 0
    for part in _parts(source):
        own, other = source[part].astype(np.int64), target[part]
        outside = own // chip.neurons_per_core != other // chip.neurons_per_core
        pairs = own[outside] << bits | other[outside]
        pairs.sort()
        first = np.ones(len(pairs), np.bool_)
        np.not_equal(pairs[1:], pairs[:-1], out=first[1:])
        doubled += int(len(pairs) - np.count_nonzero(first))
        pairs = pairs[first]
        own, other = pairs >> bits, pairs & (2**bits - 1)
        near = own // cluster == other // cluster
        for routes, chosen in ((local, own[near]), (beyond, own[~near])):
            if len(chosen):
                counts = np.bincount(chosen - chosen[0])
                routes[chosen[0] : chosen[0] + len(counts)] += counts
    return local, beyond, doubled


def _parts(source: Array, size: int = 100_000) -> list[slice]:
    """Stretches of about `size` synapses, which caches hold (5× faster at 8 million), where `source` ascends; no source is
    in two of them. One stretch where it does not ascend."""
    import numpy as np

    if len(source) <= size or np.any(source[1:] < source[:-1]):
        return [slice(0, len(source))]
    cuts = np.unique(np.searchsorted(source, source[size::size]))
    ends = [0, *(int(cut) for cut in cuts if cut), len(source)]
    return [slice(start, stop) for start, stop in itertools.pairwise(ends)]


def _check(what: str, says: str, value: int, limit: int, where: str | None, change: str) -> dict[str, Any]:
    """`value` of `limit`, `where` it is greatest; `change` only where it does not fit."""
    fits = value <= limit
    remedy = None if fits else change
    return {"what": what, "says": says, "value": value, "limit": limit, "fits": fits, "where": where, "change": remedy}


def _cores(neurons: int, cores: int, chip: Hardware) -> dict[str, Any]:
    change = f"take {count(neurons - chip.neurons)} neurons away: {chip.title} has {count(chip.neurons)}"
    return _check("cores", f"cores of {count(chip.neurons_per_core)} neurons", cores, chip.cores, None, change)


def _pool(pool: Array, chip: Hardware) -> dict[str, Any]:
    core, value = (int(pool.argmax()), int(pool.max())) if len(pool) else (0, 0)
    limit = chip.synapses_per_core
    change = f"take {count(value - limit)} synapses away from core {core}, to {limit / max(value, 1):.2g} times its density"
    where = f"core {core}" if value else None
    return _check("synapses_per_core", "synapses that stay within one core", value, limit, where, change)


_PER_NEURON = {
    "synapses_per_neuron": ("synapses of one neuron within its core", "give it at most {} targets on its own core"),
    "local_destinations": ("targets of one neuron in other cores of its cluster", "give it at most {} targets there"),
    "remote_destinations": ("targets of one neuron beyond its cluster", "give it at most {} targets there"),
    "reverse_fan_in": ("incoming synapses of one neuron, all learning", "give it at most {} incoming synapses"),
}


def _per_neuron(what: str, used: Array, populations: Sequence[Placed], chip: Hardware) -> dict[str, Any]:
    """The neuron that uses most of a limit, and how many are over it."""
    limit = int(getattr(chip, what))
    says, change = _PER_NEURON[what]
    worst = int(used.argmax()) if len(used) else 0
    value, over = int(used.max(initial=0)), int((used > limit).sum())
    where = next(
        (
            f"{population.label}[{worst - population.first}]"
            for population in populations
            if 0 <= worst - population.first < population.size
        ),
        None,
    )
    change = change.format(limit)
    if over > 1:
        change += f", and so for {count(over - 1)} more {'neuron' if over == 2 else 'neurons'}"
    fewer = len(used) - chip.neurons_per_core
    if what.endswith("destinations") and 0 < fewer <= chip.neurons_per_core // 4:
        them = "neuron" if fewer == 1 else "neurons"
        change += f"; or take {count(fewer)} {them} away: {count(chip.neurons_per_core)} share one core"
    return _check(what, says, value, limit, where if value else None, change) | {"over": over}


def _values(
    weight: Array | None, delay: Array | None, compartment: Array | None, outside: Array, doubled: int, chip: Hardware
) -> list[dict[str, Any]]:
    """What one synapse may carry: `value` counts those that may not, and none is allowed."""
    import numpy as np

    def wrong(what: str, says: str, number: Any, change: str) -> dict[str, Any]:
        return _check(what, says, int(number), 0, None, change)

    checks = []
    if weight is not None:
        low, high = _range(chip.weight_bits)
        clipped = np.count_nonzero((weight > high) | (weight < low))
        says = f"weights beyond {count(low)} … {count(high)}, which would be clipped"
        checks.append(wrong("weights", says, clipped, f"keep all weights within {count(low)} … {count(high)}"))
    if delay is not None:
        longer = np.count_nonzero(delay > chip.most_delay)
        checks.append(
            wrong("delays", f"delays longer than {chip.most_delay} steps", longer, f"keep delays at most {chip.most_delay}")
        )
        says = "synapses between cores with a delay, for which a route has no field"
        change = "keep delayed synapses within one core, or set their delay to 0"
        checks.append(wrong("delays_between_cores", says, np.count_nonzero(delay[outside]), change))
    if compartment is not None:
        says = "synapses between cores onto a dendrite, for which a route has no field"
        change = "keep synapses onto dendrites within one core"
        checks.append(wrong("dendrites_between_cores", says, np.count_nonzero(compartment[outside]), change))
    says = "synapses between cores beside another of the same two neurons: a route holds one weight"
    checks.append(wrong("parallel_between_cores", says, doubled, "merge parallel synapses into one"))
    return checks


def _registers(populations: Sequence[Placed], chip: Hardware) -> list[dict[str, Any]]:
    """Parameters that no register holds, and equations that are this lab's own."""
    wide = []
    for population in populations:
        for name, value in population.parameters.items():
            low, high = (0, chip.most_refractory_steps) if name == "refractory_steps" else _range(chip.parameter_bits)
            if not low <= value <= high:
                wide.append(f"{population.label}.{name}: keep {count(value)} within {count(low)} … {count(high)}")
    change = "; ".join(wide[:4]) + (f"; and {len(wide) - 4} more" if len(wide) > 4 else "")
    says = f"neuron parameters beyond {chip.parameter_bits} bits (refractory_steps: 8)"
    own = [population.label for population in populations if population.model == "decay"]
    change_own = f"take model cuba or linear in {', '.join(own[:4])}{' …' if len(own) > 4 else ''}"
    return [
        _check("parameters", says, len(wide), 0, None, change),
        _check("models", "populations of model decay, which is this lab's own", len(own), 0, None, change_own),
    ]


def _range(bits: int) -> tuple[int, int]:
    return -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
