"""Calibration: from contrasts, or from answers, to integer item scores whose sum is the total.

Contrast c of an item: mean log-probability per token of the sentence of more distress minus that of less (nats). With the
persona's own contrast on day 0 as zero point,

    v_i = max_i · σ(θ0 + g · (c_i - c_i,baseline)),      σ(θ0) = baseline total / highest total,

so that an unchanged persona scores its baseline total. The gain g is a convention (it sets how many points a nat is worth), not
a measurement. The total is Σ v_i rounded half to even; items are ⌊v_i⌋ plus one for those with the largest remainders, ties in
the order of the questionnaire. All statements are worded so that c grows with distress: reversed items need no sign.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from quintant.labs.persona.library import Instrument

MOST_MISSING_SHARE = 0.2
LEAST_SHARE = 0.02


@dataclass(frozen=True)
class Scored:
    """One instrument scored. `total` None: not valid, too few items could be read. `latent`: item values before rounding.

    `items` are scored values (reversed items already turned), in the questionnaire's order; None for an item without answer.
    """

    total: int | None
    items: tuple[int | None, ...]
    latent: tuple[float | None, ...]
    latent_total: float | None


def from_contrasts(
    instrument: Instrument, contrasts: Mapping[str, float], baseline: Mapping[str, float], baseline_total: float, gain: float
) -> Scored:
    """The calibrated scores of one instrument. Contrasts are in nats per token, by item id ("phq9.1")."""
    zero = zero_point(baseline_total, instrument.most)
    ids = [instrument.item_id(number) for number in range(1, len(instrument.items) + 1)]
    values = [instrument.most_per_item * _sigmoid(zero + gain * (contrasts[id] - baseline[id])) for id in ids]
    total, items = apportion(values)
    return Scored(total, tuple(items), tuple(round(value, 6) for value in values), round(math.fsum(values), 6))


def from_answers(instrument: Instrument, raw: Mapping[str, int | None]) -> Scored:
    """The scores of answers that were read from text, reversed items turned.

    Up to a fifth of the items may be missing: the total is then prorated (Σ · items / answered) and rounded half to even. More
    make the assessment invalid.
    """
    items: list[int | None] = []
    for number, item in enumerate(instrument.items, start=1):
        answer = raw.get(instrument.item_id(number))
        items.append(instrument.most_per_item - answer if answer is not None and item.reversed else answer)
    latent = tuple(None if item is None else float(item) for item in items)
    known = [item for item in items if item is not None]
    if len(items) - len(known) > MOST_MISSING_SHARE * len(items):
        return Scored(None, tuple(items), latent, None)
    prorated = sum(known) * len(items) / len(known)
    return Scored(round(prorated), tuple(items), latent, round(prorated, 6))


def zero_point(baseline_total: float, most: int) -> float:
    """θ0: the logit of the baseline's share of the highest total, kept off 0 and 1 so that both ends stay within reach."""
    share = min(max(baseline_total / most, LEAST_SHARE), 1 - LEAST_SHARE)
    return math.log(share / (1 - share))


def apportion(values: Sequence[float]) -> tuple[int, list[int]]:
    """The rounded sum of `values` and integers that make it up, each within one of its value (largest remainders)."""
    total = round(math.fsum(values))
    items = [math.floor(value) for value in values]
    order = sorted(range(len(values)), key=lambda i: (items[i] - values[i], i))
    for i in order[: total - sum(items)]:
        items[i] += 1
    return total, items


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))
