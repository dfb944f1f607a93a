"""Spikes in NumPy's file: one .npz for whom an Arrow or CSV table is one library too many, and read as stimuli.

step         [spikes] int32, ascending, through all samples
population   [spikes] int32, position in `labels`
neuron       [spikes] int32, index within its population
payload      [spikes] uint8, of graded spikes only
labels, sizes   [populations] text and int64
timesteps    how many steps there were, all samples together
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa

    from quintant.labs.chip.config import ChipConfig


def written(spikes: pa.Table, config: ChipConfig) -> bytes:
    """The Run's table `spikes` (`quintant.labs.chip.seam`) as a .npz; no pickled object is in the file."""
    labels = [one.label for one in config.populations]
    column = spikes.column("population")
    coded = (column.unify_dictionaries() if hasattr(column.type, "value_type") else column.dictionary_encode()).combine_chunks()
    place = np.array([labels.index(label) for label in coded.dictionary.to_pylist()], np.int32)
    codes = coded.indices.to_numpy(zero_copy_only=False)
    arrays = {
        "step": spikes.column("step").to_numpy().astype("<i4"),
        "population": (place[codes] if len(place) else codes).astype("<i4"),
        "neuron": spikes.column("neuron").to_numpy().astype("<i4"),
        "labels": np.array(labels, dtype=np.str_),
        "sizes": np.array([one.size for one in config.populations], np.int64),
        "timesteps": np.array(config.timesteps * len(config.samples or (None,)), np.int64),
    }
    if "payload" in spikes.column_names:
        arrays["payload"] = spikes.column("payload").to_numpy()
    sink = io.BytesIO()
    np.savez_compressed(sink, **arrays)
    return sink.getvalue()
