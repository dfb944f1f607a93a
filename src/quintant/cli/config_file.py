"""A config in a file, for `run LAB --config FILE`: an exported config.json, the same in YAML, or a run with its config."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from quintant.config import canonical
from quintant.errors import ConfigError, Problem

if TYPE_CHECKING:
    from quintant.client.card import LabCard

SUFFIXES = (".json", ".yaml", ".yml")


@dataclass(frozen=True)
class ConfigFile:
    """`root_seed`, `name`: of the run that the file tells of, None where it holds a config alone."""

    config: Mapping[str, Any]
    root_seed: int | None = None
    name: str | None = None


def read_config(file: Path, card: LabCard) -> ConfigFile:
    """ConfigError names the file where it cannot be read, is of another lab, or holds no object."""
    whole = _parsed(file.expanduser())
    if not isinstance(whole, dict) or not all(isinstance(key, str) for key in whole):
        raise _bad(f"{file} must hold an object of parameters; it holds {type(whole).__name__}.", str(file))
    inner = whole.get("config")
    if not isinstance(inner, dict) or "config" in card.keys:
        return ConfigFile(whole)
    lab = whole.get("lab", card.name)
    if lab != card.name:
        raise _bad(f"{file} is of lab {lab}, not of {card.name}.", lab, f"quintant run {lab} --config {file}")
    seed, name = whole.get("root_seed"), whole.get("name")
    return ConfigFile(inner, seed if isinstance(seed, int) else None, name if isinstance(name, str) else None)


def kept(config: Mapping[str, Any], card: LabCard, changed: Mapping[str, Any], axes: Mapping[str, Any]) -> dict[str, Any]:
    """What of a file's config has to be given: an exported one holds every default, and a key that was never set needs no
    warning that it has no effect. Keys that are set or swept beside it are left to those; what one reaches into, by parts."""
    defaults = {name: node["default"] for name, node in card.schema.get("properties", {}).items() if "default" in node}
    beside = {key for word in [*changed, *axes] for key in word.split(",")}
    kept: dict[str, Any] = {}
    for key, value in config.items():
        if key in beside or (key in defaults and canonical(defaults[key]) == canonical(value)):
            continue
        if any(other.startswith(f"{key}.") for other in beside) and isinstance(value, Mapping):
            kept.update((path, leaf) for path, leaf in _leaves(key, value) if path not in beside)
        else:
            kept[key] = value
    return kept


def _leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            yield from _leaves(f"{path}.{key}", inner)
    else:
        yield path, value


def _parsed(file: Path) -> Any:
    if file.suffix.lower() not in SUFFIXES:
        raise _bad(f"takes a file in {', '.join(SUFFIXES)}; got {file.name!r}.", str(file))
    try:
        data = file.read_bytes()
    except OSError as error:
        raise _bad(f"cannot read {file}: {error.strerror or error}.", str(file)) from None
    if file.suffix.lower() == ".json":
        try:
            return orjson.loads(data)
        except orjson.JSONDecodeError as error:
            raise _bad(f"{file} is not JSON: {error}.", str(file)) from None
    try:
        import yaml
    except ImportError:
        from quintant.errors import NotInstalled

        raise NotInstalled("YAML is read with PyYAML: pip install pyyaml (a .json file needs nothing).") from None
    try:
        return yaml.safe_load(data)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise _bad(f"{file} is not YAML: {' '.join(str(error).split())}.", str(file)) from None


def _bad(message: str, value: Any, hint: str | None = None) -> ConfigError:
    return ConfigError(Problem("--config", message, value, hint=hint))
