"""Entries of the attack schedule as bodies write them: older forms and names, and the keys of other attacks that forms send."""

from __future__ import annotations

from collections.abc import Mapping

from quintant.json_value import Json
from quintant.labs.federated.config import AttackEntry
from quintant.labs.federated.contract.settings import Settings, brief, whole
from quintant.labs.federated.names import ATTACKS

COMMON = {"attack_type", "start_round", "end_round", "selection_strategy", "random_seed"}
"""Keys of every entry of the schedule."""
CHOSEN_BY = {"specific": "malicious_client_ids", "random": "malicious_client_count", "percentage": "malicious_percentage"}
"""How attackers are chosen, and the key that says whom."""
OLDER_SELECTIONS = {"specific_clients": "specific", "count": "random"}
OLDER_KEYS = {"replacement_probability": "replacement_prob", "count": "malicious_client_count"}
"""Names of older files of the original, and what they are called now."""
INTEGERS = {name for name, info in AttackEntry.model_fields.items() if info.annotation in (int, int | None)}


def entry(reading: Settings, raw: Json, path: str) -> Json:
    """A native entry of one of the contract's. Keys of other attack types, which forms send along, are ignored aloud."""
    if not isinstance(raw, Mapping):
        return raw
    entry = {name: value for name, value in _unnested(reading, raw, path).items() if value is not None}
    if entry.pop("_selected_clients", None) is not None:
        reading.warn(f"{path}._selected_clients", "is drawn by the server, and is ignored.")
    for older, name in OLDER_KEYS.items():
        if older in entry:
            entry.setdefault(name, entry[older])
            del entry[older]
    _rounds(reading, entry, path)
    _selection(reading, entry, path)
    if not _is_attack(entry.get("attack_type")):
        return entry
    attack = ATTACKS[entry["attack_type"]]
    selection = str(entry.get("selection_strategy"))
    idle = {key for strategy, key in CHOSEN_BY.items() if strategy != selection}
    known = COMMON | set(CHOSEN_BY.values()) | set(attack.keys) | ({"attack_target"} if attack.on == "weights" else set())
    for name in sorted(set(entry) - (known - idle)):
        why = f"is not a key of {entry['attack_type']}" if name in AttackEntry.model_fields else "is not known"
        why = f"does not belong to selection_strategy {selection}" if name in idle else why
        reading.warn(f"{path}.{name}", f"{why} and is ignored.", brief(entry.pop(name)))
    return {name: whole(reading, value, path) if name in INTEGERS else value for name, value in entry.items()}


def _unnested(reading: Settings, raw: Mapping[str, Json], path: str) -> Mapping[str, Json]:
    """An entry of the old nested form ("type", or "params" of an attack of ours) with its keys flat."""
    nested = isinstance(raw.get("params"), Mapping) and _is_attack(raw.get("attack_type", raw.get("type")))
    if not nested and not ("type" in raw and "attack_type" not in raw):
        return raw
    reading.warn(path, "is of the old nested form: read as if its keys stood flat in the entry.", brief(raw))
    flat = {name: value for name, value in raw.items() if name not in ("type", "params")}
    return {"attack_type": raw.get("attack_type", raw.get("type")), **(raw["params"] if nested else {}), **flat}


def _rounds(reading: Settings, entry: dict[str, Json], path: str) -> None:
    """Older ways to say when, in place."""
    rounds = entry.get("rounds")
    if isinstance(rounds, list) and rounds and all(type(round) is int for round in rounds):
        first, last = min(rounds), max(rounds)
        entry.setdefault("start_round", first)
        entry.setdefault("end_round", last)
        del entry["rounds"]
        reading.warn(f"{path}.rounds", f"is an old key: the attack lasts from round {first} to {last}.", brief(rounds))
    if "start_round" not in entry and "attack_type" in entry:
        entry["start_round"] = 1
        reading.warn(f"{path}.start_round", "is not given and counts as 1.")


def _selection(reading: Settings, entry: dict[str, Json], path: str) -> None:
    """Older ways to say who, in place."""
    selection = entry.get("selection_strategy")
    if isinstance(selection, str) and selection in OLDER_SELECTIONS:
        entry["selection_strategy"] = OLDER_SELECTIONS[selection]
        if selection != "count":
            reading.warn(
                f"{path}.selection_strategy", f"is an old name and counts as {OLDER_SELECTIONS[selection]}.", selection
            )
    elif (selection is None and "attack_type" in entry) or selection == "all_malicious":
        entry["selection_strategy"] = next((strategy for strategy, key in CHOSEN_BY.items() if key in entry), "random")
        if entry["selection_strategy"] == "random" and "malicious_client_count" not in entry:
            attackers = reading.beside("num_of_malicious_clients")
            entry["malicious_client_count"] = attackers if type(attackers) is int and attackers > 0 else 1
        reading.warn(f"{path}.selection_strategy", f"counts as {entry['selection_strategy']}.", selection)


def _is_attack(name: Json) -> bool:
    return isinstance(name, str) and name in ATTACKS
