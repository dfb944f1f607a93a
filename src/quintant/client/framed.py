"""Framed: what can be taken as a table by pandas, polars and Arrow. None of them but Arrow comes with Quintant."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from quintant.errors import NotInstalled

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa


class Framed(ABC):
    @abstractmethod
    def to_arrow(self) -> pa.Table:
        """The results as a table: a row a point (of a Run: the Run), the keys that differ, every metric NAME with NAME_low,
        NAME_high, NAME_n and NAME_unit. Units and what the rows have in common are in its metadata."""

    def to_pandas(self) -> pd.DataFrame:
        """The same as a data frame; `attrs["units"]` maps columns to units. NotInstalled where pandas is not there."""
        _needed("pandas", "to_pandas")
        table = self.to_arrow()
        frame = table.to_pandas()
        frame.attrs["units"] = units(table)
        return frame

    def to_polars(self) -> pl.DataFrame:
        """The same as a data frame of polars. NotInstalled where that is not there."""
        polars = _needed("polars", "to_polars")
        return polars.from_arrow(self.to_arrow())


def units(table: pa.Table) -> dict[str, str]:
    from quintant.arrow import field_note

    return {field.name: unit for field in table.schema if (unit := field_note(field, "unit"))}


def grid(table: pa.Table, groups: Sequence[Sequence[str]]) -> Any:
    """An xarray.Dataset over the points of a sweep: a dimension an axis (tied keys are one, named by the first), every metric
    with its ends and n as variables; units are attributes. Points that no Run has are NaN."""
    xarray = _needed("xarray", "to_xarray")
    import numpy as np

    from quintant.arrow import field_note

    names = {field_note(field, "name"): field.name for field in table.schema if field_note(field, "kind") == "config"}
    unit = units(table)
    axes = []
    for keys in groups:
        values = list(zip(*(table.column(names[key]).to_pylist() for key in keys), strict=True))
        axes.append((keys, list(dict.fromkeys(values)), values))
    shape = tuple(len(points) for _, points, _ in axes)
    places = tuple(np.array([points.index(value) for value in values], dtype=np.intp) for _, points, values in axes)
    dims = [keys[0] for keys, _, _ in axes]
    coords = {
        key: (keys[0], [point[at] for point in points], _attrs(unit.get(names[key])))
        for keys, points, _ in axes
        for at, key in enumerate(keys)
    }
    variables = {}
    for field in table.schema:
        if field_note(field, "kind") in ("metric", "low", "high", "n"):
            whole = np.full(shape, np.nan)
            column = [np.nan if value is None else float(value) for value in table.column(field.name).to_pylist()]
            whole[places] = column
            variables[field.name] = (dims, whole, _attrs(unit.get(field.name)))
    return xarray.Dataset(variables, coords)


def _attrs(unit: str | None) -> Mapping[str, str]:
    return {"units": unit} if unit else {}


def _needed(package: str, method: str) -> Any:
    from importlib import import_module

    try:
        return import_module(package)
    except ImportError:
        raise NotInstalled(f"{method}() needs {package}, which is not installed: pip install {package}") from None
