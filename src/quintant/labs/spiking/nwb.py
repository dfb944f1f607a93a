"""NWB (Neurodata Without Borders 2): the spikes of one Run as a file that electrophysiology's tools read.

    units                        one row per neuron, silent ones too: spike times (s), population, cell type
    processing/simulation        membrane potential of the recorded neurons (V), mean input per population
    session                      run id, seed, config and its hash, when it ran

No electrodes are invented: a simulated neuron was not recorded through one. Format: Rübel et al. 2022,
doi 10.7554/eLife.78362. pynwb is the optional extra `nwb`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from quintant.config import canonical, config_hash
from quintant.errors import Conflict, NotInstalled
from quintant.lab import load
from quintant.labs.spiking.config import SpikingConfig

if TYPE_CHECKING:
    import pyarrow as pa

INSTALL = 'NWB files are written by pynwb, which is not installed: pip install "quintant[nwb]"'


@dataclass(frozen=True)
class Session:
    """The Run that a file tells of. `tables`: its Arrow tables, of which `spikes` is needed."""

    run_id: str
    name: str
    root_seed: int
    config: SpikingConfig
    began: datetime
    tables: Mapping[str, pa.Table]


def write(session: Session, to: Path) -> int:
    """Write the file and return how many spikes it holds. NotInstalled without pynwb; Conflict without spikes' table."""
    try:
        opened = load("pynwb:NWBHDF5IO")
    except ModuleNotFoundError as error:
        if error.name != "pynwb":
            raise
        raise NotInstalled(INSTALL) from None
    made, spikes = _file(session)
    part = to.with_name(f".{to.stem}.part.nwb")
    try:
        with opened(str(part), mode="w") as out:
            out.write(made)
        part.replace(to)
    finally:
        part.unlink(missing_ok=True)
    return spikes


def _file(session: Session) -> tuple[Any, int]:
    from quintant import __version__

    config = session.config
    began = session.began if session.began.tzinfo else session.began.replace(tzinfo=UTC)
    file = load("pynwb:NWBFile")(
        session_description=f"Simulated spiking network, not a recording: run {session.run_id}"
        + (f", {session.name}" if session.name else ""),
        identifier=session.run_id,
        session_start_time=began,
        session_id=session.run_id,
        experiment_description=f"Quintant {__version__}, lab spiking: {config.neuron_model}, {config.t_ms:g} ms, "
        f"dt {config.dt_ms:g} ms, root seed {session.root_seed}, config {config_hash(config)}.",
        notes=canonical(config).decode(),
        protocol=config_hash(config),
        keywords=["simulation", "spiking network", config.neuron_model],
        source_script=f"quintant run spiking --like {session.run_id}",
        source_script_file_name="quintant",
        was_generated_by=[["quintant", __version__]],
    )
    table = session.tables.get("spikes")
    if table is None:
        raise Conflict(f"run {session.run_id} has no table 'spikes'; there is nothing to write.")
    file.units = _units(config, table)
    _series(file, session)
    return file, table.num_rows


def _units(config: SpikingConfig, table: pa.Table) -> Any:
    data, index, units = (load(path) for path in ("hdmf.common:VectorData", "hdmf.common:VectorIndex", "pynwb.misc:Units"))

    time_s = table.column("time_ms").to_numpy() / 1000.0
    neuron = table.column("neuron").to_numpy()
    names, kinds = _members(config)
    order = np.argsort(neuron, kind="stable")
    ends = np.cumsum(np.bincount(neuron, minlength=len(names)))
    times = data(name="spike_times", description="when the neuron fired, seconds from the start", data=time_s[order])
    whole = data(
        name="obs_intervals",
        description="simulated time, seconds",
        data=np.tile([[0.0, config.t_ms / 1000.0]], (len(names), 1)),
    )
    return units(
        name="units",
        description="One row per simulated neuron, in the order of its id; silent neurons have no spike times.",
        resolution=config.dt_ms / 1000.0,
        id=np.arange(len(names)),
        columns=[
            times,
            index(name="spike_times_index", data=ends.astype(np.uint64), target=times),
            whole,
            index(name="obs_intervals_index", data=np.arange(1, len(names) + 1, dtype=np.uint64), target=whole),
            data(name="population", description="name of the neuron's population", data=names),
            data(name="cell_type", description="E: excitatory, I: inhibitory", data=kinds),
        ],
        colnames=["spike_times", "obs_intervals", "population", "cell_type"],
    )


def _members(config: SpikingConfig) -> tuple[list[str], list[str]]:
    """Population and kind of every neuron, by id."""
    groups = [("E", "E", config.n_e), ("I", "I", config.n_i)]
    if config.populations is not None:
        groups = [(one.name, one.kind, one.size) for one in config.populations]
    return [name for name, _, size in groups for _ in range(size)], [kind for _, kind, size in groups for _ in range(size)]


def _series(file: Any, session: Session) -> None:
    """What else was kept, as plain time series; nothing where nothing was."""
    found = [one for one in (_membrane(session), _input(session)) if one is not None]
    if not found:
        return
    module = file.create_processing_module("simulation", "what the simulation kept beside its spikes")
    for fields in found:
        module.add(load("pynwb:TimeSeries")(**fields))


def _membrane(session: Session) -> dict[str, Any] | None:
    table = session.tables.get("traces")
    if table is None or not table.num_rows:
        return None
    neuron, time_ms, v = (table.column(name).to_numpy() for name in ("neuron", "time_ms", "v_mv"))
    ids = list(dict.fromkeys(neuron.tolist()))
    data = v.reshape(len(ids), -1).T
    return {
        "name": "membrane_potential",
        "data": data,
        "unit": "volts",
        "conversion": 1e-3,
        "timestamps": time_ms[: len(data)] / 1000.0,
        "description": f"columns are the neurons with these ids in units: {', '.join(map(str, ids))}",
    }


def _input(session: Session) -> dict[str, Any] | None:
    table = session.tables.get("input")
    if table is None or not table.num_rows:
        return None
    data = np.column_stack([table.column(name).to_numpy() for name in ("mean_e", "mean_i")])
    lif = session.config.neuron_model == "lif"
    return {
        "name": "mean_input",
        "data": data,
        "unit": "amperes" if lif else "model units",
        "conversion": 1e-9 if lif else 1.0,
        "timestamps": table.column("time_ms").to_numpy() / 1000.0,
        "description": "columns: mean input of the E cells, mean input of the I cells",
    }
