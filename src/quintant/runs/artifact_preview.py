"""ArtifactPreview: the beginning of a Run's file, small enough for a page: a table's first rows, JSON, text, or an image."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import orjson

from quintant.runs.artifact import media_type

Kind = Literal["table", "json", "text", "image"]
HEAD_ROWS = 20
TEXT_BYTES = 64 << 10
MOST_JSON_BYTES = 8 << 20
"""Larger documents are shown as the text that they are."""
MOST_ITEMS, MOST_VALUES, DEEPEST = 100, 5_000, 12
TABLES = (".arrow", ".parquet", ".csv")
TEXTS = frozenset(
    {".txt", ".log", ".ini", ".jsonl", ".md", ".yaml", ".yml", ".tex", ".bib", ".cff", ".html", ".toml", ".graphml"}
)
IMAGES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/svg+xml"})


@dataclass(frozen=True)
class ArtifactPreview:
    """`cut`: there is more than is given. A table has `rows`, `columns` (name and type) and `head`, a list of rows."""

    kind: Kind
    cut: bool = False
    value: Any = None
    text: str | None = None
    rows: int | None = None
    columns: dict[str, str] | None = None
    head: list[list[Any]] | None = None


def kind_of(path: str) -> Kind | None:
    """By its name; None: nothing of it is shown."""
    suffix = Path(path).suffix.lower()
    if suffix in TABLES:
        return "table"
    if suffix == ".json":
        return "json"
    if media_type(path).partition(";")[0] in IMAGES:
        return "image"
    return "text" if suffix in TEXTS or media_type(path).startswith("text/") else None


def preview(path: str, file: Path) -> ArtifactPreview | None:
    """Of `file`, which is called `path`. What does not read as its name says is shown as text; what is none, not at all."""
    kind = kind_of(path)
    if kind == "image":
        return ArtifactPreview("image")
    if kind == "table" and (table := _table(file)) is not None:
        head = [list(row) for row in zip(*(_shown(column) for column in table.slice(0, HEAD_ROWS).columns), strict=True)]
        columns = {field.name: str(field.type) for field in table.schema}
        return ArtifactPreview("table", table.num_rows > HEAD_ROWS, rows=table.num_rows, columns=columns, head=head)
    if kind == "json" and file.stat().st_size <= MOST_JSON_BYTES:
        try:
            trimmed = _Trimmed()
            return ArtifactPreview("json", value=trimmed(orjson.loads(file.read_bytes())), cut=trimmed.cut)
        except orjson.JSONDecodeError:
            pass
    return None if kind is None else _text(file)


def _table(file: Path) -> Any:
    import pyarrow as pa

    try:
        match file.suffix.lower():
            case ".parquet":
                import pyarrow.parquet as parquet

                return parquet.read_table(file)
            case ".csv":
                import pyarrow.csv as csv

                return csv.read_csv(file)
            case _:
                from quintant.runs.result import read_arrow

                return read_arrow(file)
    except (pa.ArrowException, OSError):
        return None


def _shown(column: Any) -> list[Any]:
    """Values as JSON has them: NaN and infinities are null, bytes their length in words."""
    trimmed = _Trimmed()
    return [trimmed(value) for value in column.to_pylist()]


class _Trimmed:
    """A JSON value with long lists, deep objects and long texts cut; `cut` says whether anything was."""

    def __init__(self) -> None:
        self.cut = False
        self._left = MOST_VALUES

    def __call__(self, value: Any, depth: int = 0) -> Any:
        self._left -= 1
        if isinstance(value, float):
            return value if value == value and abs(value) != float("inf") else None
        if value is None or isinstance(value, (bool, int)):
            return value
        if isinstance(value, str):
            self.cut |= len(value) > 2_000
            return value[:2_000]
        if isinstance(value, bytes):
            return f"{len(value)} bytes"
        if not isinstance(value, (list, tuple, dict)):
            return str(value)
        if depth >= DEEPEST:
            self.cut |= bool(value)
            return {} if isinstance(value, dict) else []
        items = list(value.items()) if isinstance(value, dict) else list(enumerate(value))
        kept = []
        for name, item in items[:MOST_ITEMS]:
            if self._left <= 0:
                break
            kept.append((name, self(item, depth + 1)))
        self.cut |= len(kept) < len(items)
        return {str(name): item for name, item in kept} if isinstance(value, dict) else [item for _, item in kept]


def _text(file: Path) -> ArtifactPreview | None:
    with file.open("rb") as opened:
        data = opened.read(TEXT_BYTES + 1)
    if b"\x00" in data:
        return None
    cut = len(data) > TEXT_BYTES
    text = data[:TEXT_BYTES].decode("utf-8", "replace")
    return ArtifactPreview("text", cut, text=text.removesuffix("\ufffd") if cut else text)
