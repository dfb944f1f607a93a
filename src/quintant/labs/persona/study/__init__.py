"""Study: does what a persona lives through reach its answers, on a given language model? A table to measure before believing.

Diaries of six entries of one kind (`diaries.yaml`) are set after a persona; Δ is the paired change of the mean contrast against
the same persona's ordinary diary of the same draw. Besides good, stressful and traumatic lives there are two controls: the same
misfortunes told plainly, and happening to strangers. `dose` puts 0, 1, 2, 4 and 6 traumatic entries among six.
"""

from __future__ import annotations

import random
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from quintant.labs.persona import library, prompts
from quintant.labs.persona.backends.protocol import Part, Scorer
from quintant.labs.persona.parts import INSTRUMENTS
from quintant.labs.persona.scoring import contrast
from quintant.labs.persona.statements import pairs

KINDS = ("positive", "stress", "trauma", "told_plainly", "strangers")
DOSES = (0, 1, 2, 4, 6)
ENTRIES = 6

Means = Mapping[str, float]
"""Contrast by item id."""


@dataclass(frozen=True)
class Effect:
    """One kind of life on one instrument. delta: mean paired change of the mean contrast (nats per token); dz: that over its
    standard deviation; up: pairs that rose; items_up: items whose mean change is above 0."""

    kind: str
    instrument: str
    delta: float
    dz: float | None
    up: int
    pairs: int
    items_up: int
    items: int


@cache
def entries() -> Mapping[str, tuple[str, ...]]:
    import yaml

    raw = yaml.safe_load((Path(__file__).parent / "diaries.yaml").read_text(encoding="utf-8"))
    return {kind: tuple(lines) for kind, lines in raw.items()}


def diary(persona: str, lines: Sequence[str]) -> list[Part]:
    """The segments of a shipped persona that wrote these lines."""
    person = library.persona(persona)
    who = f"The diary of {person.name}. I am {person.name}, {person.age} years old, and work as a {person.occupation.lower()}. "
    return [
        Part("persona", who + " ".join((person.background.strip(), *person.core_memories))),
        Part("events", "\n".join(lines)),
    ]


def drawn(kind: str, draw: int, dose: int = ENTRIES) -> list[str]:
    """Six entries: `dose` of the kind, the rest ordinary, in an order of chance. The same for every persona."""
    chance = random.Random(f"{draw}|{dose}")
    indices = list(range(len(entries()["ordinary"])))
    chance.shuffle(indices)
    lines = [entries()[kind if place < dose else "ordinary"][index] for place, index in enumerate(indices[:ENTRIES])]
    chance.shuffle(lines)
    return lines


def effects(
    model: Scorer,
    personas: Sequence[str] = ("kara", "marcus", "alfred"),
    draws: int = 3,
    kinds: Sequence[str] = KINDS,
    wording: int = 0,
    seen: Callable[[str], None] = lambda line: None,
) -> list[Effect]:
    """The table. Costs personas · draws · (kinds + 1) sessions."""
    changes: dict[str, list[dict[str, float]]] = {kind: [] for kind in kinds}
    for persona in personas:
        for draw in range(draws):
            control = measured(model, persona, drawn("ordinary", draw), wording)
            for kind in kinds:
                treated = measured(model, persona, drawn(kind, draw), wording)
                changes[kind].append({item: treated[item] - control[item] for item in treated})
            seen(f"{persona}, draw {draw + 1} of {draws}")
    return [effect for kind in kinds for effect in _summed(kind, changes[kind])]


def dose_response(model: Scorer, persona: str, draws: int = 2, wording: int = 0) -> dict[str, list[float]]:
    """Mean contrast of each instrument at each of DOSES."""
    rows: dict[str, list[float]] = {id: [] for id in INSTRUMENTS}
    for dose in DOSES:
        several = [measured(model, persona, drawn("trauma", draw, dose), wording) for draw in range(draws)]
        for id in INSTRUMENTS:
            rows[id].append(statistics.fmean(_mean(change, id) for change in several))
    return rows


def measured(model: Scorer, persona: str, lines: Sequence[str], wording: int = 0) -> Means:
    """The contrast of each item after one diary."""
    items = [{"id": id, "present": pair.present, "opposite": pair.opposite} for id, pair in pairs(wording).items()]
    reading = model.score(prompts.assessment(diary(persona, lines)), contrast.continuations(items), inside=None)
    return {id: item_contrast["c"] for id, item_contrast in contrast.contrasts(items, reading).items()}


def _summed(kind: str, changes: Sequence[Means]) -> Iterator[Effect]:
    for id in INSTRUMENTS:
        rises = [_mean(change, id) for change in changes]
        items = [item for item in changes[0] if item.startswith(f"{id}.")]
        spread = statistics.stdev(rises) if len(rises) > 1 else 0.0
        yield Effect(
            kind=kind,
            instrument=id,
            delta=statistics.fmean(rises),
            dz=statistics.fmean(rises) / spread if spread > 0 else None,
            up=sum(rise > 0 for rise in rises),
            pairs=len(rises),
            items_up=sum(statistics.fmean(change[item] for change in changes) > 0 for item in items),
            items=len(items),
        )


def _mean(contrasts: Means, instrument: str) -> float:
    return statistics.fmean(value for item, value in contrasts.items() if item.startswith(f"{instrument}."))
