"""Which participants an entry of the attack schedule turns malicious: fixed for all its rounds, the same everywhere."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from quintant.labs.federated.config import AttackEntry


def wanted(entry: AttackEntry, participants: int) -> int:
    """How many participants the entry selects of `participants`."""
    if entry.selection_strategy == "specific":
        return len(set(entry.malicious_client_ids or ()))
    if entry.selection_strategy == "random":
        return entry.malicious_client_count or 0
    return int(participants * (entry.malicious_percentage or 0.0))


def selected(entry: AttackEntry, index: int, participants: int) -> tuple[int, ...]:
    """The sorted ids that `entry`, the `index`-th of its schedule, selects.

    The seed is `random_seed`, or else the sha256 of "type_start_end_index" (Python's own hash differs per process).
    """
    if entry.selection_strategy == "specific":
        return tuple(sorted(set(entry.malicious_client_ids or ())))
    seed = entry.random_seed
    if seed is None:
        text = f"{entry.attack_type}_{entry.start_round}_{'end' if entry.end_round is None else entry.end_round}_{index}"
        seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little")
    return tuple(sorted(random.Random(seed).sample(range(participants), min(wanted(entry, participants), participants))))


def malicious(schedule: Sequence[AttackEntry], participants: int) -> tuple[int, ...]:
    """Everybody whom any entry of the schedule ever selects, sorted."""
    return tuple(sorted({id for index, entry in enumerate(schedule) for id in selected(entry, index, participants)}))


def most_at_once(schedule: Sequence[AttackEntry], participants: int) -> int:
    """The largest number of participants that attack in one round: what a defence must reckon with."""
    chosen = [frozenset(selected(entry, index, participants)) for index, entry in enumerate(schedule)]
    # Somebody joins in a start round only, so the largest crowd is there in one of them.
    return max(
        (
            len(frozenset().union(*(ids for ids, other in zip(chosen, schedule, strict=True) if other.active(start))))
            for start in {entry.start_round for entry in schedule}
        ),
        default=0,
    )
