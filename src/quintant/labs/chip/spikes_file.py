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
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa

    from quintant.labs.chip.config import ChipConfig


def written(spikes: pa.Table, config: ChipConfig) -> bytes:
    """The Run's table `spikes` (`quintant.labs.chip.seam`) as a .npz; no pickled object is in the file."""
    labels = [population.label for population in config.populations]
    arrays = {
        "step": spikes.column("step").to_numpy().astype("<i4"),
        "population": _places(spikes, labels).astype("<i4"),
        "neuron": spikes.column("neuron").to_numpy().astype("<i4"),
        "labels": np.array(labels, dtype=np.str_),
        "sizes": np.array([population.size for population in config.populations], np.int64),
        "timesteps": np.array(config.timesteps * len(config.samples or (None,)), np.int64),
    }
    if "payload" in spikes.column_names:
        arrays["payload"] = spikes.column("payload").to_numpy()
    sink = io.BytesIO()
    np.savez_compressed(sink, **arrays)
    return sink.getvalue()


def nir_data(spikes: pa.Table, config: ChipConfig, dt_s: float) -> Any:
    """The same as `nir.NIRGraphData`, with steps of `dt_s` seconds. NotInstalled without the package nir."""
    from quintant.labs.chip.nir.package import package

    nir = package()
    labels = [population.label for population in config.populations]
    place, samples = _places(spikes, labels), len(config.samples or (None,))
    step, neuron = spikes.column("step").to_numpy(), spikes.column("neuron").to_numpy()
    nodes = {}
    for at, population in enumerate(config.populations):
        own = place == at
        sample, when, who = step[own] // config.timesteps, step[own] % config.timesteps, neuron[own]
        counts = np.bincount(sample, minlength=samples)
        column = np.arange(len(sample)) - np.repeat(np.cumsum(counts) - counts, counts)  # steps ascend, so samples do
        idx = np.full((samples, int(counts.max())), -1, np.int64)
        time = np.full(idx.shape, np.inf)
        idx[sample, column], time[sample, column] = who, when * dt_s
        events = nir.EventData(idx=idx, time=time, n_neurons=population.size, t_max=config.timesteps * dt_s)
        nodes[population.label] = nir.NIRNodeData(observables={"spikes": events})
    return nir.NIRGraphData(nodes=nodes)


def _places(spikes: pa.Table, labels: list[str]) -> np.ndarray[Any, Any]:
    """The position of each spike's population in `labels` [spikes]."""
    import pyarrow as pa

    column = spikes.column("population").combine_chunks()
    coded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    place = np.array([labels.index(label) for label in coded.dictionary.to_pylist()], np.int64)
    codes = coded.indices.to_numpy(zero_copy_only=False)
    result: np.ndarray[Any, Any] = place[codes] if len(place) else codes.astype(np.int64)
    return result
