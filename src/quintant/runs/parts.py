"""Parts: the record batches that an engine tells step by step, kept as files until they become the Run's tables.

A part is named by its step, so that a Run continued from a checkpoint writes the same file again instead of a second copy.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from quintant.runs.result import arrow, read_arrow

if TYPE_CHECKING:
    import pyarrow as pa


class Parts:
    def __init__(self, folder: Path) -> None:
        self._folder = folder / ".parts"

    def add(self, step: int, tables: Mapping[str, pa.RecordBatch]) -> None:
        for name, batch in tables.items():
            import pyarrow as pa

            place = self._folder / name
            place.mkdir(parents=True, exist_ok=True)
            temporary = place / f"{step:09d}.tmp"
            temporary.write_bytes(arrow(pa.Table.from_batches([batch])))
            temporary.replace(place / f"{step:09d}.arrow")

    def tables(self) -> dict[str, pa.Table]:
        """Each named table, its parts in the order of their steps."""
        if not self._folder.is_dir():
            return {}
        import pyarrow as pa

        return {
            place.name: pa.concat_tables([read_arrow(part) for part in parts])
            for place in sorted(self._folder.iterdir())
            if (parts := sorted(place.glob("*.arrow")))  # the first may just be in the writing
        }

    def clear(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
