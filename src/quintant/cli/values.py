"""What `--set` and `--sweep` mean: text of the command line becomes JSON values at dotted paths.

--set k_paths=50                       JSON first: a number
--set routing=congestion_aware         else text
--set demand.high_gbps=200             reaches into a nested object, whose other keys stay
--set topology=@net.json               the JSON in a file
--set config.k_paths=50                as the API's bodies have it: the same key
--set tau_gaba=9                       a key without its unit, where only one has it: tau_gaba_ms, told on stderr
--sweep load_erlang=190:270:20         190, 210, … 270, both ends included
--sweep routing=k_shortest_path,xt_aware
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import orjson

from quintant.errors import ConfigError, Problem

MOST_VALUES = 10_000
CONFIG = "config."
"""Where a key stands in the body of a request; a path copied from there means the same key here."""


def overrides(pairs: Sequence[str], base: Mapping[str, Any]) -> dict[str, Any]:
    """The changed top-level keys of a config. `base` is what a dotted path reaches into: the config before the change."""
    changed: dict[str, Any] = {}
    seen: set[str] = set()
    for pair in pairs:
        path, text = _split(pair, "--set", "--set key=value")
        if path in seen:
            raise _bad(f"--set {path}", "is given twice; once is enough.", pair)
        seen.add(path)
        _place(changed, base, path, value(path, text))
    return changed


def axes(pairs: Sequence[str]) -> dict[str, list[Any]]:
    """The swept keys with their values, in the order of the command line."""
    found: dict[str, list[Any]] = {}
    for pair in pairs:
        path, text = _split(pair, "--sweep", "--sweep key=190:270:20 or key=a,b")
        if path in found:
            raise _bad(f"--sweep {path}", "is given twice; put all values in one.", pair)
        found[path] = _values(path, text)
    return found


def with_units(pairs: Sequence[str], properties: Mapping[str, Mapping[str, Any]]) -> tuple[list[str], list[str]]:
    """The pairs with the unit put to keys that were given without, and a note on each; `properties`: the config's schema.

    Only where exactly one key differs in nothing but its own unit, spelled as keys have it (`tau_gaba` is `tau_gaba_ms`).
    Everything else stays as it is, and is refused as ever where it is no key.
    """
    whole, notes = [], []
    for pair in pairs:
        path, equals, text = pair.partition("=")
        name = path.strip().removeprefix(CONFIG)
        keys = [key for key, one in properties.items() if _suffix(one) and key == f"{name}_{_suffix(one)}"]
        if name in properties or not equals or not keys:
            whole.append(pair)
            continue
        if len(keys) > 1:
            raise _bad(name, f"has no unit; the keys that have one are {', '.join(keys)}.", text, "Take one of them.")
        notes.append(f"{name} is {keys[0]}, in {properties[keys[0]]['unit']}")
        whole.append(f"{keys[0]}={text}")
    return whole, notes


def _suffix(one: Mapping[str, Any]) -> str | None:
    """How a key's name ends in its unit; None for units that no name ends in."""
    unit = str(one.get("unit", "")).replace("µ", "u").lower()
    return unit if unit.isidentifier() else None


def value(path: str, text: str) -> Any:
    """JSON first, else the text itself; `@file` is the JSON in a file."""
    if text.startswith("@"):
        return _from_file(path, Path(text[1:]).expanduser())
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text


def _from_file(path: str, file: Path) -> Any:
    if file.suffix.lower() != ".json":
        raise _bad(
            f"--set {path}",
            f"@ takes a .json file; got {file.name!r}.",
            str(file),
            "Other formats: a lab's own commands turn them into JSON (quintant LAB --help).",
        )
    try:
        return orjson.loads(file.read_bytes())
    except OSError as error:
        raise _bad(f"--set {path}", f"cannot read {file}: {error.strerror or error}.", str(file)) from None
    except orjson.JSONDecodeError as error:
        raise _bad(f"--set {path}", f"{file} is not JSON: {error}.", str(file)) from None


def _split(pair: str, option: str, form: str) -> tuple[str, str]:
    path, equals, text = pair.partition("=")
    path = path.strip().removeprefix(CONFIG)
    if not equals or not path or not all(path.split(".")):
        raise _bad(option, f"must read {form}; got {pair!r}.", pair)
    return path, text.strip()


