"""What users of Python hold, as JSON has it: NumPy and pandas values, Decimal, Path, ranges, data frames.

None of these packages is imported: their values say themselves what they are.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence, Set
from decimal import Decimal
from enum import Enum
from typing import Any

from quintant.errors import ConfigError, Problem


def plain(value: Any, path: str) -> Any:
    """The value as JSON has it. ConfigError names the place of one that JSON cannot hold: none is turned into null or text
    behind anybody's back."""
    if value is None or type(value) in (str, bool, int):
        return value
    if isinstance(value, Enum):
        return plain(value.value, path)
    if isinstance(value, str):
        return str(value)
    if isinstance(value, float):
        return _finite(float(value), path)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, Decimal):
        return int(value) if value.is_finite() and int(value.as_tuple().exponent) >= 0 else _finite(float(value), path)
    if isinstance(value, os.PathLike):
        return os.fsdecode(value)
    if isinstance(value, Mapping):
        return {_key(key, path): plain(inner, f"{path}.{key}" if path else str(key)) for key, inner in value.items()}
    if hasattr(value, "as_py"):  # a scalar of Arrow
        return plain(value.as_py(), path)
    if hasattr(value, "tolist"):  # an array, a scalar, a series
        return plain(value.tolist(), path)
    if hasattr(value, "item") and not isinstance(value, Sequence):
        return plain(value.item(), path)
    if isinstance(value, (list, tuple, range)) or (
        isinstance(value, (Sequence, Set)) and not isinstance(value, (bytes, bytearray))
    ):
        ordered = value if isinstance(value, Sequence) else sorted(value, key=repr)
        return [plain(inner, f"{path}.{index}" if path else str(index)) for index, inner in enumerate(ordered)]
    if hasattr(value, "keys") and hasattr(value, "__getitem__"):  # a mapping of another make
        return {_key(key, path): plain(value[key], f"{path}.{key}") for key in value.keys()}  # noqa: SIM118
    text = f"must be something that JSON can hold; got {type(value).__module__}.{type(value).__qualname__}."
    raise ConfigError(Problem(path, text, repr(value)[:80]))


def axes(sweep: Any) -> dict[str, Any]:
    """The axes of a request (`quintant.runs.axis`): keys with lists, arrays, ranges, texts; of a data frame a point a line."""
    if sweep is None:
        return {}
    if hasattr(sweep, "columns") and hasattr(sweep, "to_dict") and not isinstance(sweep, Mapping):
        columns = {str(name): plain(sweep[name], f"sweep.{name}") for name in sweep.columns}
        if len(columns) < 2:
            return columns
        return {",".join(columns): [list(row) for row in zip(*columns.values(), strict=True)]}
    if not isinstance(sweep, Mapping):
        raise ConfigError(Problem("sweep", f"must map keys to values; got {type(sweep).__name__}.", repr(sweep)[:80]))
    return {_key(key, "sweep"): plain(values, f"sweep.{key}") for key, values in sweep.items()}


def count(seeds: Any, path: str = "seeds") -> int | list[int]:
    """A number of replicates, or their root seeds."""
    own_seeds = plain(seeds, path)
    if isinstance(own_seeds, float) and own_seeds.is_integer():
        own_seeds = int(own_seeds)
    numbers = own_seeds if isinstance(own_seeds, list) else [own_seeds]
    if not numbers or any(not isinstance(number, int) or isinstance(number, bool) for number in numbers):
        raise ConfigError(Problem(path, f"must be a number of replicates or a list of root seeds; got {seeds!r:.60}.", None))
    return numbers if isinstance(own_seeds, list) else int(own_seeds)


def whole(value: Any, path: str) -> int | None:
    """An integer of whatever make; None stays."""
    number = plain(value, path)
    if number is not None and (not isinstance(number, int) or isinstance(number, bool)):
        raise ConfigError(Problem(path, f"must be an integer; got {value!r:.60}.", None))
    return number


def texts(value: str | Sequence[str]) -> tuple[str, ...]:
    """One text or several."""
    return (value,) if isinstance(value, str) else tuple(map(str, value))


def _key(key: Any, path: str) -> str:
    if isinstance(key, str):
        return str(key)
    raise ConfigError(Problem(path, f"has a key that is no text: {key!r:.60}.", repr(key)[:80]))


def _finite(value: float, path: str) -> float:
    if math.isfinite(value):
        return value
    raise ConfigError(Problem(path, f"must be finite; got {value}.", str(value)))
