"""One table of one run, or Conflict that names the key which leaves it out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from quintant.figure import cannot
from quintant.figure.columns import FINAL, given
from quintant.lab import Outcome
from quintant.labs.chip import seam
from quintant.labs.chip.figures.populations import config

Array = np.ndarray[Any, Any]

WITHOUT = {
    seam.POTENTIALS: 'give probes, as in --set probes=\'[{"population": "excitatory", "neurons": [0]}]\'',
    seam.WEIGHTS: "its record_weights leaves them out, or nothing in it learns; set record_weights=all",
    seam.SAMPLES: "it has no samples with labels",
}
"""How to get a table that a run need not have."""
LABELLED = ("population", "source", "target")


def columns(figure: str, outcome: Outcome, table: str) -> Mapping[str, Array]:
    """The table by column, labels of populations as their places in the config. Conflict when the Run has none (yet), or an
    empty one that tells nothing."""
    if outcome.state in FINAL and table in WITHOUT and not rows(outcome, table):
        raise cannot(figure, f"run {outcome.run_id} ({outcome.state}) keeps no {table}: {WITHOUT[table]}")
    whole = given(figure, outcome, table)
    labels = {population.label: place for place, population in enumerate(config(outcome).populations)}
    return {
        name: _places(column, labels) if name in LABELLED else column.to_numpy(zero_copy_only=False)
        for name, column in zip(whole.column_names, whole.columns, strict=True)
    }


def rows(outcome: Outcome, table: str) -> int:
    return outcome.tables[table].num_rows if table in outcome.tables else 0


def document(figure: str, outcome: Outcome, name: str) -> Mapping[str, Any]:
    body: Mapping[str, Any] | None = outcome.documents.get(name)
    if body is None:
        yet = "" if outcome.state in FINAL else " yet"
        raise cannot(figure, f"run {outcome.run_id} ({outcome.state}) has no document {name!r}{yet}")
    return body


def _places(column: Any, labels: Mapping[str, int]) -> Array:
    """The place of each label [n], int64, by the column's dictionary: a label is read once, not once a row."""
    import pyarrow as pa

    whole = column.combine_chunks()
    coded = whole if pa.types.is_dictionary(whole.type) else whole.dictionary_encode()
    of_code = np.array([labels[label] for label in coded.dictionary.to_pylist()], np.int64)
    return of_code[coded.indices.to_numpy(zero_copy_only=False)] if len(of_code) else np.empty(0, np.int64)
