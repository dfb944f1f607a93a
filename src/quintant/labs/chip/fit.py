"""Would this network fit the chip? A report (`fits_hardware`), never an error: the lab itself runs what no chip holds.

Placement is the one of the chip's own compiler: neurons in the order of their global ids fill one core after the other.
A synapse whose ends share a core takes one entry of that core's pool; a synapse to another core takes a route of its
source, one per target neuron: a few within the cluster of cores, fewer beyond it. Limits are those of the published
register-transfer code and of its three FPGA builds.

Each limit that is passed says by how much, where, and which smallest change would mend it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

from quintant.config import suggest
from quintant.errors import ConfigError, Problem

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

Target = Literal["n1", "n1-f2", "n1-arty", "n1-kria"]
TARGETS: tuple[Target, ...] = get_args(Target)


@dataclass(frozen=True)
class Hardware:
    """Limits of one build. `synapses_per_core`: entries of a core's pool; `synapses_per_neuron`: of them, what one
    source can have; `local_routes`, `global_routes`: targets of one source in other cores of its cluster, and beyond;
    `learning_fan_in`: incoming synapses of one neuron that its learning can reach."""

    name: Target
    title: str
    cores: int
    neurons_per_core: int
    synapses_per_core: int
    synapses_per_neuron: int
    learning_fan_in: int
    source: str
    local_routes: int = 8
    global_routes: int = 4
    cores_per_cluster: int = 4
    weight_bits: int = 16
    parameter_bits: int = 16
    most_refrac: int = 255
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
    """A population as it stands on the chip: ids first … first + size - 1, and its neurons' parameters, by their names."""

    label: str
    first: int
    size: int
    parameters: Mapping[str, int]


def find_hardware(name: str) -> Hardware:
    for known, one in HARDWARE.items():
        if known == name:
            return one
    words = f"must be one of {', '.join(TARGETS)}; got {name!r}."
    raise ConfigError(Problem("hardware", words, name, list(TARGETS), suggest(str(name), TARGETS)))


