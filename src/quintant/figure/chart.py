"""Charts as Altair builds them, without its checks.

Altair holds every part of a chart against Vega-Lite's schema when it is made and again when it is written, which takes longer
than everything else of a figure. The specification is the same with and without; tests build every figure with `CHECKED`.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

CHECKED = False


@contextmanager
def building() -> Iterator[None]:
    """Charts that are made in the block are checked only if `CHECKED`."""
    from altair.utils import schemapi

    if "pandas" in sys.modules:  # Altair looks there: an export in another thread may be importing it, and this waits for it
        importlib.import_module("pandas")
    with schemapi.debug_mode(CHECKED):
        yield


def specification(chart: Any) -> dict[str, Any]:
    """The chart as a Vega-Lite specification."""
    body: dict[str, Any] = chart.to_dict(validate=CHECKED)
    return body
