"""The tables of a Result, as Arrow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa

    from quintant.labs.spiking.engine.layout import Array, Layout

LFP_AMPA_DELAY_MS = 6.0
LFP_GABA_WEIGHT = 1.65


def spikes(time_ms: Array, neuron: Array, layout: Layout) -> pa.Table:
    """All spikes in order of time, then id. `type`: 0 excitatory, 1 inhibitory."""
    import pyarrow as pa

    return pa.table(
        {
            "time_ms": pa.array(time_ms, pa.float64()),
            "neuron": pa.array(neuron, pa.int32()),
            "type": pa.array((neuron >= layout.n_e).astype(np.int8), pa.int8()),
        }
    )


def traces(time_ms: Array, ids: Array, v_mv: Array, g_e: Array, g_i: Array) -> pa.Table:
    """One row per recorded time and neuron, neuron by neuron. V is that of the end of the step, g that it was moved with."""
    import pyarrow as pa

    return pa.table(
        {
            "neuron": pa.array(np.repeat(ids.astype(np.int32), len(time_ms)), pa.int32()),
            "time_ms": pa.array(np.tile(time_ms, len(ids)), pa.float64()),
            "v_mv": pa.array(v_mv.T.ravel(), pa.float64()),
            "g_e": pa.array(g_e.T.ravel(), pa.float64()),
            "g_i": pa.array(g_i.T.ravel(), pa.float64()),
        }
    )


def inputs(time_ms: Array, mean: Array, fraction: Array | None) -> pa.Table:
    """Mean final input of E and I at every step; with external spike trains, the fraction of E sources that fire."""
    import pyarrow as pa

    columns = {"time_ms": pa.array(time_ms), "mean_e": pa.array(mean[:, 0]), "mean_i": pa.array(mean[:, 1])}
    if fraction is not None:
        columns["spike_fraction_e"] = pa.array(fraction)
    return pa.table(columns)


def raster(time_ms: Array, source: Array) -> pa.Table:
    """Spikes of the first 64 external sources."""
    import pyarrow as pa

    return pa.table({"time_ms": pa.array(time_ms, pa.float64()), "source": pa.array(source, pa.int32())})


def field(time_ms: Array, currents: Array, dt_ms: float) -> pa.Table:
    """A proxy of the local field potential, the reference weighted sum of Mazzoni et al. 2015
    (doi 10.1371/journal.pcbi.1004584): Σ I_AMPA(t - 6 ms) - 1.65 Σ I_GABA(t) over E cells, inward currents positive.
    Its unit is that of a current; only its shape means something. Null in the first 6 ms."""
    import pyarrow as pa

    shift = round(LFP_AMPA_DELAY_MS / dt_ms)
    ampa, gaba = currents[:, 0], currents[:, 1]
    late = np.concatenate([np.zeros(min(shift, len(ampa))), ampa[: max(len(ampa) - shift, 0)]])
    proxy = pa.array(late - LFP_GABA_WEIGHT * gaba, mask=np.arange(len(ampa)) < shift)
    return pa.table({"time_ms": pa.array(time_ms), "ampa": pa.array(ampa), "gaba": pa.array(gaba), "lfp": proxy})
