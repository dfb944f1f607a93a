"""Preset: from which of its lab's presets a config comes, what it changes, and the one command that gives the same Runs."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any

import orjson

from quintant.config import canonical, parse
from quintant.config.condition import value_at
from quintant.errors import ConfigError
from quintant.lab import DEFAULT_PRESET, NO_PRESET, Lab, Preset
from quintant.until import MOST, Until

ABSENT: Any = object()


@dataclass(frozen=True)
class Origin:
    """`preset`: the one with the fewest keys that differ from the config, None where the lab has none. `differs`: these
    keys (dots reach into objects) with the config's values."""

    preset: str | None
    differs: Mapping[str, Any]


_known: dict[tuple[str, str, str], Origin] = {}
MOST_KNOWN = 5_000


def origin(lab: Lab, config: Mapping[str, Any], config_hash: str) -> Origin:
    """By comparing with each preset: Runs do not note where their configs come from, and an edited one comes from nowhere."""
    key = (lab.name, lab.version, config_hash)
    if key not in _known:
        if len(_known) >= MOST_KNOWN:
            _known.clear()
        _known[key] = _nearest(lab, config)
    return _known[key]


def _nearest(lab: Lab, config: Mapping[str, Any]) -> Origin:
    nearest: Origin | None = None
    ordered = sorted(lab.presets, key=lambda name: name != lab.default_preset)
    for name in ordered:
        whole = whole_preset(lab, name)
        if whole is None:
            continue
        differs = changes_to(lab.presets[name], whole, config)
        if nearest is None or len(differs) < len(nearest.differs):
            nearest = Origin(name, differs)
    return nearest or Origin(None, dict(config))


_presets: dict[tuple[str, str, str], dict[str, Any] | None] = {}


def whole_preset(lab: Lab, name: str) -> dict[str, Any] | None:
    """The full config of a preset with every default; None where this machine cannot read it (an extra is missing)."""
    key = (lab.name, lab.version, name)
    if key not in _presets:
        try:
            _presets[key] = orjson.loads(canonical(parse(lab.config, lab.presets[name].config)))
        except ConfigError:
            _presets[key] = None
    return _presets[key]


def changes_to(preset: Preset, whole: Mapping[str, Any], config: Mapping[str, Any]) -> dict[str, Any]:
    """What must be given over a preset (`whole`: with every default) for it to be `config`: the keys that differ, and what
    would follow one of them and does not."""
    changes = dict(differences(whole, config))
    for path, key in preset.follows.items():
        value = value_at(path, config, config)
        if key in changes and path.partition(".")[0] not in changes and value != changes[key]:
            changes[path] = value
    return changes


def differences(base: Mapping[str, Any], config: Mapping[str, Any]) -> Sequence[tuple[str, Any]]:
    """The keys in which `config` differs from `base`, in its order, with its values; into objects of the same keys by dots."""
    changed: list[tuple[str, Any]] = []
    for key, value in config.items():
        before = base.get(key, ABSENT)
        if before is not ABSENT and _same(before, value):
            continue
        if isinstance(before, Mapping) and isinstance(value, Mapping) and before.keys() == value.keys():
            changed += [(f"{key}.{inner}", new) for inner, new in differences(before, value)]
        else:
            changed.append((key, value))
    return changed


def _same(mine: Any, other: Any) -> bool:
    """1 and 1.0 are the same value of a config, 1 and true are not."""
    if isinstance(mine, bool) or isinstance(other, bool):
        return mine is other
    if isinstance(mine, Mapping) and isinstance(other, Mapping):
        return mine.keys() == other.keys() and all(_same(mine[key], other[key]) for key in mine)
    if isinstance(mine, list) and isinstance(other, list):
        return len(mine) == len(other) and all(map(_same, mine, other))
    return bool(mine == other)


# --- the command ---


def command(
    lab: str, preset: str | None, differs: Mapping[str, Any], *, axes: Mapping[str, Sequence[Any]] | None = None,
    seeds: int | Sequence[int] | None = None, root_seed: int | None = None, name: str | None = None,
    until: Until | None = None, fresh: bool = False,
) -> str:  # fmt: skip
    """A line for a shell that starts the same Runs. `differs` without the swept keys; `axes`: tied ones as `a,b`, in rows."""
    parts = ["quintant", "run", lab]
    parts += [] if preset == DEFAULT_PRESET else ["--preset", preset if preset is not None else NO_PRESET]
    for key, value in differs.items():
        parts += ["--set", f"{key}={spelled(value)}"]
    for key, values in (axes or {}).items():
        tied = "," in key and all(len(set(map(spelled, row))) == 1 for row in values)
        parts += ["--sweep", f"{key}={spelled_axis([row[0] for row in values] if tied else values)}"]
    if until is not None:
        parts += [part for target in until.targets for part in ("--until", str(target))]
        parts += ["--max-seeds", str(until.most)] if until.most != MOST else []
    elif seeds is not None:
        parts += ["--seeds", str(seeds) if isinstance(seeds, int) else ",".join(map(str, seeds))]
    parts += ["--root-seed", str(root_seed)] if root_seed is not None else []
    parts += ["--name", name] if name is not None else []
    parts += ["--fresh"] if fresh else []
    return " ".join(map(_quoted, parts))


def _quoted(word: str) -> str:
    return word if word and all(letter.isalnum() or letter in "-_.=:,/+%" for letter in word) else shlex.quote(word)


def spelled(value: Any) -> str:
    """A value as `--set` reads it: text where no JSON would be read out of it."""
    if isinstance(value, str):
        try:
            orjson.loads(value)
        except orjson.JSONDecodeError:
            if value and value == value.strip() and not value.startswith("@"):
                return value
        return orjson.dumps(value).decode()
    return orjson.dumps(value).decode()


def spelled_axis(values: Sequence[Any]) -> str:
    """Values as `--sweep` reads them: 150:250:20 where they are evenly spaced."""
    evenly = _evenly(values)
    if evenly is not None:
        return evenly
    parts = [spelled(value) for value in values]
    plain = all(
        isinstance(value, (str, int, float, bool)) and "," not in part for value, part in zip(values, parts, strict=True)
    )
    many = len(parts) > 1 or (parts and parts[0].count(":") != 2)
    if plain and many and not parts[0].startswith(("[", "{")) and not (len(parts) == 1 and ":" in parts[0]):
        return ",".join(parts)
    return orjson.dumps(list(values)).decode()


def _evenly(values: Sequence[Any]) -> str | None:
    numbers = all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in values)
    if len(values) < 3 or not numbers:
        return None
    whole = all(isinstance(value, int) for value in values)
    exact = [Decimal(str(value)) for value in values]
    step = exact[1] - exact[0]
    if any(later - earlier != step for earlier, later in pairwise(exact)) or step == 0:
        return None
    texts = [_plain(number, whole) for number in (exact[0], exact[-1], step)]
    return ":".join(texts) if not any("E" in text or "e" in text for text in texts) else None


def _plain(number: Decimal, whole: bool) -> str:
    text = format(number.normalize(), "f")
    return text if whole or "." in text else f"{text}.0"