def destinations(source: Array, target: Array, neurons: int, hardware: str = "n1") -> Array:
    """How many cores hold a target of each neuron, its own core included: [neurons], int64.

    Spikes of a neuron times this is how often its spikes are carried to a core (`energy.Counts.deliveries`). `source`,
    `target` [synapses]: global ids."""
    import numpy as np

    per_core = find_hardware(hardware).neurons_per_core
    reached = np.zeros((neurons, -(-neurons // per_core)), np.bool_)
    reached[source, target // per_core] = True
    return reached.sum(axis=1, dtype=np.int64)


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
    """The `fit` document. `source`, `target` [synapses]: global ids; `weight`, `delay`, `compartment` alike, or None where
    all of them are within every chip's limits (delay and compartment: 0)."""
    import numpy as np

    chip = find_hardware(hardware)
    ends = np.array([one.first for one in populations], np.int64), [one.label for one in populations]
    neurons = sum(one.size for one in populations)
    cores = -(-neurons // chip.neurons_per_core)
    source_core, target_core = source // chip.neurons_per_core, target // chip.neurons_per_core
    inside = source_core == target_core
    pool = np.bincount(source_core[inside], minlength=cores)
    local, beyond, doubled = _routes(source, target, neurons, chip)

    def named(neuron: int) -> str:
        place = int(np.searchsorted(ends[0], neuron, side="right")) - 1
        return f"{ends[1][place]}[{neuron - int(ends[0][place])}]"

    checks = [_cores(neurons, cores, chip), _pool(pool, chip)]
    checks.append(
        _per_source(
            "synapses_per_neuron",
            np.bincount(source[inside], minlength=neurons),
            chip.synapses_per_neuron,
            "synapses of one neuron within its core",
            "give it at most {limit} targets on its own core",
            named,
        )
    )
    one_core = ""
    if 0 < neurons - chip.neurons_per_core <= chip.neurons_per_core // 4:
        fewer = neurons - chip.neurons_per_core
        one_core = f", or take {fewer:,} {'neuron' if fewer == 1 else 'neurons'} away: {chip.neurons_per_core:,} share one core"
    checks += [
        _per_source(
            "local_routes",
            local,
            chip.local_routes,
            f"targets of one neuron in other cores of its cluster ({chip.cores_per_cluster} cores)",
            "give it at most {limit} targets there" + one_core,
            named,
        ),
        _per_source(
            "global_routes",
            beyond,
            chip.global_routes,
            "targets of one neuron beyond its cluster",
            "give it at most {limit} targets there" + one_core,
            named,
        ),
    ]
    if learning:
        checks.append(
            _per_source(
                "learning_fan_in",
                np.bincount(target, minlength=neurons),
                chip.learning_fan_in,
                "incoming synapses of one neuron that can learn",
                "give it at most {limit} incoming synapses, or take the rest as fixed",
                named,
            )
        )
    checks += _values(weight, delay, compartment, ~inside, doubled, chip)
    checks += _parameters(populations, chip)
    neurons_on = np.full(cores, chip.neurons_per_core)
    if cores:
        neurons_on[-1] = neurons - (cores - 1) * chip.neurons_per_core
    by_core = np.arange(neurons) // chip.neurons_per_core
    return {
        "fits_hardware": all(one["fits"] for one in checks),
        "hardware": asdict(chip) | {"neurons": chip.neurons},
        "says": f"Placed as the compiler of {chip.title} places: ids in order, {chip.neurons_per_core:,} neurons a core.",
        "neurons": neurons,
        "synapses": len(source),
        "synapses_between_cores": int(np.count_nonzero(~inside)),
        "checks": checks,
        "cores": [
            {
                "core": core,
                "neurons": int(neurons_on[core]),
                "synapses": int(pool[core]),
                "most_local_routes": int(local[by_core == core].max(initial=0)),
                "most_global_routes": int(beyond[by_core == core].max(initial=0)),
                "on_chip": core < chip.cores,
            }
            for core in range(cores)
        ],
    }


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
        for found, chosen in ((local, own[near]), (beyond, own[~near])):
            if len(chosen):
                counts = np.bincount(chosen - chosen[0])
                found[chosen[0] : chosen[0] + len(counts)] += counts
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


def _check(limit: str, says: str, used: int, of: int, where: str | None, mend: str | None) -> dict[str, Any]:
    """`used` of `of`, where it is greatest; `mend` only where it does not fit."""
    fits = used <= of
    return {"limit": limit, "says": says, "used": used, "of": of, "fits": fits, "where": where, "mend": None if fits else mend}


def _cores(neurons: int, cores: int, chip: Hardware) -> dict[str, Any]:
    mend = f"take {neurons - chip.neurons:,} neurons away: {chip.title} has {chip.neurons:,}"
    return _check("cores", f"cores of {chip.neurons_per_core:,} neurons", cores, chip.cores, None, mend)


def _pool(pool: Array, chip: Hardware) -> dict[str, Any]:
    core, used = (int(pool.argmax()), int(pool.max())) if len(pool) else (0, 0)
    of = chip.synapses_per_core
    mend = f"take {used - of:,} synapses away from core {core}, to {of / max(used, 1):.2g} times its density"
    return _check("synapses_per_core", "synapses that stay within one core", used, of, f"core {core}" if used else None, mend)


def _per_source(limit: str, used: Array, of: int, says: str, mend: str, named: Any) -> dict[str, Any]:
    """The neuron that uses most of a limit, and how many are over it."""
    worst = int(used.argmax()) if len(used) else 0
    most, over = (int(used[worst]) if len(used) else 0), int((used > of).sum())
    words = f"{named(worst)}: {mend.format(limit=of)}" + (
        f"; {over - 1:,} more {'neuron is' if over == 2 else 'neurons are'} over" if over > 1 else ""
    )
    return _check(limit, says, most, of, named(worst) if most else None, words) | {"over": over}


def _values(
    weight: Array | None, delay: Array | None, compartment: Array | None, outside: Array, doubled: int, chip: Hardware
) -> list[dict[str, Any]]:
    """What one synapse may carry; the count of those that may not is `used`, and none of them is allowed."""
    import numpy as np

    top = 2 ** (chip.weight_bits - 1) - 1
    rows: list[tuple[str, str, int, str]] = []
    if weight is not None:
        clipped = int(np.count_nonzero((weight > top) | (weight < -top - 1)))
        words = f"weights beyond {-top - 1:,} … {top:,}, which would be clipped"
        rows.append(("weights", words, clipped, f"keep all weights within {-top - 1:,} … {top:,}"))
    if delay is not None:
        rows.append(
            (
                "delays",
                f"delays longer than {chip.most_delay} steps",
                int(np.count_nonzero(delay > chip.most_delay)),
                f"keep delays at most {chip.most_delay}",
            )
        )
        lost = int(np.count_nonzero(delay[outside]))
        words = "synapses between cores with a delay, for which a route has no field"
        rows.append(("delays_between_cores", words, lost, "keep delayed synapses within one core, or set their delay to 0"))
    if compartment is not None:
        lost = int(np.count_nonzero(compartment[outside]))
        words = "synapses between cores onto a dendrite, for which a route has no field"
        rows.append(("dendrites_between_cores", words, lost, "keep synapses onto dendrites within one core"))
    words = "synapses between cores beside another of the same two neurons: a route holds one weight"
    rows.append(("parallel_between_cores", words, doubled, "merge parallel synapses into one"))
    return [_check(name, words, count, 0, None, mend) for name, words, count, mend in rows]


def _parameters(populations: Iterable[Placed], chip: Hardware) -> list[dict[str, Any]]:
    """Parameters that the chip's registers cannot hold, by population."""
    top = 2 ** (chip.parameter_bits - 1) - 1
    wrong = []
    for one in populations:
        for name, value in one.parameters.items():
            low, high = (0, chip.most_refrac) if name == "refrac" else (-top - 1, top)
            if not low <= value <= high:
                wrong.append(f"{one.label}.{name}: keep {value:,} within {low:,} … {high:,}")
    mend = "; ".join(wrong[:4]) + (f"; and {len(wrong) - 4} more" if len(wrong) > 4 else "")
    says = f"neuron parameters that do not fit {chip.parameter_bits} bits (refrac: 8)"
    return [_check("parameters", says, len(wrong), 0, None, mend)]
