"""Arrow without pandas, for processes that keep running; what a field notes of itself."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from importlib.abc import MetaPathFinder
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa


def settle() -> None:
    """Have Arrow look for pandas now, in vain; call it before there are threads.

    Arrow's first conversion imports pandas where there is one, to know its objects: 40 MB that nothing here reads. And
    Altair, drawing in another thread at that moment, finds the half-made module in `sys.modules` and fails on it. Refused
    once, Arrow asks for pandas again only when something of pandas is to be converted.
    """
    import pyarrow as pa

    with _pandas_refused():
        pa.RecordBatch.from_pydict({"first": [1]})


@contextlib.contextmanager
def _pandas_refused() -> Iterator[None]:
    class Refusal(MetaPathFinder):
        def find_spec(self, name: str, path: object = None, target: object = None) -> None:
            if name == "pandas":
                raise ImportError(name)

    refusal = Refusal()
    sys.meta_path.insert(0, refusal)
    try:
        yield
    finally:
        sys.meta_path.remove(refusal)


def field_note(field: pa.Field, word: str) -> str:
    """What a field's metadata has under a word ("unit", …); "" for nothing."""
    return ((field.metadata or {}).get(word.encode()) or b"").decode()
