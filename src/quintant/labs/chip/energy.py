"""Energy estimate: what a run counted, times published energies per operation. Always an estimate, never a measurement.

    E = synaptic operations · e_syn + neuron updates · e_neuron + spikes routed · e_route + learning updates · e_learn

Counts are exact and the same on any machine; energies per operation belong to somebody's chip, of a certain year, often
simulated before it was built. So every product stands beside its count, its coefficient and its source; a coefficient
that was never published leaves its count unpriced instead of costing nothing; and a range of coefficients becomes a range
of energy: all low ends together, all high ends together (the terms' errors are not independent, so they do not average).

    prices(profile, own)   the coefficients of a published profile, or a user's own
    document(counts, …)    the `energy` document of a result (its keys: `quintant.labs.chip.seam`)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

if TYPE_CHECKING:
    from quintant.labs.chip.config import EnergyCoefficients

Term = Literal["synaptic_operations", "neuron_updates", "spikes_routed", "learning_updates"]
TERMS: tuple[Term, ...] = get_args(Term)
Profile = Literal["loihi", "spinnaker", "spinnaker2", "cpu", "gpu", "arm"]
PROFILES: tuple[Profile, ...] = get_args(Profile)
OWN = "own"
"""Stands for the profile where a user's own coefficients are used."""


@dataclass(frozen=True)
class Counts:
    """What a run did.

    synaptic_operations  a spike that passes one synapse: its weight is read and added to the target's input
    neuron_updates       one neuron in one step, spiking or not
    spikes_routed        one spike carried to one core that holds a target of it (`quintant.labs.chip.fit.destinations`)
    learning_updates     one change of one synapse's state by learning
    """

    synaptic_operations: int
    neuron_updates: int
    spikes_routed: int
    learning_updates: int = 0


@dataclass(frozen=True)
class Price:
    """Energy per operation (pJ): the value used, its range, and where all three come from."""

    pj: float
    low_pj: float
    high_pj: float
    source: str


_DAVIES = "Davies et al. 2018, doi 10.1109/MM.2018.112130359, Table 2 (simulated before silicon, 0.75 V)"
_HOPPNER = "Höppner et al. 2019, arXiv 1903.08941, as KerasSpiking rounds it"
_DEGNAN = "Degnan, Marr & Hasler 2016, doi 10.1109/TVLSI.2015.2392942, one arithmetic operation, as KerasSpiking applies it"


def _single(pj: float, source: str) -> Price:
    return Price(pj, pj, pj, source)


def _both(synaptic_pj: float, neuron_pj: float, source: str) -> dict[Term, Price]:
    return {"synaptic_operations": _single(synaptic_pj, source), "neuron_updates": _single(neuron_pj, source)}


PRICES: Mapping[Profile, Mapping[Term, Price]] = {
    "loihi": {
        "synaptic_operations": Price(
            23.6,
            12.7,
            26.0,
            f"{_DAVIES}, a minimum; range over digital chips that were measured: ODIN 12.7 pJ (Frenkel et al. 2019, "
            "doi 10.1109/TBCAS.2018.2880425) to TrueNorth 26 pJ (Merolla et al. 2014, doi 10.1126/science.1254642)",
        ),
        "neuron_updates": Price(81.0, 52.0, 81.0, f"{_DAVIES}, active; low end: inactive"),
        "spikes_routed": Price(
            5.2,
            1.7,
            14.6,
            f"{_DAVIES}: 1.7 pJ within a tile and one hop of 3.5 pJ (3.0 east-west, 4.0 north-south); low end: no hop; "
            "high end: the mean way between random tiles of an 8 × 4 mesh (our assumption), 2.6 hops and 1.25",
        ),
        "learning_updates": _single(120.0, f"{_DAVIES}, pairwise STDP; no range is published"),
    },
    "spinnaker": _both(13_300.0, 26_000.0, _HOPPNER),
    "spinnaker2": _both(1_500.0, 2_190.0, f"{_HOPPNER} (prototype)"),
    "cpu": _both(8_600.0, 8_600.0, f"{_DEGNAN}: Intel i7-4960X"),
    "gpu": _both(300.0, 300.0, f"{_DEGNAN}: GTX Titan Black"),
    "arm": _both(900.0, 900.0, f"{_DEGNAN}: Cortex-A"),
}
"""A term for which no number is published is absent, and its count stays unpriced."""

TITLES: Mapping[str, str] = {
    "loihi": "Loihi",
    "spinnaker": "SpiNNaker",
    "spinnaker2": "SpiNNaker 2 prototype",
    "cpu": "CPU",
    "gpu": "GPU",
    "arm": "ARM",
    OWN: "own coefficients",
}
SOURCES: Mapping[Profile, str] = {
    "loihi": _DAVIES,
    "spinnaker": _HOPPNER,
    "spinnaker2": _HOPPNER,
    "cpu": _DEGNAN,
    "gpu": _DEGNAN,
    "arm": _DEGNAN,
}


def prices(profile: Profile = "loihi", own: EnergyCoefficients | None = None) -> dict[Term, Price]:
    """The coefficients of `profile`, or a user's `own` in place of all of them (of each only a value: they have no range)."""
    if own is None:
        return {term: PRICES[profile][term] for term in TERMS if term in PRICES[profile]}
    values = (own.synaptic_operation_pj, own.neuron_update_pj, own.spike_pj, own.learning_update_pj)
    return {term: _single(value, own.source) for term, value in zip(TERMS, values, strict=True)}


def document(
    counts: Counts,
    *,
    profile: Profile = "loihi",
    own: EnergyCoefficients | None = None,
    neurons: int,
    steps: int,
    spikes: int,
    synapses: int,
    pairs: int,
    step_ms: float | None = None,
) -> dict[str, Any]:
    """The `energy` document: the estimate and all that it rests on.

    `steps`: of all samples together; `pairs`: of neurons that the connections could have joined. `parts_nj` has None for
    a term without a published coefficient, which `unpriced` names if it was counted; `total_nj` is the sum of the others.
    Power needs the length of a step: without `step_ms` it is None. The sparsities and counts are those of NeuroBench (Yik et
    al. 2025, doi 10.1038/s41467-025-56739-4).
    """
    known = prices(profile, own)
    counted: dict[Term, int] = {term: int(getattr(counts, term)) for term in TERMS}
    parts = {term: counted[term] * known[term].pj / 1000 if term in known else None for term in TERMS}
    unpriced = [term for term in TERMS if term not in known and counted[term]]
    total = sum(part for part in parts.values() if part is not None)
    note = "An estimate: exact counts of this run times energies per operation that others published; nothing was measured."
    if unpriced:
        names = " and ".join(term.replace("_", " ") for term in unpriced)
        note += f" Not in the total, for want of a published coefficient: {names}."
    return {
        "estimate": True,
        "profile": OWN if own else profile,
        "title": TITLES[OWN if own else profile],
        "source": own.source if own else SOURCES[profile],
        "coefficients": [{"name": term, **asdict(price)} for term, price in known.items()],
        "counts": counted,
        "parts_nj": parts,
        "unpriced": unpriced,
        "total_nj": total,
        "low_nj": sum(counted[term] * price.low_pj / 1000 for term, price in known.items()),
        "high_nj": sum(counted[term] * price.high_pj / 1000 for term, price in known.items()),
        "step_ms": step_ms,
        "mean_power_uw": total / (steps * step_ms) if step_ms and steps else None,
        "activation_sparsity": 1 - spikes / (neurons * steps) if neurons and steps else None,
        "connection_sparsity": 1 - synapses / pairs if pairs else None,
        "note": note,
    }
