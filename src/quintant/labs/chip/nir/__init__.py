"""NIR graphs (neuroir.org, Pedersen et al. 2024, doi 10.1038/s41467-024-52259-9) to integer networks and back.

lowering      a graph as groups of neurons in discrete time, joined by sparse matrices; unsupported nodes are named
conventions   what a file does not say, by tool
linear        one linear node (Linear, Conv, pooling, …) as a sparse matrix
quantising    floats to integers: scales, what is exact, and the error of what is not
importing     a graph to a config and a report
exporting     a config to a graph
floats        the same network in floating point, and the first wrong bit
commands      quintant chip nir-import, nir-export

Needs the extra `nir`. One step of the chip is `dt_s` of the graph, by forward Euler; a spike of one step arrives in the next.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from quintant.labs.chip.nir.exporting import exported
    from quintant.labs.chip.nir.floats import Divergence, first_wrong_bit, reference
    from quintant.labs.chip.nir.importing import Imported, imported
    from quintant.labs.chip.nir.package import read, write

__all__ = ["Divergence", "Imported", "exported", "first_wrong_bit", "imported", "read", "reference", "write"]

_FROM = {"exported": "exporting", "Divergence": "floats", "first_wrong_bit": "floats", "Imported": "importing",
         "imported": "importing", "read": "package", "reference": "floats", "write": "package"}  # fmt: skip


def __getattr__(name: str) -> Any:
    """Loaded where it is used: the command line names this package each time it starts."""
    import importlib

    if name not in _FROM:
        raise AttributeError(name)
    return getattr(importlib.import_module(f"{__name__}.{_FROM[name]}"), name)
