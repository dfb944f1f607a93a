"""Parts of a figure: the drawing without its words, its data as rows with names, and the drawing as Vega.

A page sets title, subtitle and foot as text of its own; it runs the drawing under a policy without `unsafe-eval`, which reads
no CSV (Vega makes its reader by `new Function`); and it may append to a data set that has a name.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from quintant.figure.caption import KEY, Caption
from quintant.figure.export import VEGA_LITE

NESTED = ("layer", "vconcat", "hconcat", "concat")
Rows = list[dict[str, Any]]


def spoken_parts(spec: Mapping[str, Any]) -> dict[str, Any]:
    """What a figure says in words: its finding, what it is, its caption and provenance."""
    block = spec["usermeta"][KEY]
    caption = Caption(**{name: block[name] for name in Caption.__dataclass_fields__})
    return {
        "finding": block["sentence"],
        "subtitle": caption.subtitle(),
        "n": block["n"],
        "of": block["of"],
        "badges": list(block["badges"]),
        "caption": block["caption"],
        "alt": block["alt"],
        "provenance": block["provenance"],
        "runs": block["runs"],
        "config_hashes": block["config_hashes"],
    }


def bare(spec: Mapping[str, Any]) -> dict[str, Any]:
    """The same drawing without title and subtitle, and without the foot that exports put beneath it."""
    drawing = copy.deepcopy(dict(spec))
    drawing.pop("title", None)
    drawing["usermeta"][KEY] |= {"provenance": "", "bare": True}
    return drawing


def in_rows(spec: Mapping[str, Any]) -> dict[str, Any]:
    """The same drawing with all its data as rows in named data sets: `data-1`, `data-2`, … in the order of the views."""
    drawing = copy.deepcopy(dict(spec))
    given: Mapping[str, Any] = drawing.pop("datasets", {})
    datasets: dict[str, Rows] = {}
    names: dict[int | str, str] = {}
    for view in _views(drawing):
        data = view.get("data")
        if not isinstance(data, dict):
            continue
        if "name" in data and data["name"] in given:
            source, values = data["name"], given[data["name"]]
        elif "values" in data:
            source, values = id(data["values"]), data["values"]
        else:
            continue
        if source not in names:
            names[source] = f"data-{len(names) + 1}"
            datasets[names[source]] = as_rows(values, data.get("format", {}))
        view["data"] = {"name": names[source]}
    drawing["datasets"] = datasets
    return drawing


def as_rows(values: Any, format: Mapping[str, Any]) -> Rows:
    """Inline data as rows: CSV of plain numbers and words without quotes (`inline`), or a list as it is."""
    if not isinstance(values, str):
        return [row if isinstance(row, dict) else {"data": row} for row in values]
    head, *lines = values.rstrip("\n").split("\n")
    names, parse = head.split(","), format.get("parse", {})
    numbers = [parse.get(name) == "number" for name in names]
    return [
        {name: _number(cell) if number else cell for name, cell, number in zip(names, line.split(","), numbers, strict=True)}
        for line in lines
    ]


def compiled(spec: Mapping[str, Any]) -> dict[str, Any]:
    """A drawing with named rows (`in_rows`) as Vega, which a page runs without Vega-Lite. Compiled without the rows: what it
    becomes does not depend on them, and ten thousand of them cost a second."""
    import vl_convert

    empty = {**spec, "datasets": {name: [] for name in spec["datasets"]}}
    vega: dict[str, Any] = vl_convert.vegalite_to_vega(empty, vl_version=VEGA_LITE)
    for data in vega.get("data", ()):
        if data.get("name") in spec["datasets"] and "values" in data:
            data["values"] = spec["datasets"][data["name"]]
    vega.pop("usermeta", None)
    return vega


def thinned(spec: Mapping[str, Any], most: int) -> dict[str, Any]:
    """A drawing whose large data sets hold only what its scales are made of: of every field the least and the greatest number
    and each word once. Its axes and legends, and so its size, are those of the whole."""
    return {**spec, "datasets": {name: _thin(rows, most) for name, rows in spec["datasets"].items()}}


def _thin(rows: Rows, most: int) -> Rows:
    if len(rows) <= most:
        return rows
    kept: set[int] = {0, len(rows) - 1}
    for name in {name for row in rows[:50] for name in row}:
        least = greatest = None
        seen: set[Any] = set()
        for index, row in enumerate(rows):
            value = row.get(name)
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                if value != value:
                    continue
                if least is None or value < rows[least][name]:
                    least = index
                if greatest is None or value > rows[greatest][name]:
                    greatest = index
            elif len(seen) < most and value not in seen:
                seen.add(value)
                kept.add(index)
        kept |= {index for index in (least, greatest) if index is not None}
    return [rows[index] for index in sorted(kept)]


def _number(cell: str) -> float | int | None:
    """As Vega reads it: nothing is null."""
    if cell == "":
        return None
    value = float(cell)
    return None if value != value else int(value) if value.is_integer() and "." not in cell and "e" not in cell else value


def _views(spec: Any) -> Iterator[dict[str, Any]]:
    if isinstance(spec, dict):
        yield spec
        for name in NESTED:
            for part in spec.get(name, ()):
                yield from _views(part)
        if isinstance(spec.get("spec"), dict):
            yield from _views(spec["spec"])
