"""Energy estimate: what a run counted, times published energies per operation. Always an estimate, never a measurement.

    E = synaptic operations · e_syn + neuron updates · e_neuron + deliveries · e_route + weight updates · e_learn

Counts are exact and machine-independent; energies per operation belong to somebody's chip, of a certain year, often
simulated before it was built. So every product stands beside its count, its coefficient and its source, a coefficient
that was never published leaves its count unpriced instead of costing nothing, and a range of coefficients becomes a range
of energy: all low ends together, all high ends together (the terms' errors are not independent, so they do not average).

    price_list(chip, edited)     the coefficients of one chip with a user's own in place of some
    document(counts, prices, …)  the `energy` document of a result

Any coefficient can be edited; an edited one names its own source.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from quintant.errors import ConfigError, Problem

Term = Literal["synaptic_operations", "neuron_updates", "deliveries", "weight_updates"]
TERMS: tuple[Term, ...] = get_args(Term)
Chip = Literal["loihi", "spinnaker", "spinnaker2", "cpu", "gpu", "arm"]
CHIPS: tuple[Chip, ...] = get_args(Chip)

SAYS: Mapping[Term, str] = {
    "synaptic_operations": "a spike that passes one synapse: read the weight, add it to the target's input",
    "neuron_updates": "one neuron in one time-step, spiking or not",
    "deliveries": "one spike carried to one core that holds a target of it",
    "weight_updates": "one visit of the learning rule to one synapse",
}


@dataclass(frozen=True)
class Counts:
    """What a run did: integers that are the same on any machine. Meanings: `SAYS`.

    `deliveries` need a placement: `quintant.labs.chip.fit` tells how many cores each neuron's spikes must reach.
    """

    synaptic_operations: int
    neuron_updates: int
    deliveries: int
    weight_updates: int = 0


@dataclass(frozen=True)
class Price:
    """Energy per operation in pJ: the `value` used, its range, where it comes from, and what kind of number it is."""

    value_pj: float
    low_pj: float
    high_pj: float
    source: str
    edited: bool = False


_DAVIES = "Davies et al. 2018, doi 10.1109/MM.2018.112130359, Table 2 (simulated before silicon, 0.75 V)"
_HOPPNER = "Höppner et al. 2019, arXiv 1903.08941, as KerasSpiking rounds it"
_DEGNAN = "Degnan, Marr & Hasler 2016, doi 10.1109/TVLSI.2015.2392942, one arithmetic operation, as KerasSpiking applies it"


def _exactly(value_pj: float, source: str) -> Price:
    return Price(value_pj, value_pj, value_pj, source)


PRICES: Mapping[Chip, Mapping[Term, Price]] = {
    "loihi": {
        "synaptic_operations": Price(
            23.6,
            12.7,
            26.0,
            f"{_DAVIES}, a minimum; range over digital chips that were measured: ODIN 12.7 pJ (Frenkel et al. 2019, "
            "doi 10.1109/TBCAS.2018.2880425) to TrueNorth 26 pJ (Merolla et al. 2014, doi 10.1126/science.1254642)",
        ),
        "neuron_updates": Price(81.0, 52.0, 81.0, f"{_DAVIES}, active; low end: inactive"),
        "deliveries": Price(
            5.2,
            1.7,
            14.6,
            f"{_DAVIES}: 1.7 pJ within a tile + one hop of 3.5 pJ (3.0 east-west, 4.0 north-south); low end: no hop; high end: "
            "the mean way between random tiles of an 8 × 4 mesh (our assumption), 2.6 hops east-west and 1.25 north-south",
        ),
        "weight_updates": _exactly(120.0, f"{_DAVIES}, pairwise STDP; no range is published"),
    },
    "spinnaker": {
        "synaptic_operations": _exactly(13_300.0, _HOPPNER),
        "neuron_updates": _exactly(26_000.0, _HOPPNER),
    },
    "spinnaker2": {
        "synaptic_operations": _exactly(1_500.0, f"{_HOPPNER} (prototype)"),
        "neuron_updates": _exactly(2_190.0, f"{_HOPPNER} (prototype)"),
    },
    "cpu": {term: _exactly(8_600.0, f"{_DEGNAN}: Intel i7-4960X") for term in ("synaptic_operations", "neuron_updates")},
    "gpu": {term: _exactly(300.0, f"{_DEGNAN}: GTX Titan Black") for term in ("synaptic_operations", "neuron_updates")},
    "arm": {term: _exactly(900.0, f"{_DEGNAN}: Cortex-A") for term in ("synaptic_operations", "neuron_updates")},
}
"""A term that a chip has no published number for is absent, and its count stays unpriced."""

TITLES: Mapping[Chip, str] = {
    "loihi": "Loihi",
    "spinnaker": "SpiNNaker",
    "spinnaker2": "SpiNNaker 2 prototype",
    "cpu": "CPU",
    "gpu": "GPU",
    "arm": "ARM",
}


def price_list(chip: Chip = "loihi", edited: Mapping[str, Mapping[str, Any]] | None = None) -> dict[Term, Price]:
    """The coefficients of `chip`; `edited` maps a term to {"value_pj", "source", optional "low_pj", "high_pj"}.

    An edited coefficient without a range has none: low and high are its value. ConfigError for an unknown chip or term, a
    negative or disordered range, or a coefficient that names no source.
    """
    if chip not in PRICES:
        raise ConfigError(Problem("chip", f"must be one of {', '.join(CHIPS)}; got {chip!r}.", chip, list(CHIPS)))
    prices = dict(PRICES[chip])
    problems = []
    for name, given in (edited or {}).items():
        if name not in TERMS:
            problems.append(Problem(name, f"must be one of {', '.join(TERMS)}.", name, list(TERMS)))
            continue
        value = float(given["value_pj"])
        low = value if given.get("low_pj") is None else float(given["low_pj"])
        high = value if given.get("high_pj") is None else float(given["high_pj"])
        if not 0 <= low <= value <= high < float("inf"):
            problems.append(
                Problem(name, f"must have 0 ≤ low_pj ≤ value_pj ≤ high_pj; got {low:g}, {value:g}, {high:g}.", dict(given))
            )
            continue
        source = str(given.get("source") or "").strip()
        if not source:
            problems.append(Problem(f"{name}.source", "must say where the number comes from.", given.get("source")))
            continue
        prices[name] = Price(value, low, high, source, edited=True)
    if problems:
        raise ConfigError(problems)
    return {term: prices[term] for term in TERMS if term in prices}


def document(
    counts: Counts,
    prices: Mapping[Term, Price],
    *,
    chip: Chip,
    steps: int,
    spikes: int,
    neurons: int,
    synapses: int,
    step_us: float | None = None,
) -> dict[str, Any]:
    """The `energy` document: an estimate with all that it rests on.

    Terms in the order of `TERMS`; `energy_nj` (low, high) is None where the chip has no published coefficient. `total_nj`
    is the sum of the priced terms. Power needs the length of a step: without `step_us` it is None. `activity` carries the
    counts that NeuroBench-style metrics are formed of (Yik et al. 2025, doi 10.1038/s41467-025-56739-4).
    """
    terms: list[dict[str, Any]] = []
    for term in TERMS:
        count, price = int(getattr(counts, term)), prices.get(term)
        row: dict[str, Any] = {"term": term, "says": SAYS[term], "count": count}
        if price is None:
            row |= dict.fromkeys(("value_pj", "low_pj", "high_pj", "energy_nj", "low_nj", "high_nj"))
            row |= {"source": None, "edited": False, "reason": f"no coefficient is published for {TITLES[chip]}"}
        else:
            row |= {"value_pj": price.value_pj, "low_pj": price.low_pj, "high_pj": price.high_pj}
            row |= {"energy_nj": _nj(count, price.value_pj), "low_nj": _nj(count, price.low_pj)}
            row |= {"high_nj": _nj(count, price.high_pj), "source": price.source, "edited": price.edited, "reason": None}
        terms.append(row)
    priced = [row for row in terms if row["energy_nj"] is not None]
    total = {end: sum(row[end] for row in priced) for end in ("energy_nj", "low_nj", "high_nj")}
    return {
        "estimate": True,
        "says": "Exact counts of this run times energies per operation that others published; not a measurement.",
        "chip": chip,
        "title": TITLES[chip],
        "terms": terms,
        "unpriced": [row["term"] for row in terms if row["energy_nj"] is None and row["count"]],
        "total_nj": total["energy_nj"],
        "low_nj": total["low_nj"],
        "high_nj": total["high_nj"],
        "steps": steps,
        "step_us": step_us,
        "mean_power_uw": total["energy_nj"] * 1000 / (steps * step_us) if step_us else None,
        "activity": {
            "spikes": spikes,
            "neurons": neurons,
            "synapses": synapses,
            "activation_sparsity": 1 - spikes / (neurons * steps) if neurons and steps else None,
            "synaptic_operations_per_step": counts.synaptic_operations / steps if steps else None,
        },
    }


def _nj(count: int, pj: float) -> float:
    return count * pj / 1000
