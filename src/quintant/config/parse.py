"""The one strict parser: JSON becomes a Config, or a Problem for every fault of it."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import orjson
from pydantic import BaseModel, ValidationError

from quintant.config.model import Config
from quintant.config.problems import refusal_of
from quintant.errors import MOST_KEYS, ConfigError, Problem, TooManyKeys

C = TypeVar("C", bound=Config)


def parse(kind: type[C], raw: Mapping[str, Any]) -> C:
    """Parse `raw` strictly into a `kind`, or raise ConfigError with every fault.

    Strict means: no coercion of text to numbers, no unknown key, no NaN or infinity; an int is a valid float.
    """
    if not isinstance(raw, Mapping):
        raise ConfigError(Problem("", f"config must be an object; got {type(raw).__name__}.", value=raw))
    refuse_too_many_keys(raw)
    bad = [Problem(path, f"must be a finite number; got {value}.", value=str(value)) for path, value in unfinite(raw)]
    if bad:
        raise ConfigError(bad)
    try:
        text = orjson.dumps(raw, option=orjson.OPT_NON_STR_KEYS)
    except TypeError as error:
        long = [Problem(path, f"must fit into 64 bits; got {value!s:.40}.", str(value)) for path, value in _too_long(raw)]
        raise ConfigError(long or Problem("", f"config must be JSON: {error}.")) from None
    try:
        config = kind.model_validate_json(text, strict=True)
    except ValidationError as error:
        raise refusal_of(kind, raw, error) from None
    faults = tuple(config.check())
    if faults:
        raise ConfigError(faults)
    return config


def canonical(value: Any) -> bytes:
    """JSON with sorted keys: the text whose sha256 is a config hash. A Config is dumped with every key, defaults too."""
    return orjson.dumps(value, default=_dumped, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)


def _dumped(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    raise TypeError(f"{type(value).__name__} is not JSON")


def config_hash(config: Config, outside: Sequence[Mapping[str, str]] = ()) -> str:
    """`outside`: the identity of what the config names beyond itself (`quintant.outside.identity`)."""
    return hashlib.sha256(canonical(config) + (canonical(list(outside)) if outside else b"")).hexdigest()


def refuse_too_many_keys(value: Any, path: str = "") -> None:
    """TooManyKeys for the first object of a JSON value, nested ones included, that has more than MOST_KEYS of them."""
    if isinstance(value, Mapping):
        if len(value) > MOST_KEYS:
            raise TooManyKeys(len(value), path)
        for name, inner in value.items():
            refuse_too_many_keys(inner, f"{path}.{name}" if path else str(name))
    elif isinstance(value, (list, tuple)):
        for index, inner in enumerate(value):
            if isinstance(inner, (Mapping, list, tuple)):
                refuse_too_many_keys(inner, f"{path}.{index}" if path else str(index))


def unfinite(value: Any) -> Iterator[tuple[str, float]]:
    """Where in a JSON value NaN or an infinity stands, with the number itself."""
    return _where(value, lambda leaf: isinstance(leaf, float) and not math.isfinite(leaf))


def _too_long(value: Any) -> Iterator[tuple[str, int]]:
    """Where in a JSON value an integer stands that no JSON of ours holds."""
    return _where(value, lambda leaf: isinstance(leaf, int) and not -(2**63) <= leaf < 2**64)


def _where(value: Any, wanted: Callable[[Any], bool], path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _where(inner, wanted, f"{path}.{name}" if path else str(name))
    elif isinstance(value, (list, tuple)):
        for index, inner in enumerate(value):
            yield from _where(inner, wanted, f"{path}.{index}" if path else str(index))
    elif wanted(value):
        yield path, value