def _place(changed: dict[str, Any], base: Mapping[str, Any], path: str, new: Any) -> None:
    top, *rest = path.split(".")
    if not rest:
        changed[top] = new
        return
    if top not in changed:
        changed[top] = copy.deepcopy(base.get(top))
    if changed[top] is None:
        changed[top] = {}
    inner, walked = changed[top], top
    for part in rest[:-1]:
        inner = _step(inner, part, walked, path)
        walked += f".{part}"
    last = rest[-1]
    if isinstance(inner, dict):
        inner[last] = new
    elif isinstance(inner, list):
        inner[_index(inner, last, walked, path)] = new
    else:
        raise _bad(f"--set {path}", f"{walked} is {_shown(inner)}, which has no parts.", new, f"Set {walked} whole.")


def _step(inner: Any, part: str, walked: str, path: str) -> Any:
    if isinstance(inner, dict):
        if inner.get(part) is None:
            inner[part] = {}
        return inner[part]
    if isinstance(inner, list):
        return inner[_index(inner, part, walked, path)]
    raise _bad(f"--set {path}", f"{walked} is {_shown(inner)}, which has no parts.", None, f"Set {walked} whole.")


def _index(inner: list[Any], part: str, walked: str, path: str) -> int:
    if part.isdecimal() and int(part) < len(inner):
        return int(part)
    raise _bad(f"--set {path}", f"{walked} is a list of {len(inner)}; {part!r} is not an index of it.", part)


def _values(path: str, text: str) -> list[Any]:
    if text.startswith("["):
        try:
            listed = orjson.loads(text)
        except orjson.JSONDecodeError as error:
            raise _bad(f"--sweep {path}", f"is not a JSON list: {error}.", text) from None
        values = listed if isinstance(listed, list) else [listed]
    elif text.count(":") == 2 and "," not in text and not text.startswith("{"):
        values = _range(path, text)
    else:
        values = [value(path, part.strip()) for part in text.split(",")] if text else []
    if not values or "" in values:
        raise _bad(f"--sweep {path}", f"holds an empty value; got {text!r}.", text)
    seen: list[Any] = []
    for one in values:
        if any(one == other and type(one) is type(other) for other in seen):
            raise _bad(f"--sweep {path}", f"holds {_shown(one)} twice.", text, "Replicates are made by --seeds.")
        seen.append(one)
    return values


def _range(path: str, text: str) -> list[int | float]:
    """a:b:step with both ends included, counted in decimal so that 0.1:0.3:0.1 holds 0.1, 0.2 and 0.3 exactly."""
    try:
        first, last, step = (Decimal(part.strip()) for part in text.split(":"))
    except InvalidOperation:
        raise _bad(f"--sweep {path}", f"must read first:last:step in numbers; got {text!r}.", text) from None
    if not all(part.is_finite() for part in (first, last, step)):
        raise _bad(f"--sweep {path}", f"must hold finite numbers; got {text!r}.", text)
    if step == 0 or (last - first) / step < 0:
        raise _bad(f"--sweep {path}", f"a step of {step} never leads from {first} to {last}.", text)
    count = (last - first) / step
    if count > MOST_VALUES:
        raise _bad(f"--sweep {path}", f"would hold {int(count) + 1} values; at most {MOST_VALUES} are allowed.", text)
    if count != int(count):
        before, after = first + int(count) * step, first + (int(count) + 1) * step
        raise _bad(
            f"--sweep {path}",
            f"steps of {step} from {first} do not meet {last}.",
            text,
            f"They meet {_plain(before)} and {_plain(after)}.",
        )
    whole = all(part == int(part) and "." not in str(part) for part in (first, last, step))
    numbers = [first + index * step for index in range(int(count) + 1)]
    return [int(number) if whole else float(number) for number in numbers]


def _plain(number: Decimal) -> str:
    return f"{float(number):g}"


def _shown(value: Any) -> str:
    text = orjson.dumps(value).decode() if not isinstance(value, str) else repr(value)
    return text if len(text) <= 60 else text[:57] + "…"


def _bad(path: str, message: str, value: Any, hint: str | None = None) -> ConfigError:
    return ConfigError(Problem(path, message, value, hint=hint))
